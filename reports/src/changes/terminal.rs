//! Changes for the terminal.

use super::{ChangesView, EntryChange, Mean, Setting};
use records::text::visible;
use std::fmt::Write as _;

/// Single runs listed; the page has more.
const RUNS: usize = 20;

/// What changed, as plain text: one sentence, then everything that is not as it was.
pub fn terminal_changes(changes: &ChangesView) -> String {
    let since = changes.data_date.as_ref().map_or_else(String::new, |date| format!(" of {date}"));
    let mut out = format!("Compared with the report of {}{since}:\n{}\n", changes.study, changes.summary);
    if !changes.rest.is_empty() {
        let _ = writeln!(out, "{}", changes.rest);
    }
    for task in &changes.tasks {
        let changed: Vec<&EntryChange> = task.entries.iter().filter(|e| e.changed).collect();
        if changed.is_empty() {
            continue;
        }
        let only = match task.on {
            "here" => " (only here)",
            "there" => " (only there)",
            _ => "",
        };
        let _ = writeln!(out, "\n{}{only}", task.title);
        for entry in changed {
            let difference = entry.difference_text.as_ref().map_or(String::new(), |d| format!(" ({d})"));
            let (before, after) = (mean(entry.before.as_ref()), mean(entry.after.as_ref()));
            let _ = writeln!(out, "  {}: {before} → {after}{difference}", entry.title);
        }
    }
    let verdicts = changes.verdicts.iter().map(|v| (format!("{}, {}", v.task, v.entry), &v.before, &v.after));
    list(&mut out, "Verdicts", verdicts);
    list(&mut out, "Claims", changes.claims.iter().map(|c| (c.name.clone(), &c.before, &c.after)));
    list(&mut out, "Settings", changes.settings.iter().map(setting));
    list(&mut out, "Circumstances", changes.circumstances.iter().map(setting));
    if !changes.runs.is_empty() {
        let _ = writeln!(out, "\nRuns");
    }
    for run in changes.runs.iter().take(RUNS) {
        let difference = run.difference_text.as_ref().map_or(String::new(), |d| format!(" ({d})"));
        let _ = writeln!(
            out,
            "  {}, {}, repetition {}: {}, {} → {}{difference}",
            run.task, run.entry, run.repetition, run.kind, run.before_text, run.after_text
        );
    }
    if changes.runs.len() > RUNS {
        let _ = writeln!(out, "  and {} more, see changes.html", changes.runs.len() - RUNS);
    }
    visible(&out).into_owned()
}

fn mean(mean: Option<&Mean>) -> String {
    let Some(Mean { n, mean, interval }) = mean else { return "–".into() };
    let value = mean.as_deref().unwrap_or("no data");
    let bounds = interval.as_ref().map_or(String::new(), |[low, high]| format!(" [{low}, {high}]"));
    format!("{value}{bounds}, n = {n}")
}

fn setting(setting: &Setting) -> (String, &Option<String>, &Option<String>) {
    let place = [&setting.task, &setting.entry].into_iter().flatten();
    let name: Vec<&str> = place.chain([&setting.name]).map(String::as_str).collect();
    (name.join(", "), &setting.before, &setting.after)
}

fn list<'a>(
    out: &mut String,
    heading: &str,
    rows: impl Iterator<Item = (String, &'a Option<String>, &'a Option<String>)>,
) {
    for (i, (name, before, after)) in rows.enumerate() {
        if i == 0 {
            let _ = writeln!(out, "\n{heading}");
        }
        let text = |side: &'a Option<String>| side.as_deref().unwrap_or("–");
        let _ = writeln!(out, "  {name}: {} → {}", text(before), text(after));
    }
}
