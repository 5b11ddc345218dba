//! Numbers of twice as many digits (T. J. Dekker, 1971): a reference for the
//! last digit of the functions of `exact::transcendental`.

/// hi + lo, with lo below half a last digit of hi.
#[derive(Clone, Copy, Debug)]
pub struct Double {
    pub hi: f64,
    pub lo: f64,
}

pub fn double(hi: f64) -> Double {
    Double { hi, lo: 0.0 }
}

fn sum(a: f64, b: f64) -> Double {
    let hi = a + b;
    let b_part = hi - a;
    Double { hi, lo: (a - (hi - b_part)) + (b - b_part) }
}

fn product(a: f64, b: f64) -> Double {
    let hi = a * b;
    Double { hi, lo: a.mul_add(b, -hi) }
}

impl Double {
    pub fn plus(self, other: Self) -> Self {
        let (high, low) = (sum(self.hi, other.hi), sum(self.lo, other.lo));
        let middle = sum(high.hi, high.lo + low.hi);
        sum(middle.hi, middle.lo + low.lo)
    }

    pub fn times(self, other: Self) -> Self {
        let high = product(self.hi, other.hi);
        sum(high.hi, high.lo + (self.hi * other.lo + self.lo * other.hi))
    }

    pub fn over(self, other: Self) -> Self {
        let first = double(self.hi / other.hi);
        let rest = self.plus(other.times(first).times(double(-1.0)));
        let second = double(rest.hi / other.hi);
        let rest = rest.plus(other.times(second).times(double(-1.0)));
        first.plus(second).plus(double(rest.hi / other.hi))
    }

    /// ·2ᵏ
    pub fn shifted(self, k: i32) -> Self {
        Double { hi: libm::scalbn(self.hi, k), lo: libm::scalbn(self.lo, k) }
    }
}

const LN_2: Double =
    Double { hi: std::f64::consts::LN_2, lo: 2.319_046_813_846_299_6e-17 };

/// (eʳ − 1, k) with x = k·ln 2 + r.
fn reduced(x: Double) -> (Double, i32) {
    let k = (x.hi / LN_2.hi).round();
    let r = x.plus(LN_2.times(double(-k)));
    let (mut term, mut total) = (r, r);
    for n in 2..30 {
        term = term.times(r).over(double(f64::from(n)));
        total = total.plus(term);
    }
    (total, k as i32)
}

/// (m, k) with eˣ = m·2ᵏ and m between ½ and 2.
pub fn exp(x: Double) -> (Double, i32) {
    let (less_one, k) = reduced(x);
    (less_one.plus(double(1.0)), k)
}

/// eˣ − 1
pub fn exp_m1(x: Double) -> Double {
    match reduced(x) {
        (less_one, 0) => less_one,
        (less_one, k) => {
            less_one.plus(double(1.0)).shifted(k).plus(double(-1.0))
        }
    }
}

/// tanh |x|, and the slope as (m, k).
pub fn tanh_and_slope(x: f64) -> (Double, (Double, i32)) {
    let x2 = double(-2.0 * x.abs());
    let (m, (e, k)) = (exp_m1(x2), exp(x2));
    let under = m.plus(double(2.0));
    let slope = e.over(under).over(under);
    (m.times(double(-1.0)).over(under), (slope, k + 2))
}

/// How many units in the last place `found` is from m·2ᵏ.
pub fn ulps_off(found: f64, m: Double, k: i32) -> f64 {
    let last = (libm::ilogb(m.hi) + k - 52).max(-1074);
    let error = (libm::scalbn(found, -k) - m.hi) - m.lo;
    libm::scalbn(error, k - last).abs()
}
