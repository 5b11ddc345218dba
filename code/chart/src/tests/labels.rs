//! Text: never over other text, never outside the picture, never too small.

use super::*;
use crate::axis::Fit;
use crate::ink::Ink;
use crate::place::{Rect, spread};
use crate::sheet::{Label, Mark, Sheet};

fn texts(sheet: &Sheet) -> Vec<(Rect, String)> {
    let text = |mark: &Mark| match mark {
        Mark::Text(label) => Some((label.rect(), label.text.clone())),
        _ => None,
    };
    sheet.marks.iter().filter_map(text).collect()
}

/// Labels that touch, or stand outside of the picture.
fn faults(sheet: &Sheet, width: i32) -> Vec<String> {
    let texts = texts(sheet);
    let page = Rect { x0: -5, y0: -5, x1: width + 5, y1: sheet.height + 5 };
    let mut faults = Vec::new();
    for (i, (rect, text)) in texts.iter().enumerate() {
        if !page.contains(*rect) {
            faults.push(format!("'{text}' {rect:?} is not in {page:?}"));
        }
        for (other, with) in &texts[..i] {
            if other.overlaps(*rect) {
                faults.push(format!("'{text}' {rect:?} on '{with}' {other:?}"));
            }
        }
    }
    faults
}

fn clean(chart: &Chart) {
    for layout in LAYOUTS {
        let faults = faults(&chart.sheet(layout), layout.width());
        assert_eq!(faults, [""; 0], "{layout:?} {chart:#?}");
    }
}

#[test]
fn labels_of_every_kind_keep_clear_of_one_another() {
    every_kind().iter().for_each(clean);
}

/// The heading of the numbers is there even where no dot is explained.
#[test]
fn a_threshold_on_the_right_keeps_clear_of_the_heading() {
    let values = vec![1.0, 2.0, 3.0];
    let plot = DotPlot::new(Axis::linear("gap")).row("a", values);
    clean(&worded(plot.threshold(3.0, "the level")));
}

#[test]
fn labels_that_touch_are_found_out() {
    let mut sheet = Sheet { height: 1000, ..Sheet::default() };
    sheet.text(Label::new("one", (100, 500)));
    assert_eq!(faults(&sheet, 3000).len(), 0);
    sheet.text(Label::new("two", (200, 560)));
    assert_eq!(faults(&sheet, 3000).len(), 1);
    sheet.text(Label::new("three", (2900, 100)));
    assert_eq!(faults(&sheet, 3000).len(), 2);
}

const WORDS: [&str; 12] = [
    "a",
    "seed",
    "identity",
    "logistic regression",
    "ReLU,",
    "He",
    "W",
    "1e-13",
    "[64,64,64,64,64,10]",
    "Donaudampfschifffahrtsgesellschaftskapitänspatent",
    "→",
    "0.276",
];

fn name(random: &mut ChaCha8Rng, most: usize) -> String {
    let words = random.random_range(1..=most);
    let word = |_| WORDS[random.random_range(0..WORDS.len())];
    (0..words).map(word).collect::<Vec<_>>().join(" ")
}

/// A value of any size, positive.
fn size(random: &mut ChaCha8Rng) -> f64 {
    let decade = random.random_range(-20..8);
    let digit = random.random_range(1.0..10.0);
    format!("{digit}e{decade}").parse().unwrap()
}

fn axis(random: &mut ChaCha8Rng) -> Axis {
    let label = name(random, 9);
    match random.random_range(0..3) {
        0 => Axis::linear(label),
        1 => Axis::log(label),
        _ => Axis::log(label).with_zero(),
    }
}

fn lines(random: &mut ChaCha8Rng) -> Lines {
    let mut lines = Lines::new(axis(random), axis(random));
    let (width, height) = (size(random), size(random));
    let value = |random: &mut ChaCha8Rng, unit: f64| {
        unit * random.random_range(0.001..1.0)
    };
    for _ in 0..random.random_range(1..9) {
        let count = random.random_range(1..40);
        let points = (0..count)
            .map(|i| {
                let x = width * f64::from(i + 1) / f64::from(count);
                (x, value(random, height))
            })
            .collect();
        let label = name(random, 5);
        lines = match random.random_range(0..3) {
            0 => lines.main(label, points),
            1 => lines.thin(label, points),
            _ => lines.reference(label, points),
        };
    }
    for _ in 0..random.random_range(0..4) {
        lines = lines.threshold(value(random, height), name(random, 5));
        lines = lines.event(value(random, width), name(random, 4));
    }
    lines
}

