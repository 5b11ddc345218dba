//! What is shown of a run, at its end and on the way.

use ndarray::Array2;
use probe::{NoFloor, singular_values};
use slope::{Affine, Trace, decimal::Decimal, product};

use super::{Bench, LOSS, Outcome, Params};
use chart::{
    Axis, Chart, Column, DotPlot, Lines, Panel, Plot, Regions, Strips, Table,
};
use study::experiment::Experiment;

/// Values side by side on the map of what is decided.
const GRID: usize = 48;

/// Bins of a layer's activations.
const BINS: usize = 24;

/// Dots of one digit.
const DOTS: usize = 25;

/// What a picture shows of the network more than once, measured once: a page
/// draws sixty pictures a second.
struct Seen<'a> {
    outcome: &'a Outcome,
    /// Of all examples.
    trace: Trace,
    /// ‖dL/dW‖ of each layer.
    norms: Vec<f64>,
    /// The one affine map, if the network is one.
    map: Option<Affine>,
    /// What it decides in the plane, unless its inputs are digits.
    regions: Option<Regions>,
}

pub fn chart(outcome: &Outcome) -> Chart {
    let seen = Seen {
        outcome,
        trace: outcome.network.forward(&outcome.data.all.x),
        norms: outcome.norms(),
        map: outcome.map(),
        regions: outcome.data.digits.is_none().then(|| regions(outcome)),
    };
    let epoch = outcome.epoch();
    let network = outcome.name();
    Chart::new(format!("{network} after epoch {epoch}"))
        .finding(finding(&seen))
        .description(description(&seen))
        .table(table(outcome))
        .row([
            Panel::new(format!("decides, after epoch {epoch}"), decided(&seen)),
            Panel::new("loss of all examples", losses(outcome)),
        ])
        .row([
            Panel::new("length of the gradient in each layer", norms(&seen)),
            activations(&seen),
        ])
        .row([Panel::new("singular values", singular(&seen))])
}

/// Where the run stands, in one line.
pub fn standing(outcome: &Outcome) -> String {
    let epoch = outcome.epoch();
    match outcome.diverged {
        Some(_) => divergence(outcome),
        None => format!(
            "Epoch {epoch} of {}: loss {:.4}, accuracy {:.1}\u{a0}%.",
            outcome.params.epochs,
            Decimal(outcome.loss()),
            Decimal(100.0 * outcome.accuracy()),
        ),
    }
}

/// When the run diverged, and which bound it crossed.
fn divergence(outcome: &Outcome) -> String {
    let Some((epoch, loss)) = outcome.diverged else { return String::new() };
    let loss = if loss.is_finite() {
        format!("{:.1e}", Decimal(loss))
    } else {
        "more than any number".into()
    };
    let own = outcome.params.data == "own" && !outcome.data.scaled;
    let scale = if own { " So may scaled columns: scale=columns." } else { "" };
    format!(
        "Diverged in epoch {epoch}: the loss was {loss}, and the bound is a \
         thousand times the loss at the start, {:.0}. The figure shows the \
         epoch before. A learning rate below {} may help.{scale}",
        Decimal(super::DIVERGED * outcome.losses[0]),
        Decimal(outcome.params.lr),
    )
}

impl Outcome {
    /// The network in a few words.
    fn name(&self) -> String {
        let Params { depth, width, activation, .. } = &self.params;
        match depth {
            0 => "No hidden layer".into(),
            1 => format!("1 hidden layer of {width}, {activation}"),
            _ => format!("{depth} hidden layers of {width}, {activation}"),
        }
    }

    fn floor_in_words(&self) -> String {
        match &self.floor {
            Ok(floor) => {
                format!("the linear floor is {:.4}", Decimal(floor.loss))
            }
            Err(NoFloor::Separable) => {
                "a line separates the classes, so the floor is 0".into()
            }
            Err(NoFloor::QuasiSeparable { infimum, .. }) => format!(
                "a line separates the classes, but for points on it, so the \
                 floor is {:.4}, and no map attains it",
                Decimal(*infimum)
            ),
            Err(_) => "there is no linear floor".into(),
        }
    }
}

