//! Networks that read handwriting: what the experiments `digits`,
//! `digits-shown` and `odd-even` have in common.

use ndarray::{Array2, ArrayView1};
use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training,
    data::{self, Dataset},
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Column, DotPlot, Table};
use study::{
    experiment::{Progress, Series, Stopped},
    parallel,
    params::seeds,
};

/// The learning rate where there is no hidden layer: one layer alone learns
/// more slowly.
const LR_SHALLOW: f64 = 0.01;

/// What is to be read, and from which images.
#[derive(Clone)]
pub struct Task {
    pub train: Dataset,
    pub test: Dataset,
    pub loss: Loss,
    pub outputs: usize,
}

/// How every network is trained.
#[derive(Clone, Copy)]
pub struct Recipe {
    pub width: usize,
    pub lr: f64,
    pub epochs: usize,
    pub seed: u64,
    pub seeds: usize,
}

/// One kind of network: two hidden layers, or none.
#[derive(Clone, Copy)]
pub struct Model {
    pub name: &'static str,
    pub hidden: Option<Activation>,
}

/// One network after training.
pub struct Fit {
    /// Test images that it got wrong.
    pub wrong: usize,
    pub losses: Vec<f64>,
}

/// The same model with several seeds.
pub struct Row {
    pub model: Model,
    pub fits: Vec<Fit>,
}

/// No hidden layer, slope 1 everywhere, and three bends.
pub const MODELS: [Model; 5] = [
    Model { name: "no hidden layer", hidden: None },
    Model { name: "identity", hidden: Some(Activation::Identity) },
    Model { name: "tanh", hidden: Some(Activation::Tanh) },
    Model { name: "Swish", hidden: Some(Activation::Silu { beta: 1.0 }) },
    Model { name: "ReLU", hidden: Some(Activation::Relu) },
];

/// The images, in two sets; the test set has 34 to 40 of each digit.
pub fn images() -> (Dataset, Dataset) {
    data::digits().split(|row| (row / 10) % 5 == 0)
}

/// Trains each model with each seed.
pub fn trained<const N: usize>(
    task: &Task,
    models: [Model; N],
    recipe: Recipe,
    progress: &Progress,
) -> Result<[Row; N], Stopped> {
    progress.expect(N * recipe.seeds);
    let seeds = seeds(recipe.seed, recipe.seeds);
    let tasks: Vec<(Model, u64)> = models
        .iter()
        .flat_map(|model| seeds.clone().map(move |seed| (*model, seed)))
        .collect();
    let fits = parallel::all(tasks, |(model, seed)| {
        let fit = fit(task, model, recipe, seed);
        progress.advance(1);
        fit
    })?;
    let mut fits = fits.into_iter();
    Ok(models.map(|model| {
        let fits = fits.by_ref().take(recipe.seeds).collect();
        Row { model, fits }
    }))
}

fn fit(
    task: &Task,
    model: Model,
    recipe: Recipe,
    seed: u64,
) -> Result<Fit, Stopped> {
    let (network, losses) = network(task, model, recipe, seed)?;
    let output = network.output(&task.test.x);
    Ok(Fit { wrong: misread(task.loss, &output, &task.test), losses })
}

/// How many of the images get the wrong answer by these outputs.
pub fn misread(loss: Loss, output: &Array2<f64>, images: &Dataset) -> usize {
    let wrong = 1.0 - loss.accuracy(output, &images.y);
    (wrong * images.len() as f64).round() as usize
}

/// The class that each image is given: that of its largest logit, of equals
/// the first.
pub fn classes(output: &Array2<f64>) -> Vec<usize> {
    let class = |logits: ArrayView1<f64>| {
        let larger = |best: usize, at: usize| {
            if logits[at] > logits[best] { at } else { best }
        };
        (0..logits.len()).fold(0, larger)
    };
    output.rows().into_iter().map(class).collect()
}

/// A trained network, and its loss before the first update and after each
/// epoch.
pub fn network(
    task: &Task,
    model: Model,
    recipe: Recipe,
    seed: u64,
) -> Result<(Network, Vec<f64>), Stopped> {
    let (mut network, lr) = drawn(task, model, recipe, seed);
    let training = Training {
        loss: task.loss,
        optimizer: Optimizer::adam(lr),
        batch: Batch::Size(32),
        epochs: recipe.epochs,
        shuffle: Shuffle::EachEpoch,
    };
    let mut order = Rng::new(seed, Stream::Order);
    let history = training
        .run(&mut network, &task.train, &mut order)
        .map_err(|why| Stopped(format!("{}, {seed}: {why}", model.name)))?;
    Ok((network, history.epochs))
}

