//! What one comparison of a claim comes to on one task of classification.

use super::quantity::Quantity;
use super::trajectories;
use crate::tables::{Line, Tables, schema};
use crate::view::text::significant;
use polars::prelude::PolarsResult;
use records::{Comparison, Entry, Relation, TaskCard, TaskKind};
use serde::Serialize;
use stats::claim::{Assertion, Decision, judge};
use std::collections::BTreeMap;

/// One comparison on one task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvidenceView {
    /// What is asserted, with the names of the entries.
    pub text: String,
    /// Pairs of runs; none for a task without randomness.
    pub n: Option<usize>,
    /// Mean of the first minus the second, in the unit that is compared.
    pub mean: Option<f64>,
    /// `mean`, printed.
    pub difference: Option<String>,
    /// Bounds of its 95 % interval, printed.
    pub interval: Option<[String; 2]>,
    /// Unit of the difference.
    pub unit: &'static str,
    /// The two numbers of a comparison without randomness.
    pub values: Option<[String; 2]>,
    /// `supported`, `contradicted`, `undecided` or `no data`.
    pub verdict: &'static str,
    /// What else a reader should know.
    pub remark: Option<String>,
    #[serde(skip)]
    pub(super) decision: Decision,
}

impl EvidenceView {
    pub(super) fn empty(text: String, remark: String) -> Self {
        Self {
            text,
            n: None,
            mean: None,
            difference: None,
            interval: None,
            unit: "",
            values: None,
            verdict: Decision::NoData.word(),
            remark: Some(remark),
            decision: Decision::NoData,
        }
    }
}

/// Decides a comparison on a task; `family` is the number of comparisons of the claim over all its tasks.
pub(super) fn evidence(
    tables: &Tables,
    task: &TaskCard,
    comparison: &Comparison,
    pair: [Option<&Entry>; 2],
    family: usize,
) -> PolarsResult<EvidenceView> {
    let title =
        |entry: Option<&Entry>, name: &str| entry.map_or_else(|| name.to_string(), |e| e.title.clone());
    let titles = [title(pair[0], &comparison.entry), title(pair[1], &comparison.than)];
    let text = wording(task, comparison, &titles);
    let [Some(first), Some(second)] = pair else {
        let name = if pair[0].is_none() { &comparison.entry } else { &comparison.than };
        let known = task.selections.iter().any(|s| s.name == *name);
        let remark = if known {
            format!("nothing to choose {name} from has been run")
        } else {
            format!("{name} is no entry of this task")
        };
        return Ok(EvidenceView::empty(text, remark));
    };
    match task.kind {
        TaskKind::Function { steps, .. } => {
            trajectories::evidence(tables, task, comparison, [first, second], steps, text)
        }
        TaskKind::Classification { epochs, classes, margin, .. } => {
            let Some(quantity) = Quantity::of(&comparison.metric) else {
                return Ok(EvidenceView::empty(text, format!("there is no column {}", comparison.metric)));
            };
            let Some(window) = epochs_of(&comparison.at, epochs) else {
                return Ok(EvidenceView::empty(text, "the claim does not say when".into()));
            };
            let lines = tables.lines(&task.name, schema::curves::EPOCH, quantity.column())?;
            let statuses = tables.statuses(&task.name)?;
            let values = |entry: &Entry| values(&lines, &statuses, &entry.key, window, quantity, classes);
            Ok(paired(values(first), values(second), comparison, quantity, margin, family, text))
        }
    }
}

/// First and last epoch (from 1 on) that a place in the budget stands for; equal for a moment.
pub(super) fn epochs_of(at: &[f64], epochs: u32) -> Option<(f64, f64)> {
    let (first, last) = (*at.first()?, *at.last()?);
    let below = |share: f64| (share * f64::from(epochs) + 1e-9).floor().max(1.0);
    let above = |share: f64| (share * f64::from(epochs) - 1e-9).ceil().max(1.0);
    let last_epoch = below(last);
    Some(if at.len() == 1 { (last_epoch, last_epoch) } else { (above(first).min(last_epoch), last_epoch) })
}

/// The value of a run in the unit that is compared, and whether the run diverged.
type Measured = (f64, bool);

