//! Axes: from data to places, and where the ticks stand.

use std::f64::consts::LN_10;
use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};

use exact::{
    decimal::{Decimal, nearest, text},
    transcendental::exp,
};

/// One axis of a panel: what it measures and on which scale. Its range is
/// taken from the data.
///
/// ```
/// use chart::Axis;
/// let epochs = Axis::log("epoch").with_zero();
/// let loss = Axis::linear("loss (nats)").including(0.0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What is measured, with its unit: `"loss (nats)"`. A logarithmic axis
    /// says so by itself.
    pub label: String,
    /// How values become distances.
    pub scale: Scale,
    /// Values that must lie on the axis whatever the data are.
    pub includes: Vec<f64>,
    /// The range, where it is not to follow the data. What lies outside is cut
    /// off at the border.
    pub between: Option<(f64, f64)>,
    /// The values that are named on it, where round numbers are not to be.
    pub named: Vec<f64>,
}

/// How values become distances on an [`Axis`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences are equal distances.
    Linear,
    /// Equal factors are equal distances. Only positive values have a place.
    Log,
    /// As `Log`, with a place of its own, set apart, for exactly 0.
    LogWithZero,
}

impl Axis {
    /// An axis on which equal differences are equal distances.
    pub fn linear(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            scale: Scale::Linear,
            includes: Vec::new(),
            between: None,
            named: Vec::new(),
        }
    }

    /// An axis on which equal factors are equal distances.
    pub fn log(label: impl Into<String>) -> Self {
        Self { scale: Scale::Log, ..Self::linear(label) }
    }

    /// Give a logarithmic axis a place, set apart, for exactly 0.
    pub fn with_zero(self) -> Self {
        Self { scale: Scale::LogWithZero, ..self }
    }

    /// Let the axis reach at least this value.
    pub fn including(mut self, value: f64) -> Self {
        self.includes.push(value);
        self
    }

    /// Fix the range; what lies outside is cut off at the border.
    pub fn between(self, low: f64, high: f64) -> Self {
        Self { between: Some((low, high)), ..self }
    }

    /// Name these values in place of round numbers: where nothing lies
    /// between them, as with layers of 2, 4 and 8 units.
    pub fn naming(self, values: impl IntoIterator<Item = f64>) -> Self {
        let mut named: Vec<f64> = values.into_iter().collect();
        named.sort_by(f64::total_cmp);
        Self { named, ..self }
    }

    /// The heading on the picture: the label, and the scale if it is unusual.
    pub(super) fn heading(&self) -> String {
        match self.scale {
            Scale::Linear => self.label.clone(),
            _ => format!("{}, log scale", self.label),
        }
    }

    /// Why a value cannot be shown on this axis, if it cannot.
    pub(super) fn refuses(&self, value: f64) -> Option<&'static str> {
        match self.scale {
            _ if !value.is_finite() => Some("is not a finite number"),
            Scale::Log if value <= 0.0 => {
                Some("has no place on a logarithmic axis")
            }
            Scale::LogWithZero if value < 0.0 => {
                Some("is negative, on a logarithmic axis")
            }
            _ => None,
        }
    }

    /// The stretch of this axis that shows the values. `None` if there is
    /// nothing it could show.
    pub(super) fn span(
        &self,
        values: &mut dyn Iterator<Item = f64>,
        fit: Fit,
    ) -> Option<Span> {
        let mut data = values
            .filter(|&v| self.refuses(v).is_none() && v.abs() <= LARGEST)
            .peekable();
        data.peek()?;
        let fixed = self.between.map(|(low, high)| [low, high]);
        let mut shown: Vec<f64> = match fixed {
            Some(ends) if ends[0] < ends[1] => ends.to_vec(),
            _ => data.chain(self.includes.iter().copied()).collect(),
        };
        shown.retain(|&v| self.refuses(v).is_none());
        let zero = self.scale == Scale::LogWithZero && shown.contains(&0.0);
        if self.scale != Scale::Linear {
            shown.retain(|&v| v > 0.0);
            if shown.is_empty() {
                shown.push(1.0);
            }
        }
        let low = shown.iter().copied().fold(f64::INFINITY, f64::min);
        let high = shown.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let fit = if fixed.is_some() { Fit::Tight } else { fit };
        let whole = fixed.is_none() && shown.iter().all(|v| v.fract() == 0.0);
        let span = match self.scale {
            Scale::Linear => Span {
                counts: whole && fit == Fit::Tight && high - low >= 2.0,
                ..Span::linear(low, high, fit)
            },
            _ => Span::log(low, high, zero, fit),
        };
        Some(Span { named: self.named.clone(), ..span })
    }
}

/// Beyond this, differences of two values overflow.
const LARGEST: f64 = 1e300;

/// How the end of an axis relates to the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is the last value: time starts and ends with the run.
    Tight,
    /// It is a round number beyond it.
    Round,
}

