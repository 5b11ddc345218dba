//! 87 cases that PyTorch, JAX, NumPy and 60-digit arithmetic agree on; see
//! `golden/README.md`. Another directory of the same schema is tested with
//! `GOLDEN_DIR=… cargo test -p slope --test golden`. Every field is read: one
//! that is unknown, missing or of an unknown value fails by name.
//!
//! Tolerances are the files': 1e-12 + 1e-12·|r| unless a test says why not.

#[path = "golden/fields.rs"]
mod fields;
#[path = "golden/mutations.rs"]
mod mutations;

use fields::{Fields, Rule, list, matrix, number, text, vector};
use ndarray::{Array1, Array2, Axis};
use serde_json::{Value, json};
use slope::rng::{Rng, Stream};
use slope::*;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

const EXACT: f64 = 1e-12;

/// What has been read of a directory.
type Files = BTreeMap<&'static str, Value>;

/// How one of the files is checked.
struct File {
    name: &'static str,
    schema: &'static str,
    /// What all its cases share, and the check of that, if it has one.
    shared: &'static [&'static str],
    head: fn(&Fields),
    case: fn(&Files, &Fields),
}

const FILES: &[File] = &[
    File {
        name: "activations.json",
        schema: "activations/1",
        shared: &["x"],
        head: nothing,
        case: activation_and_slope,
    },
    File {
        name: "losses.json",
        schema: "losses/1",
        shared: &[],
        head: nothing,
        case: loss_and_gradient,
    },
    File {
        name: "nets.json",
        schema: "nets/1",
        shared: &[],
        head: nothing,
        case: network_forward_and_backward,
    },
    File {
        name: "collapse.json",
        schema: "collapse/1",
        shared: &[],
        head: nothing,
        case: identity_network_collapses,
    },
    File {
        name: "optimizers.json",
        schema: "optimizers/1",
        shared: &["quadratic", "net"],
        head: nothing,
        case: optimizer_steps,
    },
    File {
        name: "inits.json",
        schema: "inits/1",
        shared: &["gains"],
        head: gains,
        case: initialisation_has_its_moments,
    },
    File {
        name: "linear_floors.json",
        schema: "linear_floors/1",
        shared: &[],
        head: nothing,
        case: linear_floor,
    },
    File {
        name: "deep_linear_dynamics.json",
        schema: "saxe/1",
        shared: &[],
        head: nothing,
        case: deep_linear_dynamics,
    },
    File {
        name: "low_rank.json",
        schema: "low_rank/1",
        shared: &[],
        head: nothing,
        case: low_rank_truncations,
    },
    File {
        name: "digits_logreg.json",
        schema: "digits_logreg/1",
        shared: &[],
        head: nothing,
        case: penalised_softmax_regression,
    },
];

