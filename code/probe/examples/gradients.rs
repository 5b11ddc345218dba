//! The gradients of single examples, with slope 1 and without: the chapter
//! `the-gradient-is-not-constant`.

use ndarray::Array2;
use probe::{jacobians, per_example_gradients, spread};
use slope::{
    Activation, Init, Loss, Network,
    rng::{Rng, Stream},
};

fn main() {
    let mut rng = Rng::new(0, Stream::Data);
    let mut normal = |n: usize, width| {
        Array2::from_shape_simple_fn((n, width), || rng.normal())
    };
    let (x, y) = (normal(100, 4), normal(100, 2));

    println!("spread over 100 examples of   the gradient   the output's slope");
    for f in [Activation::Identity, Activation::Tanh, Activation::Relu] {
        let mut rng = Rng::new(0, Stream::Weights);
        let sizes = [4, 8, 8, 8, 8, 2];
        let net = Network::dense(&sizes, f, Init::XavierUniform, &mut rng);
        let gradients = per_example_gradients(&net, Loss::Mse, &x, &y);
        let slopes = jacobians(&net, &x);
        let name = f.to_string();
        println!(
            "{name:28}{:15.2}{:21.2}",
            spread(&gradients),
            spread(&slopes)
        );
    }
}
