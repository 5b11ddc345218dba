//! A table with a hole, fitted by one matrix and by a product of two and of
//! three: the chapter `what-depth-prefers`.

use ndarray::{Array2, array};
use slope::{
    product,
    rng::{Rng, Stream},
};

fn main() {
    // The last entry is not shown, whatever stands there.
    let table = array![[1.0, 2.0], [2.0, 0.0]];
    let whole = |layers: &[Array2<f64>]| {
        layers.iter().fold(Array2::eye(2), |p, w| product::a_b(w, &p))
    };
    println!("matrices  what is shown        the hole");
    for depth in 1..=3 {
        let mut rng = Rng::new(0, Stream::Weights);
        let mut small =
            || Array2::from_shape_simple_fn((2, 2), || 0.02 * rng.normal());
        let mut layers: Vec<_> = (0..depth).map(|_| small()).collect();
        for _ in 0..20_000 {
            let mut error = whole(&layers) - &table;
            error[[1, 1]] = 0.0; // what is not shown cannot be wrong
            let old = layers.clone();
            for (l, w) in layers.iter_mut().enumerate() {
                // dL/dW: the error, seen through the layers around this one.
                let behind = product::at_b(&whole(&old[l + 1..]), &error);
                let before = whole(&old[..l]).reversed_axes();
                let slope = product::a_b(&behind, &before);
                w.scaled_add(-0.01, &slope);
            }
        }
        let p = whole(&layers);
        let (a, b, c, hole) = (p[[0, 0]], p[[0, 1]], p[[1, 0]], p[[1, 1]]);
        println!("{depth:8}  {a:.3}  {b:.3}  {c:.3}  {hole:9.3}");
    }
}
