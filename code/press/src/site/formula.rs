//! Finds mathematics that nothing has rendered.

/// The first `$…$` or `$$…$$` in the text of one paragraph.
///
/// A dollar opens a formula if no space follows it, and closes one if no
/// space stands before it and no digit behind it: "$5 and then $6" is none.
pub fn left_over(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(open) = rest.find('$') {
        let inner = rest[open..].trim_start_matches('$');
        let marks = rest[open..].len() - inner.len();
        if marks >= 2 {
            let close = inner.find("$$").map(|close| close + 2);
            let end = close.unwrap_or(inner.len());
            return Some(&rest[open..open + marks + end]);
        }
        if inner.starts_with(|c: char| !c.is_whitespace())
            && let Some(close) = closing_dollar(inner)
        {
            return Some(&rest[open..open + 1 + close + 1]);
        }
        rest = inner;
    }
    None
}

fn closing_dollar(inner: &str) -> Option<usize> {
    let dollars = inner.match_indices('$').map(|(at, _)| at);
    dollars.into_iter().find(|&at| {
        let closes = !inner[..at].ends_with(char::is_whitespace);
        let price = inner[at + 1..].starts_with(|c: char| c.is_ascii_digit());
        closes && !price
    })
}

#[cfg(test)]
mod tests {
    use super::left_over;

    #[test]
    fn a_formula_is_told_from_a_price() {
        assert_eq!(left_over("so $a + b$, then"), Some("$a + b$"));
        assert_eq!(left_over("$$\na\n$$ b"), Some("$$\na\n$$"));
        assert_eq!(left_over("$$ a"), Some("$$ a"));
        assert_eq!(left_over("é$é$é"), Some("$é$"));
        for price in ["$5 and then $6", "$5–$6", "5 $ and 6 $", "$", ""] {
            assert_eq!(left_over(price), None, "{price}");
        }
    }
}
