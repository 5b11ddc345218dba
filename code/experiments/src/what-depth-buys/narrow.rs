//! What can layers of four squares do, if there may be many of them?
//!
//! Built: the best polynomial of degree L + 1 on [−1, 1] by Horner's scheme, a
//! step in each of L layers. Two units carry x = ((x + 1)² − (x − 1)²)/4, two
//! multiply p·x = ((p + x)² − (p − x)²)/4. Trained: as many units by Adam, the
//! best on the way, from orthogonal weights and biases of about ½, where z²
//! has slope one. A case of P. Kidger, T. Lyons, *Universal approximation with
//! deep narrow networks*, COLT 2020, arXiv:1905.08539: one input and one
//! output, so their width n + m + 2 is 4, and f is any continuous function that
//! is not affine and has a continuous slope other than 0 at one place.
//!
//! See the chapter `what-depth-buys`.

use std::f64::consts::PI;

use ndarray::{Array1, Array2, Axis as Of, array};
use slope::{
    Init, Optimizer, product,
    rng::{Rng, Stream},
    transcendental::{cos, sin},
};

use super::polynomials::{inner, subtract};
use chart::{Axis, Cell, Chart, Column, Lines, Panel, Table};
use exact::statistics::{least, median, most};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    parallel, params,
    params::seeds,
    sabotage::Sabotage,
};

/// n + m + 2 for one input and one output.
const WIDTH: usize = 4;

/// Hidden layers; [`Params::depth`] is the last.
const DEPTHS: [usize; 6] = [1, 2, 3, 4, 6, 8];

/// How far the mean square error of what is built may be from that of the best
/// polynomial.
const ROUNDING: f64 = 1e-12;

params! {
    /// What the comparison depends on.
    pub struct Params {
        /// Seed of the first weights; the others follow it.
        seed: u64 = 0, in 0..=1_000_000, "First seed";
        /// Networks of each depth.
        seeds: usize = 5, in 1..=20, "Seeds";
        /// Hidden layers of the deepest networks.
        depth: usize = 10, in 9..=12, "Hidden layers, at most";
        /// Updates, each on all points.
        steps: usize = 2000, in 100..=5000, "Training", "updates";
        /// Step size of Adam.
        lr: f64 = 0.003, in 1e-4..=0.03, "Learning rate";
        /// Points of [−1, 1] on which is trained and measured.
        points: usize = 64, in 32..=256, "Points";
    }
}

/// The experiment.
pub struct Narrow;

/// All networks of one depth.
pub struct Depth {
    layers: usize,
    /// The error of what is built, and that of the best polynomial of its
    /// degree.
    built: f64,
    floor: f64,
    /// The error of each trained network, by seed.
    trained: Vec<f64>,
}

/// What was found.
pub struct Outcome {
    params: Params,
    depths: Vec<Depth>,
    /// The error of the best straight line.
    line: f64,
    x: Vec<f64>,
    y: Vec<f64>,
    /// At the points, what is built with 1, 3 and the most layers.
    drawn: Vec<(usize, Vec<f64>)>,
}