fn files() -> Files {
    FILES.iter().map(|file| (file.name, golden(file.name))).collect()
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

/// Everything in one file; how many cases it has.
fn check_file(all: &Files, file: &File) -> usize {
    let head = Fields::of(&all[file.name], file.name);
    let (schema, wanted) = (head.text("schema"), file.schema);
    assert_eq!(schema, wanted, "{}: unknown schema", file.name);
    for free in ["file", "split", "generator", "versions", "note"] {
        head.maybe(free);
    }
    for shared in file.shared {
        head.get(shared);
    }
    (file.head)(&head);
    let cases = head.list("cases").len();
    assert!(cases > 0, "{} has no cases", file.name);
    (0..cases).for_each(|case| check_case(all, file, case));
    head.done();
    cases
}

fn check_case(all: &Files, file: &File, at: usize) {
    let case = &all[file.name]["cases"][at];
    let case = Fields::of(case, &format!("{}, case {at}", file.name));
    for free in ["name", "note"] {
        case.maybe(free);
    }
    (file.case)(all, &case);
    case.done();
}

fn nothing(_: &Fields) {}

#[test]
fn all_cases_agree() {
    let all = files();
    let cases: usize = FILES.iter().map(|file| check_file(&all, file)).sum();
    if std::env::var_os("GOLDEN_DIR").is_none() {
        assert_eq!(cases, 87);
    }
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

fn flat(a: &Array2<f64>) -> Vec<f64> {
    a.iter().copied().collect()
}

fn activation(of: &Fields) -> Activation {
    let (name, params) = (of.text("activation"), of.object("params"));
    let f = match name {
        "leaky_relu" => Activation::LeakyRelu { slope: params.number("slope") },
        "elu" => Activation::Elu { alpha: params.number("alpha") },
        "silu" => Activation::Silu { beta: params.number("beta") },
        name => name.parse().unwrap(),
    };
    params.done();
    f
}

fn dense(layer: &Value) -> Dense {
    let layer = Fields::of(layer, "a dense layer");
    let kind = layer.text("kind");
    assert_eq!(kind, "dense", "unknown kind of layer");
    let (w, b) = (layer.matrix("w"), layer.vector("b"));
    let dense = Dense::new(w, b.into(), activation(&layer)).unwrap();
    layer.done();
    dense
}

fn network(layers: &Value) -> Network {
    let layers = list(layers).iter().map(|layer| {
        let of = Fields::of(layer, "a layer");
        match of.text("kind") {
            "residual" => {
                let layers = of.list("layers").iter().map(dense).collect();
                let scale = of.number("scale");
                of.done();
                Layer::Residual { scale, layers }
            }
            _ => Layer::Dense(dense(layer)),
        }
    });
    Network::new(layers.collect()).unwrap()
}

fn loss(of: &Fields) -> Loss {
    of.text("loss").parse().unwrap()
}

fn activation_and_slope(all: &Files, case: &Fields) {
    let x = vector(&all["activations.json"]["x"]);
    let f = activation(case);
    let value: Vec<f64> = x.iter().map(|x| f.value(*x)).collect();
    let slope: Vec<f64> = x.iter().map(|x| f.slope(*x)).collect();
    close(&value, &case.vector("f"), EXACT, &format!("{f}"));
    close(&slope, &case.vector("df"), EXACT, &format!("{f}'"));
}

fn loss_and_gradient(_: &Files, case: &Fields) {
    let (pred, y) = (case.matrix("pred"), case.matrix("target"));
    let loss = loss(case);
    let terms = match (case.text("reduction"), loss) {
        ("mean", _) => 1.0,
        ("sum", Loss::SoftmaxCe) => pred.nrows() as f64,
        ("sum", _) => pred.len() as f64,
        (other, _) => panic!("unknown reduction {other}"),
    };
    let value = terms * loss.value(&pred, &y);
    close(&[value], &[case.number("value")], EXACT, "value");
    let gradient = flat(&(terms * loss.gradient(&pred, &y)));
    close(&gradient, &flat(&case.matrix("grad")), EXACT, "gradient");
}

fn network_forward_and_backward(_: &Files, case: &Fields) {
    let check = |what: &str, got: &Array2<f64>, wanted: &Value| {
        close(&flat(got), &flat(&matrix(wanted)), EXACT, what);
    };
    let (x, y) = (case.matrix("x"), case.matrix("y"));
    let net = network(case.get("layers"));
    let expected = case.object("expected");
    let trace = net.forward(&x);
    let (value, gradient) = net.loss_and_gradient(loss(case), &x, &y);
    check("output", trace.output(), expected.get("output"));
    let z = expected.list("pre_activations");
    assert_eq!(trace.z.len(), z.len(), "pre_activations");
    for (l, (got, wanted)) in trace.z.iter().zip(z).enumerate() {
        check(&format!("z of layer {l}"), got, wanted);
    }
    close(&[value], &[expected.number("loss")], EXACT, "loss");
    let layers = expected.list("grads");
    assert_eq!(gradient.layers.len(), layers.len(), "grads");
    for (l, (got, wanted)) in gradient.layers.iter().zip(layers).enumerate() {
        let wanted = Fields::of(wanted, "a gradient");
        check(&format!("dL/dW of layer {l}"), &got.w, wanted.get("w"));
        let b = got.b.clone().insert_axis(Axis(1));
        check(&format!("dL/db of layer {l}"), &b, wanted.get("b"));
        wanted.done();
    }
    check("dL/dx", &gradient.x, expected.get("grad_x"));
    let jacobian = net.jacobian(&x.row(0).to_owned());
    check("Jacobian", &jacobian, expected.get("jacobian_x0"));
    expected.done();
}

fn identity_network_collapses(all: &Files, case: &Fields) {
    let name = case.text("net");
    let net = list(&all["nets.json"]["cases"])
        .iter()
        .find(|net| text(&net["name"]) == name)
        .unwrap_or_else(|| panic!("nets.json has no {name}"));
    let net = network(&net["layers"]);
    let map = net.collapse().unwrap();
    close(&flat(&map.w), &flat(&case.matrix("w")), EXACT, "w");
    close(&map.b.to_vec(), &case.vector("b"), EXACT, "b");
    assert_eq!(net.parameter_count(), case.count("params_deep"));
    assert_eq!(map.parameter_count(), case.count("params_collapsed"));
    // The narrowest layer bounds the rank; a rounding's width above it.
    let widths = net.dense_layers().map(|layer| layer.w.nrows());
    let narrowest = widths.fold(net.inputs(), usize::min);
    let rank = case.count("rank_bound");
    assert_eq!(rank, narrowest, "rank_bound");
    let values = probe::singular_values(&map.w).unwrap();
    assert!(values.iter().skip(rank).all(|s| *s < 1e-14 * values[0]));
}

/// Of the settings that are not listed, torch's defaults hold.
fn optimizer(case: &Fields) -> Optimizer {
    let hyper = case.object("hyper");
    let none = json!(0.0);
    let (lr, f) = (hyper.number("lr"), json!(false));
    let decay = |other| hyper.number_or("weight_decay", other);
    let betas = || match hyper.maybe("betas").map(vector).as_deref() {
        None => (0.9, 0.999),
        Some([beta1, beta2]) => (*beta1, *beta2),
        Some(betas) => panic!("betas: expected two, found {betas:?}"),
    };
    hyper.without("maximize", &f);
    let optimizer = match case.text("optimizer") {
        "sgd" => {
            hyper.without("dampening", &none);
            Optimizer::Sgd {
                lr,
                momentum: hyper.number_or("momentum", 0.0),
                nesterov: hyper.maybe("nesterov").is_some_and(is_true),
                weight_decay: decay(0.0),
            }
        }
        "rmsprop" => {
            hyper.without("momentum", &none);
            hyper.without("centered", &f);
            Optimizer::RmsProp {
                lr,
                alpha: hyper.number_or("alpha", 0.99),
                eps: hyper.number_or("eps", 1e-8),
                weight_decay: decay(0.0),
            }
        }
        "adagrad" => {
            hyper.without("lr_decay", &none);
            hyper.without("initial_accumulator_value", &none);
            Optimizer::Adagrad {
                lr,
                eps: hyper.number_or("eps", 1e-10),
                weight_decay: decay(0.0),
            }
        }
        name @ ("adam" | "adamw") => {
            hyper.without("amsgrad", &f);
            let (beta1, beta2) = betas();
            let eps = hyper.number_or("eps", 1e-8);
            if name == "adam" {
                let weight_decay = decay(0.0);
                Optimizer::Adam { lr, beta1, beta2, eps, weight_decay }
            } else {
                let weight_decay = decay(0.01);
                Optimizer::AdamW { lr, beta1, beta2, eps, weight_decay }
            }
        }
        name => panic!("unknown optimizer {name}"),
    };
    hyper.done();
    optimizer
}

fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| panic!("{value}: true or false?"))
}

