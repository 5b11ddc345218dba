//! What a stack of random layers does to the directions of its input: the
//! singular values of a product of many matrices, and of the Jacobian of a
//! network that bends.
//!
//! Gaussian matrices stretch some directions and crush most; orthogonal ones
//! do neither (A. M. Saxe and others, 2013, arXiv:1312.6120). That a ReLU
//! network cannot keep all directions, while a sigmoidal one nearly can, is in
//! J. Pennington and others, 2017, arXiv:1711.04735.
//!
//! See the chapter `products-of-slopes`.

use std::f64::consts::SQRT_2;

use ndarray::{Array1, Array2};
use probe::NoSvd;
use slope::{
    Activation, Dense, Init, Layer, Network,
    rng::{Rng, Stream},
};

use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// A singular value below this part of the largest is the rounding of the
/// product, not the product: 64 sums of 64 terms lose no more.
const ROUNDING: f64 = 1e-14;

/// Standard deviation of the inputs at which tanh is nearly straight.
const SMALL: f64 = 0.1;

params! {
    /// What the spectra depend on.
    pub struct Params {
        /// Seed of the first matrices; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// How many seeds, each with its own matrices.
        seeds: usize = 3, in 1..=20, "Seeds";
        /// Layers of the deepest stack.
        layers: usize = 50, in 3..=64, "Layers";
        /// Units of each layer: rows and columns of each matrix.
        width: usize = 64, in 4..=64, "Units of a layer";
    }
}

/// What a run is made of.
#[derive(Clone, Copy)]
struct Setup {
    gaussian: Init,
    /// Orthogonal matrices of this gain.
    orthogonal: fn(f64) -> Init,
    relu: Activation,
    /// Standard deviation of the inputs.
    size: f64,
}

const BOOK: Setup = Setup {
    gaussian: Init::LecunNormal,
    orthogonal: |gain| Init::Orthogonal { gain },
    relu: Activation::Relu,
    size: SMALL,
};

/// The experiment.
pub struct Isometry;

/// One kind of stack, and the singular values of a few.
pub struct Spectra {
    name: String,
    layers: usize,
    /// Descending, by seed.
    values: Vec<Vec<f64>>,
}

/// What the stacks do to directions.
pub struct Outcome {
    params: Params,
    /// Products of Gaussian matrices, by depth.
    gaussian: Vec<Spectra>,
    orthogonal: Spectra,
    tanh: Spectra,
    relu: Spectra,
}

impl Experiment for Isometry {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "isometry";
    const QUESTION: &'static str =
        "How many directions survive a product of random matrices?";
    const CHAPTER: &'static str = "products-of-slopes";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        found(params, progress, BOOK)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let deepest = outcome.deepest();
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("width", outcome.params.width),
            Fact::fixed("one-middle", outcome.gaussian[0].middle(), 2),
            Fact::scientific("deepest-middle", deepest.middle(), 0),
            Fact::fixed("deepest-largest", deepest.largest(), 1),
            Fact::count("deepest-kept", deepest.kept()),
            Fact::scientific("orthogonal-off", outcome.orthogonal.off(), 1)
                .most(),
            Fact::fixed("tanh-smallest", outcome.tanh.smallest(), 2).least(),
            Fact::count("relu-kept", outcome.relu.kept()),
            Fact::fixed("relu-largest", outcome.relu.largest(), 1),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let deepest = outcome.deepest();
        vec![
            Claim::below(
                "fifty Gaussian layers crush the middle direction",
                most(deepest.middles()),
                1e-6,
            ),
            Claim::above(
                "one Gaussian layer does not",
                least(outcome.gaussian[0].middles()),
                0.5,
            ),
            Claim::above(
                "and the largest direction survives fifty",
                least(deepest.values.iter().map(|values| values[0])),
                1.0,
            ),
            Claim::below(
                "fifty orthogonal layers keep every direction",
                outcome.orthogonal.off(),
                1e-12,
            ),
            Claim::above(
                "and with tanh between them each direction keeps a tenth",
                outcome.tanh.smallest(),
                0.1,
            ),
            Claim::below(
                "but a ReLU between them crushes the middle direction, too",
                most(outcome.relu.middles()),
                1e-3,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let gaussian = outcome.gaussian.iter();
        let gaussian = gaussian.map(|spectra| (spectra.depth(), spectra));
        let bent = [&outcome.orthogonal, &outcome.tanh, &outcome.relu];
        let bent = bent.map(|spectra| (spectra.name.clone(), spectra));
        Chart::new("Singular values of stacks of random layers")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new(
                    "Gaussian matrices, slope 1",
                    outcome.panel(gaussian),
                ),
                Panel::new(
                    format!("orthogonal, {} layers", outcome.params.layers),
                    outcome.panel(bent.into_iter()),
                ),
            ])
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::between("layers", 45.0, 50.0),
            Span::between("width", 48.0, 64.0),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let one = || Params { seeds: 1, ..Params::default() };
        let dropped = |name, hypothesis, claim, setup: Setup| {
            sabotage(hypothesis, setup).counters(name, claim)
        };
        vec![
            Sabotage::<Self>::changing(
                "there are fifty layers",
                one(),
                |params: &mut Params| params.layers = 10,
            )
            .counters(
                "ten-layers",
                "fifty Gaussian layers crush the middle direction",
            ),
            dropped(
                "gain",
                "the gain of orthogonal matrices is 1",
                "fifty orthogonal layers keep every direction",
                Setup {
                    orthogonal: |gain| Init::Orthogonal { gain: 1.01 * gain },
                    ..BOOK
                },
            ),
            dropped(
                "large-inputs",
                "the inputs are near zero",
                "and with tanh between them each direction keeps a tenth",
                Setup { size: 1.0, ..BOOK },
            ),
        ]
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            sabotage(
                "Gaussian matrices in the place of orthogonal ones",
                Setup { orthogonal: |_| Init::LecunNormal, ..BOOK },
            ),
            sabotage(
                "orthogonal matrices in the place of Gaussian ones",
                Setup { gaussian: Init::Orthogonal { gain: 1.0 }, ..BOOK },
            ),
            sabotage(
                "PyTorch's weights in the place of LeCun's",
                Setup { gaussian: Init::TorchLinear, ..BOOK },
            ),
            sabotage(
                "ReLU's slope taken for one",
                Setup { relu: Activation::Identity, ..BOOK },
            ),
        ]
    }
}

