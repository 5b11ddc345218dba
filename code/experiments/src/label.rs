//! Numbers as the diagrams of networks show them: with a true minus, and no
//! more digits than a box has room for.

use exact::decimal::Decimal;

/// A weight or an input as it was given.
pub fn given(value: f64) -> String {
    Decimal(value).to_string().replace('-', "−")
}

/// Three decimals; what they cannot tell from 0 has no sign.
pub fn fixed(value: f64) -> String {
    let text = format!("{:.3}", Decimal(value));
    let text = if text == "-0.000" { "0.000".into() } else { text };
    text.replace('-', "−")
}

/// At most so many decimals, and no zeros behind them.
pub fn rounded(value: f64, decimals: u32) -> String {
    let unit = f64::from(10_u32.pow(decimals));
    given((value * unit).round() / unit + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minus_is_a_minus_and_zero_has_none() {
        assert_eq!(given(-0.5), "−0.5");
        assert_eq!(fixed(-0.12345), "−0.123");
        assert_eq!(fixed(-0.0001), "0.000");
        assert_eq!(rounded(-0.4621, 2), "−0.46");
        assert_eq!(rounded(2.0, 3), "2");
        assert_eq!(rounded(-0.0001, 3), "0");
    }
}