/// 20 steps carry rounding along, so the files ask for 1e-10 here.
const TRACE: f64 = 1e-10;

fn optimizer_steps(all: &Files, case: &Fields) {
    let setup = Fields::of(&all["optimizers.json"], "optimizers.json");
    on_a_quadratic(
        optimizer(case),
        setup.object("quadratic"),
        case.object("quadratic"),
    );
    on_a_network(optimizer(case), setup.object("net"), case.object("net"));
}

fn on_a_quadratic(optimizer: Optimizer, setup: Fields, wanted: Fields) {
    let (h, c) = (setup.vector("h"), setup.vector("c"));
    let mut w = setup.vector("w0");
    assert!(h.len() == w.len() && c.len() == w.len(), "h, c, w0");
    let mut state = optimizer.start(w.len());
    let mut losses = vec![];
    for after in wanted.list("params_after_step") {
        let e: Vec<f64> = w.iter().zip(&c).map(|(w, c)| w - c).collect();
        let half = h.iter().zip(&e).map(|(h, e)| 0.5 * h * e * e);
        losses.push(half.sum());
        let g: Vec<f64> = h.iter().zip(&e).map(|(h, e)| h * e).collect();
        state.step([(&mut w[..], &g[..])]);
        close(&w, &vector(after), TRACE, "params_after_step");
    }
    let before = wanted.vector("loss_before_step");
    close(&losses, &before, TRACE, "loss_before_step");
    setup.done();
    wanted.done();
}

