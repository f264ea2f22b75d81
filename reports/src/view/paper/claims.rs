//! Claims of a paper, each decided from its comparisons.
//!
//! A comparison takes the paired differences over the repetitions that both entries have, at a place in the budget:
//! one number is the epoch nearest to that share of the epochs (at least epoch 1), two make the mean between them. Where
//! all sides are, on average, no better than guessing, there is no verdict. Losses are compared by their logarithm, taken epoch by epoch. How a comparison, a task and a claim are
//! decided is in [`stats::claim`]. Where a place reaches beyond the last epoch that a diverged run measured, the run counts
//! as worse than every finished one: its accuracy is 0; a loss has no worst, so such losses are compared by rank. It is never
//! equivalent to anything, and an entry of which runs diverged is not ahead of one of which none did.
//! On functions there is no randomness: two numbers are compared as they are.
//!
//! Tasks of a claim that a study lacks have no data and count among its tasks: a claim about all of them cannot be
//! supported without them. What the tasks that are here say is said beside the verdict.

use super::evidence::{EvidenceView, evidence};
use super::factor::factor;
use super::names::{resolve, role_name, task_of, tasks_of};
use crate::tables::Tables;
use crate::words::names::task_page;
use polars::prelude::PolarsResult;
use records::{Claim, Manifest, Quantifier};
use schemars::JsonSchema;
use serde::Serialize;
use stats::claim::{Decision, all, most};

/// A claim and what the runs say about it.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ClaimView {
    /// Short name.
    pub name: String,
    /// The claim in words.
    pub statement: String,
    /// Who says so, where the claims are not all of one paper.
    pub source: Option<String>,
    /// Section of the paper.
    pub section: String,
    /// Figure that is said to show it.
    pub figure: String,
    /// On how many tasks it must hold.
    pub on: &'static str,
    /// Comparisons of the claim over all its tasks, the m of the rule.
    pub comparisons: usize,
    /// `supported`, `contradicted`, `undecided` or `no data`.
    pub verdict: &'static str,
    /// What it rests on, task by task.
    pub tasks: Vec<ClaimTaskView>,
    /// Tasks of the claim that this study lacks.
    pub absent: Vec<String>,
    /// What the tasks of a claim say that are here, where others are not: `supported on the 2 tasks here; CIFAR-100 is
    /// not in this study`.
    pub here: Option<String>,
}

/// A claim on one task.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub struct VerdictCounts {
    /// Borne out.
    pub supported: usize,
    /// Shown to be otherwise.
    pub contradicted: usize,
    /// Not told by the data.
    pub undecided: usize,
    /// Of the undecided, those that every task here supports and whose other tasks the study lacks.
    pub supported_here: usize,
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
            supported_here: claims.iter().filter(|c| c.is_supported_here()).count(),
            not_run: count(Decision::NoData),
        }
    }
}

impl ClaimView {
    fn is_supported_here(&self) -> bool {
        let supported = |task: &ClaimTaskView| task.verdict == Decision::Supported.word();
        self.verdict == Decision::Undecided.word()
            && !self.absent.is_empty()
            && self.tasks.iter().all(supported)
    }
}

/// The verdicts on the tasks here, and which are not.
fn here(decisions: &[Decision], absent: &[String]) -> Option<String> {
    let total = decisions.len();
    if absent.is_empty() || total == 0 {
        return None;
    }
    let words = [Decision::Supported, Decision::Contradicted, Decision::Undecided, Decision::NoData];
    let counts: Vec<(Decision, usize)> = words
        .into_iter()
        .map(|word| (word, decisions.iter().filter(|d| **d == word).count()))
        .filter(|(_, count)| *count > 0)
        .collect();
    let said = match &counts[..] {
        [(word, 1)] => format!("{} on the one task here", word.word()),
        [(word, _)] => format!("{} on the {total} tasks here", word.word()),
        several => {
            let parts: Vec<String> =
                several.iter().map(|(word, count)| format!("{} on {count}", word.word())).collect();
            format!("{} of the {total} tasks here", parts.join(", "))
        }
    };
    let is = if absent.len() == 1 { "is" } else { "are" };
    Some(format!("{said}; {} {is} not in this study", absent.join(" and ")))
}

pub(super) fn claim(manifest: &Manifest, tables: &Tables, claim: &Claim) -> PolarsResult<ClaimView> {
    let present: Vec<&String> =
        claim.tasks.iter().filter(|role| tasks_of(manifest, role).next().is_some()).collect();
    let family = claim.tasks.len() * claim.comparisons.len();
    let (mut tasks, mut decisions) = (Vec::new(), Vec::new());
    for role in &present {
        let names = claim.comparisons.iter().flat_map(|c| [c.entry.as_str(), c.than.as_str()]);
        let names: Vec<&str> =
            names.chain(claim.factors.iter().flat_map(|f| f.entries.iter().map(String::as_str))).collect();
        let Some(task) = task_of(manifest, role, &names) else { continue };
        let mut found = Vec::new();
        for comparison in &claim.comparisons {
            let pair = [resolve(tables, task, &comparison.entry)?, resolve(tables, task, &comparison.than)?];
            found.push(evidence(tables, task, (claim, family), comparison, pair)?);
        }
        for of in &claim.factors {
            found.push(factor(tables, task, claim, of)?);
        }
        let decision = all(&found.iter().map(|e: &EvidenceView| e.decision).collect::<Vec<_>>());
        decisions.push(decision);
        tasks.push(ClaimTaskView {
            title: task.title.clone(),
            page: task_page(manifest, &task.name),
            verdict: decision.word(),
            evidence: found,
        });
    }
    let absent: Vec<String> =
        claim.tasks.iter().filter(|r| !present.contains(r)).map(|r| role_name(r)).collect();
    let here = here(&decisions, &absent);
    decisions.resize(claim.tasks.len().max(decisions.len()), Decision::NoData);
    let (on, decision) = match claim.on {
        Quantifier::All => ("all of the tasks", all(&decisions)),
        Quantifier::Most => ("more than half of the tasks", most(&decisions)),
    };
    Ok(ClaimView {
        name: claim.name.clone(),
        statement: claim.statement.clone(),
        source: claim.source.clone(),
        section: claim.section.clone(),
        figure: claim.figure.clone(),
        on,
        comparisons: family,
        verdict: decision.word(),
        tasks,
        absent,
        here,
    })
}
