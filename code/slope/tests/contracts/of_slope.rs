//! The promises of `slope`.

use super::{Row, panics, row};
use ndarray::{Array1, Array2, array};
use slope::rng::{Rng, Stream};
use slope::*;
use std::ops::ControlFlow;

pub const ROWS: &[Row] = &[
    row(
        "activation",
        "Every formula is arranged so that with the customary parameter no \
         finite input overflows or turns into NaN: exponentials only ever see \
         numbers ≤ 0.",
        activations_are_finite,
    ),
    row(
        "activation::Activation::ALL",
        "Every activation, with its customary parameter.",
        all_activations_are_there,
    ),
    row(
        "activation::Activation::from_str",
        "Reads what `Display` writes: `tanh`, `leaky_relu`, \
         `leaky_relu(0.2)`, and what others write: `SiLU` or `swish`, \
         `LeakyReLU`, `GELU` for the exact one, `linear`.",
        activations_are_read,
    ),
    row(
        "activation::Activation::is_identity",
        "Whether f(z) = z for every z, so that its layer does not bend.",
        identities_are_known,
    ),
    row(
        "collapse::collapsed",
        "If a layer bends: says which is the first.",
        the_first_bend_is_named,
    ),
    row(
        "csv::CsvError::name",
        "The name of its column in quotation marks, if it has one.",
        columns_have_names,
    ),
    row(
        "csv::Table::header",
        "The names of the columns, if the table has them; one that has none \
         is empty.",
        columns_have_names,
    ),
    row(
        "csv::Table::notes",
        "What was done with the text: which line is a header, which were left \
         out as blank or as comments, and whatever else is not plain.",
        what_is_no_row_is_said,
    ),
    row(
        "csv::decoded",
        "If the file is something else, such as a spreadsheet, or half a \
         character.",
        files_are_text,
    ),
    row(
        "csv::decoded",
        "The text of a file: UTF-8, UTF-16 if a byte-order mark says so, or \
         else Windows-1252.",
        files_are_text,
    ),
    row(
        "csv::numbers",
        "Its header, if it has one, is its first line, and has a name for \
         each column and no number; a name may be missing for the first, or \
         stand behind a `#`.",
        columns_have_names,
    ),
    row(
        "csv::numbers",
        "There is no row, a row is shorter or longer than the first one, a \
         cell is not a finite number, or the text is no table.",
        a_wrong_cell_is_named,
    ),
    row(
        "csv::two_classes",
        "A fourth column, or a first one that counts the rows, is refused by \
         its name, with the columns to choose from.",
        columns_to_choose_from_are_named,
    ),
    row(
        "csv::two_classes",
        "What [`numbers`] refuses, a label that is missing, and one label or \
         three.",
        two_labels_are_two,
    ),
    row(
        "data::Dataset::from_csv",
        "Names the line and the column of the first cell that is not a finite \
         number, or the line of the first row that is too short or too long; \
         or says that no column would be left for x or for y.",
        a_wrong_cell_is_named,
    ),
    row(
        "data::Dataset::new",
        "If there are none, if `x` and `y` differ in rows, or if a number is \
         not finite; the message says where.",
        data_sets_are_checked,
    ),
    row(
        "data::Dataset::rows",
        "If a row does not exist, or none is asked for.",
        rows_are_checked,
    ),
    row(
        "data::Dataset::split",
        "(train, test): a row i for which `is_test(i)` holds goes to the test \
         set; the order is kept.",
        a_split_keeps_the_order,
    ),
    row(
        "data::Dataset::split",
        "If one of the two would be empty.",
        a_split_has_two_parts,
    ),
    row("data::absolute", "If n is 0.", recipes_are_checked),
    row("data::circles", "As [`moons`].", recipes_are_checked),
    row("data::digits_of", "See [`Dataset::from_csv`].", a_wrong_cell_is_named),
    row(
        "data::absolute",
        "|x| at n evenly spaced points of [−1, 1], both ends included.",
        curves_are_evenly_spaced,
    ),
    row(
        "data::sine",
        "sin x at n evenly spaced points of [−π, π], both ends included.",
        curves_are_evenly_spaced,
    ),
    row(
        "data::spirals",
        "Two spirals of so many `turns`, one the mirror image of the other; \
         evenly many points per area.",
        spirals_are_mirrored,
    ),
    row(
        "data::linear_teacher",
        "A linear teacher with noise: y = X·w + noise, w standard normal, and \
         the columns of X normal with standard deviations spread evenly over \
         [½, 2], so that the curvature differs between directions.",
        the_linear_teacher_is_linear,
    ),
    row(
        "data::linear_teacher",
        "As [`moons`], or if there are no inputs.",
        recipes_are_checked,
    ),
    row(
        "data::moons",
        "Where [`Dataset::new`] refuses: no points, a noise that is not \
         finite.",
        recipes_are_checked,
    ),
    row("data::sine", "If n is 0.", recipes_are_checked),
    row("data::spirals", "As [`moons`].", recipes_are_checked),
    row(
        "data::two_modes",
        "If one of them is not finite.",
        recipes_are_checked,
    ),
    row(
        "init::Init::Normal",
        "N(0, `std`²), whatever the shape.",
        normal_has_its_spread,
    ),
    row(
        "init::Init::Orthogonal",
        "Orthonormal rows or columns, whichever are fewer, times `gain` (A. \
         M. Saxe and others, 2013).",
        orthogonal_is_orthogonal,
    ),
    row(
        "init::Init::Orthogonal::gain",
        "The singular value of every direction.",
        orthogonal_is_orthogonal,
    ),
    row(
        "init::Init::Zeros",
        "All zeros: an exact saddle of a deep network.",
        zeros_are_a_saddle,
    ),
    row(
        "init::Init::weights",
        "If one is not finite, as with a `std` or a `gain` that is not.",
        weights_are_finite,
    ),
    row(
        "layer::Dense::init",
        "If a size is zero, or a parameter is not finite.",
        layers_are_checked,
    ),
    row(
        "layer::Dense::new",
        "If `w` and `b` disagree on the number of units, a dimension is zero, \
         or a parameter, of the layer or of its activation, is not finite.",
        layers_are_checked,
    ),
    row(
        "layer::Layer::inputs",
        "The number of columns it takes in; 0 if there is no dense layer \
         inside.",
        an_empty_block_has_no_width,
    ),
    row(
        "layer::Layer::outputs",
        "The number of columns it gives out; 0 if there is no dense layer \
         inside.",
        an_empty_block_has_no_width,
    ),
    row(
        "lib",
        "The arithmetic below it, with the same bits on every machine, is the \
         crate `exact`: [`product`], [`transcendental`] and [`rng`].",
        the_arithmetic_has_recorded_bits,
    ),
    row(
        "loss::Loss::SoftmaxCe",
        "`y` is (batch, 1) and holds the class index; there are at least two \
         outputs.",
        targets_are_checked,
    ),
    row("loss::Loss::accuracy", "As [`Loss::value`].", targets_are_checked),
    row(
        "loss::Loss::accuracy",
        "What is NaN, or a row with NaN in it, is wrong.",
        nan_is_wrong,
    ),
    row(
        "loss::Loss::check",
        "The shapes do not fit or the batch is empty; a target is not finite, \
         or not in [0, 1] under [`Loss::BceLogits`]; a class index is not a \
         whole number below the number of outputs, or there is one class only.",
        targets_are_checked,
    ),
    row("loss::Loss::gradient", "As [`Loss::value`].", targets_are_checked),
    row(
        "loss::Loss::gradient",
        "For hard targets nothing cancels: σ(30) − 1 is −σ(−30), to a few \
         units in the last place.",
        slopes_keep_their_digits,
    ),
    row(
        "loss::Loss::value",
        "Nothing in these cancels: a tiny loss has all its digits.",
        losses_keep_their_digits,
    ),
    row(
        "loss::Loss::value",
        "An output that is NaN makes the loss NaN.",
        nan_shows_in_the_loss,
    ),
    row(
        "loss::Loss::value",
        "If [`Loss::check`] refuses the targets; the message states both \
         shapes, or the row.",
        targets_are_checked,
    ),
    row(
        "name::NameError::Parameter",
        "The number in brackets is none, or nothing can be computed with it.",
        activations_are_read,
    ),
    row(
        "network::Affine::output",
        "If `x` does not have as many columns as `w`, or `b` not as many \
         entries as `w` has rows.",
        a_map_needs_its_columns,
    ),
    row(
        "network::Gradient",
        "The slope of the loss in every parameter and in every input.",
        the_gradient_is_the_slope,
    ),
    row(
        "network::Gradient::parameters",
        "dL/dw of every parameter, in the order of [`Network::parameters`].",
        the_gradient_is_the_slope,
    ),
    row(
        "network::Network::backward",
        "The backward pass: from dL/d output, (batch, out), to every slope.",
        the_gradient_is_the_slope,
    ),
    row(
        "network::Network::backward",
        "If a shape in the trace, or that of dL/d output, is not the one that \
         this network gives to so many rows.",
        a_foreign_trace_is_refused,
    ),
    row(
        "network::Network::collapse",
        "The one affine map this network is, if no layer bends: see \
         [`collapsed`](crate::collapsed).",
        the_first_bend_is_named,
    ),
    row(
        "network::Network::collapse",
        "If a layer bends: says which is the first.",
        the_first_bend_is_named,
    ),
    row(
        "network::Network::dense",
        "If `sizes` has fewer than two entries or one of them is zero; or \
         where [`Dense::init`] does.",
        layers_are_checked,
    ),
    row(
        "network::Network::dense_layers",
        "Every dense layer in order, those inside residual blocks included.",
        dense_layers_are_counted_through,
    ),
    row(
        "network::Network::dense_layers_mut",
        "Keep the shapes: if a layer no longer fits its neighbours, the next \
         forward or backward pass panics.",
        a_layer_that_no_longer_fits_is_noticed,
    ),
    row(
        "network::Network::forward",
        "If `x` does not have [`Network::inputs`] columns.",
        a_network_needs_its_columns,
    ),
    row(
        "network::Network::jacobian",
        "For an identity network it is the product of its matrices, at every \
         x.",
        the_jacobian_of_an_identity_network_is_its_map,
    ),
    row(
        "network::Network::jacobian",
        "If `x` does not have [`Network::inputs`] entries.",
        a_network_needs_its_columns,
    ),
    row(
        "network::Network::loss_and_gradient",
        "If `x`, `y` and the network do not fit together.",
        a_network_needs_its_columns,
    ),
    row(
        "network::Network::new",
        "If there are none, if one layer's outputs are not the next one's \
         inputs, or if a residual block changes the width.",
        layers_must_fit,
    ),
    row(
        "network::Network::output",
        "If `x` does not have [`Network::inputs`] columns.",
        a_network_needs_its_columns,
    ),
    row(
        "network::Network::randomise_biases",
        "Draws every bias from N(0, `std`²).",
        biases_are_drawn,
    ),
    row(
        "network::Network::randomise_biases",
        "If one is not finite, as with a `std` that is not.",
        biases_are_drawn,
    ),
    row(
        "network::Network::residual",
        "If one of the sizes is zero, or `scale` is not finite; or where \
         [`Dense::init`] does.",
        layers_are_checked,
    ),
    row(
        "network::Network::set_parameters",
        "If there are too many or too few, or one is not finite; the network \
         is then left as it was.",
        parameters_are_checked,
    ),
    row("network::Trace::output", "If `a` was emptied.", an_empty_trace),
    row(
        "optimizer::Optimizer",
        "As in PyTorch, the step is 0 where a finite g is beyond 10¹⁵⁶ and \
         the rule divides by √s: its square is infinite.",
        an_infinite_square_takes_no_step,
    ),
    row(
        "optimizer::Optimizer::Sgd::momentum",
        "μ, the fraction of the last step's velocity that is kept.",
        momentum_is_kept,
    ),
    row(
        "optimizer::Optimizer::Adagrad::eps",
        "Keeps the division finite.",
        a_blank_input_stays_finite,
    ),
    row(
        "optimizer::Optimizer::Adam::eps",
        "Keeps the division finite.",
        a_blank_input_stays_finite,
    ),
    row(
        "optimizer::Optimizer::AdamW::eps",
        "Keeps the division finite.",
        a_blank_input_stays_finite,
    ),
    row(
        "optimizer::Optimizer::RmsProp::eps",
        "Keeps the division finite.",
        a_blank_input_stays_finite,
    ),
    row(
        "optimizer::Optimizer::check",
        "Whether every setting makes sense.",
        settings_are_checked,
    ),
    row(
        "optimizer::Optimizer::check",
        "Names the first setting that is negative, not finite or, where it is \
         a fraction, not below 1; an ε of 0, by which 0/0 may come; or a look \
         ahead without momentum.",
        settings_are_checked,
    ),
    row(
        "optimizer::Optimizer::start",
        "If [`Optimizer::check`] refuses a setting.",
        settings_are_checked,
    ),
    row(
        "optimizer::OptimizerState",
        "Whoever keeps it can go on another day, with the same bits as \
         without a pause.",
        a_run_goes_on,
    ),
    row(
        "optimizer::OptimizerState::step",
        "The pairs are (parameters, their gradient), together as many as \
         [`Optimizer::start`] was told, in the same order every time.",
        pairs_are_counted,
    ),
    row(
        "optimizer::OptimizerState::step",
        "If there are more or fewer parameters than that, or a pair differs \
         in length.",
        pairs_are_counted,
    ),
    row(
        "training::Diverged",
        "The loss has stopped being a finite number.",
        divergence_is_an_error,
    ),
    row(
        "training::Diverged::epoch",
        "The epoch, counted from 1; 0 if the loss was not finite before the \
         first update.",
        divergence_is_an_error,
    ),
    row(
        "training::Run",
        "[`Training::run`] is one to its end, which is [`Training::epochs`]; \
         by steps it goes on for as long as it is asked to, and after a pause \
         with the same bits as without.",
        a_run_goes_on,
    ),
    row("training::Run::loss", "If it is not finite.", divergence_is_an_error),
    row(
        "training::Run::train_epoch",
        "If the loss of a batch, or then that of all examples, is not finite; \
         see [`Run::update`].",
        divergence_is_an_error,
    ),
    row(
        "training::Run::update",
        "If this loss is not finite: the update is not made.",
        divergence_is_an_error,
    ),
    row("training::Shuffle::EachEpoch", "Before every epoch.", orders_differ),
    row(
        "training::Shuffle::Never",
        "Never: the examples come as they lie in the data set.",
        orders_differ,
    ),
    row(
        "training::Training::epochs",
        "How often every example is seen.",
        epochs_see_every_example,
    ),
    row("training::Training::run", "See [`TrainingError`].", runs_are_checked),
    row(
        "training::Training::run",
        "Every run begins with a fresh memory of the optimizer; \
         [`Training::start`] is for one that goes on.",
        a_run_forgets,
    ),
    row(
        "training::Training::run_watched",
        "The same, calling `watch` before the first update and after every \
         epoch; `ControlFlow::Break(())` ends the run early and well.",
        epochs_see_every_example,
    ),
    row(
        "training::Training::run_watched",
        "See [`TrainingError`].",
        runs_are_checked,
    ),
    row(
        "training::Training::start",
        "See [`TrainingError`].",
        runs_are_checked,
    ),
    row(
        "training::TrainingError::Diverged",
        "The loss stopped being a finite number during this epoch.",
        divergence_loses_nothing,
    ),
    row(
        "training::TrainingError::Diverged",
        "The network is left as it was before the first update.",
        divergence_loses_nothing,
    ),
    row(
        "training::TrainingError::Diverged::history",
        "The losses up to there, all finite.",
        divergence_loses_nothing,
    ),
    row(
        "training::TrainingError::Shape",
        "Network, data and loss do not fit together, or a number in the data \
         is not finite.",
        runs_are_checked,
    ),
    row(
        "workspace",
        "A training step that allocates nothing: trace and gradient of a \
         batch in memory that is kept from step to step.",
        a_step_allocates_nothing,
    ),
    row(
        "workspace::Workspace::forward",
        "If a row does not exist, or network and data do not fit together.",
        a_workspace_is_checked,
    ),
    row(
        "workspace::Workspace::loss",
        "If there was none, or its targets are not those of this loss.",
        a_workspace_is_checked,
    ),
    row(
        "workspace::Workspace::update",
        "If a row does not exist, or network, data, loss and the number of \
         parameters in `state` do not fit together.",
        a_workspace_is_checked,
    ),
];

