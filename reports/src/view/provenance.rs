//! Where the results come from.

use crate::tables::schema;
use crate::view::results::circumstances::{
    ACCELERATOR, CODE_DIGEST, DATA_DIGEST, DEVICE, SUITE_VERSION, circumstances, is_of_the_run,
};
use crate::view::runs::RunView;
use crate::words::Fact;
use crate::words::text::{date, duration};
use records::{Manifest, Record};
use schemars::JsonSchema;
use serde::Serialize;
use stats::bootstrap::{RESAMPLES, SEED};
use std::collections::{BTreeMap, BTreeSet};

/// The provenance page.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ProvenanceView {
    /// The study file as it was read.
    pub source: String,
    /// Seed that every stream derives from.
    pub master_seed: u64,
    /// What all runs share, or the values they do not.
    pub facts: Vec<Fact>,
    /// Things a reader should know before comparing runs.
    pub warnings: Vec<String>,
    /// Days on which the runs were made.
    pub data_date: Option<String>,
    /// Every planned run.
    pub runs: Vec<RunView>,
}

impl ProvenanceView {
    pub(crate) fn new(manifest: &Manifest, records: &[Record], runs: Vec<RunView>) -> Self {
        let planned: BTreeMap<(&str, &str), &records::PlannedRun> =
            manifest.runs.iter().map(|r| ((r.task.as_str(), r.id.as_str()), r)).collect();
        let used: BTreeMap<(&str, &str), &Record> = records
            .iter()
            .map(|r| ((r.specification.task.as_str(), r.id.as_str()), r))
            .filter(|(key, _)| planned.contains_key(key))
            .collect();
        let missing = runs.iter().any(|r| r.status == schema::MISSING);
        let days: BTreeSet<String> = used.values().map(|r| date(r.provenance.started_unix_s)).collect();
        let data_date = days
            .first()
            .zip(days.last())
            .map(|(first, last)| if first == last { first.clone() } else { format!("{first} to {last}") });
        let (facts, mut warnings) = whole(&used, missing);
        if !manifest.stale.is_empty() {
            let parts: BTreeSet<&String> = manifest.stale.iter().flat_map(|s| &s.parts).collect();
            warnings.push(format!(
                "{} of the runs were made by other code than that of the program that made this report ({} has changed since): the \
                 pages of the runs mark them.",
                manifest.stale.len(),
                parts.into_iter().map(String::as_str).collect::<Vec<_>>().join(", "),
            ));
        }
        // First of all: what this is.
        warnings.splice(0..0, manifest.joint.iter().flat_map(|joint| joint.remarks.clone()));
        Self {
            source: manifest.source.clone(),
            master_seed: manifest.master_seed,
            facts,
            warnings,
            data_date,
            runs,
        }
    }
}

/// What all runs share, or the values they do not, and what to know before comparing them.
fn whole(used: &BTreeMap<(&str, &str), &Record>, missing: bool) -> (Vec<Fact>, Vec<String>) {
    let columns = columns(used);
    let mut warnings = Vec::new();
    let parts = code_parts(used);
    let is_mixed = |name: &str, values: &BTreeSet<String>| match name {
        // Runs that name the parts of the code that they depend on are compared by them.
        CODE_DIGEST => values.len() > 1 && used.values().any(|r| r.provenance.code.is_empty()),
        SUITE_VERSION => values.len() > 1,
        // A function is minimised in double precision beside networks in single: only runs of one task are compared.
        DEVICE | ACCELERATOR => {
            let mut by_task: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
            for record in used.values() {
                let of = &record.provenance;
                let text = format!("{} {} {:?}", of.device, of.precision, of.accelerator);
                by_task.entry(&record.specification.task).or_default().insert(text);
            }
            by_task.values().any(|devices| devices.len() > 1)
        }
        _ => false,
    };
    for (name, values) in columns.iter().filter(|(name, values)| is_mixed(name, values)) {
        warnings.push(format!(
            "The runs differ in {name} ({}): they are comparable only as far as that does not matter.",
            values.len()
        ));
    }
    for (part, digests) in parts.iter().filter(|(_, digests)| digests.len() > 1) {
        warnings.push(format!(
            "The runs were made by {} versions of the code of `{part}`: they are comparable only as far as that does not matter.",
            digests.len()
        ));
    }
    if missing {
        warnings.push("Some planned runs are missing; the pages of the runs list them.".into());
    }
    let facts = columns
        .into_iter()
        .map(|(name, values)| Fact { name, value: values.into_iter().collect::<Vec<_>>().join("; ") });
    let code = Fact {
        name: "code of the parts".into(),
        value: parts
            .iter()
            .map(|(part, digests)| {
                format!("{part} {}", digests.iter().copied().collect::<Vec<_>>().join(" and "))
            })
            .collect::<Vec<_>>()
            .join("; "),
    };
    let total = |of: fn(&Record) -> f64| duration(used.values().map(|r| of(r)).sum());
    let seeds: BTreeSet<u64> = used.values().map(|r| r.specification.repetition).collect();
    let more = [
        ("repetitions", seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
        ("training in total", total(|r| r.provenance.training_s)),
        ("evaluation in total", total(|r| r.provenance.evaluation_s)),
        ("bootstrap", format!("{RESAMPLES} resamples, master seed {SEED}")),
    ];
    let more = more.map(|(name, value)| Fact { name: name.into(), value });
    let facts = facts.chain(Some(code).filter(|_| !parts.is_empty()));
    (facts.chain(more.into_iter().filter(|_| !used.is_empty())).collect(), warnings)
}

/// The circumstances of the runs in the order in which each lists them, with all their values.
fn columns(used: &BTreeMap<(&str, &str), &Record>) -> Vec<(String, BTreeSet<String>)> {
    let mut columns: Vec<(String, BTreeSet<String>)> = Vec::new();
    for record in used.values() {
        // Where the next name that is not there yet belongs: a run without an accelerator must not move it to the end.
        let mut place = 0;
        for Fact { name, value } in circumstances(record).into_iter().filter(|fact| !is_of_the_run(fact)) {
            let value =
                if name == DATA_DIGEST { format!("{}: {value}", record.specification.task) } else { value };
            let found = columns.iter().position(|(known, _)| *known == name);
            let at = found.unwrap_or_else(|| {
                columns.insert(place, (name, BTreeSet::new()));
                place
            });
            columns[at].1.insert(value);
            place = at + 1;
        }
    }
    columns
}

/// Digests of the parts of the suite that the runs depend on, by part.
fn code_parts<'a>(used: &BTreeMap<(&str, &str), &'a Record>) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut parts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (part, digest) in used.values().flat_map(|record| &record.provenance.code) {
        parts.entry(part).or_default().insert(digest);
    }
    parts
}
