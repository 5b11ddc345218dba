//! The two claims in thirty lines: the page `thirty-lines`.

use slope::{
    Activation, Batch, Init, Loss, Network, Optimizer, Shuffle, Training,
    collapsed, data, product,
    rng::{Rng, Stream},
};
use std::{error::Error, ops::ControlFlow};

fn main() -> Result<(), Box<dyn Error>> {
    let data = data::moons(200, 0.2, &mut Rng::new(1, Stream::Data));
    let training = Training {
        loss: Loss::BceLogits,
        optimizer: Optimizer::sgd(0.2),
        batch: Batch::Full,
        epochs: 1000,
        shuffle: Shuffle::Never,
    };
    for f in [Activation::Identity, Activation::Tanh] {
        let mut rng = Rng::new(1, Stream::Weights);
        let sizes = [2, 8, 8, 1];
        let mut net = Network::dense(&sizes, f, Init::XavierUniform, &mut rng);
        println!("f(z) = {f}\nepoch    loss  slope of the first weights");
        let mut order = Rng::new(1, Stream::Order);
        training.run_watched(&mut net, &data, &mut order, |now| {
            if [0, 10, 100, 1000].contains(&now.epoch) {
                let (_, gradient) = now.network.loss_and_gradient(
                    Loss::BceLogits,
                    &data.x,
                    &data.y,
                );
                let slope = product::norm(&gradient.layers[0].w);
                println!("{:5}  {:6.4}  {slope:26.4}", now.epoch, now.loss);
            }
            ControlFlow::Continue(())
        })?;
        if let Ok(layer) = collapsed(&net) {
            let d = net.output(&data.x) - layer.output(&data.x);
            let most = d.iter().fold(0.0, |m: f64, d| m.max(d.abs()));
            let numbers = layer.parameter_count();
            println!("one layer of {numbers} numbers, apart by {most:.0e}\n");
        }
    }
    Ok(())
}
