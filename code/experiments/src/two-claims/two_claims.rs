//! What changes with the example, and what does not, in the smallest network
//! of two layers, ŷ = w₂·f(w₁·x): once with f(z) = z, once with tanh.
//!
//! Six examples by hand, and curves over all inputs and all targets. The
//! claims are those of C. Versloot, *Why you shouldn't use a linear activation
//! function*, MachineCurve, 2019.
//!
//! See the chapter `two-claims`.

use ndarray::{array, aview1};
use slope::{Activation, Dense, Layer, Loss, Network};

use chart::{Axis, Chart, Column, Lines, Panel, Table};
use exact::statistics::{least, most};
use study::{
    experiment::{Claim, Experiment, Progress, Stopped},
    fact::Fact,
    params,
    sabotage::Sabotage,
};

/// The curves run over inputs and targets from −REACH to REACH.
const REACH: f64 = 3.0;

params! {
    /// What the two layers are.
    pub struct Params {
        /// The weight of the hidden unit.
        w1: f64 = 0.5, in -2.0..=2.0, "Weight w₁";
        /// The weight of the output.
        w2: f64 = -0.8, in -2.0..=2.0, "Weight w₂";
    }
}

/// The experiment.
pub struct TwoClaims;

/// All that is asked of a network at one example.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slopes {
    x: f64,
    y: f64,
    /// ŷ − y.
    error: f64,
    dl_dw1: f64,
    dl_dw2: f64,
    dy_dx: f64,
}

/// One activation at the six examples and along two lines.
pub struct Kind {
    examples: Vec<Slopes>,
    /// y = 1, the input moves.
    over_x: Vec<Slopes>,
    /// x = 1, the target moves.
    over_y: Vec<Slopes>,
}

/// What was found.
pub struct Outcome {
    straight: Kind,
    bent: Kind,
}

impl Experiment for TwoClaims {
    type Params = Params;
    type Outcome = Outcome;

    const ID: &'static str = "two-claims";
    const QUESTION: &'static str =
        "With slope one, what no longer depends on the input and the error?";
    const CHAPTER: &'static str = "two-claims";

    fn run(params: &Params, progress: &Progress) -> Result<Outcome, Stopped> {
        compared(params, KINDS, Slopes::at, progress)
    }

    fn facts(outcome: &Outcome) -> Vec<Fact> {
        let Kind { examples, .. } = &outcome.straight;
        let mut facts = vec![Fact::fixed("dy-dx", examples[0].dy_dx, 1)];
        for (name, at) in [
            ("here", examples[0]),
            ("other-input", examples[1]),
            ("other-target", examples[3]),
        ] {
            facts.push(Fact::fixed(&format!("error-{name}"), at.error, 1));
            facts.push(Fact::fixed(&format!("dw1-{name}"), at.dl_dw1, 2));
            facts.push(Fact::fixed(&format!("dw2-{name}"), at.dl_dw2, 2));
        }
        let bent = &outcome.bent.examples;
        facts.push(Fact::fixed("tanh-dy-dx-here", bent[0].dy_dx, 3));
        facts.push(Fact::fixed("tanh-dy-dx-other-input", bent[1].dy_dx, 3));
        facts
    }

    fn claims(outcome: &Outcome) -> Vec<Claim> {
        let Outcome { straight, bent } = outcome;
        let change = |at: &[Slopes], of: fn(&Slopes) -> f64| {
            most(at.iter().map(of)) - least(at.iter().map(of))
        };
        let perfect = &straight.examples[4];
        vec![
            Claim::below(
                "the slope of the output is the same for every example",
                change(&straight.examples, |s| s.dy_dx)
                    + change(&straight.over_x, |s| s.dy_dx)
                    + change(&straight.over_y, |s| s.dy_dx),
                1e-15,
            )
            .for_any("w1")
            .for_any("w2"),
            Claim::above(
                "the slope of the loss with respect to w1 changes with the \
                 input",
                change(&straight.over_x, |s| s.dl_dw1),
                1.0,
            ),
            Claim::above(
                "and with the target",
                change(&straight.over_y, |s| s.dl_dw1),
                1.0,
            ),
            Claim::above(
                "the slope of the loss with respect to w2 changes with the \
                 input",
                change(&straight.over_x, |s| s.dl_dw2),
                1.0,
            ),
            Claim::above(
                "and with the target, too",
                change(&straight.over_y, |s| s.dl_dw2),
                1.0,
            ),
            Claim::below(
                "without an error there is no gradient",
                perfect.dl_dw1.abs() + perfect.dl_dw2.abs(),
                1e-15,
            )
            .for_any("w1")
            .for_any("w2"),
            Claim::above(
                "with tanh the slope of the output changes, too",
                change(&bent.examples, |s| s.dy_dx).abs(),
                0.05,
            ),
        ]
    }

