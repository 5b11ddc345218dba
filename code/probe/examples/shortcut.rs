//! The gradient of the first layer and the last, with shortcuts and without:
//! the chapter `shortcuts`.

use ndarray::Array2;
use probe::gradient_norms;
use slope::{
    Activation, Init, Loss, Network,
    rng::{Rng, Stream},
    transcendental::pow,
};

fn main() {
    // A hundred blocks of slope 1/2, plain and with a shortcut scaled by 1/10.
    let plain = pow(0.5, 100.0);
    let shortcut = pow(1.0 + 0.5 / 10.0, 100.0);
    println!("product of 100 slopes: {plain:.1e} and {shortcut:.1e}\n");

    let mut rng = Rng::new(0, Stream::Data);
    let mut normal =
        |width| Array2::from_shape_simple_fn((64, width), || rng.normal());
    let (x, y) = (normal(2), normal(1));
    println!("50 hidden layers     first layer   last layer");
    for (name, f) in
        [("sigmoid", Activation::Sigmoid), ("tanh", Activation::Tanh)]
    {
        let init = Init::XavierNormal;
        let mut rng = Rng::new(0, Stream::Weights);
        let sizes: Vec<usize> = [&[2], &[16; 50][..], &[1]].concat();
        let plain = Network::dense(&sizes, f, init, &mut rng);
        let scale = 1.0 / 50.0_f64.sqrt();
        let residual =
            Network::residual((2, 16, 1), 49, scale, f, init, &mut rng);
        for (kind, network) in [("plain", plain), ("residual", residual)] {
            let (_, gradient) = network.loss_and_gradient(Loss::Mse, &x, &y);
            let norms = gradient_norms(&gradient);
            let label = format!("{name}, {kind}");
            println!("{label:20} {:12.1e} {:12.1e}", norms[0], norms[50]);
        }
    }
}
