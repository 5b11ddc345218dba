//! Training does what the plain passes do, to the bit, and what it reports is
//! what happened.

use ndarray::{Array2, ShapeBuilder as _};
use slope::rng::{Rng, Stream};
use slope::*;
use std::ops::ControlFlow;

fn moons() -> Dataset {
    data::moons(101, 0.2, &mut Rng::new(3, Stream::Data))
}

fn rng() -> Rng {
    Rng::new(3, Stream::Weights)
}

fn order() -> Rng {
    Rng::new(3, Stream::Order)
}

fn training(batch: Batch, shuffle: Shuffle) -> Training {
    Training {
        loss: Loss::BceLogits,
        optimizer: Optimizer::sgd(0.1),
        batch,
        epochs: 3,
        shuffle,
    }
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|p| p.to_bits()).collect()
}

/// The same run with nothing but the public passes.
fn plain_run(
    training: &Training,
    network: &mut Network,
    data: &Dataset,
) -> History {
    let n = data.len();
    let size = match training.batch {
        Batch::Full => n,
        Batch::Size(size) => size,
    };
    let whole =
        |net: &Network| training.loss.value(&net.output(&data.x), &data.y);
    let (mut order, mut rows) = (order(), (0..n).collect::<Vec<_>>());
    let mut history = History { epochs: vec![whole(network)], updates: vec![] };
    let mut state = training.optimizer.start(network.parameter_count());
    for epoch in 0..training.epochs {
        let turn = match training.shuffle {
            Shuffle::EachEpoch => true,
            Shuffle::Once => epoch == 0,
            Shuffle::Never => false,
        };
        if turn && size < n {
            order.shuffle(&mut rows);
        }
        for batch in rows.chunks(size) {
            let batch = data.rows(batch);
            let (loss, gradient) =
                network.loss_and_gradient(training.loss, &batch.x, &batch.y);
            history.updates.push(loss);
            let mut parameters = network.parameters();
            // One optimizer memory, one flat row of parameters.
            state.step([(&mut parameters[..], &gradient.parameters()[..])]);
            network.set_parameters(&parameters).unwrap();
        }
        history.epochs.push(whole(network));
    }
    history
}

fn networks() -> Vec<Network> {
    let init = Init::XavierNormal;
    let mut networks: Vec<_> = Activation::ALL
        .into_iter()
        .map(|f| Network::dense(&[2, 9, 17, 1], f, init, &mut rng()))
        .collect();
    let f = Activation::Tanh;
    let sizes = (2, 5, 1);
    networks.push(Network::residual(sizes, 3, 0.5, f, init, &mut rng()));
    networks
}

#[test]
fn a_run_has_the_bits_of_the_plain_passes() {
    let data = moons();
    for network in networks() {
        for batch in [Batch::Full, Batch::Size(10), Batch::Size(1)] {
            for shuffle in [Shuffle::EachEpoch, Shuffle::Once, Shuffle::Never] {
                let training = training(batch, shuffle);
                let (mut fast, mut plain) = (network.clone(), network.clone());
                let wanted = plain_run(&training, &mut plain, &data);
                let history =
                    training.run(&mut fast, &data, &mut order()).unwrap();
                assert_eq!(bits(&history.updates), bits(&wanted.updates));
                assert_eq!(bits(&history.epochs), bits(&wanted.epochs));
                let (fast, plain) = (fast.parameters(), plain.parameters());
                assert_eq!(bits(&fast), bits(&plain));
            }
        }
    }
}

/// Update by update, with looks at the loss in between, which draw nothing.
#[test]
fn steps_have_the_bits_of_the_plain_passes() {
    let data = moons();
    for batch in [Batch::Full, Batch::Size(101), Batch::Size(10)] {
        for shuffle in [Shuffle::EachEpoch, Shuffle::Once, Shuffle::Never] {
            for look_every in [1, 2, 7, usize::MAX] {
                let training = training(batch, shuffle);
                let mut plain = networks().remove(2);
                let mut run =
                    training.start(plain.clone(), &data, order()).unwrap();
                let wanted = plain_run(&training, &mut plain, &data);
                for (u, wanted) in wanted.updates.iter().enumerate() {
                    if u % look_every == 1 {
                        run.loss().unwrap();
                    }
                    assert_eq!(run.updates(), u);
                    let loss = run.update().unwrap();
                    assert_eq!(loss.to_bits(), wanted.to_bits());
                }
                assert_eq!(run.epochs(), training.epochs);
                assert_eq!(run.loss(), Ok(wanted.epochs[training.epochs]));
                let (run, plain) = (run.network(), plain.parameters());
                assert_eq!(bits(&run.parameters()), bits(&plain));
            }
        }
    }
}

