use super::*;
use chart::Layout;
use study::{experiment::failing, params::Params as _};

fn run(settings: &[(&str, &str)]) -> Outcome {
    let mut params = Params::default();
    for (key, value) in settings {
        params.set(key, value).unwrap();
    }
    Bench::run(&params, &Progress::silent()).unwrap()
}

/// The network that is shown is the one that is trained, and its loss that of
/// all examples at once.
#[test]
fn it_is_the_training_of_the_book() {
    for (activation, batch) in [("tanh", "10"), ("relu", "33")] {
        let found = run(&[
            ("activation", activation),
            ("batch", batch),
            ("epochs", "20"),
        ]);
        let params = &found.params;
        let mut network = params.network(2);
        let mut order = Rng::new(params.seed, Stream::Order);
        let training = params.training();
        training.run(&mut network, &found.data.all, &mut order).unwrap();
        assert_eq!(network, found.network);
        let loss = LOSS.value(&found.output(), &found.data.all.y);
        assert_eq!(loss, found.loss());
    }
}

#[test]
fn a_network_that_bends_passes_the_floor_where_slope_one_cannot() {
    for data in ["circles", "xor", "spirals"] {
        let straight = run(&[("data", data), ("epochs", "60")]);
        assert_eq!(failing::<Bench>(&straight), [""; 0]);
        let bent = [("data", data), ("activation", "relu")];
        let bent = [&bent[..], &[("epochs", "60")]].concat();
        assert_eq!(failing::<Bench>(&run(&bent)), [""; 0], "{data}");
    }
}

#[test]
fn divergence_names_the_epoch_and_the_bound() {
    let gone = run(&[("lr", "100"), ("depth", "4")]);
    let (epoch, _) = gone.diverged.unwrap();
    assert_eq!(epoch, gone.losses.len());
    assert!(gone.network.parameters().iter().all(|p| p.is_finite()));
    let says = Bench::standing(&gone);
    assert!(says.contains(&format!("in epoch {epoch}:")), "{says}");
    assert!(says.contains("a thousand times"), "{says}");
    assert!(!says.contains("NaN") && !says.contains("inf"), "{says}");
    assert_eq!(Bench::chart(&gone).check(), Ok(()));
}

#[test]
fn a_run_that_ends_early_is_the_run_that_was_to_end_there() {
    let params = Params { epochs: 30, ..Params::default() };
    let mut outcome = Bench::start(&params).unwrap();
    assert!(!Bench::end_here(&mut outcome));
    for _ in 0..12 {
        Bench::step(&mut outcome).unwrap();
    }
    assert!(Bench::end_here(&mut outcome));
    let whole = run(&[("epochs", "12")]);
    assert_eq!(outcome.params, whole.params);
    assert_eq!(outcome.network, whole.network);
    let drawn = |outcome| {
        let chart = Bench::chart(outcome);
        (chart.svg("bench", Layout::Wide), chart.finding, chart.table.csv())
    };
    assert_eq!(drawn(&outcome), drawn(&whole));
}

#[test]
fn after_all_weights_zero_the_figure_says_what_it_shows() {
    let zeros = [("activation", "tanh"), ("init", "zeros"), ("epochs", "1")];
    let outcome = run(&zeros);
    let chart = Bench::chart(&outcome);
    assert!(chart.description.contains("all of it on one side"));
    assert!(chart.finding.contains("after 1 epoch the loss"));
    // Nothing is below 0 on the axis of the singular values.
    let svg = chart.svg("bench", Layout::Wide);
    let after = svg.split("singular values").nth(1).unwrap();
    assert!(!after.contains('−'), "{after}");
    let chart = Bench::chart(&run(&[("activation", "tanh")]));
    assert!(chart.description.contains("cut by a curve"));
}