fn rng() -> Rng {
    Rng::new(1, Stream::Weights)
}

fn net(sizes: &[usize]) -> Network {
    Network::dense(sizes, Activation::Tanh, Init::XavierNormal, &mut rng())
}

fn training() -> Training {
    Training {
        loss: Loss::Mse,
        optimizer: Optimizer::sgd(0.1),
        batch: Batch::Size(3),
        epochs: 10,
        shuffle: Shuffle::EachEpoch,
    }
}

const OPTIMIZERS: [fn(f64) -> Optimizer; 7] = [
    Optimizer::sgd,
    |lr| Optimizer::momentum(lr, 0.9),
    |lr| Optimizer::nesterov(lr, 0.9),
    Optimizer::adagrad,
    Optimizer::rmsprop,
    Optimizer::adam,
    |lr| Optimizer::adamw(lr, 0.1),
];

const LOSSES: [Loss; 3] = [Loss::Mse, Loss::BceLogits, Loss::SoftmaxCe];

fn activations_are_finite() {
    for f in Activation::ALL {
        for z in (-1074..1024).map(|k| libm::pow(2.0, f64::from(k))) {
            for z in [z, -z, 1.9 * z, -1.9 * z] {
                let (a, slope) = f.value_and_slope(z);
                let finite = !z.is_finite() || a.is_finite();
                assert!(finite && slope.is_finite(), "{f}({z:e})");
            }
        }
    }
}

