//! Nodes and spirals around a minimum.
//!
//! A friction that depends on time is not in the catalogue: [`vanishing`] writes INNA out in its form with ψ, the
//! paper's equation (12), because with a changing α the form with w is another iteration.

use crate::TheoryError;
use crate::drive::{inna, norm, path_on};
use crate::picture::{BLUE, GREEN, ORANGE, SKY, levels, line, linear, logarithmic};
use crate::text::{SADDLE_PAPER, observed, predicted, short, table};
use models::Function;
use records::{Exhibit, ExhibitAxis, ExhibitPanel, Finding};

/// The exhibit's name.
pub(crate) const NAME: &str = "spirals";

const FUNCTION: Function = Function::Quadratic;
const START: [f64; 2] = [1.0, 1.0];
const GAMMA: f64 = 0.01;
const STEPS: u64 = 7000;
const ALPHA: f64 = 2.0;
const BETAS: [f64; 2] = [0.1, 1.0];
const CURVATURES: [f64; 2] = [2.0, 4.0];
/// Iterations at which the table shows J.
const SHOWN: [usize; 3] = [500, 2000, 6999];

/// One run.
struct Course {
    label: String,
    beta: f64,
    constant: bool,
    style: [&'static str; 2],
    points: Vec<[f64; 2]>,
}

/// α(k) = 2/((k + 1)√γ), and ψ₀ = (1 − αβ) θ0 − (β² − β) ∇J(θ0) with α = 2.
fn vanishing(beta: f64) -> Vec<[f64; 2]> {
    let (mut theta, g) = (START, FUNCTION.gradient(START));
    let mut psi = [0, 1].map(|i| (1.0 - ALPHA * beta) * theta[i] - (beta * beta - beta) * g[i]);
    let mut points = vec![theta];
    for k in 0..STEPS {
        let alpha = ALPHA / ((k + 1) as f64 * GAMMA.sqrt());
        let g = FUNCTION.gradient(theta);
        for i in 0..2 {
            let w = (1.0 / beta - alpha) * theta[i] - psi[i] / beta;
            theta[i] += GAMMA * (w - beta * g[i]);
            psi[i] += GAMMA * w;
        }
        points.push(theta);
    }
    points
}

fn courses() -> Result<Vec<Course>, TheoryError> {
    let mut courses = Vec::new();
    for (beta, style) in BETAS.into_iter().zip([[BLUE, "solid"], [GREEN, "dashed"]]) {
        let points = path_on(FUNCTION, &*inna(GAMMA, [ALPHA, beta], 1.0)?, START, STEPS);
        courses.push(Course {
            label: format!("INNA ({ALPHA}, {beta})"),
            beta,
            constant: true,
            style,
            points,
        });
    }
    for (beta, style) in BETAS.into_iter().zip([[ORANGE, "dash-dot"], [SKY, "dotted"]]) {
        let points = vanishing(beta);
        courses.push(Course { label: format!("INNA (2/t, {beta})"), beta, constant: false, style, points });
    }
    Ok(courses)
}

impl Course {
    /// Whether the differential equation oscillates in a direction of curvature `lambda`.
    fn oscillates(&self, lambda: f64) -> bool {
        let damping = ALPHA + self.beta * lambda;
        damping * damping < 4.0 * lambda
    }

    /// Changes of sign of each coordinate.
    fn turns(&self) -> [usize; 2] {
        [0, 1].map(|i| self.points.windows(2).filter(|p| (p[0][i] > 0.0) != (p[1][i] > 0.0)).count())
    }

    fn values(&self) -> [f64; 3] {
        SHOWN.map(|k| FUNCTION.value(self.points[k]))
    }