/// Every choice, and the least and the most of every number: each can be
/// drawn, at the start and at the end, and says nothing that is no number.
#[test]
fn whatever_is_on_the_bench_can_be_drawn() {
    use study::params::Domain;
    for field in Params::fields() {
        let values = match field.domain {
            Domain::Choice(names) => {
                names.into_iter().map(String::from).collect()
            }
            Domain::Whole(r) => {
                vec![r.start().to_string(), r.end().to_string()]
            }
            Domain::Real(r) => vec![r.start().to_string(), r.end().to_string()],
            Domain::Points(_) => vec!["0,0,0_1,1,1_0,1,0".into()],
        };
        for value in values {
            let mut params = Params { epochs: 5, ..Params::default() };
            params.set("points", "0,0,0_1,1,1_0,1,1").unwrap();
            params.set(field.key, &value).unwrap();
            params.epochs = params.epochs.min(5);
            let first = Bench::start(&params).unwrap();
            assert_eq!(Bench::chart(&first).check(), Ok(()), "{value}");
            let last = Bench::run(&params, &Progress::silent()).unwrap();
            let chart = Bench::chart(&last);
            assert_eq!(chart.check(), Ok(()), "{}={value}", field.key);
            for text in [chart.finding, chart.description] {
                let broken = text.contains("NaN") || text.contains("inf ");
                assert!(!broken, "{}={value}: {text}", field.key);
            }
        }
    }
}

#[test]
fn without_points_of_ones_own_it_says_what_to_do() {
    let params = Params { data: "own", ..Params::default() };
    let why = Bench::start(&params).err().unwrap().to_string();
    assert!(why.starts_with("points: "), "{why}");
}

/// Two exams of a hundred students, from 30 to 100 points, and who passed.
fn exams() -> String {
    let mut rng = Rng::new(3, Stream::Data);
    let mut rows = vec![];
    for _ in 0..100 {
        let [a, b] = [(); 2].map(|()| rng.uniform_in(30.0, 100.0).round());
        let passed = a + b + 15.0 * rng.normal() > 130.0;
        rows.push(format!("{a},{b},{}", u8::from(passed)));
    }
    rows.join("_")
}

#[test]
fn exam_scores_reach_their_floor_once_they_are_scaled() {
    let exams = exams();
    let run = |scale: &str| {
        run(&[("data", "own"), ("points", exams.as_str()), ("scale", scale)])
    };
    let scaled = run("columns");
    assert!(scaled.floor_loss() > 0.1);
    assert!(scaled.above_floor() < 0.01, "{}", scaled.above_floor());
    assert!(Bench::chart(&scaled).finding.contains("on own, scaled:"));
    let raw = run("none");
    assert!(raw.diverged.is_some() || raw.above_floor() > 0.1);
    if raw.diverged.is_some() {
        assert!(Bench::standing(&raw).contains("scale=columns"));
    }
}

/// Each column by itself, whatever its size and offset; one that does not vary
/// is 0, and no number is none.
#[test]
fn a_scaled_column_has_mean_0_and_standard_deviation_1() {
    for (offset, size) in
        [(0.0, 1.0), (65.0, 20.0), (1e6, 1e-3), (0.0, 1e-200), (-9e5, 1e5)]
    {
        let mut rng = Rng::new(1, Stream::Data);
        let mut x = ndarray::Array2::from_shape_fn((50, 2), |(_, column)| {
            let value = offset + size * rng.normal();
            if column == 0 { value } else { offset + 0.1 }
        });
        data::scale(&mut x);
        let column = x.column(0);
        let mean = column.sum() / 50.0;
        let variance = column.iter().map(|x| x * x).sum::<f64>() / 50.0;
        // 50 sums, each rounded.
        assert!(mean.abs() < 1e-14, "{mean}");
        assert!((variance - 1.0).abs() < 1e-13, "{variance}");
        assert!(x.column(1).iter().all(|x| *x == 0.0));
    }
    let scaled =
        run(&[("data", "digits"), ("scale", "columns"), ("epochs", "1")]);
    assert!(scaled.data.scaled && scaled.loss().is_finite());
    assert!(!run(&[("epochs", "1")]).data.scaled);
}
