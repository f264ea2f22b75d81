//! Which known methods INNA contains.
//!
//! Quasi-hyperbolic momentum is not in the catalogue; its two lines are [`quasi_hyperbolic`].

use crate::TheoryError;
use crate::drive::{distance, inna, path_on, sgd};
use crate::picture::{BLUE, ORANGE, PINK, levels, line, linear, rings, spaced};
use crate::text::{PAPER, pair, predicted, short, table};
use models::Function;
use records::{Exhibit, ExhibitPanel, Finding};
use serde_json::json;

/// The exhibit's name.
pub(crate) const NAME: &str = "equivalences";

/// Rounding of some 10⁴ iterations on numbers of size 1 stays far below; two different methods, far above.
const BOUND: f64 = 1e-10;

/// One comparison.
struct Case {
    title: &'static str,
    other: String,
    colour: &'static str,
    function: Function,
    window: [[f64; 2]; 2],
    pair: [f64; 2],
    steps: u64,
    paths: [Vec<[f64; 2]>; 2],
}

/// d ← μ d + (1 − μ) g, θ ← θ − γ' [(1 − ν) g + ν d] from d = 0, with the numbers that make it INNA.
fn quasi_hyperbolic(
    function: Function,
    gamma: f64,
    [alpha, beta]: [f64; 2],
    start: [f64; 2],
    steps: u64,
) -> (String, Vec<[f64; 2]>) {
    let (rate, mu) = (gamma / alpha, 1.0 - alpha * gamma);
    let nu = (1.0 - alpha * beta) / mu;
    let (mut theta, mut mean) = (start, [0.0; 2]);
    let mut points = vec![theta];
    for _ in 0..steps {
        let slope = function.gradient(theta);
        for i in 0..2 {
            mean[i] = mu * mean[i] + (1.0 - mu) * slope[i];
            theta[i] -= rate * ((1.0 - nu) * slope[i] + nu * mean[i]);
        }
        points.push(theta);
    }
    let digits = |x| short(x, 6);
    let name =
        format!("quasi-hyperbolic momentum, step {}, μ = {}, ν = {}", digits(rate), digits(mu), digits(nu));
    (name, points)
}

const TOY: [[f64; 2]; 2] = [[-2.2, 2.2], [-0.2, 2.2]];
const WELL: [[f64; 2]; 2] = [[-2.0, 2.0], [-2.0, 2.0]];

fn cases() -> Result<Vec<Case>, TheoryError> {
    let (toy, well, bowl) = (Function::InnaToy, Function::DoubleWell, Function::Quadratic);
    let mut cases = Vec::new();

    let (gamma, pair, start, steps) = (1e-4, [1.3, 0.1], [-1.0, 1.5], 88_000);
    let ours = path_on(toy, &*inna(gamma, pair, "beta")?, start, steps);
    let (other, theirs) = quasi_hyperbolic(toy, gamma, pair, start, steps);
    let title = "Quasi-hyperbolic momentum";
    let paths = [ours, theirs];
    cases.push(Case { title, other, colour: ORANGE, function: toy, window: TOY, pair, steps, paths });

    let (gamma, pair, start, steps) = (0.02, [0.5, 0.02], [0.05, 1.9], 2000);
    let ours = path_on(well, &*inna(gamma, pair, "beta")?, start, steps);
    let (rate, momentum) = (gamma * gamma, 1.0 - pair[0] * gamma);
    let heavy = json!({ "learning_rate": rate, "momentum": momentum, "schedule": { "kind": "constant" } });
    let theirs = path_on(well, &*catalogue::ALL.parse("sgd", &heavy)?, start, steps);
    let other = format!("SGD, step {}, momentum {}", short(rate, 3), short(momentum, 3));
    let (title, paths) = ("Heavy ball: β = γ", [ours, theirs]);
    cases.push(Case { title, other, colour: PINK, function: well, window: WELL, pair, steps, paths });

    let (gamma, pair, start, steps) = (0.02, [1.25, 0.8], [-1.5, 1.5], 2000);
    let ours = path_on(bowl, &*inna(gamma, pair, "beta")?, start, steps);
    let theirs = path_on(bowl, &*sgd(pair[1] * gamma)?, start, steps);
    let other = format!("SGD, step {}", short(pair[1] * gamma, 3));
    let (title, paths) = ("SGD: αβ = 1, constant steps", [ours, theirs]);
    cases.push(Case { title, other, colour: PINK, function: bowl, window: WELL, pair, steps, paths });

    let (gamma, pair, start, steps) = (0.08, [0.8, 1.25], [0.05, 1.9], 2000);
    let decaying = json!({ "kind": "power", "exponent": 0.5 });
    let hyper = json!({ "learning_rate": gamma, "alpha": pair[0], "beta": pair[1],
        "schedule": decaying.clone(), "initial_velocity": "beta" });
    let ours = path_on(well, &*catalogue::ALL.parse("inna", &hyper)?, start, steps);
    let hyper = json!({ "learning_rate": pair[1] * gamma, "schedule": decaying });
    let theirs = path_on(well, &*catalogue::ALL.parse("sgd", &hyper)?, start, steps);
    let other = format!("SGD, steps {}/√(k+1)", short(pair[1] * gamma, 3));
    let (title, paths) = ("SGD: αβ = 1, decaying steps", [ours, theirs]);
    cases.push(Case { title, other, colour: PINK, function: well, window: WELL, pair, steps, paths });
    Ok(cases)
}

