//! The general table as a file: Markdown for a README, and numbers for other programs.

use crate::error::ReportError;
use crate::view::{EntryView, Report, StandingCell, StandingView, StandingsView, TaskView};
use polars::prelude::{Column, DataFrame};
use polars_io::prelude::{CsvWriter, IpcWriter, SerWriter};
use records::text::visible;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// How the table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaderboardFormat {
    /// A table of Markdown, values as the pages print them.
    Markdown,
    /// Comma-separated values.
    Csv,
    /// One JSON object.
    Json,
    /// Arrow's IPC file format.
    Arrow,
}

impl LeaderboardFormat {
    /// By the ending of a file's name: `.md`, `.csv`, `.json` or `.arrow`.
    pub fn of(file: &Path) -> Option<Self> {
        match file.extension()?.to_str()? {
            "md" => Some(Self::Markdown),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "arrow" => Some(Self::Arrow),
            _ => None,
        }
    }
}

/// The general table in numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Leaderboard<'a> {
    study: &'a str,
    title: &'a str,
    /// Key of the entry that costs are divided by.
    reference: Option<&'a str>,
    tasks: Vec<BoardTask<'a>>,
    rows: Vec<BoardRow<'a>>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct BoardTask<'a> {
    name: &'a str,
    title: &'a str,
    /// What it is judged by.
    measure: &'a str,
    /// The unit that pages print it in; in numbers a percentage is a share of one.
    unit: &'a str,
    /// Whether more of it is better.
    rises: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct BoardRow<'a> {
    /// From 1; entries of one score have one rank. None without a score.
    rank: Option<u32>,
    entry: &'a str,
    title: &'a str,
    optimizer: &'a str,
    /// Interquartile mean over all runs: 0 is guessing, 1 the tasks' anchors.
    score: Option<f64>,
    score_low: Option<f64>,
    score_high: Option<f64>,
    /// Steps to the targets over the reference's; none for the reference.
    cost: Option<f64>,
    cost_low: Option<f64>,
    cost_high: Option<f64>,
    targets_reached: Option<u64>,
    targets: Option<u64>,
    /// Runs that the study plans, and those that have ended, diverged ones among them.
    planned: u64,
    done: u64,
    diverged: u64,
    trials: Option<u64>,
    /// By name of the task; absent where the entry has no result.
    tasks: BTreeMap<&'a str, BoardCell>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct BoardCell {
    mean: f64,
    /// Bounds of the 95 % interval, from five runs on.
    low: Option<f64>,
    high: Option<f64>,
    n: u64,
    diverged: u64,
    /// It shares one with each entry that it cannot be told apart from.
    letters: Option<String>,
}

/// The general table of a report; none if the study trains nothing.
///
/// # Errors
/// If it cannot be encoded, which would be a defect.
pub fn leaderboard(report: &Report, format: LeaderboardFormat) -> Result<Option<Vec<u8>>, ReportError> {
    let Some(standings) = &report.standings else { return Ok(None) };
    let tasks: Vec<&TaskView> = report.tasks.iter().filter(|task| task.kind == "training").collect();
    let board = || Leaderboard::new(report, standings, &tasks);
    let bytes = match format {
        LeaderboardFormat::Markdown => markdown(report, standings).into_bytes(),
        LeaderboardFormat::Json => {
            let mut text = serde_json::to_vec_pretty(&board())?;
            text.push(b'\n');
            text
        }
        LeaderboardFormat::Csv => {
            let mut bytes = Vec::new();
            CsvWriter::new(&mut bytes).finish(&mut board().table()?)?;
            bytes
        }
        LeaderboardFormat::Arrow => {
            let mut bytes = Vec::new();
            IpcWriter::new(&mut bytes).finish(&mut board().table()?)?;
            bytes
        }
    };
    Ok(Some(bytes))
}

