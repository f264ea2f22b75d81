//! What α and β each do to a path.

use crate::TheoryError;
use crate::drive::{inna, path};
use crate::picture::{BLACK, BLUE, GREEN, ORANGE, PINK, geometric, levels, line, linear, logarithmic, rings};
use crate::text::{PAPER, pair, predicted, short, table};
use records::{Exhibit, ExhibitPanel, Finding};

/// The exhibit's name.
pub(crate) const NAME: &str = "damping";

/// Curvatures along and across the valley.
const CURVATURES: [f64; 2] = [1.0, 100.0];
const START: [f64; 2] = [1.0, 0.4];
const GAMMA: f64 = 1e-3;
const STEPS: u64 = 30_000;
/// Small and large: 2√λ − βλ, where oscillations end, is about 2 along the valley; (2√λ − α)/λ about 0.2 across.
const ALPHAS: [f64; 2] = [0.2, 2.0];
const BETAS: [f64; 2] = [0.005, 0.2];
const STYLES: [[&str; 2]; 4] = [[PINK, "solid"], [ORANGE, "dashed"], [GREEN, "dash-dot"], [BLUE, "solid"]];

fn value([x, y]: [f64; 2]) -> f64 {
    0.5 * (CURVATURES[0] * x * x + CURVATURES[1] * y * y)
}

fn gradient([x, y]: [f64; 2]) -> [f64; 2] {
    [CURVATURES[0] * x, CURVATURES[1] * y]
}

/// One run.
struct Course {
    pair: [f64; 2],
    style: [&'static str; 2],
    points: Vec<[f64; 2]>,
}

impl Course {
    /// How often a coordinate changes sign.
    fn crossings(&self, axis: usize) -> usize {
        let positive: Vec<bool> = self.points.iter().map(|p| p[axis] > 0.0).collect();
        positive.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }

    /// The number of half periods in the run by the differential equation; 0 where it does not oscillate.
    fn half_periods(&self, axis: usize) -> f64 {
        let lambda = CURVATURES[axis];
        let damping = self.pair[0] + self.pair[1] * lambda;
        let square = lambda - damping * damping / 4.0;
        square.max(0.0).sqrt() * GAMMA * STEPS as f64 / std::f64::consts::PI
    }

    /// Whether the count is the predicted one. The phase at the start makes one crossing more or less, and without
    /// oscillation there is room for one.
    fn as_predicted(&self, axis: usize) -> bool {
        (self.crossings(axis) as f64 - self.half_periods(axis)).abs() <= 1.0
    }

    fn label(&self) -> String {
        format!("INNA {}", pair(self.pair))
    }

