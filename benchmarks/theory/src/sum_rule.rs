//! Where backpropagation sees a critical point that is none.

mod optimizers;
mod runs;
mod sawtooth;

use crate::TheoryError;
use crate::picture::{BLACK, PINK, line, linear, rings};
use crate::text::{PAPER, observed, plain, predicted, table};
use optimizers::{Competitor, competitors};
use records::{Exhibit, ExhibitPanel, Finding};
use runs::{Ends, QUARTER, TENTH, ends, multiples, path_of, random};
use sawtooth::{KINKS, MINIMUM, backprop, value};

/// The exhibit's name.
pub(crate) const NAME: &str = "sum-rule";

/// Starts drawn at random.
const DRAWS: usize = 2000;

/// What one optimizer did from the four sets of starts.
struct Record {
    competitor: Competitor,
    on_kinks: Ends,
    quarters: Ends,
    tenths: Ends,
    random: Ends,
}

fn records() -> Result<Vec<Record>, TheoryError> {
    let mut records = Vec::new();
    for competitor in competitors(QUARTER)? {
        let slower = competitors(TENTH)?.into_iter().find(|slower| slower.label == competitor.label);
        let tenths = match &slower {
            Some(slower) => ends(slower, &multiples(TENTH)),
            None => Ends::default(),
        };
        records.push(Record {
            on_kinks: ends(&competitor, &KINKS),
            quarters: ends(&competitor, &multiples(QUARTER)),
            tenths,
            random: ends(&competitor, &random(DRAWS)),
            competitor,
        });
    }
    Ok(records)
}

/// The multiples of 1/8 in the window at which backpropagation returns 0.
fn zeros() -> Vec<f64> {
    let points: Vec<f64> = (-32..=40).map(|i| f64::from(i) / 8.0).collect();
    let slopes = backprop(&points);
    points.into_iter().zip(slopes).filter(|(_, slope)| *slope == 0.0).map(|(point, _)| point).collect()
}

fn findings(records: &[Record]) -> Vec<Finding> {
    let listed = |f: &dyn Fn(&Record) -> usize| {
        let each = records.iter().map(|record| format!("{} {}", record.competitor.label, f(record)));
        each.collect::<Vec<_>>().join(", ")
    };
    let zeros = zeros();
    let expected: Vec<f64> = KINKS.into_iter().chain([MINIMUM]).collect();
    let printed = zeros.iter().copied().map(plain).collect::<Vec<_>>().join(", ");
    let sgd = records.iter().find(|r| r.competitor.label == "SGD").map_or(0, |r| r.quarters.stuck);
    let fooled = |f: &dyn Fn(&Record) -> &Ends| -> usize { records.iter().map(|r| f(r).stuck).sum() };
    vec![
        predicted(
            zeros == expected,
            format!(
                "Backpropagation returns 0 at θ = {printed} (of the multiples of 1/8 from −4 to 5). Only the last, the \
                 minimum, is a critical point of J."
            ),
        ),
        predicted(
            records.iter().all(|record| record.on_kinks.stuck == KINKS.len()),
            format!(
                "Started exactly on one of the {} false points, every optimizer takes it for critical and stays: {}.",
                KINKS.len(),
                listed(&|record| record.on_kinks.stuck)
            ),
        ),
        predicted(
            fooled(&|record| &record.random) == 0,
            format!(
                "From {DRAWS} random starts none ends on one: {}. Exact hits on the way: {}.",
                listed(&|record| record.random.stuck),
                listed(&|record| record.random.passed)
            ),
        ),
        predicted(
            sgd == 16 && records.iter().all(|r| !r.competitor.inertial || r.quarters.stuck == 0),
            format!(
                "With round numbers it can happen. From the {} multiples of 1/4 in [−3, 2.75] that are no false points, \
                 with step 1/4: {} end on one. SGD stops at the first it meets from each of the 16 starts below 2; the \
                 methods with inertia do not.",
                multiples(QUARTER).len(),
                listed(&|record| record.quarters.stuck)
            ),
        ),
        observed(format!(
            "INNA lands exactly on a false point {} times from these starts and moves on, because its state w is not 0 \
             there: a rest point of INNA needs both.",
            records.iter().find(|r| r.competitor.label.starts_with("INNA")).map_or(0, |r| r.quarters.passed)
        )),
        observed(format!(
            "With step 1/10 from the {} multiples of 1/10, where sums are rounded: {} end on one.",
            multiples(TENTH).len(),
            listed(&|record| record.tenths.stuck)
        )),
    ]
}

