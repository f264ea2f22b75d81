//! What one comparison of a claim comes to on one trained task.

use super::names::{candidates, nobody};
use super::runs::{Measured, Runs};
use super::trajectories;
use crate::tables::Tables;
use crate::view::results::quantity::Quantity;
use crate::words::text::significant;
use polars::prelude::PolarsResult;
use records::{Claim, Comparison, Entry, Quantifier, Relation, TaskCard, TaskKind};
use schemars::JsonSchema;
use serde::Serialize;
use stats::claim::{Assertion, Decision, Divisors, all_equal, judge, judge_ranks, most_divisor};
use stats::verdict::FEWEST_PAIRS;
use std::collections::BTreeMap;

/// One comparison on one task.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
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

/// What the levels of a comparison are divided by, and why.
struct Strictness {
    divisors: Divisors,
    reasons: Vec<String>,
}

impl Strictness {
    fn new(
        claim: &Claim,
        family: usize,
        task: &TaskCard,
        comparison: &Comparison,
        titles: &[String; 2],
    ) -> Self {
        let (mut support, mut contradiction, mut reasons) = (1, family, Vec::new());
        let quantity = Quantity::of(&comparison.metric);
        // Whether the first is asserted to be the better one; nobody is where they are to be equivalent.
        let first_is_better = match comparison.is {
            Relation::Lower => Some(quantity.is_some_and(Quantity::falls)),
            Relation::Higher => Some(!quantity.is_some_and(Quantity::falls)),
            Relation::Equivalent => None,
        };
        for (k, (name, title)) in [&comparison.entry, &comparison.than].into_iter().zip(titles).enumerate() {
            let count = candidates(task, name);
            if count < 2 {
                continue;
            }
            // The best of several looks better than it is: that favours what says that it is better, and nothing else. Of the
            // best opponent the claim is harder, not easier, and needs no correction (it holds of all if it holds of the best).
            let favours_support = first_is_better.is_none_or(|first| first == (k == 0));
            let favours_contradiction = first_is_better.is_none_or(|first| first != (k == 0));
            if favours_support {
                support *= count;
                reasons.push(format!("{title} is the best of {count}"));
            }
            if favours_contradiction {
                contradiction *= count;
            }
        }
        let tasks = claim.tasks.len();
        if claim.on == Quantifier::Most && most_divisor(tasks) > 1 {
            support *= most_divisor(tasks);
            reasons.push(format!("any {} of {tasks} tasks will do", tasks / 2 + 1));
        }
        Self { divisors: Divisors { support, contradiction }, reasons }
    }

    fn remark(&self) -> Option<String> {
        let divisor = self.divisors.support;
        (divisor > 1)
            .then(|| format!("support needs the level 1 − 0.05 / {divisor}: {}", self.reasons.join(", ")))
    }
}

/// Decides a comparison of a claim on a task; `family` is the number of comparisons of the claim over all its
/// tasks.
pub(super) fn evidence(
    tables: &Tables,
    task: &TaskCard,
    (claim, family): (&Claim, usize),
    comparison: &Comparison,
    pair: [Option<&Entry>; 2],
) -> PolarsResult<EvidenceView> {
    let title =
        |entry: Option<&Entry>, name: &str| entry.map_or_else(|| name.to_string(), |e| e.title.clone());
    let titles = [title(pair[0], &comparison.entry), title(pair[1], &comparison.than)];
    let text = wording(task, comparison, &titles);
    let [Some(first), Some(second)] = pair else {
        let name = if pair[0].is_none() { &comparison.entry } else { &comparison.than };
        let known = task.selections.iter().any(|s| s.name == *name);
        let remark = if known {
            format!("{name} stands for no entry: {}", nobody(tables, task, name)?)
        } else {
            format!("{name} is no entry of this task")
        };
        return Ok(EvidenceView::empty(text, remark));
    };
    match task.kind {
        TaskKind::Function { steps, .. } => {
            trajectories::evidence(tables, task, comparison, [first, second], steps, text)
        }
        TaskKind::Training { epochs, .. } => {
            let Some(quantity) = Quantity::of(&comparison.metric) else {
                return Ok(EvidenceView::empty(text, format!("there is no column {}", comparison.metric)));
            };
            let Some(window) = epochs_of(&comparison.at, epochs) else {
                return Ok(EvidenceView::empty(text, "the claim does not say when".into()));
            };
            let runs = Runs::new(tables, &task.name, quantity)?;
            let values = |entry: &Entry| runs.of(&entry.key, window, |x| quantity.compared(x));
            let strictness = Strictness::new(claim, family, task, comparison, &titles);
            let guess = quantity.compared(quantity.of_guessing(&task.kind));
            let place = Place { quantity, margin: quantity.margin(&task.kind), strictness, guess };
            Ok(paired(values(first), values(second), comparison, place, text))
        }
    }
}

