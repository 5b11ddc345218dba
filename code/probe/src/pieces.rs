//! Where a network of straight pieces has its kinks.
//!
//! See the chapter `what-depth-buys`.

use crate::gradients::rows;
use ndarray::Array1;
use slope::{Activation, Network};

/// Where on the segment from `from` (t = 0) to `to` (t = 1) some ReLU or leaky
/// ReLU switches sides, ascending: the network has one linear piece more than
/// that. Exact up to rounding. `None` if an activation is smooth.
///
/// # Panics
/// If the points do not have the network's number of inputs.
///
/// ```
/// use ndarray::array;
/// use slope::{Activation, Dense, Layer, Network};
/// let unit = Dense::new(array![[2.0]], array![-1.0], Activation::Relu)?;
/// let net = Network::new(vec![Layer::Dense(unit)])?;
/// let kinks = probe::kinks_along(&net, &array![0.0], &array![1.0]);
/// assert_eq!(kinks, Some(vec![0.5]));
/// # Ok::<(), slope::ShapeError>(())
/// ```
pub fn kinks_along(
    network: &Network,
    from: &Array1<f64>,
    to: &Array1<f64>,
) -> Option<Vec<f64>> {
    let mut t = vec![0.0, 1.0];
    for (l, layer) in network.dense_layers().enumerate() {
        match layer.activation {
            f if f.is_identity() => continue,
            Activation::Relu | Activation::LeakyRelu { .. } => {}
            _ => return None,
        }
        // Between two known kinks z is linear in t: look where it crosses 0.
        let x = rows(t.len(), from.len(), |i| {
            from.iter().zip(to).map(|(a, b)| a + t[i] * (b - a)).collect()
        });
        let z = &network.forward(&x).z[l]; // (points, out)
        let mut crossings = vec![];
        for i in 1..t.len() {
            for (z0, z1) in z.row(i - 1).iter().zip(z.row(i)) {
                if (*z0 < 0.0) != (*z1 < 0.0) && *z0 != 0.0 && *z1 != 0.0 {
                    crossings
                        .push(t[i - 1] + z0 / (z0 - z1) * (t[i] - t[i - 1]));
                }
            }
        }
        t.append(&mut crossings);
        t.sort_by(f64::total_cmp);
        t.dedup();
    }
    t.retain(|t| *t > 0.0 && *t < 1.0);
    Some(t)
}
