//! Whether INNA leaves a saddle point, and how fast.

use crate::drive::{drive, inna, sgd};
use crate::picture::{BLACK, BLUE, GREEN, PINK, line, linear, logarithmic};
use crate::quadratic::spectral_radius;
use crate::text::{SADDLE_PAPER, predicted, short, table};
use crate::{TheoryError, text};
use models::Function;
use records::{Exhibit, ExhibitPanel, Finding};
use rule::Method;
use std::ops::ControlFlow;
use streams::Stream;

/// The exhibit's name.
pub(crate) const NAME: &str = "escape";

const FUNCTION: Function = Function::DoubleWell;
const GAMMA: f64 = 0.02;
const DRAWS: usize = 1000;
const STEPS: u64 = 2000;
/// How often the paper's experiment looks.
const SAMPLED_EVERY: u64 = 10;
const SEED: u64 = 2023;
/// How far from the saddle the starts are.
const SPREAD: f64 = 1e-12;
/// The curvature of the function at the saddle in the direction that leads away.
const DOWNWARD: f64 = -8.0;
/// What the nearest point is chosen from: the minima's neighbourhoods and the saddle.
const PLACES: [[f64; 2]; 3] = [[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]];
const SADDLE: usize = 2;
const DIVERGED: f64 = 1e5;