    fn chart(outcome: &Outcome) -> Chart {
        let row = |name: &str, of: fn(&Slopes) -> f64| {
            let kinds = [&outcome.straight, &outcome.bent];
            let all = kinds.map(|k| k.over_x.iter().chain(&k.over_y).map(of));
            let all: Vec<f64> = all.into_iter().flatten().collect();
            // One scale for both panels of a row, and 0 on it.
            let slope = Axis::linear("slope")
                .including(1.2 * least(all.iter().copied()))
                .including(most(all))
                .including(0.0);
            let panel = |what: &str, x: &str, curve: fn(&Kind) -> &[Slopes]| {
                let points = |kind| {
                    let place =
                        |s: &Slopes| if what == "input" { s.x } else { s.y };
                    curve(kind).iter().map(|s| (place(s), of(s))).collect()
                };
                let lines = Lines::new(Axis::linear(x), slope.clone())
                    .main("f(z) = z", points(&outcome.straight))
                    .main("tanh", points(&outcome.bent));
                Panel::new(format!("{name}, by the {what}"), lines)
            };
            [
                panel("input", "input x (target 1)", |kind| &kind.over_x),
                panel("target", "target y (input 1)", |kind| &kind.over_y),
            ]
        };
        Chart::new("Slopes of the loss and of the output, by input and target")
            .finding(outcome.finding())
            .description(outcome.description())
            .table(outcome.table())
            .row(row("dL/dw₁", |s| s.dl_dw1))
            .row(row("dŷ/dx", |s| s.dy_dx))
    }

    fn sabotages() -> Vec<Sabotage<Self>> {
        let with = |what, kinds, slopes: Asked| {
            let params = Params::default();
            Sabotage::<Self>::new(what, params, move |params, progress| {
                compared(params, kinds, slopes, progress)
            })
        };
        let [identity, _] = KINDS;
        vec![
            with("no bend in either network", [identity; 2], Slopes::at),
            with(
                "the slope of the output taken for that of the loss",
                KINDS,
                |network, x, y| {
                    let slopes = Slopes::at(network, x, y);
                    let slope = slopes.dy_dx;
                    Slopes { dl_dw1: slope, dl_dw2: slope, ..slopes }
                },
            ),
            with("an error that is always one", KINDS, |network, x, y| {
                let answer = y + Slopes::at(network, x, y).error;
                Slopes::at(network, x, answer - 1.0)
            }),
        ]
    }

    fn counter_runs() -> Vec<Sabotage<Self>> {
        let [_, tanh] = KINDS;
        vec![
            Sabotage::<Self>::new(
                "the activation is the identity",
                Params::default(),
                move |params, progress| {
                    compared(params, [tanh; 2], Slopes::at, progress)
                },
            )
            .counters(
                "tanh",
                "the slope of the output is the same for every example",
            ),
        ]
    }
}

/// What is compared: slope one, and slopes that change.
const KINDS: [Activation; 2] = [Activation::Identity, Activation::Tanh];

/// What is asked of a network at an input and a target.
type Asked = fn(&Network, f64, f64) -> Slopes;

impl Params {
    /// The examples (x, y) of the chapter's table. The fifth has no error:
    /// its target is what f(z) = z answers.
    fn examples(&self) -> [(f64, f64); 6] {
        let answer = self.w2 * (self.w1 * 2.0);
        [
            (1.0, 1.0),
            (2.0, 1.0),
            (-1.0, 1.0),
            (2.0, -3.0),
            (2.0, answer),
            (0.0, 1.0),
        ]
    }
}

fn compared(
    params: &Params,
    [straight, bent]: [Activation; 2],
    asked: Asked,
    progress: &Progress,
) -> Result<Outcome, Stopped> {
    progress.expect(2);
    let kind = |activation| {
        let network = network(params, activation)?;
        progress.advance(1);
        Ok(Kind::of(&network, params, asked))
    };
    Ok(Outcome { straight: kind(straight)?, bent: kind(bent)? })
}

/// ŷ = w₂·f(w₁·x).
fn network(
    params: &Params,
    activation: Activation,
) -> Result<Network, Stopped> {
    let layer = |w: f64, f| Dense::new(array![[w]], array![0.0], f);
    layer(params.w1, activation)
        .and_then(|hidden| {
            let output = layer(params.w2, Activation::Identity)?;
            Network::new(vec![Layer::Dense(hidden), Layer::Dense(output)])
        })
        .map_err(|why| Stopped(why.to_string()))
}

impl Kind {
    fn of(network: &Network, params: &Params, asked: Asked) -> Self {
        let line: Vec<f64> =
            (-60..=60).map(|i| REACH * f64::from(i) / 60.0).collect();
        let at = |x: f64, y: f64| asked(network, x, y);
        Kind {
            examples: params.examples().map(|(x, y)| at(x, y)).to_vec(),
            over_x: line.iter().map(|x| at(*x, 1.0)).collect(),
            over_y: line.iter().map(|y| at(1.0, *y)).collect(),
        }
    }
}

