//! What a matrix does to a circle, and to the loss ½|Wx|².
//!
//! W = Σ σ·u·vᵀ: the unit circle becomes an ellipse with the half axes σ₁ and
//! σ₂, along u₁ and u₂; and the matrix of the loss's curvatures, WᵀW, has the
//! eigenvalues σ₁² and σ₂² along v₁ and v₂. See the page `linear-algebra`.
//!
//! Nothing here is random: there are no seeds to differ.

use ndarray::array;
use probe::{Svd, svd};
use slope::product::length;

use crate::label::rounded;
use chart::{Axis, Cell, Chart, Column, Panel, Plane, Table};
use exact::{
    statistics::{least, most},
    transcendental::{cos, sin},
};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

/// Directions in which lengths are measured.
const AROUND: u16 = 720;
const TURN: f64 = 2.0 * std::f64::consts::PI;

/// The losses that are drawn: of the book's matrix, those at a quarter, a half,
/// three quarters and the whole of v₁.
const LEVELS: [f64; 4] = [0.25, 1.0, 2.25, 4.0];

const DIRECTIONS: [&str; 2] =
    ["the direction that is stretched most", "the one that is stretched least"];

params! {
    /// The matrix.
    pub struct Params {
        /// First row.
        w11: f64 = 2.0, in -4.0..=4.0, "w₁₁";
        w12: f64 = 2.0, in -4.0..=4.0, "w₁₂";
        /// Second row.
        w21: f64 = -1.0, in -4.0..=4.0, "w₂₁";
        w22: f64 = 1.0, in -4.0..=4.0, "w₂₂";
    }
}

/// The experiment.
pub struct Circle;

/// A matrix and its parts.
pub struct Outcome {
    /// By row.
    w: [[f64; 2]; 2],
    /// Singular values, the largest first.
    s: [f64; 2],
    /// The singular directions v, and where W takes them.
    v: [[f64; 2]; 2],
    images: [[f64; 2]; 2],
    /// The matrices Wv·vᵀ, of rank 1.
    parts: [[[f64; 2]; 2]; 2],
}

impl Experiment for Circle {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "circle";
    const QUESTION: &'static str = "What does a matrix do to a circle?";
    const CHAPTER: &'static str = "linear-algebra";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        progress.expect(1);
        let outcome = outcome(params, BOOK);
        progress.advance(1);
        outcome
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let [first, second] = outcome.s;
        vec![
            Fact::fixed("most", first, 2),
            Fact::fixed("least", second, 2),
            Fact::fixed("curvature-most", first * first, 0),
            Fact::fixed("curvature-least", second * second, 0),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        // Relative to the largest, where there is any.
        let scale = if outcome.s[0] == 0.0 { 1.0 } else { outcome.s[0] };
        let lengths = || around().map(|x| length(&outcome.image(x)));
        let beyond = (most(lengths()) - outcome.s[0])
            .max(outcome.s[1] - least(lengths()));
        let [one, two] = outcome.images;
        let missing = [0, 1].map(|i| {
            let part = |j| outcome.parts.map(|p| p[i][j]).iter().sum::<f64>();
            length(&[0, 1].map(|j| part(j) - outcome.w[i][j]))
        });
        let curvatures = outcome.v.iter().zip(outcome.s);
        let off =
            curvatures.map(|(v, s)| (outcome.curvature(*v) - s * s).abs());
        vec![
            Claim::below(
                "no direction is stretched by more than the first singular \
                 value, or by less than the second",
                beyond / scale,
                1e-12,
            ),
            Claim::below(
                "the images of the two directions are at right angles",
                (one[0] * two[0] + one[1] * two[1]).abs() / (scale * scale),
                1e-12,
            ),
            Claim::below(
                "the matrix is the sum of its two parts",
                length(&missing) / scale,
                1e-12,
            ),
            Claim::below(
                "along the directions, the curvatures of the loss are the \
                 squares",
                most(off) / (scale * scale),
                1e-12,
            ),
        ]
    }

    fn domain() -> Vec<Span> {
        ["w11", "w12", "w21", "w22"].map(Span::any).into()
    }

    fn chart(outcome: &Outcome) -> Chart {
        let panels = [
            ("what goes in, x", outcome.before()),
            ("what comes out, Wx", outcome.after()),
            ("the loss ½|Wx|²", outcome.loss()),
        ];
        Chart::new("What a matrix does to a circle")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row(panels.map(|(title, plane)| Panel::new(title, plane)))
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, change: fn(&mut Rules)| {
            Sabotage::<Self>::new(what, Params::default(), {
                move |params, _| {
                    let mut rules = BOOK;
                    change(&mut rules);
                    outcome(params, rules)
                }
            })
        };
        vec![
            with("the axes for the directions", |rules| {
                rules.directions = |_| [[1.0, 0.0], [0.0, 1.0]];
            }),
            with("one direction twice", |rules| {
                rules.directions = |svd| [(BOOK.directions)(svd)[0]; 2];
            }),
            with("the lengths of the rows for the values", |rules| {
                rules.values = |_, w| w.map(|row| 0.9 * length(&row));
            }),
        ]
    }
}

/// What the book's run does, and a sabotage may change.
#[derive(Clone, Copy)]
struct Rules {
    directions: fn(&Svd) -> [[f64; 2]; 2],
    values: fn(&Svd, [[f64; 2]; 2]) -> [f64; 2],
}

const BOOK: Rules = Rules {
    directions: |svd| [0, 1].map(|k| [0, 1].map(|row| svd.v[(row, k)])),
    values: |svd, _| [svd.s[0], svd.s[1]],
};

