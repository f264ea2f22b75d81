//! Single runs of two reports beside each other.

use super::earlier::{Earlier, Run};
use super::words::Unit;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// How many runs did what; runs that neither side made are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub struct RunCounts {
    /// Same settings, same bits.
    pub same: usize,
    /// Same settings, another result.
    pub other_results: usize,
    /// Made on both sides with other settings.
    pub other_settings: usize,
    /// Made here only.
    pub new: usize,
    /// Made there only.
    pub gone: usize,
}

/// A run that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct RunChange {
    /// Name of the task.
    pub task: String,
    /// Key of the entry.
    pub entry: String,
    /// The seed block.
    pub repetition: u64,
    /// What changed: `another result`, `diverged now`, `finished now`, `another score`, `other settings`, `only here`
    /// or `only there`.
    pub kind: &'static str,
    /// Name of the run before.
    pub id_before: Option<String>,
    /// Name of the run after.
    pub id_after: Option<String>,
    /// Primary metric before, as it enters estimates.
    pub before: Option<f64>,
    /// Primary metric after.
    pub after: Option<f64>,
    /// `after` minus `before`.
    pub difference: Option<f64>,
    /// `before`, printed, or how the run ended.
    pub before_text: String,
    /// `after`, printed, or how the run ended.
    pub after_text: String,
    /// `difference`, printed: percentage points, with another unit, or as it is for a function.
    pub difference_text: Option<String>,
}

/// A run on each side, or on one.
type Pair<'a> = (Option<&'a Run>, Option<&'a Run>);

/// Counts, and every run that is not the same, by task, entry and repetition.
pub(super) fn changes(before: &Earlier, after: &Earlier) -> (RunCounts, Vec<RunChange>) {
    let mut counts = RunCounts::default();
    let mut changes = Vec::new();
    for ((task, entry, repetition), pairs) in pairs(before, after) {
        let sides = [before, after].map(|report| report.task(task));
        let [unit_before, unit_after] = sides.map(|task| task.map_or(Unit::Plain, Unit::of));
        let is_one_measure = sides[0].zip(sides[1]).is_none_or(|(old, new)| old.is_judged_as(new));
        for pair in pairs {
            let Some((kind_of_change, counter)) = judge(pair, &mut counts) else { continue };
            *counter += 1;
            if kind_of_change.is_empty() {
                continue;
            }
            let score = |run: Option<&Run>| run.and_then(|r| r.score);
            let text = |run: Option<&Run>, unit: &Unit| match run {
                Some(run) if run.status == "done" => {
                    run.score.map_or_else(|| "not stated".into(), |score| unit.print(score))
                }
                Some(run) => run.status.clone(),
                None => "–".into(),
            };
            let (before, after) = (score(pair.0), score(pair.1));
            let difference =
                after.zip(before).filter(|_| is_one_measure).map(|(after, before)| after - before);
            changes.push(RunChange {
                task: task.into(),
                entry: entry.into(),
                repetition,
                kind: kind_of_change,
                id_before: pair.0.map(|r| r.id.clone()),
                id_after: pair.1.map(|r| r.id.clone()),
                before,
                after,
                difference,
                before_text: text(pair.0, &unit_before),
                after_text: text(pair.1, &unit_after),
                difference_text: difference.map(|d| unit_after.difference(d)),
            });
        }
    }
    (counts, changes)
}

/// What a pair comes to, and where it is counted; nothing for one that neither side made.
fn judge<'c>(pair: Pair, counts: &'c mut RunCounts) -> Option<(&'static str, &'c mut usize)> {
    let made = |run: Option<&Run>| run.is_some_and(Run::is_made);
    let (before, after) = match pair {
        (Some(before), Some(after)) if before.is_made() && after.is_made() => (before, after),
        (before, after) => {
            return match (made(before), made(after)) {
                (true, _) => Some(("only there", &mut counts.gone)),
                (_, true) => Some(("only here", &mut counts.new)),
                _ => None,
            };
        }
    };
    if before.id != after.id {
        return Some(("other settings", &mut counts.other_settings));
    }
    if before.status != after.status {
        let kind = if after.status == "diverged" { "diverged now" } else { "finished now" };
        return Some((kind, &mut counts.other_results));
    }
    let bits = |run: &Run| run.score.map(f64::to_bits);
    let (same_run, same_score) = match (&before.fingerprint, &after.fingerprint) {
        (Some(one), Some(two)) => (one == two, bits(before) == bits(after) || bits(before).is_none()),
        // Without a fingerprint the score must do.
        _ => (bits(before) == bits(after), true),
    };
    Some(match (same_run, same_score) {
        (true, true) => ("", &mut counts.same),
        (true, false) => ("another score", &mut counts.other_results),
        (false, _) => ("another result", &mut counts.other_results),
    })
}

/// Runs of both sides by task, entry and repetition; where there are several, those of one name are paired first.
fn pairs<'a>(before: &'a Earlier, after: &'a Earlier) -> BTreeMap<(&'a str, &'a str, u64), Vec<Pair<'a>>> {
    let mut places: BTreeMap<(&str, &str, u64), [Vec<&Run>; 2]> = BTreeMap::new();
    for (side, report) in [before, after].into_iter().enumerate() {
        for run in &report.provenance.runs {
            let place = places.entry((run.task.as_str(), run.entry.as_str(), run.repetition)).or_default();
            place[side].push(run);
        }
    }
    places
        .into_iter()
        .map(|(place, [mut before, mut after])| {
            let mut pairs: Vec<Pair> = Vec::new();
            before.retain(|run| {
                let same = after.iter().position(|other| other.id == run.id);
                if let Some(k) = same {
                    pairs.push((Some(*run), Some(after.remove(k))));
                }
                same.is_none()
            });
            let (mut before, mut after) = (before.into_iter(), after.into_iter());
            loop {
                match (before.next(), after.next()) {
                    (None, None) => break,
                    pair => pairs.push(pair),
                }
            }
            (place, pairs)
        })
        .collect()
}
