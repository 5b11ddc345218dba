//! The linear floor: the loss no affine map can pass. It is also the floor of
//! every identity network, however deep.
//!
//! See the chapter `the-linear-floor`.

use crate::basis::{Basis, combined, size};
use crate::separation::forward;
use exact::decimal::Decimal;
use exact::scale::{exponent, shifted};
use ndarray::{Array1, Array2, ArrayView1, ArrayViewMut1, Axis};
use slope::{Activation, Affine, Dataset, Loss, ShapeError};

/// The best affine map of a data set under one loss.
///
/// ```
/// use slope::{data, Loss};
/// let floor = probe::linear_floor(Loss::Mse, &data::xor())?;
/// assert_eq!(floor.loss, 0.25);
/// assert!(floor.certificate <= 1e-15);
/// # Ok::<(), probe::NoFloor>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LinearFloor {
    /// The loss of `map`, to the last bit. No affine map has a smaller one, but
    /// for the rounding of its outputs: where they come from terms wx or b of
    /// size M, each is known to about 10⁻¹⁶·M.
    pub loss: f64,
    /// The fraction decided rightly, see [`Loss::accuracy`].
    pub accuracy: f64,
    /// The map that attains it.
    pub map: Affine,
    /// What a reader can check `map` by. At the best map the error of its
    /// answers (y − σ(output) under [`Loss::BceLogits`]) is orthogonal to every
    /// column of x and to the constant. This is the length of what the columns
    /// still give of the error, over the distance of y from its mean (over the
    /// length of y under [`Loss::BceLogits`]), the most of all outputs: 0, but
    /// for rounding, which weights make larger that columns need to cancel each
    /// other.
    pub certificate: f64,
}

/// Why there is no best affine map.
///
/// ```
/// use ndarray::array;
/// use probe::{linear_floor, NoFloor};
/// use slope::{data::Dataset, Loss};
/// let y = array![[0.0], [1.0]];
/// let separable = Dataset::new(array![[-1.0], [1.0]], y)?;
/// let none = linear_floor(Loss::BceLogits, &separable);
/// assert_eq!(none, Err(NoFloor::Separable));
///
/// // At 0 both classes occur. The others are separated by it.
/// let x = array![[-1.0], [0.0], [0.0], [1.0]];
/// let in_part = Dataset::new(x, array![[0.0], [0.0], [1.0], [1.0]])?;
/// let none = linear_floor(Loss::BceLogits, &in_part);
/// let (infimum, accuracy) = (std::f64::consts::LN_2 / 2.0, 0.75);
/// assert_eq!(none, Err(NoFloor::QuasiSeparable { infimum, accuracy }));
/// # Ok::<(), slope::ShapeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoFloor {
    /// A line separates the classes: the loss falls for ever as the weights
    /// grow, towards 0, and no map attains it.
    #[error(
        "the classes are linearly separable: the loss falls towards 0, a \
             limit that no affine map attains"
    )]
    Separable,
    /// A line separates the classes, but for examples that lie on it: the loss
    /// falls for ever, towards that of those examples, and no map attains it.
    #[error(
        "a line separates the classes but for the examples on it: the loss \
         falls towards {}, a limit that no affine map attains",
        Decimal(*infimum)
    )]
    QuasiSeparable {
        /// The limit.
        infimum: f64,
        /// The fraction that maps close to it decide rightly.
        accuracy: f64,
    },
    /// Softmax cross-entropy has no solver here.
    #[error("softmax_ce has no closed floor here")]
    Softmax,
    /// The best map, or its loss, has a number that an `f64` has no room for,
    /// or not with all its digits.
    #[error(
        "the best affine map or its loss is too large or too small for an \
         f64: multiply the columns of x or y by powers of ten that bring \
         them near 1"
    )]
    Range,
    /// Newton's method came to no end.
    #[error(
        "no best affine map was found in {STEPS} steps of Newton's method: \
         to the last digits, the classes are nearly separable"
    )]
    Unsettled,
    /// Data and loss do not fit together, or a number is not finite.
    #[error(transparent)]
    Shape(#[from] ShapeError),
}