/// First and last epoch (from 1 on) that a place in the budget stands for, the nearest to it, of two equally near ones the later;
/// equal for a moment.
pub(super) fn epochs_of(at: &[f64], epochs: u32) -> Option<(f64, f64)> {
    let nearest = |share: f64| (share * f64::from(epochs) + 1e-9).round().max(1.0);
    Some((nearest(*at.first()?), nearest(*at.last()?)))
}

/// What is compared, and how strictly.
struct Place {
    quantity: Quantity,
    /// None where the task's margin is one of something else.
    margin: Option<f64>,
    strictness: Strictness,
    /// What guessing comes to, in the unit that is compared.
    guess: f64,
}

fn paired(
    first: BTreeMap<u64, Measured>,
    second: BTreeMap<u64, Measured>,
    comparison: &Comparison,
    Place { quantity, margin, strictness, guess }: Place,
    text: String,
) -> EvidenceView {
    let pairs: Vec<(Measured, Measured)> =
        first.iter().filter_map(|(repetition, a)| Some((*a, *second.get(repetition)?))).collect();
    if pairs.is_empty() {
        return EvidenceView::empty(text, "no repetition has been measured on both".into());
    }
    let differences: Vec<f64> = pairs.iter().map(|(a, b)| a.value - b.value).collect();
    let assertion = match comparison.is {
        Relation::Lower => Assertion::Lower,
        Relation::Higher => Assertion::Higher,
        Relation::Equivalent => Assertion::Within(margin.unwrap_or(0.0)),
    };
    let diverged =
        [pairs.iter().filter(|(a, _)| a.diverged).count(), pairs.iter().filter(|(_, b)| b.diverged).count()];
    // A difference with a loss that has no size has none either.
    let is_ranked = quantity.falls() && diverged != [0, 0];
    let judged = if is_ranked {
        let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().map(|(a, b)| (a.value, b.value)).unzip();
        judge_ranks(&a, &b, assertion, strictness.divisors)
    } else {
        judge(&differences, assertion, strictness.divisors)
    };
    let mut remarks = Vec::new();
    let mut decision = judged.decision;
    if judged.n < FEWEST_PAIRS {
        remarks.push(format!("n = {}, a verdict needs {}", judged.n, FEWEST_PAIRS));
    } else if comparison.is == Relation::Equivalent
        && let Some(reason) = no_agreement(margin, diverged, &differences)
    {
        decision = Decision::Undecided;
        remarks.push(reason.into());
    } else {
        remarks.extend(strictness.remark());
    }
    let sides: [Vec<f64>; 2] =
        [pairs.iter().map(|(a, _)| a.value).collect(), pairs.iter().map(|(_, b)| b.value).collect()];
    // Who diverged is behind who did not, whatever that has learnt.
    let is_open = remarks.is_empty() || decision != Decision::Undecided;
    if is_open && diverged == [0, 0] && sides.iter().all(|side| is_guessing(quantity, side, guess)) {
        decision = Decision::Undecided;
        remarks.push(nothing_learnt(quantity, guess));
    }
    if is_behind(ahead(decision, comparison.is, quantity), diverged) {
        decision = Decision::Undecided;
        remarks.push("an entry of which runs diverged is not ahead of one of which none did".into());
    }
    if diverged != [0, 0] {
        let [a, b] = diverged;
        let how = if is_ranked {
            "worse than every finished run, so there is no mean difference and ranks decide"
        } else {
            "counted as accuracy 0"
        };
        remarks.push(format!("diverged, {how}: {a} of the first, {b} of the second"));
    }
    // Without bounds the difference itself says how many decimals it needs.
    let bounds = judged.interval.map(|i| vec![i.low, i.high]);
    let decimals = quantity.decimals(&bounds.unwrap_or_else(|| judged.difference.into_iter().collect()));
    let print = |x: f64| quantity.print_difference(x, decimals);
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

/// Whether runs are, on average, no better than guessing.
pub(super) fn is_guessing(quantity: Quantity, values: &[f64], guess: f64) -> bool {
    let mean = stats::mean(values).unwrap_or(f64::NAN);
    if quantity.falls() { mean >= guess } else { mean <= guess }
}

pub(super) fn nothing_learnt(quantity: Quantity, guess: f64) -> String {
    format!(
        "no verdict: neither is better than guessing, {} {}",
        quantity.print(guess),
        quantity.value_unit()
    )
}

/// Which side a decision says is better, 0 or 1; neither if it says nothing of the kind.
fn ahead(decision: Decision, relation: Relation, quantity: Quantity) -> Option<usize> {
    let is_lower = match (decision, relation) {
        (Decision::Supported, Relation::Lower) | (Decision::Contradicted, Relation::Higher) => true,
        (Decision::Supported, Relation::Higher) | (Decision::Contradicted, Relation::Lower) => false,
        _ => return None,
    };
    Some(usize::from(is_lower != quantity.falls()))
}

/// Whether that side has diverged runs and the other has none.
fn is_behind(side: Option<usize>, diverged: [usize; 2]) -> bool {
    side.is_some_and(|side| diverged[side] > 0 && diverged[1 - side] == 0)
}

/// Why differences, however small, do not show that two entries are equivalent.
fn no_agreement(margin: Option<f64>, diverged: [usize; 2], differences: &[f64]) -> Option<&'static str> {
    if margin.is_none() {
        Some("the task has no margin for losses")
    } else if diverged != [0, 0] {
        Some("a diverged run agrees with nothing")
    } else if !all_equal(differences) {
        None
    } else if differences.first() == Some(&0.0) {
        Some("all differences are exactly 0: dead runs, not agreement")
    } else {
        Some("all differences are exactly equal: dead runs")
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
pub(super) fn when(task: &TaskCard, at: &[f64]) -> String {
    let percent = |share: f64| significant(100.0 * share, 3).trim_end_matches(".0").replace(".00", "");
    let share = match at {
        [] => return "at no stated time".into(),
        [end] if *end >= 1.0 => "at the end".to_string(),
        [one] => format!("at {} % of the budget", percent(*one)),
        [first, .., last] => format!("from {} to {} % of the budget", percent(*first), percent(*last)),
    };
    match task.kind {
        TaskKind::Training { epochs, .. } => match epochs_of(at, epochs) {
            // The share that is used, if the budget has no epoch at the one that is asked for.
            Some((first, last)) if first == last => {
                let used = last / f64::from(epochs);
                match at {
                    [asked] if (used - asked).abs() > 1e-9 => format!(
                        "at {} % of the budget (epoch {last}, the nearest to {} %)",
                        percent(used),
                        percent(*asked)
                    ),
                    _ => format!("{share} (epoch {last})"),
                }
            }
            Some((first, last)) => format!("{share} (epochs {first} to {last})"),
            None => share,
        },
        TaskKind::Function { .. } => share,
    }
}
