//! A machine with narrower vectors, or none, finds the same bits, and so does
//! a page.

use super::*;
use crate::rng::{Rng, Stream};
use pulp::{Arch, Simd};

const SHAPES: [(usize, usize, usize); 12] = [
    (1, 1, 1),
    (7, 5, 3),
    (8, 16, 16),
    (13, 300, 21),
    (32, 2, 16),
    (5, 9, 15),
    (16, 33, 80),
    (3, 0, 4),
    (4, 1, 4),
    (4, 3, 9),
    (0, 3, 2),
    (2, 3, 0),
];

/// The product in every layout, by whatever runs it.
fn bits(run: impl Fn(Product)) -> Vec<u64> {
    let mut rng = Rng::new(1, Stream::Noise);
    let mut found = vec![];
    for (n, k, m) in SHAPES {
        let mut random = |len| (0..len).map(|_| rng.normal()).collect();
        let (a, b, row): (Vec<f64>, Vec<f64>, Vec<f64>) =
            (random(n * k), random(k * m), random(m));
        for a in [Strided::rows(&a, k), Strided::transposed(&a, n)] {
            for b in [Strided::rows(&b, m), Strided::transposed(&b, k)] {
                for start in [None, Some(&row[..])] {
                    let mut c = vec![f64::NAN; n * m];
                    let (c_, panel) = (&mut c[..], &mut vec![]);
                    run(Product { c: c_, start, a, b, n, k, m, panel });
                    found.extend(c.iter().map(|c| c.to_bits()));
                }
            }
        }
    }
    found
}

#[test]
fn the_width_of_the_vectors_does_not_matter() {
    let widest = bits(|product| Arch::new().dispatch(product));
    let scalar = bits(|product| Simd::vectorize(pulp::Scalar, product));
    assert_eq!(widest, scalar);
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = pulp::x86::V3::try_new() {
        assert_eq!(widest, bits(|product| Simd::vectorize(avx2, product)));
    }
}

/// The definition.
fn triple_loop(product: Product) {
    let Product { c, start, a, b, n, k, m, .. } = product;
    for i in 0..n {
        for j in 0..m {
            c[i * m + j] = start.map_or(0.0, |start| start[j]);
            for k in 0..k {
                let a = a.data[i * a.row + k * a.column];
                let b = b.data[k * b.row + j * b.column];
                c[i * m + j] += a * b;
            }
        }
    }
}

#[test]
fn a_page_finds_the_bits_of_the_triple_loop() {
    assert_eq!(bits(|product| product.compact()), bits(triple_loop));
    assert_eq!(
        bits(|product| Arch::new().dispatch(product)),
        bits(triple_loop)
    );
}

#[test]
fn what_was_in_memory_before_does_not_matter() {
    let used = bits(|product| {
        product.panel.resize(1000, f64::NAN);
        product.compact();
    });
    assert_eq!(used, bits(triple_loop));
}

#[test]
fn another_product_has_other_bits() {
    let right = bits(|product| Simd::vectorize(pulp::Scalar, product));
    let wrong = bits(|mut product| {
        product.start = None;
        Simd::vectorize(pulp::Scalar, product);
    });
    assert_ne!(right, wrong);
}
