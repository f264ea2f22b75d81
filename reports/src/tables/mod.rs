//! The results as two polars tables, and the questions the report asks them.
//!
//! `runs` has one row per planned run, whether it was made or not; `curves` one row per measurement. Everything
//! the report says is computed from these two, which are also written beside the pages.

mod curves;
mod files;
mod queries;
mod runs;
pub mod schema;

pub use queries::{Cost, Counts, Line, Score, State, Summary};

use crate::timings::Timings;
use polars::prelude::{DataFrame, PolarsResult};
use records::{Manifest, Outcome, Record};
use std::collections::BTreeMap;

/// Both tables.
#[derive(Clone, Debug)]
pub struct Tables {
    /// One row per planned run, sorted by task, entry, repetition and name; columns in [`schema::runs`].
    pub runs: DataFrame,
    /// One row per measurement, runs in the same order; columns in [`schema::curves`].
    pub curves: DataFrame,
    /// Where the runs of a task are, by its name.
    places: BTreeMap<String, Place>,
}

/// The rows of a task: a question about one touches no other's.
#[derive(Clone, Debug, Default)]
struct Place {
    /// First row of the runs, and how many.
    runs: (usize, usize),
    /// First row of the curves, and how many.
    curves: (usize, usize),
    /// The runs in order, with how many rows of the curves each has.
    spans: Vec<Span>,
}

/// A run in the table of curves.
#[derive(Clone, Debug)]
struct Span {
    entry: String,
    repetition: u64,
    diverged: bool,
    rows: usize,
}

impl Tables {
    /// Arranges `records` along the runs that `manifest` plans. Records of other studies are left out.
    ///
    /// # Errors
    /// If polars refuses the columns, which would be a defect.
    pub fn new(manifest: &Manifest, records: &[Record]) -> PolarsResult<Self> {
        let found: BTreeMap<(&str, &str), &Record> =
            records.iter().map(|r| ((r.specification.task.as_str(), r.id.as_str()), r)).collect();
        let rows = planned_rows(manifest, &found);
        let timings = Timings::new(manifest, records);
        Ok(Self {
            runs: runs::table(manifest, &rows, &timings)?,
            curves: curves::table(manifest, &rows)?,
            places: places(&rows),
        })
    }
}

/// A planned run with the record that answers it.
pub(crate) struct PlannedRow<'a> {
    pub(crate) planned: &'a records::PlannedRun,
    pub(crate) record: Option<&'a Record>,
}

impl PlannedRow<'_> {
    pub(crate) fn status(&self) -> &'static str {
        match self.record.map(|r| &r.outcome) {
            None => schema::MISSING,
            Some(Outcome::Finished) => schema::DONE,
            Some(Outcome::Diverged { .. }) => schema::DIVERGED,
        }
    }
}

fn places(rows: &[PlannedRow]) -> BTreeMap<String, Place> {
    let mut places: BTreeMap<String, Place> = BTreeMap::new();
    let mut measured = 0;
    for (i, row) in rows.iter().enumerate() {
        let place = places.entry(row.planned.task.to_string()).or_insert_with(|| Place {
            runs: (i, 0),
            curves: (measured, 0),
            spans: Vec::new(),
        });
        let span = Span {
            entry: row.planned.entry.clone(),
            repetition: row.planned.repetition,
            diverged: row.status() == schema::DIVERGED,
            rows: curves::length(row),
        };
        place.runs.1 += 1;
        place.curves.1 += span.rows;
        measured += span.rows;
        place.spans.push(span);
    }
    places
}

fn planned_rows<'a>(
    manifest: &'a Manifest,
    found: &BTreeMap<(&str, &str), &'a Record>,
) -> Vec<PlannedRow<'a>> {
    let mut rows: Vec<PlannedRow> = manifest
        .runs
        .iter()
        .map(|planned| PlannedRow {
            planned,
            record: found.get(&(planned.task.as_str(), planned.id.as_str())).copied(),
        })
        .collect();
    // The tables do not depend on the order in which a plan lists its runs.
    rows.sort_by(|a, b| {
        let key =
            |r: &PlannedRow<'a>| (&r.planned.task, &r.planned.entry, r.planned.repetition, &r.planned.id);
        key(a).cmp(&key(b))
    });
    rows
}