fn all_activations_are_there() {
    use Activation::*;
    for f in Activation::ALL {
        // A new variant must be added here, too.
        let (Identity
        | Sigmoid
        | Tanh
        | Relu
        | LeakyRelu { slope: 0.01 }
        | Elu { alpha: 1.0 }
        | Softplus
        | GeluErf
        | GeluTanh
        | Silu { beta: 1.0 }
        | Mish) = f
        else {
            panic!("{f} is not the customary one");
        };
    }
    let mut names = Activation::ALL.map(|f| f.to_string());
    names.sort();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
}

fn activations_are_read() {
    for (text, f) in [
        ("SiLU", Activation::Silu { beta: 1.0 }),
        (" swish ", Activation::Silu { beta: 1.0 }),
        ("Swish(2)", Activation::Silu { beta: 2.0 }),
        ("LeakyReLU", Activation::LeakyRelu { slope: 0.01 }),
        ("leaky relu( 0.2 )", Activation::LeakyRelu { slope: 0.2 }),
        ("GELU", Activation::GeluErf),
        ("gelu", Activation::GeluErf),
        ("GELU-tanh", Activation::GeluTanh),
        ("relu ", Activation::Relu),
        ("Linear", Activation::Identity),
        ("ELU(2.5)", Activation::Elu { alpha: 2.5 }),
    ] {
        assert_eq!(text.parse(), Ok(f), "{text}");
    }
    for f in Activation::ALL {
        assert_eq!(f.to_string().parse(), Ok(f));
        assert_eq!(f.to_string().to_uppercase().parse(), Ok(f));
    }
    for (text, words) in [
        ("relo", "did you mean `relu`?"),
        ("sofplus", "did you mean `softplus`?"),
        ("zzzzzz", "no activation is called `zzzzzz`; there are identity "),
        ("", "no activation is called ``"),
        ("silu(nan)", "silu(nan): expected a finite number in the brackets"),
        ("elu(inf)", "elu(inf): expected a finite number"),
        ("elu()", "elu(): expected a finite number"),
        ("elu(0,2)", "elu(0,2): expected a finite number"),
        ("tanh(1)", "tanh has no parameter"),
        ("tanh(", "no activation is called `tanh(`; did you mean `tanh`?"),
    ] {
        let error = text.parse::<Activation>().unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
    for loss in LOSSES {
        assert_eq!(loss.to_string().parse(), Ok(loss));
    }
    assert_eq!("MSELoss".parse(), Ok(Loss::Mse));
    assert_eq!("BCEWithLogitsLoss".parse(), Ok(Loss::BceLogits));
    assert_eq!("CrossEntropyLoss".parse(), Ok(Loss::SoftmaxCe));
    let error = "mes".parse::<Loss>().unwrap_err().to_string();
    assert!(error.contains("no loss is called `mes`; did you mean `mse`?"));
}

fn identities_are_known() {
    let z = [-1e300, -2.0, -0.0, 5e-324, 0.3, 1e300];
    let one = Activation::LeakyRelu { slope: 1.0 };
    for f in Activation::ALL.into_iter().chain([one]) {
        let same = z.iter().all(|z| f.value(*z) == *z && f.slope(*z) == 1.0);
        assert_eq!(f.is_identity(), same, "{f}");
    }
}

fn the_first_bend_is_named() {
    let f = Activation::Identity;
    let init = Init::LecunNormal;
    let mut net = Network::dense(&[3, 4, 5, 2], f, init, &mut rng());
    let x = array![[1.0, -2.0, 0.5]];
    let apart = net.output(&x) - net.collapse().unwrap().output(&x);
    assert!(apart.iter().all(|apart| apart.abs() < 1e-14));
    for (layer, f) in [(2, Activation::Mish), (1, Activation::Relu)] {
        net.dense_layers_mut().nth(layer).unwrap().activation = f;
        let bend = Err(Bend { depth: layer + 1, activation: f });
        assert_eq!(net.collapse(), bend);
        assert_eq!(collapsed(&net), bend);
    }
}

fn a_wrong_cell_is_named() {
    for (text, line, column) in [
        ("", 1, None),
        ("1,2\n3,4,5\n", 2, None),
        ("1,2\n3\n4\n", 2, None),
        ("1,2\n3,inf\nx,1\n", 2, Some(2)),
        ("1,2\nx,3\n", 2, Some(1)),
    ] {
        let error = Dataset::from_csv(text, 1).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{text:?}");
        assert_eq!(data::digits_of(text).unwrap_err(), error);
        assert_eq!(csv::numbers(text).unwrap_err(), error);
    }
    assert!(csv::numbers("<!doctype html>").is_err());
    for targets in [0, 2] {
        assert!(Dataset::from_csv("1,2\n", targets).is_err());
    }
}

fn columns_have_names() {
    let header = |text| csv::numbers(text).unwrap().header;
    let named =
        |names: &[&str]| Some(names.iter().map(|n| n.to_string()).collect());
    assert_eq!(header("a,b\n1,2\n"), named(&["a", "b"]));
    assert_eq!(header("# a,b\n1,2\n"), named(&["a", "b"]));
    assert_eq!(header(",b\n1,2\n"), named(&["", "b"]));
    assert_eq!(header("1,2\n"), None);
    let name = |text| csv::numbers(text).unwrap_err().name;
    assert_eq!(name("a,b\n1,x\n"), Some("`b`".into()));
    assert_eq!(name(",b\nx,1\n"), None);
    assert_eq!(name("1,x\n"), None);
    // A number or a gap is no name, and the line no header.
    for text in ["a,1\n1,2\n", "a,\"\",c\n1,2,3\n"] {
        assert_eq!(csv::numbers(text).unwrap_err().line, 1, "{text}");
    }
}

fn what_is_no_row_is_said() {
    let notes = |text| csv::numbers(text).unwrap().notes.join("\n");
    assert_eq!(notes("1,2\n3,4\n"), "");
    let all = notes("# by me\na;b;\n\n1,5;2;\n");
    for part in [
        "line 2 is the header",
        "line 3 is blank",
        "line 1 is a comment",
        "at the end of each line",
        "semicolons",
        "decimal point",
    ] {
        assert!(all.contains(part), "{all}");
    }
}

fn files_are_text() {
    let text = |bytes: &[u8]| csv::decoded(bytes).unwrap().0.into_owned();
    assert_eq!(text("ä".as_bytes()), "ä");
    assert_eq!(text(b"\xff\xfe\xe4\0"), "ä");
    assert_eq!(text(b"\xfe\xff\0\xe4"), "ä");
    assert_eq!(text(b"\xe4\x80"), "ä€");
    for bytes in [&b"PK\x03\x04"[..], b"%PDF", b"\xff\xfe\xe4"] {
        assert!(csv::decoded(bytes).is_err());
    }
}

fn columns_to_choose_from_are_named() {
    for (text, part) in [
        ("a,b,c,d\n1,2,3,4\n", "`a`, `b`, `c`, `d`"),
        ("id,b,c,d\n1,2,3,4\n", "column 1, `id`, counts the rows"),
    ] {
        let error = csv::two_classes(text, None).unwrap_err();
        assert!(error.what.contains(part), "{error}");
        assert_eq!(error.choice.unwrap().names.len(), 4);
    }
}

fn two_labels_are_two() {
    for (text, line) in [
        ("1,2,a\nx,4,b\n", 2),
        ("1,2,a\n3,4,\n", 2),
        ("1,2,a\n3,4,a\n", 1),
        ("1,2,a\n3,4,b\n5,6,c\n", 3),
    ] {
        let error = csv::two_classes(text, None).unwrap_err();
        assert_eq!(error.line, line, "{error}");
    }
}

fn data_sets_are_checked() {
    let zeros = Array2::<f64>::zeros;
    for (x, y) in [((0, 2), (0, 1)), ((2, 0), (2, 1)), ((2, 2), (3, 1))] {
        let error = Dataset::new(zeros(x), zeros(y)).unwrap_err().to_string();
        assert!(error.contains(&format!("{} × {}", x.0, x.1)), "{error}");
    }
    for (wrong, text) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        let mut x = zeros((2, 2));
        x[[1, 0]] = wrong;
        let error = Dataset::new(x.clone(), zeros((2, 1))).unwrap_err();
        let wanted = format!("row 1, column 0 of x is {text}");
        assert!(error.to_string().starts_with(&wanted), "{error}");
        let error = Dataset::new(zeros((2, 1)), x).unwrap_err();
        assert!(error.to_string().contains("column 0 of y"), "{error}");
    }
    let turned = Dataset::new(zeros((2, 3)).reversed_axes(), zeros((3, 1)));
    assert!(turned.unwrap().x.is_standard_layout());
}