fn on_a_network(optimizer: Optimizer, setup: Fields, wanted: Fields) {
    let data = Dataset::new(setup.matrix("x"), setup.matrix("y")).unwrap();
    let mut net = network(setup.get("layers"));
    let losses = wanted.vector("loss_before_each_step_then_final");
    let training = Training {
        loss: loss(&setup),
        optimizer,
        batch: Batch::Full,
        epochs: losses.len() - 1,
        shuffle: Shuffle::Never,
    };
    let mut order = Rng::new(0, Stream::Order);
    let history = training.run(&mut net, &data, &mut order).unwrap();
    close(&history.epochs, &losses, TRACE, "loss before each step");
    close(&history.updates, &losses[..training.epochs], TRACE, "updates");
    let layers = wanted.list("params_final");
    assert_eq!(net.dense_layers().count(), layers.len(), "params_final");
    for (got, wanted) in net.dense_layers().zip(layers) {
        let wanted = Fields::of(wanted, "params_final");
        close(&flat(&got.w), &flat(&wanted.matrix("w")), TRACE, "w");
        close(&got.b.to_vec(), &wanted.vector("b"), TRACE, "b");
        wanted.done();
    }
    setup.done();
    wanted.done();
}

/// What an activation's gain is defined to be (torch's `calculate_gain`).
fn gains(head: &Fields) {
    let gains = head.object("gains");
    let he = Init::HeNormal.weights(1, 1, &mut rng())[[0, 0]];
    let lecun = Init::LecunNormal.weights(1, 1, &mut rng())[[0, 0]];
    for (name, wanted) in [
        ("linear", 1.0),
        ("sigmoid", 1.0),
        ("tanh", 5.0 / 3.0),
        ("relu", he / lecun),
        ("leaky_relu_0.01", (2.0 / (1.0 + 0.01 * 0.01f64)).sqrt()),
        ("selu", 0.75),
    ] {
        close(&[wanted], &[gains.number(name)], EXACT, name);
    }
    gains.done();
}

fn rng() -> Rng {
    Rng::new(1, Stream::Weights)
}

fn initialisation_has_its_moments(_: &Files, case: &Fields) {
    let (fan_in, fan_out) = (case.count("fan_in"), case.count("fan_out"));
    let scheme = case.text("scheme");
    let init = match scheme {
        "xavier_uniform" => Init::XavierUniform,
        "xavier_normal" => Init::XavierNormal,
        "he_uniform" => Init::HeUniform,
        "he_normal" => Init::HeNormal,
        "lecun_uniform" => Init::LecunUniform,
        "lecun_normal" => Init::LecunNormal,
        "torch_linear_default" => Init::TorchLinear,
        "orthogonal" => Init::Orthogonal { gain: case.number("gain") },
        _ => panic!("unknown scheme {scheme}"),
    };
    let (mean, std) = (case.number("mean"), case.number("std"));
    assert_eq!(mean, 0.0, "{scheme}: every scheme of slope is centred");
    let w = init.weights(fan_out, fan_in, &mut rng());
    let spread = (product::inner(&w, &w) / w.len() as f64).sqrt();
    let bound = case.maybe("bound").map(number);
    let kurtosis = match case.text("distribution") {
        "orthogonal" => {
            let gram = match fan_out <= fan_in {
                true => product::a_b(&w, &w.t().to_owned()),
                false => product::at_b(&w, &w),
            };
            let gain = case.number("gain");
            let eye = gain * gain * Array2::eye(gram.nrows());
            close(&flat(&gram), &flat(&eye), EXACT, scheme);
            close(&[spread], &[std], EXACT, scheme);
            return;
        }
        // The first draw is a known one times the scheme's width.
        "normal" => {
            close(&[w[[0, 0]]], &[std * rng().normal()], EXACT, scheme);
            assert_eq!(bound, None, "{scheme}: a normal has no bound");
            0.0
        }
        "uniform" => {
            let bound = bound.expect("a uniform distribution has a bound");
            let first = bound * rng().uniform_in(-1.0, 1.0);
            close(&[w[[0, 0]]], &[first], EXACT, scheme);
            close(&[std], &[bound / 3.0f64.sqrt()], EXACT, scheme);
            -1.2
        }
        other => panic!("{scheme}: unknown distribution {other}"),
    };
    has_moments(init, (fan_out, fan_in), std, kurtosis);
    if let Some(bound) = bound {
        let w = many(init, (fan_out, fan_in));
        let top = w.iter().fold(0.0f64, |top, w| top.max(w.abs()));
        assert!(top <= bound && top >= 0.98 * bound, "{scheme}: {top}");
        let b = init.biases(fan_out, fan_in, &mut rng());
        assert!(b.iter().all(|b| b.abs() <= bound), "{scheme}: biases");
    }
}

