//! The numbers behind the method page.

use crate::words::names::task_page;
use crate::words::text::{percent, significant};
use records::{Manifest, TaskKind};
use schemars::JsonSchema;
use serde::Serialize;
use stats::runtime::{LADDER, PENALTY};
use stats::{EXACT_LIMIT, bootstrap, noether_pairs, profile, verdict, win};

/// What every statistic of the report is computed with.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct MethodView {
    /// p values adjusted together.
    pub family: usize,
    /// Fewest pairs with which one of so many can pass; none where nothing is adjusted.
    pub possible: Option<u32>,
    /// Level they are held against.
    pub level: f64,
    /// Fewest pairs for a comparison in words, and fewest runs for an interval.
    pub fewest: usize,
    /// Most pairs whose sign patterns are enumerated.
    pub exact_limit: usize,
    /// Resamples of a bootstrap interval.
    pub resamples: usize,
    /// Their master seed.
    pub bootstrap_seed: u64,
    /// Probability of doing better that counts as often enough.
    pub gamma: f64,
    /// Pairs needed to tell it from one half.
    pub gamma_pairs: u64,
    /// Shares of the way from chance to the anchor, percent.
    pub targets: Vec<String>,
    /// Factor by which the budget of a missed target counts.
    pub penalty: f64,
    /// Largest factor of the areas under a profile.
    pub largest_factor: f64,
    /// What the sign-flip test can reach.
    pub smallest: Vec<SmallestP>,
    /// Frozen numbers of the tasks.
    pub tasks: Vec<MethodTask>,
}

/// The smallest two-sided p value of the sign-flip test.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct SmallestP {
    /// Pairs.
    pub n: u32,
    /// 2 / 2ⁿ, printed.
    pub p: String,
    /// Comparisons with which Holm's first step can still be passed.
    pub family: u32,
}

/// Frozen numbers of a task.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct MethodTask {
    /// Heading.
    pub title: String,
    /// Its page.
    pub page: String,
    /// Accuracy of a guess, percent: score 0.
    pub chance: String,
    /// Accuracy that scores 1, percent.
    pub anchor: Option<String>,
    /// Whose it is.
    pub source: Option<String>,
    /// Differences below this do not matter, percentage points.
    pub margin: String,
}

impl MethodView {
    pub(crate) fn new(manifest: &Manifest, family: usize) -> Self {
        let tasks = manifest.tasks.iter().filter_map(|card| {
            let TaskKind::Training { classes, margin, .. } = card.kind else { return None };
            Some(MethodTask {
                title: card.title.clone(),
                page: task_page(manifest, &card.name),
                chance: percent(1.0 / classes.max(1) as f64),
                anchor: card.anchor.as_ref().map(|anchor| percent(anchor.value)),
                source: card.anchor.as_ref().map(|anchor| anchor.source.clone()),
                margin: percent(margin),
            })
        });
        let smallest = |n: u32| {
            let p = 2.0 / f64::from(1_u32 << n);
            // Rounded as every p value is, but not cut to "< 0.001".
            let text = if p < 0.001 { significant(p, 2) } else { verdict::p_text(p) };
            SmallestP { n, p: text, family: (verdict::LEVEL / p).floor() as u32 }
        };
        let passes = |n: &u32| 2.0 / f64::from(1_u32 << n) * family as f64 <= verdict::LEVEL;
        Self {
            family,
            possible: (5..32).find(passes).filter(|_| family > 0),
            level: verdict::LEVEL,
            fewest: verdict::FEWEST_PAIRS,
            exact_limit: EXACT_LIMIT,
            resamples: bootstrap::RESAMPLES,
            bootstrap_seed: bootstrap::SEED,
            gamma: win::GAMMA,
            gamma_pairs: noether_pairs(win::GAMMA, verdict::LEVEL, 1.0 - verdict::LEVEL).ceil() as u64,
            targets: LADDER.iter().map(|share| format!("{:.0} %", 100.0 * share)).collect(),
            penalty: PENALTY,
            largest_factor: profile::LARGEST_FACTOR,
            smallest: [5, 6, 7, 8, 10, 12].map(smallest).to_vec(),
            tasks: tasks.collect(),
        }
    }
}
