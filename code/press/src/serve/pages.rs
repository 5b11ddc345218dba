//! What a browser is sent: the files of the book, and in each page a script
//! that follows the builds.

use std::path::Path;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{
        Request, State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use tokio::sync::watch::Receiver;
use tower_http::services::{ServeDir, ServeFile};

/// What the pages are to know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct News {
    /// The name of the build that is served, empty before there is one. A
    /// page that has another loads itself again.
    pub(super) build: String,
    /// Why the sources, as they are now, do not build.
    pub(super) problem: Option<String>,
}

const SCRIPT: &[u8] = include_bytes!("live.js");

/// What is sent before there is a book.
const NO_BOOK_YET: &str = "<!DOCTYPE html>\n\
    <html lang=\"en\"><head><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\">\
    <meta name=\"color-scheme\" content=\"light dark\">\
    <title>The book is being built</title></head>\
    <body><p>The book is being built. This page loads itself again when it is \
    there.</p></body></html>\n";

/// The book in `dest`, whichever is there when a page is asked for.
pub(super) fn router(dest: &Path, news: Receiver<News>) -> Router {
    let missing = ServeFile::new(dest.join("404.html"));
    Router::new()
        .route("/__live", get(socket))
        .route("/__live.js", get(script))
        .fallback_service(ServeDir::new(dest).not_found_service(missing))
        .layer(from_fn_with_state(news.clone(), live))
        .with_state(news)
}

async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript")], SCRIPT)
}

/// Puts the script into a page.
async fn live(
    State(news): State<Receiver<News>>,
    mut request: Request,
    next: Next,
) -> Response {
    // A page that a browser has kept would have the name of an older build.
    for header in [header::IF_MODIFIED_SINCE, header::RANGE] {
        request.headers_mut().remove(header);
    }
    // Before the page is read: if a newer one is, it is loaded once more.
    let build = news.borrow().build.clone();
    let response = next.run(request).await;
    let (mut head, body) = response.into_parts();
    let page = if is_page(&head.headers) {
        to_bytes(body, usize::MAX).await.unwrap_or_default().into()
    } else if head.status == StatusCode::NOT_FOUND && build.is_empty() {
        head.status = StatusCode::SERVICE_UNAVAILABLE;
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        head.headers.insert(header::CONTENT_TYPE, html);
        NO_BOOK_YET.as_bytes().to_vec()
    } else {
        return Response::from_parts(head, body);
    };
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.remove(header::ACCEPT_RANGES);
    let not_kept = HeaderValue::from_static("no-store");
    head.headers.insert(header::CACHE_CONTROL, not_kept);
    Response::from_parts(head, Body::from(with_script(page, &build)))
}

fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// A page with the script at the end of its body.
fn with_script(mut page: Vec<u8>, build: &str) -> Vec<u8> {
    let script = format!(
        "<script src=\"/__live.js\" data-build=\"{build}\"></script>\n"
    );
    let end = b"</body>";
    let at = page.windows(end.len()).rposition(|part| part == end);
    let at = at.unwrap_or(page.len());
    page.splice(at..at, script.into_bytes());
    page
}

async fn socket(
    upgrade: WebSocketUpgrade,
    State(news): State<Receiver<News>>,
) -> Response {
    upgrade.on_upgrade(move |socket| tell(socket, news))
}

/// Tells a page the news, those of now first, until it is gone.
async fn tell(mut socket: WebSocket, mut news: Receiver<News>) {
    loop {
        let text = serde_json::to_string(&*news.borrow_and_update());
        let text = text.expect("texts can be written as JSON");
        if socket.send(Message::text(text)).await.is_err() {
            return;
        }
        tokio::select! {
            changed = news.changed() => if changed.is_err() { return },
            said = socket.recv() => match said {
                Some(Ok(message)) if !matches!(message, Message::Close(_)) => {}
                _ => return,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(page: &str) -> String {
        String::from_utf8(with_script(page.into(), "1a")).unwrap()
    }

    #[test]
    fn a_page_has_the_script_where_its_body_ends() {
        let script = "<script src=\"/__live.js\" data-build=\"1a\"></script>\n";
        let page = with("<body><code>&lt;/body></code></body></html>");
        let expected =
            format!("<body><code>&lt;/body></code>{script}</body></html>");
        assert_eq!(page, expected);
        assert_eq!(with("<p>"), format!("<p>{script}"));
    }

    #[test]
    fn a_problem_is_told_as_text() {
        let problem = Some("src/a.md:7: an empty `<a>`".to_string());
        let news = News { build: "1a".into(), problem };
        let text = serde_json::to_string(&news).unwrap();
        let expected =
            r#"{"build":"1a","problem":"src/a.md:7: an empty `<a>`"}"#;
        assert_eq!(text, expected);
    }
}
