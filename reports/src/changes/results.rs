//! Means, comparisons and claims of two reports beside each other.

use super::earlier::{Earlier, Entry, Estimate, Task};
use super::words::Unit;
use schemars::JsonSchema;
use serde::Serialize;

/// A task, entry by entry.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct TaskChange {
    /// Name.
    pub name: String,
    /// Heading.
    pub title: String,
    /// `here` only, `there` only, or `both`.
    pub on: &'static str,
    /// The entries: those of this report in its order, then those that only the other has.
    pub entries: Vec<EntryChange>,
}

/// The primary metric of an entry before and after.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct EntryChange {
    /// Key.
    pub key: String,
    /// Name.
    pub title: String,
    /// Before; none if the other report lacks the entry.
    pub before: Option<Mean>,
    /// After; none if this report lacks the entry.
    pub after: Option<Mean>,
    /// Mean after minus mean before.
    pub difference: Option<f64>,
    /// `difference`, printed: percentage points, with another unit, or as it is for a function.
    pub difference_text: Option<String>,
    /// Whether mean, interval or number of runs differ in any bit.
    pub changed: bool,
}

/// An estimate, printed.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Mean {
    /// Runs that enter.
    pub n: usize,
    /// Mean; none without a run that counts.
    pub mean: Option<String>,
    /// Bounds of its 95 % interval, from five runs on.
    pub interval: Option<[String; 2]>,
}

impl Mean {
    fn new(estimate: &Estimate, unit: &Unit) -> Self {
        Self {
            n: estimate.n,
            mean: estimate.mean.map(|x| unit.print(x)),
            interval: estimate.low.zip(estimate.high).map(|(low, high)| [unit.print(low), unit.print(high)]),
        }
    }
}

/// A verdict before and after, of a challenger against the reference.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct VerdictChange {
    /// Heading of the task.
    pub task: String,
    /// Name of the challenger.
    pub entry: String,
    /// The verdict with the reference it is against; none if there was no such comparison.
    pub before: Option<String>,
    /// The same after.
    pub after: Option<String>,
}

/// The verdict of a claim before and after.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct ClaimChange {
    /// Short name.
    pub name: String,
    /// The claim in words.
    pub statement: String,
    /// Before; none if it was not made.
    pub before: Option<String>,
    /// After.
    pub after: Option<String>,
}

/// What both sides have of a list, in the order of `after`; then what only `before` has.
fn matched<'a, T, K: PartialEq>(
    before: &'a [T],
    after: &'a [T],
    key: impl Fn(&'a T) -> K,
) -> Vec<(Option<&'a T>, Option<&'a T>)> {
    let find = |list: &'a [T], wanted: &'a T| list.iter().find(|item| key(item) == key(wanted));
    let here = after.iter().map(|new| (find(before, new), Some(new)));
    let there = before.iter().filter(|old| find(after, old).is_none()).map(|old| (Some(old), None));
    here.chain(there).collect()
}

pub(super) fn tasks(before: &Earlier, after: &Earlier) -> Vec<TaskChange> {
    matched(&before.tasks, &after.tasks, |t: &Task| &t.name)
        .into_iter()
        .filter_map(|(old, new)| {
            let task = new.or(old)?;
            let of = |task: Option<&'_ Task>| task.map_or_else(Vec::new, |t| t.entries.clone());
            let (old_entries, new_entries) = (of(old), of(new));
            Some(TaskChange {
                name: task.name.clone(),
                title: task.title.clone(),
                on: match (old, new) {
                    (None, _) => "here",
                    (_, None) => "there",
                    _ => "both",
                },
                entries: matched(&old_entries, &new_entries, |e: &Entry| &e.key)
                    .into_iter()
                    .filter_map(|(before, after)| entry((old, before), (new, after)))
                    .collect(),
            })
        })
        .collect()
}