fn rows_are_checked() {
    panics("row 4 of a data set of 4 rows", || data::xor().rows(&[0, 4]));
    panics("expected at least one", || data::xor().rows(&[]));
}

fn a_split_keeps_the_order() {
    let (train, test) = data::sine(9).split(|i| i % 3 == 1);
    assert_eq!(train, data::sine(9).rows(&[0, 2, 3, 5, 6, 8]));
    assert_eq!(test, data::sine(9).rows(&[1, 4, 7]));
}

fn a_split_has_two_parts() {
    panics("a split into 4 and 0 rows", || data::xor().split(|_| false));
    panics("a split into 0 and 4 rows", || data::xor().split(|_| true));
}

fn recipes_are_checked() {
    let rng = || Rng::new(1, Stream::Data);
    let none = "no dimension of zero";
    panics(none, || data::moons(0, 0.1, &mut rng()));
    panics(none, || data::circles(0, 0.1, &mut rng()));
    panics(none, || data::spirals(0, 0.1, 1.0, &mut rng()));
    panics(none, || data::linear_teacher(0, 2, 0.1, &mut rng()));
    panics(none, || data::linear_teacher(2, 0, 0.1, &mut rng()));
    panics(none, || data::sine(0));
    panics(none, || data::absolute(0));
    for bad in [f64::NAN, f64::INFINITY] {
        let wrong = "expected a finite number";
        panics(wrong, || data::moons(4, bad, &mut rng()));
        panics(wrong, || data::circles(4, bad, &mut rng()));
        panics(wrong, || data::spirals(4, bad, 1.0, &mut rng()));
        panics(wrong, || data::spirals(4, 0.0, bad, &mut rng()));
        panics(wrong, || data::linear_teacher(4, 2, bad, &mut rng()));
        panics(wrong, || data::two_modes(bad, 1.0));
        panics(wrong, || data::two_modes(1.0, bad));
    }
}

/// Five standard errors, c/√2n of a spread.
fn has_spread(numbers: &[f64], wanted: f64) {
    let n = numbers.len() as f64;
    let square = numbers.iter().map(|x| x * x).sum::<f64>() / n;
    let off = (square.sqrt() / wanted - 1.0).abs();
    assert!(off < 5.0 / (2.0 * n).sqrt(), "{}, not {wanted}", square.sqrt());
}

fn the_linear_teacher_is_linear() {
    let mut rng = Rng::new(1, Stream::Data);
    let data = data::linear_teacher(4000, 3, 0.0, &mut rng);
    for (column, wanted) in [(0, 0.5), (1, 1.25), (2, 2.0)] {
        has_spread(&data.x.column(column).to_vec(), wanted);
    }
    let floor = probe::linear_floor(Loss::Mse, &data).unwrap();
    assert!(floor.loss < 1e-25, "{}", floor.loss);
    let noisy = data::linear_teacher(4000, 3, 0.3, &mut rng);
    let floor = probe::linear_floor(Loss::Mse, &noisy).unwrap();
    let rest = &noisy.y - &floor.map.output(&noisy.x);
    has_spread(&rest.column(0).to_vec(), 0.3);
    let w: Vec<f64> = (0..2000)
        .map(|_| data::linear_teacher(1, 1, 0.0, &mut rng))
        .map(|one| one.y[[0, 0]] / one.x[[0, 0]])
        .collect();
    has_spread(&w, 1.0);
}

fn curves_are_evenly_spaced() {
    let (sine, absolute) = (data::sine(9), data::absolute(9));
    for (i, at) in (0..9).map(|i| (i, f64::from(i) / 4.0 - 1.0)) {
        let i = i as usize;
        assert_eq!(absolute.x[[i, 0]], at);
        assert_eq!(absolute.y[[i, 0]], at.abs());
        let x = sine.x[[i, 0]];
        assert_eq!(x, at * std::f64::consts::PI);
        assert!((sine.y[[i, 0]] - libm::sin(x)).abs() < 1e-15);
    }
}

fn spirals_are_mirrored() {
    let mut rng = Rng::new(1, Stream::Data);
    let data = data::spirals(4000, 0.0, 1.5, &mut rng);
    let mut inner = 0.0;
    for (x, y) in data.x.rows().into_iter().zip(&data.y) {
        let r = (x[0] * x[0] + x[1] * x[1]).sqrt();
        let angle = 1.5 * std::f64::consts::TAU * r;
        let side = if *y == 1.0 { -r } else { r };
        assert!((x[0] - side * libm::cos(angle)).abs() < 1e-14);
        assert!((x[1] - side * libm::sin(angle)).abs() < 1e-14);
        inner += f64::from(r < 0.5) / 4000.0;
    }
    // A quarter of the area; five standard errors.
    assert!((inner - 0.25f64).abs() < 5.0 * (0.1875f64 / 4000.0).sqrt());
}

fn normal_has_its_spread() {
    for shape in [(1, 4000), (4000, 1), (50, 80)] {
        let w = Init::Normal { std: 0.3 }.weights(shape.0, shape.1, &mut rng());
        has_spread(w.as_slice().unwrap(), 0.3);
    }
}

fn orthogonal_is_orthogonal() {
    for (outputs, inputs) in [(1, 1), (3, 5), (5, 3), (40, 40)] {
        let init = Init::Orthogonal { gain: 3.0 };
        let w = init.weights(outputs, inputs, &mut rng());
        let s = probe::singular_values(&w).unwrap();
        assert!(s.iter().all(|s| (s - 3.0).abs() < 1e-14), "{s:?}");
    }
}