impl Slopes {
    /// With L = ½(ŷ − y)², half of what `Loss::Mse` is for one output.
    fn at(network: &Network, x: f64, y: f64) -> Self {
        let (input, target) = (array![[x]], array![[y]]);
        let (_, gradient) =
            network.loss_and_gradient(Loss::Mse, &input, &target);
        Slopes {
            x,
            y,
            error: network.output(&input)[(0, 0)] - y,
            dl_dw1: 0.5 * gradient.layers[0].w[(0, 0)],
            dl_dw2: 0.5 * gradient.layers[1].w[(0, 0)],
            dy_dx: network.jacobian(&aview1(&[x]).to_owned())[(0, 0)],
        }
    }
}

impl Outcome {
    fn finding(&self) -> String {
        let slope = self.straight.examples[0].dy_dx;
        if TwoClaims::bears_out(self) {
            format!(
                "With f(z) = z the slope of the output, dŷ/dx, is {} at every \
                 input and every target. A slope that training uses, \
                 dL/dw₁, changes with both, as it does with tanh.",
                Fact::fixed("", slope, 1).text(),
            )
        } else {
            format!(
                "With f(z) = z the slope of the output at x = 1 is \
                 {slope:.2}; the slopes of the loss there, with the target 1, \
                 are {:.2} with respect to w₁ and {:.2} with respect to w₂.",
                self.straight.examples[0].dl_dw1,
                self.straight.examples[0].dl_dw2,
            )
        }
    }

    fn description(&self) -> String {
        let mut text = String::from(
            "Four panels with two curves each, one for f(z) = z and one for \
             tanh. Above, the slope of the loss with respect to the first \
             weight; below, the slope of the output with respect to the input. \
             On the left the input moves from −3 to 3, on the right the \
             target.",
        );
        let ends = |at: &[Slopes], of: fn(&Slopes) -> f64| {
            let [first, middle, last] =
                [0, at.len() / 2, at.len() - 1].map(|i| of(&at[i]));
            format!("{first:.2}, {middle:.2} and {last:.2}")
        };
        for (name, kind) in [("f(z) = z", &self.straight), ("tanh", &self.bent)]
        {
            text += &format!(
                " {name}, at the inputs −3, 0 and 3: dL/dw₁ is {}, dŷ/dx {}; \
                 at the targets −3, 0 and 3: dL/dw₁ is {}, dŷ/dx {}.",
                ends(&kind.over_x, |s| s.dl_dw1),
                ends(&kind.over_x, |s| s.dy_dx),
                ends(&kind.over_y, |s| s.dl_dw1),
                ends(&kind.over_y, |s| s.dy_dx),
            );
        }
        text
    }

    /// The six examples by hand.
    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::new("input x"),
            Column::new("target y"),
            Column::new("error").digits(3),
            Column::new("dL/dw₁").digits(3),
            Column::new("dL/dw₂").digits(3),
            Column::new("dŷ/dx").digits(3),
            Column::new("dL/dw₁ with tanh").digits(3),
            Column::new("dŷ/dx with tanh").digits(3),
        ]);
        for (s, bent) in self.straight.examples.iter().zip(&self.bent.examples)
        {
            let numbers = [
                s.x,
                s.y,
                s.error,
                s.dl_dw1,
                s.dl_dw2,
                s.dy_dx,
                bent.dl_dw1,
                bent.dy_dx,
            ];
            table.row(numbers.map(Into::into));
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> Outcome {
        TwoClaims::run(&Params::default(), &Progress::silent())
            .expect("it runs")
    }

    /// w₁ = 0.5, w₂ = −0.8: error e = −0.4x − y, dL/dw₁ = −0.8·e·x, dL/dw₂ =
    /// 0.5·e·x.
    #[test]
    fn the_six_examples_are_what_the_hand_computes() {
        let expected = [
            [-1.4, 1.12, -0.7],
            [-1.8, 2.88, -1.8],
            [-0.6, -0.48, 0.3],
            [2.2, -3.52, 2.2],
            [0.0, 0.0, 0.0],
            [-1.0, 0.0, 0.0],
        ];
        for (s, [e, dw1, dw2]) in
            outcome().straight.examples.iter().zip(expected)
        {
            assert!((s.error - e).abs() < 1e-15, "{s:?}");
            assert!((s.dl_dw1 - dw1).abs() < 1e-15, "{s:?}");
            assert!((s.dl_dw2 - dw2).abs() < 1e-15, "{s:?}");
            assert_eq!(s.dy_dx, -0.4, "{s:?}");
        }
    }

    /// For tanh, dŷ/dx = w₂·w₁·(1 − tanh²(w₁x)), which is even in x.
    #[test]
    fn with_tanh_the_slope_of_the_output_is_even_and_steepest_at_zero() {
        let at = outcome().bent.over_x;
        let zero = &at[at.len() / 2];
        assert_eq!(zero.dy_dx, -0.4);
        for (left, right) in at.iter().zip(at.iter().rev()) {
            assert_eq!(left.dy_dx, right.dy_dx);
            assert!(left.dy_dx.abs() <= zero.dy_dx.abs());
        }
    }
}
