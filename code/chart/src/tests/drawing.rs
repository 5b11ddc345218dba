//! The SVG itself: fit for a page, small, the same every time, and never a
//! lie about data that are not there.

use super::*;
use crate::ink::Ink;
use crate::sheet::Mark;

/// What is wrong with an SVG that is to stand in a page.
fn faults(svg: &str, id: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let forbidden = ["\n", "\r", "$", "{{", "\\(", "NaN", "inf", "--"];
    for text in forbidden {
        if svg.contains(text) {
            faults.push(format!("contains {text:?}"));
        }
    }
    let document = match roxmltree::Document::parse(svg) {
        Ok(document) => document,
        Err(why) => return vec![format!("not XML: {why}")],
    };
    let root = document.root_element();
    let ids: Vec<&str> =
        document.descendants().filter_map(|n| n.attribute("id")).collect();
    for (i, own) in ids.iter().enumerate() {
        if !own.starts_with(id) || ids[..i].contains(own) {
            faults.push(format!("id {own} is not its own"));
        }
    }
    if root.attribute("role") != Some("img") {
        faults.push("no role".into());
    }
    let named = root.attribute("aria-labelledby").unwrap_or_default();
    if named.split(' ').filter(|name| ids.contains(name)).count() != 2 {
        faults.push(format!("labelled by {named:?}, of {ids:?}"));
    }
    faults
}

#[test]
fn every_picture_is_fit_for_a_page() {
    for chart in every_kind() {
        for layout in LAYOUTS {
            let id = format!("fig-x-{}", layout.name());
            let svg = chart.svg("fig-x", layout);
            assert_eq!(faults(&svg, &id), [""; 0], "{svg}");
        }
    }
}

#[test]
fn a_broken_picture_is_found_out() {
    let good = every_kind()[0].svg("a", Layout::Wide);
    for (what, with) in [
        ("</svg>", ""),
        ("<desc", "\n<desc"),
        ("role=\"img\"", ""),
        ("id=\"a-wide-desc\"", "id=\"a-wide-title\""),
        ("id=\"a-wide-title\"", "id=\"b\""),
        (" y=\"", " y=\"NaN"),
        ("seed 0", "$seed 0$"),
    ] {
        let bad = good.replacen(what, with, 1);
        assert_ne!(bad, good, "nothing to replace: {what}");
        assert!(!faults(&bad, "a-wide").is_empty(), "{what} → {with}");
    }
}

#[test]
fn wide_and_narrow_share_no_id_and_only_the_wide_one_shows_by_itself() {
    let chart = &every_kind()[2];
    let [wide, narrow] = LAYOUTS.map(|layout| chart.svg("a", layout));
    assert!(!wide.contains("a-narrow") && !narrow.contains("a-wide"));
    let root = |svg: &str| svg[..svg.find('>').unwrap()].to_owned();
    assert!(root(&narrow).contains("display=\"none\""));
    assert!(!root(&wide).contains("display"));
}

#[test]
fn the_same_chart_is_the_same_bytes() {
    for layout in LAYOUTS {
        let draw = || every_kind().into_iter().map(|c| c.svg("a", layout));
        assert!(draw().eq(draw()));
    }
}

/// What the platform computes may differ in the last bit; libm does not.
#[test]
fn no_transcendental_function_of_the_platform_places_anything() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let platform = [".log10()", ".ln()", ".exp()", ".powf(", ".powi(", ".sin("];
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let source = std::fs::read_to_string(&path).unwrap();
            for call in platform {
                assert!(!source.contains(call), "{call} in {path:?}");
            }
        }
    }
}

#[test]
fn pictures_stay_small() {
    let mut random = random(2);
    let mut curve = |floor: f64| {
        let noisy = |(x, y)| (x, y + 0.02 * random.random::<f64>());
        falling(200, floor).into_iter().map(noisy).collect::<Vec<_>>()
    };
    let lines = Lines::new(Axis::linear("epoch"), Axis::linear("loss"))
        .main("a", curve(0.1))
        .main("b", curve(0.3))
        .main("c", curve(0.5));
    let charts = [
        ("lines", worded(lines), 14_000),
        ("regions", worded(disc(200)), 10_000),
        ("crowded regions", worded(disc(500)), 13_000),
        ("dots", worded(gaps()), 8_000),
        ("plane", worded(ring()), 7_000),
        ("number line", worded(halves()), 4_000),
        ("diagram", worded(two_two_one()), 8_000),
        ("strips", worded(weights()), 7_000),
    ];
    for (name, chart, budget) in charts {
        for layout in LAYOUTS {
            let size = chart.svg("fig-size", layout).len();
            assert!(size <= budget, "{name} {layout:?}: {size} bytes");
        }
    }
}