fn function_panel() -> ExhibitPanel {
    let window = [-4.0, 5.0];
    let (x, y) = (linear("θ", Some(window)), linear("J and its derivative", Some([-1.5, 7.5])));
    let points: Vec<f64> = (0..=72).map(|i| -4.0 + f64::from(i) / 8.0).collect();
    let values: Vec<[f64; 2]> = points.iter().copied().zip(value(&points)).map(|(x, y)| [x, y]).collect();
    let outputs: Vec<[f64; 2]> = zeros().into_iter().map(|point| [point, 0.0]).collect();
    let [left, right] = [[[-4.0, -1.0], [MINIMUM, -1.0]], [[MINIMUM, 1.0], [5.0, 1.0]]];
    ExhibitPanel {
        title: "What backpropagation returns".into(),
        description: "J falls straight from 7 at θ = −4 to 0 at 3 and rises again. Backpropagation returns −1 left of 3 and 1 \
                      right of it, but 0 at the five points −2, −1, 0, 1, 2 and at the minimum, marked by rings."
            .into(),
        background: None,
        lines: vec![
            line("J", [BLACK, "solid"], &values, [&x, &y]),
            line("derivative, left of 3", [PINK, "dashed"], &left, [&x, &y]),
            line("derivative, right of 3", [PINK, "dashed"], &right, [&x, &y]),
            rings("backpropagation returns 0", PINK, &outputs),
        ],
        x,
        y,
    }
}

fn path_panel(title: &str, start: f64, records: &[Record], description: &str) -> ExhibitPanel {
    let (x, y) = (linear("iteration", Some([0.0, 60.0])), linear("θ", Some([-3.2, 4.2])));
    let lines = records
        .iter()
        .map(|record| {
            let points = path_of(&record.competitor, start, 60);
            line(record.competitor.label, record.competitor.style, &points, [&x, &y])
        })
        .collect();
    ExhibitPanel { title: title.into(), description: description.into(), background: None, lines, x, y }
}

fn row(record: &Record) -> Vec<String> {
    let of = |ends: &Ends| format!("{} of {}", ends.stuck, ends.starts);
    vec![
        record.competitor.label.into(),
        of(&record.on_kinks),
        of(&record.quarters),
        record.quarters.passed.to_string(),
        of(&record.tenths),
        of(&record.random),
    ]
}

/// Computes it.
pub(crate) fn exhibit() -> Result<Exhibit, TheoryError> {
    let records = records()?;
    Ok(Exhibit {
        name: NAME.into(),
        title: "Does backpropagation stop where J does not?".into(),
        method: vec![
            "Backpropagation applies the rules of calculus to every piece of a program, also where a piece has no \
             derivative: relu'(0) = 0, by convention. The sum of such choices need not be a subgradient of the sum. Here \
             J(θ) = |θ − 3| − Σ z(θ − c) over c = −2, −1, 0, 1, 2, with |u| = relu(u) + relu(−u) and z(u) = relu(u) \
             − relu(−u) − u. Each z is 0 everywhere, so J(θ) = |θ − 3|. But at u = 0 backpropagation gives z the slope \
             0 − 0 − 1 = −1, and so gives J the slope −1 + 1 = 0 at each c, where the true slope is −1. The derivative \
             of relu is the training code's own (kernels::unrectify)."
                .into(),
            "Those points are critical for backpropagation (D-critical) and not critical for J in the sense of Clarke. The \
             paper's theorem says that INNA's limits are D-critical, because that is all that an algorithm which sees only \
             the output of backpropagation can promise. This exhibit shows what the difference amounts to: a start exactly \
             on such a point is never left, but a run has to hit it to the last bit, and almost none does."
                .into(),
            format!(
                "SGD, INNA (0.5, 0.5) with initial_velocity 1, Adam and Adagrad, the other hyper-parameters at their \
                 defaults, with constant step size 1/4 (in one column of the table 1/10) for {} iterations, in double \
                 precision. A run ends on a false point if its last iterate equals it exactly. Random starts are uniform in \
                 [−3, 2.75) (seed {}); the round ones are the multiples of the step size in the same interval without the \
                 false points themselves. With a constant step the runs do not settle at 3, so only the false points \
                 are counted.",
                runs::STEPS,
                runs::SEED
            ),
        ],
        findings: findings(&records),
        columns: 3,
        panels: vec![
            function_panel(),
            path_panel(
                "From −3, a round number",
                -3.0,
                &records,
                "θ against the iteration from −3. SGD stops at −2, the first false point, and Adagrad's steps get shorter; INNA \
                 and Adam pass all of them and oscillate around 3.",
            ),
            path_panel(
                "From −2.9",
                -2.9,
                &records,
                "θ against the iteration from −2.9. All four pass the false points that they reach in 60 iterations.",
            ),
        ],
        table: table(
            &["method", "from the false points", "from multiples of 1/4", "hit and left", "from multiples of 1/10",
                "from random starts"],
            records.iter().map(row).collect(),
        ),
        source: format!(
            "{PAPER}: equation (16) for the rest points and Theorem 3 for the convergence to D-critical points. The function is chosen \
             here."
        ),
    })
}