impl Case {
    fn difference(&self) -> f64 {
        let [ours, theirs] = &self.paths;
        // A NaN would be lost in a maximum.
        let larger = |most: f64, d: f64| if d > most || d.is_nan() { d } else { most };
        ours.iter().zip(theirs).map(|(a, b)| distance(*a, *b)).fold(0.0, larger)
    }

    fn panel(&self) -> ExhibitPanel {
        let [x, y] = [linear("θ₁", Some(self.window[0])), linear("θ₂", Some(self.window[1]))];
        let name = pair(self.pair);
        ExhibitPanel {
            title: self.title.into(),
            description: format!(
                "Path of INNA {name} on {} and rings of {}: every ring lies on the line.",
                self.function.formula(),
                self.other
            ),
            background: levels(|theta| self.function.value(theta), self.window[0], self.window[1]),
            lines: vec![
                line(&format!("INNA {name}"), [BLUE, "solid"], &self.paths[0], [&x, &y]),
                rings(&self.other, self.colour, &spaced(&self.paths[1], 24)),
            ],
            x,
            y,
        }
    }

    fn finding(&self) -> Finding {
        let difference = self.difference();
        predicted(
            difference < BOUND,
            format!(
                "{}: over {} iterations INNA {} and {} are never farther apart than {}.",
                self.title,
                self.steps,
                pair(self.pair),
                self.other,
                short(difference, 2)
            ),
        )
    }

    fn row(&self) -> Vec<String> {
        vec![
            format!("INNA {}", pair(self.pair)),
            self.other.clone(),
            self.function.formula().into(),
            self.steps.to_string(),
            short(self.difference(), 2),
        ]
    }
}

/// Computes it.
pub(crate) fn exhibit() -> Result<Exhibit, TheoryError> {
    let cases = cases()?;
    Ok(Exhibit {
        name: NAME.into(),
        title: "Which known methods does INNA contain?".into(),
        method: vec![
            "All runs of INNA start with w = 0 (initial_velocity β) and use the full gradient. With a constant step size γ, \
             INNA is then quasi-hyperbolic momentum, d ← μ d + (1 − μ) g, θ ← θ − γ' [(1 − ν) g + ν d] from d = 0, with \
             γ' = γ/α, μ = 1 − αγ and ν = (1 − αβ)/(1 − αγ). So a gradient moves θ by γβ at once and by γ/α in \
             the long run, and is remembered for about 1/(αγ) iterations."
                .into(),
            "Two special cases: with β = γ it is SGD with heavy-ball momentum 1 − αγ and step γ²; with αβ = 1 the \
             state w stays 0 and it is plain SGD with steps β γ(k), also when γ(k) decays."
                .into(),
            "The settings: first panel γ = 0.0001 from (−1, 1.5); second γ = β = 0.02 from (0.05, 1.9); third γ = 0.02 \
             from (−1.5, 1.5); fourth γ(k) = 0.08/√(k + 1) from (0.05, 1.9). SGD is the catalogue's; quasi-hyperbolic \
             momentum is written out for this picture. The rings are 24 of the other method's points, equally far apart \
             along its path. The bound for the largest distance is 10⁻¹⁰, far above the rounding of these runs and far \
             below anything visible."
                .into(),
        ],
        findings: cases.iter().map(Case::finding).collect(),
        columns: 2,
        panels: cases.iter().map(Case::panel).collect(),
        table: table(
            &["INNA", "other method", "function", "iterations", "largest distance"],
            cases.iter().map(Case::row).collect(),
        ),
        source: format!(
            "{PAPER}: equation (12). The identities are computed here; quasi-hyperbolic momentum: Ma, Yarats, \
             Quasi-hyperbolic momentum and Adam for deep learning, ICLR 2019."
        ),
    })
}
