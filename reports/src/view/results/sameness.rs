//! What is the same under two names: runs of two entries, problems of two tasks.

use crate::tables::Tables;
use polars::prelude::PolarsResult;
use records::text::listed;
use records::{Manifest, Record, TaskCard};
use std::collections::{BTreeMap, BTreeSet};

/// Fingerprints of the runs of a task, by entry and repetition.
pub(crate) type Fingerprints = BTreeMap<String, BTreeMap<u64, String>>;

/// Whether two entries have the same runs: as many, and each with the losses and final parameters of the other's, bit for bit.
pub(crate) fn same_runs(prints: &Fingerprints, one: &str, other: &str) -> bool {
    prints.get(one).is_some_and(|runs| !runs.is_empty() && prints.get(other) == Some(runs))
}

/// A sentence for every set of entries of a task that have the same runs.
pub(crate) fn entries(card: &TaskCard, tables: &Tables) -> PolarsResult<Vec<String>> {
    let prints = tables.fingerprints(&card.name)?;
    let mut sets: Vec<(&str, Vec<&str>)> = Vec::new();
    for entry in &card.entries {
        match sets.iter_mut().find(|(first, _)| same_runs(&prints, first, &entry.key)) {
            Some((_, titles)) => titles.push(&entry.title),
            None => sets.push((&entry.key, vec![&entry.title])),
        }
    }
    let sentence = |(key, titles): (&str, Vec<&str>)| {
        let n = prints.get(key).map_or(0, BTreeMap::len);
        format!(
            "{} are the same runs under {} names: the fingerprints of {} are equal, so what they are set to otherwise has no \
             effect here, and they are not compared.",
            listed(&titles),
            titles.len(),
            if n == 1 { "the one repetition".into() } else { format!("all {n} repetitions") }
        )
    };
    Ok(sets.into_iter().filter(|(_, titles)| titles.len() > 1).map(sentence).collect())
}

/// A sentence for every set of tasks that are one problem: the same images, the same settings.
pub(crate) fn tasks(manifest: &Manifest, records: &[Record]) -> Vec<String> {
    let mut digests: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for record in records {
        let specification = &record.specification;
        digests.entry(&specification.task).or_default().insert(&specification.data_digest);
    }
    let same = |one: &TaskCard, other: &TaskCard| {
        let of = |card: &TaskCard| digests.get(card.name.as_str());
        of(one).is_some() && of(one) == of(other) && one.kind == other.kind && one.settings == other.settings
    };
    let mut sets: Vec<Vec<&TaskCard>> = Vec::new();
    for card in &manifest.tasks {
        match sets.iter_mut().find(|set| set.iter().all(|other| same(other, card))) {
            Some(set) => set.push(card),
            None => sets.push(vec![card]),
        }
    }
    let sentence = |set: Vec<&TaskCard>| {
        let titles: Vec<&str> = set.iter().map(|card| card.title.as_str()).collect();
        format!(
            "{} are one problem under {} names, with the same data and the same settings: it counts {} times in whatever is \
             taken over all tasks.",
            listed(&titles),
            titles.len(),
            titles.len()
        )
    };
    sets.into_iter().filter(|set| set.len() > 1).map(sentence).collect()
}
