//! Runs that can be watched, held against every lab of the book.

use chart::Layout;
use experiments::LABS;
use study::{Entry, experiment::Progress, live::Standing, params::Domain};

/// The fewest of everything, but for seeds and epochs: what is at stake is
/// that pieces make a whole.
fn small(lab: &Entry) -> Vec<(String, String)> {
    let fields = lab.fields().into_iter();
    let small = fields.filter_map(|field| match (field.key, field.domain) {
        ("seeds" | "epochs", _) => Some((field.key.into(), "3".into())),
        ("samples" | "inputs", _) => None,
        (_, Domain::Whole(range)) => {
            Some((field.key.into(), range.start().to_string()))
        }
        _ => None,
    });
    small.collect()
}

#[test]
fn a_run_in_pieces_is_the_run() {
    let silent = Progress::silent();
    for lab in LABS {
        let settings = small(lab);
        let whole = lab.report(&settings, &silent);
        let mut run = lab.begin(&settings).unwrap();
        let mut pieces = 0;
        while !run.standing().over {
            run.advance(1 + pieces % 3, &silent).unwrap();
            pieces += 1;
        }
        assert_eq!(run.report(), whole, "{}", lab.id);
        let Standing { done, all, .. } = run.standing();
        assert_eq!(done, all, "{}", lab.id);
    }
}

#[test]
fn the_share_rises_to_one() {
    let silent = Progress::silent();
    for lab in LABS {
        let mut run = lab.begin(&small(lab)).unwrap();
        let mut before = run.standing();
        assert_eq!(before.share, 0.0, "{}", lab.id);
        while !before.over {
            run.advance(1, &silent).unwrap();
            let now = run.standing();
            assert!(before.share < now.share, "{}", lab.id);
            before = now;
        }
        assert!((before.share - 1.0).abs() < 1e-12, "{}", lab.id);
    }
}

#[test]
fn a_run_that_is_stopped_is_the_run_of_its_own_parameters() {
    let silent = Progress::silent();
    let mut stopped = 0;
    for (lab, steps) in LABS.iter().flat_map(|lab| [(lab, 1), (lab, 2)]) {
        let mut run = lab.begin(&small(lab)).unwrap();
        run.advance(steps, &silent).unwrap();
        let Ok(report) = run.report() else { continue };
        stopped += 1;
        let again = lab.report(&report.params, &silent);
        assert_eq!(Ok(report), again, "{}, {steps}", lab.id);
    }
    assert!(stopped > 10, "{stopped}");
}

#[test]
fn every_step_of_a_run_can_be_seen() {
    let silent = Progress::silent();
    for lab in LABS {
        let mut run = lab.begin(&small(lab)).unwrap();
        while !run.standing().over {
            run.advance(1, &silent).unwrap();
            let frame = run.frame(Layout::Wide).unwrap();
            for bad in ["NaN", "inf", "no data"] {
                assert!(!frame.svg.contains(bad), "{}: {bad}", lab.id);
                assert!(!frame.finding.contains(bad), "{}", lab.id);
            }
        }
    }
}
