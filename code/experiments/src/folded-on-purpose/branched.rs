//! Networks of which each layer is trained as a sum of branches, and deployed
//! as one matrix.
//!
//! A branch is a matrix or the identity, and may be normalised over the batch
//! (S. Ioffe, C. Szegedy, 2015). The sum of a matrix, a smaller one and the
//! identity, each normalised and all folded after training, is from X. Ding
//! and others, *RepVGG*, 2021, arXiv:2101.03697.
//!
//! See the chapter `folded-on-purpose`.

use ndarray::{Array1, Array2};
use slope::{
    Activation, Affine, Dense, Layer, Network, ShapeError,
    product::{a_b, affine, at_b, column_sums},
    rng::Rng,
};

/// Beside a variance, so that nothing is divided by zero.
const EPS: f64 = 1e-5;

/// How much of its statistics a batch leaves behind.
const MEMORY: f64 = 0.1;

/// What a layer is trained as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One matrix and a bias.
    One,
    /// Two of them, bare, which begin with the sum of `One`.
    Two,
    /// One matrix, normalised.
    Normalised,
    /// Twice the same matrix, each normalised and of half the size.
    Twins,
    /// Two matrices and, where it is square, the identity, each normalised.
    Branches,
}

/// g·(u − mean)/√(var + ε) for each unit, with what was seen in training.
#[derive(Clone)]
struct Norm {
    g: Array1<f64>,
    mean: Array1<f64>,
    var: Array1<f64>,
}

/// x ↦ Wx + b, or the same of the identity, or of what is normalised.
#[derive(Clone)]
struct Branch {
    w: Option<Array2<f64>>,
    b: Array1<f64>,
    norm: Option<Norm>,
}

/// Layers, each a sum of branches; between two of them is a ReLU.
#[derive(Clone)]
pub struct Branched {
    layers: Vec<Vec<Branch>>,
}

/// What a branch has to remember of a batch: û, and 1/√(var + ε).
type Seen = Option<(Array2<f64>, Array1<f64>)>;

impl Norm {
    fn new(units: usize, g: f64) -> Self {
        Self {
            g: Array1::from_elem(units, g),
            mean: Array1::zeros(units),
            var: Array1::ones(units),
        }
    }
}

impl Branch {
    fn mapped(&self, x: &Array2<f64>) -> Array2<f64> {
        match &self.w {
            Some(w) => affine(x, w, &Array1::zeros(w.nrows())),
            None => x.clone(),
        }
    }

    /// The output for a batch in training, whose own statistics normalise it.
    fn trained(&mut self, x: &Array2<f64>) -> (Array2<f64>, Seen) {
        let u = self.mapped(x);
        let Some(norm) = &mut self.norm else {
            return (u + &self.b, None);
        };
        let (mean, centred, var) = statistics(u);
        let n = x.nrows() as f64;
        norm.mean = &norm.mean * (1.0 - MEMORY) + mean * MEMORY;
        norm.var = &norm.var * (1.0 - MEMORY)
            + &var * (MEMORY * n / (n - 1.0).max(1.0));
        let scale = var.mapv(|var| 1.0 / (var + EPS).sqrt());
        let hat = centred * &scale;
        let z = &hat * &norm.g + &self.b;
        (z, Some((hat, scale)))
    }

    /// One step downhill; gives dL/dx, where it `passes` one on.
    fn step(
        &mut self,
        x: &Array2<f64>,
        seen: Seen,
        delta: &Array2<f64>,
        lr: f64,
        passes: bool,
    ) -> Array2<f64> {
        let d_b = column_sums(delta);
        let delta = match (&mut self.norm, seen) {
            (Some(norm), Some((hat, scale))) => {
                let n = x.nrows() as f64;
                let d_g = column_sums(&(delta * &hat));
                let through = delta - &(&d_b / n) - hat * &(&d_g / n);
                let through = through * &(&norm.g * &scale);
                norm.g.scaled_add(-lr, &d_g);
                through
            }
            _ => delta.clone(),
        };
        self.b.scaled_add(-lr, &d_b);
        let Some(w) = &mut self.w else {
            return delta;
        };
        let d_x = if passes { a_b(&delta, w) } else { Array2::zeros((0, 0)) };
        w.scaled_add(-lr, &at_b(&delta, x));
        d_x
    }

