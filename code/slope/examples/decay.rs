//! What fifty layers leave of a gradient: the chapter `products-of-slopes`.

use ndarray::Array2;
use slope::{
    Activation, Dense, Init, Layer, Network, product,
    rng::{Rng, Stream},
    transcendental::pow,
};

fn main() -> Result<(), slope::ShapeError> {
    let n = 64;
    let gain = |g: f64| Init::Normal { std: g / (n as f64).sqrt() };
    println!("                 per layer     after 50");
    for (name, f, init) in [
        ("sigmoid, g = 1", Activation::Sigmoid, gain(1.0)),
        ("ReLU, g = 1", Activation::Relu, gain(1.0)),
        ("ReLU, g = √2", Activation::Relu, gain(2.0_f64.sqrt())),
        ("identity, g = ½", Activation::Identity, gain(0.5)),
        ("identity, g = 1", Activation::Identity, gain(1.0)),
        ("identity, g = 2", Activation::Identity, gain(2.0)),
    ] {
        let mut rng = Rng::new(0, Stream::Weights);
        let layers = (0..50)
            .map(|_| Layer::Dense(Dense::init(n, n, f, init, &mut rng)))
            .collect();
        let network = Network::new(layers)?;
        // 32 inputs, and for each a gradient of length 1 to send back.
        let mut normal =
            || Array2::from_shape_simple_fn((32, n), || rng.normal());
        let (x, mut g) = (normal(), normal());
        let length = product::norm(&g);
        g /= length;
        let back = network.backward(&network.forward(&x), &g);
        let left = product::norm(&back.x);
        println!("{name:15}  {:9.3}     {left:8.1e}", pow(left, 1.0 / 50.0));
    }
    Ok(())
}