/// Values of an entry's runs by repetition, and whether the run diverged. A moment without a measurement takes the
/// one before it.
fn values(
    lines: &BTreeMap<(String, u64), Line>,
    statuses: &BTreeMap<(String, u64), &'static str>,
    entry: &str,
    (first, last): (f64, f64),
    quantity: Quantity,
    classes: usize,
) -> BTreeMap<u64, Measured> {
    let guess = quantity.compared(quantity.guess(classes));
    let value = |key: &(String, u64)| -> Option<f64> {
        let points = &lines.get(key)?.points;
        let inside: Vec<f64> =
            points.iter().filter(|p| p.0 >= first && p.0 <= last).map(|p| quantity.compared(p.1)).collect();
        let before =
            || points.iter().rev().find(|p| p.0 >= 1.0 && p.0 <= last).map(|p| quantity.compared(p.1));
        stats::mean(&inside).or_else(before)
    };
    statuses
        .iter()
        .filter(|((key, _), _)| key == entry)
        .filter_map(|(key, status)| match *status {
            schema::DIVERGED => Some((key.1, (guess, true))),
            schema::DONE => Some((key.1, (value(key)?, false))),
            _ => None,
        })
        .collect()
}

fn paired(
    first: BTreeMap<u64, Measured>,
    second: BTreeMap<u64, Measured>,
    comparison: &Comparison,
    quantity: Quantity,
    margin: f64,
    family: usize,
    text: String,
) -> EvidenceView {
    let pairs: Vec<(Measured, Measured)> =
        first.iter().filter_map(|(repetition, a)| Some((*a, *second.get(repetition)?))).collect();
    if pairs.is_empty() {
        return EvidenceView::empty(text, "no repetition has been measured on both".into());
    }
    let differences: Vec<f64> = pairs.iter().map(|(a, b)| a.0 - b.0).collect();
    let assertion = match comparison.is {
        Relation::Lower => Assertion::Lower,
        Relation::Higher => Assertion::Higher,
        Relation::Equivalent => Assertion::Within(margin),
    };
    let judged = judge(&differences, assertion, family);
    let mut remarks = Vec::new();
    let mut decision = judged.decision;
    if judged.n < stats::verdict::FEWEST_PAIRS {
        remarks.push(format!("n = {}, a verdict needs {}", judged.n, stats::verdict::FEWEST_PAIRS));
    } else if comparison.is == Relation::Equivalent && matches!(quantity, Quantity::Loss(_)) {
        // The margin of a task is one of accuracy.
        decision = Decision::Undecided;
        remarks.push("the task has no margin for losses".into());
    }
    let counts = [pairs.iter().filter(|(a, _)| a.1).count(), pairs.iter().filter(|(_, b)| b.1).count()];
    if counts != [0, 0] {
        let [a, b] = counts;
        remarks.push(format!("diverged, counted as guessing: {a} of the first, {b} of the second"));
    }
    let print = |x: f64| quantity.print_difference(x);
    EvidenceView {
        text,
        n: Some(judged.n),
        mean: judged.difference,
        difference: judged.difference.map(print),
        interval: judged.interval.map(|i| [print(i.low), print(i.high)]),
        unit: quantity.unit(),
        values: None,
        verdict: decision.word(),
        remark: (!remarks.is_empty()).then(|| remarks.join("; ")),
        decision,
    }
}

/// The comparison as a phrase: `test accuracy at the end: A higher than B`.
fn wording(task: &TaskCard, comparison: &Comparison, [first, second]: &[String; 2]) -> String {
    let quantity = match (&task.kind, comparison.metric.as_str()) {
        (TaskKind::Function { .. }, "log10_value") => "log₁₀ of the value".to_string(),
        (TaskKind::Function { .. }, "crossings") => "crossings of the valley".into(),
        (TaskKind::Function { .. }, "turns") => "reversals of θ₁".into(),
        (_, metric) => Quantity::of(metric).map_or_else(|| metric.to_string(), |q| q.name().into()),
    };
    let relation = match comparison.is {
        Relation::Lower => format!("{first} lower than {second}"),
        Relation::Higher => format!("{first} higher than {second}"),
        Relation::Equivalent => format!("{first} equivalent to {second}"),
    };
    format!("{quantity}, {}: {relation}", when(task, &comparison.at))
}

/// The place in the budget in words.
fn when(task: &TaskCard, at: &[f64]) -> String {
    let percent = |share: f64| significant(100.0 * share, 3).trim_end_matches(".0").replace(".00", "");
    let share = match at {
        [] => return "at no stated time".into(),
        [end] if *end >= 1.0 => "at the end".to_string(),
        [one] => format!("at {} % of the budget", percent(*one)),
        [first, .., last] => format!("from {} to {} % of the budget", percent(*first), percent(*last)),
    };
    match task.kind {
        TaskKind::Classification { epochs, .. } => match epochs_of(at, epochs) {
            Some((first, last)) if first == last => format!("{share} (epoch {last})"),
            Some((first, last)) => format!("{share} (epochs {first} to {last})"),
            None => share,
        },
        TaskKind::Function { .. } => share,
    }
}