impl Experiment for Narrow {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "narrow";
    const QUESTION: &'static str =
        "Does any bend do, if there may be many narrow layers?";
    const CHAPTER: &'static str = "what-depth-buys";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        Ok(measured(params, progress, &Made::default()))
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [_, two, .., deepest] = &outcome.depths[..] else {
            return Vec::new();
        };
        vec![
            Fact::count("seeds", outcome.params.seeds),
            Fact::count("depth", deepest.layers),
            Fact::scientific("built-deepest", deepest.built, 1),
            Fact::fixed("built-two", two.built, 3),
            Fact::fixed("trained-two", two.median(), 4),
            Fact::scientific("trained-deepest", deepest.median(), 1),
            Fact::fixed("line", outcome.line, 3),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let Outcome { depths, line, .. } = outcome;
        let deepest = &depths[depths.len() - 1];
        let falls = depths.windows(2).map(|two| two[1].built / two[0].built);
        let ratio = |depth: &Depth| depth.median() / depth.built;
        vec![
            Claim::below(
                "what is built is the best polynomial of its degree",
                most(depths.iter().map(|d| (d.built - d.floor).abs())),
                ROUNDING,
            ),
            Claim::below(
                "with every depth its error is less than a quarter of that \
                 before",
                most(falls),
                0.25,
            ),
            Claim::below(
                "at the greatest depth it is a hundred-millionth of the best \
                 line's, or less",
                deepest.built / line,
                1e-8,
            ),
            Claim::below(
                "with one hidden layer the median of training ends at the best \
                 parabola, which is built",
                (depths[0].median() / depths[0].built - 1.0).abs(),
                1e-3,
            ),
            Claim::below(
                "with two to four layers training finds better than what is \
                 built",
                most(depths[1..4].iter().map(ratio)),
                0.5,
            ),
            Claim::above(
                "at the greatest depth it does not find what is built",
                least(deepest.trained.iter().map(|e| e / deepest.built)),
                10.0,
            ),
            Claim::below(
                "from three layers on the median of training is a thousand \
                 times below the best line",
                most(depths[2..].iter().map(|d| d.median() / line)),
                1e-3,
            )
            .of_the_book(),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        Chart::new("Error of narrow networks of squares, by depth")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new("Error by depth", outcome.by_depth()),
                Panel::new("What is built", outcome.drawings()),
            ])
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        vec![
            sabotage("Horner's scheme that stops after one step", |made| {
                made.degree = |_| 2;
            }),
            sabotage("training that begins at what is built", |made| {
                made.begins_built = true;
            }),
            Sabotage::<Self>::changing(
                "training cut short",
                Params { seeds: 3, ..Params::default() },
                |params| params.steps = 100,
            ),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let with = |name, hypothesis, change: fn(&mut Made)| {
            sabotage(hypothesis, change)
                .counters(name, "from three layers on the median of training")
        };
        vec![
            with("affine", "the activation is not affine", |made| {
                made.f = |z| (z, 1.0);
            }),
            with("start", "training begins where z² has slope 1", |made| {
                made.bias = 0.0;
            }),
        ]
    }

    fn domain() -> Vec<Span> {
        vec![
            Span::any("depth"),
            Span::between("steps", 1500.0, 3000.0),
            Span::between("lr", 0.002, 0.004),
            Span::between("points", 48.0, 128.0),
        ]
    }
}

fn sabotage(what: &'static str, change: fn(&mut Made)) -> Sabotage<Narrow> {
    let few = Params { seeds: 3, ..Params::default() };
    Sabotage::new(what, few, move |params, progress| {
        let mut made = Made::default();
        change(&mut made);
        Ok(measured(params, progress, &made))
    })
}

/// Of what the experiment is made.
struct Made {
    /// The activation of what is trained, and its slope.
    f: fn(f64) -> (f64, f64),
    /// Where the pre-activations begin, nearly.
    bias: f64,
    /// The degree of what is built, by hidden layers.
    degree: fn(usize) -> usize,
    begins_built: bool,
}

impl Default for Made {
    fn default() -> Self {
        Self {
            f: |z| (z * z, 2.0 * z),
            bias: 0.5,
            degree: |layers| layers + 1,
            begins_built: false,
        }
    }
}

/// Dense layers with f between them.
#[derive(Clone)]
struct Stack {
    f: fn(f64) -> (f64, f64),
    layers: Layers,
}

/// Weights and biases, or their gradients.
type Layers = Vec<(Array2<f64>, Array1<f64>)>;

