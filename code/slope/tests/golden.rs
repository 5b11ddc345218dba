//! 87 cases that PyTorch, JAX, NumPy and 60-digit arithmetic agree on; see
//! `golden/README.md`. Another directory of the same schema is tested with
//! `GOLDEN_DIR=… cargo test -p slope --test golden`.
//!
//! Tolerances are the files': 1e-12 + 1e-12·|r| unless a test says why not.

use ndarray::{Array1, Array2, Axis};
use serde_json::Value;
use slope::rng::{Rng, Stream};
use slope::*;
use std::path::PathBuf;

const EXACT: f64 = 1e-12;

fn cases(file: &str) -> Vec<Value> {
    match golden(file)["cases"].take() {
        Value::Array(cases) if !cases.is_empty() => cases,
        _ => panic!("{file} has no cases"),
    }
}

fn golden(file: &str) -> Value {
    let directory = std::env::var_os("GOLDEN_DIR").map_or(
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden")),
        PathBuf::from,
    );
    let path = directory.join(file);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The first difference beyond tolerance·(1 + |r|), if any.
fn difference(got: &[f64], wanted: &[f64], tolerance: f64) -> Option<String> {
    if got.len() != wanted.len() {
        return Some(format!("{} numbers, not {}", got.len(), wanted.len()));
    }
    let apart = |(g, w): (&f64, &f64)| {
        (g - w).abs() > tolerance * (1.0 + w.abs()) || g.is_nan()
    };
    let at = got.iter().zip(wanted).position(apart)?;
    Some(format!("at {at}: {:e}, not {:e}", got[at], wanted[at]))
}

#[track_caller]
fn close(got: &[f64], wanted: &[f64], tolerance: f64, what: &str) {
    if let Some(difference) = difference(got, wanted, tolerance) {
        panic!("{what}: {difference}");
    }
}

#[test]
fn the_comparison_itself_rejects_what_is_wrong() {
    assert!(difference(&[1.0], &[1.0 + 1e-11], EXACT).is_some());
    assert!(difference(&[f64::NAN], &[1.0], EXACT).is_some());
    assert!(difference(&[1.0], &[1.0, 2.0], EXACT).is_some());
    assert_eq!(difference(&[1.0], &[1.0 + 1e-13], EXACT), None);
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is not a list"))
}

fn vector(value: &Value) -> Vec<f64> {
    list(value).iter().map(number).collect()
}

/// Rows of numbers; a plain list of numbers is a column.
fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = list(value)
        .iter()
        .map(|row| if row.is_array() { vector(row) } else { vec![number(row)] })
        .collect();
    let shape = (rows.len(), rows[0].len());
    Array2::from_shape_vec(shape, rows.concat()).expect("rows of one length")
}

fn flat(a: &Array2<f64>) -> Vec<f64> {
    a.iter().copied().collect()
}

fn activation(name: &Value, params: &Value) -> Activation {
    match text(name) {
        "leaky_relu" => {
            Activation::LeakyRelu { slope: number(&params["slope"]) }
        }
        "elu" => Activation::Elu { alpha: number(&params["alpha"]) },
        "silu" => Activation::Silu { beta: number(&params["beta"]) },
        name => name.parse().unwrap(),
    }
}

fn dense(layer: &Value) -> Dense {
    let f = activation(&layer["activation"], &layer["params"]);
    Dense::new(matrix(&layer["w"]), vector(&layer["b"]).into(), f).unwrap()
}

fn network(layers: &Value) -> Network {
    let layers = list(layers).iter().map(|layer| match text(&layer["kind"]) {
        "dense" => Layer::Dense(dense(layer)),
        "residual" => Layer::Residual {
            scale: number(&layer["scale"]),
            layers: list(&layer["layers"]).iter().map(dense).collect(),
        },
        kind => panic!("unknown layer kind {kind}"),
    });
    Network::new(layers.collect()).unwrap()
}

fn loss(case: &Value) -> Loss {
    text(case).parse().unwrap()
}

#[test]
fn activations_and_their_slopes() {
    let x = vector(&golden("activations.json")["x"]);
    for case in cases("activations.json") {
        let f = activation(&case["activation"], &case["params"]);
        let value: Vec<f64> = x.iter().map(|x| f.value(*x)).collect();
        let slope: Vec<f64> = x.iter().map(|x| f.slope(*x)).collect();
        close(&value, &vector(&case["f"]), EXACT, &format!("{f}"));
        close(&slope, &vector(&case["df"]), EXACT, &format!("{f}'"));
    }
}

