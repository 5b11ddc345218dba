//! Whatever comes from outside — a table, parameters, a data set, a name —
//! is taken whole or refused with a message; nothing panics, nothing is lost.

use ndarray::Array2;
use probe::NoFloor;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use slope::rng::{Rng, Stream};
use slope::*;

#[test]
fn targets_need_columns() {
    for targets in [0, 2, 3, usize::MAX] {
        assert!(Dataset::from_csv("1,2\n", targets).is_err());
    }
    assert!(Dataset::from_csv("1,2\n", 1).is_ok());
}

fn network() -> Network {
    let mut rng = Rng::new(1, Stream::Weights);
    Network::dense(&[2, 3, 1], Activation::Tanh, Init::HeNormal, &mut rng)
}

#[test]
fn data_sets_refuse_what_is_no_data() {
    let refused = |x: Array2<f64>, y: Array2<f64>| {
        Dataset::new(x, y).unwrap_err().to_string()
    };
    let zeros = |n, m| Array2::<f64>::zeros((n, m));
    assert!(refused(zeros(3, 2), zeros(2, 1)).contains("3 × 2"));
    assert!(refused(zeros(0, 2), zeros(0, 1)).contains("0 × 2"));
    assert!(refused(zeros(3, 0), zeros(3, 1)).contains("3 × 0"));
    let mut x = zeros(3, 2);
    x[[1, 1]] = f64::INFINITY;
    let text = refused(x, zeros(3, 1));
    assert_eq!(text, "row 1, column 1 of x is inf: expected a finite number");
}

#[test]
fn layers_and_networks_refuse_what_does_not_fit() {
    let zeros = |n, m| Array2::<f64>::zeros((n, m));
    let f = Activation::Relu;
    assert!(Dense::new(zeros(2, 2), vec![0.0; 3].into(), f).is_err());
    assert!(Dense::new(zeros(0, 2), vec![].into(), f).is_err());
    assert!(Dense::new(zeros(1, 1), vec![f64::NAN].into(), f).is_err());
    let dense = |n, m| Dense::new(zeros(n, m), vec![0.0; n].into(), f).unwrap();
    let refused =
        |layers: Vec<Layer>| Network::new(layers).unwrap_err().to_string();
    let text =
        refused(vec![Layer::Dense(dense(3, 2)), Layer::Dense(dense(1, 4))]);
    let wanted = "layer 2 takes 4 inputs, but 3 come out of the layer before";
    assert_eq!(text, wanted);
    for (scale, layers) in
        [(1.0, vec![]), (1.0, vec![dense(3, 2)]), (f64::NAN, vec![dense(2, 2)])]
    {
        let text = refused(vec![Layer::Residual { scale, layers }]);
        assert!(text.starts_with("layer 1 is a residual block"), "{text}");
    }
}

#[test]
#[should_panic(expected = "columns of x: one per input")]
fn a_batch_of_the_wrong_width_panics_with_both_shapes() {
    network().output(&Array2::zeros((1, 3)));
}

#[test]
#[should_panic(expected = "2 × 1 outputs and 3 × 1 targets")]
fn targets_of_another_length_panic_with_both_shapes() {
    Loss::Mse.value(&Array2::zeros((2, 1)), &Array2::zeros((3, 1)));
}

#[test]
fn a_separable_data_set_has_no_logistic_floor() {
    let (train, _) = data::digits().split(|i| (i / 10) % 5 == 0);
    let odd = Dataset::new(train.x, train.y.mapv(|y| y % 2.0)).unwrap();
    // Odd against even is separable in part only, by pixels that have ink in
    // images of one parity: its infimum, from scikit-learn and NumPy, is
    // 0.168398.
    let none = probe::linear_floor(Loss::BceLogits, &odd).unwrap_err();
    let NoFloor::QuasiSeparable { infimum, accuracy } = none else {
        panic!("{none}");
    };
    assert!((infimum - 0.168398).abs() < 5e-7, "{infimum}");
    assert_eq!((accuracy * odd.len() as f64).round(), 1338.0);
    let zero = Dataset::new(odd.x, train.y.mapv(|y| f64::from(y == 0.0)));
    let none = probe::linear_floor(Loss::BceLogits, &zero.unwrap());
    assert_eq!(none, Err(NoFloor::Separable));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        // The same cases every time: a red test is about the change at
        // hand. PROPTEST_RNG_SEED tries others.
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_table_comes_back_with_the_same_bits(
        rows in 1usize..8, columns in 2usize..6, seed: u64,
    ) {
        let mut rng = Rng::new(seed, Stream::Noise);
        let cell = || loop {
            let bits = rng.uniform().to_bits() ^ (rng.below(1 << 20) as u64) << 44;
            let x = f64::from_bits(bits);
            if x.is_finite() {
                return x;
            }
        };
        let table = Array2::from_shape_simple_fn((rows, columns), cell);
        let text: String = table
            .rows()
            .into_iter()
            .map(|row| {
                let cells: Vec<_> = row.iter().map(f64::to_string).collect();
                cells.join(",") + "\n"
            })
            .collect();
        prop_assert_eq!(&csv::numbers(&text).unwrap().numbers, &table);
        let data = Dataset::from_csv(&text, 1).unwrap();
        prop_assert_eq!((data.len(), data.x.ncols()), (rows, columns - 1));
        let last = table.column(columns - 1);
        prop_assert_eq!(data.y.column(0), last);
    }

    #[test]
    fn parameters_are_taken_whole_or_not_at_all(
        values in prop::collection::vec(any::<f64>(), 0..30),
    ) {
        let (mut net, before) = (network(), network());
        match net.set_parameters(&values) {
            Ok(()) => prop_assert_eq!(net.parameters(), values),
            Err(_) => {
                prop_assert!(
                    values.len() != 13 || values.iter().any(|v| !v.is_finite())
                );
                prop_assert_eq!(net, before);
            }
        }
    }

    #[test]
    fn thirteen_finite_parameters_are_taken(
        values in prop::collection::vec(-1e300f64..1e300, 13),
    ) {
        let mut net = network();
        net.set_parameters(&values).unwrap();
        prop_assert_eq!(net.parameters(), values);
    }

    #[test]
    fn any_activation_name_is_known_or_refused(
        name in "(leaky_relu|elu|silu|tanh|[a-z_]{0,8})(\\([-0-9.einfNa]{0,6}\\)?)?",
    ) {
        if let Ok(f) = name.parse::<Activation>() {
            prop_assert_eq!(f.to_string().parse(), Ok(f));
        }
    }

    #[test]
    fn optimizer_settings_are_checked(lr: f64, momentum: f64) {
        let sound = lr >= 0.0 && lr.is_finite() && (0.0..1.0).contains(&momentum);
        let optimizer = Optimizer::momentum(lr, momentum);
        prop_assert_eq!(optimizer.check().is_ok(), sound);
    }
}