    /// The output with the statistics of the training, branch by branch.
    fn output(&self, x: &Array2<f64>) -> Array2<f64> {
        let u = self.mapped(x);
        match &self.norm {
            None => u + &self.b,
            Some(Norm { g, mean, var }) => {
                let scale = g / &var.mapv(|var| (var + EPS).sqrt());
                (u - mean) * &scale + &self.b
            }
        }
    }

    /// The factor of each unit, and what is taken from it.
    fn factors(
        &self,
        eps: f64,
        each: impl Fn(f64) -> f64,
    ) -> (Array1<f64>, Array1<f64>) {
        let Some(Norm { g, mean, var }) = &self.norm else {
            let units = self.b.len();
            return (Array1::ones(units), Array1::zeros(units));
        };
        let size = var.mapv(|var| each(each(each(var) + eps).sqrt()));
        let mut scale = g.mapv(&each);
        scale.zip_mut_with(&size, |g, size| *g = each(*g / size));
        (scale, mean.mapv(each))
    }
}

/// The mean of each column, what is left without it, and the mean square of
/// that.
fn statistics(u: Array2<f64>) -> (Array1<f64>, Array2<f64>, Array1<f64>) {
    let n = u.nrows() as f64;
    let mean = column_sums(&u) / n;
    let centred = u - &mean;
    let var = column_sums(&(&centred * &centred)) / n;
    (mean, centred, var)
}

/// How a layer is folded.
#[derive(Clone, Copy)]
pub struct Fold {
    /// What each number and each result becomes.
    pub each: fn(f64) -> f64,
    /// Beside a variance.
    pub eps: f64,
    /// What stands between two layers afterwards.
    pub bend: Activation,
}

/// As it ought to be.
pub const EXACT: Fold = Fold { each: |z| z, eps: EPS, bend: Activation::Relu };

/// Σ scale·(Wx − mean) + b = (Σ scale·W)x + Σ (b − scale·mean).
fn folded(branches: &[Branch], fold: Fold) -> Affine {
    let each = fold.each;
    let units = branches[0].b.len();
    let inputs = branches.iter().find_map(|branch| branch.w.as_ref());
    let inputs = inputs.map_or(units, Array2::ncols);
    let mut map =
        Affine { w: Array2::zeros((units, inputs)), b: Array1::zeros(units) };
    for branch in branches {
        let (scale, mean) = branch.factors(fold.eps, each);
        for ((i, j), sum) in map.w.indexed_iter_mut() {
            let w = match &branch.w {
                Some(w) => each(w[(i, j)]),
                None => f64::from(u8::from(i == j)),
            };
            *sum = each(*sum + each(scale[i] * w));
        }
        for (i, sum) in map.b.iter_mut().enumerate() {
            let shift = each(each(branch.b[i]) - each(scale[i] * mean[i]));
            *sum = each(*sum + shift);
        }
    }
    map
}

impl Branched {
    /// A fresh network in a form; the last layer is not normalised.
    pub fn drawn(form: Form, sizes: &[usize], rng: &mut Rng) -> Self {
        let last = sizes.len() - 2;
        let layers = sizes.windows(2).enumerate().map(|(i, size)| {
            let (inputs, units) = (size[0], size[1]);
            let form = match form {
                Form::Normalised | Form::Branches if i == last => Form::One,
                Form::Twins if i == last => Form::Two,
                form => form,
            };
            drawn(form, inputs, units, rng)
        });
        Self { layers: layers.collect() }
    }