fn many(init: Init, (fan_out, fan_in): (usize, usize)) -> Vec<f64> {
    let (mut w, mut rng) = (vec![], rng());
    while w.len() < 20_000 {
        w.extend(init.weights(fan_out, fan_in, &mut rng));
    }
    w
}

/// Five standard errors: the file's `note`, and √(24/n) for the kurtosis.
fn has_moments(init: Init, shape: (usize, usize), std: f64, kurtosis: f64) {
    let w = many(init, shape);
    let n = w.len() as f64;
    let moment = |power| {
        let powers = w.iter().map(|w| libm::pow(*w, power));
        powers.sum::<f64>() / n
    };
    let mean = moment(1.0);
    assert!(mean.abs() <= 5.0 * std / n.sqrt(), "{init:?}: mean {mean}");
    let c = if kurtosis < 0.0 { 0.63 } else { 1.0 };
    let off = (moment(2.0).sqrt() / std - 1.0).abs();
    assert!(off <= 5.0 * c / (2.0 * n).sqrt(), "{init:?}: std off by {off}");
    let excess = moment(4.0) / (moment(2.0) * moment(2.0)) - 3.0;
    let off = (excess - kurtosis).abs();
    assert!(off <= 5.0 * (24.0 / n).sqrt(), "{init:?}: kurtosis {excess}");
}

fn linear_floor(_: &Files, case: &Fields) {
    let data = Dataset::new(case.matrix("x"), case.matrix("y")).unwrap();
    for (loss, key) in [(Loss::Mse, "mse"), (Loss::BceLogits, "bce")] {
        let floor = probe::linear_floor(loss, &data).unwrap();
        let is = |what: &str, got: &[f64], wanted: &[f64]| {
            close(got, wanted, EXACT, &format!("{key}_{what}"));
        };
        let number = |what: &str| [case.number(&format!("{key}_{what}"))];
        is("floor", &[floor.loss], &number("floor"));
        is("w", &flat(&floor.map.w), &case.vector(&format!("{key}_w")));
        is("b", &[floor.map.b[0]], &number("b"));
        // On XOR every decision is a tie: an output of exactly ½ or 0
        // counts as label 0 here and there.
        is("acc", &[floor.accuracy], &number("acc"));
    }
    // The curvature of ½ mean (w·x + b − y)²; without the ½ it is twice that.
    let ones = Array2::ones((data.len(), 1));
    let x1 = ndarray::concatenate![Axis(1), data.x, ones];
    let curvature = product::at_b(&x1, &x1) / data.len() as f64;
    let mut eigenvalues = probe::singular_values(&curvature).unwrap();
    let largest = eigenvalues[0];
    eigenvalues.reverse();
    let wanted = case.vector("hessian_eigs_of_XtX_over_n_with_bias");
    close(&eigenvalues, &wanted, EXACT, "hessian_eigs");
    for (key, wanted) in [
        ("gd_threshold_lr_mse_mean", 2.0 / (2.0 * largest)),
        ("gd_threshold_lr_half_mse", 2.0 / largest),
    ] {
        close(&[wanted], &[case.number(key)], EXACT, key);
    }
}