/// A stretch of an axis, ready to place values.
#[derive(Clone, Debug)]
pub(super) struct Span {
    log: bool,
    /// Whether it counts, layers or steps: nothing lies between 1 and 2.
    counts: bool,
    /// Whether exactly 0 has a place of its own at the start.
    pub(super) zero: bool,
    /// Ends: values, or their decimal logarithms.
    low: f64,
    high: f64,
    /// The last value, where the axis ends with the data.
    end: Option<f64>,
    /// The only values that are named, if there are any.
    named: Vec<f64>,
}

/// How much of an axis the place for 0 takes.
const ZERO_SHARE: f64 = 0.08;

/// A place on an axis that is named.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) value: f64,
    pub(super) label: String,
}

impl Span {
    fn linear(mut low: f64, mut high: f64, fit: Fit) -> Self {
        if low == high {
            let room = if low == 0.0 { 1.0 } else { low.abs() / 2.0 };
            (low, high) = (low - room, high + room);
        }
        if fit == Fit::Round {
            // An axis that nearly reaches 0 and stops short exaggerates.
            if low > 0.0 && low < 0.4 * high {
                low = 0.0;
            } else if high < 0.0 && high > 0.4 * low {
                high = 0.0;
            }
            let step = linear_step(high - low, 5);
            low = (low / step + 1e-9).floor() * step;
            high = (high / step - 1e-9).ceil() * step;
        }
        Self {
            log: false,
            counts: false,
            zero: false,
            low,
            high,
            end: None,
            named: Vec::new(),
        }
    }

    fn log(low: f64, high: f64, zero: bool, fit: Fit) -> Self {
        let end = (fit == Fit::Tight).then_some(high);
        let (mut low, mut high) = (libm::log10(low), libm::log10(high));
        if high - low < 1e-6 {
            (low, high) = (low - 0.5, high + 0.5);
        } else if fit == Fit::Round {
            let room = 0.04 * (high - low);
            (low, high) = (low - room, high + room);
        }
        let named = Vec::new();
        Self { log: true, counts: false, zero, low, high, end, named }
    }

    /// Where a value lies, 0 and 1 being the ends of the axis.
    pub(super) fn share(&self, value: f64) -> f64 {
        if !self.log {
            return (value - self.low) / (self.high - self.low);
        }
        if value <= 0.0 {
            return 0.0;
        }
        let share = (libm::log10(value) - self.low) / (self.high - self.low);
        self.after_zero(share)
    }

    fn after_zero(&self, share: f64) -> f64 {
        if self.zero { ZERO_SHARE + (1.0 - ZERO_SHARE) * share } else { share }
    }

    /// Whether the value lies on the axis.
    pub(super) fn shows(&self, value: f64) -> bool {
        (-1e-9..=1.0 + 1e-9).contains(&self.share(value))
            && (!self.log || value > 0.0 || (self.zero && value == 0.0))
    }

    /// About `most` round values along the axis, or those that are to be
    /// named, never many more.
    pub(super) fn ticks(&self, most: usize) -> Vec<Tick> {
        let most = most.max(2);
        let named: Vec<f64> =
            self.named.iter().copied().filter(|v| self.shows(*v)).collect();
        if !named.is_empty() {
            let every = named.len().div_ceil(most);
            let tick = |value| Tick { value, label: grouped(&text(value)) };
            return named.into_iter().step_by(every).map(tick).collect();
        }
        let mut ticks = if self.log {
            self.log_ticks(most)
        } else {
            self.linear_ticks(most)
        };
        ticks.retain(|tick| self.shows(tick.value));
        ticks.extend(self.end_tick(ticks.last()));
        if self.zero {
            ticks.insert(0, Tick { value: 0.0, label: "0".into() });
        }
        ticks
    }

    /// A logarithmic axis seldom ends at a power of ten; a run of 2000 epochs
    /// should say 2000.
    fn end_tick(&self, last: Option<&Tick>) -> Option<Tick> {
        let value = self.end?;
        let whole = (1.0..1e6).contains(&value) && value.fract() == 0.0;
        let far = last.is_none_or(|tick| self.share(tick.value) < 0.95);
        let label = || grouped(&text(value));
        (whole && far).then(|| Tick { value, label: label() })
    }

    fn linear_ticks(&self, most: usize) -> Vec<Tick> {
        let at = |most: usize| {
            let step = linear_step(self.high - self.low, most);
            let step = if self.counts { step.max(1.0) } else { step };
            let first = (self.low / step - 1e-9).ceil();
            let last = (self.high / step + 1e-9).floor();
            (step, first, (last - first) as usize + 1)
        };
        let (mut step, mut first, mut count) = at(most);
        let mut by = 1;
        if count < 2 {
            // One tick alone gives no scale; of more, there is room for two.
            (step, first, count) = at(most + 1);
            by = count.max(2) - 1;
        }
        (0..count.min(50))
            .step_by(by)
            .map(|i| first + i as f64)
            .map(|i| Tick { value: i * step, label: decimal(i * step, step) })
            .collect()
    }

