//! The whole network, from nothing but the standard library: exclusive or,
//! once without a bend and once with one. The page `the-whole-network`.

#![forbid(unsafe_code)]
#![allow(missing_docs)] // the page around it has them

/// The function a unit applies to its pre-activation z.
#[derive(Clone, Copy, Debug)]
pub enum Activation {
    Identity,
    Relu,
}

impl Activation {
    /// (f(z), f′(z)).
    pub fn value_and_slope(self, z: f64) -> (f64, f64) {
        match self {
            Activation::Identity => (z, 1.0),
            Activation::Relu if z > 0.0 => (z, 1.0),
            Activation::Relu => (0.0, 0.0),
        }
    }
}

/// A dense layer: a = f(W·x + b).
pub struct Dense {
    pub w: Vec<Vec<f64>>, // one row per output unit: (out, in)
    pub b: Vec<f64>,      // (out)
    pub activation: Activation,
}

impl Dense {
    /// The forward pass of one sample: a = f(z) and f′(z), each (out).
    pub fn forward(&self, x: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let rows = self.w.iter().zip(&self.b);
        rows.map(|(w, b)| {
            // z = b + w₁x₁ + w₂x₂ + …
            let z = w.iter().zip(x).fold(*b, |z, (w, x)| z + w * x);
            self.activation.value_and_slope(z)
        })
        .unzip()
    }

    /// The backward pass of one sample, from dL/da to dL/dx; adds δ·xᵀ and δ to
    /// the gradient.
    pub fn backward(
        &self,
        (x, slope): (&[f64], &[f64]),
        d_a: &[f64],
        gradient: &mut Dense,
    ) -> Vec<f64> {
        let mut d_x = vec![0.0; x.len()];
        for (j, w) in self.w.iter().enumerate() {
            let delta = d_a[j] * slope[j]; // dL/dz = dL/da · f'(z)
            gradient.b[j] += delta; // dL/db
            for (k, w) in w.iter().enumerate() {
                gradient.w[j][k] += delta * x[k]; // dL/dw
                d_x[k] += delta * w; // dL/dx
            }
        }
        d_x
    }
}

/// Layers, one after the other.
pub struct Network {
    pub layers: Vec<Dense>,
}

impl Network {
    /// Hidden layers with one activation and an affine output.
    pub fn new(sizes: &[usize], f: Activation, mut seed: u64) -> Self {
        let mut layers = vec![];
        for pair in sizes.windows(2) {
            let (inputs, outputs) = (pair[0], pair[1]);
            let width = (6.0 / inputs as f64).sqrt(); // K. He and others, 2015
            let mut draw = || width * (2.0 * uniform(&mut seed) - 1.0);
            let w = (0..outputs).map(|_| (0..inputs).map(|_| draw()).collect());
            let (w, b) = (w.collect(), vec![0.0; outputs]);
            layers.push(Dense { w, b, activation: f });
        }
        layers[sizes.len() - 2].activation = Activation::Identity;
        Network { layers }
    }

    /// a of every layer, x being the first, and f′(z) of every layer.
    pub fn forward(&self, x: &[f64]) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
        let (mut a, mut slope) = (vec![x.to_vec()], vec![]);
        for (l, layer) in self.layers.iter().enumerate() {
            let (next, slopes) = layer.forward(&a[l]);
            a.push(next);
            slope.push(slopes);
        }
        (a, slope)
    }

    /// One update on a batch: forward, loss, backward, step. Gives the mean of
    /// (a − y)² before it.
    pub fn update(&mut self, batch: &[([f64; 2], f64)], lr: f64) -> f64 {
        let n = batch.len() as f64;
        let mut gradient: Vec<Dense> = self.layers.iter().map(zeros).collect();
        let mut sum = 0.0;
        for (x, y) in batch {
            let (a, slope) = self.forward(x);
            let error = a[self.layers.len()][0] - y;
            sum += error * error;
            let mut d_a = vec![2.0 * error / n];
            for (l, layer) in self.layers.iter().enumerate().rev() {
                d_a =
                    layer.backward((&a[l], &slope[l]), &d_a, &mut gradient[l]);
            }
        }
        for (layer, gradient) in self.layers.iter_mut().zip(gradient) {
            let rows = layer.w.iter_mut().zip(gradient.w);
            for (p, g) in rows.chain([(&mut layer.b, gradient.b)]) {
                p.iter_mut().zip(g).for_each(|(p, g)| *p -= lr * g);
            }
        }
        sum / n
    }
}

/// A gradient that is still to be added up.
fn zeros(layer: &Dense) -> Dense {
    let w = layer.w.iter().map(|row| vec![0.0; row.len()]).collect();
    Dense { w, b: vec![0.0; layer.b.len()], activation: layer.activation }
}

/// A number in [0, 1): D. E. Knuth's linear congruence, its upper 53 bits.
fn uniform(seed: &mut u64) -> f64 {
    let next = seed.wrapping_mul(6364136223846793005);
    *seed = next.wrapping_add(1442695040888963407);
    (*seed >> 11) as f64 / (1u64 << 53) as f64
}

pub const XOR: [([f64; 2], f64); 4] =
    [([0., 0.], 0.), ([0., 1.], 1.), ([1., 0.], 1.), ([1., 1.], 0.)];

fn main() {
    println!("update  identity      ReLU");
    let f = [Activation::Identity, Activation::Relu];
    let mut nets = f.map(|f| Network::new(&[2, 8, 8, 1], f, 1));
    for update in 0..=200 {
        // The batch is all samples: an epoch is one update.
        let losses = nets.each_mut().map(|net| net.update(&XOR, 0.1));
        if update % 25 == 0 {
            println!("{update:6}  {:8.6}  {:8.6}", losses[0], losses[1]);
        }
    }
}
