//! What the claim that a setting matters comes to on one task: a test over all entries that differ in it.

use super::evidence::{EvidenceView, epochs_of, is_guessing, nothing_learnt, when};
use super::names::resolve;
use super::runs::{Measured, Runs};
use crate::tables::Tables;
use crate::view::results::quantity::Quantity;
use polars::prelude::PolarsResult;
use records::{Claim, Factor, Quantifier, TaskCard, TaskKind};
use stats::claim::{Decision, most_divisor};
use stats::treatments_p;
use stats::verdict::{FEWEST_PAIRS, LEVEL, p_phrase};
use std::collections::BTreeMap;

/// Whether several entries come to the same, on a task.
pub(super) fn factor(
    tables: &Tables,
    task: &TaskCard,
    claim: &Claim,
    factor: &Factor,
) -> PolarsResult<EvidenceView> {
    let (mut entries, mut titles) = (Vec::new(), Vec::new());
    for name in &factor.entries {
        let Some(entry) = resolve(tables, task, name)? else {
            return Ok(EvidenceView::empty(String::new(), format!("{name} is no entry of this task")));
        };
        titles.push(entry.title.as_str());
        entries.push(entry);
    }
    let place = when(task, &factor.at);
    let (TaskKind::Training { epochs, .. }, Some(quantity)) = (&task.kind, Quantity::of(&factor.metric))
    else {
        return Ok(EvidenceView::empty(titles.join(", "), format!("there is no column {}", factor.metric)));
    };
    let text = format!("{}, {place}: not the same for {}", quantity.name(), titles.join(", "));
    let Some(window) = epochs_of(&factor.at, *epochs) else {
        return Ok(EvidenceView::empty(text, "the claim does not say when".into()));
    };
    let runs = Runs::new(tables, &task.name, quantity)?;
    let values: Vec<BTreeMap<u64, Measured>> =
        entries.iter().map(|entry| runs.of(&entry.key, window, |x| quantity.compared(x))).collect();
    let of_all = |repetition: &u64| values.iter().all(|of| of.contains_key(repetition));
    let common: Vec<u64> = values[0].keys().copied().filter(of_all).collect();
    let blocks: Vec<Vec<f64>> =
        common.iter().map(|repetition| values.iter().map(|of| of[repetition].value).collect()).collect();
    if blocks.is_empty() {
        return Ok(EvidenceView::empty(text, "no repetition has been measured on all".into()));
    }
    let guess = quantity.compared(quantity.of_guessing(&task.kind));
    let has_diverged = common.iter().any(|repetition| values.iter().any(|of| of[repetition].diverged));
    let is_still = !has_diverged
        && (0..entries.len()).all(|k| {
            let own: Vec<f64> = blocks.iter().map(|block| block[k]).collect();
            is_guessing(quantity, &own, guess)
        });
    let divisor = if claim.on == Quantifier::Most { most_divisor(claim.tasks.len()) } else { 1 };
    let p = treatments_p(&blocks);
    let (decision, remark) = match p {
        _ if blocks.len() < FEWEST_PAIRS => {
            (Decision::Undecided, format!("n = {}, a verdict needs {FEWEST_PAIRS}", blocks.len()))
        }
        _ if is_still => (Decision::Undecided, nothing_learnt(quantity, guess)),
        Some(p) => {
            let decision = if p < LEVEL / divisor as f64 { Decision::Supported } else { Decision::Undecided };
            (decision, format!("exchanged within seeds, {}", p_phrase(p)))
        }
        None => (Decision::Undecided, "there is nothing to exchange".into()),
    };
    Ok(EvidenceView {
        n: Some(blocks.len()),
        verdict: decision.word(),
        decision,
        remark: Some(remark),
        ..EvidenceView::empty(text, String::new())
    })
}