    fn log_ticks(&self, most: usize) -> Vec<Tick> {
        let first = (self.low - 1e-9).ceil() as i32;
        let last = (self.high + 1e-9).floor() as i32;
        let decades = (last - first + 1).max(0) as usize;
        if decades < 3 {
            return self.ticks_within_decades(first - 1, last, most);
        }
        let stride = [1, 2, 3, 4, 5, 10, 20, 50, 100, 200]
            .into_iter()
            .find(|s| decades.div_ceil(*s as usize) <= most)
            .unwrap_or(400);
        let plain = first > -4 && last < 6;
        let shown = |from: i32| {
            (first..=last).filter(move |decade| (decade - from) % stride == 0)
        };
        // From 1 on, if it can be; but one tick alone gives no scale.
        let from = if shown(0).count() < 2 { first } else { 0 };
        shown(from)
            .map(|decade| match decade {
                // One way of writing along one axis.
                d if d != 0 && !plain => {
                    Tick { label: format!("1e{d}"), ..named(1, d) }
                }
                d => named(1, d),
            })
            .collect()
    }

    /// 1, 2, 5 of each decade, or fewer; less than a factor of 2 is divided as
    /// if it were linear.
    fn ticks_within_decades(
        &self,
        first: i32,
        last: i32,
        most: usize,
    ) -> Vec<Tick> {
        for digits in [&[1, 2, 5][..], &[1, 3], &[1]] {
            let ticks: Vec<Tick> = (first..=last)
                .flat_map(|decade| digits.iter().map(move |&d| (d, decade)))
                .map(|(digit, decade)| named(digit, decade))
                .filter(|tick| self.shows(tick.value))
                .collect();
            if (2..=most + 1).contains(&ticks.len()) {
                return ticks;
            }
        }
        let ends = [self.low, self.high].map(ten_to);
        Span::linear(ends[0], ends[1], Fit::Tight)
            .linear_ticks(most.min(4))
            .into_iter()
            .filter(|tick| self.shows(tick.value))
            .collect()
    }

    /// The places between decades that show an axis to be logarithmic; none
    /// where there are so many decades that they would be a blur.
    pub(super) fn minor_ticks(&self) -> Vec<f64> {
        if !self.log || self.high - self.low > 5.0 || !self.named.is_empty() {
            return Vec::new();
        }
        let decades = self.low.floor() as i32..=self.high.floor() as i32;
        decades
            .flat_map(|decade| (2..10).map(move |d| named(d, decade).value))
            .filter(|&value| self.shows(value))
            .collect()
    }
}

impl Ranged for Span {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        // Far outside the picture is far enough: tenths must fit an i32.
        let share = self.share(*value).clamp(-100.0, 100.0);
        from + (share * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let ticks = self.ticks(hint.max_num_points());
        ticks.into_iter().map(|tick| tick.value).collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

fn ten_to(power: f64) -> f64 {
    exp(power * LN_10)
}

/// `digit · 10^decade`, exactly as the reader would type it.
fn named(digit: u32, decade: i32) -> Tick {
    // It rounds correctly on every platform; pow need not.
    let value = nearest(digit.into(), decade);
    let label = if (-3..6).contains(&decade) {
        grouped(&text(value))
    } else {
        format!("{digit}e{decade}")
    };
    Tick { value, label }
}

/// Commas into whole numbers of five digits and more, as the prose writes
/// them: `17,290`.
pub(super) fn grouped(number: &str) -> String {
    let bare = number.trim_start_matches('-');
    if bare.len() < 5 || !bare.bytes().all(|b| b.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut out = String::new();
    for (i, digit) in number.chars().enumerate() {
        let left = number.len() - i;
        if i > 0 && left.is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// 1, 2 or 5 times a power of ten that cuts `length` into at most `most`.
fn linear_step(length: f64, most: usize) -> f64 {
    let rough = length / most as f64;
    let decade = libm::log10(rough).floor() as i32;
    [(1, decade), (2, decade), (5, decade), (1, decade + 1), (2, decade + 1)]
        .into_iter()
        .map(|(digit, decade)| named(digit, decade).value)
        .find(|&step| step * (1.0 + 1e-9) >= rough)
        .unwrap_or(rough)
}

/// A tick's value with as many decimals as the step between ticks has.
fn decimal(value: f64, step: f64) -> String {
    let text = format!("{:e}", Decimal(step));
    let exponent: i32 =
        text.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    if value == 0.0 {
        return "0".into();
    }
    if !(-5..6).contains(&exponent) {
        return shortest_exponent(value, exponent);
    }
    let decimals = (-exponent).max(0) as usize;
    grouped(&format!("{:.decimals$}", Decimal(value)))
}

/// `1.5e-7`: as many digits as a step of `10^exponent` can change.
fn shortest_exponent(value: f64, exponent: i32) -> String {
    let full = format!("{:e}", Decimal(value));
    let own: i32 = full
        .split_once('e')
        .and_then(|(_, e)| e.parse().ok())
        .unwrap_or(exponent);
    let digits = (own - exponent).clamp(0, 15) as usize;
    format!("{:.digits$e}", Decimal(value))
}