fn sabotage(what: &'static str, setup: Setup) -> Sabotage<Isometry> {
    let one = Params { seeds: 1, ..Params::default() };
    Sabotage::new(what, one, move |params, progress| {
        found(params, progress, setup)
    })
}

fn found(
    params: &Params,
    progress: &Progress,
    setup: Setup,
) -> Result<Outcome, Stopped> {
    let identity = Activation::Identity;
    let Setup { orthogonal, relu, size, .. } = setup;
    let mut depths = vec![1, 2, 10.min(params.layers), params.layers];
    depths.dedup();
    progress.expect((depths.len() + 3) * params.seeds);
    let measured = |name: &str, f, init, layers| {
        let seeds = seeds(params.seed, params.seeds);
        let values = parallel::all(seeds, |seed| {
            let values =
                spectrum((f, init), layers, (params.width, size), seed);
            progress.advance(1);
            values
        });
        values.map(|values| Spectra { name: name.into(), layers, values })
    };
    let all = params.layers;
    let gaussian = depths
        .into_iter()
        .map(|layers| measured("Gaussian", identity, setup.gaussian, layers));
    Ok(Outcome {
        params: params.clone(),
        gaussian: gaussian.collect::<Result<_, _>>()?,
        orthogonal: measured("slope 1", identity, orthogonal(1.0), all)?,
        tanh: measured("tanh", Activation::Tanh, orthogonal(1.0), all)?,
        relu: measured("ReLU", relu, orthogonal(SQRT_2), all)?,
    })
}

/// The singular values of the Jacobian of a stack of layers at one input;
/// without a bend, that is the product of the matrices.
fn spectrum(
    (f, init): (Activation, Init),
    layers: usize,
    (width, size): (usize, f64),
    seed: u64,
) -> Result<Vec<f64>, Stopped> {
    let mut rng = Rng::new(seed, Stream::Weights);
    let layers = (0..layers)
        .map(|_| Layer::Dense(Dense::init(width, width, f, init, &mut rng)));
    let stack = Network::new(layers.collect()).expect("square layers fit");
    let mut rng = Rng::new(seed, Stream::Data);
    let x = Array1::from_shape_simple_fn(width, || size * rng.normal());
    singular_values(&stack.jacobian(&x)).map_err(Stopped::because)
}

/// Those that are more than the rounding of the largest; the others are 0.
fn singular_values(jacobian: &Array2<f64>) -> Result<Vec<f64>, NoSvd> {
    let mut values = probe::singular_values(jacobian)?;
    let floor = ROUNDING * values[0];
    for value in &mut values {
        *value = if *value > floor { *value } else { 0.0 };
    }
    Ok(values)
}

impl Spectra {
    fn depth(&self) -> String {
        let plural = if self.layers == 1 { "" } else { "s" };
        format!("{} layer{plural}", self.layers)
    }

    fn middles(&self) -> impl Iterator<Item = f64> {
        self.values.iter().map(|values| values[values.len() / 2])
    }

    fn middle(&self) -> f64 {
        median(self.middles())
    }

    fn largest(&self) -> f64 {
        median(self.values.iter().map(|values| values[0]))
    }

    fn smallest(&self) -> f64 {
        least(self.values.iter().map(|values| values[values.len() - 1]))
    }

