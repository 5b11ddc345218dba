//! Folds a network of slope 1 and compares: the chapter `collapse`.

use ndarray::Array2;
use slope::{
    Activation, Init, Network, collapsed,
    rng::{Rng, Stream},
};

fn main() -> Result<(), slope::Bend> {
    let sizes = [64, 64, 64, 64, 64, 10];
    let mut rng = Rng::new(0, Stream::Weights);
    let mut deep =
        Network::dense(&sizes, Activation::Identity, Init::HeNormal, &mut rng);
    deep.randomise_biases(0.1, &mut rng);

    let layer = collapsed(&deep)?;
    println!("deep network: {} parameters", deep.parameter_count());
    println!("one layer:    {} parameters", layer.parameter_count());

    let mut rng = Rng::new(0, Stream::Data);
    let x = Array2::from_shape_simple_fn((256, 64), || rng.normal());
    let difference = deep.output(&x) - layer.output(&x);
    let largest = difference.iter().fold(0.0, |m: f64, d| m.max(d.abs()));
    println!("largest difference on 256 inputs: {largest:.1e}");

    let bent =
        Network::dense(&sizes, Activation::Relu, Init::HeNormal, &mut rng);
    if let Err(bend) = collapsed(&bent) {
        println!("with ReLU: {bend}");
    }
    Ok(())
}
