//! The numbers behind the method page.

use crate::view::results::yardstick::{MeasureView, Yardstick};
use crate::words::names::task_page;
use crate::words::text::significant;
use records::{Manifest, TaskKind};
use schemars::JsonSchema;
use serde::Serialize;
use stats::runtime::{LADDER, PENALTY};
use stats::{EXACT_LIMIT, bootstrap, noether_pairs, profile, verdict, win};
use std::collections::BTreeSet;

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
    /// What examples are called: by the noun of the tasks, if it is the same for all.
    pub examples: String,
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
    /// What it is judged by (`test accuracy`).
    pub measure: String,
    /// Unit of these numbers.
    pub unit: String,
    /// Unit of the margin.
    pub points: String,
    /// What a guess comes to: score 0.
    pub chance: String,
    /// What scores 1.
    pub anchor: Option<String>,
    /// Whose it is.
    pub source: Option<String>,
    /// Differences below this do not matter.
    pub margin: String,
}

impl MethodView {
    pub(crate) fn new(manifest: &Manifest, family: usize) -> Self {
        let tasks = manifest.tasks.iter().filter_map(|card| {
            let yardstick = Yardstick::of(&card.kind)?;
            let MeasureView { name, unit, points, .. } = yardstick.view();
            Some(MethodTask {
                measure: name,
                unit,
                points,
                title: card.title.clone(),
                page: task_page(manifest, &card.name),
                chance: yardstick.print(yardstick.chance()),
                anchor: card.anchor.as_ref().map(|anchor| yardstick.print(anchor.value)),
                source: card.anchor.as_ref().map(|anchor| anchor.source.clone()),
                margin: yardstick.print(yardstick.margin()),
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
            examples: examples(manifest),
            tasks: tasks.collect(),
        }
    }
}

/// What the examples of a study are called, in the plural.
fn examples(manifest: &Manifest) -> String {
    let nouns: BTreeSet<&str> = manifest
        .tasks
        .iter()
        .filter_map(|card| match &card.kind {
            TaskKind::Training { example, .. } => Some(example.as_str()),
            TaskKind::Function { .. } => None,
        })
        .collect();
    match nouns.first() {
        Some(noun) if nouns.len() == 1 => format!("{noun}s"),
        _ => "examples".into(),
    }
}