/// An entry and its task on both sides; what is judged by something else there has no difference.
fn entry(
    (task_before, old): (Option<&Task>, Option<&Entry>),
    (task_after, new): (Option<&Task>, Option<&Entry>),
) -> Option<EntryChange> {
    let entry = new.or(old)?;
    let unit = |task: Option<&Task>| task.map_or(Unit::Plain, Unit::of);
    let bits = |entry: Option<&Entry>| {
        entry.map(|Entry { estimate: e, .. }| (e.n, [e.mean, e.low, e.high].map(|x| x.map(f64::to_bits))))
    };
    let mean = |entry: Option<&Entry>| entry.and_then(|e| e.estimate.mean);
    let is_one_measure =
        task_before.zip(task_after).is_some_and(|(before, after)| before.is_judged_as(after));
    let difference = mean(new).zip(mean(old)).filter(|_| is_one_measure).map(|(new, old)| new - old);
    Some(EntryChange {
        key: entry.key.clone(),
        title: entry.title.clone(),
        before: old.map(|e| Mean::new(&e.estimate, &unit(task_before))),
        after: new.map(|e| Mean::new(&e.estimate, &unit(task_after))),
        difference,
        difference_text: difference.map(|d| unit(task_after).difference(d)),
        changed: bits(old) != bits(new),
    })
}

/// Comparisons that come out otherwise, and how many come out the same.
pub(super) fn verdicts(before: &Earlier, after: &Earlier) -> (Vec<VerdictChange>, usize) {
    let (mut changes, mut same) = (Vec::new(), 0);
    for (old, new) in matched(&before.tasks, &after.tasks, |t: &Task| &t.name) {
        let Some(task) = new.or(old) else { continue };
        let listed = |task: Option<&Task>| {
            let task = task.cloned().unwrap_or_default();
            let against = task.reference.map_or_else(String::new, |name| format!(" (against {name})"));
            let verdict = |verdict: &str| format!("{verdict}{against}");
            task.comparisons.iter().map(|c| (c.entry.clone(), verdict(&c.verdict))).collect::<Vec<_>>()
        };
        let (old_verdicts, new_verdicts) = (listed(old), listed(new));
        for (old_verdict, new_verdict) in matched(&old_verdicts, &new_verdicts, |v: &(String, String)| &v.0) {
            if old_verdict == new_verdict {
                same += 1;
                continue;
            }
            let Some((key, _)) = new_verdict.or(old_verdict) else { continue };
            let title = [new, old].into_iter().flatten().find_map(|t| t.entry(key)).map(|e| &e.title);
            changes.push(VerdictChange {
                task: task.title.clone(),
                entry: title.unwrap_or(key).clone(),
                before: old_verdict.map(|v| v.1.clone()),
                after: new_verdict.map(|v| v.1.clone()),
            });
        }
    }
    (changes, same)
}

/// Claims that come out otherwise, and how many come out the same.
pub(super) fn claims(before: &Earlier, after: &Earlier) -> (Vec<ClaimChange>, usize) {
    let listed = |report: &Earlier| {
        let claims = report.paper.as_ref().map_or_else(Vec::new, |p| p.claims.clone());
        claims
            .into_iter()
            .map(|claim| {
                // "undecided: supported on the one task here" may become "undecided: contradicted on …".
                let said = match &claim.here {
                    Some(here) => format!("{}: {here}", claim.verdict),
                    None => claim.verdict.clone(),
                };
                (claim.name, claim.statement, said)
            })
            .collect::<Vec<_>>()
    };
    let (old_claims, new_claims) = (listed(before), listed(after));
    let (mut changes, mut same) = (Vec::new(), 0);
    for (old, new) in matched(&old_claims, &new_claims, |c: &(String, String, String)| &c.0) {
        let said = |claim: Option<&(String, String, String)>| claim.map(|c| c.2.clone());
        if said(old) == said(new) {
            same += 1;
        } else if let Some((name, statement, _)) = new.or(old) {
            changes.push(ClaimChange {
                name: name.clone(),
                statement: statement.clone(),
                before: said(old),
                after: said(new),
            });
        }
    }
    (changes, same)
}