#[test]
fn losses_and_their_gradients() {
    for case in cases("losses.json") {
        let (pred, y) = (matrix(&case["pred"]), matrix(&case["target"]));
        let (name, loss) = (text(&case["name"]), loss(&case["loss"]));
        let value = loss.value(&pred, &y);
        close(&[value], &[number(&case["value"])], EXACT, name);
        let gradient = flat(&loss.gradient(&pred, &y));
        close(&gradient, &flat(&matrix(&case["grad"])), EXACT, name);
    }
}

#[test]
fn networks_forward_and_backward() {
    for case in cases("nets.json") {
        let name = text(&case["name"]);
        let check = |what: &str, got: &Array2<f64>, wanted: &Value| {
            let what = format!("{name}, {what}");
            close(&flat(got), &flat(&matrix(wanted)), EXACT, &what);
        };
        let (x, y) = (matrix(&case["x"]), matrix(&case["y"]));
        let (net, expected) = (network(&case["layers"]), &case["expected"]);
        let trace = net.forward(&x);
        let (value, gradient) =
            net.loss_and_gradient(loss(&case["loss"]), &x, &y);
        check("output", trace.output(), &expected["output"]);
        let z = list(&expected["pre_activations"]);
        assert_eq!(trace.z.len(), z.len(), "{name}");
        for (l, (got, wanted)) in trace.z.iter().zip(z).enumerate() {
            check(&format!("z of layer {l}"), got, wanted);
        }
        close(&[value], &[number(&expected["loss"])], EXACT, name);
        let layers = list(&expected["grads"]);
        assert_eq!(gradient.layers.len(), layers.len(), "{name}");
        for (l, (got, wanted)) in gradient.layers.iter().zip(layers).enumerate()
        {
            check(&format!("dL/dW of layer {l}"), &got.w, &wanted["w"]);
            let b = got.b.clone().insert_axis(Axis(1));
            check(&format!("dL/db of layer {l}"), &b, &wanted["b"]);
        }
        check("dL/dx", &gradient.x, &expected["grad_x"]);
        let jacobian = net.jacobian(&x.row(0).to_owned());
        check("Jacobian", &jacobian, &expected["jacobian_x0"]);
    }
}

#[test]
fn identity_networks_collapse() {
    let nets = cases("nets.json");
    for case in cases("collapse.json") {
        let name = text(&case["net"]);
        let net = nets.iter().find(|net| text(&net["name"]) == name);
        let net = network(&net.expect("its network")["layers"]);
        let map = net.collapse().unwrap();
        close(&flat(&map.w), &flat(&matrix(&case["w"])), EXACT, name);
        close(&map.b.to_vec(), &vector(&case["b"]), EXACT, name);
        assert_eq!(net.parameter_count() as u64, case["params_deep"]);
        assert_eq!(map.parameter_count() as u64, case["params_collapsed"]);
        // The narrowest layer bounds the rank; a rounding's width above it.
        let rank = case["rank_bound"].as_u64().unwrap() as usize;
        let values = probe::singular_values(&map.w);
        assert!(values.iter().skip(rank).all(|s| *s < 1e-14 * values[0]));
    }
}

fn optimizer(case: &Value) -> Optimizer {
    let hyper = &case["hyper"];
    let or = |name: &str, other: f64| hyper[name].as_f64().unwrap_or(other);
    let lr = number(&hyper["lr"]);
    match text(&case["optimizer"]) {
        "sgd" => Optimizer::Sgd {
            lr,
            momentum: or("momentum", 0.0),
            nesterov: hyper["nesterov"] == true,
            weight_decay: or("weight_decay", 0.0),
        },
        "rmsprop" => Optimizer::RmsProp {
            lr,
            alpha: or("alpha", 0.99),
            eps: or("eps", 1e-8),
            weight_decay: or("weight_decay", 0.0),
        },
        "adagrad" => Optimizer::Adagrad {
            lr,
            eps: or("eps", 1e-10),
            weight_decay: or("weight_decay", 0.0),
        },
        "adam" => Optimizer::adam(lr),
        "adamw" => Optimizer::adamw(lr, or("weight_decay", 0.01)),
        name => panic!("unknown optimizer {name}"),
    }
}

/// 20 steps carry rounding along, so the files ask for 1e-10 here.
const TRACE: f64 = 1e-10;

