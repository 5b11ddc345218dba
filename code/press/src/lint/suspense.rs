//! Suspense: nothing above a question answers it.
//!
//! What the right option of a `prediction` says and no other option, nor the
//! question itself, stands nowhere above it: neither in the description and the
//! objectives nor in what has been told so far. Short words, and those that
//! carry a sentence rather than its matter, give nothing away.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::Regex;

use super::{
    page::{Kind, Page},
    volume::Volume,
};
use crate::{
    Problem,
    markdown::{Kind as Region, Regions},
    question::prediction,
};

static WORD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\p{L}{4,}").expect("a regular expression"));

/// Words of four letters and more that any sentence may have.
static OF_NO_MATTER: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| WORDS.split_whitespace().collect());

const WORDS: &str = "\
    about above after again against also always among another anything away \
    back because been before being below between both came come comes could \
    depend depends does done down each either else enough even every exactly \
    from gets give gives goes half hardly have having here however into \
    itself keep keeps kind large less like made make makes many matter \
    matters more most much must near nearly need needs neither never nothing \
    number numbers once only other over part question quite rather same \
    should since small some soon still such tell tells than that their them \
    then there these they thing this those though through thus together \
    under until very well were what whatever when where which while will \
    with within without would";

/// What stands above a prediction and tells it.
pub fn problems(volume: &Volume) -> Vec<Problem> {
    volume.chapters().flat_map(of_page).collect()
}

fn of_page(page: &Page) -> Vec<Problem> {
    use Kind::{Front, Heading, Prose};
    let told = page.only(&[Front, Heading, Prose]);
    let mut problems = Vec::new();
    for (fence, kind) in Regions::of(page.markdown()).iter() {
        let Region::Fence(info) = kind else { continue };
        if !info.starts_with("prediction") {
            continue;
        }
        // One that is broken is refused by the build.
        let block = &page.text[fence.clone()];
        let Ok(question) = prediction(info, block) else { continue };
        let (right, wrong): (Vec<_>, Vec<_>) =
            question.options.iter().partition(|option| option.right);
        let mut kept: BTreeSet<String> =
            right.iter().flat_map(|option| stems(option.text)).collect();
        let others = wrong.iter().map(|option| option.text);
        for stem in others.chain([question.text]).flat_map(stems) {
            kept.remove(&stem);
        }
        for word in WORD.find_iter(&told[..fence.start]) {
            if stem(word.as_str()).is_some_and(|stem| kept.remove(&stem)) {
                let what = format!(
                    "“{}” gives away the prediction “{}”",
                    word.as_str(),
                    question.text
                );
                let mend = "ask there instead of telling, or word the options \
                            so that the right one shares it with the others";
                problems.push(page.problem(word.start(), what).mend(mend));
            }
        }
    }
    problems
}

fn stems(text: &str) -> impl Iterator<Item = String> {
    WORD.find_iter(text).filter_map(|word| stem(word.as_str()))
}

/// A word without its commonest endings, if it is about anything.
fn stem(word: &str) -> Option<String> {
    let word = word.to_lowercase();
    if OF_NO_MATTER.contains(&*word) {
        return None;
    }
    let endings = ["ing", "ed", "es", "s", "ly"];
    let stem = endings
        .iter()
        .find_map(|end| word.strip_suffix(end).filter(|s| s.len() > 3))
        .unwrap_or(&word);
    Some(stem.trim_end_matches('e').into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{page::Part, volume::assert_refused};

    const BLOCK: &str = "```prediction\n? Where does the curve end?\n\
        - [ ] At zero.\n- [x] On a plateau.\n- [ ] It oscillates.\n```\n";

    fn found(above: &str) -> Vec<String> {
        let text = format!("{above}\n\n{BLOCK}\nIt is a plateau.\n");
        let page = Page::new("src/a.md", "A", Part::Numbered, &text);
        of_page(&page).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_word_of_the_right_option_above_the_question_is_refused() {
        assert_refused(
            &found("# A\n\nAll plateaus end."),
            "src/a.md:3",
            "plateau",
        );
        let front = "+++\nminutes = 1\ndescription = \"Plateaus.\"\n\
                     objectives = [\"a\"]\n+++\n\n# A";
        assert_refused(&found(front), "src/a.md:3", "Plateaus");
        assert_refused(&found("# A plateau"), "src/a.md:1", "plateau");
    }

    #[test]
    fn what_gives_nothing_away_is_accepted() {
        for above in [
            "Where does a curve end?",
            "`plateau` and $plateau$",
            "It oscillates at zero.",
        ] {
            assert_eq!(found(above), [""; 0], "{above}");
        }
    }

    #[test]
    fn endings_and_small_words_do_not_matter() {
        assert_eq!(stem("Learned"), stem("learning"));
        assert_eq!(stem("slopes"), stem("slope"));
        assert_eq!(stem("Whatever"), None);
    }
}
