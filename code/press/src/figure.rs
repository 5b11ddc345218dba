//! The figure of an experiment as a page shows it: picture, finding, data,
//! claims, and the command that makes it again.

use std::fmt::Write;

use chart::Table;
use study::experiment::{Claim, Figure, Report};

use crate::markdown::escaped;

/// How many rows of data a page shows, which are all that any figure of the
/// book has; the CSV holds them in any case.
const ROWS_SHOWN: usize = 600;

/// The figure as HTML, on one line: a blank line would end an HTML block, and
/// a second line would move those below it.
pub fn html(report: &Report) -> String {
    let Report { id, figure, .. } = report;
    let Figure { wide, narrow, finding, table, .. } = figure;
    format!(
        "<figure class=\"figure\" id=\"fig-{id}\">\
         <div class=\"figure-picture\">{wide}{narrow}</div>\
         <figcaption><p class=\"figure-finding\">{}</p></figcaption>\
         <details class=\"figure-data\">\
         <summary>The data, what is claimed, and how to run it \
         again</summary>{}{}{}</details></figure>",
        escaped(finding),
        how_to_run(report),
        claims(&report.claims),
        table_html(&figure.title, table),
    )
}

/// What the book says of the run, and of which settings besides these.
fn claims(claims: &[Claim]) -> String {
    let item = |claim: &Claim| {
        let domain = match claim.domain.as_slice() {
            [] => "with these settings".into(),
            _ => format!("for {}", claim.domain_in_words()),
        };
        let says = escaped(&claim.says);
        let measured = escaped(&claim.measured.to_string());
        format!("<li>{says} ({measured}), {}</li>", escaped(&domain))
    };
    let items: String = claims.iter().map(item).collect();
    match claims {
        [] => String::new(),
        _ => format!(
            "<p>What the book claims of it, what was measured, and for which \
             settings besides these:</p><ul class=\"figure-claims\">{items}</ul>"
        ),
    }
}

fn how_to_run(report: &Report) -> String {
    let id = &report.id;
    format!(
        "<p>Run it: <code>cargo run -- run {id}</code>. All rows as \
         <a download=\"{id}.csv\" href=\"{}\">CSV</a>.</p>{}",
        csv_link(&report.figure.table),
        settings(report),
    )
}

fn settings(report: &Report) -> String {
    let list: Vec<String> = report
        .params
        .iter()
        .map(|(key, value)| format!("<code>{key} = {}</code>", escaped(value)))
        .collect();
    match list.as_slice() {
        [] => String::new(),
        list => format!("<p>With {}.</p>", list.join(", ")),
    }
}

/// The data as a link that needs no server: a page is the same on the web,
/// from a folder, and in print.
fn csv_link(table: &Table) -> String {
    let mut link = String::from("data:text/csv;charset=utf-8,");
    for byte in table.csv().bytes() {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b',' => {
                link.push(byte.into());
            }
            _ => {
                write!(link, "%{byte:02X}").expect("a String takes all text");
            }
        }
    }
    link
}

fn table_html(title: &str, table: &Table) -> String {
    let shown = evenly(table.rows.len(), ROWS_SHOWN);
    let note = if shown.len() < table.rows.len() {
        format!("{} of {} rows", shown.len(), table.rows.len())
    } else {
        "all rows".into()
    };
    let label = escaped(&format!("Data of the figure: {title}"));
    let head: String = table
        .columns
        .iter()
        .map(|c| format!("<th scope=\"col\">{}</th>", escaped(&c.label)))
        .collect();
    let body: String = shown
        .iter()
        .map(|&i| {
            let cells: String = (0..table.columns.len())
                .map(|j| format!("<td>{}</td>", escaped(&table.shown(i, j))))
                .collect();
            format!("<tr>{cells}</tr>")
        })
        .collect();
    format!(
        "<div class=\"figure-table\" tabindex=\"0\" role=\"region\" \
         aria-label=\"{label}\"><table><caption>{note}</caption>\
         <thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>",
    )
}

/// At most `most` of `len` rows, evenly spread, with the first and the last.
fn evenly(len: usize, most: usize) -> Vec<usize> {
    if len <= most {
        return (0..len).collect();
    }
    (0..most).map(|i| i * (len - 1) / (most - 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::evenly;

    #[test]
    fn rows_are_spread_from_the_first_to_the_last() {
        assert_eq!(evenly(3, 24), [0, 1, 2]);
        let rows = evenly(1000, 24);
        assert_eq!((rows[0], rows[23], rows.len()), (0, 999, 24));
        assert!(rows.is_sorted());
    }
}