fn dots(random: &mut ChaCha8Rng) -> DotPlot {
    let mut dots = DotPlot::new(axis(random)).dots(name(random, 6));
    let unit = size(random);
    for _ in 0..random.random_range(1..7) {
        if random.random_range(0..3) == 0 {
            dots = dots.group(name(random, 6));
        }
        let count = random.random_range(1..60);
        let values = (0..count)
            .map(|_| unit * random.random_range(0.0001..1.0))
            .collect();
        dots = dots.row(name(random, 7), values);
    }
    dots.threshold(unit * random.random::<f64>(), name(random, 6))
}

fn plane(random: &mut ChaCha8Rng) -> Plane {
    let (width, height) = (size(random), size(random));
    let points = |random: &mut ChaCha8Rng| {
        let one = |_| {
            (width * random.random::<f64>(), height * random.random::<f64>())
        };
        (0..9).map(one).collect::<Vec<_>>()
    };
    Plane::new(Axis::linear(name(random, 3)), Axis::linear(name(random, 3)))
        .main(name(random, 4), points(random))
        .thin(name(random, 4), points(random))
        .points(name(random, 4), points(random))
}

fn number_line(random: &mut ChaCha8Rng) -> NumberLine {
    let end = size(random);
    let label = name(random, 9);
    let mut line = NumberLine::new(Axis::linear(label), (0.0, end))
        .pieces(name(random, 6));
    for _ in 0..random.random_range(1..7) {
        let count = random.random_range(1..500);
        let at = |i: i32| end * f64::from(i) / f64::from(count);
        line = line.row(name(random, 5), (1..count).map(at).collect());
    }
    line
}

fn diagram(random: &mut ChaCha8Rng) -> Diagram {
    let mut diagram =
        Diagram::new().forward(name(random, 5)).backward(name(random, 5));
    let columns = random.random_range(1..5);
    let sizes: Vec<usize> =
        (0..columns).map(|_| random.random_range(1..4)).collect();
    let key = |column: usize, row: usize| format!("{column} {row}");
    for (column, &rows) in sizes.iter().enumerate() {
        for row in 0..rows {
            let node =
                Node::new(key(column, row), (column, row), name(random, 2));
            diagram = diagram.node(node.forward(name(random, 2)));
        }
        for from in 0..if column > 0 { sizes[column - 1] } else { 0 } {
            for to in 0..rows {
                let edge = Edge::new(key(column - 1, from), key(column, to));
                let text = name(random, 2);
                diagram = diagram.edge(match random.random_range(0..3) {
                    0 => edge,
                    1 => edge.forward(text),
                    _ => edge.forward(name(random, 1)).backward(text),
                });
            }
        }
    }
    if columns > 2 {
        let edge = Edge::new(key(0, 0), key(columns - 1, 0)).around();
        diagram = diagram.edge(edge.forward(name(random, 2)));
    }
    for column in 1..columns {
        if random.random_range(0..3) == 0 {
            let edge = Edge::new(key(column - 1, 0), key(column, 0)).around();
            diagram = diagram.edge(edge.forward(name(random, 1)));
        }
    }
    for edge in &mut diagram.edges {
        edge.heavy = random.random_range(0..4) == 0;
    }
    diagram.emphasis(name(random, 5))
}

fn strips(random: &mut ChaCha8Rng) -> Strips {
    let unit = size(random);
    let mut strips = Strips::diverging(Axis::linear(name(random, 5)));
    for _ in 0..random.random_range(1..6) {
        let (n, m) = (random.random_range(1..9), random.random_range(1..70));
        let mut one = || unit * (random.random::<f64>() - 0.5);
        let rows = (0..n).map(|_| (0..m).map(|_| one()).collect()).collect();
        strips = strips.strip(name(random, 5), rows);
    }
    strips
}

