//! For which step sizes INNA is stable.

use crate::drive::{drive, inna, velocity_state};
use crate::picture::{BLACK, geometric, line, logarithmic};
use crate::quadratic::{largest_stable_step, stable};
use crate::text::{PAPER, pair, predicted, short, significant, table};
use crate::{TheoryError, text};
use records::{Background, Cells, Exhibit, ExhibitPanel, Finding};
use std::ops::ControlFlow;

/// The exhibit's name.
pub(crate) const NAME: &str = "stability";

/// The (α, β) of the paper's experiments.
const PAIRS: [[f64; 2]; 4] = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.5, 1.0]];
const CURVATURES: [f64; 2] = [0.1, 1000.0];
const STEPS: [f64; 2] = [1e-3, 3.0];
const SIDE: usize = 60;
/// Curvatures that one optimizer runs side by side, one parameter for each.
const BESIDE: usize = 10;
/// Iterations after which a cell of the picture is left undecided.
const PATIENCE: u64 = 50_000;
/// The same next to a limit, where growth is slow.
const LIMIT_PATIENCE: u64 = 200_000;
/// Parts of the energy at which a run counts as shrunk (a tenth of the distance) or grown (a million times).
const DECIDED: [f64; 2] = [1e-2, 1e12];

/// What a run showed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    /// The energy fell to a hundredth after so many iterations.
    Shrunk(u64),
    /// It grew to 10¹² times the start.
    Grown,
    /// Neither.
    Undecided,
}