impl<'a> Leaderboard<'a> {
    fn new(report: &'a Report, standings: &'a StandingsView, tasks: &[&'a TaskView]) -> Self {
        let scores: Vec<Option<f64>> = standings.rows.iter().map(score).collect();
        let rank = |own: Option<f64>| {
            own.map(|own| 1 + scores.iter().flatten().filter(|other| **other > own).count() as u32)
        };
        Self {
            study: &report.study,
            title: &report.title,
            reference: standings
                .rows
                .iter()
                .find(|row| is_reference(standings, row))
                .map(|row| row.key.as_str()),
            tasks: tasks
                .iter()
                .map(|task| BoardTask {
                    name: &task.name,
                    title: &task.title,
                    measure: task.measure.as_ref().map_or("", |measure| &measure.name),
                    unit: task.measure.as_ref().map_or("", |measure| &measure.unit),
                    rises: task.measure.as_ref().is_some_and(|measure| measure.rises),
                })
                .collect(),
            rows: standings
                .rows
                .iter()
                .zip(&scores)
                .map(|(row, score)| BoardRow::new(row, rank(*score), tasks))
                .collect(),
        }
    }

    /// A row for each entry, and columns for each task: `TASK.mean`, `TASK.low`, `TASK.high`, `TASK.n`, `TASK.diverged`,
    /// `TASK.letters`.
    fn table(&self) -> Result<DataFrame, ReportError> {
        let rows = &self.rows;
        let words = |of: fn(&BoardRow<'a>) -> &'a str| rows.iter().map(of).collect::<Vec<_>>();
        let numbers = |of: fn(&BoardRow<'_>) -> Option<f64>| rows.iter().map(of).collect::<Vec<_>>();
        let counts = |of: fn(&BoardRow<'_>) -> Option<u64>| rows.iter().map(of).collect::<Vec<_>>();
        let mut columns = vec![
            Column::new("rank".into(), counts(|row| row.rank.map(u64::from))),
            Column::new("entry".into(), words(|row| row.entry)),
            Column::new("title".into(), words(|row| row.title)),
            Column::new("optimizer".into(), words(|row| row.optimizer)),
            Column::new("score".into(), numbers(|row| row.score)),
            Column::new("score_low".into(), numbers(|row| row.score_low)),
            Column::new("score_high".into(), numbers(|row| row.score_high)),
            Column::new("cost".into(), numbers(|row| row.cost)),
            Column::new("cost_low".into(), numbers(|row| row.cost_low)),
            Column::new("cost_high".into(), numbers(|row| row.cost_high)),
            Column::new("targets_reached".into(), counts(|row| row.targets_reached)),
            Column::new("targets".into(), counts(|row| row.targets)),
            Column::new("planned".into(), counts(|row| Some(row.planned))),
            Column::new("done".into(), counts(|row| Some(row.done))),
            Column::new("diverged".into(), counts(|row| Some(row.diverged))),
            Column::new("trials".into(), counts(|row| row.trials)),
        ];
        for task in &self.tasks {
            let cells: Vec<Option<&BoardCell>> = rows.iter().map(|row| row.tasks.get(task.name)).collect();
            let numbers = |of: fn(&BoardCell) -> Option<f64>| {
                cells.iter().map(|cell| cell.and_then(of)).collect::<Vec<_>>()
            };
            let counts =
                |of: fn(&BoardCell) -> u64| cells.iter().map(|cell| cell.map(of)).collect::<Vec<_>>();
            let name = |part: &str| format!("{}.{part}", task.name).into();
            columns.push(Column::new(name("mean"), numbers(|cell| Some(cell.mean))));
            columns.push(Column::new(name("low"), numbers(|cell| cell.low)));
            columns.push(Column::new(name("high"), numbers(|cell| cell.high)));
            columns.push(Column::new(name("n"), counts(|cell| cell.n)));
            columns.push(Column::new(name("diverged"), counts(|cell| cell.diverged)));
            let letters: Vec<Option<&str>> =
                cells.iter().map(|cell| cell.and_then(|cell| cell.letters.as_deref())).collect();
            columns.push(Column::new(name("letters"), letters));
        }
        Ok(DataFrame::new(rows.len(), columns)?)
    }
}

fn is_reference(standings: &StandingsView, row: &StandingView) -> bool {
    standings.reference.as_ref().is_some_and(|title| *title == row.title)
}

fn score(row: &StandingView) -> Option<f64> {
    row.score.as_ref().map(|score| score.iqm)
}

impl<'a> BoardRow<'a> {
    fn new(row: &'a StandingView, rank: Option<u32>, tasks: &[&'a TaskView]) -> Self {
        let of = |task: &&'a TaskView| task.entries.iter().find(|entry| entry.key == row.key);
        let cells = tasks.iter().filter_map(|task| Some((task.name.as_str(), BoardCell::new(of(task)?)?)));
        let score_bounds = row.score.as_ref().and_then(|score| score.bounds);
        let (cost, cost_bounds) = (row.cost.as_ref(), row.cost.as_ref().and_then(|cost| cost.bounds));
        Self {
            rank,
            entry: &row.key,
            title: &row.title,
            optimizer: &row.optimizer,
            score: score(row),
            score_low: score_bounds.map(|bounds| bounds[0]),
            score_high: score_bounds.map(|bounds| bounds[1]),
            cost: cost.and_then(|cost| cost.ratio),
            cost_low: cost_bounds.map(|bounds| bounds[0]),
            cost_high: cost_bounds.map(|bounds| bounds[1]),
            targets_reached: cost.map(|cost| cost.reached as u64),
            targets: cost.map(|cost| cost.pairs as u64),
            planned: row.planned,
            done: tasks.iter().filter_map(of).map(|entry| entry.done + entry.diverged).sum(),
            diverged: row.diverged,
            trials: row.trials.map(|trials| trials as u64),
            tasks: cells.collect(),
        }
    }
}

impl BoardCell {
    fn new(entry: &EntryView) -> Option<Self> {
        let estimate = &entry.estimate;
        Some(Self {
            mean: estimate.mean?,
            low: estimate.low,
            high: estimate.high,
            n: estimate.n as u64,
            diverged: entry.diverged,
            letters: entry.letters.clone(),
        })
    }
}

/// The table, and below it what its numbers are.
fn markdown(report: &Report, standings: &StandingsView) -> String {
    let scored = standings.anchored > 0;
    let mut out = String::new();
    let mut head = vec![String::new()];
    if scored {
        head.extend(["score", "cost"].map(String::from));
    }
    head.extend((1..=standings.tasks.len()).map(|place| place.to_string()));
    line(&mut out, &head);
    let rules: Vec<String> = (0..head.len()).map(|k| if k == 0 { "---" } else { "--:" }.into()).collect();
    line(&mut out, &rules);
    for row in &standings.rows {
        let mut cells = vec![text(&row.title)];
        if scored {
            let score = row.score.as_ref();
            cells.push(score.map_or_else(|| "–".into(), |score| around(&score.iqm_text, &score.interval)));
            let cost = row.cost.as_ref();
            cells.push(match cost.and_then(|cost| cost.ratio_text.as_ref()) {
                _ if is_reference(standings, row) => "reference".into(),
                Some(ratio) => around(ratio, &cost.and_then(|cost| cost.interval.clone())),
                None => "–".into(),
            });
        }
        cells.extend(row.cells.iter().map(|cell| cell.as_ref().map_or_else(|| "–".into(), printed)));
        line(&mut out, &cells);
    }
    out.push('\n');
    for (place, (task, measure)) in standings.tasks.iter().zip(&standings.measures).enumerate() {
        let unit = if measure.unit.is_empty() { String::new() } else { format!(", {}", measure.unit) };
        let _ = writeln!(out, "{}. {}: {}{unit}", place + 1, text(&task[0]), text(&measure.name));
    }
    let each = standings.each.map_or_else(String::new, |n| format!(" over {n} runs"));
    let _ =
        write!(out, "\nMeans{each} ± half their 95 % interval; in bold what is ahead of every other entry.");
    if standings.lettered {
        let _ = write!(out, " Entries that share a letter in a column cannot be told apart there.");
    }
    if scored {
        let _ =
            write!(out, " Score: interquartile mean over all runs, 0 is guessing and 1 the tasks' anchors.");
    }
    if let Some(reference) = standings.reference.as_ref().filter(|_| scored) {
        let _ = write!(out, " Cost: steps to the targets over those of {}.", text(reference));
    }
    let progress = &report.progress;
    let _ = writeln!(
        out,
        " {} of {} runs done, {} diverged, {} missing.",
        progress.done, progress.planned, progress.diverged, progress.missing
    );
    out
}

fn around(value: &str, interval: &Option<[String; 2]>) -> String {
    interval.as_ref().map_or_else(|| value.to_owned(), |[low, high]| format!("{value} ({low} to {high})"))
}

fn printed(cell: &StandingCell) -> String {
    let diverged = if cell.diverged > 0 { format!(", {} diverged", cell.diverged) } else { String::new() };
    match (&cell.mean, &cell.around) {
        (Some(mean), around) => {
            let value = around.as_ref().map_or_else(|| mean.clone(), |around| format!("{mean} {around}"));
            let value = if cell.best { format!("**{value}**") } else { value };
            let letters = cell.letters.as_ref().map(|letters| format!(" <sup>{letters}</sup>"));
            let value = value + letters.as_deref().unwrap_or_default();
            value + &diverged
        }
        (None, _) => format!("no data{diverged}"),
    }
}

fn line(out: &mut String, cells: &[String]) {
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

/// Words of a title, in one line, so that Markdown takes none of them for its own.
fn text(title: &str) -> String {
    let line = visible(title).replace(['\n', '\t', '\u{2028}', '\u{2029}'], " ");
    let mut out = String::new();
    for letter in line.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '~' => out.extend(['\\', letter]),
            _ => out.push(letter),
        }
    }
    out
}