/// The best affine map: least squares for [`Loss::Mse`] (any number of
/// outputs), the unpenalised logistic optimum for [`Loss::BceLogits`] (by
/// Newton's method, one output at a time).
///
/// Columns may have any size and any offset: each is centred and scaled first.
/// A column that the others give to 10⁻¹³ of its length counts as given by them,
/// and gets the weight 0.
///
/// # Errors
/// See [`NoFloor`].
///
/// ```
/// use probe::linear_floor;
/// use slope::{data, Loss};
/// let floor = linear_floor(Loss::BceLogits, &data::xor())?;
/// assert!((floor.loss - std::f64::consts::LN_2).abs() < 1e-15);
/// # Ok::<(), probe::NoFloor>(())
/// ```
pub fn linear_floor(
    loss: Loss,
    data: &Dataset,
) -> Result<LinearFloor, NoFloor> {
    let Dataset { x, y } = data;
    Dataset::new(x.clone(), y.clone())?; // its fields are public
    if loss == Loss::SoftmaxCe {
        return Err(NoFloor::Softmax);
    }
    loss.check(y, y)?;
    let inputs: Vec<_> = x.columns().into_iter().map(Column::centred).collect();
    let mut columns: Vec<_> = inputs.iter().map(|x| x.values.clone()).collect();
    columns.push(Array1::ones(data.len()));
    let basis = Basis::new(&columns);
    let outputs = y.ncols();
    let mut w = Array2::zeros((outputs, inputs.len()));
    let mut b = Array1::zeros(outputs);
    let (mut certificate, mut attained) = (0.0f64, true);
    let (mut infimum, mut accuracy) = (0.0, 0.0);
    for (o, y) in y.columns().into_iter().enumerate() {
        let (target, fitted) = if loss == Loss::Mse {
            let target = Column::centred(y);
            let fitted = basis.fitted(&columns, &target.values);
            (target, fitted)
        } else {
            let target = Column::plain(y);
            let optimum = logistic(&columns, &target.values)?;
            infimum += optimum.loss / outputs as f64;
            accuracy += optimum.accuracy / outputs as f64;
            attained &= optimum.w.is_some();
            let Some(fitted) = optimum.w else { continue };
            (target, fitted)
        };
        let z = combined(&columns, &fitted);
        let error = match loss {
            Loss::Mse => z - &target.values,
            _ => errors(&z, &target.values),
        };
        let (given, all) = (basis.split(&error).0, size(&target.values));
        let share = if all == 0.0 { 0.0 } else { size(&given) / all };
        certificate = if share > certificate { share } else { certificate };
        b[o] = unscaled(&fitted, &inputs, &target, w.row_mut(o))?;
    }
    if !attained {
        return Err(match infimum {
            0.0 => NoFloor::Separable,
            _ => NoFloor::QuasiSeparable { infimum, accuracy },
        });
    }
    let map = Affine { w, b };
    let output = map.output(x);
    let accuracy = loss.accuracy(&output, y);
    let loss = loss.value(&output, y);
    let floor = LinearFloor { loss, accuracy, map, certificate };
    if loss.is_finite() { Ok(floor) } else { Err(NoFloor::Range) }
}

/// A column as 2ᵖᵒʷᵉʳ·(shift + 2ˢᵖʳᵉᵃᵈ·values): the powers of two lose nothing.
struct Column {
    values: Array1<f64>,
    shift: f64,
    spread: i32,
    power: i32,
}

impl Column {
    /// With values of mean 0 and about as large as 1.
    fn centred(column: ArrayView1<f64>) -> Self {
        let power = exponent(column);
        let near = column.mapv(|v| shifted(v, -power));
        // About the first value, the mean of equal ones is exact.
        let first = near[0];
        let sum = near.iter().fold(0.0, |sum, v| sum + (v - first));
        let shift = first + sum / near.len() as f64;
        let apart = near - shift;
        let spread = exponent(&apart);
        let values = apart.mapv(|v| shifted(v, -spread));
        Column { values, shift, spread, power }
    }

    fn plain(column: ArrayView1<f64>) -> Self {
        let values = column.to_owned();
        Column { values, shift: 0.0, spread: 0, power: 0 }
    }
}

/// Weights of the columns' values as weights of the columns, which go into the
/// row, and their bias.
fn unscaled(
    w: &Array1<f64>,
    inputs: &[Column],
    target: &Column,
    mut row: ArrayViewMut1<f64>,
) -> Result<f64, NoFloor> {
    let fits = |value: f64, by: i32, least: f64| {
        let scaled = shifted(value, by);
        let lost = (shifted(scaled, -by) - value).abs();
        if lost <= f64::EPSILON * least {
            Ok(scaled)
        } else {
            Err(NoFloor::Range)
        }
    };
    let mut b = target.shift + shifted(w[inputs.len()], target.spread);
    for ((x, w), row) in inputs.iter().zip(w).zip(&mut row) {
        let up = target.spread - x.spread;
        // All values are about 1: less than a last digit of that is nothing.
        *row = fits(*w, up + target.power - x.power, 1.0)?;
        b -= shifted(w * x.shift, up);
    }
    fits(b, target.power, b.abs() + shifted(1.0, target.spread))
}

/// The least mean cross-entropy of one output.
struct Optimum {
    /// Where it is attained, if it is.
    w: Option<Array1<f64>>,
    loss: f64,
    accuracy: f64,
}