#[test]
fn optimizers_on_a_quadratic() {
    let quadratic = &golden("optimizers.json")["quadratic"];
    let (h, c) = (vector(&quadratic["h"]), vector(&quadratic["c"]));
    for case in cases("optimizers.json") {
        let (name, wanted) = (text(&case["name"]), &case["quadratic"]);
        let mut w = vector(&quadratic["w0"]);
        let mut state = optimizer(&case).start(w.len());
        let mut losses = vec![];
        for after in list(&wanted["params_after_step"]) {
            let e: Vec<f64> = w.iter().zip(&c).map(|(w, c)| w - c).collect();
            let half = h.iter().zip(&e).map(|(h, e)| 0.5 * h * e * e);
            losses.push(half.sum());
            let g: Vec<f64> = h.iter().zip(&e).map(|(h, e)| h * e).collect();
            state.step([(&mut w[..], &g[..])]);
            close(&w, &vector(after), TRACE, name);
        }
        close(&losses, &vector(&wanted["loss_before_step"]), TRACE, name);
    }
}

#[test]
fn optimizers_on_a_network() {
    let setup = &golden("optimizers.json")["net"];
    let data = Dataset::new(matrix(&setup["x"]), matrix(&setup["y"])).unwrap();
    for case in cases("optimizers.json") {
        let (name, wanted) = (text(&case["name"]), &case["net"]);
        let mut net = network(&setup["layers"]);
        let training = Training {
            loss: loss(&setup["loss"]),
            optimizer: optimizer(&case),
            batch: Batch::Full,
            epochs: 20,
            shuffle: Shuffle::Never,
        };
        let mut order = Rng::new(0, Stream::Order);
        let history = training.run(&mut net, &data, &mut order).unwrap();
        let losses = vector(&wanted["loss_before_each_step_then_final"]);
        close(&history.epochs, &losses, TRACE, name);
        close(&history.updates, &losses[..20], TRACE, name);
        for (got, wanted) in
            net.dense_layers().zip(list(&wanted["params_final"]))
        {
            close(&flat(&got.w), &flat(&matrix(&wanted["w"])), TRACE, name);
            close(&got.b.to_vec(), &vector(&wanted["b"]), TRACE, name);
        }
    }
}

#[test]
fn initialisations_have_the_moments_of_their_distribution() {
    for case in cases("inits.json") {
        let size = |name: &str| case[name].as_u64().unwrap() as usize;
        let (fan_in, fan_out) = (size("fan_in"), size("fan_out"));
        let scheme = text(&case["scheme"]);
        let init = match scheme {
            "xavier_uniform" => Init::XavierUniform,
            "xavier_normal" => Init::XavierNormal,
            "he_uniform" => Init::HeUniform,
            "he_normal" => Init::HeNormal,
            "lecun_normal" => Init::LecunNormal,
            "torch_linear_default" => Init::TorchLinear,
            "orthogonal" => Init::Orthogonal { gain: number(&case["gain"]) },
            _ => panic!("unknown scheme {scheme}"),
        };
        let mut rng = Rng::new(1, Stream::Weights);
        if scheme == "orthogonal" {
            let w = init.weights(fan_out, fan_in, &mut rng);
            let gram = if fan_out <= fan_in {
                product::a_b(&w, &w.t().to_owned())
            } else {
                product::at_b(&w, &w)
            };
            let eye = Array2::eye(gram.nrows());
            close(&flat(&gram), &flat(&eye), EXACT, scheme);
        }
        let mut w = vec![];
        while w.len() < 20_000 {
            w.extend(init.weights(fan_out, fan_in, &mut rng));
        }
        let n = w.len() as f64;
        let std = number(&case["std"]);
        let mean = w.iter().sum::<f64>() / n;
        let variance =
            w.iter().map(|w| (w - mean) * (w - mean)).sum::<f64>() / (n - 1.0);
        // Five standard errors: the file's `note`.
        assert!(mean.abs() <= 5.0 * std / n.sqrt(), "{scheme}: {mean}");
        let c = if case["distribution"] == "uniform" { 0.63 } else { 1.0 };
        let off = (variance.sqrt() / std - 1.0).abs();
        assert!(off <= 5.0 * c / (2.0 * n).sqrt(), "{scheme}: {off}");
        if let Some(bound) = case["bound"].as_f64() {
            let top = w.iter().fold(0.0f64, |top, w| top.max(w.abs()));
            assert!(top <= bound && top >= 0.98 * bound, "{scheme}: {top}");
        }
    }
}

