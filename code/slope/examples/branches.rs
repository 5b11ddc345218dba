//! Folds three normalised branches into one matrix: the chapter
//! `folded-on-purpose`.

use ndarray::{Array1, Array2, Axis};
use slope::{
    Affine, product,
    rng::{Rng, Stream},
};

/// (u − mean)/√(var + ε), by column.
struct Norm {
    mean: Array1<f64>,
    scale: Array1<f64>,
}

fn of_batch(u: &Array2<f64>) -> Norm {
    let mean = u.mean_axis(Axis(0)).unwrap();
    let var = (u - &mean).mapv(|u| u * u).mean_axis(Axis(0)).unwrap();
    Norm { mean, scale: var.mapv(|var| 1.0 / (var + 1e-5).sqrt()) }
}

fn main() {
    let mut rng = Rng::new(0, Stream::Weights);
    let mut normal = |n| Array2::from_shape_simple_fn((n, 8), || rng.normal());
    let (train, x) = (normal(1000), normal(5));
    let branches = [normal(8), normal(8), Array2::eye(8)];
    let zero = Array1::zeros(8);

    // Σ scale·(Wx − mean) = (Σ scale·W)x − Σ scale·mean
    let sum_and_fold = |seen: &Array2<f64>| {
        let mut fold = Affine { w: Array2::zeros((8, 8)), b: zero.clone() };
        let mut sum = Array2::zeros((5, 8));
        for w in &branches {
            let Norm { mean, scale } =
                of_batch(&product::affine(seen, w, &zero));
            let u = product::affine(&x, w, &zero);
            sum = sum + (u - &mean) * &scale;
            fold.w += &(w * &scale.clone().insert_axis(Axis(1)));
            fold.b -= &(&mean * &scale);
        }
        (sum, fold)
    };
    let gap = |a: &Array2<f64>, b: &Array2<f64>| {
        (a - b).iter().fold(0.0, |m: f64, d| m.max(d.abs()))
    };

    let (sum, fold) = sum_and_fold(&train);
    let count = fold.parameter_count();
    println!("one layer: {count} numbers");
    let apart = gap(&sum, &fold.output(&x));
    println!("fixed statistics, largest difference: {apart:.0e}");
    let (sum, _) = sum_and_fold(&x);
    let apart = gap(&sum, &fold.output(&x));
    println!("those of the batch, largest difference: {apart:.1}");
}
