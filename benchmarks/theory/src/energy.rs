//! What INNA decreases while the function goes up and down.

use crate::TheoryError;
use crate::drive::{drive, inna, velocity_state};
use crate::picture::{BLUE, GREEN, line, linear};
use crate::text::{PAPER, observed, pair, predicted, short, table};
use models::Function;
use records::{Exhibit, ExhibitPanel, Finding};
use std::ops::ControlFlow;

/// The exhibit's name.
pub(crate) const NAME: &str = "energy";

const FUNCTION: Function = Function::DoubleWell;
const START: [f64; 2] = [-2.2, 1.5];
const GAMMA: f64 = 1e-3;
/// The length of a run in the time of the differential equation, γ times the iterations.
const TIME: f64 = 20.0;
/// As much of it as the pictures show.
const SHOWN: f64 = 10.0;
const PAIRS: [[f64; 2]; 3] = [[0.2, 0.02], [0.5, 0.1], [1.0, 0.5]];
/// Rounding moves the energy, some 20 at the start, by about 1e-15 of that.
const ROUNDING: f64 = 1e-12;

/// One run.
struct Course {
    pair: [f64; 2],
    gamma: f64,
    /// J by iteration.
    values: Vec<f64>,
    /// E by iteration.
    energies: Vec<f64>,
    /// γ (2α‖θ'‖² + 2β‖g‖²), summed over the run.
    dissipated: f64,
}

fn course(pair: [f64; 2], gamma: f64) -> Result<Course, TheoryError> {
    let [alpha, beta] = pair;
    let steps = (TIME / gamma).round() as u64;
    let (mut values, mut energies, mut dissipated) = (Vec::new(), Vec::new(), 0.0);
    let mut theta = START;
    let slope = |theta: &[f64], into: &mut [f64]| {
        into.copy_from_slice(&FUNCTION.gradient([theta[0], theta[1]]));
    };
    drive(&*inna(gamma, pair, "beta")?, &mut theta, steps, slope, |k, theta, optimizer| {
        let here = [theta[0], theta[1]];
        let (w, g, value) = (velocity_state(optimizer), FUNCTION.gradient(here), FUNCTION.value(here));
        values.push(value);
        energies.push(2.0 * (1.0 + alpha * beta) * value + w[0] * w[0] + w[1] * w[1]);
        if k < steps {
            for (w, g) in w.iter().zip(g) {
                let velocity = w - beta * g;
                dissipated += gamma * (2.0 * alpha * velocity * velocity + 2.0 * beta * g * g);
            }
        }
        ControlFlow::Continue(())
    });
    Ok(Course { pair, gamma, values, energies, dissipated })
}

/// Iterations at which a sequence rises by more than rounding.
fn rises(values: &[f64]) -> usize {
    values.windows(2).filter(|pair| pair[1] - pair[0] > ROUNDING).count()
}

impl Course {
    /// How far the energy lost is from what the equation says it should be, as a part of it.
    fn imbalance(&self) -> f64 {
        let lost = self.energies[0] - self.energies[self.energies.len() - 1];
        (lost - self.dissipated).abs() / lost
    }

    fn panel(&self) -> ExhibitPanel {
        let (x, y) = (linear("time γk", Some([0.0, SHOWN])), linear("J, and E in units of J", None));
        let scale = 2.0 * (1.0 + self.pair[0] * self.pair[1]);
        let against = |values: &[f64], scale: f64| -> Vec<[f64; 2]> {
            let timed = values.iter().enumerate().map(|(k, v)| [self.gamma * k as f64, v / scale]);
            timed.take_while(|point| point[0] <= SHOWN).collect()
        };
        let name = pair(self.pair);
        ExhibitPanel {
            title: format!("(α, β) = {name}"),
            description: format!(
                "INNA {name}: the function value falls and rises again, {} times by more than 0.001, while the energy above it only \
                 falls; they meet at the minimum −4.",
                crests(&self.values)
            ),
            background: None,
            lines: vec![
                line("energy E/(2(1 + αβ))", [GREEN, "solid"], &against(&self.energies, scale), [&x, &y]),
                line("function J", [BLUE, "dashed"], &against(&self.values, 1.0), [&x, &y]),
            ],
            x,
            y,
        }
    }
}