fn outcome(params: &Params, rules: Rules) -> Result<Outcome, Stopped> {
    let w = [[params.w11, params.w12], [params.w21, params.w22]];
    let svd = svd(&array![w[0], w[1]]).map_err(Stopped::because)?;
    // Of v and −v, the one that is drawn to the right.
    let v = (rules.directions)(&svd)
        .map(|v| if v[0] < 0.0 { v.map(|part| -part) } else { v });
    let images = v.map(|v| image(w, v));
    let parts = [0, 1].map(|k| images[k].map(|u| v[k].map(|v| u * v)));
    Ok(Outcome { w, s: (rules.values)(&svd, w), v, images, parts })
}

fn image(w: [[f64; 2]; 2], x: [f64; 2]) -> [f64; 2] {
    w.map(|row| row[0] * x[0] + row[1] * x[1])
}

/// Directions all around, each of length 1, the first once more at the end.
fn around() -> impl Iterator<Item = [f64; 2]> {
    (0..=AROUND).map(|k| {
        let angle = f64::from(k) / f64::from(AROUND) * TURN;
        [cos(angle), sin(angle)]
    })
}

fn point(x: [f64; 2]) -> (f64, f64) {
    (x[0], x[1])
}

impl Outcome {
    fn image(&self, x: [f64; 2]) -> [f64; 2] {
        image(self.w, x)
    }

    /// Of ½|Wx|² along a direction: the second difference over a step of 1,
    /// which for a quadratic is exact.
    fn curvature(&self, v: [f64; 2]) -> f64 {
        let loss = |t: f64| {
            let [a, b] = self.image(v.map(|part| t * part));
            (a * a + b * b) / 2.0
        };
        loss(1.0) - 2.0 * loss(0.0) + loss(-1.0)
    }

    fn before(&self) -> Plane {
        let circle = around().map(point).collect();
        arrows(plane("x").thin("all x of length 1", circle), self.v)
    }

    fn after(&self) -> Plane {
        let ellipse = around().map(|x| point(self.image(x))).collect();
        let plane = plane("(Wx)").thin("where they go", ellipse);
        arrows(plane, self.images)
    }

    /// Contours that the two directions reach, where they are not flat.
    fn loss(&self) -> Plane {
        let mut drawn = plane("x");
        for level in LEVELS {
            let contour = around().filter_map(|x| {
                let [a, b] = self.image(x);
                let root = (2.0 * level / (a * a + b * b)).sqrt();
                // A floor that is flat has no end.
                (root < 100.0).then(|| point(x.map(|part| root * part)))
            });
            drawn = drawn.thin("lines of equal loss", contour.collect());
        }
        arrows(drawn, self.v)
    }

    fn finding(&self) -> String {
        let [first, second] = self.s.map(|s| rounded(s, 2));
        let squares = self.s.map(|s| rounded(s * s, 2));
        format!(
            "A circle becomes an ellipse. One direction is stretched most, \
             by {first}, and one at right angles to it least, by {second}; \
             both stay at right angles. Along them, a loss made of Wx is \
             steepest and flattest, with the curvatures {} and {}.",
            squares[0], squares[1],
        )
    }

    fn description(&self) -> String {
        let name = |x: [f64; 2]| {
            let [a, b] = x.map(|part| rounded(part, 2));
            format!("({a}, {b})")
        };
        format!(
            "Three planes. In the first, a circle of radius 1 with two radii \
             at right angles, to {} and {}. In the second, an ellipse, where \
             the radii have become its half axes, to {} and {}. In the third, \
             ellipses of equal loss about the minimum, short along the first \
             direction and long along the second.",
            name(self.v[0]),
            name(self.v[1]),
            name(self.images[0]),
            name(self.images[1]),
        )
    }

    fn table(&self) -> Table {
        let mut table = Table::new(
            ["direction", "v₁", "v₂", "(Wv)₁", "(Wv)₂", "stretched by"]
                .map(Column::new),
        );
        for k in 0..2 {
            let name = Cell::Text(DIRECTIONS[k].into());
            let numbers = [self.v[k], self.images[k]].concat();
            let numbers = numbers.into_iter().chain([self.s[k]]);
            table.row([name].into_iter().chain(numbers.map(Cell::Number)));
        }
        table
    }
}

fn plane(name: &str) -> Plane {
    let axis = |k| Axis::linear(format!("{name}{k}"));
    Plane::new(axis("₁"), axis("₂"))
}

fn arrows(plane: Plane, ends: [[f64; 2]; 2]) -> Plane {
    DIRECTIONS.into_iter().zip(ends).fold(plane, |plane, (name, end)| {
        plane.main(name, vec![(0.0, 0.0), point(end)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// W takes (1, 1) to (4, 0) and (1, −1) to (0, −2).
    #[test]
    fn the_directions_are_those_of_the_hand() {
        let outcome = outcome(&Params::default(), BOOK).unwrap();
        let near = |x: [f64; 2], y: [f64; 2]| {
            length(&[x[0] - y[0], x[1] - y[1]]) < 1e-15
        };
        let half = 0.5_f64.sqrt();
        assert!(near(outcome.v[0], [half, half]), "{:?}", outcome.v);
        assert!(near(outcome.v[1], [half, -half]), "{:?}", outcome.v);
        assert!(near(outcome.s, [8.0_f64.sqrt(), 2.0_f64.sqrt()]));
    }

    /// A loss with a flat floor is drawn as far as the page goes.
    #[test]
    fn a_matrix_of_rank_one_is_drawn_as_well() {
        let params = Params { w21: 2.0, w22: 2.0, ..Params::default() };
        let outcome = outcome(&params, BOOK).unwrap();
        assert!(Circle::chart(&outcome).check().is_ok());
    }
}
