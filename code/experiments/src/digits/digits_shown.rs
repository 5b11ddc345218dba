//! The handwritten digits themselves, and those that a network of slope 1 gets
//! wrong.
//!
//! The networks are those of the experiment `digits`: for each seed one of
//! slope 1 and one with ReLU, the same number of units, images and epochs.
//! Images: E. Alpaydin, C. Kaynak, 1998, doi 10.24432/C50P49. See the chapter
//! `digits`.

use ndarray::ArrayView1;
use slope::data::Dataset;

use crate::digits::digits::ten_classes;
use crate::handwriting::{MODELS, Model, Recipe, Task, classes, network};
use chart::{Cell, Chart, Column, Images, Panel, Table};
use exact::decimal::Decimal;
use exact::statistics::mean;
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// Classes, and how many images of each are shown.
const CLASSES: usize = 10;
const EXAMPLES: usize = 10;

/// Pixels side by side.
const SIDE: usize = 8;

const STRAIGHT: Model = MODELS[1];
const BENT: Model = MODELS[4];

params! {
    /// What the networks depend on.
    pub struct Params {
        /// Seed of the first pair of networks; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many pairs.
        seeds: usize = 5, in 1..=20, "Seeds";
        /// Units of each of the two hidden layers.
        width: usize = 32, in 1..=64, "Units of a layer";
        /// Adam's step size.
        lr: f64 = 0.002, in 1e-5..=0.1, "Learning rate";
        /// How long each network is trained.
        epochs: usize = 30, in 1..=40, "Training", "epochs";
    }
}

/// The experiment.
pub struct DigitsShown;

/// What the two networks of a seed say of each test image.
pub struct Pair {
    straight: Vec<usize>,
    bent: Vec<usize>,
}

/// What was found.
pub struct Outcome {
    params: Params,
    train: Dataset,
    test: Dataset,
    pairs: Vec<Pair>,
}

impl Experiment for DigitsShown {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "digits-shown";
    const QUESTION: &'static str =
        "Which handwritten digits does a network of slope 1 get wrong?";
    const CHAPTER: &'static str = "digits";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        outcome(params, tasks(), [STRAIGHT, BENT], progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let first = &outcome.pairs[0];
        let always = outcome.always().count();
        vec![
            Fact::count("examples", EXAMPLES),
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("tests", outcome.test.len()),
            Fact::count("wrong", outcome.wrong(&first.straight).count()),
            Fact::count("relu-right", outcome.saved(first)),
            Fact::percent("relu-share", outcome.share_saved(), 0),
            Fact::count("relu-lost", outcome.lost(first)),
            Fact::count("always", always),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let tests = outcome.test.len() as f64;
        let wrong = outcome
            .pairs
            .iter()
            .map(|pair| outcome.wrong(&pair.straight).count() as f64 / tests);
        let lost = outcome.pairs.iter().map(|pair| outcome.lost(pair) as f64);
        let shares = outcome.share_saved();
        vec![
            Claim::below(
                "slope 1 gets few of the test images wrong",
                mean(wrong),
                0.05,
            ),
            Claim::above(
                "ReLU gets some of those right, over all seeds",
                shares,
                0.15,
            ),
            Claim::below("and most of them wrong, too", shares, 0.5),
            Claim::above(
                "it gets some wrong that slope 1 has right",
                mean(lost),
                0.5,
            )
            .of_the_book(),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("width", 24.0, 40.0),
            Span::between("epochs", 25.0, 35.0),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let shown = outcome.examples().into_iter();
        let examples = shown.fold(Images::new(1.0), |images, row| {
            images.image("", pixels(outcome.train.x.row(row)))
        });
        let said = &outcome.pairs[0].straight;
        let wrong =
            outcome.wrong(said).fold(Images::new(1.0), |images, row| {
                let caption =
                    format!("{}, said {}", outcome.class(row), said[row]);
                images.image(caption, pixels(outcome.test.x.row(row)))
            });
        let count = outcome.wrong(said).count();
        let tests = outcome.test.len();
        let heading =
            format!("{count} of {tests} test images, and what was said");
        Chart::new("Handwritten digits, and those that are misread")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([Panel::new("training images of each class", examples)])
            .row([Panel::new(heading, wrong)])
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, models, change: fn(&mut [Task; 2])| {
            let book = Params::default();
            Sabotage::<Self>::new(what, book, move |params, progress| {
                let mut tasks = tasks();
                change(&mut tasks);
                outcome(params, tasks, models, progress)
            })
        };
        vec![
            with("the label of the next image", [STRAIGHT, BENT], |tasks| {
                for Task { train, .. } in tasks {
                    let n = train.len();
                    let rows: Vec<usize> = (1..=n).map(|i| i % n).collect();
                    train.y = train.rows(&rows).y;
                }
            }),
            with("slope 1 in the place of ReLU", [STRAIGHT; 2], |_| {}),
            with("ReLU trained on the tests", [STRAIGHT, BENT], |tasks| {
                tasks[1].train = tasks[1].test.clone();
            }),
        ]
    }
}

/// What each of the two networks is to read.
fn tasks() -> [Task; 2] {
    let task = ten_classes();
    [task.clone(), task]
}

fn outcome(
    params: &Params,
    tasks: [Task; 2],
    models: [Model; 2],
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    let Params { seed, seeds: count, width, lr, epochs } = *params;
    progress.expect(count);
    let recipe = Recipe { width, lr, epochs, seed, seeds: count };
    let pairs = parallel::all(seeds(seed, count), |seed| {
        let said = |k: usize| said(&tasks[k], models[k], recipe, seed);
        let pair = Pair { straight: said(0)?, bent: said(1)? };
        progress.advance(1);
        Ok(pair)
    })?;
    let [Task { train, test, .. }, _] = tasks;
    Ok(Outcome { params: params.clone(), train, test, pairs })
}

/// The class that a trained network gives to each test image.
fn said(
    task: &Task,
    model: Model,
    recipe: Recipe,
    seed: u64,
) -> Result<Vec<usize>, Stopped> {
    let (network, _) = network(task, model, recipe, seed)?;
    Ok(classes(&network.output(&task.test.x)))
}

fn pixels(image: ArrayView1<f64>) -> Vec<Vec<f64>> {
    let all: Vec<f64> = image.iter().copied().collect();
    all.chunks(SIDE).map(<[f64]>::to_vec).collect()
}

impl Outcome {
    fn class(&self, row: usize) -> usize {
        self.test.y[(row, 0)] as usize
    }