fn zeros_are_a_saddle() {
    let f = Activation::Tanh;
    let net = Network::dense(&[2, 3, 3, 1], f, Init::Zeros, &mut rng());
    let y = array![[1.0], [-1.0], [0.5], [-0.5]]; // of mean 0: b rests, too
    let (_, gradient) = net.loss_and_gradient(Loss::Mse, &data::xor().x, &y);
    assert!(gradient.parameters().iter().all(|g| *g == 0.0));
}

fn weights_are_finite() {
    for bad in [f64::NAN, f64::INFINITY, f64::MAX] {
        for init in [Init::Normal { std: bad }, Init::Orthogonal { gain: bad }]
        {
            let draw = || init.weights(30, 30, &mut rng());
            match init {
                // Orthonormal entries are below 1.
                Init::Orthogonal { gain: f64::MAX } => drop(draw()),
                _ => panics("drew a weight that is not finite", draw),
            }
        }
    }
}

fn layers_are_checked() {
    let f = Activation::Tanh;
    let new = |w, b, f| Dense::new(w, b, f).unwrap_err().to_string();
    let one = || array![[1.0]];
    assert!(new(one(), array![1.0, 2.0], f).contains("2 biases"));
    let nothing = Array2::zeros((0, 1));
    assert!(new(nothing, array![], f).contains("no dimension of zero"));
    assert!(new(array![[f64::NAN]], array![1.0], f).contains("not finite"));
    assert!(new(one(), array![f64::INFINITY], f).contains("not finite"));
    let (nan, normal) = (Activation::Silu { beta: f64::NAN }, Init::HeNormal);
    let wrong = "the activation silu(NaN): expected a finite parameter";
    assert_eq!(new(one(), array![1.0], nan), wrong);
    let init = |inputs, outputs, f, init| {
        Dense::init(inputs, outputs, f, init, &mut rng())
    };
    panics("no dimension of zero", || init(0, 3, f, normal));
    panics("no dimension of zero", || init(3, 0, f, normal));
    panics(wrong, || init(3, 3, nan, normal));
    let std = Init::Normal { std: f64::NAN };
    panics("drew a weight", || init(3, 3, f, std));
    for sizes in [&[][..], &[1], &[1, 0, 1], &[0, 1]] {
        panics("expected an input and an output, none zero", || net(sizes));
    }
    let residual = |sizes, scale, f, init| {
        Network::residual(sizes, 2, scale, f, init, &mut rng())
    };
    panics("none zero", || residual((2, 0, 1), 1.0, f, normal));
    let scale = "expected a finite number";
    panics(scale, || residual((2, 2, 1), f64::NAN, f, normal));
    for (f, init, words) in [(nan, normal, wrong), (f, std, "drew a weight")] {
        panics(words, || residual((2, 2, 1), 1.0, f, init));
        panics(words, || Network::dense(&[2, 2, 1], f, init, &mut rng()));
    }
}

fn an_empty_block_has_no_width() {
    let empty = Layer::Residual { scale: 1.0, layers: vec![] };
    assert_eq!((empty.inputs(), empty.outputs()), (0, 0));
}

fn the_arithmetic_has_recorded_bits() {
    let mut rng = Rng::new(1, Stream::Noise);
    let x = Array2::from_shape_simple_fn((3, 5), || rng.normal());
    let y = product::a_b(&x, &x.t().to_owned()).mapv(transcendental::tanh);
    let bits = y.iter().fold(0u64, |hash, y| {
        (hash ^ y.to_bits()).wrapping_mul(0x0100_0000_01b3)
    });
    assert_eq!(bits, 0xe43e_a70d_628c_8fcb, "{bits:#x}");
}

fn targets_are_checked() {
    let zeros = Array2::<f64>::zeros;
    for (loss, output, y, words) in [
        (Loss::Mse, zeros((2, 1)), zeros((3, 1)), "2 × 1 outputs and 3 × 1"),
        (Loss::Mse, zeros((0, 1)), zeros((0, 1)), "expected at least one"),
        (Loss::Mse, zeros((1, 1)), array![[f64::NAN]], "row 0 has the target"),
        (Loss::BceLogits, zeros((1, 1)), array![[1.5]], "expected one in [0"),
        (Loss::BceLogits, zeros((1, 2)), zeros((1, 1)), "expected 1 × 2"),
        (Loss::SoftmaxCe, zeros((1, 2)), zeros((1, 2)), "expected 1 × 1"),
        (Loss::SoftmaxCe, zeros((1, 2)), array![[2.0]], "index of an output"),
        (Loss::SoftmaxCe, zeros((1, 2)), array![[0.5]], "index of an output"),
        (Loss::SoftmaxCe, zeros((1, 2)), array![[-1.0]], "index of an output"),
        (Loss::SoftmaxCe, zeros((1, 1)), zeros((1, 1)), "or bce_logits"),
    ] {
        let error = loss.check(&output, &y).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        panics(words, || loss.value(&output, &y));
        panics(words, || loss.gradient(&output, &y));
        panics(words, || loss.accuracy(&output, &y));
    }
}

fn nan_is_wrong() {
    let nan = f64::NAN;
    for loss in [Loss::Mse, Loss::BceLogits] {
        let output = array![[nan, 1.0], [nan, nan]];
        for y in [0.0, 1.0] {
            let y = array![[y, 1.0], [y, y]];
            assert_eq!(loss.accuracy(&output, &y), 0.25);
        }
    }
    for output in [[nan, 0.0], [0.0, nan], [1.0, nan], [nan, nan]] {
        for y in [0.0, 1.0] {
            let accuracy = |a: [f64; 2]| {
                let output = array![a, [1.0 - y, y]];
                Loss::SoftmaxCe.accuracy(&output, &array![[y], [y]])
            };
            assert_eq!(accuracy(output), 0.5);
            assert_eq!(accuracy([1.0 - y, y]), 1.0);
        }
    }
    let one_hot = Array2::eye(10);
    assert_eq!(Loss::Mse.accuracy(&Array2::zeros((10, 10)), &one_hot), 0.9);
}

fn nan_shows_in_the_loss() {
    for loss in LOSSES {
        for at in 0..3 {
            for class in 0..3 {
                let mut output = array![[0.5, -1.0, 2.0]];
                output[[0, at]] = f64::NAN;
                let y = match loss {
                    Loss::SoftmaxCe => array![[class as f64]],
                    _ => Array2::from_elem((1, 3), class as f64 / 2.0),
                };
                assert!(loss.value(&output, &y).is_nan());
                assert!(loss.gradient(&output, &y)[[0, at]].is_nan());
            }
        }
    }
}

/// Margins at which a difference from 1 has few digits left, or none.
const MARGINS: [f64; 7] = [1.0, 20.0, 30.0, 36.5, 37.0, 300.0, 700.0];

/// e^−a/(1 + e^−a) and its loss −ln(1 − that), by another exponential.
fn small(a: f64) -> (f64, f64) {
    let e = libm::exp(-a);
    (e / (1.0 + e), libm::log1p(e))
}

#[track_caller]
fn near(got: f64, wanted: f64) {
    let off = (got - wanted).abs() / wanted.abs();
    assert!(off <= 4.0 * f64::EPSILON, "{got:e}, not {wanted:e}");
}

fn slopes_keep_their_digits() {
    let d = |loss: Loss, output: &[f64], y: f64| {
        let output = Array2::from_shape_vec((1, output.len()), output.to_vec());
        loss.gradient(&output.unwrap(), &array![[y]])
            .into_raw_vec_and_offset()
            .0
    };
    for a in MARGINS {
        let (p, _) = small(a);
        let right = d(Loss::BceLogits, &[a], 1.0);
        near(right[0], -p);
        near(d(Loss::BceLogits, &[-a], 0.0)[0], p);
        assert_eq!(-right[0], d(Loss::BceLogits, &[-a], 0.0)[0]);
        let wrong = d(Loss::BceLogits, &[-a], 1.0)[0];
        assert_eq!(-wrong, d(Loss::BceLogits, &[a], 0.0)[0]);
        for (output, y) in [([a, 0.0], 0.0), ([0.0, a], 1.0)] {
            let d = d(Loss::SoftmaxCe, &output, y);
            near(d[1 - y as usize], p);
            assert_eq!(d[0], -d[1]);
        }
        let three = d(Loss::SoftmaxCe, &[0.0, a, 0.0], 1.0);
        let e = libm::exp(-a);
        near(three[1], -2.0 * e / (1.0 + 2.0 * e));
        // Of ten examples a tenth.
        let ten = Array2::from_elem((10, 1), a);
        let d = Loss::BceLogits.gradient(&ten, &Array2::ones((10, 1)));
        near(d[[3, 0]], -p / 10.0);
        // A soft target on the way: σ(a) − y.
        let soft = Loss::BceLogits.gradient(&array![[a]], &array![[0.25]]);
        near(soft[[0, 0]], 0.75 - p);
    }
}

