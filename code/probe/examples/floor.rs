//! Exclusive or, and the loss that no slope-1 network passes: the chapter
//! `the-linear-floor`.

use probe::linear_floor;
use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training, data,
    rng::{Rng, Stream},
};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let xor = data::xor();
    let floor = linear_floor(Loss::BceLogits, &xor)?;
    println!("the best affine map: {:.6}", floor.loss);

    let training = Training {
        loss: Loss::BceLogits,
        optimizer: Optimizer::sgd(0.1),
        batch: Batch::Full,
        epochs: 10_000,
        shuffle: Shuffle::Never,
    };
    let shapes: [&[usize]; 4] =
        [&[2, 1], &[2, 8, 1], &[2, 8, 8, 8, 1], &[2, 8, 1]];
    let bends = [Activation::Identity; 3].into_iter().chain([Activation::Tanh]);
    for (sizes, f) in shapes.into_iter().zip(bends) {
        let mut weights = Rng::new(1, Stream::Weights);
        let mut net =
            Network::dense(sizes, f, Init::XavierUniform, &mut weights);
        let mut order = Rng::new(1, Stream::Order);
        let history = training.run(&mut net, &xor, &mut order)?;
        let (first, last) = (history.epochs[0], history.epochs[10_000]);
        println!(
            "{:10} {sizes:?}: from {first:.6} to {last:.6}",
            f.to_string()
        );
    }
    Ok(())
}
