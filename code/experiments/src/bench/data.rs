//! What can be put on the bench.

use std::sync::Arc;

use ndarray::{Array1, Array2};
use slope::{
    data::{self, Dataset},
    rng::{Rng, Stream},
};

use super::Params;
use study::{experiment::Stopped, lent};

/// The data sets.
pub const NAMES: &[&str] =
    &["moons", "circles", "xor", "spirals", "digits", "own"];

/// So many of the first digits: all are more than a page can train on while
/// somebody looks on.
const DIGITS: usize = 500;

/// Examples of two classes.
#[derive(Clone)]
pub struct Examples {
    /// Inputs, and labels 0 and 1.
    pub all: Arc<Dataset>,
    /// For digits, which each is.
    pub digits: Option<Array1<f64>>,
    /// Whether each column has been brought to mean 0 and standard deviation
    /// 1. A column that does not vary has 0 in all rows then.
    pub scaled: bool,
}

impl Examples {
    /// The examples that the parameters ask for.
    pub fn of(params: &Params) -> Result<Self, Stopped> {
        let Params { samples, noise, .. } = *params;
        let mut rng = Rng::new(params.seed, Stream::Data);
        let mut digits = None;
        let mut all = match params.data {
            "moons" => data::moons(samples, noise, &mut rng),
            "circles" => data::circles(samples, noise, &mut rng),
            "xor" => xor(samples, noise, &mut rng),
            "spirals" => data::spirals(samples, noise, 1.0, &mut rng),
            "digits" => {
                let (all, which) = parity()?;
                digits = Some(which);
                all
            }
            _ => own(params)?,
        };
        let scaled = params.scale == "columns";
        if scaled {
            scale(&mut all.x);
        }
        Ok(Self { all: Arc::new(all), digits, scaled })
    }
}

/// Brings each column to mean 0 and standard deviation 1.
pub fn scale(x: &mut Array2<f64>) {
    for mut column in x.columns_mut() {
        let n = column.len() as f64;
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            values.fold(0.0, |sum, value| sum + value) / n
        };
        // Sums lose nothing to a value that all have in common, nor to the
        // size that all have.
        let first = column[0];
        column.mapv_inplace(|value| value - first);
        let most = column.iter().fold(0.0, |m, v| f64::max(m, v.abs()));
        if most > 0.0 {
            column.mapv_inplace(|value| value / most);
            let middle = mean(&mut column.iter().copied());
            column.mapv_inplace(|value| value - middle);
            let variance = mean(&mut column.iter().map(|value| value * value));
            let deviation = variance.sqrt();
            column.mapv_inplace(|value| value / deviation);
        }
    }
}

/// The four corners, each with its neighbourhood.
fn xor(samples: usize, noise: f64, rng: &mut Rng) -> Dataset {
    let corners = data::xor();
    let rows: Vec<usize> = (0..samples).map(|i| i % 4).collect();
    let mut data = corners.rows(&rows);
    data.x.mapv_inplace(|x| x + noise * rng.normal());
    data
}

/// Even digits have label 0, odd ones 1.
fn parity() -> Result<(Dataset, Array1<f64>), Stopped> {
    let digits = lent::digits()?;
    let rows: Vec<usize> = (0..DIGITS).collect();
    let mut all = digits.rows(&rows);
    let which = all.y.column(0).to_owned();
    all.y.mapv_inplace(|digit| digit % 2.0);
    Ok((all, which))
}

fn own(params: &Params) -> Result<Dataset, Stopped> {
    let missing = "points: there are none yet: give lines x,y,label or a \
                   file, or choose other data";
    params.points.data().cloned().ok_or_else(|| Stopped(missing.into()))
}