fn losses_keep_their_digits() {
    for a in MARGINS {
        let (_, wanted) = small(a);
        let bce =
            |a: f64, y: f64| Loss::BceLogits.value(&array![[a]], &array![[y]]);
        near(bce(a, 1.0), wanted);
        assert_eq!(bce(a, 1.0), bce(-a, 0.0));
        assert_eq!(bce(a, 0.0), bce(-a, 1.0));
        near(bce(a, 0.0), a + wanted);
        // Nearly hard: the miss of 10⁻¹² counts a times.
        let y = 1.0 - 2f64.powi(-40);
        near(bce(a, y), 2f64.powi(-40) * a + wanted);
        let softmax = |output: [f64; 3], y: f64| {
            Loss::SoftmaxCe.value(&array![output], &array![[y]])
        };
        let two = libm::log1p(2.0 * libm::exp(-a));
        near(softmax([0.0, a, 0.0], 1.0), two);
        near(softmax([0.0, a, 0.0], 2.0), a + two);
        assert_eq!(softmax([a, 0.0, 0.0], 0.0), softmax([0.0, 0.0, a], 2.0));
    }
}

fn a_map_needs_its_columns() {
    let map = Affine { w: array![[2.0, 3.0]], b: array![1.0] };
    panics("do not fit", || map.output(&array![[1.0]]));
    let map = Affine { w: array![[2.0, 3.0]], b: array![1.0, 1.0] };
    panics("W has 1 rows, b 2", || map.output(&array![[1.0, 1.0]]));
}

fn the_gradient_is_the_slope() {
    let (xor, net) = (data::xor(), net(&[2, 3, 3, 1]));
    let (_, got) = net.loss_and_gradient(Loss::Mse, &xor.x, &xor.y);
    let central = probe::Difference::Central;
    let wanted =
        probe::numeric_gradient(&net, Loss::Mse, &xor.x, &xor.y, central, 1e-5);
    let wanted = wanted.unwrap();
    assert_eq!(wanted.len(), net.parameter_count());
    for (got, wanted) in got.parameters().iter().zip(&wanted) {
        // ε² times a third derivative, and a rounding over ε.
        assert!((got - wanted).abs() < 1e-9, "{got}, not {wanted}");
    }
    for at in 0..xor.x.len() {
        let loss = |by: f64| {
            let mut x = xor.x.clone();
            x.as_slice_mut().unwrap()[at] += by;
            Loss::Mse.value(&net.output(&x), &xor.y)
        };
        let wanted = (loss(1e-5) - loss(-1e-5)) / 2e-5;
        assert!((got.x.as_slice().unwrap()[at] - wanted).abs() < 1e-9);
    }
}

fn a_foreign_trace_is_refused() {
    let (net, x) = (net(&[2, 3, 1]), data::xor().x);
    let d = Array2::ones((4, 1));
    for sizes in [&[2, 1][..], &[2, 4, 1], &[2, 3, 3, 1], &[3, 3, 1]] {
        let other = self::net(sizes);
        let trace = other.forward(&Array2::zeros((4, sizes[0])));
        panics("this network's shapes", || net.backward(&trace, &d));
    }
    let mut trace = net.forward(&x);
    panics("the output's shape", || {
        net.backward(&trace, &Array2::ones((3, 1)))
    });
    trace.slope[0] = Array2::ones((4, 1));
    panics("this network's shapes", || net.backward(&trace, &d));
    trace = net.forward(&x);
    trace.a[1] = Array2::ones((1, 3));
    panics("this network's shapes", || net.backward(&trace, &d));
}

fn dense_layers_are_counted_through() {
    let (f, init) = (Activation::Tanh, Init::HeNormal);
    let new = |n, m| Dense::init(n, m, f, init, &mut rng());
    let layers = [new(2, 3), new(3, 4), new(4, 3), new(3, 1)];
    let [a, b, c, d] = layers.clone();
    let net = Network::new(vec![
        Layer::Dense(a),
        Layer::Residual { scale: 1.0, layers: vec![b, c] },
        Layer::Dense(d),
    ]);
    assert!(net.unwrap().dense_layers().eq(&layers));
}

/// Layers whose parameters lie apart and whose shapes were changed.
fn a_layer_that_no_longer_fits_is_noticed() {
    let f = Activation::Tanh;
    let fresh = || {
        let sizes = (2, 3, 1);
        Network::residual(sizes, 1, 1.0, f, Init::HeNormal, &mut rng())
    };
    let trace = fresh().forward(&data::xor().x);
    for layer in 0..3 {
        for (rows, columns) in [(1, 0), (0, 1), (0, 0)] {
            let mut net = fresh();
            let dense = net.dense_layers_mut().nth(layer).unwrap();
            let (n, m) = dense.w.dim();
            dense.w = Array2::zeros((n + rows, m + columns));
            if (rows, columns) == (0, 0) {
                dense.b = Array1::zeros(n + 1);
            }
            if layer == 0 && columns == 1 {
                assert_eq!(net.inputs(), 3);
            }
            let d = Array2::ones((4, 1));
            let mut work = Workspace::new(&fresh(), 4);
            let x = &data::xor();
            panics("", || net.forward(&x.x));
            panics("", || net.backward(&trace, &d));
            panics("", || work.forward(&net, x, 0..4));
        }
    }
}

fn a_network_needs_its_columns() {
    let (net, x) = (net(&[2, 3, 1]), Array2::zeros((4, 3)));
    let words = "columns of x: one per input";
    panics(words, || net.output(&x));
    panics(words, || net.forward(&x));
    panics(words, || net.jacobian(&Array1::zeros(1)));
    let y = Array2::zeros((4, 1));
    panics(words, || net.loss_and_gradient(Loss::Mse, &x, &y));
    let x = Array2::zeros((3, 2));
    let words = "3 × 1 outputs and 4 × 1 targets";
    panics(words, || net.loss_and_gradient(Loss::Mse, &x, &y));
}

fn the_jacobian_of_an_identity_network_is_its_map() {
    let f = Activation::Identity;
    let sizes = (3, 4, 2);
    let net = Network::residual(sizes, 2, 0.5, f, Init::HeNormal, &mut rng());
    let map = net.collapse().unwrap();
    for x in [array![0.0, 0.0, 0.0], array![1e9, -1.0, 1e-9]] {
        let apart = net.jacobian(&x) - &map.w;
        assert!(apart.iter().all(|apart| apart.abs() < 1e-14));
    }
}

