//! What the chapters' programs draw at random before they begin: data, first
//! weights, orders. That these are the same draws is not asserted here but
//! measured: from others, no number of the frameworks' programs would agree.

use ndarray::{Array1, Array2, ArrayD};
use safetensors::{Dtype, View, serialize};
use slope::{
    Activation, Dataset, Init, Network, data,
    rng::{Rng, Stream},
};
use std::borrow::Cow;

/// Named arrays, in the order in which they were put.
#[derive(Default)]
pub struct Tensors(Vec<(String, Tensor)>);

/// An array of numbers, as bytes.
pub(crate) struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for &Tensor {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

impl Tensors {
    /// Puts numbers of 64 bits.
    pub fn put(&mut self, name: impl Into<String>, a: &ArrayD<f64>) {
        let bytes = a.iter().flat_map(|v| v.to_le_bytes()).collect();
        let shape = a.shape().to_vec();
        self.0.push((name.into(), Tensor { dtype: Dtype::F64, shape, bytes }));
    }

    fn put_u8(&mut self, name: &str, shape: &[usize], bytes: Vec<u8>) {
        let shape = shape.to_vec();
        self.0.push((name.into(), Tensor { dtype: Dtype::U8, shape, bytes }));
    }

    /// The order of `n` samples in each of so many epochs.
    fn put_orders(&mut self, seed: u64, epochs: usize, n: usize) {
        let mut rng = Rng::new(seed, Stream::Order);
        let mut rows: Vec<u16> = (0..n).map(|i| i as u16).collect();
        let mut bytes = vec![];
        for _ in 0..epochs {
            rng.shuffle(&mut rows);
            bytes.extend(rows.iter().flat_map(|row| row.to_le_bytes()));
        }
        let (dtype, shape) = (Dtype::I16, vec![epochs, n]);
        self.0.push(("order".into(), Tensor { dtype, shape, bytes }));
    }

    fn put_data(&mut self, data: &Dataset) {
        self.put("x", &data.x.clone().into_dyn());
        self.put("y", &data.y.clone().into_dyn());
    }

    /// Puts a dense network as PyTorch's `nn.Sequential` names its parts.
    pub(crate) fn put_network(&mut self, prefix: &str, network: &Network) {
        for (l, layer) in network.dense_layers().enumerate() {
            // Between two layers it counts the activation, too.
            self.put_layer(&format!("{prefix}{}", 2 * l), &layer.w, &layer.b);
        }
    }

    /// Puts the weights (out, in) and the biases of a layer, or their slopes.
    pub(crate) fn put_layer(
        &mut self,
        name: &str,
        w: &Array2<f64>,
        b: &Array1<f64>,
    ) {
        self.put(format!("{name}.weight"), &w.clone().into_dyn());
        self.put(format!("{name}.bias"), &b.clone().into_dyn());
    }

    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let tensors = self.0.iter().map(|(name, tensor)| (name, tensor));
        serialize(tensors, None).expect("names differ and shapes fit")
    }
}

fn normal(rng: &mut Rng, rows: usize, columns: usize) -> Array2<f64> {
    Array2::from_shape_simple_fn((rows, columns), || rng.normal())
}

fn dense(sizes: &[usize], init: Init, rng: &mut Rng) -> Network {
    Network::dense(sizes, Activation::Identity, init, rng)
}

fn weights(seed: u64) -> Rng {
    Rng::new(seed, Stream::Weights)
}

/// What puts the draws of a program.
type Put = fn(&mut Tensors);

/// The files' names and contents, by program.
pub fn all() -> Vec<(&'static str, Tensors)> {
    let of: [(&str, Put); 14] = [
        ("adapter", adapter),
        ("batches", batches),
        ("branches", branches),
        ("collapse", collapse),
        ("decay", decay),
        ("digits", digits),
        ("floor", floor),
        ("gradients", gradients),
        ("guess", guess),
        ("linear_attention", linear_attention),
        ("narrow", narrow),
        ("plateau", plateau),
        ("shortcut", shortcut),
        ("thirty", thirty),
    ];
    of.into_iter()
        .map(|(name, put)| {
            let mut tensors = Tensors::default();
            put(&mut tensors);
            (name, tensors)
        })
        .collect()
}

fn adapter(to: &mut Tensors) {
    let mut rng = weights(0);
    for (name, (rows, columns)) in
        [("b", (64, 4)), ("a", (4, 64)), ("noise", (64, 64))]
    {
        to.put(name, &normal(&mut rng, rows, columns).into_dyn());
    }
}

fn batches(to: &mut Tensors) {
    to.put_data(&data::moons(512, 0.2, &mut Rng::new(1, Stream::Data)));
    let sizes = [2, 16, 16, 1];
    to.put_network("", &dense(&sizes, Init::XavierUniform, &mut weights(1)));
    to.put_orders(1, 10, 512);
}