#[test]
fn linear_floors_of_small_data_sets() {
    for case in cases("linear_floors.json") {
        let name = text(&case["name"]);
        let data =
            Dataset::new(matrix(&case["x"]), matrix(&case["y"])).unwrap();
        for (loss, key) in [(Loss::Mse, "mse"), (Loss::BceLogits, "bce")] {
            let floor = probe::linear_floor(loss, &data).unwrap();
            let wanted = |what: &str| &case[format!("{key}_{what}")];
            close(&[floor.loss], &[number(wanted("floor"))], EXACT, name);
            close(&flat(&floor.map.w), &vector(wanted("w")), EXACT, name);
            close(&[floor.map.b[0]], &[number(wanted("b"))], EXACT, name);
            // On XOR every decision is a tie: an output of exactly ½ or 0
            // counts as label 0 here and there.
            close(&[floor.accuracy], &[number(wanted("acc"))], EXACT, name);
        }
    }
}

#[test]
fn deep_linear_dynamics_step_by_step() {
    for case in cases("deep_linear_dynamics.json") {
        let name = text(&case["name"]);
        let teacher = matrix(&case["teacher"]);
        // Whitened inputs: X = I, so n·out·mse = ‖M − W₂W₁‖² and a step of
        // eta on the half square is one of eta·n·out/2 on the mean square.
        let n = teacher.ncols();
        let data = Dataset::new(
            Array2::eye(n),
            teacher.t().as_standard_layout().into_owned(),
        )
        .unwrap();
        let elements = teacher.len() as f64;
        let layer = |key: &str| {
            let w = matrix(&case[key]);
            let b = Array1::zeros(w.nrows());
            Layer::Dense(Dense::new(w, b, Activation::Identity).unwrap())
        };
        let mut net = Network::new(vec![layer("w1"), layer("w2")]).unwrap();
        let lr = number(&case["eta"]) * elements / 2.0;
        let weights = net.dense_layers().map(|layer| layer.w.len()).sum();
        let mut state = Optimizer::sgd(lr).start(weights);
        let steps = case["steps"].as_u64().unwrap();
        let mut trace = list(&case["trace"]).iter().peekable();
        for step in 0..=steps {
            let (mse, gradient) =
                net.loss_and_gradient(Loss::Mse, &data.x, &data.y);
            if let Some(wanted) = trace.next_if(|t| t["step"] == step) {
                let weights: Vec<_> =
                    net.dense_layers().map(|l| &l.w).collect();
                let product = product::a_b(weights[1], weights[0]);
                let entries = flat(&matrix(&wanted["product"]));
                close(&flat(&product), &entries, TRACE, name);
                let loss = mse * elements / 2.0;
                close(&[loss], &[number(&wanted["loss"])], TRACE, name);
            }
            // No biases in the file: only the weights take the step. Its
            // final weights are those after the step that follows the last
            // row of the trace.
            state.step(net.dense_layers_mut().zip(&gradient.layers).map(
                |(layer, gradient)| {
                    (
                        layer.w.as_slice_mut().unwrap(),
                        gradient.w.as_slice().unwrap(),
                    )
                },
            ));
        }
        assert!(trace.next().is_none(), "{name}: all rows compared");
        for (layer, key) in net.dense_layers().zip(["w1_final", "w2_final"]) {
            close(&flat(&layer.w), &flat(&matrix(&case[key])), TRACE, name);
        }
    }
}

#[test]
fn low_rank_truncations() {
    for case in cases("low_rank.json") {
        let name = text(&case["name"]);
        let a = matrix(&case["matrix"]);
        let values = probe::singular_values(&a);
        close(&values, &vector(&case["singular_values"]), EXACT, name);
        for truncation in list(&case["truncations"]) {
            let rank = truncation["rank"].as_u64().unwrap() as usize;
            let low = probe::truncated(&a, rank);
            let wanted = flat(&matrix(&truncation["matrix"]));
            close(&flat(&low), &wanted, EXACT, name);
            let rest = &a - &low;
            let error = product::inner(&rest, &rest);
            let wanted = number(&truncation["frob_error_sq"]);
            close(&[error], &[wanted], EXACT, name);
        }
    }
}