fn measured(params: &Params, progress: &Progress, made: &Made) -> Outcome {
    let n = params.points as f64;
    let at = |i: usize| (2 * i + 1) as f64 / n - 1.0;
    let x: Vec<f64> = (0..params.points).map(at).collect();
    let y: Vec<f64> = x.iter().map(|x| sin(PI * x) + cos(PI * x)).collect();
    let data = (column(&x), column(&y));
    let depths = DEPTHS.into_iter().chain([params.depth]);
    progress.expect((DEPTHS.len() + 1) * params.seeds);
    let depths = depths.map(|layers| {
        let error = |degree| polynomial(degree, &x, &y).1;
        let horner = horner(layers, (made.degree)(layers), &x, &y);
        let trained =
            parallel::results(seeds(params.seed, params.seeds), |seed| {
                let begin = match made.begins_built {
                    true => horner.clone(),
                    false => Stack::drawn(layers, made, seed),
                };
                let error = begin.trained(&data, params);
                progress.advance(1);
                error
            });
        let built = mse(&horner.output(&data.0), &data.1);
        Depth { layers, built, floor: error(layers + 1), trained }
    });
    let depths = depths.collect();
    let drawn = [1, 3, params.depth].map(|layers| {
        let built = horner(layers, (made.degree)(layers), &x, &y);
        (layers, built.output(&data.0).into_iter().collect())
    });
    Outcome {
        params: params.clone(),
        depths,
        line: polynomial(1, &x, &y).1,
        x,
        y,
        drawn: drawn.into(),
    }
}

fn column(values: &[f64]) -> Array2<f64> {
    Array1::from(values.to_vec()).insert_axis(Of(1))
}

fn mse(output: &Array2<f64>, y: &Array2<f64>) -> f64 {
    let d = output - y;
    product::inner(&d, &d) / y.len() as f64
}

/// The coefficients of the polynomial that is nearest at the points, from the
/// constant on, and its mean square error. Gram–Schmidt on 1, x, x² …, twice,
/// with the same steps on the coefficients.
fn polynomial(degree: usize, x: &[f64], y: &[f64]) -> (Vec<f64>, f64) {
    let mut basis: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
    let (mut best, mut rest) = (vec![0.0; degree + 1], y.to_vec());
    let mut power = vec![1.0; x.len()];
    for k in 0..=degree {
        let mut of = vec![0.0; degree + 1];
        of[k] = 1.0;
        let mut values = power.clone();
        for (known, its) in basis.iter().chain(&basis) {
            let overlap = inner(known, &values);
            subtract(&mut values, overlap, known);
            subtract(&mut of, overlap, its);
        }
        let length = inner(&values, &values).sqrt();
        values.iter_mut().chain(&mut of).for_each(|v| *v /= length);
        for _ in 0..2 {
            let overlap = inner(&values, &rest);
            subtract(&mut rest, overlap, &values);
            subtract(&mut best, -overlap, &of);
        }
        basis.push((values, of));
        power.iter_mut().zip(x).for_each(|(power, x)| *power *= x);
    }
    (best, inner(&rest, &rest) / y.len() as f64)
}

/// The polynomial as a network of squares, p ← p·x + a a layer, the highest
/// coefficients first; those beyond its degree are 0.
fn horner(layers: usize, degree: usize, x: &[f64], y: &[f64]) -> Stack {
    let (mut a, _) = polynomial(degree, x, y);
    a.resize(layers + 2, 0.0);
    // The pre-activations x + 1, x − 1, p + x and p − x of x and p.
    let of = |x: [f64; 4], p: [f64; 4]| {
        Array2::from_shape_fn((WIDTH, 4), |(unit, j)| match unit {
            0 | 1 => x[j],
            2 => p[j] + x[j],
            _ => p[j] - x[j],
        })
    };
    let bias = |a: f64| array![1.0, -1.0, a, a];
    let first = of([1.0, 0.0, 0.0, 0.0], [a[layers + 1], 0.0, 0.0, 0.0]);
    let first = first.column(0).to_owned().insert_axis(Of(1));
    let mut stack = vec![(first, bias(a[layers]))];
    let (carried, times) = ([0.25, -0.25, 0.0, 0.0], [0.0, 0.0, 0.25, -0.25]);
    for a in a[1..layers].iter().rev() {
        stack.push((of(carried, times), bias(*a)));
    }
    let last = Array2::from_shape_fn((1, WIDTH), |(_, j)| times[j]);
    stack.push((last, array![a[0]]));
    Stack { f: |z| (z * z, 2.0 * z), layers: stack }
}