fn finding(seen: &Seen) -> String {
    let Seen { outcome, trace, map, .. } = seen;
    if outcome.diverged.is_some() {
        return divergence(outcome);
    }
    let epochs = outcome.epoch();
    let right = LOSS.accuracy(trace.output(), &outcome.data.all.y);
    let scaled = match outcome.data.scaled {
        true => ", scaled",
        false if outcome.params.data == "own" => ", not scaled",
        false => "",
    };
    let what = format!(
        "{} on {}{scaled}: after {epochs} epoch{} the loss is {:.4} and the \
         accuracy is {:.1}\u{a0}%; {}.",
        outcome.name(),
        outcome.params.data,
        if epochs == 1 { "" } else { "s" },
        Decimal(outcome.loss()),
        Decimal(100.0 * right),
        outcome.floor_in_words(),
    );
    match map {
        Some(map) => {
            format!("{what} The network is one affine map{}.", in_words(map))
        }
        None if Bench::bears_out(outcome) => {
            format!("{what} The network bends, and has got below it.")
        }
        None => format!("{what} The network bends, and is not below it."),
    }
}

/// The map of two inputs, written out.
fn in_words(map: &Affine) -> String {
    if map.w.ncols() != 2 {
        return format!(" of {} inputs", map.w.ncols());
    }
    let signed = |value: f64| {
        let sign = if value < 0.0 { '−' } else { '+' };
        format!("{sign} {:.2}", Decimal(value.abs()))
    };
    format!(
        ": logit = {:.2}·x {}·y {}",
        Decimal(map.w[(0, 0)]),
        signed(map.w[(0, 1)]),
        signed(map.b[0]),
    )
    .replace("= -", "= −")
}

fn description(seen: &Seen) -> String {
    let Seen { outcome, norms, map, regions, .. } = seen;
    let listed = |values: &[f64]| {
        let text = |value: &f64| format!("{:.1e}", Decimal(*value));
        values.iter().map(text).collect::<Vec<_>>().join(", ")
    };
    let cut = match regions {
        None => None,
        Some(Regions { values, level, .. })
            if values.iter().all(|value| value > level)
                || values.iter().all(|value| value <= level) =>
        {
            Some("all of it on one side")
        }
        Some(_) if map.is_some() => Some("cut in two by a straight line"),
        Some(_) => Some("cut by a curve"),
    };
    let decided = match cut {
        None => "Dots show the logits of some examples of each digit, even \
                 digits above, odd ones below."
            .into(),
        Some(cut) => format!(
            "A map of the plane, {cut}, with the points of both classes."
        ),
    };
    format!(
        "{decided} Beside it the loss by epoch, from {:.3} to {:.4}; dashed, {}. \
         Then the length of the gradient by layer: {} at the start and {} \
         now; the activations of each layer as tones; and the singular values \
         of each layer{}.",
        Decimal(outcome.losses[0]),
        Decimal(outcome.loss()),
        outcome.floor_in_words(),
        listed(&outcome.first_norms),
        listed(norms),
        if map.is_some() { ", and of the one map they make" } else { "" },
    )
}

fn table(outcome: &Outcome) -> Table {
    let mut table =
        Table::new([Column::new("epoch"), Column::new("loss").digits(4)]);
    for (epoch, loss) in outcome.losses.iter().enumerate() {
        table.row([epoch.into(), (*loss).into()]);
    }
    table
}

/// What the network decides: of two inputs a map, of digits a row for each.
fn decided(seen: &Seen) -> Plot {
    let Seen { outcome, trace, regions, .. } = seen;
    match (regions, &outcome.data.digits) {
        (Some(regions), _) => regions.clone().into(),
        (None, digits) => {
            let mut dots = DotPlot::new(Axis::linear("logit; right of 0, odd"))
                .dots("a dot for each example")
                .threshold(0.0, "");
            for (group, first) in [("even", 0), ("odd", 1)] {
                dots = dots.group(group);
                for digit in (first..10).step_by(2) {
                    let of = digits.iter().flatten().zip(trace.output());
                    let of = of.filter(|(d, _)| **d == f64::from(digit));
                    let of = of.map(|(_, z)| *z).take(DOTS).collect();
                    dots = dots.row(digit.to_string(), of);
                }
            }
            dots.into()
        }
    }
}

fn regions(outcome: &Outcome) -> Regions {
    let (x, y) = (&outcome.data.all.x, &outcome.data.all.y);
    let (across, up) = (borders(x, 0), borders(x, 1));
    let at = |(low, high): (f64, f64), i: usize| {
        low + (high - low) * i as f64 / (GRID - 1) as f64
    };
    let grid = Array2::from_shape_fn((GRID * GRID, 2), |(i, axis)| {
        if axis == 0 { at(across, i % GRID) } else { at(up, i / GRID) }
    });
    let of = |label: f64| {
        let rows = x.rows().into_iter().zip(y);
        let rows = rows.filter(|(_, found)| **found == label);
        rows.map(|(row, _)| (row[0], row[1])).collect()
    };
    Regions {
        x: across,
        y: up,
        columns: GRID,
        values: outcome.network.output(&grid).into_raw_vec_and_offset().0,
        level: 0.0,
        classes: Vec::new(),
    }
    .class("label 0", of(0.0))
    .class("label 1", of(1.0))
}

