//! Where a network of straight pieces has its kinks.
//!
//! See the chapter `what-depth-buys`.

use crate::gradients::rows;
use ndarray::Array1;
use slope::{Activation, Network};

/// Where on the segment from `from` (t = 0) to `to` (t = 1) some ReLU or leaky
/// ReLU switches sides, ascending: the network has at most one linear piece more
/// than that. It has fewer where nothing after a unit listens to it, or where
/// rounding makes two of one kink. `None` if an activation is smooth.
///
/// # Panics
/// If the points do not have the network's number of inputs, or are not finite.
/// If the network overflows between them.
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
    let fits = [from, to].map(|point| point.len() == network.inputs());
    assert_eq!(fits, [true; 2], "points: one number per input");
    let finite = |v: &Array1<f64>| v.iter().all(|v| v.is_finite());
    assert!(finite(from) && finite(to), "the points are not finite");
    let mut t = vec![0.0, 1.0];
    for (l, layer) in network.dense_layers().enumerate() {
        match layer.activation {
            f if f.is_identity() => continue,
            Activation::Relu | Activation::LeakyRelu { .. } => {}
            _ => return None,
        }
        // Between two known kinks z is linear in t: look where it crosses 0.
        let x = rows(t.len(), from.len(), |i| {
            from.iter().zip(to).map(|(a, b)| between(*a, *b, t[i])).collect()
        });
        let z = &network.forward(&x).z[l]; // (points, out)
        let finite = z.iter().all(|z| z.is_finite());
        assert!(finite, "dense layer {} overflows on the way", l + 1);
        let mut crossings = vec![];
        for i in 1..t.len() {
            for (z0, z1) in z.row(i - 1).iter().zip(z.row(i)) {
                if (*z0 < 0.0) != (*z1 < 0.0) && *z0 != 0.0 && *z1 != 0.0 {
                    // A quarter of each: their difference may be too large.
                    let share = if (z0 - z1).is_finite() {
                        z0 / (z0 - z1)
                    } else {
                        z0 / 4.0 / (z0 / 4.0 - z1 / 4.0)
                    };
                    crossings.push(t[i - 1] + share * (t[i] - t[i - 1]));
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

/// The point at t from a (t = 0) to b (t = 1).
fn between(a: f64, b: f64, t: f64) -> f64 {
    if (b - a).is_finite() { a + t * (b - a) } else { a * (1.0 - t) + b * t }
}
