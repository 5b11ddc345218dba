//! What a matrix of two rows and two columns does to the unit circle.
//!
//! W = 2·u₁v₁ᵀ + ½·u₂v₂ᵀ with v₁ = (0.6, 0.8), v₂ = (0.8, −0.6),
//! u₁ = (0.8, 0.6) and u₂ = (0.6, −0.8), so that everything on the page
//! `linear-algebra` can be computed by hand. Here it is measured: the lengths
//! and the area on points of the circle, the singular values by rotations.
//!
//! Nothing here is random: there are no seeds to differ.

use ndarray::{Array1, Array2, array};
use probe::{Svd, singular_values, svd};
use slope::product::{a_b, a_v, at_b, length, norm};

use crate::label::rounded;
use chart::{Axis, Cell, Chart, Column, Panel, Plane, Table};
use exact::statistics::{least, most};
use exact::transcendental::{cos, sin};
use study::{
    experiment::{Claim, Experiment, Progress, Span, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

/// Points of the circle.
const POINTS: u32 = 720;

params! {
    /// The matrix.
    pub struct Params {
        /// From the first input to the first output.
        w11: f64 = 1.2, in -3.0..=3.0, "w₁₁";
        /// From the second input to the first output.
        w12: f64 = 1.1, in -3.0..=3.0, "w₁₂";
        /// From the first input to the second output.
        w21: f64 = 0.4, in -3.0..=3.0, "w₂₁";
        /// From the second input to the second output.
        w22: f64 = 1.2, in -3.0..=3.0, "w₂₂";
    }
}

/// The experiment.
pub struct Circle;

/// What was found.
pub struct Outcome {
    /// The singular values, the larger first.
    s: Vec<f64>,
    /// The two directions, and their images.
    directions: [(f64, f64); 2],
    images: [(f64, f64); 2],
    circle: Vec<(f64, f64)>,
    image: Vec<(f64, f64)>,
    /// The square roots of the eigenvalues of WᵀW.
    roots: [f64; 2],
    /// The length of what the best matrix of rank 1 leaves.
    left: f64,
    /// By how much W·W stretches at most.
    twice: f64,
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
        vec![
            Fact::fixed("largest", outcome.s[0], 1),
            Fact::fixed("smallest", outcome.s[1], 1),
            Fact::fixed("left", outcome.left, 1),
            Fact::fixed("area", outcome.grown(), 1),
            Fact::fixed("twice", outcome.twice, 2),
        ]
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let Outcome { s, roots, images, .. } = outcome;
        let [one, two] = images;
        vec![
            Claim::below(
                "the longest image is as long as the larger singular value",
                (most(outcome.lengths()) - s[0]).abs(),
                1e-3,
            ),
            // Where s₂ is 0, half a step beside v₂ costs s₁·π/720.
            Claim::below(
                "the shortest is as long as the smaller one",
                (least(outcome.lengths()) - s[1]).abs(),
                0.03,
            ),
            Claim::below(
                "the images of the two directions are perpendicular",
                (one.0 * two.0 + one.1 * two.1).abs(),
                1e-12,
            ),
            Claim::below(
                "areas are multiplied by the product of the singular values",
                (outcome.grown() - s[0] * s[1]).abs(),
                1e-9,
            ),
            Claim::below(
                "their squares are the eigenvalues of WᵀW",
                most([0, 1].map(|k| (roots[k] - s[k]).abs())),
                1e-6,
            ),
            Claim::below(
                "the best matrix of rank 1 is off by the smaller one",
                (outcome.left - s[1]).abs(),
                1e-12,
            ),
            Claim::above(
                "applied twice, it stretches by less than the square",
                s[0] * s[0] - outcome.twice,
                0.1,
            )
            .of_the_book(),
        ]
    }

    fn domain() -> Vec<Span> {
        ["w11", "w12", "w21", "w22"].map(Span::any).into()
    }

    fn chart(outcome: &Outcome) -> Chart {
        let Outcome { circle, image, directions, images, .. } = outcome;
        let inputs = outcome.drawn(["x₁", "x₂"], circle, directions);
        let outputs = outcome.drawn(["z₁", "z₂"], image, images);
        Chart::new("A circle, and what a matrix makes of it")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row([
                Panel::new("inputs of length 1", inputs),
                Panel::new("their outputs", outputs),
            ])
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
            with("a bend behind the matrix", |rules| {
                rules.bend = |z| z / (1.0 + z.abs());
            }),
            with("the axes in the place of the directions", |rules| {
                rules.directions = |_| array![[1.0, 0.0], [0.0, 1.0]];
            }),
            with("the eigenvalues of W itself", |rules| {
                rules.square = Clone::clone;
            }),
            with("the smaller piece kept", |rules| rules.kept = 1),
            with("back by the transpose instead of on", |rules| {
                rules.twice = |w| at_b(w, w);
            }),
        ]
    }
}

