//! The figure of the experiment, its words and its table.

use chart::{Axis, Cell, Column, DotPlot, Lines, Table};
use exact::statistics::{least, median, most};
use slope::{Network, decimal::Decimal};
use study::experiment::Experiment;

use super::{FOLDS, FORMS, FoldedBranches, Outcome, RATES};

impl Outcome {
    fn losses_of(&self, form: usize, rate: usize) -> Vec<f64> {
        self.runs.iter().map(|run| run.ends[form][rate].0).collect()
    }

    pub(super) fn median_loss(&self, form: usize, rate: usize) -> f64 {
        median(self.losses_of(form, rate))
    }

    /// The median of the fewest wrong images that a seed has at a rate.
    pub(super) fn median_wrong(&self, form: usize) -> usize {
        let fewest = self.runs.iter().map(|run| {
            least(run.ends[form].iter().map(|(_, wrong)| *wrong as f64))
        });
        median(fewest) as usize
    }

    pub(super) fn apart(&self) -> f64 {
        most(self.runs.iter().map(|run| run.apart))
    }

    pub(super) fn gaps(&self, fold: usize) -> Vec<f64> {
        let all = self.runs.iter().flat_map(|run| &run.gaps);
        all.map(|gaps| gaps[fold]).collect()
    }

    /// Images of all tests of one network, at most, that change their class.
    pub(super) fn changed(&self) -> usize {
        let all = self.runs.iter().flat_map(|run| &run.changed);
        all.copied().max().unwrap_or(0)
    }

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

pub(super) fn rounded(mut network: Network, each: fn(f64) -> f64) -> Network {
    for layer in network.dense_layers_mut() {
        layer.w.mapv_inplace(each);
        layer.b.mapv_inplace(each);
    }
    network
}