fn images(random: &mut ChaCha8Rng) -> Images {
    let (n, m) = (random.random_range(1..9), random.random_range(1..9));
    let mut images = Images::new(1.0).per_line(random.random_range(1..12));
    for _ in 0..random.random_range(1..20) {
        let mut one = || random.random::<f64>();
        let rows = (0..n).map(|_| (0..m).map(|_| one()).collect()).collect();
        images = images.image(name(random, 5), rows);
    }
    images
}

#[test]
fn labels_of_any_chart_keep_clear_of_one_another() {
    for seed in 0..800 {
        let random = &mut random(seed);
        let mut chart = Chart::new("any");
        for _ in 0..random.random_range(1..3) {
            let panels = random.random_range(1..4);
            let row: Vec<Panel> = (0..panels)
                .map(|_| {
                    let plot: Plot = match random.random_range(0..9) {
                        0 | 1 => lines(random).into(),
                        2 | 3 => dots(random).into(),
                        4 => plane(random).into(),
                        5 => number_line(random).into(),
                        6 => diagram(random).into(),
                        7 => strips(random).into(),
                        _ => disc(4).into(),
                    };
                    Panel::new(name(random, 8), plot)
                })
                .collect();
            chart = chart.row(row);
        }
        clean(&chart);
    }
}

#[test]
fn captions_of_any_pictures_keep_clear_of_one_another() {
    for seed in 0..200 {
        let random = &mut random(2000 + seed);
        let panels = random.random_range(1..4);
        let row: Vec<Panel> = (0..panels)
            .map(|_| Panel::new(name(random, 8), images(random)))
            .collect();
        clean(&Chart::new("any").row(row));
    }
}

#[test]
fn a_label_inside_a_panel_covers_no_curve() {
    for seed in 0..200 {
        let random = &mut random(1000 + seed);
        let chart = Chart::new("any").panel(lines(random));
        for layout in LAYOUTS {
            let sheet = chart.sheet(layout);
            for (rect, text) in texts(&sheet) {
                let on = sheet.marks.iter().any(|mark| match mark {
                    Mark::Line(points, ink, _) => {
                        *ink != Ink::Grid
                            && rect.grown(-15, -15).crossings(points) > 0
                    }
                    _ => false,
                });
                assert!(!on, "{layout:?} '{text}' {chart:#?}");
            }
        }
    }
}

/// Numbers on an edge stand on that edge alone, and on no box.
#[test]
fn a_label_of_a_diagram_covers_no_box_and_no_other_edge() {
    for seed in 0..300 {
        let random = &mut random(2000 + seed);
        let diagram = diagram(random);
        let chart = Chart::new("any").panel(diagram.clone());
        for layout in LAYOUTS {
            let sheet = chart.sheet(layout);
            let lines: Vec<_> = sheet
                .marks
                .iter()
                .filter_map(|mark| match mark {
                    Mark::Line(points, Ink::Series(_) | Ink::Backward, _) => {
                        Some(points)
                    }
                    _ => None,
                })
                .collect();
            for (rect, text) in texts(&sheet) {
                let rect = rect.grown(-15, -15);
                let crossed =
                    lines.iter().filter(|line| rect.crossings(line) > 0);
                // The two lines of its own edge pass under it.
                let crossed = crossed.count();
                assert!(crossed <= 2, "{layout:?} '{text}' {diagram:#?}");
            }
        }
    }
}

