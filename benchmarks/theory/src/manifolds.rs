//! From where INNA still reaches a saddle point.

use crate::TheoryError;
use crate::drive::{distance, inna, path_on};
use crate::picture::{BLUE, GREEN, ORANGE, PINK, levels, line, linear, logarithmic, rings};
use crate::text::{SADDLE_PAPER, pair, plain, predicted, short, table};
use models::Function;
use records::{Exhibit, ExhibitPanel};

/// The exhibit's name.
pub(crate) const NAME: &str = "manifolds";

const FUNCTION: Function = Function::DoubleWell;
const GAMMA: f64 = 0.02;
const STEPS: u64 = 1000;
const SADDLE: [f64; 2] = [0.0, 0.0];
/// How near the saddle or a minimum a run has to end.
const NEAR: f64 = 1e-4;
/// What pushes a start off the stable manifold.
const PUSH: f64 = 1e-9;

/// One run.
struct Course {
    start: [f64; 2],
    pair: [f64; 2],
    style: [&'static str; 2],
    points: Vec<[f64; 2]>,
}

impl Course {
    fn new(start: [f64; 2], pair: [f64; 2], style: [&'static str; 2]) -> Result<Self, TheoryError> {
        let points = path_on(FUNCTION, &*inna(GAMMA, pair, 1.0)?, start, STEPS);
        Ok(Self { start, pair, style, points })
    }

    fn end(&self) -> [f64; 2] {
        self.points[STEPS as usize]
    }

    /// The critical point that the end is nearest to, and its name.
    fn goal(&self) -> ([f64; 2], &'static str) {
        let right = FUNCTION.minimiser();
        let goals = [(SADDLE, "saddle"), (right, "right minimum"), ([-right[0], right[1]], "left minimum")];
        let nearer = |a: &([f64; 2], &str), b: &([f64; 2], &str)| {
            distance(a.0, self.end()).total_cmp(&distance(b.0, self.end()))
        };
        goals.into_iter().min_by(nearer).unwrap_or(goals[0])
    }

    fn ends_at(&self, name: &str) -> bool {
        self.goal().1 == name && distance(self.goal().0, self.end()) < NEAR
    }

    fn label(&self) -> String {
        format!("INNA {} from {}", pair(self.pair), self.from())
    }

    fn from(&self) -> String {
        let [x, y] = self.start.map(plain);
        format!("({x}, {y})")
    }

    fn row(&self) -> Vec<String> {
        let [x, y] = self.end().map(|v| short(v, 3));
        vec![pair(self.pair), self.from(), format!("({x}, {y})"), self.goal().1.into()]
    }
}

fn over_levels(title: &str, description: String, courses: &[Course]) -> ExhibitPanel {
    let window = [[-2.0, 2.0], [-2.2, 2.2]];
    let [x, y] = [linear("θ₁", Some(window[0])), linear("θ₂", Some(window[1]))];
    let mut lines: Vec<_> =
        courses.iter().map(|course| line(&course.label(), course.style, &course.points, [&x, &y])).collect();
    lines.extend(courses.iter().map(|c| rings(&format!("end, {}", pair(c.pair)), c.style[0], &[c.end()])));
    ExhibitPanel {
        title: title.into(),
        description,
        background: levels(|theta| FUNCTION.value(theta), window[0], window[1]),
        lines,
        x,
        y,
    }
}

fn distances(courses: &[&Course]) -> ExhibitPanel {
    let (x, y) = (linear("iteration", Some([0.0, 1000.0])), logarithmic("distance from the saddle", None));
    let against = |course: &Course| -> Vec<[f64; 2]> {
        let points = course.points.iter().enumerate();
        points.map(|(k, p)| [k as f64, distance(*p, SADDLE)]).collect()
    };
    ExhibitPanel {
        title: "Distance from the saddle".into(),
        description: "Against the iteration on a logarithmic axis: the runs that start on the line θ₁ = 0 come ever nearer, \
                      the others end at a distance of 1.41, the minima's."
            .into(),
        background: None,
        lines: courses.iter().map(|c| line(&c.label(), c.style, &against(c), [&x, &y])).collect(),
        x,
        y,
    }
}

/// Computes it.
pub(crate) fn exhibit() -> Result<Exhibit, TheoryError> {
    let on = [
        Course::new([0.0, 1.9], [2.0, 1.0], [BLUE, "solid"])?,
        Course::new([0.0, -1.9], [0.5, 1.0], [GREEN, "dashed"])?,
    ];
    let off = [
        Course::new([-0.05, 1.9], [1.0, 1.3], [ORANGE, "solid"])?,
        Course::new([0.05, -1.9], [0.3, 0.9], [PINK, "dashed"])?,
    ];
    let pushed = [
        Course::new([PUSH, 1.9], on[0].pair, on[0].style)?,
        Course::new([-PUSH, -1.9], on[1].pair, on[1].style)?,
    ];
    let missed = |courses: &[Course; 2]| courses.each_ref().map(|c| short(distance(c.goal().0, c.end()), 2));
    let ([on0, on1], [off0, off1]) = (missed(&on), missed(&off));
    let left_first = off[0].ends_at("left minimum") && off[1].ends_at("right minimum");
    let findings = vec![
        predicted(
            on.iter().all(|course| course.ends_at("saddle")),
            format!("The two runs from θ₁ = 0 end at the saddle, {on0} and {on1} away from it."),
        ),
        predicted(
            left_first,
            format!(
                "The two runs from θ₁ = −0.05 and 0.05 end in the left and the right minimum, {off0} and {off1} away."
            ),
        ),
        predicted(
            pushed[0].ends_at("right minimum") && pushed[1].ends_at("left minimum"),
            format!(
                "Moving the first two starts by {PUSH:e} off the line is enough: they end in the {} and the {}.",
                pushed[0].goal().1,
                pushed[1].goal().1
            ),
        ),
    ];
    let rows = on.iter().chain(&off).chain(&pushed).map(Course::row).collect();
    let panels = vec![
        over_levels(
            "On the stable manifold",
            "Two paths over the level sets of J, straight down the line θ₁ = 0 from above and from below, that stop at the \
             saddle in the middle."
                .into(),
            &on,
        ),
        over_levels(
            "Off it",
            "Two paths that start next to the line θ₁ = 0, go towards the saddle, turn away and end in the left and the \
             right minimum."
                .into(),
            &off,
        ),
        distances(&on.iter().chain(&off).collect::<Vec<_>>()),
    ];
    Ok(Exhibit {
        name: NAME.into(),
        title: "From where does INNA still reach a saddle?".into(),
        method: vec![
            format!(
                "On {} the starts from which a method converges to the saddle at 0 form its stable manifold. For almost every \
                 start INNA with a constant step avoids a strict saddle; the exceptions are a set without volume. Here it \
                 is easy to name: θ₁ = 0, where the gradient has no component along θ₁ and an initial velocity along \
                 the gradient has none either.",
                FUNCTION.formula()
            ),
            format!(
                "INNA with constant γ = {GAMMA}, initial_velocity 1 (the paper's ψ₀), the full gradient and {STEPS} \
                 iterations, from (0, 1.9) with (α, β) = (2, 1) and (0, −1.9) with (0.5, 1), which lie on the manifold, and \
                 from (−0.05, 1.9) with (1, 1.3) and (0.05, −1.9) with (0.3, 0.9), which do not. A run ends at a point if \
                 it is within {NEAR} of it."
            ),
        ],
        findings,
        columns: 3,
        panels,
        table: table(&["(α, β)", "start", "end", "nearest"], rows),
        source: format!("{SADDLE_PAPER}: the figures of stable manifolds."),
    })
}