    /// The largest difference of a singular value from 1.
    fn off(&self) -> f64 {
        most(self.values.iter().flatten().map(|value| (value - 1.0).abs()))
    }

    /// How many directions keep a hundredth of their length, in the median
    /// of the seeds.
    fn kept(&self) -> usize {
        let kept = |values: &Vec<f64>| {
            values.iter().filter(|value| **value >= 0.01).count() as f64
        };
        median(self.values.iter().map(kept)).round() as usize
    }
}

impl Outcome {
    fn deepest(&self) -> &Spectra {
        &self.gaussian[self.gaussian.len() - 1]
    }

    fn spectra(&self) -> impl Iterator<Item = &Spectra> {
        self.gaussian.iter().chain([&self.orthogonal, &self.tanh, &self.relu])
    }

    /// Singular values by rank. Rounding is not drawn.
    fn panel<'a>(
        &self,
        spectra: impl Iterator<Item = (String, &'a Spectra)>,
    ) -> Lines {
        let values = || {
            let all = self.spectra().flat_map(|spectra| &spectra.values);
            all.flatten().copied().filter(|value| *value > 0.0)
        };
        let points = |values: &[f64]| -> Vec<(f64, f64)> {
            let seen = values.iter().take_while(|value| **value > 0.0);
            seen.enumerate().map(|(i, v)| ((i + 1) as f64, *v)).collect()
        };
        let x = Axis::linear("rank")
            .including(0.0)
            .including(self.params.width as f64);
        let y = Axis::log("singular value")
            .including(least(values()))
            .including(most(values()));
        let mut lines = Lines::new(x, y);
        for (name, spectra) in spectra {
            lines = lines.main(&name, points(&spectra.values[0]));
            for values in &spectra.values[1..] {
                lines = lines.thin_of(&name, points(values));
            }
        }
        lines
    }

    fn finding(&self) -> String {
        let deepest = self.deepest();
        let Params { layers, width, .. } = self.params;
        let middle = Fact::scientific("middle", deepest.middle(), 1).text();
        if Isometry::bears_out(self) {
            format!(
                "Here {layers} Gaussian layers leave a hundredth or more of \
                 only {} of {width} directions, and {middle} of the median. \
                 Orthogonal layers keep all of them, and with tanh, near zero, \
                 nearly all; with ReLU they do not. Values that rounding hides \
                 are not drawn.",
                deepest.kept(),
            )
        } else {
            format!(
                "Here {layers} Gaussian layers leave a hundredth or more of \
                 {} of {width} directions, and {middle} of the median. What \
                 rounding hides is not drawn.",
                deepest.kept(),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Two panels of singular values from the largest to the smallest \
             on a logarithmic axis, {} seeds each. Left Gaussian matrices of \
             slope 1, right orthogonal ones.",
            self.params.seeds
        );
        for spectra in self.spectra() {
            text += &format!(
                " {}, {}: largest {:.2}, middle {:.1e}, {} of {} at 0.01 or \
                 more.",
                spectra.name,
                spectra.depth(),
                spectra.largest(),
                spectra.middle(),
                spectra.kept(),
                self.params.width,
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut columns = vec![Column::new("rank")];
        for spectra in self.spectra() {
            let name = match spectra.name.as_str() {
                "slope 1" => "orthogonal, slope 1".into(),
                "Gaussian" => "Gaussian, slope 1".into(),
                bent => format!("orthogonal, {bent}"),
            };
            let name = format!("{name}, {}", spectra.depth());
            columns.push(Column::new(name).digits(3));
        }
        let mut table = Table::new(columns);
        for i in 0..self.params.width {
            let mut row = vec![Cell::Number((i + 1) as f64)];
            // Of what rounding hides nothing was measured.
            let seen = |value: f64| (value > 0.0).then_some(value).into();
            row.extend(self.spectra().map(|s| seen(s.values[0][i])));
            table.row(row);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// |det(AB)| = |det A|·|det B|: the logarithms of the singular values add
    /// up over the layers.
    #[test]
    fn the_volume_of_a_product_is_the_product_of_volumes() {
        let volume = |a: &Array2<f64>| {
            probe::singular_values(a).unwrap().iter().fold(1.0, |v, s| v * s)
        };
        let mut rng = Rng::new(3, Stream::Weights);
        let a = Init::LecunNormal.weights(6, 6, &mut rng);
        let b = Init::LecunNormal.weights(6, 6, &mut rng);
        let both = volume(&slope::product::a_b(&a, &b));
        assert!((both / (volume(&a) * volume(&b)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_rounding_made_is_not_a_singular_value() {
        let rank_one = Array2::from_shape_fn((4, 4), |(i, j)| {
            (i as f64 + 1.0) * (0.1 + j as f64) / 3.0
        });
        let values = singular_values(&rank_one).unwrap();
        assert!(values[0] > 0.0);
        assert_eq!(values[1..], [0.0; 3]);
    }
}
