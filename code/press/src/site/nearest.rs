//! The name that an author most likely meant.

/// The one of `names` that is most like `wrong`, if one is like it at all.
///
/// Of names that are equally like it, the first in alphabetical order: a
/// message must not change from build to build.
pub fn nearest<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let likeness =
        |name: &str| strsim::normalized_damerau_levenshtein(wrong, name);
    let rated = names.into_iter().map(|name| (likeness(name), name));
    let best = rated.max_by(|(a, name_a), (b, name_b)| {
        a.total_cmp(b).then_with(|| name_b.cmp(name_a))
    });
    // Below a half, more letters differ than agree.
    best.filter(|(likeness, _)| *likeness >= 0.5).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelt_name_finds_its_twin() {
        let names = ["the-drop", "the-plateau", "the-plateaus"];
        assert_eq!(nearest("the-plateu", names), Some("the-plateau"));
        assert_eq!(nearest("zzz", names), None);
        assert_eq!(nearest("x", ["b", "a"]), None);
        assert_eq!(nearest("xa", ["xb", "xc"]), Some("xb"));
    }
}
