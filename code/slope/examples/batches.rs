//! Two losses of an epoch: the chapter `epochs`.

use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training, data,
    rng::{Rng, Stream},
};

fn main() -> Result<(), slope::TrainingError> {
    let samples = data::moons(512, 0.2, &mut Rng::new(1, Stream::Data));
    let mut network = Network::dense(
        &[2, 16, 16, 1],
        Activation::Tanh,
        Init::XavierUniform,
        &mut Rng::new(1, Stream::Weights),
    );
    let training = Training {
        loss: Loss::BceLogits,
        optimizer: Optimizer::sgd(0.1),
        batch: Batch::Size(32),
        epochs: 10,
        shuffle: Shuffle::EachEpoch,
    };
    let mut order = Rng::new(1, Stream::Order);
    let history = training.run(&mut network, &samples, &mut order)?;

    println!("epoch   mean over its batches   all samples");
    println!("    0                           {:11.4}", history.epochs[0]);
    for (epoch, batches) in (1..).zip(history.updates.chunks(16)) {
        let mean = batches.iter().sum::<f64>() / 16.0;
        println!("{epoch:5}   {mean:21.4}   {:11.4}", history.epochs[epoch]);
    }
    Ok(())
}
