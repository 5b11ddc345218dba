//! A program's text, printing all digits.

/// The text with each `{x:6.3}` and `{x:9.2e}` turned into ` {x:.17e}`, which is
/// enough to tell any two numbers of 64 bits apart. A format without decimals
/// stays: it is that of a whole number, of a word, or of a number in full.
pub fn widened(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        out.push_str(before);
        let end = from.find('}').map_or(from.len(), |end| end + 1);
        let next = from[1..].find('{').map_or(from.len(), |next| next + 1);
        let hole = &from[..end.min(next)];
        match hole.split_once(':') {
            Some((name, format)) if has_decimals(format) => {
                out.push(' '); // from the number before
                out.push_str(name);
                out.push_str(":.17e}");
            }
            _ => out.push_str(hole),
        }
        rest = &from[hole.len()..];
    }
    out + rest
}

/// Whether what stands after the colon is `6.3}` or its like.
fn has_decimals(format: &str) -> bool {
    let Some(format) = format.strip_suffix('}') else { return false };
    let Some((width, decimals)) = format.split_once('.') else { return false };
    let digits = decimals.strip_suffix('e').unwrap_or(decimals);
    let is = |c: char| c.is_ascii_digit();
    !digits.is_empty()
        && digits.chars().all(is)
        && width.chars().all(|c| is(c) || "<>^+".contains(c))
}
