//! Consoles: what a reader types, what that prints, and what explains it.
//!
//! A `console` fence has a command after each `$ `, a longer one on lines that
//! end in `\` before the last, and output in between. On the page each of them
//! is an element of its own, so that the copy button can take the commands
//! alone and a selection leaves the prompts out: see `theme/js/copy.js`.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::markdown::{escaped, options};

/// The text of a chapter with each `console` block as HTML, on one line, so
/// that it can stand in a list or a quotation, too.
pub fn set(text: &str) -> String {
    let mut page = String::with_capacity(text.len());
    let mut end = 0;
    let mut block: Option<String> = None;
    for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info)))
                if info.as_ref() == "console" =>
            {
                block = Some(String::new());
            }
            Event::Text(line) => {
                if let Some(block) = &mut block {
                    block.push_str(&line);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                // Where nobody types anything, there is nothing to tell apart.
                if let Some(block) =
                    block.take().filter(|block| block.contains("$ "))
                {
                    page.push_str(&text[end..range.start]);
                    page.push_str(&html(&block));
                    end = range.end;
                    // The range of a block may hold the end of its line.
                    if text[..end].ends_with('\n') {
                        page.push('\n');
                    }
                }
            }
            _ => {}
        }
    }
    page.push_str(&text[end..]);
    page
}

/// A block as HTML, on one line.
pub(crate) fn html(block: &str) -> String {
    let mut html = String::new();
    let (mut goes_on, mut in_output) = (false, false);
    for (i, line) in block.trim_end().lines().enumerate() {
        let prompt = match line.get(..2) {
            Some("$ ") => Some("$ "),
            Some("> ") if goes_on => Some("> "),
            _ if goes_on => Some(""),
            _ => None,
        };
        goes_on = prompt.is_some() && line.ends_with('\\');
        if in_output != prompt.is_none() {
            in_output = !in_output;
            html.push_str(if in_output { OUTPUT } else { "</span>" });
        }
        // The end of a command's line belongs to what follows: it is not
        // copied where that is output.
        if i > 0 {
            html.push_str("&#10;");
        }
        match prompt {
            Some(prompt) => command(prompt, &line[prompt.len()..], &mut html),
            None => html.push_str(&escaped(line)),
        }
    }
    if in_output {
        html.push_str("</span>");
    }
    format!(
        "<pre class=\"console\"><code class=\"nohighlight\">\
         {html}</code></pre>"
    )
}

const OUTPUT: &str = "<span class=\"output\">";

fn command(prompt: &str, text: &str, html: &mut String) {
    if !prompt.is_empty() {
        let prompt = escaped(prompt);
        *html += &format!("<span class=\"prompt hljs-meta\">{prompt}</span>");
    }
    let (typed, remark) = text.split_at(remark(text));
    let (typed, spaces) = typed.split_at(typed.trim_end().len());
    html.push_str(&escaped(typed));
    if !remark.is_empty() {
        let remark = escaped(&format!("{spaces}{remark}"));
        *html +=
            &format!("<span class=\"remark hljs-comment\">{remark}</span>");
    }
}

/// Where the remark behind a command begins: at a `#` after a space, outside
/// of quotation marks.
fn remark(command: &str) -> usize {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in command.char_indices() {
        match (quote, c) {
            (None, '#') if before == ' ' => return at,
            (None, '\'' | '"') => quote = Some(c),
            (Some(mark), c) if mark == c => quote = None,
            _ => {}
        }
        before = c;
    }
    command.len()
}

#[cfg(test)]
mod tests {
    use super::set;
    use crate::site::{Token, Tokens, decoded};

    /// What stays of a block when all elements of a class are left out.
    fn without(html: &str, classes: &[&str]) -> String {
        let mut text = String::new();
        let mut hidden = Vec::new();
        for (_, token) in Tokens::new(html) {
            match token {
                Token::Open(tag) => {
                    hidden.push(classes.iter().any(|c| tag.has_class(c)));
                }
                Token::Close(_) => {
                    hidden.pop();
                }
                Token::Text(_) if hidden.contains(&true) => {}
                Token::Text(piece) => {
                    text.push_str(&decoded(piece));
                }
                Token::Fault(what) => panic!("{what}"),
            }
        }
        text
    }

    fn copied(block: &str) -> String {
        let html = set(&format!("```console\n{block}\n```\n"));
        assert_eq!(without(html.trim_end(), &[]), block.trim_end());
        without(html.trim_end(), &["prompt", "output", "remark"])
    }

    #[test]
    fn what_is_copied_is_what_was_typed() {
        for (block, commands) in [
            ("$ a", "a"),
            ("$ a --b c   # why", "a --b c"),
            ("$ a\n$ b", "a\nb"),
            (
                "$ a\nout $ put\n\n<more> &amp; \\\n$ b \\\n> c \\\n  d\nend",
                "a\nb \\\nc \\\n  d",
            ),
            ("$ replay '#v1;bench' # say", "replay '#v1;bench'"),
            ("$ a \"#1\" b#c", "a \"#1\" b#c"),
        ] {
            assert_eq!(copied(block), commands, "{block}");
        }
    }

    #[test]
    fn a_block_keeps_its_place_and_other_code_is_left_alone() {
        let text = "1. a\n\n   ```console\n   $ b\n\n   c\n   ```\n\n2. d\n\n\
                    > ```console\n> $ e\n> ```\n\n```text\n$ f\n```\n\n\
                    ```console\nno command\n```\n";
        let page = set(text);
        assert!(
            page.starts_with("1. a\n\n   <pre class=\"console\">"),
            "{page}"
        );
        assert!(page.contains("</pre>\n\n2. d\n\n> <pre"), "{page}");
        assert!(
            page.ends_with(&text[text.find("```text").unwrap()..]),
            "{page}"
        );
    }
}