fn deep_linear_dynamics(_: &Files, case: &Fields) {
    let teacher = case.matrix("teacher");
    let probe::Svd { u, s, v } = probe::svd(&teacher).unwrap();
    let wanted = case.vector("singular_values");
    close(&s, &wanted, EXACT, "singular_values");
    // Whitened inputs: X = I, so n·out·mse = ‖M − W₂W₁‖² and a step of eta
    // on the half square is one of eta·n·out/2 on the mean square.
    let n = teacher.ncols();
    let data = Dataset::new(Array2::eye(n), teacher.t().to_owned()).unwrap();
    let elements = teacher.len() as f64;
    let layer = |key: &str| {
        let w = case.matrix(key);
        let b = Array1::zeros(w.nrows());
        Layer::Dense(Dense::new(w, b, Activation::Identity).unwrap())
    };
    let mut net = Network::new(vec![layer("w1"), layer("w2")]).unwrap();
    let lr = case.number("eta") * elements / 2.0;
    let weights = net.dense_layers().map(|layer| layer.w.len()).sum();
    let mut state = Optimizer::sgd(lr).start(weights);
    let mut trace = case.list("trace").iter().peekable();
    for step in 0..=case.count("steps") {
        let (mse, gradient) =
            net.loss_and_gradient(Loss::Mse, &data.x, &data.y);
        if let Some(row) = trace.next_if(|row| row["step"] == step) {
            let row = Fields::of(row, &format!("step {step}"));
            row.get("step");
            let layers: Vec<_> = net.dense_layers().map(|l| &l.w).collect();
            let product = product::a_b(layers[1], layers[0]);
            let entries = flat(&row.matrix("product"));
            close(&flat(&product), &entries, TRACE, "product");
            // u_j · P v_j
            let pv = product::a_b(&product, &v);
            let modes = (&u * &pv).sum_axis(Axis(0)).to_vec();
            close(&modes, &row.vector("modes"), TRACE, "modes");
            let loss = mse * elements / 2.0;
            close(&[loss], &[row.number("loss")], TRACE, "loss");
            let last = trace.peek().is_none();
            assert!(!last || step == case.count("steps"), "the last row");
            row.done();
        }
        // No biases in the file: only the weights take the step. Its final
        // weights are those after the step that follows the last row.
        let pairs = net.dense_layers_mut().zip(&gradient.layers);
        state.step(pairs.map(|(layer, gradient)| {
            let w = layer.w.as_slice_mut().unwrap();
            (w, gradient.w.as_slice().unwrap())
        }));
    }
    assert!(trace.next().is_none(), "all rows compared");
    for (layer, key) in net.dense_layers().zip(["w1_final", "w2_final"]) {
        close(&flat(&layer.w), &flat(&case.matrix(key)), TRACE, key);
    }
}

fn low_rank_truncations(_: &Files, case: &Fields) {
    let a = case.matrix("matrix");
    let values = probe::singular_values(&a).unwrap();
    let wanted = case.vector("singular_values");
    close(&values, &wanted, EXACT, "singular_values");
    for truncation in case.list("truncations") {
        let truncation = Fields::of(truncation, "a truncation");
        let low = probe::truncated(&a, truncation.count("rank")).unwrap();
        let wanted = flat(&truncation.matrix("matrix"));
        close(&flat(&low), &wanted, EXACT, "matrix");
        let rest = &a - &low;
        let error = product::inner(&rest, &rest);
        let wanted = truncation.number("frob_error_sq");
        close(&[error], &[wanted], EXACT, "frob_error_sq");
        truncation.done();
    }
}