    fn row(&self) -> Vec<String> {
        let turns = self.turns();
        std::iter::once(self.label.clone())
            .chain(self.values().map(|value| short(value, 2)))
            .chain(turns.map(|n| n.to_string()))
            .collect()
    }
}

fn over_levels(title: &str, size: f64, courses: &[Course]) -> ExhibitPanel {
    let window = [-size, size];
    let [x, y] = [linear("θ₁", Some(window)), linear("θ₂", Some(window))];
    ExhibitPanel {
        title: title.into(),
        description: format!(
            "The four paths over the level sets of J, from where they stay within {size} of the minimum in each \
             coordinate. (2/t, 0.1) goes around the minimum many times and (2, 0.1) curls in; those with β = 1 come in \
             almost straight."
        ),
        background: levels(|theta| FUNCTION.value(theta), window, window),
        lines: courses.iter().map(|c| line(&c.label, c.style, &entered(&c.points, size), [&x, &y])).collect(),
        x,
        y,
    }
}

/// The path from where it enters the window for good.
fn entered(points: &[[f64; 2]], size: f64) -> Vec<[f64; 2]> {
    let outside = |p: &[f64; 2]| p[0].abs() > size || p[1].abs() > size;
    points[points.iter().rposition(outside).map_or(0, |last| last + 1)..].to_vec()
}

fn over_time(title: &str, y: ExhibitAxis, courses: &[Course], f: fn([f64; 2]) -> f64) -> ExhibitPanel {
    let x = linear("iteration", Some([0.0, STEPS as f64]));
    let against = |course: &Course| -> Vec<[f64; 2]> {
        course.points.iter().enumerate().map(|(k, p)| [k as f64, f(*p)]).collect()
    };
    ExhibitPanel {
        title: title.into(),
        description: format!(
            "{title} of the four runs against the iteration, on a logarithmic axis. (2, 0.1) and (2/t, 1) fall fastest and dip \
             at each turn, (2, 1) falls along a straight line half as steep, (2/t, 0.1) slowest of all."
        ),
        background: None,
        lines: courses.iter().map(|c| line(&c.label, c.style, &against(c), [&x, &y])).collect(),
        x,
        y,
    }
}

fn findings(courses: &[Course]) -> Vec<Finding> {
    // With constant α the sign changes go on at the same rate if the equation spirals, and end if it does not.
    let as_predicted = |course: &Course| {
        let turns = course.turns();
        (0..2).all(|i| (turns[i] > 3) == course.oscillates(CURVATURES[i]))
    };
    let constant: Vec<&Course> = courses.iter().filter(|course| course.constant).collect();
    let listed = |course: &&Course| {
        let [first, second] = course.turns();
        format!("{} {first} and {second}", course.label)
    };
    let values: Vec<String> =
        courses.iter().map(|c| format!("{} {}", c.label, short(c.values()[2], 2))).collect();
    vec![
        predicted(
            constant.iter().all(|course| as_predicted(course)),
            format!(
                "With constant α = 2, θ₁ and θ₂ change sign as often as the eigenvalues say: many times if α + βλ < 2√λ \
                 (λ = 2 and 4), at most 3 times otherwise. Counted: {}.",
                constant.iter().map(listed).collect::<Vec<_>>().join("; ")
            ),
        ),
        observed(format!("J after 6999 iterations: {}.", values.join(", "))),
    ]
}

/// Computes it.
pub(crate) fn exhibit() -> Result<Exhibit, TheoryError> {
    let courses = courses()?;
    Ok(Exhibit {
        name: NAME.into(),
        title: "Straight in, or around the minimum?".into(),
        method: vec![
            format!(
                "{} has curvatures 2 and 4. In a direction of curvature λ the differential equation of INNA has complex \
                 eigenvalues, and so spirals, exactly if α + βλ < 2√λ. For αβ ≤ 1 these are the λ between (2 − αβ − \
                 2√(1 − αβ))/β² and (2 − αβ + 2√(1 − αβ))/β².",
                FUNCTION.formula()
            ),
            format!(
                "INNA from (1, 1) with constant γ = {GAMMA}, the full gradient, the paper's ψ₀ (initial_velocity 1) and {STEPS} \
                 iterations; (α, β) = (2, 0.1) and (2, 1), and the vanishing friction α(k) = 2/((k + 1)√γ), k = 0, 1, …, \
                 with the same β, which the paper prints as 2/t. The last is no optimizer of the catalogue and is written out \
                 here in the paper's form with ψ, where ψ₀ contains α = 2."
            ),
        ],
        findings: findings(&courses),
        columns: 2,
        panels: vec![
            over_levels("Paths", 1.2, &courses),
            over_levels("Paths near the minimum", 0.05, &courses),
            over_time("Function value", logarithmic("J", None), &courses, |p| FUNCTION.value(p)),
            over_time("Distance", logarithmic("‖θ‖", None), &courses, norm),
        ],
        table: table(
            &["method", "J, k = 500", "J, k = 2000", "J, k = 6999", "sign changes of θ₁", "of θ₂"],
            courses.iter().map(Course::row).collect(),
        ),
        source: format!("{SADDLE_PAPER}: the illustration on a quadratic."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of an independent program in Python, which follows the published recursion with ψ throughout.
    #[test]
    fn values_are_those_of_an_independent_run() {
        let reference = [
            ["5.87e-5", "1.47e-19", "8.72e-68"],
            ["7.74e-4", "1.56e-11", "4.81e-37"],
            ["2.75e-2", "2.94e-3", "1.26e-8"],
            ["8.13e-5", "4.01e-18", "1.33e-61"],
        ];
        for (course, expected) in courses().unwrap().iter().zip(reference) {
            assert_eq!(course.values().map(|value| format!("{value:.2e}")), expected, "{}", course.label);
        }
    }
}