/// What the book's run does, and a sabotage may change.
#[derive(Clone, Copy)]
struct Rules {
    /// What happens to an output.
    bend: fn(f64) -> f64,
    /// The directions, one a column.
    directions: fn(&Svd) -> Array2<f64>,
    /// Whose eigenvalues are squares.
    square: fn(&Array2<f64>) -> Array2<f64>,
    /// Which piece the matrix of rank 1 is.
    kept: usize,
    /// What is applied for two times.
    twice: fn(&Array2<f64>) -> Array2<f64>,
}

const BOOK: Rules = Rules {
    bend: |z| z,
    directions: |svd| svd.v.clone(),
    square: |w| at_b(w, w),
    kept: 0,
    twice: |w| a_b(w, w),
};

fn outcome(params: &Params, rules: Rules) -> Result<Outcome, Stopped> {
    let Params { w11, w12, w21, w22 } = *params;
    let w = array![[w11, w12], [w21, w22]];
    let found = svd(&w).map_err(Stopped::because)?;
    let through = |x: (f64, f64)| {
        let z = a_v(&w, &array![x.0, x.1]).mapv(rules.bend);
        (z[0], z[1])
    };
    let columns = (rules.directions)(&found);
    // Of v and −v, the one that points to the right.
    let directions = [0, 1].map(|k| {
        let v = columns.column(k);
        let sign = if v[0] < 0.0 { -1.0 } else { 1.0 };
        (sign * v[0], sign * v[1])
    });
    let circle: Vec<_> = (0..=POINTS)
        .map(|k| f64::from(k % POINTS) / f64::from(POINTS))
        .map(|turn| 2.0 * std::f64::consts::PI * turn)
        .map(|angle| (cos(angle), sin(angle)))
        .collect();
    let image = circle.iter().copied().map(through).collect();
    let mut kept = Array1::zeros(2);
    kept[rules.kept] = found.s[rules.kept];
    let near = a_b(&(&found.u * &kept), &found.v.t().to_owned());
    let twice = singular_values(&(rules.twice)(&w));
    Ok(Outcome {
        directions,
        images: directions.map(through),
        circle,
        image,
        roots: eigenvalues(&(rules.square)(&w)).map(|v| v.max(0.0).sqrt()),
        left: norm(&(&w - &near)),
        twice: twice.map_err(Stopped::because)?[0],
        s: found.s,
    })
}

/// The roots of λ² − (a + d)λ + (ad − bc), the larger first.
fn eigenvalues(m: &Array2<f64>) -> [f64; 2] {
    let half = (m[(0, 0)] + m[(1, 1)]) / 2.0;
    // (a + d)²/4 − (ad − bc), without the cancellation.
    let apart = (m[(0, 0)] - m[(1, 1)]) / 2.0;
    let root = (apart * apart + m[(0, 1)] * m[(1, 0)]).max(0.0).sqrt();
    [half + root, half - root]
}

/// Of a closed curve: half the sum of x·dy − y·dx.
fn area(curve: &[(f64, f64)]) -> f64 {
    let sides = curve.windows(2);
    let sum: f64 =
        sides.map(|ends| ends[0].0 * ends[1].1 - ends[1].0 * ends[0].1).sum();
    (sum / 2.0).abs()
}

impl Outcome {
    fn lengths(&self) -> impl Iterator<Item = f64> {
        self.image.iter().map(|z| length(&[z.0, z.1]))
    }

    /// The area of the image, relative to that of the circle.
    fn grown(&self) -> f64 {
        area(&self.image) / area(&self.circle)
    }

    fn drawn(
        &self,
        names: [&str; 2],
        curve: &[(f64, f64)],
        ends: &[(f64, f64); 2],
    ) -> Plane {
        let all = self.circle.iter().chain(&self.image);
        let half = 1.1 * most(all.map(|p| f64::max(p.0.abs(), p.1.abs())));
        let [x, y] = names.map(|name| Axis::linear(name).between(-half, half));
        let from_middle = |end| vec![(0.0, 0.0), end];
        Plane::new(x, y)
            .main("stretched most", from_middle(ends[0]))
            .main("stretched least", from_middle(ends[1]))
            .thin("the circle and its image", curve.to_vec())
    }