/// A long noisy run must not make a heavy page.
#[test]
fn a_hundred_thousand_points_are_thinned_to_what_can_be_seen() {
    let mut random = random(3);
    let run =
        (0..100_000).map(|i| (f64::from(i), random.random::<f64>())).collect();
    let lines =
        Lines::new(Axis::linear("update"), Axis::linear("loss")).main("a", run);
    let size = worded(lines).svg("a", Layout::Wide).len();
    assert!(size < 60_000, "{size} bytes");
}

fn axes() -> [Axis; 3] {
    [Axis::linear("a"), Axis::log("a"), Axis::log("a").with_zero()]
}

/// Data that a careless experiment might hand over.
fn strange_data() -> Vec<Vec<(f64, f64)>> {
    let strange =
        [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0, 1e300, 5e-324];
    let mut data = vec![
        vec![],
        vec![(1.0, 1.0)],
        vec![(1.0, 2.0), (1.0, 2.0)],
        vec![(1.0, 2.0), (2.0, 2.0)],
        vec![(2.0, 1.0), (2.0, 3.0)],
        vec![(0.0, 0.0), (1.0, 0.0)],
        vec![(f64::MIN, f64::MIN), (f64::MAX, f64::MAX)],
        vec![(1.0, 1.0), (2.0, 1.0 + f64::EPSILON)],
    ];
    for a in strange {
        data.push(vec![(a, a)]);
        data.push(vec![(1.0, 1.0), (2.0, a), (3.0, 2.0)]);
        data.push(vec![(1.0, 1.0), (a, 2.0), (3.0, 2.0)]);
    }
    data
}

#[test]
fn strange_data_give_a_picture_or_an_empty_panel_but_never_nonsense() {
    for data in strange_data() {
        for x in axes() {
            for y in axes() {
                let lines = Lines::new(x.clone(), y.clone())
                    .main("main", data.clone())
                    .threshold(data.first().map_or(0.0, |p| p.1), "level")
                    .event(data.first().map_or(0.0, |p| p.0), "event");
                draws(&worded(lines), &data);
            }
            let values: Vec<f64> = data.iter().map(|p| p.1).collect();
            let dots = DotPlot::new(x).row("row", values.clone());
            draws(&worded(dots), &data);
            let grid = Regions {
                x: data.first().copied().unwrap_or((0.0, 1.0)),
                y: (0.0, 1.0),
                columns: 2,
                values: [values.clone(), values].concat(),
                level: 0.5,
                classes: vec![],
            };
            draws(&worded(grid.class("a", data.clone())), &data);
        }
        let plane = Plane::new(Axis::linear("x"), Axis::linear("y"));
        let plane = plane.main("a", data.clone()).points("b", data.clone());
        draws(&worded(plane), &data);
        let (xs, ys): (Vec<f64>, Vec<f64>) = data.iter().copied().unzip();
        for ends in [(0.0, 1.0), data.first().copied().unwrap_or_default()] {
            let line = NumberLine::new(Axis::linear("x"), ends);
            draws(&worded(line.row("row", ys.clone())), &data);
        }
        for axis in axes() {
            let tones = Strips::sequential(axis).strip("a", vec![ys.clone()]);
            let mut both = tones.clone().strip("b", vec![xs.clone(), vec![]]);
            draws(&worded(tones), &data);
            both.diverging = true;
            draws(&worded(both), &data);
        }
        let images = Images::new(1.0).image("a", vec![xs.clone()]);
        let both = images.clone().image("b", vec![ys.clone(), vec![]]);
        draws(&worded(images), &data);
        draws(&worded(both), &data);
    }
}

fn draws(chart: &Chart, data: &[(f64, f64)]) {
    for layout in LAYOUTS {
        let svg = chart.svg("a", layout);
        assert_eq!(
            faults(&svg, &format!("a-{}", layout.name())),
            [""; 0],
            "{data:?}: {svg}"
        );
    }
}

