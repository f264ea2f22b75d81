//! The result in a few sentences, none stronger than the data.

use super::Progress;
use super::comparisons::ComparisonView;
use super::published::PublishedView;
use super::task::TaskView;
use records::Manifest;
use stats::verdict::seeds_text;
use std::collections::BTreeMap;

/// Word of a comparison that says nothing.
const UNDECIDED: &str = "undecided";

/// The sentences of the first page.
/// `same` are those about tasks that are one problem.
pub(super) fn findings(
    manifest: &Manifest,
    tasks: &[TaskView],
    progress: &Progress,
    same: Vec<String>,
) -> Vec<String> {
    if progress.planned == 0 && !manifest.exhibits.is_empty() {
        return Vec::new();
    }
    if progress.done + progress.diverged == 0 {
        return vec![format!(
            "There are no results yet: none of the {} planned runs has been made.",
            progress.planned
        )];
    }
    let mut sentences = Vec::new();
    for task in tasks {
        sentences.extend(published(&task.published).into_iter().map(|s| format!("{}: {s}", task.title)));
    }
    let met = tasks.iter().flat_map(|task| task.comparisons.iter().map(|c| (task.title.as_str(), c)));
    sentences.extend(compared(&met.collect::<Vec<_>>()));
    sentences.extend(same);
    for task in tasks {
        sentences.extend(task.same.iter().map(|s| format!("{}: {s}", task.title)));
        let open = task.comparisons.iter().filter(|c| c.sentence.is_none() && !c.same_runs);
        let unsaid: Vec<usize> = open.map(|c| c.n).collect();
        let Some(n) = unsaid.iter().min() else { continue };
        let which = match (unsaid.len(), task.comparisons.len()) {
            (some, all) if some == all => String::new(),
            (some, all) => format!("{some} of {all} comparisons "),
        };
        sentences.push(format!(
            "{}: {which}exploratory, n = {n}; below {} common seeds nothing is said about which does better.",
            task.title,
            stats::verdict::FEWEST_PAIRS
        ));
    }
    if progress.diverged > 0 {
        sentences.push(match progress.diverged {
            1 => "One run diverged; it is kept, listed and counted.".into(),
            k => format!("{k} runs diverged; they are kept, listed and counted."),
        });
    }
    if progress.missing > 0 {
        sentences.push(format!(
            "{} of {} planned runs {} missing, so everything here is preliminary.",
            progress.missing,
            progress.planned,
            if progress.missing == 1 { "is" } else { "are" }
        ));
    }
    sentences
}

/// Comparisons with the title of their task, or without where it goes without saying: every decided one in its own
/// sentence, the undecided ones in one for each reference.
pub(super) fn compared(met: &[(&str, &ComparisonView)]) -> Vec<String> {
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
    for (reference, pairs) in open {
        let all = said().filter(|(_, comparison)| comparison.names[1] == reference).count();
        let mut tasks: Vec<&str> = pairs.iter().map(|(task, _)| *task).collect();
        tasks.dedup();
        let place = if tasks == [""] { String::new() } else { format!(" ({})", tasks.join("; ")) };
        let mut needs: Vec<u64> = pairs.iter().filter_map(|(_, c)| c.needed).collect();
        needs.sort_unstable();
        let need = match (needs.first(), needs.last()) {
            (Some(first), Some(last)) if seeds_text(*first) == seeds_text(*last) => {
                format!("; each would need {}", seeds_text(*first))
            }
            (Some(first), Some(last)) => {
                format!("; they would need from {} to {}", seeds_text(*first), seeds_text(*last))
            }
            _ => String::new(),
        };
        let most = pairs.iter().map(|(_, c)| c.n).max().unwrap_or(0);
        let why = if pairs.iter().any(|(_, c)| c.can_pass) {
            String::new()
        } else {
            format!(": {most} pairs cannot pass the test, however clear a difference")
        };
        sentences.push(format!(
            "{} of {all} comparison{} with {reference} {} undecided{place}{why}{need}.",
            pairs.len(),
            if all == 1 { "" } else { "s" },
            if pairs.len() == 1 { "is" } else { "are" },
        ));
    }
    sentences
}

/// Curves held against published ones, by verdict.
pub(super) fn published(curves: &[PublishedView]) -> Vec<String> {
    let mut sentences = Vec::new();
    for (verdict, word) in [("reproduced", "within"), ("not reproduced", "beyond")] {
        let of: Vec<&PublishedView> = curves.iter().filter(|curve| curve.verdict == verdict).collect();
        let Some(first) = of.first() else { continue };
        let each = of.iter().map(|curve| {
            let by = if verdict == "reproduced" { "by at most" } else { "by up to" };
            format!("{} ({by} {})", curve.entry, curve.largest.as_deref().unwrap_or("nothing"))
        });
        sentences.push(format!(
            "{} of {} published curve{} {verdict}, {word} {} in {}: {}.",
            of.len(),
            curves.len(),
            if curves.len() == 1 { "" } else { "s" },
            first.tolerance,
            first.metric,
            each.collect::<Vec<_>>().join("; ")
        ));
    }
    sentences
}
