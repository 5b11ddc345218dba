//! The figure of the experiment, its words and its table.

use chart::{Axis, Cell, Column, DotPlot, Lines, Table};
use exact::statistics::{least, most};
use slope::decimal::Decimal;
use study::experiment::Experiment;

use super::{FOLDS, FORMS, FoldedBranches, Outcome, RATES};

impl Outcome {
    pub(super) fn losses(&self) -> Lines {
        let x = Axis::log("learning rate");
        let y = Axis::log("training loss (nats)");
        let mut lines = Lines::new(x, y);
        let curve = |of: &dyn Fn(usize) -> f64| {
            let at = |(i, rate)| (rate * self.params.lr, of(i));
            RATES.into_iter().enumerate().map(at).collect::<Vec<_>>()
        };
        for (form, (_, name)) in FORMS.into_iter().enumerate() {
            lines = lines.main(name, curve(&|i| self.median_loss(form, i)));
            for run in &self.runs {
                lines = lines.thin_of(name, curve(&|i| run.ends[form][i].0));
            }
        }
        lines
    }

    pub(super) fn folds(&self) -> DotPlot {
        let axis = Axis::log("largest change of an output, relative");
        let mut plot = DotPlot::new(axis)
            .dots("one dot for each normalised network")
            .group("folded");
        for (i, name) in FOLDS.into_iter().enumerate() {
            plot = plot.row(name, self.gaps(i));
        }
        plot
    }

    pub(super) fn finding(&self) -> String {
        let loss = |form, rate| self.median_loss(form, rate);
        if FoldedBranches::bears_out(self) {
            format!(
                "Normalisation in training lowers the loss and allows larger \
                 rates; further branches add little to that. Folded, every \
                 network shown is one matrix for each layer, with the same \
                 outputs up to the rounding of the format. Above: medians; \
                 thin: the {} seeds.",
                self.params.seeds
            )
        } else {
            format!(
                "At the rate in the middle one matrix ends at a loss of \
                 {:.3}, a normalised one at {:.3} and branches at {:.3}.",
                Decimal(loss(0, 1)),
                Decimal(loss(1, 1)),
                Decimal(loss(2, 1))
            )
        }
    }

    pub(super) fn description(&self) -> String {
        let mut text = format!(
            "Two panels. Above, the training loss after {} epochs over three \
             learning rates, both axes logarithmic. Below, four rows of dots \
             on a logarithmic axis, how far a fold changes an output.",
            self.params.epochs
        );
        for (form, (_, name)) in FORMS.into_iter().enumerate() {
            let [slow, middle, fast] =
                [0, 1, 2].map(|rate| self.median_loss(form, rate));
            text += &format!(
                " {name}: median losses {:.3}, {:.3} and {:.3}.",
                Decimal(slow),
                Decimal(middle),
                Decimal(fast)
            );
        }
        for (i, name) in FOLDS.into_iter().enumerate() {
            let gaps = self.gaps(i);
            text += &format!(
                " Folded {name}: from {:.1e} to {:.1e}.",
                Decimal(least(gaps.iter().copied())),
                Decimal(most(gaps.iter().copied()))
            );
        }
        text
    }

    pub(super) fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("hidden layers"),
            Column::new("learning rate"),
            Column::new("seed"),
            Column::new("training loss").digits(3),
            Column::new("wrong"),
        ]);
        for (form, (_, name)) in FORMS.into_iter().enumerate() {
            for (i, rate) in RATES.into_iter().enumerate() {
                for (run, seed) in self.runs.iter().zip(self.params.seed..) {
                    let (loss, wrong) = run.ends[form][i];
                    table.row([
                        Cell::Text(name.into()),
                        Cell::Number(rate * self.params.lr),
                        Cell::Number(seed as f64),
                        Cell::Number(loss),
                        Cell::Number(wrong as f64),
                    ]);
                }
            }
        }
        table
    }
}