fn logistic(
    columns: &[Array1<f64>],
    y: &Array1<f64>,
) -> Result<Optimum, NoFloor> {
    let mut rest: Vec<usize> = (0..y.len()).collect();
    while !rest.is_empty() {
        let select = |v: &Array1<f64>| v.select(Axis(0), &rest);
        let columns: Vec<_> = columns.iter().map(select).collect();
        let (basis, labels) = (Basis::new(&columns), select(y));
        let (whose, sides) = sides(&basis, &labels);
        let ahead = forward(&sides);
        if ahead.is_empty() {
            let (shares, loss) = newton(&basis, &labels)?;
            let z = combined(&basis.q, &shares).insert_axis(Axis(1));
            let labels = labels.insert_axis(Axis(1));
            let wrong = 1.0 - Loss::BceLogits.accuracy(&z, &labels);
            let part = rest.len() as f64 / y.len() as f64;
            let w = (part == 1.0).then(|| basis.weights(&shares));
            let (loss, accuracy) = (loss * part, 1.0 - wrong * part);
            return Ok(Optimum { w, loss, accuracy });
        }
        // Their loss falls to 0, that of the others stays: so it does not
        // matter how large the weights are already.
        let gone: Vec<usize> = ahead.iter().map(|i| rest[whose[*i]]).collect();
        rest.retain(|i| gone.binary_search(i).is_err());
    }
    Ok(Optimum { w: None, loss: 0.0, accuracy: 1.0 })
}

/// Each example's direction in the space of the basis, towards its label. A
/// label between 0 and 1 pulls both ways.
fn sides(basis: &Basis, y: &Array1<f64>) -> (Vec<usize>, Vec<Array1<f64>>) {
    let (mut whose, mut sides) = (vec![], vec![]);
    for (i, y) in y.iter().enumerate() {
        let at: Array1<f64> = basis.q.iter().map(|q| q[i]).collect();
        let unit = &at / size(&at);
        for (sign, pulls) in [(-1.0, *y < 1.0), (1.0, *y > 0.0)] {
            if pulls {
                whose.push(i);
                sides.push(&unit * sign);
            }
        }
    }
    (whose, sides)
}

/// More than Newton's method ever needs where there is a minimum that the last
/// digits can tell: each step adds about 1 to the logits that still grow, and
/// e⁻³⁶ is below the last digit.
const STEPS: usize = 200;

/// Newton's method on the mean cross-entropy: the shares of the basis, and the
/// loss.
fn newton(
    basis: &Basis,
    y: &Array1<f64>,
) -> Result<(Array1<f64>, f64), NoFloor> {
    let n = y.len() as f64;
    let column = y.clone().insert_axis(Axis(1));
    let loss_at = |shares: &Array1<f64>| {
        let z = combined(&basis.q, shares).insert_axis(Axis(1));
        Loss::BceLogits.value(&z, &column)
    };
    let mut shares = Array1::zeros(basis.q.len());
    let (mut loss, mut before) = (loss_at(&shares), f64::INFINITY);
    for _ in 0..STEPS {
        // The step is the least squares of the errors, each over the root of
        // its slope, with rows weighted by that root.
        let z = combined(&basis.q, &shares);
        let root = z.mapv(|z| Activation::Sigmoid.slope(z).sqrt());
        let weighted: Vec<_> = basis.q.iter().map(|q| q * &root).collect();
        let mut error = errors(&z, y);
        error.zip_mut_with(&root, |e, r| {
            *e = if *r > 0.0 { *e / r } else { 0.0 }
        });
        let local = Basis::new(&weighted);
        let (found, _) = local.split(&error);
        let decrement = found.iter().fold(0.0, |sum, f| sum + f * f) / n;
        let mut step = local.weights(&found);
        let moves = combined(&basis.q, &step);
        let most = moves.iter().fold(0.0, |most: f64, m| most.max(m.abs()));
        // The loss is then within about this of the least.
        let as_good = decrement <= 1e-20 * loss && decrement >= before / 2.0;
        let mut lower = loss_at(&(&shares - &step));
        // So near, each step is much better than the last without any help.
        let mut part = if most <= 0.5 { 0.0 } else { 1.0 };
        while part > 1e-12
            && lower > loss * (1.0 + 1e-15) - 0.1 * part * decrement
        {
            step *= 0.5;
            part *= 0.5;
            lower = loss_at(&(&shares - &step));
        }
        shares -= &step;
        (loss, before) = (lower, decrement);
        if most <= 1e-8 || as_good {
            return Ok((shares, loss));
        }
    }
    Err(NoFloor::Unsettled)
}

/// σ(z) − y, with all digits where they are near.
fn errors(z: &Array1<f64>, y: &Array1<f64>) -> Array1<f64> {
    let sigmoid = |z: f64| Activation::Sigmoid.value(z);
    let pairs = z.iter().zip(y);
    pairs.map(|(z, y)| (1.0 - y) * sigmoid(*z) - y * sigmoid(-z)).collect()
}
