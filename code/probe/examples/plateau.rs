//! A loss curve and its linear floor: the chapter `reading-a-loss-curve`.

use probe::linear_floor;
use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training,
    data::moons,
    rng::{Rng, Stream},
};
use std::{error::Error, ops::ControlFlow};

fn main() -> Result<(), Box<dyn Error>> {
    let data = moons(200, 0.2, &mut Rng::new(1, Stream::Data));
    let floor = linear_floor(Loss::BceLogits, &data)?;
    let line = floor.map.output(&data.x); // logits of the best straight line
    println!("floor  {:.3}", floor.loss);

    let mut network = Network::dense(
        &[2, 16, 16, 1],
        Activation::Tanh,
        Init::XavierUniform,
        &mut Rng::new(1, Stream::Weights),
    );
    let training = Training {
        loss: Loss::BceLogits,
        optimizer: Optimizer::sgd(0.2),
        batch: Batch::Full,
        epochs: 1000,
        shuffle: Shuffle::Never,
    };
    println!("epoch   loss  like the line");
    let mut order = Rng::new(1, Stream::Order);
    training.run_watched(&mut network, &data, &mut order, |now| {
        if [0, 10, 50, 100, 200, 500, 1000].contains(&now.epoch) {
            let logits = now.network.output(&data.x);
            let alike = logits.iter().zip(&line);
            let alike = alike.filter(|(a, b)| (**a > 0.0) == (**b > 0.0));
            let percent = 100 * alike.count() / data.len();
            println!("{:5}  {:.3}  {percent:8} %", now.epoch, now.loss);
        }
        ControlFlow::Continue(())
    })?;
    Ok(())
}
