//! Folding a network of slope 1 into the one layer that it is.
//!
//! See the chapter `collapse`.

use crate::{Affine, Bend, Dense, Layer, Network, product};
use ndarray::{Array1, Array2};

impl Affine {
    /// The map that changes nothing: x ↦ x.
    ///
    /// ```
    /// use ndarray::array;
    /// let same = slope::Affine::identity(2);
    /// assert_eq!(same.output(&array![[3.0, -1.0]]), array![[3.0, -1.0]]);
    /// ```
    pub fn identity(width: usize) -> Self {
        Affine { w: Array2::eye(width), b: Array1::zeros(width) }
    }
}

// ANCHOR: collapse
/// The one affine map that a network is.
///
/// # Errors
/// If a layer bends: says which is the first.
pub fn collapsed(network: &Network) -> Result<Affine, Bend> {
    let mut map = Affine::identity(network.inputs());
    let mut depth = 0;
    for layer in network.layers() {
        let before = map.clone();
        for Dense { w, b, activation } in layer.dense() {
            depth += 1;
            if !activation.is_identity() {
                return Err(Bend { depth, activation: *activation });
            }
            map.b = b + &product::a_v(w, &map.b); // W(Ax + c) + b
            map.w = product::a_b(w, &map.w); //  = (WA)x + (Wc + b)
        }
        if let Layer::Residual { scale, .. } = layer {
            map.w = before.w + map.w * *scale; // x + s·g(x)
            map.b = before.b + map.b * *scale;
        }
    }
    Ok(map)
}
// ANCHOR_END: collapse
