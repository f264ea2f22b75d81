//! The general table for the terminal.

use crate::view::{EntryView, Report};
use std::fmt::Write as _;

/// The table of the index page as plain text: a block per task, a line per entry, how the
/// claims of the paper came out, and what to run next.
pub fn terminal_table(report: &Report) -> String {
    let mut out = String::new();
    if let Some(label) = &report.label {
        let _ = writeln!(out, "{label}\n");
    }
    for task in &report.tasks {
        let rows: Vec<[String; 6]> = task.entries.iter().map(row).collect();
        let head = ["", "value", "n", "diverged", "state B/param", "training"].map(String::from);
        let width = |k: usize| rows.iter().chain([&head]).map(|r| r[k].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..6).map(width).collect();
        let _ = writeln!(out, "{} ({})", task.title, task.metric);
        for row in [&head].into_iter().chain(&rows) {
            let _ = write!(out, "  {:<w$}", row[0], w = widths[0]);
            for k in 1..6 {
                let _ = write!(out, "  {:>w$}", row[k], w = widths[k]);
            }
            out.push('\n');
        }
        out.push('\n');
    }
    let progress = &report.progress;
    let _ = writeln!(
        out,
        "{} of {} runs done, {} diverged, {} missing.",
        progress.done, progress.planned, progress.diverged, progress.missing
    );
    if let Some(counts) = report.paper.as_ref().filter(|p| !p.claims.is_empty()).map(|p| p.counts) {
        let _ = writeln!(
            out,
            "Claims: {} supported, {} contradicted, {} undecided, {} not run.",
            counts.supported, counts.contradicted, counts.undecided, counts.not_run
        );
        if counts.supported_here > 0 {
            let _ = writeln!(
                out,
                "Every task here supports {} of the undecided; their other tasks are not in this study.",
                counts.supported_here
            );
        }
    }
    if progress.unfinished {
        let _ = writeln!(out, "Next: {}", report.commands.line());
    }
    out
}

fn row(entry: &EntryView) -> [String; 6] {
    let estimate = &entry.estimate;
    let value = match (&estimate.mean_text, &estimate.half_text) {
        (Some(mean), Some(half)) => format!("{mean} ± {half}"),
        (Some(mean), None) => mean.clone(),
        (None, _) if entry.diverged > 0 => "diverged".into(),
        (None, _) => "no data".into(),
    };
    let text = |cell: &Option<String>| cell.clone().unwrap_or_else(|| "–".into());
    [
        entry.title.clone(),
        value,
        estimate.n.to_string(),
        entry.diverged.to_string(),
        text(&entry.state_bytes),
        text(&entry.training),
    ]
}
