//! The general table for the terminal.

use crate::view::{EntryView, Report, StandingView, StandingsView, TaskView};
use crate::words::text::capital;
use records::text::visible;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// The general table of the index page as plain text, the values of each function task, how the claims of the paper
/// came out, and what to run next.
pub fn terminal_table(report: &Report) -> String {
    let mut out = String::new();
    if let Some(label) = &report.label {
        let _ = writeln!(out, "{label}\n");
    }
    for task in report.tasks.iter().filter(|task| task.kind == "function") {
        let _ = writeln!(out, "{} ({})", task.title, task.metric);
        grid(&mut out, &function(task));
    }
    if let Some(standings) = &report.standings {
        let metric = standings.metric.as_deref().map_or_else(|| "Final values".into(), capital);
        let _ = writeln!(out, "{metric} (mean ± half its 95 % interval)");
        grid(&mut out, &general(standings));
        if numbered(standings) {
            for (i, task) in standings.tasks.iter().enumerate() {
                let _ = writeln!(out, "  {:>2}  {}", i + 1, one_line(&task[0]));
            }
            out.push('\n');
        }
        if let Some(reference) = standings.reference.as_ref().filter(|_| standings.anchored > 0) {
            let _ = writeln!(
                out,
                "score: interquartile mean, 0 is guessing and 1 the anchor; cost: steps to the targets over those of {reference}"
            );
        }
        let _ = match (&standings.timed, &standings.timed_how) {
            (Some(task), Some(how)) => writeln!(out, "ms/step on {task}: {how}\n"),
            _ => writeln!(out, "ms/step: not measured; {} does\n", report.commands.time),
        };
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
    visible(&out).into_owned()
}

/// Rows of equal length, the first of them the heading, in columns: the first to the left, the others to the right.
fn grid(out: &mut String, rows: &[Vec<String>]) {
    let columns = rows.first().map_or(0, Vec::len);
    // What is printed: what takes no column, or two, is counted as that.
    let rows: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(|cell| one_line(cell)).collect()).collect();
    let width = |k: usize| rows.iter().map(|row| row[k].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &rows {
        let mut line = String::from(" ");
        for (k, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let room = " ".repeat(width - cell.width());
            let _ = if k == 0 { write!(line, " {cell}{room}") } else { write!(line, "  {room}{cell}") };
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out.push('\n');
}

/// A cell as it is printed, in one line whatever was in it.
fn one_line(cell: &str) -> String {
    visible(cell).replace(['\n', '\t', '\u{2028}', '\u{2029}'], " ")
}

fn function(task: &TaskView) -> Vec<Vec<String>> {
    let mut rows = vec![["", "value", "distance", "runs"].map(String::from).to_vec()];
    rows.extend(task.entries.iter().map(|entry| {
        vec![
            entry.title.clone(),
            value(entry),
            text(entry.distance.as_ref()),
            format!("{} of {}", entry.done, entry.planned),
        ]
    }));
    rows
}

/// Tasks whose titles have room above their columns.
const MOST_TITLES: usize = 4;

/// Whether tasks are numbers in the table, whose names are said below it.
fn numbered(standings: &StandingsView) -> bool {
    standings.tasks.len() > MOST_TITLES
}

fn general(standings: &StandingsView) -> Vec<Vec<String>> {
    let scored = standings.anchored > 0;
    let mut head = vec![String::new()];
    // One heading has the unit of all, or else each column its own.
    head.extend(standings.tasks.iter().zip(&standings.measures).enumerate().map(|(i, (task, measure))| {
        let title = if numbered(standings) { (i + 1).to_string() } else { task[0].clone() };
        if standings.metric.is_some() { title } else { format!("{title}, {}", measure.unit) }
    }));
    if scored {
        head.extend(["score", "cost", "targets"].map(String::from));
    }
    head.extend(["diverged", "state B/param"].map(String::from));
    head.extend(standings.timed.as_ref().map(|_| "ms/step".into()));
    let mut rows = vec![head];
    let reference = standings.reference.as_deref();
    let timed = standings.timed.is_some();
    rows.extend(standings.rows.iter().map(|row| {
        let mut cells = standing(row, scored, reference);
        cells.extend(timed.then(|| text(row.step_ms.as_ref())));
        cells
    }));
    rows
}

fn standing(row: &StandingView, scored: bool, reference: Option<&str>) -> Vec<String> {
    let mut cells = vec![row.title.clone()];
    cells.extend(row.cells.iter().map(|cell| match cell {
        None => "–".into(),
        Some(cell) => match (&cell.mean, &cell.around) {
            (Some(mean), Some(around)) => format!("{mean} {around}"),
            (Some(mean), None) => format!("{mean} (n = {})", cell.n),
            (None, _) => "no data".into(),
        },
    }));
    if scored {
        cells.push(text(row.score.as_ref().map(|score| &score.iqm_text)));
        let cost = row.cost.as_ref();
        cells.push(match reference {
            Some(title) if title == row.title => "reference".into(),
            _ => text(cost.and_then(|cost| cost.ratio_text.as_ref())),
        });
        cells.push(cost.map_or_else(|| "–".into(), |cost| format!("{} of {}", cost.reached, cost.pairs)));
    }
    cells.push(row.diverged.to_string());
    cells.push(text(row.state_bytes.as_ref()));
    cells
}

fn value(entry: &EntryView) -> String {
    match &entry.estimate.mean_text {
        Some(mean) => mean.clone(),
        None if entry.diverged > 0 => "diverged".into(),
        None => "no data".into(),
    }
}

fn text(cell: Option<&String>) -> String {
    cell.cloned().unwrap_or_else(|| "–".into())
}