#[test]
fn pushed_apart_labels_keep_order_and_bounds_and_move_least() {
    assert_eq!(spread(&[(50, 10)], 0, 100), Some(vec![50]));
    assert_eq!(spread(&[(50, 10), (50, 10)], 0, 100), Some(vec![45, 55]));
    assert_eq!(spread(&[(0, 10), (0, 10)], 0, 100), Some(vec![5, 15]));
    assert_eq!(spread(&[(99, 10), (10, 10)], 0, 100), Some(vec![95, 10]));
    assert_eq!(spread(&[(1, 60), (1, 60)], 0, 100), None);
    for seed in 0..300 {
        let random = &mut random(seed);
        let wanted: Vec<(i32, i32)> = (0..random.random_range(0..12))
            .map(|_| {
                let at = random.random_range(-200..1200);
                (at, 2 * random.random_range(1..40))
            })
            .collect();
        let Some(centres) = spread(&wanted, 0, 1000) else { continue };
        let mut ranges: Vec<(i32, i32)> = centres
            .iter()
            .zip(&wanted)
            .map(|(c, (_, length))| (c - length / 2, c + length / 2))
            .collect();
        ranges.sort_unstable();
        assert!(ranges.iter().all(|r| r.0 >= 0 && r.1 <= 1000));
        assert!(ranges.windows(2).all(|w| w[0].1 <= w[1].0), "{wanted:?}");
    }
}

/// A phone of 320 px leaves 290 px for a figure.
#[test]
fn text_is_never_smaller_than_11_px() {
    let css = include_str!("../../../../theme/css/figures.css");
    let (_, rest) = css.split_once("@container (max-width: ").unwrap();
    let switch: f64 = rest.split_once("px").unwrap().0.parse().unwrap();
    for (layout, least) in
        [(Layout::Wide, switch + 1.0), (Layout::Narrow, 290.0)]
    {
        let shrunk = least * 10.0 / f64::from(layout.width());
        for chart in every_kind() {
            let svg = chart.svg("a", layout);
            let document = roxmltree::Document::parse(&svg).unwrap();
            for size in
                document.descendants().filter_map(|n| n.attribute("font-size"))
            {
                let size: f64 = size.parse().unwrap();
                assert!(size * shrunk >= 11.0, "{layout:?}: {size}");
            }
        }
    }
}

#[test]
fn values_that_are_to_be_named_are_and_no_others() {
    let axis = Axis::log("units").naming([8.0, 2.0, 4.0, 100.0]);
    let span = axis.span(&mut [2.0, 8.0].into_iter(), Fit::Tight).unwrap();
    let labels = |most| -> Vec<String> {
        span.ticks(most).into_iter().map(|tick| tick.label).collect()
    };
    assert_eq!(labels(3), ["2", "4", "8"]);
    assert_eq!(labels(2), ["2", "8"]);
    assert_eq!(span.minor_ticks(), [0.0; 0]);
}

/// Curves that end early near one another are named where there is room, but
/// all of them in one place.
#[test]
fn main_curves_that_find_no_place_are_named_together() {
    let axis = Axis::linear("step").including(100.0);
    let mut lines = Lines::new(axis, Axis::log("loss").between(1e-9, 1.0));
    for i in 0..4 {
        let steep = 0.5 - 0.03 * f64::from(i);
        let at = |k: i32| (f64::from(k), libm::exp(-steep * f64::from(k)));
        lines = lines.main(format!("{i} layers"), (0..90).map(at).collect());
    }
    let chart = Chart::new("any").panel(lines);
    for layout in LAYOUTS {
        let sheet = chart.sheet(layout);
        let names = texts(&sheet);
        let names = names.iter().filter(|(_, t)| t.ends_with("layers"));
        let inks = sheet.marks.iter().filter_map(|mark| match mark {
            Mark::Text(l) if l.text.ends_with("layers") => Some(l.ink),
            _ => None,
        });
        // In a legend names are black.
        let black = inks.filter(|ink| *ink == Ink::Text).count();
        assert_eq!(names.count(), 4);
        assert!(black == 0 || black == 4, "{layout:?}: {black} in the legend");
    }
}

/// One tick alone would say where an axis is, not how long.
#[test]
fn a_log_axis_with_room_for_two_ticks_has_two() {
    let mut ends = [0.06, 30.5].into_iter();
    let span = Axis::log("epochs").span(&mut ends, Fit::Tight).unwrap();
    let labels: Vec<_> = span.ticks(2).into_iter().map(|t| t.label).collect();
    assert_eq!(labels, ["0.1", "10"]);
}
