//! What two layers learn of a matrix through one, two and three units: the
//! chapter `where-linear-belongs`.

use ndarray::{Array2, array};
use slope::{
    product,
    rng::{Rng, Stream},
};

fn main() {
    let target = Array2::from_diag(&array![5.0, 3.0, 1.0]);
    println!("units  numbers  squared error  diagonal of the product");
    for units in 1..=3 {
        let mut rng = Rng::new(0, Stream::Weights);
        let mut small =
            |n, m| Array2::from_shape_simple_fn((n, m), || 0.1 * rng.normal());
        let (mut first, mut second) = (small(units, 3), small(3, units));
        for _ in 0..5000 {
            let error = product::a_b(&second, &first) - &target;
            let to_second = product::a_b(&error, &first.t().to_owned());
            let to_first = product::at_b(&second, &error);
            second.scaled_add(-0.02, &to_second);
            first.scaled_add(-0.02, &to_first);
        }
        let p = product::a_b(&second, &first);
        let error = &p - &target;
        let left = product::inner(&error, &error);
        let numbers = first.len() + second.len();
        let kept: Vec<_> = p.diag().iter().map(|d| format!("{d:.3}")).collect();
        println!("{units:5}  {numbers:7}  {left:13.3}  {}", kept.join("  "));
    }
}
