//! Keys: nobody can answer the questions of the book by their form.
//!
//! Over all quizzes and predictions, the right option stands nowhere too often,
//! and is not too often the longest, or the shortest: a student who has seen
//! that need not read.

use super::volume::Volume;
use crate::{
    Problem,
    markdown::{Kind as Region, Regions},
    question::{Question, prediction, quiz},
};

/// At how many of a hundred questions the right option may have one place.
const ONE_PLACE: usize = 40;

/// At how many of a hundred it may be the longest of all, or the shortest.
const ONE_LENGTH: usize = 40;

/// A book of fewer questions says nothing.
const FEWEST: usize = 12;

/// Where the right option stands and how long it is, over the whole book.
pub fn problems(volume: &Volume) -> Vec<Problem> {
    let mut places: Vec<usize> = Vec::new();
    let mut longest: Vec<String> = Vec::new();
    let mut shortest: Vec<String> = Vec::new();
    let mut questions = 0;
    for page in volume.chapters() {
        for (fence, kind) in Regions::of(page.markdown()).iter() {
            let Region::Fence(info) = kind else { continue };
            let block = &page.text[fence.clone()];
            let read = match info.split(' ').next() {
                Some("quiz") => quiz(info, block),
                Some("prediction") => prediction(info, block),
                _ => continue,
            };
            // One that is broken is refused by the build.
            let Ok(question) = read else { continue };
            questions += 1;
            let (place, is_longest, is_shortest) = form(&question);
            places.resize(places.len().max(place + 1), 0);
            places[place] += 1;
            let words: String = question.text.chars().take(50).collect();
            let named = format!("{}: {words}", page.file);
            longest.extend(is_longest.then(|| named.clone()));
            shortest.extend(is_shortest.then_some(named));
        }
    }
    if questions < FEWEST {
        return vec![];
    }
    let too_often = |n: usize, bound: usize| n * 100 > questions * bound;
    let mut problems = Vec::new();
    let mut tell = |what: String, mend: String| {
        problems.push(Problem::new("src", 0, what).mend(mend));
    };
    for (place, &n) in places.iter().enumerate() {
        if too_often(n, ONE_PLACE) {
            let letter = char::from(b'A' + place as u8);
            tell(
                format!("the right option is {letter} in {n} of {questions}"),
                "reword a question: its words decide the order".into(),
            );
        }
    }
    for (word, named) in [("longest", &longest), ("shortest", &shortest)] {
        if too_often(named.len(), ONE_LENGTH) {
            let n = named.len();
            tell(
                format!("the right option is the {word} in {n} of {questions}"),
                format!("say it otherwise: {}", named.join("; ")),
            );
        }
    }
    problems
}

/// The place of the right option, and whether it is longer or shorter than
/// each of the others.
fn form(question: &Question<'_>) -> (usize, bool, bool) {
    let length = |i: usize| question.options[i].text.chars().count();
    let right = question.options.iter().position(|option| option.right);
    let right = right.expect("a question has one right option");
    let others = (0..question.options.len()).filter(|i| *i != right);
    let of_others: Vec<usize> = others.map(length).collect();
    let is_longest = of_others.iter().all(|other| length(right) > *other);
    let is_shortest = of_others.iter().all(|other| length(right) < *other);
    (right, is_longest, is_shortest)
}

#[cfg(test)]
mod tests {
    use super::{super::page::Part, *};

    fn found(question: impl Fn(usize) -> String) -> Vec<String> {
        let page: String = (0..30).map(|i| question(i) + "\n").collect();
        let page = format!("# A\n\n{page}");
        let volume = Volume::of(&[("src/a.md", Part::Numbered, &page)]);
        problems(&volume).iter().map(ToString::to_string).collect()
    }

    fn of(info: &str, right: &str, at: usize) -> String {
        let mut options = vec!["- [ ] mid 1 | a", "- [ ] mid 2 | b"];
        let right = format!("- [x] {right} | c");
        options.insert(at, &right);
        format!("```{info}\n? q\n{}\n```\n", options.join("\n"))
    }

    #[test]
    fn places_and_lengths_that_differ_are_accepted() {
        let right = ["a", "four5", "longer than"];
        let found = found(|i| of("quiz ordered", right[i / 3 % 3], i % 3));
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn a_place_or_a_length_that_tells_is_refused() {
        let right = ["a", "four5", "longer than"];
        let place = found(|i| of("quiz ordered", right[i % 3], 1));
        assert!(place[0].contains("is B in 30 of 30"), "{place:?}");
        let long = found(|i| of("quiz ordered", "longer than", i % 3));
        assert!(long[0].contains("longest in 30 of 30"), "{long:?}");
        let short = found(|i| of("quiz ordered", "a", i % 3));
        assert!(short[0].contains("shortest in 30 of 30"), "{short:?}");
    }
}