impl Stack {
    /// Near the identity: with f(½ + v) = ¼ + v + v² the pre-activations of
    /// each layer are ½ + W·v, nearly, W being orthogonal and v small.
    fn drawn(layers: usize, made: &Made, seed: u64) -> Self {
        let mut rng = Rng::new(seed, Stream::Weights);
        let orthogonal = Init::Orthogonal { gain: 1.0 };
        let before = made.bias * made.bias;
        let mut stack = Vec::new();
        for l in 0..=layers {
            let w = match l {
                0 => Init::Normal { std: 0.2 }.weights(WIDTH, 1, &mut rng),
                _ if l < layers => orthogonal.weights(WIDTH, WIDTH, &mut rng),
                _ => orthogonal.weights(1, WIDTH, &mut rng),
            };
            let bias = if l < layers { made.bias } else { 0.0 };
            let of = if l == 0 { 0.0 } else { before };
            let b = w.sum_axis(Of(1)).mapv(|sum| bias - of * sum);
            stack.push((w, b));
        }
        Self { f: made.f, layers: stack }
    }

    fn output(&self, x: &Array2<f64>) -> Array2<f64> {
        let (mut a, last) = (x.clone(), self.layers.len() - 1);
        for (l, (w, b)) in self.layers.iter().enumerate() {
            a = product::affine(&a, w, b);
            if l < last {
                a.mapv_inplace(|z| (self.f)(z).0);
            }
        }
        a
    }

    /// The mean square error and its gradient, layer by layer.
    fn loss_and_gradient(
        &self,
        (x, y): &(Array2<f64>, Array2<f64>),
    ) -> (f64, Layers) {
        let last = self.layers.len() - 1;
        let (mut a, mut slopes) = (vec![x.clone()], Vec::new());
        for (l, (w, b)) in self.layers.iter().enumerate() {
            let z = product::affine(&a[l], w, b);
            if l < last {
                slopes.push(z.mapv(|z| (self.f)(z).1));
                a.push(z.mapv(|z| (self.f)(z).0));
            } else {
                a.push(z);
            }
        }
        let loss = mse(&a[last + 1], y);
        let mut delta = (&a[last + 1] - y) * (2.0 / y.len() as f64);
        let mut gradient = Vec::new();
        for l in (0..=last).rev() {
            let of_w = product::at_b(&delta, &a[l]);
            gradient.push((of_w, product::column_sums(&delta)));
            if l > 0 {
                delta = product::a_b(&delta, &self.layers[l].0);
                product::multiply(&mut delta, &slopes[l - 1]);
            }
        }
        gradient.reverse();
        (loss, gradient)
    }

    /// The least mean square error on the way. A run that diverges ends there.
    fn trained(
        mut self,
        data: &(Array2<f64>, Array2<f64>),
        params: &Params,
    ) -> f64 {
        let count = self.layers.iter().map(|(w, b)| w.len() + b.len()).sum();
        let mut state = Optimizer::adam(params.lr).start(count);
        let mut best = f64::INFINITY;
        for _ in 0..=params.steps {
            let (loss, gradient) = self.loss_and_gradient(data);
            if !loss.is_finite() {
                break;
            }
            best = best.min(loss);
            let pairs = self.layers.iter_mut().zip(&gradient);
            state.step(pairs.flat_map(|((w, b), (dw, db))| {
                [
                    (w.as_slice_mut(), dw.as_slice()),
                    (b.as_slice_mut(), db.as_slice()),
                ]
                .map(|(p, g)| (p.expect("row-major"), g.expect("row-major")))
            }));
        }
        best
    }
}

impl Depth {
    fn median(&self) -> f64 {
        median(self.trained.iter().copied())
    }
}

impl Outcome {
    fn by_depth(&self) -> Lines {
        let points = |of: &dyn Fn(&Depth) -> f64| -> Vec<(f64, f64)> {
            let depths = self.depths.iter();
            depths.map(|d| (d.layers as f64, of(d))).collect()
        };
        let named = self.depths.iter().map(|d| d.layers as f64);
        let mut lines = Lines::new(
            Axis::linear("hidden layers of 4 units").naming(named),
            Axis::log("mean square error"),
        )
        .main("z², built", points(&|d| d.built))
        .main("z², trained (median)", points(&Depth::median));
        for depth in &self.depths {
            let at = depth.layers as f64;
            for error in depth.trained.iter().filter(|e| e.is_finite()) {
                lines =
                    lines.thin_of("z², trained (median)", vec![(at, *error)]);
            }
        }
        lines.threshold(self.line, "z: the best line, at any depth")
    }