    fn finding(&self) -> String {
        let [largest, smallest] = [0, 1].map(|k| rounded(self.s[k], 2));
        format!(
            "The circle becomes an ellipse. Of all directions, one is \
             stretched most, by {largest}, and one least, by {smallest}: the \
             singular values. The two are perpendicular before and behind the \
             matrix.",
        )
    }

    fn description(&self) -> String {
        let mut text = String::from(
            "Two squares with equal axes. On the left the unit circle with \
             two lines from its centre, on the right an ellipse with their \
             images.",
        );
        let named = ["most", "least"].into_iter().zip(0..);
        for (name, k) in named {
            let point = |p: (f64, f64)| {
                format!("({}, {})", rounded(p.0, 2), rounded(p.1, 2))
            };
            text += &format!(
                " Stretched {name}: from {} to {}, of length {}.",
                point(self.directions[k]),
                point(self.images[k]),
                rounded(self.s[k], 2),
            );
        }
        text
    }

    fn table(&self) -> Table {
        let names = ["x₁", "x₂", "z₁", "z₂", "length"];
        let mut table =
            Table::new(names.map(|name| Column::new(name).digits(4)));
        let pairs = self.circle.iter().zip(&self.image);
        let drawn = pairs.step_by(10).take(72);
        let ends = self.directions.iter().zip(&self.images);
        for (x, z) in ends.chain(drawn) {
            let numbers = [x.0, x.1, z.0, z.1, length(&[z.0, z.1])];
            table.row(numbers.map(Cell::Number));
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use slope::product::inner;

    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-14
    }

    /// W(0.6, 0.8) = 2·(0.8, 0.6) and W(0.8, −0.6) = ½·(0.6, −0.8).
    #[test]
    fn the_directions_are_those_of_the_hand() {
        let found = outcome(&Params::default(), BOOK).unwrap();
        let [(a, b), (c, d)] = found.directions;
        assert!(
            [(a, 0.6), (b, 0.8), (c, 0.8), (d, -0.6)]
                .iter()
                .all(|&(found, by_hand)| near(found, by_hand))
        );
        let [(a, b), (c, d)] = found.images;
        assert!(
            [(a, 1.6), (b, 1.2), (c, 0.3), (d, -0.4)]
                .iter()
                .all(|&(found, by_hand)| near(found, by_hand))
        );
        assert!(near(found.s[0], 2.0) && near(found.s[1], 0.5));
        assert!(near(found.twice, (7.48_f64 + 54.9504_f64.sqrt()).sqrt()));
    }

    /// λ² − 5λ + 4 and λ² − 4.25λ + 1.
    #[test]
    fn eigenvalues_are_those_of_the_hand() {
        assert_eq!(eigenvalues(&array![[2.5, 1.5], [1.5, 2.5]]), [4.0, 1.0]);
        let [large, small] = eigenvalues(&array![[1.6, 1.8], [1.8, 2.65]]);
        assert!(near(large, 4.0) && near(small, 0.25));
    }

    /// diag(2, ½) and diag(½, 2) stretch by 2, and their product by 1.
    #[test]
    fn singular_values_of_a_product_are_no_products() {
        let a = array![[2.0, 0.0], [0.0, 0.5]];
        let b = array![[0.5, 0.0], [0.0, 2.0]];
        assert_eq!(singular_values(&a).unwrap(), [2.0, 0.5]);
        assert_eq!(singular_values(&b).unwrap(), [2.0, 0.5]);
        assert_eq!(singular_values(&a_b(&a, &b)).unwrap(), [1.0, 1.0]);
    }

    /// The line ½x + ½ through (0, 1), (1, 0) and (2, 2): what is left has no
    /// part along the columns.
    #[test]
    fn what_the_best_line_leaves_is_perpendicular() {
        let x = array![[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]];
        let y = array![[1.0], [0.0], [2.0]];
        let line = array![[0.5], [0.5]];
        assert_eq!(a_b(&at_b(&x, &x), &line), at_b(&x, &y));
        let left = a_b(&x, &line) - &y;
        assert_eq!(left, array![[-0.5], [1.0], [-0.5]]);
        assert_eq!(at_b(&x, &left), array![[0.0], [0.0]]);
        assert_eq!(inner(&left, &left), 1.5);
    }
}