/// The optimum of the penalised softmax regression, found with the crate's own
/// gradient until that is as good as zero; the files ask for 1e-8 of it.
///
/// Nesterov's method with restarts (B. O'Donoghue, E. Candès, 2015), in the
/// metric ½XᵀX/n + l2, which no curvature exceeds (D. Böhning, 1992).
fn softmax_regression(train: &Dataset, l2: f64) -> Network {
    let mut rng = Rng::new(0, Stream::Weights);
    let f = Activation::Identity;
    let mut net = Network::dense(&[64, 10], f, Init::Zeros, &mut rng);
    let (n, ones) = (train.len() as f64, Array2::ones((train.len(), 1)));
    let x1 = ndarray::concatenate![Axis(1), train.x, ones]; // (n, 65)
    let mut penalty = Array1::from_elem(65, l2);
    penalty[64] = 0.0; // the bias goes free
    let metric =
        product::at_b(&x1, &x1) / (2.0 * n) + Array2::from_diag(&penalty);
    let probe::Svd { u, s, v } = probe::svd(&metric);
    let inverse = product::a_b(&(v / &Array1::from(s)), &u.t().to_owned());
    let mut theta = Array2::<f64>::zeros((10, 65)); // W and b side by side
    let mut ahead = theta.clone();
    let mut t = 1.0f64;
    for _ in 0..2000 {
        let dense = net.dense_layers_mut().next().unwrap();
        dense.w = ahead.slice_axis(Axis(1), (..64).into()).to_owned();
        dense.b = ahead.column(64).to_owned();
        let (_, gradient) =
            net.loss_and_gradient(Loss::SoftmaxCe, &train.x, &train.y);
        let gradient = &gradient.layers[0];
        let b = gradient.b.view().insert_axis(Axis(1));
        let slope =
            ndarray::concatenate![Axis(1), gradient.w, b] + &ahead * &penalty;
        if slope.iter().all(|g| g.abs() < 1e-13) {
            return net;
        }
        let next = &ahead - &product::a_b(&slope, &inverse);
        let moved = &next - &theta;
        if product::inner(&slope, &moved) > 0.0 {
            t = 1.0; // uphill: forget the momentum
        }
        let longer = (1.0 + (1.0 + 4.0 * t * t).sqrt()) / 2.0;
        ahead = &next + &(moved * ((t - 1.0) / longer));
        (theta, t) = (next, longer);
    }
    panic!("softmax regression did not settle");
}

#[test]
fn penalised_softmax_regression_of_the_digits() {
    for case in cases("digits_logreg.json") {
        let name = text(&case["name"]);
        let test_row: fn(usize) -> bool = match text(&case["test_rule"]) {
            "test row i iff (i/10)%5==0" => |i| (i / 10) % 5 == 0,
            "test row i iff i%5==0" => |i| i % 5 == 0,
            rule => panic!("unknown rule {rule}"),
        };
        let (train, test) = data::digits().split(test_row);
        assert_eq!(train.len() as u64, case["n_train"]);
        assert_eq!(test.len() as u64, case["n_test"]);
        let l2 = number(&case["l2"]);
        let net = softmax_regression(&train, l2);
        let layer = net.dense_layers().next().unwrap();
        let square = product::inner(&layer.w, &layer.w);
        let [on_train, on_test] = [&train, &test].map(|data| {
            let output = net.output(&data.x);
            let right = Loss::SoftmaxCe.accuracy(&output, &data.y);
            let right = (right * data.len() as f64).round() as u64;
            (Loss::SoftmaxCe.value(&output, &data.y), right)
        });
        assert_eq!(on_train.1, case["train_correct"], "{name}");
        assert_eq!(on_test.1, case["test_correct"], "{name}");
        let objective = on_train.0 + 0.5 * l2 * square;
        let mean = layer.b.sum() / 10.0;
        let b: Vec<f64> = layer.b.iter().map(|b| b - mean).collect();
        for (got, key) in [
            (vec![objective], "objective"),
            (vec![on_train.0], "train_ce"),
            (vec![on_test.0], "test_ce"),
            (vec![square], "w_frobenius_sq"),
            (b, "b_mean_zero"),
        ] {
            let wanted = match &case[key] {
                Value::Array(_) => vector(&case[key]),
                value => vec![number(value)],
            };
            close(&got, &wanted, 1e-8, &format!("{name}, {key}"));
        }
        let w = flat(&matrix(&case["w_out_by_in"]));
        close(&flat(&layer.w), &w, 1e-8, name);
    }
}