#[test]
fn what_cannot_be_shown_is_named() {
    let lines = |points| {
        Lines::new(Axis::linear("x"), Axis::log("y")).main("tanh", points)
    };
    let cases = [
        (
            lines(vec![(1.0, 1.0), (2.0, f64::NAN)]),
            "panel 1: series 'tanh', point 1: y = NaN is not a finite number",
        ),
        (
            lines(vec![(0.0, 0.0)]),
            "panel 1: series 'tanh', point 0: y = 0 has no place on a \
             logarithmic axis",
        ),
        (lines(vec![]), "panel 1: no series has a point"),
        (
            lines(vec![(1.0, 1.0)]).thin_of("tan", vec![]),
            "panel 1: no main series is called 'tan'; there are tanh",
        ),
    ];
    for (lines, expected) in cases {
        let problems = worded(lines).check().unwrap_err();
        assert_eq!(problems, [expected]);
    }
    assert_eq!(
        Chart::new("t").check().unwrap_err(),
        [
            "the chart has no finding",
            "the chart has no description",
            "the chart has no panel"
        ]
    );
}

#[test]
fn what_cannot_be_shown_is_named_in_the_other_panels() {
    let x = || Axis::linear("x");
    let line = || NumberLine::new(x(), (0.0, 1.0));
    let h = || Diagram::new().node(Node::new("h", (0, 0), "h"));
    let cases: Vec<(Plot, &str)> = vec![
        (
            Plane::new(x(), x()).into(),
            "no curve has a point, and no point stands alone",
        ),
        (
            Plane::new(x(), Axis::log("y")).main("a", vec![(1.0, 1.0)]).into(),
            "the y axis is logarithmic: the axes of a plane have one unit",
        ),
        (
            Plane::new(x(), x()).points("a", vec![(1.0, f64::NAN)]).into(),
            "'a', point 0 is not finite",
        ),
        (line().into(), "no row"),
        (
            line().row("a", vec![0.5, 1.0]).into(),
            "row 'a', break 1: 1 is not between the ends",
        ),
        (
            line().row("a", vec![0.5, 0.5]).into(),
            "row 'a', break 1: 0.5 does not lie after 0.5",
        ),
        (Diagram::new().into(), "no node"),
        (
            h().edge(Edge::new("h", "y")).into(),
            "the edge 'h' → 'y' needs a node 'y'; there are [\"h\"]",
        ),
        (
            h().node(Node::new("y", (0, 0), "y")).into(),
            "nodes 'h' and 'y' lie on one another",
        ),
        (
            h().node(Node::new("y", (0, 1), "y"))
                .edge(Edge::new("h", "y"))
                .into(),
            "the edge 'h' → 'y' does not lead to a later column",
        ),
        (
            h().node(Node::new("g", (0, 1), "g"))
                .node(Node::new("y", (1, 0), "y"))
                .edge(Edge::new("g", "y").around())
                .into(),
            "the edge 'g' → 'y' goes around, but not between the first nodes \
             of their columns",
        ),
        (h().emphasis("a path").into(), "no edge is heavy: 'a path'"),
        (
            h().node(Node::new("y", (1, 0), "y"))
                .edge(Edge::new("h", "y").heavy())
                .into(),
            "nothing says what the heavy edges are",
        ),
        (Strips::diverging(x()).into(), "no strip has a value"),
        (
            Strips::diverging(Axis::log("y"))
                .strip("a", vec![vec![1.0]])
                .into(),
            "a logarithmic axis has but one side of 0",
        ),
        (
            Strips::sequential(x()).strip("a", vec![vec![-1.0]]).into(),
            "strip 'a', value 0: -1 is negative, on a scale from 0",
        ),
        (
            Strips::sequential(x()).strip("a", vec![vec![1.0], vec![]]).into(),
            "strip 'a', row 1: 0 values, where the first row has 1",
        ),
        (Images::new(1.0).into(), "no picture has a pixel"),
        (
            Images::new(1.0).image("a", vec![vec![1.5]]).into(),
            "picture 0, 'a': a pixel of 1.5 is not between 0 and 1",
        ),
        (
            Images::new(1.0).image("a", vec![vec![1.0], vec![]]).into(),
            "picture 0, 'a': its rows are not of one length",
        ),
    ];
    for (plot, expected) in cases {
        assert_eq!(plot.problems(), [expected]);
    }
}