/// The optimum of the penalised softmax regression, found with the crate's own
/// gradient until that is as good as zero; the files ask for 1e-8 of it.
///
/// Nesterov's method with restarts (B. O'Donoghue, E. Candès, 2015), in the
/// metric ½XᵀX/n + l2, which no curvature exceeds (D. Böhning, 1992).
fn softmax_regression(train: &Dataset, l2: f64) -> Network {
    let f = Activation::Identity;
    let inputs = train.x.ncols();
    let classes =
        train.y.iter().fold(0.0f64, |top, y| top.max(*y)) as usize + 1;
    let sizes = [inputs, classes];
    let mut net = Network::dense(&sizes, f, Init::Zeros, &mut rng());
    let (n, ones) = (train.len() as f64, Array2::ones((train.len(), 1)));
    let x1 = ndarray::concatenate![Axis(1), train.x, ones]; // (n, in + 1)
    let mut penalty = Array1::from_elem(inputs + 1, l2);
    penalty[inputs] = 0.0; // the bias goes free
    let metric =
        product::at_b(&x1, &x1) / (2.0 * n) + Array2::from_diag(&penalty);
    let probe::Svd { u, s, v } = probe::svd(&metric).unwrap();
    let inverse = product::a_b(&(v / &Array1::from(s)), &u.t().to_owned());
    let mut theta = Array2::<f64>::zeros((classes, inputs + 1)); // W, b
    let mut ahead = theta.clone();
    let mut t = 1.0f64;
    for _ in 0..3000 {
        let dense = net.dense_layers_mut().next().unwrap();
        dense.w = ahead.slice_axis(Axis(1), (..inputs).into()).to_owned();
        dense.b = ahead.column(inputs).to_owned();
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

/// Training set, test set and optimum of one rule, scale and penalty.
type Solved = Arc<(Dataset, Dataset, Network)>;

fn solved(rule: &str, divided_by: f64, l2: f64) -> Solved {
    static KNOWN: Mutex<Option<HashMap<String, Solved>>> = Mutex::new(None);
    let key = format!("{rule} {divided_by} {l2}");
    let known = |known: &mut Option<HashMap<String, Solved>>| {
        known.get_or_insert_default().get(&key).cloned()
    };
    if let Some(solved) = known(&mut KNOWN.lock().unwrap()) {
        return solved;
    }
    let mut digits = data::digits();
    digits.x *= 16.0 / divided_by;
    let (train, test) = digits.split(|i| Rule::holds(rule, i));
    let net = softmax_regression(&train, l2);
    let solved = Arc::new((train, test, net));
    let mut known = KNOWN.lock().unwrap();
    known.get_or_insert_default().insert(key, solved.clone());
    solved
}

fn penalised_softmax_regression(_: &Files, case: &Fields) {
    let l2 = case.number("l2");
    let divided_by = case.number("pixels_divided_by");
    let solved = solved(case.text("test_rule"), divided_by, l2);
    let (train, test, net) = &*solved;
    assert_eq!(train.len(), case.count("n_train"));
    assert_eq!(test.len(), case.count("n_test"));
    let layer = net.dense_layers().next().unwrap();
    let square = product::inner(&layer.w, &layer.w);
    let [on_train, on_test] = [train, test].map(|data| {
        let output = net.output(&data.x);
        let right = Loss::SoftmaxCe.accuracy(&output, &data.y);
        let right = (right * data.len() as f64).round() as usize;
        (Loss::SoftmaxCe.value(&output, &data.y), right)
    });
    assert_eq!(on_train.1, case.count("train_correct"), "train_correct");
    assert_eq!(on_test.1, case.count("test_correct"), "test_correct");
    // As good an optimum as the one found here.
    let rest = case.number("max_abs_gradient");
    assert!((0.0..1e-12).contains(&rest), "max_abs_gradient: {rest}");
    let mean = layer.b.sum() / layer.b.len() as f64;
    let b: Vec<f64> = layer.b.iter().map(|b| b - mean).collect();
    let objective = on_train.0 + 0.5 * l2 * square;
    for (got, key) in [
        (objective, "objective"),
        (on_train.0, "train_ce"),
        (on_test.0, "test_ce"),
        (square, "w_frobenius_sq"),
    ] {
        close(&[got], &[case.number(key)], 1e-8, key);
    }
    close(&b, &case.vector("b_mean_zero"), 1e-8, "b_mean_zero");
    let w = flat(&case.matrix("w_out_by_in"));
    close(&flat(&layer.w), &w, 1e-8, "w_out_by_in");
}

#[test]
fn rules_split_as_they_say() {
    let rows = |rule: &str| -> Vec<usize> {
        (0..30).filter(|i| Rule::holds(rule, *i)).collect()
    };
    let start = "test row i iff ";
    let of = |rule: &str| rows(&format!("{start}{rule}"));
    assert_eq!(of("i%5==0"), [0, 5, 10, 15, 20, 25]);
    assert_eq!(of("(i/10)%5==0"), (0..10).collect::<Vec<_>>());
    assert_eq!(of("(i // 10) % 3 == 1"), (10..20).collect::<Vec<_>>());
    assert_eq!(of("i >= 28 or i < 2"), [0, 1, 28, 29]);
    assert_eq!(of("i%7 == 3 and i != 10"), [3, 17, 24]);
    assert_eq!(of("2*i+1 <= 5"), [0, 1, 2]);
    let refused =
        |rule: &str| std::panic::catch_unwind(|| Rule::holds(rule, 0)).is_err();
    for rule in ["stratified", "test row i iff", "test row i iff i%5==0 ?"] {
        assert!(refused(rule), "{rule}");
    }
}
