//! Comparisons and published curves in sentences, none stronger than the data.

use super::family::ComparisonView;
use super::published::PublishedView;
use stats::verdict::seeds_text;
use std::collections::{BTreeMap, BTreeSet};

/// Comparisons of a reference, clear and undecided, that are named one by one.
const CLEAR_SHOWN: usize = 4;
/// Word of a comparison that says nothing.
const UNDECIDED: &str = "undecided";

/// Comparisons with the title of their task, or without where it goes without saying: every decided one in its own
/// sentence, the undecided ones in one for each reference.
pub(crate) fn compared(met: &[(&str, &ComparisonView)]) -> Vec<String> {
    let named = |task: &str, text: &str| {
        if task.is_empty() { text.to_owned() } else { format!("{task}: {text}") }
    };
    let said = || met.iter().filter(|(_, comparison)| comparison.sentence.is_some());
    let mut sentences: Vec<String> = said()
        .filter(|(_, comparison)| comparison.verdict != UNDECIDED)
        .filter_map(|(task, comparison)| Some(named(task, comparison.sentence.as_ref()?)))
        .collect();
    let mut open: BTreeMap<&str, Vec<&(&str, &ComparisonView)>> = BTreeMap::new();
    for pair in said().filter(|(_, comparison)| comparison.verdict == UNDECIDED) {
        open.entry(&pair.1.names[1]).or_default().push(pair);
    }
    for (reference, mut pairs) in open {
        let all = said().filter(|(_, comparison)| comparison.names[1] == reference).count();
        let mut tasks: Vec<&str> = pairs.iter().map(|(task, _)| *task).collect();
        tasks.dedup();
        let place = if tasks == [""] { String::new() } else { format!(" ({})", tasks.join("; ")) };
        let most = pairs.iter().map(|(_, c)| c.n).max().unwrap_or(0);
        let why = if pairs.iter().any(|(_, c)| c.can_pass) {
            String::new()
        } else {
            format!(", for {most} pairs are too few for the corrected test")
        };
        let (count, is_one) = (pairs.len(), pairs.len() == 1);
        // Effect first: the largest of those in which all pairs agree. What has another unit is neither larger nor smaller.
        let is_one_unit = pairs.iter().all(|(_, c)| c.unit == pairs[0].1.unit);
        let size = |c: &ComparisonView| {
            if is_one_unit { stats::mean(&c.differences).unwrap_or(0.0).abs() } else { 0.0 }
        };
        pairs.sort_by(|(_, a), (_, b)| b.clear.cmp(&a.clear).then(size(b).total_cmp(&size(a))));
        let clear = pairs.iter().filter(|(_, c)| c.clear).count();
        let shown: Vec<String> =
            pairs.iter().take(clear.min(CLEAR_SHOWN)).map(|(task, c)| effect(task, c)).collect();
        if !shown.is_empty() {
            let more = if clear > shown.len() {
                format!("; and {} more", clear - shown.len())
            } else {
                String::new()
            };
            sentences.push(format!(
                "Clear to see against {reference}, though not decided: {}{more}.",
                shown.join("; ")
            ));
        }
        let margin = seeds_range(pairs.iter().filter_map(|(_, c)| c.seeds_to_resolve));
        let margin = margin.map(|seeds| format!("; to resolve the margin takes {seeds}")).unwrap_or_default();
        sentences.push(format!(
            "{count} of {all} comparison{} with {reference} {} undecided{place}{why}{margin}.",
            if all == 1 { "" } else { "s" },
            if is_one { "is" } else { "are" },
        ));
    }
    sentences
}

/// What a comparison shows that is clear and not decided.
fn effect(task: &str, comparison: &ComparisonView) -> String {
    let ComparisonView { names, won_text, difference, unit, interval, seeds_to_settle, .. } = comparison;
    let place = if task.is_empty() { String::new() } else { format!(" on {task}") };
    let interval = interval.as_ref().map(|[low, high]| format!(" [{low}, {high}]")).unwrap_or_default();
    let settle = seeds_to_settle.map(|n| format!(", {} would do", seeds_text(n))).unwrap_or_default();
    format!("{}{place}, {won_text}, {difference} {unit}{interval}{settle}", names[0])
}

/// The smallest and the largest of several numbers of seeds, as they are said.
fn seeds_range(seeds: impl Iterator<Item = u64>) -> Option<String> {
    let mut seeds: Vec<u64> = seeds.collect();
    seeds.sort_unstable();
    let (first, last) = (seeds_text(*seeds.first()?), seeds_text(*seeds.last()?));
    Some(if first == last { first } else { format!("{first} to {last}") })
}

/// Published curves, each held against by one entry or more: those that are reproduced by one, those that are not, and what else was
/// held against them.
pub(crate) fn published(curves: &[PublishedView]) -> Vec<String> {
    let mut sentences = Vec::new();
    let all: BTreeSet<usize> = curves.iter().map(|view| view.curve).collect();
    let reproduced: BTreeSet<usize> =
        curves.iter().filter(|view| view.verdict == "reproduced").map(|view| view.curve).collect();
    let plural = if all.len() == 1 { "" } else { "s" };
    for (verdict, word, by) in
        [("reproduced", "within", "by at most"), ("not reproduced", "beyond", "by up to")]
    {
        let is_meant = |view: &&PublishedView| {
            view.verdict == verdict && (by != "by up to" || !reproduced.contains(&view.curve))
        };
        let of: Vec<&PublishedView> = curves.iter().filter(is_meant).collect();
        let Some(first) = of.first() else { continue };
        let count = of.iter().map(|view| view.curve).collect::<BTreeSet<usize>>().len();
        let each: Vec<String> = of.iter().map(|view| distance(view, by)).collect();
        sentences.push(format!(
            "{count} of {} published curve{plural} {verdict}, {word} {} in {}: {}.",
            all.len(),
            first.tolerance,
            first.metric,
            each.join("; ")
        ));
    }
    let others = curves.iter().filter(|v| v.verdict == "not reproduced" && reproduced.contains(&v.curve));
    let others: Vec<String> = others.map(|view| distance(view, "by up to")).collect();
    if !others.is_empty() {
        sentences
            .push(format!("Other settings held against them, which are not theirs: {}.", others.join("; ")));
    }
    sentences
}

/// An entry and how far it is from the published curve.
fn distance(view: &PublishedView, by: &str) -> String {
    let largest = view.largest.as_deref().unwrap_or("nothing");
    let rounding = if view.is_rounding { ", what the published numbers are rounded to" } else { "" };
    format!("{} ({by} {largest}{rounding})", view.entry)
}
