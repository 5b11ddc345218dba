//! What can be put on the bench.

use ndarray::Array1;
use slope::{
    data::{self, Dataset},
    rng::{Rng, Stream},
};

use super::Params;
use crate::{experiment::Stopped, lent};

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
    pub all: Dataset,
    /// For digits, which each is.
    pub digits: Option<Array1<f64>>,
}

impl Examples {
    /// The examples that the parameters ask for.
    pub fn of(params: &Params) -> Result<Self, Stopped> {
        let Params { samples, noise, .. } = *params;
        let mut rng = Rng::new(params.seed, Stream::Data);
        let all = match params.data {
            "moons" => data::moons(samples, noise, &mut rng),
            "circles" => data::circles(samples, noise, &mut rng),
            "xor" => xor(samples, noise, &mut rng),
            "spirals" => data::spirals(samples, noise, 1.0, &mut rng),
            "digits" => return parity(),
            _ => own(params)?,
        };
        Ok(Self { all, digits: None })
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
fn parity() -> Result<Examples, Stopped> {
    let digits = lent::digits()?;
    let rows: Vec<usize> = (0..DIGITS).collect();
    let mut all = digits.rows(&rows);
    let which = all.y.column(0).to_owned();
    all.y.mapv_inplace(|digit| digit % 2.0);
    Ok(Examples { all, digits: Some(which) })
}

fn own(params: &Params) -> Result<Dataset, Stopped> {
    let missing = "points: there are none yet: give lines x,y,label, or \
                   choose other data";
    params.points.data().cloned().ok_or_else(|| Stopped(missing.into()))
}