/// The range of a column, and a tenth of it on either side.
fn borders(x: &Array2<f64>, column: usize) -> (f64, f64) {
    let low = x.column(column).iter().copied().fold(f64::INFINITY, f64::min);
    let high =
        x.column(column).iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let margin = 0.1 * (high - low);
    (low - margin, high + margin)
}

fn losses(outcome: &Outcome) -> Lines {
    let points = (0..).zip(&outcome.losses);
    let points = points.map(|(e, loss)| (f64::from(e), *loss)).collect();
    let epochs = Axis::linear("epoch").including(1.0);
    let mut lines = Lines::new(epochs, Axis::linear("loss").including(0.0))
        .main("network", points);
    if let Ok(floor) = &outcome.floor {
        lines = lines.threshold(floor.loss, "linear floor");
    }
    if let Some((epoch, _)) = outcome.diverged {
        lines = lines.event(epoch as f64, "diverged");
    }
    lines
}

fn norms(seen: &Seen) -> Lines {
    let curve = |norms: &[f64]| -> Vec<(f64, f64)> {
        (1..).map(f64::from).zip(norms.iter().copied()).collect()
    };
    let layers = Axis::linear("layer").including(1.0).including(2.0);
    Lines::new(layers, Axis::log("‖dL/dW‖").with_zero())
        .main("now", curve(&seen.norms))
        .thin("at the start", curve(&seen.outcome.first_norms))
}

/// How the activations of each layer spread: a row of bins for each.
fn activations(seen: &Seen) -> Panel {
    let Seen { outcome, trace, .. } = seen;
    let hidden = &trace.a[1..];
    // Without a hidden layer, there are the logits.
    let shown = &hidden[..outcome.params.depth.max(1)];
    let values = || shown.iter().flat_map(|a| a.iter().copied());
    let low = values().fold(f64::INFINITY, f64::min);
    let high = values().fold(f64::NEG_INFINITY, f64::max);
    let (low, high) =
        if low < high { (low, high) } else { (low - 1.0, low + 1.0) };
    let rows = shown.iter().map(|a| {
        let mut bins = [0.0; BINS];
        for value in a {
            let share = (value - low) / (high - low);
            let bin = (share * BINS as f64) as usize;
            bins[bin.min(BINS - 1)] += 1.0 / a.len() as f64;
        }
        bins.to_vec()
    });
    let what = match shown.len() {
        1 if outcome.params.depth == 0 => "the logits".to_string(),
        1 => "layer 1".to_string(),
        n => format!("layers 1 (top) to {n}"),
    };
    // Adding 0 makes 0 of −0.
    let tenths = |value: f64| Decimal((10.0 * value).round() / 10.0 + 0.0);
    Panel::new(
        format!("activations, from {:.1} to {:.1}", tenths(low), tenths(high)),
        Strips::sequential(Axis::linear("share of the activations"))
            .strip(what, rows.collect()),
    )
}

/// The singular values of every layer, and of the one map, if there is one.
fn singular(seen: &Seen) -> DotPlot {
    let Seen { outcome, map, .. } = seen;
    let layers = outcome.network.dense_layers();
    // Of weights too large for it, the row stays empty.
    let values = layers.map(|dense| singular_values(&dense.w));
    let rows: Vec<_> = values.map(Result::unwrap_or_default).collect();
    let axis = Axis::linear("singular value of W").including(0.0);
    // Where all are 0, there is a range all the same, and nothing below 0.
    let none = rows.iter().flatten().all(|value| *value == 0.0);
    let axis = if none { axis.including(1.0) } else { axis };
    let mut dots = DotPlot::new(axis).dots("a dot for each singular value");
    dots = dots.group("layer by layer");
    for (layer, values) in (1..).zip(rows) {
        dots = dots.row(format!("layer {layer}"), values);
    }
    if let Some(map) = map {
        dots = dots
            .group("all layers")
            .row("as one map", vec![product::norm(&map.w)]);
    }
    dots
}
