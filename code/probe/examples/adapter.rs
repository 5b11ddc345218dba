//! A change of rank 4, stored in two thin matrices: the chapter
//! `adapters`.

use std::error::Error;

use ndarray::Array2;
use probe::{singular_values, svd, truncated};
use slope::{
    product,
    rng::{Rng, Stream},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut rng = Rng::new(0, Stream::Weights);
    let mut normal = |rows, columns| {
        Array2::from_shape_simple_fn((rows, columns), || rng.normal())
    };
    let (n, rank) = (64, 4);
    println!("parameters: {} instead of {}", 2 * n * rank, n * n);

    let change = product::a_b(&normal(n, rank), &normal(rank, n));
    let noise = normal(n, n);
    for (name, change) in [("of rank 4", change), ("of full rank", noise)] {
        // The best approximation of rank 4 (Eckart and Young) as B·A.
        let parts = svd(&change)?;
        let b = Array2::from_shape_fn((n, rank), |(i, k)| {
            parts.u[[i, k]] * parts.s[k]
        });
        let a = Array2::from_shape_fn((rank, n), |(k, j)| parts.v[[j, k]]);
        let best = product::a_b(&b, &a);
        assert!(product::norm(&(&best - &truncated(&change, rank)?)) < 1e-12);

        let left = product::norm(&(&change - &best)) / product::norm(&change);
        let s = singular_values(&change)?;
        println!("a change {name}: {left:.3} is left of its length");
        println!(
            "  its fifth singular value over its first: {:.3}",
            s[4] / s[0]
        );
    }
    Ok(())
}