    fn panel(&self) -> ExhibitPanel {
        let window = [[-1.1, 1.1], [-0.5, 0.5]];
        let [x, y] = [linear("θ₁, along the valley", Some(window[0])), linear("θ₂, across", Some(window[1]))];
        ExhibitPanel {
            title: format!("α = {}, β = {}", self.pair[0], self.pair[1]),
            description: format!(
                "Path from (1, 0.4) in a long valley: it changes sides {} times across the valley and {} times along it.",
                self.crossings(1),
                self.crossings(0)
            ),
            background: levels(value, window[0], window[1]),
            lines: vec![line(&self.label(), self.style, &self.points, [&x, &y])],
            x,
            y,
        }
    }
}

fn courses() -> Result<Vec<Course>, TheoryError> {
    let mut courses = Vec::new();
    for (i, beta) in BETAS.into_iter().enumerate() {
        for (j, alpha) in ALPHAS.into_iter().enumerate() {
            let pair = [alpha, beta];
            let points = path(&*inna(GAMMA, pair, "beta")?, START, STEPS, gradient);
            courses.push(Course { pair, style: STYLES[2 * i + j], points });
        }
    }
    Ok(courses)
}

/// Three quantities against time for all runs.
fn over_time(courses: &[Course]) -> Vec<ExhibitPanel> {
    type Quantity = fn([f64; 2]) -> f64;
    let quantities: [(&str, &str, f64, bool, Quantity); 3] = [
        ("Across the valley", "θ₂", 4.0, false, |p| p[1]),
        ("Along the valley", "θ₁", 15.0, false, |p| p[0]),
        ("Function value", "J", 15.0, true, value),
    ];
    quantities
        .into_iter()
        .map(|(title, label, until, logarithmically, quantity)| {
            let x = linear("time γk", Some([0.0, until]));
            let y = if logarithmically { logarithmic(label, None) } else { linear(label, None) };
            let last = (until / GAMMA).round() as usize;
            let points = |course: &Course| -> Vec<[f64; 2]> {
                let shown = course.points.iter().take(last + 1).enumerate();
                shown.map(|(k, p)| [GAMMA * k as f64, quantity(*p)]).collect()
            };
            ExhibitPanel {
                title: title.into(),
                description: format!("{label} against time up to {until} for the four settings."),
                background: None,
                lines: courses
                    .iter()
                    .map(|course| line(&course.label(), course.style, &points(course), [&x, &y]))
                    .collect(),
                x,
                y,
            }
        })
        .collect()
}

/// Total damping of the four settings by curvature, and where oscillations end.
fn thresholds(courses: &[Course]) -> ExhibitPanel {
    let (x, y) =
        (logarithmic("curvature λ", Some([0.1, 1000.0])), logarithmic("damping", Some([0.1, 300.0])));
    let curvatures = geometric(0.1, 1000.0, 200);
    let against =
        |f: &dyn Fn(f64) -> f64| -> Vec<[f64; 2]> { curvatures.iter().map(|l| [*l, f(*l)]).collect() };
    let mut lines = vec![line(
        "2√λ: below it, oscillations",
        [BLACK, "dotted"],
        &against(&|lambda| 2.0 * lambda.sqrt()),
        [&x, &y],
    )];
    for course in courses {
        let damping = |lambda: f64| course.pair[0] + course.pair[1] * lambda;
        lines.push(line(&course.label(), course.style, &against(&damping), [&x, &y]));
        lines.push(rings(
            &format!("the valley, {}", pair(course.pair)),
            course.style[0],
            &CURVATURES.map(|l| [l, damping(l)]),
        ));
    }
    ExhibitPanel {
        title: "Total damping α + βλ".into(),
        description: "Damping against curvature on logarithmic axes, with rings at the valley's curvatures 1 and 100. Across \
                      (100) the two settings with β = 0.2 lie above the dotted line 2√λ, along (1) the two with α = 2."
            .into(),
        background: None,
        lines,
        x,
        y,
    }
}

fn findings(courses: &[Course]) -> Vec<Finding> {
    let counts = |axis: usize| courses.iter().map(move |course| course.crossings(axis));
    let listed = |axis| counts(axis).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
    let [across, along]: [Vec<usize>; 2] = [counts(1).collect(), counts(0).collect()];
    // In the order of the panels: (small α, small β), (large, small), (small, large), (large, large).
    let beta_across = across[0] > 10 && across[1] > 10 && across[2] <= 1 && across[3] <= 1;
    let alpha_along = along[0] > 4 && along[2] > 4 && along[1] <= 1 && along[3] <= 1;
    let all = courses.iter().all(|course| course.as_predicted(0) && course.as_predicted(1));
    vec![
        predicted(
            beta_across,
            format!(
                "β removes the oscillations across the valley: {} changes of sides at β = {} and α = {} or {}, {} at β = {}.",
                join(&across[..2]),
                BETAS[0],
                ALPHAS[0],
                ALPHAS[1],
                join(&across[2..]),
                BETAS[1]
            ),
        ),
        predicted(
            alpha_along,
            format!(
                "α removes those along the valley: {} changes at α = {} and β = {} or {}, {} at α = {}.",
                join(&[along[0], along[2]]),
                ALPHAS[0],
                BETAS[0],
                BETAS[1],
                join(&[along[1], along[3]]),
                ALPHAS[1]
            ),
        ),
        predicted(
            all,
            format!(
                "All eight counts (across {}; along {}) are within 1 of the number of half periods that the differential \
                 equation has in this time.",
                listed(1),
                listed(0)
            ),
        ),
    ]
}

fn join(numbers: &[usize]) -> String {
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(" and ")
}

/// Computes it.
pub(crate) fn exhibit() -> Result<Exhibit, TheoryError> {
    let courses = courses()?;
    let row = |course: &Course| {
        vec![
            pair(course.pair),
            course.crossings(1).to_string(),
            short(course.half_periods(1), 3),
            course.crossings(0).to_string(),
            short(course.half_periods(0), 3),
            short(value(course.points[STEPS as usize]), 2),
        ]
    };
    Ok(Exhibit {
        name: NAME.into(),
        title: "What do friction α and Newton damping β each do?".into(),
        method: vec![
            "INNA discretises θ'' + αθ' + β∇²J(θ)θ' + ∇J(θ) = 0, a heavy ball on the graph of J: gravity pulls it down, α \
             is friction, and β brakes in proportion to the curvature of the direction in which the ball moves. In a \
             direction of curvature λ the total damping is α + βλ, and the ball oscillates if that is below 2√λ."
                .into(),
            format!(
                "The valley is J(θ₁, θ₂) = (θ₁² + 100 θ₂²)/2: curvature 1 along and 100 across. Runs from (1, 0.4) with \
                 initial_velocity β (w = 0), full gradient, constant γ = {GAMMA}, {STEPS} iterations, α in {{0.2, 2}} and \
                 β in {{0.005, 0.2}}. Neither α is large enough to end the oscillations across the valley (2√λ = 20), \
                 nor either β those along it (2√λ = 2), so each acts on one kind only."
            ),
            "A change of sides is a change of sign of θ₂ (across) or θ₁ (along) from one iteration to the next. The \
             prediction is √(λ − (α + βλ)²/4) times the time γk of the run, divided by π."
                .into(),
        ],
        findings: findings(&courses),
        columns: 2,
        panels: courses.iter().map(Course::panel).chain(over_time(&courses)).chain([thresholds(&courses)]).collect(),
        table: table(
            &["(α, β)", "across", "predicted", "along", "predicted", "J at the end"],
            courses.iter().map(row).collect(),
        ),
        source: format!(
            "{PAPER}: equations (1) and (4), and the discussion of α and β in section 5.1. The valley is chosen here."
        ),
    })
}