/// What a thousand runs of one method did.
struct Escapes {
    label: String,
    style: [&'static str; 2],
    /// Runs that end nearest each of [`PLACES`].
    ends: [usize; 3],
    /// Mean number of iterations nearest the saddle.
    near: f64,
    diverged: usize,
    /// Share of the runs nearest the saddle, by iteration.
    share: Vec<[f64; 2]>,
    /// |θ₁| of the first run, by iteration.
    first: Vec<[f64; 2]>,
    /// Factor by which |θ₁| should grow per iteration near the saddle.
    predicted: f64,
}

fn nearest(here: [f64; 2]) -> usize {
    let square = |place: [f64; 2]| (here[0] - place[0]).powi(2) + (here[1] - place[1]).powi(2);
    (0..PLACES.len()).min_by(|a, b| square(PLACES[*a]).total_cmp(&square(PLACES[*b]))).unwrap_or(SADDLE)
}

/// Starts around the saddle: all first coordinates, then all second ones.
fn starts() -> Vec<f64> {
    let mut draws = Stream::new(SEED, NAME, "start", 0).draws(0);
    (0..2 * DRAWS).map(|_| SPREAD * draws.normal()).collect()
}

/// Runs all draws side by side: the methods treat every parameter for itself, so it is the same as one by one.
fn escapes(label: String, style: [&'static str; 2], method: &dyn Method, predicted: f64) -> Escapes {
    let mut theta = starts();
    let (mut ends, mut sampled, mut first, mut share) = ([0; 3], 0_u64, Vec::new(), Vec::new());
    let mut over = vec![false; DRAWS];
    let slope = |theta: &[f64], into: &mut [f64]| {
        for i in 0..DRAWS {
            [into[i], into[DRAWS + i]] = FUNCTION.gradient([theta[i], theta[DRAWS + i]]);
        }
    };
    drive(method, &mut theta, STEPS, slope, |k, theta, _| {
        first.push([k as f64, theta[0].abs()]);
        if k % SAMPLED_EVERY == 0 {
            let mut here = [0; 3];
            for i in 0..DRAWS {
                let point = [theta[i], theta[DRAWS + i]];
                here[nearest(point)] += 1;
                // Not `>`: a value that is no number has diverged as well.
                over[i] |= FUNCTION.value(point).partial_cmp(&DIVERGED).is_none_or(|order| order.is_ge());
            }
            share.push([k as f64, here[SADDLE] as f64 / DRAWS as f64]);
            if k < STEPS {
                sampled += here[SADDLE] as u64;
            }
            ends = here;
        }
        ControlFlow::Continue(())
    });
    let near = (sampled * SAMPLED_EVERY) as f64 / DRAWS as f64;
    let diverged = over.into_iter().filter(|over| *over).count();
    Escapes { label, style, ends, near, diverged, share, first, predicted }
}

fn all() -> Result<Vec<Escapes>, TheoryError> {
    let growth = 1.0 - GAMMA * DOWNWARD;
    let mut all = vec![escapes("SGD".into(), [PINK, "dash-dot"], &*sgd(GAMMA)?, growth)];
    for (pair, style) in [([0.5, 1.0], [BLUE, "solid"]), ([1.0, 1.1], [GREEN, "dashed"])] {
        let label = format!("INNA {}", text::pair(pair));
        let growth = spectral_radius(GAMMA, pair, DOWNWARD);
        all.push(escapes(label, style, &*inna(GAMMA, pair, 1.0)?, growth));
    }
    Ok(all)
}

impl Escapes {
    /// Growth of |θ₁| per iteration, measured while it is far from its start and far from the minima.
    fn growth(&self) -> f64 {
        let from = self.first.iter().position(|p| p[1] > 1e-9).unwrap_or(0);
        let to = self.first.iter().position(|p| p[1] > 1e-4).unwrap_or(self.first.len() - 1);
        libm::exp(libm::log(self.first[to][1] / self.first[from][1]) / (to - from).max(1) as f64)
    }

    fn row(&self) -> Vec<String> {
        vec![
            self.label.clone(),
            self.ends[0].to_string(),
            self.ends[1].to_string(),
            self.ends[SADDLE].to_string(),
            short(self.near, 4),
            self.diverged.to_string(),
            short(self.growth(), 5),
            short(self.predicted, 5),
        ]
    }
}

fn findings(all: &[Escapes]) -> Vec<Finding> {
    let stuck: usize = all.iter().map(|escapes| escapes.ends[SADDLE]).sum();
    let diverged: usize = all.iter().map(|escapes| escapes.diverged).sum();
    let listed = |f: &dyn Fn(&Escapes) -> String| all.iter().map(f).collect::<Vec<_>>().join(", ");
    let apart = |escapes: &Escapes| (escapes.growth() / escapes.predicted - 1.0).abs();
    let farthest = all.iter().map(apart).fold(0.0, f64::max);
    vec![
        predicted(
            stuck == 0 && diverged == 0,
            format!(
                "Of {} runs, {stuck} end at the saddle and {diverged} diverge. The rest end in the right or left minimum: {}.",
                all.len() * DRAWS,
                listed(&|e| format!("{} {}/{}", e.label, e.ends[0], e.ends[1]))
            ),
        ),
        predicted(
            all.windows(2).all(|pair| pair[0].near > pair[1].near),
            format!(
                "Mean number of iterations near the saddle: {}. INNA leaves a little earlier than SGD with the same \
                 step size.",
                listed(&|e| format!("{} {}", e.label, short(e.near, 4)))
            ),
        ),
        predicted(
            farthest < 1e-3,
            format!(
                "Near the saddle |θ₁| grows per iteration by {} (measured from 10⁻⁹ to 10⁻⁴ in the first draw); the \
                 linearised iteration says {}.",
                listed(&|e| short(e.growth(), 5)),
                listed(&|e| short(e.predicted, 5))
            ),
        ),
    ]
}

fn panels(all: &[Escapes]) -> Vec<ExhibitPanel> {
    let (x, y) = (linear("iteration", Some([0.0, 300.0])), linear("share of runs nearest the saddle", None));
    let early = |points: &[[f64; 2]]| -> Vec<[f64; 2]> {
        points.iter().copied().take_while(|p| p[0] <= 300.0).collect()
    };
    let share = ExhibitPanel {
        title: "How many are still at the saddle".into(),
        description: "Share of 1000 runs nearest the saddle against the iteration: 1 at first, 0 at the end, falling between \
                      iterations 160 and 240; SGD last."
            .into(),
        background: None,
        lines: all.iter().map(|e| line(&e.label, e.style, &early(&e.share), [&x, &y])).collect(),
        x,
        y,
    };
    let (x, y) = (linear("iteration", Some([0.0, 300.0])), logarithmic("|θ₁|", None));
    let mut lines: Vec<_> = all.iter().map(|e| line(&e.label, e.style, &early(&e.first), [&x, &y])).collect();
    for escapes in all {
        // Through the measured point where the growth is purely exponential.
        let Some(anchor) = escapes.first.iter().position(|p| p[1] > 1e-9) else { continue };
        let theory: Vec<[f64; 2]> = escapes.first[..=anchor + 100]
            .iter()
            .map(|p| {
                let exponent = p[0] - anchor as f64;
                [p[0], escapes.first[anchor][1] * libm::pow(escapes.predicted, exponent)]
            })
            .filter(|p| p[1] < 1.0)
            .collect();
        let label = format!("theory, {}", escapes.label);
        lines.push(line(&label, [BLACK, "dotted"], &theory, [&x, &y]));
    }
    let first = ExhibitPanel {
        title: "Distance from the saddle in the first draw".into(),
        description: "|θ₁| against the iteration on a logarithmic axis: straight lines of growth from 10⁻¹² that end at the \
                      minimum's 1.41, along the dotted lines of theory."
            .into(),
        background: None,
        lines,
        x,
        y,
    };
    vec![share, first]
}

/// Computes it.
pub(crate) fn exhibit() -> Result<Exhibit, TheoryError> {
    let all = all()?;
    Ok(Exhibit {
        name: NAME.into(),
        title: "Does INNA leave a saddle point?".into(),
        method: vec![
            format!(
                "The function {} has a strict saddle at 0, where its curvature is −8 along θ₁, and minima at (±√2, 0). \
                 {DRAWS} starts are drawn from a normal distribution around the saddle with standard deviation {SPREAD:e} \
                 in each coordinate (seed {SEED}); all methods get the same starts.",
                FUNCTION.formula()
            ),
            format!(
                "SGD and INNA (0.5, 1) and (1, 1.1), all with constant γ = {GAMMA} and the full gradient; INNA with \
                 initial_velocity 1, the paper's ψ₀. {STEPS} iterations. Every {SAMPLED_EVERY} iterations the nearest of \
                 (1, 0), (−1, 0) and (0, 0) is noted; the iterations near the saddle are {SAMPLED_EVERY} times the number \
                 of samples nearest (0, 0). A run diverges if J exceeds {DIVERGED:e}."
            ),
            "Near the saddle every method multiplies its state by a fixed matrix. The factor of growth per iteration is \
             its largest eigenvalue: 1 + 8γ for SGD, and for INNA that of the 2×2 matrix of trace 2 − γ(α + βλ) and \
             determinant 1 − γ(α + βλ) + γ²λ at λ = −8."
                .into(),
        ],
        findings: findings(&all),
        columns: 2,
        panels: panels(&all),
        table: table(
            &["method", "right minimum", "left minimum", "saddle", "iterations near the saddle", "diverged",
                "growth", "predicted"],
            all.iter().map(Escapes::row).collect(),
        ),
        source: format!("{SADDLE_PAPER}: the experiment that counts escapes."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means of the published experiment repeated with 1000 other draws. The mean over draws of log|N(0,1)| has a
    /// standard error of 1.11/√1000 = 0.035, so the means have one of 0.035/log(1.16) = 0.24 iterations; the
    /// reference has its own, and 5 is the resolution of the sampling.
    #[test]
    fn times_near_the_saddle_are_those_of_an_independent_run() {
        for (escapes, reference) in all().unwrap().iter().zip([190.0, 181.0, 176.0]) {
            assert!((escapes.near - reference).abs() < 3.0, "{} {}", escapes.label, escapes.near);
            assert_eq!(escapes.ends[SADDLE], 0, "{}", escapes.label);
            assert_eq!(escapes.ends.iter().sum::<usize>(), DRAWS);
            // Fair coins: 6 standard deviations of 1000 tosses.
            assert!(escapes.ends[0].abs_diff(DRAWS / 2) < 95, "{:?}", escapes.ends);
        }
    }
}
