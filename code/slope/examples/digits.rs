//! Odd or even? Real handwriting, with a bend and without: the chapter
//! `digits`.

use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training, data,
    rng::{Rng, Stream},
};

fn main() -> Result<(), slope::TrainingError> {
    let mut digits = data::digits();
    digits.y.mapv_inplace(|digit| digit % 2.0); // 1 for odd
    let (train, test) = digits.split(|i| (i / 10) % 5 == 0);
    println!(
        "{} images to learn from, {} to be judged on",
        train.len(),
        test.len()
    );

    let training = Training {
        loss: Loss::SoftmaxCe,
        optimizer: Optimizer::adam(0.002),
        batch: Batch::Size(32),
        epochs: 30,
        shuffle: Shuffle::EachEpoch,
    };
    for f in [Activation::Identity, Activation::Tanh, Activation::Relu] {
        let mut net = Network::dense(
            &[64, 32, 32, 2],
            f,
            Init::XavierUniform,
            &mut Rng::new(0, Stream::Weights),
        );
        training.run(&mut net, &train, &mut Rng::new(0, Stream::Order))?;
        let right = training.loss.accuracy(&net.output(&test.x), &test.y);
        let wrong = ((1.0 - right) * test.len() as f64).round();
        println!("{:8}  {wrong:2} on the wrong side", f.to_string());
    }
    Ok(())
}
