//! The fast products add in the same order as the plain triple loop: every
//! element has the same bits.

use exact::product;
use exact::rng::{Rng, Stream};
use ndarray::{Array1, Array2};

/// Σₖ with k ascending, starting from c: the definition.
fn triple_loop(
    mut c: Array2<f64>,
    a: &Array2<f64>,
    b: &Array2<f64>,
    last_to_first: bool,
) -> Array2<f64> {
    for ((i, j), c) in c.indexed_iter_mut() {
        let mut ks: Vec<usize> = (0..a.ncols()).collect();
        if last_to_first {
            ks.reverse();
        }
        for k in ks {
            *c += a[[i, k]] * b[[k, j]];
        }
    }
    c
}

fn bits(a: &Array2<f64>) -> Vec<u64> {
    a.iter().map(|a| a.to_bits()).collect()
}

fn random(rows: usize, columns: usize, rng: &mut Rng) -> Array2<f64> {
    Array2::from_shape_simple_fn((rows, columns), || rng.normal())
}

/// Shapes on both sides of every boundary: vectors of 2, 4 and 8, tiles of 1
/// to 8 rows, panels read in place and copied, more terms than one block.
fn shapes() -> Vec<(usize, usize, usize)> {
    let mut shapes = vec![];
    for n in [0, 1, 2, 3, 4, 7, 8, 13, 32] {
        for k in [0, 1, 2, 8, 17, 300] {
            for m in [0, 1, 2, 7, 8, 9, 15, 16, 17, 33, 80] {
                shapes.push((n, k, m));
            }
        }
    }
    shapes
}

#[test]
fn every_product_has_the_bits_of_the_triple_loop() {
    let mut rng = Rng::new(1, Stream::Noise);
    for (n, k, m) in shapes() {
        let (a, b) = (random(n, k, &mut rng), random(k, m, &mut rng));
        let at = a.t().as_standard_layout().into_owned();
        let bt = b.t().as_standard_layout().into_owned();
        let bias = Array1::from_shape_simple_fn(m, || rng.normal());
        let zero = Array2::zeros((n, m));
        let start = bias.broadcast((n, m)).unwrap().to_owned();
        let wanted = bits(&triple_loop(zero, &a, &b, false));
        assert_eq!(bits(&product::a_b(&a, &b)), wanted, "A·B {n} {k} {m}");
        assert_eq!(bits(&product::at_b(&at, &b)), wanted, "Aᵀ·B {n} {k} {m}");
        let wanted = bits(&triple_loop(start, &a, &b, false));
        let z = product::affine(&a, &bt, &bias);
        assert_eq!(bits(&z), wanted, "x·Wᵀ + b {n} {k} {m}");
    }
}

#[test]
fn another_order_would_be_noticed() {
    let mut rng = Rng::new(1, Stream::Noise);
    let (a, b) = (random(3, 17, &mut rng), random(17, 3, &mut rng));
    let reversed = triple_loop(Array2::zeros((3, 3)), &a, &b, true);
    assert_ne!(bits(&product::a_b(&a, &b)), bits(&reversed));
}

#[test]
fn the_layout_in_memory_does_not_matter() {
    let mut rng = Rng::new(1, Stream::Noise);
    let (a, b) = (random(5, 9, &mut rng), random(9, 11, &mut rng));
    let a_turned = a.t().to_owned().reversed_axes(); // column-major
    let b_turned = b.t().to_owned().reversed_axes();
    let wanted = bits(&product::a_b(&a, &b));
    assert_eq!(bits(&product::a_b(&a_turned, &b_turned)), wanted);
}
