//! What a mark is drawn with: the palette, and the second sign besides colour.

use super::place::Place;

/// The role of a mark. Each has a CSS class, which the page's theme colours,
/// and a literal colour for where there is no CSS (EPUB, a saved file).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ink {
    /// Titles, values, labels that belong to no series.
    Text,
    /// Axis titles and tick labels.
    Quiet,
    /// Axis lines and ticks.
    Axis,
    /// Grid lines: there when looked for.
    Grid,
    /// Runs that are shown only for comparison: other seeds.
    Thin,
    /// One of the series, counted from 0.
    Series(u8),
    /// A point of a series, with an edge: two that touch stay two.
    Edged(u8),
    /// A series' colour in so many steps of strength, from 0 to
    /// [`SHADES`] − 1: a value as a tone.
    Shade(u8, u8),
    /// What theory says about a series: wide dashes in its colour, pale, so
    /// that a curve that agrees with them can be seen on them.
    Theory(u8),
    /// What theory says about all, in such dashes.
    Reference,
    /// In a diagram, what runs backward.
    Backward,
    /// A level or a time the data are compared with.
    Mark,
    /// From a label that had to move to the line it names.
    Leader,
    /// The background of the half of a plane that is decided for a class.
    Tint(u8),
    /// Hatching over a tint, so that grey print shows it too.
    Hatch,
    /// The line along which a classifier is undecided.
    Boundary,
    /// The page itself: keeps text clear of what lies under it.
    Page,
}

/// How many series can be told apart in one panel.
pub(super) const SERIES: u8 = 5;

/// How many tones of one colour can be told apart.
pub(super) const SHADES: u8 = 5;

/// How strong each tone is.
const STRENGTHS: [&str; SHADES as usize] = [".12", ".32", ".54", ".77", "1"];

/// How strong theory's dashes are: 3:1 on the page of every theme.
pub(super) const THEORY: &str = ".7";

/// Okabe and Ito's colours, darkened until text in them is readable on white
/// (4.5:1); their sky blue and yellow cannot be and are left out.
const SERIES_PRINT: [&str; SERIES as usize] =
    ["#0069a6", "#bd4b00", "#00775a", "#a2437d", "#7d6000"];

/// A shape that says which series a point belongs to, in grey print too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Circle,
    Triangle,
    Square,
    Diamond,
    Cross,
}

impl Shape {
    /// The shape of the series counted from 0.
    pub(super) fn of(series: u8) -> Self {
        use Shape::*;
        [Circle, Triangle, Square, Diamond, Cross][(series % SERIES) as usize]
    }

    /// Its outline; about the area of a circle of the radius.
    pub(super) fn corners(self, (x, y): Place, r: i32) -> Vec<Place> {
        let offsets = match self {
            Shape::Circle => vec![(r, 0), (0, r), (-r, 0), (0, -r)],
            Shape::Triangle => {
                let (w, up, down) = (r * 13 / 10, r * 14 / 10, r * 9 / 10);
                vec![(0, -up), (w, down), (-w, down)]
            }
            Shape::Square => {
                let s = r * 9 / 10;
                vec![(-s, -s), (s, -s), (s, s), (-s, s)]
            }
            Shape::Diamond => {
                let s = r * 13 / 10;
                vec![(0, -s), (s, 0), (0, s), (-s, 0)]
            }
            Shape::Cross => {
                let (l, t) = (r * 12 / 10, r * 4 / 10);
                vec![
                    (-t, -l),
                    (t, -l),
                    (t, -t),
                    (l, -t),
                    (l, t),
                    (t, t),
                    (t, l),
                    (-t, l),
                    (-t, t),
                    (-l, t),
                    (-l, -t),
                    (-t, -t),
                ]
            }
        };
        offsets.into_iter().map(|(dx, dy)| (x + dx, y + dy)).collect()
    }
}

impl Ink {
    /// The class that figures.css colours, without its prefix `s` (stroke) or
    /// `f` (fill).
    pub(super) fn class(self) -> String {
        let name = match self {
            Ink::Series(n)
            | Ink::Theory(n)
            | Ink::Edged(n)
            | Ink::Shade(n, _) => {
                return (n % SERIES + 1).to_string();
            }
            Ink::Tint(n) => return format!("-tint{}", n % 2 + 1),
            Ink::Text => "-text",
            Ink::Quiet => "-quiet",
            Ink::Axis => "-axis",
            Ink::Grid => "-grid",
            Ink::Thin => "-thin",
            Ink::Backward => "2",
            Ink::Mark | Ink::Reference => "-mark",
            Ink::Leader => "-axis",
            Ink::Hatch => "-hatch",
            Ink::Boundary => "-text",
            Ink::Page => "-page",
        };
        name.to_owned()
    }

    /// The colour on paper.
    pub(super) fn print(self) -> &'static str {
        match self {
            Ink::Series(n)
            | Ink::Theory(n)
            | Ink::Edged(n)
            | Ink::Shade(n, _) => SERIES_PRINT[(n % SERIES) as usize],
            Ink::Tint(n) => ["#e3f0f8", "#fbe6d8"][(n % 2) as usize],
            Ink::Backward => SERIES_PRINT[1],
            Ink::Text | Ink::Boundary => "#1c1e21",
            Ink::Quiet => "#55595e",
            Ink::Axis | Ink::Leader => "#777b80",
            Ink::Grid => "#e2e4e6",
            Ink::Thin => "#85898e",
            Ink::Mark | Ink::Reference => "#44474b",
            Ink::Hatch => "#e3b291",
            Ink::Page => "#ffffff",
        }
    }

    /// How much it covers of the page's colour, where not all of it.
    pub(super) fn strength(self) -> Option<&'static str> {
        match self {
            Ink::Shade(_, step) => STRENGTHS.get(step as usize).copied(),
            Ink::Theory(_) | Ink::Reference => Some(THEORY),
            _ => None,
        }
        .filter(|strength| *strength != "1")
    }

    /// Dashes mean one thing everywhere: this was not measured, it is what
    /// the measured is compared with. Only in a diagram, where nothing is
    /// compared, they mean backward.
    pub(super) fn dash(self) -> Option<&'static str> {
        match self {
            Ink::Theory(_) | Ink::Reference | Ink::Backward => Some("6 4"),
            Ink::Mark => Some("3 3"),
            _ => None,
        }
    }
}
