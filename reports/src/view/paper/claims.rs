//! Claims of a paper, each decided from its comparisons.
//!
//! A comparison takes the paired differences over the repetitions that both entries have, at a place in the budget:
//! one number is the last epoch at or below that share of the epochs (at least epoch 1), two make the mean between
//! them. Losses are compared by their logarithm, taken epoch by epoch. How a comparison, a task and a claim are
//! decided is in [`stats::claim`]. A diverged run counts as one that guesses, with the loss ln C and the accuracy
//! 1 / C for C classes. On functions there is no randomness: two numbers are compared as they are.

use super::evidence::{EvidenceView, evidence};
use super::names::{resolve, role_name, task_of, tasks_of};
use crate::tables::Tables;
use crate::view::text::slug;
use polars::prelude::PolarsResult;
use records::{Claim, Manifest, Quantifier};
use serde::Serialize;
use stats::claim::{Decision, all, most};

/// A claim and what the runs say about it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimView {
    /// Short name.
    pub name: String,
    /// The claim in words.
    pub statement: String,
    /// Section of the paper.
    pub section: String,
    /// Figure that is said to show it.
    pub figure: String,
    /// On how many tasks it must hold.
    pub on: &'static str,
    /// Comparisons of the claim over the tasks of this study, the m of the rule.
    pub comparisons: usize,
    /// `supported`, `contradicted`, `undecided` or `no data`.
    pub verdict: &'static str,
    /// What it rests on, task by task.
    pub tasks: Vec<ClaimTaskView>,
    /// Tasks of the claim that this study lacks.
    pub absent: Vec<String>,
}

/// A claim on one task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimTaskView {
    /// Heading of the task.
    pub title: String,
    /// Its page.
    pub page: String,
    /// `supported`, `contradicted`, `undecided` or `no data`.
    pub verdict: &'static str,
    /// The comparisons.
    pub evidence: Vec<EvidenceView>,
}

/// How many claims came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerdictCounts {
    /// Borne out.
    pub supported: usize,
    /// Shown to be otherwise.
    pub contradicted: usize,
    /// Not told by the data.
    pub undecided: usize,
    /// Without data.
    pub not_run: usize,
}

impl VerdictCounts {
    pub(super) fn of(claims: &[ClaimView]) -> Self {
        let count = |decision: Decision| claims.iter().filter(|c| c.verdict == decision.word()).count();
        Self {
            supported: count(Decision::Supported),
            contradicted: count(Decision::Contradicted),
            undecided: count(Decision::Undecided),
            not_run: count(Decision::NoData),
        }
    }
}

pub(super) fn claim(manifest: &Manifest, tables: &Tables, claim: &Claim) -> PolarsResult<ClaimView> {
    let present: Vec<&String> =
        claim.tasks.iter().filter(|role| tasks_of(manifest, role).next().is_some()).collect();
    let family = present.len() * claim.comparisons.len();
    let (mut tasks, mut decisions) = (Vec::new(), Vec::new());
    for role in &present {
        let names: Vec<&str> =
            claim.comparisons.iter().flat_map(|c| [c.entry.as_str(), c.than.as_str()]).collect();
        let Some(task) = task_of(manifest, role, &names) else { continue };
        let mut found = Vec::new();
        for comparison in &claim.comparisons {
            let pair = [resolve(tables, task, &comparison.entry)?, resolve(tables, task, &comparison.than)?];
            found.push(evidence(tables, task, comparison, pair, family)?);
        }
        let decision = all(&found.iter().map(|e: &EvidenceView| e.decision).collect::<Vec<_>>());
        decisions.push(decision);
        tasks.push(ClaimTaskView {
            title: task.title.clone(),
            page: format!("task-{}.html", slug(&task.name)),
            verdict: decision.word(),
            evidence: found,
        });
    }
    let (on, decision) = match claim.on {
        Quantifier::All => ("all of the tasks", all(&decisions)),
        Quantifier::Most => ("more than half of the tasks", most(&decisions)),
    };
    Ok(ClaimView {
        name: claim.name.clone(),
        statement: claim.statement.clone(),
        section: claim.section.clone(),
        figure: claim.figure.clone(),
        on,
        comparisons: family,
        verdict: decision.word(),
        tasks,
        absent: claim.tasks.iter().filter(|r| !present.contains(r)).map(|r| role_name(r)).collect(),
    })
}
