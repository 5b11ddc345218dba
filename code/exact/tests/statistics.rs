//! What is said of several numbers at once.

use exact::statistics::{deviation, fitted_slope, least, mean, median, most};

#[test]
fn of_nothing_there_is_no_number() {
    let none: [f64; 0] = [];
    assert_eq!((least(none), most(none)), (f64::INFINITY, f64::NEG_INFINITY));
    assert!(mean(none).is_nan() && median(none).is_nan());
}

/// 1 is lost beside 10¹⁶, and counts once 10¹⁶ has gone.
#[test]
fn sums_are_taken_in_the_order_of_the_values() {
    assert_eq!(mean([1e16, 1.0, -1e16]), 0.0);
    assert_eq!(mean([1e16, -1e16, 1.0]), 1.0 / 3.0);
    let values = [1e16, 1.0, -1e16];
    let squares = values.map(|v| v * v);
    let in_order = (squares[0] + squares[1]) + squares[2];
    assert_eq!(deviation(&values), (in_order / 3.0).sqrt());
    assert_eq!(fitted_slope(&[(-1.0, 1e16), (0.0, 1.0), (1.0, 1e16)]), 0.0);
}