    /// One update: the branches of each layer forward, and back.
    pub fn update(
        &mut self,
        x: Array2<f64>,
        slope: impl Fn(&Array2<f64>) -> Array2<f64>,
        lr: f64,
    ) {
        let last = self.layers.len() - 1;
        let (mut a, mut passed) = (x, Vec::new());
        for (i, layer) in self.layers.iter_mut().enumerate() {
            let (outputs, seen): (Vec<_>, Vec<_>) =
                layer.iter_mut().map(|branch| branch.trained(&a)).unzip();
            let mut z = summed(outputs);
            if i < last {
                z.mapv_inplace(|z| z.max(0.0));
            }
            passed.push((std::mem::replace(&mut a, z), seen));
        }
        let mut delta = slope(&a);
        for (i, (x, seen)) in passed.into_iter().enumerate().rev() {
            if i < last {
                delta.zip_mut_with(&a, |d, a| {
                    *d *= f64::from(u8::from(*a > 0.0));
                });
            }
            let branches = self.layers[i].iter_mut().zip(seen);
            let back = branches
                .map(|(b, seen)| b.step(&x, seen, &delta, lr, i > 0))
                .collect();
            delta = summed(back);
            a = x;
        }
    }

    /// The output with the branches as they are.
    pub fn output(&self, x: &Array2<f64>) -> Array2<f64> {
        let mut a = x.clone();
        for (i, layer) in self.layers.iter().enumerate() {
            if i > 0 {
                a.mapv_inplace(|a| a.max(0.0));
            }
            a = summed(layer.iter().map(|b| b.output(&a)).collect());
        }
        a
    }

    /// What is deployed: one matrix for each layer.
    pub fn folded(&self, fold: Fold) -> Result<Network, ShapeError> {
        let last = self.layers.len() - 1;
        let layers = self.layers.iter().enumerate().map(|(i, layer)| {
            let Affine { w, b } = folded(layer, fold);
            let f = if i < last { fold.bend } else { Activation::Identity };
            Dense::new(w, b, f).map(Layer::Dense)
        });
        Network::new(layers.collect::<Result<_, _>>()?)
    }

    /// Gives each branch the statistics of these examples alone.
    pub fn with_statistics_of(mut self, x: &Array2<f64>) -> Self {
        let mut a = x.clone();
        for layer in &mut self.layers {
            for branch in layer.iter_mut() {
                let (mean, _, var) = statistics(branch.mapped(&a));
                if let Some(norm) = &mut branch.norm {
                    (norm.mean, norm.var) = (mean, var);
                }
            }
            a = summed(layer.iter().map(|b| b.output(&a)).collect());
            a.mapv_inplace(|a| a.max(0.0));
        }
        self
    }

    /// The numbers that training may set.
    pub fn parameter_count(&self) -> usize {
        let of = |branch: &Branch| {
            let w = branch.w.as_ref().map_or(0, Array2::len);
            let g = branch.norm.as_ref().map_or(0, |norm| norm.g.len());
            w + branch.b.len() + g
        };
        self.layers.iter().flatten().map(of).sum()
    }
}

fn summed(parts: Vec<Array2<f64>>) -> Array2<f64> {
    let sum = parts.into_iter().reduce(|sum, part| sum + &part);
    sum.expect("a layer has a branch")
}

/// He's weights. Normalised branches begin with the size of one.
fn drawn(
    form: Form,
    inputs: usize,
    units: usize,
    rng: &mut Rng,
) -> Vec<Branch> {
    let he = (2.0 / inputs as f64).sqrt();
    let mut matrix =
        || Array2::from_shape_simple_fn((units, inputs), || he * rng.normal());
    let bare = |w| Branch { w: Some(w), b: Array1::zeros(units), norm: None };
    // Both in every form, so that all begin with the same first ones.
    let [first, second] = [matrix(), matrix()];
    if form == Form::One {
        return vec![bare(first)];
    }
    let normalised = |w, g| Branch {
        w,
        b: Array1::zeros(units),
        norm: Some(Norm::new(units, g)),
    };
    if form == Form::Normalised {
        return vec![normalised(Some(first), 1.0)];
    }
    if form == Form::Twins {
        return vec![normalised(Some(first), 0.5); 2];
    }
    if form == Form::Two {
        let half = first * 0.5;
        return vec![bare(&half + &second), bare(&half - &second)];
    }
    let mut all = vec![Some(first), Some(second)];
    if inputs == units {
        all.push(None);
    }
    let g = 1.0 / (all.len() as f64).sqrt();
    all.into_iter().map(|w| normalised(w, g)).collect()
}

#[cfg(test)]
mod tests;