fn branches(to: &mut Tensors) {
    let mut rng = weights(0);
    for (name, rows) in [("train", 1000), ("x", 5), ("w1", 8), ("w2", 8)] {
        to.put(name, &normal(&mut rng, rows, 8).into_dyn());
    }
}

fn collapse(to: &mut Tensors) {
    let mut rng = weights(0);
    let mut deep = dense(&[64, 64, 64, 64, 64, 10], Init::HeNormal, &mut rng);
    deep.randomise_biases(0.1, &mut rng);
    to.put_network("", &deep);
    let x = normal(&mut Rng::new(0, Stream::Data), 256, 64);
    to.put("x", &x.into_dyn());
}

fn decay(to: &mut Tensors) {
    let (mut rng, n) = (weights(0), 64);
    let init = Init::Normal { std: 1.0 / (n as f64).sqrt() };
    let layers = dense(&[n; 51], init, &mut rng);
    let w = layers.dense_layers().flat_map(|l| l.w.iter().copied()).collect();
    let w = ArrayD::from_shape_vec(vec![50, n, n], w);
    to.put("w", &w.expect("50 layers of n × n"));
    to.put("x", &normal(&mut rng, 32, n).into_dyn());
    to.put("g", &normal(&mut rng, 32, n).into_dyn());
}

fn digits(to: &mut Tensors) {
    let data = data::digits();
    let pixels = data.x.iter().map(|p| (16.0 * p) as u8).collect();
    to.put_u8("images", &[data.len(), 64], pixels);
    let labels = data.y.iter().map(|y| *y as u8).collect();
    to.put_u8("labels", &[data.len()], labels);
    let sizes = [64, 32, 32, 2];
    to.put_network("", &dense(&sizes, Init::XavierUniform, &mut weights(0)));
    to.put_orders(0, 30, 1437);
}

fn floor(to: &mut Tensors) {
    let shapes: [(&str, &[usize]); 3] = [
        ("line.", &[2, 1]),
        ("shallow.", &[2, 8, 1]),
        ("deep.", &[2, 8, 8, 8, 1]),
    ];
    for (prefix, sizes) in shapes {
        let network = dense(sizes, Init::XavierUniform, &mut weights(1));
        to.put_network(prefix, &network);
    }
}

fn gradients(to: &mut Tensors) {
    let mut rng = Rng::new(0, Stream::Data);
    to.put("x", &normal(&mut rng, 100, 4).into_dyn());
    to.put("y", &normal(&mut rng, 100, 2).into_dyn());
    let sizes = [4, 8, 8, 8, 8, 2];
    to.put_network("", &dense(&sizes, Init::XavierUniform, &mut weights(0)));
}

fn guess(to: &mut Tensors) {
    let mut rng = weights(0);
    let w = ArrayD::from_shape_simple_fn(vec![3, 2, 2], || 0.02 * rng.normal());
    to.put("w", &w);
}

fn linear_attention(to: &mut Tensors) {
    let mut rng = weights(0);
    for (name, rows) in [("x", 50), ("w_q", 4), ("w_k", 4), ("w_v", 4)] {
        to.put(name, &normal(&mut rng, rows, 4).into_dyn());
    }
}

fn narrow(to: &mut Tensors) {
    for units in 1..=3 {
        let mut rng = weights(0);
        let first = 0.1 * normal(&mut rng, units, 3);
        let second = 0.1 * normal(&mut rng, 3, units);
        to.put(format!("{units}.first"), &first.into_dyn());
        to.put(format!("{units}.second"), &second.into_dyn());
    }
}

fn plateau(to: &mut Tensors) {
    to.put_data(&data::moons(200, 0.2, &mut Rng::new(1, Stream::Data)));
    let sizes = [2, 16, 16, 1];
    to.put_network("", &dense(&sizes, Init::XavierUniform, &mut weights(1)));
}

fn shortcut(to: &mut Tensors) {
    let mut rng = Rng::new(0, Stream::Data);
    to.put("x", &normal(&mut rng, 64, 2).into_dyn());
    to.put("y", &normal(&mut rng, 64, 1).into_dyn());

    let (mut rng, init) = (weights(0), Init::XavierNormal);
    let sizes: Vec<usize> = [&[2], &[16; 50][..], &[1]].concat();
    to.put_network("plain.", &dense(&sizes, init, &mut rng));
    let f = Activation::Tanh;
    let residual = Network::residual((2, 16, 1), 49, 1.0, f, init, &mut rng);
    for (l, layer) in residual.dense_layers().enumerate() {
        let name = match l {
            0 => "first".into(),
            50 => "last".into(),
            l => format!("blocks.{}", l - 1),
        };
        to.put_layer(&name, &layer.w, &layer.b);
    }
}

fn thirty(to: &mut Tensors) {
    to.put_data(&data::moons(200, 0.2, &mut Rng::new(1, Stream::Data)));
    let sizes = [2, 8, 8, 1];
    to.put_network("", &dense(&sizes, Init::XavierUniform, &mut weights(1)));
}
