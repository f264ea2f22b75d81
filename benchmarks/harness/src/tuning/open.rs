//! The search for the value of one entry while it goes on: what it tries next.

use super::choice::{Scores, half_decade, lowest, middle, score};
use super::refinement::around;
use crate::entry::{self, number};
use crate::{EntrySettings, OptimizerFile, TuningSettings, competitors};
use records::{Name, Record, Trial};
use serde_json::Value;
use std::collections::BTreeMap;

/// Values added at an edge at a time.
const ADDED: usize = 2;
/// Extensions of one grid; then the edge is accepted, with a warning.
const EXTENSIONS: u32 = 4;

/// A search that goes on.
pub(super) struct Open {
    pub task: String,
    pub settings: TuningSettings,
    pub entry: EntrySettings,
    pub hyper: String,
    pub fixed: Value,
    pub reason: String,
    /// What studies share about its optimizer.
    pub shared: OptimizerFile,
    /// The values that were asked for, ascending.
    pub listed: Vec<f64>,
    /// These, those of extensions and the refined ones, ascending.
    pub values: Vec<f64>,
    pub extensions: u32,
    /// Those tried between others, in the order in which they were asked for.
    pub refined: Vec<f64>,
}

impl Open {
    /// Adds what is to be tried next, once everything so far has been: values beyond the edge of the grid while its best lies
    /// there, then values around the best. Gives the reason and the values in words; none if the search is over.
    pub fn next(&mut self, scores: &Scores) -> Option<String> {
        // A refined grid has been settled before: it is not extended any more.
        let extended = if self.refined.is_empty() { self.extend(scores) } else { None };
        let (why, added) = extended.or_else(|| self.refine(scores))?;
        let words: Vec<String> = added.iter().copied().map(number).collect();
        self.values.extend(added);
        self.values.sort_by(f64::total_cmp);
        Some(format!("{}, {}: {why}; added {}", self.task, self.entry.name(), words.join(" and ")))
    }

    fn extend(&mut self, scores: &Scores) -> Option<(String, Vec<f64>)> {
        // If all diverged, only smaller values can help. Equal values are no reason to look further: the middle one is taken.
        let (edge, upwards, why) = match lowest(scores)[..] {
            [] => (0, false, "every trial diverged".to_owned()),
            [best] if best == 0 || best + 1 == scores.len() => {
                let (hyper, value) = (&self.hyper, number(scores[best].0));
                (best, best != 0, format!("the best {hyper} of the grid, {value}, lies on its edge"))
            }
            _ => return None,
        };
        if self.extensions == EXTENSIONS {
            return None;
        }
        let beyond = (1..=ADDED as i32).map(|n| half_decade(scores[edge].0, if upwards { n } else { -n }));
        // As far as the optimizer takes them: a momentum of 1 is none.
        let added: Vec<f64> = beyond.take_while(|value| self.takes(*value)).collect();
        if added.is_empty() {
            return None;
        }
        self.extensions += 1;
        Some((why, added))
    }

    fn refine(&mut self, scores: &Scores) -> Option<(String, Vec<f64>)> {
        let best = middle(&lowest(scores), scores, &self.listed)?;
        let added = around(best, scores, self.left());
        self.refined.extend(&added);
        let value = number(scores[best].0);
        (!added.is_empty()).then(|| (format!("around the best {} so far, {value}", self.hyper), added))
    }

    /// Refined values that are still to be asked for.
    pub fn left(&self) -> usize {
        (self.settings.refined() as usize).saturating_sub(self.refined.len())
    }

    /// The entry with one value in place of the word.
    pub fn trial(&self, value: f64) -> EntrySettings {
        let mut entry = self.entry.clone();
        entry.hyper.insert(self.hyper.clone(), value.into());
        entry.key = Some(self.key(value));
        // The key tells it apart; a title of the entry would be that of every trial.
        entry.title = None;
        entry
    }

    fn key(&self, value: f64) -> Name {
        entry::key(&[self.entry.name(), &self.hyper, &number(value)])
    }

    /// Whether the optimizer takes `value`, and the arithmetic of networks has it.
    fn takes(&self, value: f64) -> bool {
        competitors::method(&self.trial(value), &self.shared)
            .is_ok_and(|method| rule::check_single_precision(&method.hyper()).is_ok())
    }

    pub fn scores(&self, records: &BTreeMap<(String, String), Vec<Record>>) -> Scores {
        let trials = |value: f64| {
            let found =
                records.get(&(self.task.clone(), self.key(value).into())).map_or(&[][..], Vec::as_slice);
            let trial = |record: &Record| Trial {
                value,
                repetition: record.specification.repetition,
                score: score(record, &self.settings.criterion),
                refined: self.refined.contains(&value),
            };
            found.iter().map(trial).collect()
        };
        self.values.iter().map(|&value| (value, trials(value))).collect()
    }
}
