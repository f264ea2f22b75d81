//! The result in one sentence: who ends best, by how much, and whether that is decided.

use crate::view::results::Yardstick;
use crate::view::task::{EntryView, TaskView, around};
use stats::Interval;

/// Tasks that one sentence can hold.
const TASKS: usize = 3;

/// The leading numbers of every trained task, the first three of them in full; nothing without a result.
pub(crate) fn headline(tasks: &[TaskView]) -> Option<String> {
    let with_results: Vec<&TaskView> = tasks
        .iter()
        .filter(|task| task.yardstick.as_ref().is_some_and(|it| !order(task, it).is_empty()))
        .collect();
    let alone = tasks.len() == 1;
    let mut parts: Vec<String> = with_results.iter().take(TASKS).filter_map(|task| of(task, alone)).collect();
    match with_results.len().saturating_sub(TASKS) {
        0 => {}
        1 => parts.push("One more task below".into()),
        more => parts.push(format!("{more} more tasks below")),
    }
    (!parts.is_empty()).then(|| format!("{}.", parts.join(". ")))
}

/// Entries with a result, best first.
fn order<'a>(task: &'a TaskView, yardstick: &Yardstick) -> Vec<&'a EntryView> {
    let mut entries: Vec<&EntryView> =
        task.entries.iter().filter(|entry| entry.estimate.mean.is_some()).collect();
    let gain =
        |entry: &EntryView| entry.estimate.mean.map_or(f64::NEG_INFINITY, |mean| yardstick.turned(mean));
    entries.sort_by(|a, b| gain(b).total_cmp(&gain(a)));
    entries
}

/// `alone`: whether it is the only one, which need not be named.
fn of(task: &TaskView, alone: bool) -> Option<String> {
    let yardstick = task.yardstick.as_ref()?;
    let entries = order(task, yardstick);
    let value = |entry: &EntryView| value(entry, yardstick);
    let first = entries.first()?;
    let n = first.estimate.n;
    let seeds = if n == 1 { "one seed".to_owned() } else { format!("{n} seeds") };
    let place = if alone { String::new() } else { format!("On {}, ", task.title) };
    let mut text = format!("{place}{} ends {}, {} ({seeds})", first.title, yardstick.best(), value(first));
    let reference = entries.iter().find(|entry| Some(&entry.title) == task.reference.as_ref());
    match (entries.get(1), reference) {
        (None, _) => {}
        // The first is the reference, or the second is.
        (Some(second), Some(reference)) if reference.key == first.key || reference.key == second.key => {
            text += &format!("; {} {}", second.title, value(second));
        }
        (Some(second), reference) => {
            text += &format!("; next {} {}", second.title, value(second));
            if let Some(reference) = reference {
                text += &format!(", the reference {} {}", reference.title, value(reference));
            }
        }
    }
    // What is said of the leader is held to the corrected test of the leader.
    let leader = &first.title;
    let word = if first.best {
        format!("{leader} is better than every other")
    } else {
        let comparison = task.comparisons.iter().find(|c| c.entry == first.key);
        match comparison.map(|c| (c.verdict, c.clear)) {
            Some(("better" | "better, size uncertain", _)) => {
                format!("{leader} is better than the reference")
            }
            Some(("undecided", true)) => "clear to see, though too few seeds for the corrected test".into(),
            Some(("undecided", false)) => "undecided".into(),
            Some(("equivalent", _)) => format!("{leader} is equivalent to the reference"),
            _ => return Some(text),
        }
    };
    text += &format!("; {word}");
    Some(text)
}

fn value(entry: &EntryView, yardstick: &Yardstick) -> String {
    // An interval that is narrower than what is printed is none to the eye.
    let is_seen = |half: f64| yardstick.print_short(half).contains(|c: char| ('1'..='9').contains(&c));
    let in_full = entry.estimate.half.is_some_and(|half| !is_seen(half));
    let print = |x: f64| if in_full { yardstick.print(x) } else { yardstick.print_short(x) };
    let Some(mean) = entry.estimate.mean else { return String::new() };
    let value = match entry.estimate.half {
        Some(half) => {
            let whole = Interval { low: mean - half, high: mean + half };
            format!("{} {}", print(mean), around(whole, yardstick.within(), print))
        }
        None => print(mean),
    };
    format!("{value} {}", yardstick.unit()).trim_end().to_owned()
}