#[test]
fn parameters_may_lie_in_memory_as_they_like() {
    let mut turned = networks().remove(2);
    let mut plain = turned.clone();
    for dense in turned.dense_layers_mut() {
        dense.w = dense.w.t().to_owned().reversed_axes(); // column-major
    }
    let training = training(Batch::Size(10), Shuffle::EachEpoch);
    for network in [&mut turned, &mut plain] {
        training.run(network, &moons(), &mut order()).unwrap();
    }
    assert_eq!(bits(&turned.parameters()), bits(&plain.parameters()));
}

#[test]
fn data_may_lie_in_memory_as_they_like() {
    let column_major = |a: &Array2<f64>| {
        let mut other = Array2::zeros(a.raw_dim().f());
        other.assign(a);
        other
    };
    let plain = moons();
    let (x, y) = (column_major(&plain.x), column_major(&plain.y));
    let relaid = Dataset::new(x.clone(), y.clone()).unwrap();
    assert!(relaid.x.is_standard_layout() && !x.is_standard_layout());
    let mut finals = vec![];
    for data in [plain, relaid, Dataset { x, y }] {
        let mut network = networks().remove(2);
        let training = training(Batch::Size(10), Shuffle::EachEpoch);
        training.run(&mut network, &data, &mut order()).unwrap();
        finals.push(bits(&network.parameters()));
    }
    assert!(finals[0] == finals[1] && finals[1] == finals[2]);
}

#[test]
fn another_order_gives_other_bits() {
    let data = moons();
    let mut finals = vec![];
    for shuffle in [Shuffle::EachEpoch, Shuffle::Once, Shuffle::Never] {
        let mut network = networks().remove(2);
        let training = training(Batch::Size(10), shuffle);
        training.run(&mut network, &data, &mut order()).unwrap();
        finals.push(bits(&network.parameters()));
    }
    assert!(finals[0] != finals[1] && finals[1] != finals[2]);
}

#[test]
fn every_loss_and_optimizer_agrees_with_the_plain_passes() {
    let x = moons().x;
    let n = x.nrows();
    let classes = Array2::from_shape_fn((n, 1), |(i, _)| (i % 3) as f64);
    let one_hot = Array2::from_shape_fn((n, 3), |(i, j)| f64::from(i % 3 == j));
    for (loss, y) in [
        (Loss::Mse, &one_hot),
        (Loss::BceLogits, &one_hot),
        (Loss::SoftmaxCe, &classes),
    ] {
        let data = Dataset::new(x.clone(), y.clone()).unwrap();
        for optimizer in [
            Optimizer::sgd(0.1),
            Optimizer::momentum(0.1, 0.9),
            Optimizer::nesterov(0.1, 0.9),
            Optimizer::adagrad(0.1),
            Optimizer::rmsprop(0.01),
            Optimizer::adam(0.01),
            Optimizer::adamw(0.01, 0.1),
        ] {
            let f = Activation::Silu { beta: 1.0 };
            let mut fast =
                Network::dense(&[2, 6, 3], f, Init::HeUniform, &mut rng());
            let mut plain = fast.clone();
            let mut training = training(Batch::Size(7), Shuffle::EachEpoch);
            (training.loss, training.optimizer) = (loss, optimizer);
            plain_run(&training, &mut plain, &data);
            training.run(&mut fast, &data, &mut order()).unwrap();
            let (fast, plain) = (fast.parameters(), plain.parameters());
            assert_eq!(bits(&fast), bits(&plain), "{loss} {optimizer:?}");
        }
    }
}