/// Half a shape at the end of the picture would be another shape.
#[test]
fn shapes_in_a_plane_are_whole_and_on_straight_curves_too() {
    let ends = |y: f64| vec![(-1.0, y), (1.0, y)];
    let axis = || Axis::linear("x").between(-1.0, 1.0);
    let plane = Plane::new(axis(), axis()).main("a", ends(0.2));
    let chart = Chart::new("any").panel(plane.main("b", ends(-0.2)));
    for layout in LAYOUTS {
        let sheet = chart.sheet(layout);
        for hue in [0, 1] {
            let places = sheet.marks.iter().filter_map(|mark| match mark {
                Mark::Point(at, r, _, Ink::Edged(h)) if *h == hue => {
                    Some((at.0 - r, at.0 + r))
                }
                _ => None,
            });
            let places: Vec<_> = places.collect();
            assert!(places.len() > 1, "{layout:?}: {places:?}");
            let inside = |p: &(i32, i32)| p.0 >= 0 && p.1 <= layout.width();
            assert!(places.iter().all(inside), "{layout:?}: {places:?}");
        }
    }
}

/// A curve that agrees with theory hides it no more than theory hides the
/// curve: theory is wider, paler and under it.
#[test]
fn theory_and_a_curve_that_agrees_can_both_be_seen() {
    let curve = || falling(20, 0.1);
    let lines = Lines::new(Axis::linear("x"), Axis::linear("y"))
        .main("a", curve())
        .reference_of("a", "theory", curve());
    let sheet = Chart::new("any").panel(lines).sheet(Layout::Wide);
    let place = |wanted: Ink| {
        sheet.marks.iter().enumerate().find_map(|(i, mark)| match mark {
            Mark::Line(_, ink, width) if *ink == wanted => Some((i, *width)),
            _ => None,
        })
    };
    let theory = place(Ink::Theory(0)).unwrap();
    let measured = place(Ink::Series(0)).unwrap();
    assert!(theory.0 < measured.0);
    assert!(theory.1 >= 2 * measured.1);
    assert!(Ink::Theory(0).strength().is_some());
}

#[test]
fn an_empty_panel_says_so() {
    let empty = Lines::new(Axis::linear("x"), Axis::linear("y"));
    let svg = worded(empty).svg("a", Layout::Narrow);
    assert!(svg.contains("no data to show"));
}

#[test]
fn a_table_reads_back_to_the_bit() {
    let mut random = random(4);
    let mut table = Table::new([Column::new("a, \"b\""), Column::new("c")]);
    let values: Vec<f64> = (0..500)
        .map(|_| f64::from_bits(random.random()))
        .filter(|v| v.is_finite())
        .collect();
    for &value in &values {
        table.row([value.into(), "x\ny".into()]);
    }
    let csv = table.csv();
    assert!(csv.starts_with("\"a, \"\"b\"\"\",c\r\n"));
    let rows = csv.split("\r\n").skip(1).filter(|row| !row.is_empty());
    let back: Vec<u64> = rows
        .map(|row| row.split(',').next().unwrap())
        .map(|field| field.parse::<f64>().unwrap().to_bits())
        .collect();
    let bits: Vec<u64> = values.iter().map(|v| v.to_bits()).collect();
    assert_eq!(back, bits);
}

#[test]
fn numbers_are_shown_as_a_sentence_would() {
    let shown = crate::table::significant;
    assert_eq!(shown(0.27618, 3), "0.276");
    assert_eq!(shown(0.0999, 2), "0.10");
    assert_eq!(shown(1437.0, 2), "1437");
    assert_eq!(shown(4.96e-15, 2), "5.0e-15");
    assert_eq!(shown(-0.5, 2), "-0.50");
    assert_eq!(shown(0.0, 2), "0");
}

/// One tick alone does not tell a factor of ten from a difference of ten.
#[test]
fn a_logarithmic_axis_names_two_places_at_least() {
    use crate::axis::Fit;
    for (decades, first) in (1..40).flat_map(|d| (-30..6).map(move |f| (d, f)))
    {
        let ends = [first, first + decades].map(|d| libm::exp10(d.into()));
        let span = Axis::log("step").span(&mut ends.into_iter(), Fit::Tight);
        let span = span.expect("there are two values");
        for most in 1..8 {
            let ticks = span.ticks(most);
            assert!(ticks.len() > 1, "{ends:?}, {most}: {ticks:?}");
        }
    }
}