    fn drawings(&self) -> Lines {
        let points = |values: &[f64]| -> Vec<(f64, f64)> {
            self.x.iter().copied().zip(values.iter().copied()).collect()
        };
        let x = Axis::linear("x").including(-1.0).including(1.0);
        let mut lines = Lines::new(x, Axis::linear("output"));
        for (layers, values) in &self.drawn {
            let s = if *layers == 1 { "" } else { "s" };
            lines = lines.main(format!("{layers} layer{s}"), points(values));
        }
        lines.reference("sin πx + cos πx", points(&self.y))
    }

    fn finding(&self) -> String {
        let deepest = &self.depths[self.depths.len() - 1];
        let shown = |value: f64| Fact::scientific("", value, 1).text();
        let (built, trained) = (shown(deepest.built), shown(deepest.median()));
        if Narrow::bears_out(self) {
            format!(
                "A polynomial activation gains by depth, at a width of 4. \
                 With {} layers of squares the network that is built has an \
                 error of {built}, the trained ones {trained} (median of {}); \
                 with few layers, training finds better ones. f(z) = z stays \
                 at the best line.",
                deepest.layers,
                deepest.trained.len(),
            )
        } else {
            format!(
                "With {} layers of four squares the network that is built has \
                 an error of {built}, the trained ones {trained} (median of \
                 {}); the best line has {:.3}.",
                deepest.layers,
                deepest.trained.len(),
                exact::decimal::Decimal(self.line),
            )
        }
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Two panels. Left, the mean square error on a logarithmic axis by \
             hidden layers; a level at {:.3} is that of the best straight \
             line.",
            exact::decimal::Decimal(self.line),
        );
        for depth in &self.depths {
            let of = |value| Fact::scientific("", value, 1).text();
            text += &format!(
                " {} layers: built {}, trained from {} to {}.",
                depth.layers,
                of(depth.built),
                of(least(depth.trained.iter().copied())),
                of(most(depth.trained.iter().copied())),
            );
        }
        text + " Right, what is built as functions: a parabola, a curve of \
                degree 4, and one that covers sin πx + cos πx."
    }

    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("hidden layers"),
            Column::new("network"),
            Column::new("mean square error").digits(3),
        ]);
        for depth in &self.depths {
            let mut row = |network: String, error: f64| {
                table.row([
                    Cell::Number(depth.layers as f64),
                    network.into(),
                    Cell::Number(error),
                ]);
            };
            row("built".into(), depth.built);
            for (i, error) in depth.trained.iter().enumerate() {
                let seed = self.params.seed + i as u64;
                row(format!("trained, seed {seed}"), *error);
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two layers of squares are a cubic: p = 3x + 4, then ·x + 2, ·x + 1.
    #[test]
    fn a_layer_is_a_step_of_horners_scheme() {
        let x = [-1.0, -0.5, 0.0, 0.25, 1.0];
        let y = x.map(|x| ((3.0 * x + 4.0) * x + 2.0) * x + 1.0);
        let network = horner(2, 3, &x, &y);
        for (output, y) in network.output(&column(&x)).iter().zip(y) {
            assert!((output - y).abs() < 1e-13, "{output} {y}");
        }
    }

    #[test]
    fn the_gradient_is_that_of_the_differences() {
        let data = (column(&[-0.7, 0.1, 0.9]), column(&[1.0, 0.0, -1.0]));
        let stack = Stack::drawn(3, &Made::default(), 1);
        let (_, gradient) = stack.loss_and_gradient(&data);
        for (l, (of_w, _)) in gradient.iter().enumerate() {
            let nudged = |by: f64| {
                let mut stack = stack.clone();
                stack.layers[l].0[(0, 0)] += by;
                stack.loss_and_gradient(&data).0
            };
            let measured = (nudged(1e-6) - nudged(-1e-6)) / 2e-6;
            assert!((measured - of_w[(0, 0)]).abs() < 1e-8);
        }
    }
}
