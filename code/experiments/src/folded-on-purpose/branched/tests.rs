//! What is true of a step and of a fold.

use super::*;
use slope::{Loss, rng::Stream};

fn drawn_and_seen(form: Form) -> (Branched, Array2<f64>, Array2<f64>) {
    let mut rng = Rng::new(1, Stream::Weights);
    let network = Branched::drawn(form, &[3, 4, 4, 2], &mut rng);
    let x = Array2::from_shape_simple_fn((6, 3), || rng.normal());
    let y = Array2::from_shape_fn((6, 1), |(i, _)| (i % 2) as f64);
    (network.with_statistics_of(&x), x, y)
}

/// With a batch’s own statistics the loss falls by lr·|slope|², as a
/// gradient says.
#[test]
fn a_step_goes_down_as_far_as_the_gradient_says() {
    for form in [Form::One, Form::Two, Form::Normalised, Form::Branches] {
        let (network, x, y) = drawn_and_seen(form);
        let loss = |network: &Branched| {
            let network = network.clone().with_statistics_of(&x);
            Loss::SoftmaxCe.value(&network.output(&x), &y)
        };
        let fallen = |lr: f64| {
            let mut after = network.clone();
            let slope = |a: &Array2<f64>| Loss::SoftmaxCe.gradient(a, &y);
            after.update(x.clone(), slope, lr);
            let expected = network.distance(&after) / lr;
            (loss(&network) - loss(&after)) / expected
        };
        assert!((fallen(1e-6) - 1.0).abs() < 1e-3, "{form:?}");
    }
}

#[test]
fn a_fold_has_one_matrix_for_each_layer_and_the_same_outputs() {
    let (network, x, _) = drawn_and_seen(Form::Branches);
    let fold = network.folded(EXACT).unwrap();
    assert_eq!(fold.parameter_count(), 16 + 20 + 10);
    let gap = fold.output(&x) - network.output(&x);
    assert!(gap.iter().all(|gap| gap.abs() < 1e-13));
}

impl Branched {
    /// The squared distance of all parameters, over a step of size lr
    /// lr²·|slope|².
    fn distance(&self, other: &Self) -> f64 {
        let squared = |a: &Array1<f64>, b: &Array1<f64>| {
            (a - b).iter().map(|d| d * d).sum::<f64>()
        };
        let flat = |w: &Array2<f64>| w.iter().copied().collect();
        let pairs = self.layers.iter().flatten();
        let pairs = pairs.zip(other.layers.iter().flatten());
        let of = |(a, b): (&Branch, &Branch)| {
            let mut sum = squared(&a.b, &b.b);
            if let (Some(a), Some(b)) = (&a.w, &b.w) {
                sum += squared(&flat(a), &flat(b));
            }
            if let (Some(a), Some(b)) = (&a.norm, &b.norm) {
                sum += squared(&a.g, &b.g);
            }
            sum
        };
        pairs.map(of).sum::<f64>()
    }
}