/// A fresh network, and the learning rate for it.
fn drawn(
    task: &Task,
    model: Model,
    recipe: Recipe,
    seed: u64,
) -> (Network, f64) {
    let (inputs, width) = (task.train.x.ncols(), recipe.width);
    let deep = [inputs, width, width, task.outputs];
    let (sizes, activation, lr) = match model.hidden {
        Some(activation) => (&deep[..], activation, recipe.lr),
        None => (&[inputs, task.outputs][..], Activation::Identity, LR_SHALLOW),
    };
    let init = match activation {
        Activation::Relu => Init::HeNormal,
        _ => Init::XavierNormal,
    };
    let mut rng = Rng::new(seed, Stream::Weights);
    (Network::dense(sizes, activation, init, &mut rng), lr)
}

impl Row {
    /// How many test images each seed got wrong.
    pub fn wrong(&self) -> impl Iterator<Item = f64> {
        self.fits.iter().map(|fit| fit.wrong as f64)
    }

    /// The loss on the training set at the end.
    pub fn last_losses(&self) -> impl Iterator<Item = f64> {
        self.fits.iter().map(|fit| fit.losses[fit.losses.len() - 1])
    }

    /// How many fewer each seed got wrong than the same seed of another row.
    pub fn fewer_than(&self, other: &Row) -> impl Iterator<Item = f64> {
        other.wrong().zip(self.wrong()).map(|(theirs, own)| theirs - own)
    }

    /// The curve of the first seed.
    pub fn series(&self, seed: u64) -> Series {
        Series {
            name: format!("loss/{}/seed-{seed}", self.model.name),
            points: (0..).zip(self.fits[0].losses.iter().copied()).collect(),
        }
    }
}

/// The standard error of a count of wrong among n, if each is wrong with the
/// same chance p: √(n·p·(1 − p)).
pub fn standard_error(wrong: f64, n: usize) -> f64 {
    let p = wrong / n as f64;
    (n as f64 * p * (1.0 - p)).sqrt()
}

/// What networks without a bend have in common.
pub const STRAIGHT: &str = "one affine map";

/// And those with one.
pub const BENT: &str = "bent";

/// The rows of both kinds, each with its heading.
pub fn groups(rows: &[Row; 5]) -> [(&'static str, &[Row]); 2] {
    let (straight, bent) = rows.split_at(2);
    [(STRAIGHT, straight), (BENT, bent)]
}

/// How many test images each network got wrong. Both experiments draw the
/// same range, so that the two pictures can be compared.
pub fn wrong(rows: &[Row; 5], tests: usize) -> DotPlot {
    let axis = Axis::linear(format!("wrong among {tests} test images"));
    let axis = axis.including(0.0).including(40.0);
    let mut plot = DotPlot::new(axis).dots("one dot for each seed");
    for (group, rows) in groups(rows) {
        plot = plot.group(group);
        for row in rows {
            plot = plot.row(row.model.name, row.wrong().collect());
        }
    }
    plot
}

/// Every network, with what it got wrong and its loss.
pub fn table(rows: &[Row; 5], seed: u64) -> Table {
    let mut table = Table::new([
        Column::new("hidden layers"),
        Column::new("seed"),
        Column::new("wrong"),
        Column::new("training loss").digits(3),
    ]);
    for row in rows {
        let measured = row.wrong().zip(row.last_losses());
        for ((wrong, loss), seed) in measured.zip(seed..) {
            table.row([
                Cell::Text(row.model.name.into()),
                Cell::Number(seed as f64),
                Cell::Number(wrong),
                Cell::Number(loss),
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_largest_logit_is_the_class() {
        let output = array![[0.5, -1.0, 2.0, 1.0], [1.0, 1.0, 0.0, 0.5]];
        assert_eq!(classes(&output), [2, 0]);
    }

    #[test]
    fn the_standard_error_is_that_of_a_proportion() {
        assert_eq!(standard_error(50.0, 100), 5.0);
        assert_eq!(standard_error(0.0, 360), 0.0);
    }

    /// Both sets have all ten classes, the test set nearly evenly.
    #[test]
    fn the_split_is_balanced() {
        let (train, test) = images();
        assert_eq!((train.len(), test.len()), (1437, 360));
        for digit in 0..10 {
            let is = |y: &&f64| **y == f64::from(digit);
            assert!((34..=40).contains(&test.y.iter().filter(is).count()));
        }
    }
}