/// How often a sequence turns from falling to rising by more than a thousandth in all.
fn crests(values: &[f64]) -> usize {
    let (mut low, mut high, mut rising, mut count) = (values[0], values[0], false, 0);
    for &value in values {
        if rising {
            high = high.max(value);
            (rising, low) = if value < high - 1e-3 { (false, value) } else { (true, low) };
        } else {
            low = low.min(value);
            if value > low + 1e-3 {
                (rising, high) = (true, value);
                count += 1;
            }
        }
    }
    count
}

fn findings(courses: &[Course], halved: &[Course]) -> Vec<Finding> {
    let energy: usize = courses.iter().map(|course| rises(&course.energies)).sum();
    let iterations: usize = courses.iter().map(|course| course.energies.len() - 1).sum();
    let listed =
        |f: &dyn Fn(&Course) -> String, of: &[Course]| of.iter().map(f).collect::<Vec<_>>().join(", ");
    let ratios: Vec<f64> = courses.iter().zip(halved).map(|(c, h)| c.imbalance() / h.imbalance()).collect();
    let [least, most] =
        [ratios.iter().copied().fold(f64::INFINITY, f64::min), ratios.iter().copied().fold(0.0, f64::max)];
    vec![
        predicted(
            energy == 0,
            format!("The energy rises by more than {ROUNDING:e} in {energy} of {iterations} iterations."),
        ),
        observed(format!(
            "The function itself rises in {} iterations for {} respectively.",
            listed(&|course| rises(&course.values).to_string(), courses),
            listed(&|course| pair(course.pair), courses)
        )),
        predicted(
            most < 2.2 && least > 1.8,
            format!(
                "What the energy loses is what friction and Newton damping take: the two differ by {} %, and with half \
                 the step size by {} %. Halving γ divides the difference by {} to {}, as for an error of order γ.",
                listed(&|course| short(100.0 * course.imbalance(), 2), courses),
                listed(&|course| short(100.0 * course.imbalance(), 2), halved),
                short(least, 3),
                short(most, 3)
            ),
        ),
    ]
}

/// Computes it.
pub(crate) fn exhibit() -> Result<Exhibit, TheoryError> {
    let courses = PAIRS.into_iter().map(|pair| course(pair, GAMMA)).collect::<Result<Vec<_>, _>>()?;
    let halved = PAIRS.into_iter().map(|pair| course(pair, GAMMA / 2.0)).collect::<Result<Vec<_>, _>>()?;
    let row = |course: &Course| {
        vec![
            pair(course.pair),
            short(course.energies[0], 5),
            short(course.energies[course.energies.len() - 1], 5),
            short(course.dissipated, 5),
            rises(&course.energies).to_string(),
            rises(&course.values).to_string(),
        ]
    };
    Ok(Exhibit {
        name: NAME.into(),
        title: "What does INNA decrease, when J goes up and down?".into(),
        method: vec![
            "INNA follows a differential equation for (θ, ψ). Along its solutions the energy E = 2(1 + αβ) J(θ) + \
             ‖(α − 1/β)θ + ψ/β‖² never increases: dE/dt = −2α‖θ'‖² − 2β‖∇J‖². In the form that is run here the \
             second term is ‖w‖² of the optimizer's state w. This is what the paper's proof of convergence rests on."
                .into(),
            format!(
                "The runs: {}, from (−2.2, 1.5) with initial_velocity β (w = 0), the full gradient and constant γ = \
                 {GAMMA}, {} iterations. E is divided by 2(1 + αβ) in the pictures, which makes it J plus a kinetic part. \
                 A rise counts if it is larger than {ROUNDING:e}, which is above the rounding of numbers of this size.",
                FUNCTION.formula(),
                TIME / GAMMA
            ),
            "The energy lost is compared with γ times the sum of 2α‖θ'‖² + 2β‖∇J‖² over the iterations, where θ' = w − \
             β∇J. The equation makes them equal for γ → 0; at a finite γ they differ by an amount of order γ, which is why \
             all runs are repeated with γ/2."
                .into(),
        ],
        findings: findings(&courses, &halved),
        columns: 3,
        panels: courses.iter().map(Course::panel).collect(),
        table: table(
            &["(α, β)", "E at the start", "E at the end", "taken by damping", "rises of E", "rises of J"],
            courses.iter().map(row).collect(),
        ),
        source: format!("{PAPER}: equation (17) and Lemma 8."),
    })
}