    /// Test images of which the answer is not the class.
    fn wrong(&self, said: &[usize]) -> impl Iterator<Item = usize> {
        (0..said.len()).filter(|row| said[*row] != self.class(*row))
    }

    /// How many of those that slope 1 gets wrong the ReLU gets right.
    fn saved(&self, pair: &Pair) -> usize {
        let wrong = self.wrong(&pair.straight);
        wrong.filter(|row| pair.bent[*row] == self.class(*row)).count()
    }

    /// How many the ReLU alone gets wrong.
    fn lost(&self, pair: &Pair) -> usize {
        let wrong = self.wrong(&pair.bent);
        wrong.filter(|row| pair.straight[*row] == self.class(*row)).count()
    }

    /// Of all mistakes of slope 1, the share that the ReLU of the same seed
    /// does not make.
    fn share_saved(&self) -> f64 {
        let saved: usize = self.pairs.iter().map(|p| self.saved(p)).sum();
        let wrong = self.pairs.iter().map(|p| self.wrong(&p.straight).count());
        saved as f64 / wrong.sum::<usize>() as f64
    }

    /// What slope 1 gets wrong with every seed.
    fn always(&self) -> impl Iterator<Item = usize> {
        (0..self.test.len()).filter(|row| {
            let class = self.class(*row);
            self.pairs.iter().all(|pair| pair.straight[*row] != class)
        })
    }

    /// The first training images of each class, class by class.
    fn examples(&self) -> Vec<usize> {
        let of_class = |class: usize| {
            let rows = 0..self.train.len();
            let is =
                move |row: &usize| self.train.y[(*row, 0)] as usize == class;
            rows.filter(is).take(EXAMPLES)
        };
        (0..CLASSES).flat_map(of_class).collect()
    }

    fn finding(&self) -> String {
        let first = &self.pairs[0];
        let (wrong, saved) =
            (self.wrong(&first.straight).count(), self.saved(first));
        let share = Decimal(100.0 * self.share_saved());
        let text = format!(
            "Above, {EXAMPLES} of each digit. Below, the {wrong} test images \
             that a network of slope 1 gets wrong: what each is, and what it \
             said."
        );
        if DigitsShown::bears_out(self) {
            format!(
                "{text} A ReLU network gets {saved} of them right. Over {} \
                 seeds it avoids {share:.0} % of such mistakes.",
                self.params.seeds,
            )
        } else {
            format!("{text} A ReLU network gets {saved} of them right.")
        }
    }

    fn description(&self) -> String {
        let said = &self.pairs[0].straight;
        let mut text = format!(
            "Pictures of {SIDE} by {SIDE} pixels. Above, ten rows of \
             {EXAMPLES} handwritten digits, from 0 to 9. Below, those that \
             are misread:",
        );
        let pairs = self.wrong(said).map(|row| {
            format!(" a {} is taken for a {}", self.class(row), said[row])
        });
        text += &pairs.collect::<Vec<_>>().join(",");
        text + "."
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("seed"),
            Column::new("test image"),
            Column::new("digit"),
            Column::new("slope 1 said"),
            Column::new("ReLU said"),
        ]);
        for (seed, pair) in (self.params.seed..).zip(&self.pairs) {
            for row in 0..self.test.len() {
                let class = self.class(row);
                let all = [row, class, pair.straight[row], pair.bent[row]];
                if [all[2], all[3]] != [class; 2] {
                    let cells = all.map(|count| Cell::Number(count as f64));
                    let seed = [Cell::Number(seed as f64)];
                    table.row(seed.into_iter().chain(cells));
                }
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slope::Activation;

    #[test]
    fn the_two_read_with_slope_1_and_with_relu() {
        let activations = [STRAIGHT, BENT].map(|model| model.hidden);
        assert_eq!(
            activations,
            [Some(Activation::Identity), Some(Activation::Relu)]
        );
    }

    /// Row by row from the top: the pixel right of the first is the second.
    #[test]
    fn pixels_stand_as_they_are_written() {
        let image = ndarray::Array1::from_iter((0..64).map(f64::from));
        let rows = pixels(image.view());
        assert_eq!((rows.len(), rows[0][1], rows[1][0]), (8, 1.0, 8.0));
    }

    #[test]
    fn the_examples_are_ten_of_each_class() {
        let Task { train, test, .. } = ten_classes();
        let params = Params::default();
        let outcome = Outcome { params, train, test, pairs: Vec::new() };
        let classes = outcome.examples().into_iter();
        let classes = classes.map(|row| outcome.train.y[(row, 0)] as usize);
        let expected = (0..CLASSES).flat_map(|class| [class; EXAMPLES]);
        assert!(classes.eq(expected));
    }
}