#[test]
fn the_watcher_sees_every_epoch_and_may_stop() {
    let mut network = networks().remove(0);
    let mut seen = vec![];
    let history = training(Batch::Size(20), Shuffle::Never)
        .run_watched(&mut network, &moons(), &mut order(), |progress| {
            let output = progress.network.output(&moons().x);
            let loss = Loss::BceLogits.value(&output, &moons().y);
            assert_eq!(loss.to_bits(), progress.loss.to_bits());
            seen.push((progress.epoch, progress.updates));
            if progress.epoch == 2 {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(seen, [(0, 0), (1, 6), (2, 12)]);
    assert_eq!((history.epochs.len(), history.updates.len()), (3, 12));
}

#[test]
fn divergence_is_an_error_that_names_the_epoch() {
    let f = Activation::Identity;
    let sizes = [2, 16, 16, 16, 16, 1];
    let start = Network::dense(&sizes, f, Init::HeNormal, &mut rng());
    let run = |lr| {
        let mut network = start.clone();
        let training = Training {
            loss: Loss::Mse,
            optimizer: Optimizer::sgd(lr),
            batch: Batch::Full,
            epochs: 50,
            shuffle: Shuffle::Never,
        };
        (training.run(&mut network, &moons(), &mut order()), network)
    };
    let (result, network) = run(10.0);
    let Err(TrainingError::Diverged { epoch, history }) = result else {
        panic!("a learning rate of 10 must diverge");
    };
    assert!((1..50).contains(&epoch));
    assert_eq!(history.epochs.len(), epoch);
    assert!(history.epochs.iter().all(|loss| loss.is_finite()));
    assert!(history.updates.iter().all(|loss| loss.is_finite()));
    assert_eq!(network, start, "the network is left as it was");
    assert!(run(1e-3).0.is_ok());
}

#[test]
fn a_relu_network_cannot_hide_its_divergence() {
    // A ReLU that turned NaN into 0 would go on with a finite loss.
    let f = Activation::Relu;
    let mut network = Network::dense(&[2, 8, 1], f, Init::HeNormal, &mut rng());
    let training = Training {
        loss: Loss::Mse,
        optimizer: Optimizer::sgd(1e200),
        batch: Batch::Size(10),
        epochs: 50,
        shuffle: Shuffle::Never,
    };
    let result = training.run(&mut network, &moons(), &mut order());
    assert!(matches!(result, Err(TrainingError::Diverged { epoch: 1, .. })));
}

#[test]
fn a_run_that_cannot_begin_names_epoch_zero() {
    let mut network = networks().remove(2);
    network.dense_layers_mut().for_each(|layer| layer.w.fill(f64::NAN));
    let training = training(Batch::Full, Shuffle::Never);
    let result = training.run(&mut network, &moons(), &mut order());
    let history = History::default();
    assert_eq!(result, Err(TrainingError::Diverged { epoch: 0, history }));
}

#[test]
fn what_does_not_fit_is_refused_before_the_first_update() {
    let f = Activation::Tanh;
    let mut network = Network::dense(&[2, 3, 1], f, Init::HeNormal, &mut rng());
    let good = training(Batch::Size(10), Shuffle::Never);
    let mut refused = |training: Training, data: &Dataset| {
        let before = network.clone();
        let error = training.run(&mut network, data, &mut order()).unwrap_err();
        assert_eq!(network, before);
        error.to_string()
    };
    let zero = Training { batch: Batch::Size(0), ..good };
    assert!(refused(zero, &moons()).contains("batch is 0"));
    for lr in [f64::NAN, -1.0, f64::INFINITY] {
        let bad = Training { optimizer: Optimizer::sgd(lr), ..good };
        assert!(refused(bad, &moons()).starts_with("lr is"));
    }
    let heavy = Training { optimizer: Optimizer::momentum(0.1, 1.0), ..good };
    assert!(refused(heavy, &moons()).starts_with("momentum is 1"));
    let wide = Dataset::new(Array2::zeros((4, 3)), Array2::zeros((4, 1)));
    let text = refused(good, &wide.unwrap());
    assert_eq!(text, "the network takes 2 inputs, the data has 3");
    let targets = Dataset::new(Array2::zeros((4, 2)), Array2::zeros((4, 2)));
    assert!(refused(good, &targets.unwrap()).contains("4 × 2"));
    let classes = Training { loss: Loss::SoftmaxCe, ..good };
    let text = refused(classes, &moons());
    assert!(text.contains("an output for each class"), "{text}");
}

/// Memory is asked for before the first update and after the last, so a run
/// of many epochs asks as often as a run of one.
#[test]
fn a_training_step_asks_for_no_memory() {
    let data = moons();
    for network in networks() {
        for batch in [Batch::Full, Batch::Size(10)] {
            let asked = |epochs| {
                let mut network = network.clone();
                let run =
                    Training { epochs, ..training(batch, Shuffle::EachEpoch) };
                let mut order = order();
                allocation_counter::measure(|| {
                    run.run(&mut network, &data, &mut order).unwrap();
                })
                .count_total
            };
            let _first = asked(1); // fills the memory that the thread keeps
            // The history of epochs grows by doubling: a few times, not once
            // per epoch.
            assert!(asked(41) - asked(1) < 8, "{network:?}");
        }
    }
}

/// Negative control: the plain passes do ask, every time.
#[test]
fn plain_passes_ask_for_memory() {
    let (data, network) = (moons(), networks().remove(0));
    let asked = allocation_counter::measure(|| {
        network.loss_and_gradient(Loss::BceLogits, &data.x, &data.y);
    });
    assert!(asked.count_total > 5);
}