fn layers_must_fit() {
    let dense = |inputs, outputs| {
        let f = Activation::Relu;
        Dense::init(inputs, outputs, f, Init::HeNormal, &mut rng())
    };
    let block = |scale, layers| vec![Layer::Residual { scale, layers }];
    let pair = |a, b| vec![Layer::Dense(a), Layer::Dense(b)];
    for (layers, words) in [
        (vec![], "a network without layers"),
        (pair(dense(2, 3), dense(4, 1)), "layer 2 takes 4 inputs, but 3"),
        (block(1.0, vec![dense(2, 3)]), "expected equal widths"),
        (block(f64::NAN, vec![dense(2, 2)]), "a finite scale"),
        (block(1.0, vec![]), "a residual block without layers"),
        (block(1.0, vec![dense(2, 3), dense(4, 2)]), "takes 4 inputs"),
    ] {
        let error = Network::new(layers).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

fn biases_are_drawn() {
    let mut net = net(&[2, 2000, 2000]);
    net.randomise_biases(0.3, &mut rng());
    for layer in net.dense_layers() {
        has_spread(layer.b.as_slice().unwrap(), 0.3);
    }
    for bad in [f64::NAN, f64::INFINITY, f64::MAX] {
        panics("not finite", || net.randomise_biases(bad, &mut rng()));
    }
}

fn parameters_are_checked() {
    let (mut net, before) = (net(&[2, 1]), net(&[2, 1]));
    for bad in [&[1.0; 2][..], &[1.0; 4], &[], &[1.0, 2.0, f64::NAN]] {
        assert!(net.set_parameters(bad).is_err());
        assert_eq!(net, before);
    }
    let error = net.set_parameters(&[1.0, f64::INFINITY, 2.0]).unwrap_err();
    assert_eq!(error.to_string(), "parameter 1 of 3 is not finite");
}

fn an_empty_trace() {
    let mut trace = net(&[2, 1]).forward(&data::xor().x);
    trace.a.clear();
    panics("", || trace.output().clone());
}

fn an_infinite_square_takes_no_step() {
    for optimizer in &OPTIMIZERS[3..6] {
        for g in [1e156, -1e300] {
            let mut p = [1.0];
            optimizer(0.1).start(1).step([(&mut p[..], &[g][..])]);
            assert_eq!(p, [1.0]);
        }
        let mut p = [1.0];
        optimizer(0.1).start(1).step([(&mut p[..], &[1e150][..])]);
        assert!(p[0] < 0.95);
    }
}

fn momentum_is_kept() {
    let mut state = Optimizer::momentum(1.0, 0.25).start(1);
    let mut p = [0.0];
    for (g, wanted) in [(1.0, -1.0), (0.0, -1.25), (0.0, -1.3125)] {
        state.step([(&mut p[..], &[g][..])]);
        assert_eq!(p, [wanted]);
    }
}

fn a_blank_input_stays_finite() {
    for optimizer in OPTIMIZERS {
        for g in [0.0, 5e-324, 1e-170] {
            let (mut state, mut p) = (optimizer(0.1).start(1), [1.0]);
            for _ in 0..3 {
                state.step([(&mut p[..], &[g][..])]);
            }
            assert!(p[0].is_finite(), "{:?}", state.rule());
        }
    }
}

fn settings_are_checked() {
    let (lr, eps, weight_decay) = (0.1, 1e-8, 0.0);
    let refused = |optimizer: Optimizer, words: &str| {
        let error = optimizer.check().unwrap_err().to_string();
        assert!(error.starts_with(words), "{error}");
        panics(words, || optimizer.start(1));
    };
    for optimizer in OPTIMIZERS {
        assert_eq!(optimizer(0.1).check(), Ok(()));
        for (bad, text) in [(-0.1, "-0.1"), (f64::NAN, "NaN")] {
            let words = format!("lr is {text}: expected a number in [0, inf)");
            refused(optimizer(bad), &words);
        }
    }
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let (beta1, beta2) = (0.9, 0.99);
        let eps = bad;
        for optimizer in [
            Optimizer::Adagrad { lr, eps, weight_decay },
            Optimizer::RmsProp { lr, alpha: 0.9, eps, weight_decay },
            Optimizer::Adam { lr, beta1, beta2, eps, weight_decay },
            Optimizer::AdamW { lr, beta1, beta2, eps, weight_decay },
        ] {
            refused(optimizer, "eps is");
        }
    }
    for bad in [1.0, -0.1, f64::NAN] {
        let sgd = |weight_decay| Optimizer::Sgd {
            lr,
            momentum: bad,
            nesterov: true,
            weight_decay,
        };
        refused(sgd(0.0), "momentum is");
        let alpha = bad;
        refused(Optimizer::RmsProp { lr, alpha, eps, weight_decay }, "alpha");
        let [a, b] = [(bad, 0.9), (0.9, bad)].map(|(beta1, beta2)| {
            Optimizer::Adam { lr, beta1, beta2, eps, weight_decay }
        });
        refused(a, "beta1 is");
        refused(b, "beta2 is");
    }
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        for optimizer in OPTIMIZERS {
            refused(optimizer(0.1).weight_decay(bad), "weight_decay is");
        }
    }
    refused(
        Optimizer::nesterov(0.1, 0.0),
        "momentum is 0 with nesterov: expected",
    );
}

fn pairs_are_counted() {
    for optimizer in OPTIMIZERS {
        let g = [1.0, 2.0, 3.0];
        let step = |parameters: usize, p: &mut [f64], g: &[f64]| {
            optimizer(0.1).start(parameters).step([(p, g)]);
        };
        panics("more parameters", || step(2, &mut [0.0; 3], &g));
        panics("as many as were begun", || step(4, &mut [0.0; 3], &g));
        panics("their gradient", || step(3, &mut [0.0; 3], &g[..2]));
        let (mut whole, mut a, mut b) = ([1.0; 3], [1.0; 1], [1.0; 2]);
        step(3, &mut whole, &g);
        let pairs = [(&mut a[..], &g[..1]), (&mut b[..], &g[1..])];
        optimizer(0.1).start(3).step(pairs);
        assert_eq!(whole, [a[0], b[0], b[1]]);
    }
}

/// The orders in which a run saw the examples, by the losses of batches of one.
fn orders(shuffle: Shuffle) -> [Vec<f64>; 3] {
    let data = data::sine(8);
    let training = Training {
        optimizer: Optimizer::sgd(0.0),
        batch: Batch::Size(1),
        epochs: 3,
        shuffle,
        ..training()
    };
    let mut order = Rng::new(1, Stream::Order);
    let mut net = net(&[1, 3, 1]);
    let seen = training.run(&mut net, &data, &mut order).unwrap().updates;
    [0, 8, 16].map(|from| seen[from..from + 8].to_vec())
}

fn orders_differ() {
    let [a, b, c] = orders(Shuffle::EachEpoch);
    assert!(a != b && b != c && a != c);
    let [a, b, c] = orders(Shuffle::Never);
    assert!(a == b && b == c);
    let data = data::sine(8);
    for (i, seen) in a.iter().enumerate() {
        let one = data.rows(&[i]);
        let output = net(&[1, 3, 1]).output(&one.x);
        assert_eq!(Loss::Mse.value(&output, &one.y), *seen);
    }
}

