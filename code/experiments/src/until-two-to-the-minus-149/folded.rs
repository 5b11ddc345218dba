//! A network of slope 1 and its fold, computed in a number format.
//!
//! See the chapter `until-two-to-the-minus-149`.

use ndarray::{Array1, Array2};
use slope::{
    Activation, Dense, Init, Network,
    rng::{Rng, Stream},
};

use exact::statistics::most;

use crate::formats::{F32, Format, Values, affine};

/// Hidden layers and outputs of the networks that are folded.
const HIDDEN: usize = 4;
const OUTPUTS: usize = 10;

/// What a result becomes in a format.
pub type Rounded = fn(Format, f64) -> f64;

/// A network of slope 1 that is to be folded, and inputs.
pub struct Folded {
    layers: Vec<Dense>,
    x: Values,
}

impl Folded {
    /// As in the chapter on the collapse: random weights and biases, and normal
    /// inputs.
    pub fn drawn(seed: u64, width: usize, inputs: usize) -> Self {
        let mut sizes = vec![width; HIDDEN + 1];
        sizes.push(OUTPUTS);
        let mut rng = Rng::new(seed, Stream::Weights);
        let (f, init) = (Activation::Identity, Init::XavierUniform);
        let mut network = Network::dense(&sizes, f, init, &mut rng);
        network.randomise_biases(0.1, &mut rng);
        let mut rng = Rng::new(seed, Stream::Data);
        let shape = (inputs, width);
        let x = Array2::from_shape_simple_fn(shape, || rng.normal());
        Folded {
            layers: network.dense_layers().cloned().collect(),
            x: x.columns().into_iter().map(|x| x.to_vec()).collect(),
        }
    }

    /// The difference in each format, and in the last with sums in f32.
    pub fn gaps(&self, formats: [Format; 4], rounded: Rounded) -> [f64; 5] {
        let [f64, f32, f16, bf16] = formats.map(|format| {
            let rounded = |z| rounded(format, z);
            self.gap(rounded, rounded)
        });
        let [.., coarse] = formats;
        let stored = self.gap(|z| rounded(F32, z), |z| rounded(coarse, z));
        [f64, f32, f16, bf16, stored]
    }

    /// The largest difference of an output from that of the fold, where weights
    /// and inputs, `each` result and what is `stored` are rounded so, for the
    /// network, the fold and the folding.
    fn gap(
        &self,
        each: impl Fn(f64) -> f64 + Copy,
        stored: impl Fn(f64) -> f64 + Copy,
    ) -> f64 {
        let mut layers = self.layers.clone();
        for layer in &mut layers {
            layer.w.mapv_inplace(stored);
            layer.b.mapv_inplace(stored);
        }
        let pass = |layer: &Dense, a: &Values| -> Values {
            let mut z = affine(layer, a, each);
            z.iter_mut().flatten().for_each(|z| *z = stored(*z));
            z
        };
        let mut x = self.x.clone();
        x.iter_mut().flatten().for_each(|x| *x = stored(*x));
        let deep = layers.iter().fold(x.clone(), |a, layer| pass(layer, &a));
        let fold = pass(&folded(&layers, pass), &x);
        let pairs = deep.iter().flatten().zip(fold.iter().flatten());
        most(pairs.map(|(a, b)| (a - b).abs()))
    }
}

/// W(Ax + c) + b = (WA)x + (Wc + b), layer by layer.
fn folded(layers: &[Dense], pass: impl Fn(&Dense, &Values) -> Values) -> Dense {
    let mut map = layers[0].clone();
    for layer in &layers[1..] {
        let plain = Dense { b: Array1::zeros(layer.b.len()), ..layer.clone() };
        let rows = map.w.rows().into_iter().map(|row| row.to_vec()).collect();
        let w = pass(&plain, &rows);
        let c = map.b.iter().map(|c| vec![*c]).collect();
        let b = pass(layer, &c);
        map.w = Array2::from_shape_fn((w.len(), w[0].len()), |(i, j)| w[i][j]);
        map.b = b.iter().map(|b| b[0]).collect();
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;
    use slope::Layer;

    /// What the emulation calls f64 is the book's own network, to the bit.
    #[test]
    fn unrounded_layers_are_those_of_the_crate() {
        let folded_one = Folded::drawn(3, 7, 5);
        let layers = folded_one.layers.iter().cloned();
        let network = Network::new(layers.map(Layer::Dense).collect());
        let network = network.unwrap();
        let x = Array2::from_shape_fn((5, 7), |(i, j)| folded_one.x[j][i]);
        let pass = |layer: &Dense, a: &Values| affine(layer, a, |z| z);
        let layers = &folded_one.layers;
        let deep = layers.iter().fold(folded_one.x.clone(), |a, l| pass(l, &a));
        let output = network.output(&x);
        let same = |((i, j), y): ((usize, usize), &f64)| *y == deep[j][i];
        assert!(output.indexed_iter().all(same));
        let fold = network.collapse().unwrap();
        let ours = folded(layers, pass);
        assert!((&fold.w - &ours.w).iter().all(|gap| gap.abs() < 1e-15));
        assert!((&fold.b - &ours.b).iter().all(|gap| gap.abs() < 1e-15));
    }
}