/// Runs INNA on λ/2 θ² from θ = 1 for several curvatures at once. It treats every parameter for itself, so side by
/// side is the same as one after the other.
fn measure(
    gamma: f64,
    pair: [f64; 2],
    curvatures: &[f64],
    patience: u64,
) -> Result<Vec<Verdict>, TheoryError> {
    let method = inna(gamma, pair, "beta")?;
    let weight = 1.0 + pair[0] * pair[1];
    let mut theta = vec![1.0; curvatures.len()];
    let mut verdicts = vec![Verdict::Undecided; curvatures.len()];
    let slope = |theta: &[f64], into: &mut [f64]| {
        for ((into, theta), lambda) in into.iter_mut().zip(theta).zip(curvatures) {
            *into = lambda * theta;
        }
    };
    drive(&*method, &mut theta, patience, slope, |k, theta, optimizer| {
        let w = velocity_state(optimizer);
        for (i, verdict) in verdicts.iter_mut().enumerate() {
            if *verdict != Verdict::Undecided {
                continue;
            }
            // 2(1 + αβ) J + w², divided by its value at the start.
            let energy = theta[i] * theta[i] + w[i] * w[i] / (weight * curvatures[i]);
            if energy < DECIDED[0] {
                *verdict = Verdict::Shrunk(k);
            } else if energy > DECIDED[1] || energy.is_nan() {
                *verdict = Verdict::Grown;
            }
        }
        match verdicts.contains(&Verdict::Undecided) {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    });
    Ok(verdicts)
}

/// How a picture's cells compare with theory.
#[derive(Default)]
struct Count {
    stable: usize,
    unstable: usize,
    wrong: usize,
    undecided: usize,
    /// The undecided cell farthest from the boundary: |γ/limit − 1|.
    farthest: f64,
}

fn panel(pair: [f64; 2], count: &mut Count) -> Result<ExhibitPanel, TheoryError> {
    let curvatures = geometric(CURVATURES[0], CURVATURES[1], SIDE);
    let steps = geometric(STEPS[0], STEPS[1], SIDE);
    let mut values = Vec::with_capacity(SIDE * SIDE);
    for &gamma in &steps {
        for beside in curvatures.chunks(BESIDE) {
            let verdicts = measure(gamma, pair, beside, PATIENCE)?;
            for (&lambda, verdict) in beside.iter().zip(verdicts) {
                let theory = stable(gamma, pair, lambda);
                match verdict {
                    Verdict::Shrunk(_) if theory => count.stable += 1,
                    Verdict::Grown if !theory => count.unstable += 1,
                    Verdict::Undecided => {
                        count.undecided += 1;
                        let away = (gamma / largest_stable_step(pair, lambda) - 1.0).abs();
                        count.farthest = count.farthest.max(away);
                    }
                    _ => count.wrong += 1,
                }
                values.push(match verdict {
                    Verdict::Shrunk(after) => Some(significant(libm::log10(after as f64), 3)),
                    _ => None,
                });
            }
        }
    }
    let (x, y) = (logarithmic("curvature λ", Some(CURVATURES)), logarithmic("step size γ", Some(STEPS)));
    let boundary: Vec<[f64; 2]> = geometric(CURVATURES[0], CURVATURES[1], 300)
        .into_iter()
        .map(|lambda| [lambda, largest_stable_step(pair, lambda)])
        .filter(|point| point[1] <= STEPS[1])
        .collect();
    let name = text::pair(pair);
    Ok(ExhibitPanel {
        title: format!("(α, β) = {name}"),
        description: format!(
            "Iterations that INNA {name} needs to shrink a tenth, by curvature (from 0.1 to 1000) and step size (from \
             0.001 to 3). Cells above theory's line are empty because the runs diverge; cells below it have a number."
        ),
        lines: vec![line("theory: largest stable γ", [BLACK, "solid"], &boundary, [&x, &y])],
        x,
        y,
        background: Some(Background::Cells(Cells {
            x: curvatures,
            y: steps,
            values,
            legend: "log10 of the iterations until θ has shrunk to a tenth".into(),
            none: "diverged, or undecided on the boundary".into(),
            print: false,
        })),
    })
}

/// The four limits of a pair, and whether runs 1 % on either side of them shrink and grow.
fn limits(pair: [f64; 2]) -> Result<(Vec<f64>, bool), TheoryError> {
    let mut limits = Vec::new();
    let mut bracketed = true;
    for lambda in [1.0, 10.0, 100.0, 1000.0] {
        let limit = largest_stable_step(pair, lambda);
        let below = measure(0.99 * limit, pair, &[lambda], LIMIT_PATIENCE)?;
        let above = measure(1.01 * limit, pair, &[lambda], LIMIT_PATIENCE)?;
        bracketed &= matches!(below[0], Verdict::Shrunk(_)) && above[0] == Verdict::Grown;
        limits.push(limit);
    }
    Ok((limits, bracketed))
}

fn findings(count: &Count, bracketed: bool) -> Vec<Finding> {
    let Count { stable, unstable, wrong, undecided, farthest } = count;
    let total = stable + unstable + wrong + undecided;
    vec![
        predicted(
            *wrong == 0,
            format!(
                "Of {total} cells, {stable} shrink and {unstable} diverge as theory says; {wrong} do the opposite."
            ),
        ),
        predicted(
            *farthest < 0.02,
            format!(
                "{undecided} cells are left undecided after {PATIENCE} iterations. Their step sizes are within {} % of \
                 theory's limit.",
                short(100.0 * farthest, 2)
            ),
        ),
        predicted(
            bracketed,
            format!(
                "For each of the 16 limits in the table, a step 1 % below shrinks and a step 1 % above diverges \
                 (within {LIMIT_PATIENCE} iterations)."
            ),
        ),
    ]
}

/// Computes it.
pub(crate) fn exhibit() -> Result<Exhibit, TheoryError> {
    let (mut count, mut panels) = (Count::default(), Vec::new());
    let (mut rows, mut all) = (Vec::new(), true);
    for each in PAIRS {
        panels.push(panel(each, &mut count)?);
        let (limits, bracketed) = limits(each)?;
        all &= bracketed;
        rows.push(std::iter::once(pair(each)).chain(limits.iter().map(|limit| short(*limit, 3))).collect());
    }
    Ok(Exhibit {
        name: NAME.into(),
        title: "For which step sizes is INNA stable?".into(),
        method: vec![
            "In a direction of curvature λ the function is J(θ) = λ/2 θ². With a constant step size γ, one iteration of \
             INNA multiplies (θ, w) by a 2×2 matrix of trace 2 − γ(α + βλ) and determinant 1 − γ(α + βλ) + γ²λ. Both \
             eigenvalues lie inside the unit circle exactly if γ < β + α/λ and γ²λ − 2γ(α + βλ) + 4 > 0. The line \
             is the largest such γ."
                .into(),
            format!(
                "Each cell is a run of INNA from θ = 1 with initial_velocity β (w = 0), on a grid of {SIDE} curvatures \
                 and {SIDE} step sizes, both equally spaced in the logarithm. A run counts as shrunk when its energy \
                 2(1 + αβ) J + w² has fallen to 1/100 of the start (a tenth of the distance), as diverged when it has \
                 grown by 10¹², and as undecided if neither happens in {PATIENCE} iterations: then the cell is too \
                 close to the boundary to tell and is not compared."
            ),
            "The table gives the largest stable step size by the formula. As long as αγ < 2, a step size that is stable \
             for one curvature is stable for all smaller ones, so that the largest curvature of a function decides."
                .into(),
        ],
        findings: findings(&count, all),
        columns: 2,
        panels,
        table: table(&["(α, β)", "λ = 1", "λ = 10", "λ = 100", "λ = 1000"], rows),
        source: format!(
            "{PAPER}: equation (12) and the advice on step sizes in section 5.1. The two conditions are computed here."
        ),
    })
}