fn epochs_see_every_example() {
    let sorted = |mut seen: Vec<f64>| {
        seen.sort_by(f64::total_cmp);
        seen
    };
    let [a, b, c] = orders(Shuffle::EachEpoch).map(sorted);
    let [all, ..] = orders(Shuffle::Never).map(sorted);
    assert!(a == all && b == all && c == all);
    let (mut seen, mut net) = (vec![], net(&[2, 3, 1]));
    let mut order = Rng::new(1, Stream::Order);
    let data = data::xor();
    let history = training()
        .run_watched(&mut net, &data, &mut order, |progress| {
            seen.push((progress.epoch, progress.updates));
            match progress.epoch {
                4 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        })
        .unwrap();
    assert_eq!(seen, [(0, 0), (1, 2), (2, 4), (3, 6), (4, 8)]);
    assert_eq!(history.epochs.len(), 5);
}

/// What the three ways into a run say to it.
fn refused(training: &Training, net: &Network, data: &Dataset) -> String {
    let order = || Rng::new(1, Stream::Order);
    let go_on = |_: Progress| ControlFlow::Continue(());
    let texts = [
        training.run(&mut net.clone(), data, &mut order()).unwrap_err(),
        training
            .run_watched(&mut net.clone(), data, &mut order(), go_on)
            .unwrap_err(),
        training.start(net.clone(), data, order()).unwrap_err(),
    ]
    .map(|error| error.to_string());
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    texts[0].clone()
}

fn runs_are_checked() {
    let (good, net, xor) = (training(), net(&[2, 3, 1]), data::xor());
    let empty = Training { batch: Batch::Size(0), ..good };
    assert!(refused(&empty, &net, &xor).starts_with("batch is 0"));
    let fast = Training { optimizer: Optimizer::sgd(-1.0), ..good };
    assert!(refused(&fast, &net, &xor).starts_with("lr is -1"));
    let classes = Training { loss: Loss::SoftmaxCe, ..good };
    assert!(refused(&classes, &net, &xor).contains("bce_logits"));
    let wide = self::net(&[3, 1]);
    let text = refused(&good, &wide, &xor);
    assert_eq!(text, "the network takes 3 inputs, the data has 2");
    for (x, y) in [(4, 3), (3, 4), (0, 0)] {
        let (x, y) = (Array2::zeros((x, 2)), Array2::zeros((y, 1)));
        let text = refused(&good, &net, &Dataset { x, y });
        assert!(text.starts_with("a data set of"), "{text}");
    }
    let mut holed = xor.clone();
    holed.x[[2, 1]] = f64::NAN;
    let wanted = "row 2, column 1 of x is NaN: expected a finite number";
    assert_eq!(refused(&good, &net, &holed), wanted);
}

fn divergence_loses_nothing() {
    let training = Training { optimizer: Optimizer::sgd(1e10), ..training() };
    let data = data::xor();
    let f = Activation::Relu;
    let sizes = [2, 9, 9, 1];
    let mut net = Network::dense(&sizes, f, Init::HeNormal, &mut rng());
    let before = net.clone();
    let mut order = Rng::new(1, Stream::Order);
    let result = training.run(&mut net, &data, &mut order);
    let Err(TrainingError::Diverged { epoch, history }) = result else {
        panic!("a learning rate of 1e10 must diverge");
    };
    assert!(epoch >= 1 && history.epochs.len() == epoch);
    let mut losses = history.epochs.iter().chain(&history.updates);
    assert!(losses.all(|loss| loss.is_finite()));
    assert_eq!(net, before);
    let mut huge = before;
    huge.dense_layers_mut().for_each(|layer| layer.w.fill(1e200));
    let error = training.run(&mut huge, &data, &mut order).unwrap_err();
    let empty = History::default();
    assert_eq!(error, TrainingError::Diverged { epoch: 0, history: empty });
    let text = error.to_string();
    assert!(text.contains("before the first update"), "{text}");
    assert!(!text.contains("learning rate"), "{text}");
}

/// Steps with pauses, in which the run moves elsewhere and its loss is looked
/// at, against one run to the end.
fn a_run_goes_on() {
    let data = data::moons(50, 0.1, &mut Rng::new(1, Stream::Data));
    let bits = |net: &Network| -> Vec<u64> {
        net.parameters().iter().map(|p| p.to_bits()).collect()
    };
    let order = || Rng::new(1, Stream::Order);
    for optimizer in OPTIMIZERS {
        for shuffle in [Shuffle::EachEpoch, Shuffle::Once, Shuffle::Never] {
            for batch in [Batch::Size(3), Batch::Full] {
                let optimizer = optimizer(0.01);
                let half = Training { optimizer, shuffle, batch, ..training() };
                let whole = Training { epochs: 20, ..half };
                let mut net = net(&[2, 5, 1]);
                let run = half.start(net.clone(), &data, order());
                let mut run = run.unwrap();
                let mut updates = vec![];
                while run.epochs() < 20 {
                    updates.push(run.update().unwrap());
                    if updates.len() % 5 == 2 {
                        run.loss().unwrap();
                        let elsewhere = Box::new(run);
                        run = *elsewhere;
                    }
                }
                let history = whole.run(&mut net, &data, &mut order()).unwrap();
                assert_eq!(bits(run.network()), bits(&net), "{half:?}");
                assert_eq!(updates, history.updates);
                assert_eq!(run.loss(), Ok(history.epochs[20]));
            }
        }
    }
}

/// A run with steps too long: epoch by epoch, and update by update.
fn divergence_is_an_error() {
    let (data, order) = (data::xor(), || Rng::new(1, Stream::Order));
    let training = Training { optimizer: Optimizer::sgd(1e10), ..training() };
    let sizes = [2, 9, 9, 1];
    let f = Activation::Relu;
    let net = Network::dense(&sizes, f, Init::HeNormal, &mut rng());
    let mut by_epoch = training.start(net.clone(), &data, order()).unwrap();
    while by_epoch.train_epoch().is_ok() {}
    let mut run = training.start(net.clone(), &data, order()).unwrap();
    while run.update().is_ok() {}
    let (network, updates) = (run.network().clone(), run.updates());
    let epoch = updates.div_ceil(run.updates_per_epoch());
    let gone = Err(Diverged { epoch });
    assert!(epoch > 0 && run.loss() == gone && run.update() == gone);
    assert_eq!((run.network(), run.updates()), (&network, updates));
    assert_eq!((by_epoch.train_epoch(), by_epoch.loss()), (gone, gone));
    let mut huge = net;
    huge.dense_layers_mut().for_each(|layer| layer.w.fill(1e200));
    let mut run = training.start(huge, &data, order()).unwrap();
    let gone = Err(Diverged { epoch: 0 });
    assert_eq!([run.loss(), run.update(), run.train_epoch()], [gone; 3]);
}

fn a_run_forgets() {
    let data = data::xor();
    let run = |net: &mut Network| {
        let training =
            Training { optimizer: Optimizer::adam(0.1), ..training() };
        let order = &mut Rng::new(1, Stream::Order);
        training.run(net, &data, order).unwrap()
    };
    let (mut once, mut twice) = (net(&[2, 3, 1]), net(&[2, 3, 1]));
    run(&mut twice);
    twice = net(&[2, 3, 1]);
    assert_eq!(run(&mut once), run(&mut twice));
}

fn a_step_allocates_nothing() {
    let (data, mut net) = (data::xor(), net(&[2, 5, 1]));
    let mut state = Optimizer::adam(0.1).start(net.parameter_count());
    let mut work = Workspace::new(&net, 2);
    let mut step =
        |rows| work.update(&mut net, Loss::BceLogits, &data, rows, &mut state);
    step(&[0, 1]); // fills the memory that the thread keeps
    let asked = allocation_counter::measure(|| step(&[3, 2]));
    assert_eq!(asked.count_total, 0);
}

fn a_workspace_is_checked() {
    let (xor, net) = (data::xor(), net(&[2, 3, 1]));
    let mut work = Workspace::new(&net, 4);
    panics("0 targets", || work.loss(Loss::Mse));
    panics("row 4 of", || work.forward(&net, &xor, 3..5));
    panics("row 18446744073709551615 of", || {
        work.forward(&net, &xor, [usize::MAX].into_iter())
    });
    let wide = self::net(&[3, 3, 1]);
    panics("one per input", || work.forward(&wide, &xor, 0..4));
    work.forward(&net, &xor, 0..4);
    panics("bce_logits", || work.loss(Loss::SoftmaxCe));
    let mut update = |loss, data: &Dataset, rows: &[usize], parameters| {
        let mut state = Optimizer::sgd(0.1).start(parameters);
        work.update(&mut net.clone(), loss, data, rows, &mut state);
    };
    panics("row 4 of", || update(Loss::Mse, &xor, &[4], 13));
    panics("bce_logits", || update(Loss::SoftmaxCe, &xor, &[0], 13));
    panics("parameters of the state", || update(Loss::Mse, &xor, &[0], 12));
    panics("parameters of the state", || update(Loss::Mse, &xor, &[0], 14));
    let two = Dataset { y: Array2::zeros((4, 2)), ..xor.clone() };
    panics("4 × 1 outputs and 4 × 2", || {
        update(Loss::Mse, &two, &[0, 1, 2, 3], 13)
    });
    let short = Dataset { y: Array2::zeros((2, 1)), ..xor.clone() };
    panics("row 2 of", || update(Loss::Mse, &short, &[0, 2], 13));
    update(Loss::Mse, &xor, &[0], 13);
    // Another network has other memory, and its own loss.
    let other = self::net(&[2, 1]);
    work.forward(&other, &xor, 0..4);
    let loss = Loss::Mse.value(&other.output(&xor.x), &xor.y);
    assert_eq!(work.loss(Loss::Mse), loss);
}
