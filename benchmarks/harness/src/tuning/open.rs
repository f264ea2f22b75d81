//! The search for the value of one entry while it goes on: what it tries next.

use super::choice::{Point, Scores, half_decade, lowest, middle, score};
use super::refinement::around;
use super::space::Space;
use crate::entry::{self, number};
use crate::{EntrySettings, OptimizerFile, TuningSettings, competitors};
use records::{Name, Record, Trial};
use serde_json::Value;
use std::collections::BTreeMap;

/// Values added at an edge at a time.
const ADDED: usize = 2;
/// Extensions of one grid; then the edge is accepted, with a warning.
const EXTENSIONS: u32 = 4;
/// The same of points that are drawn: the space has reasons that a grid to begin with has not.
const EXTENSIONS_OF_SPACE: u32 = 2;
/// One in so many points as were drawn at first are drawn beyond an edge.
const PART_BEYOND: u32 = 4;
/// How far that goes, as a ratio.
const BEYOND: f64 = 10.0;

/// An end of what was tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Edge {
    Lower,
    Upper,
}

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
    /// The values that were asked for, ascending; none where points are drawn.
    pub listed: Vec<f64>,
    /// These, those of extensions and the refined ones, ascending; or the points drawn so far, in their order.
    pub points: Vec<Point>,
    /// What points are drawn from, if they are.
    pub space: Option<Space>,
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
        let words: Vec<String> = added.iter().map(|point| number(point.value)).collect();
        self.points.extend(added);
        if self.space.is_none() {
            self.points.sort_by(|a, b| a.value.total_cmp(&b.value));
        }
        Some(format!("{}, {}: {why}; added {}", self.task, self.entry.name(), words.join(" and ")))
    }

    /// Whether the value at a place is the smallest of all, the largest, or neither.
    pub fn edge(scores: &Scores, place: usize) -> Option<Edge> {
        let value = scores[place].0.value;
        let is_least = |edge: Edge| {
            let further = |other: f64| if edge == Edge::Lower { other < value } else { other > value };
            !scores.iter().any(|(point, _)| further(point.value))
        };
        [Edge::Lower, Edge::Upper].into_iter().find(|edge| is_least(*edge))
    }

    fn extend(&mut self, scores: &Scores) -> Option<(String, Vec<Point>)> {
        // If all diverged, only smaller values can help. Equal values are no reason to look further: the middle one is taken.
        let (edge, why) = match lowest(scores)[..] {
            [] => (Edge::Lower, "every trial diverged".to_owned()),
            [best] => {
                let (hyper, value) = (&self.hyper, number(scores[best].0.value));
                let of = if self.space.is_some() { "of the points" } else { "of the grid" };
                (Self::edge(scores, best)?, format!("the best {hyper} {of}, {value}, lies on its edge"))
            }
            _ => return None,
        };
        let most = if self.space.is_some() { EXTENSIONS_OF_SPACE } else { EXTENSIONS };
        if self.extensions == most {
            return None;
        }
        // As far as the optimizer takes them: a momentum of 1 is none.
        let added: Vec<Point> =
            self.beyond(scores, edge).into_iter().take_while(|point| self.takes(point)).collect();
        if added.is_empty() {
            return None;
        }
        if let Some(space) = &mut self.space {
            match edge {
                Edge::Lower => space.ends[0] /= BEYOND,
                Edge::Upper => space.ends[1] *= BEYOND,
            }
        }
        self.extensions += 1;
        Some((why, added))
    }

    /// What lies beyond an edge.
    fn beyond(&self, scores: &Scores, edge: Edge) -> Vec<Point> {
        let values = || scores.iter().map(|(point, _)| point.value);
        let Some(Space { ends: [low, high], .. }) = self.space else {
            let (end, sign) = match edge {
                Edge::Lower => (values().fold(f64::INFINITY, f64::min), -1),
                Edge::Upper => (values().fold(0.0, f64::max), 1),
            };
            return (1..=ADDED as i32).map(|n| half_decade(end, sign * n).into()).collect();
        };
        let ends = match edge {
            Edge::Lower => [low / BEYOND, low],
            Edge::Upper => [high, high * BEYOND],
        };
        let (first, more) = (self.points.len() as u32, self.settings.drawn().div_ceil(PART_BEYOND));
        self.space.as_ref().map_or_else(Vec::new, |space| space.draw(first..first + more, ends))
    }

    fn refine(&mut self, scores: &Scores) -> Option<(String, Vec<Point>)> {
        let best = middle(&lowest(scores), scores, &self.listed)?;
        let added = around(best, scores, self.left());
        self.refined.extend(&added);
        let value = number(scores[best].0.value);
        let points = added.into_iter().map(Point::from).collect::<Vec<_>>();
        (!points.is_empty()).then(|| (format!("around the best {} so far, {value}", self.hyper), points))
    }

    /// The place of the point that is taken: the best, the middle one of values that are equally good, the first of points that are.
    pub fn taken(&self, scores: &Scores) -> Option<usize> {
        let tied = lowest(scores);
        if self.space.is_some() { tied.first().copied() } else { middle(&tied, scores, &self.listed) }
    }

    /// Refined values that are still to be asked for.
    pub fn left(&self) -> usize {
        (self.settings.refined() as usize).saturating_sub(self.refined.len())
    }

    /// The entry with a point in place of the word.
    pub fn trial(&self, point: &Point) -> EntrySettings {
        let mut entry = self.entry.clone();
        entry.hyper.insert(self.hyper.clone(), point.value.into());
        entry.hyper.extend(point.others.clone());
        entry.key = Some(self.key(point));
        // The key tells it apart; a title of the entry would be that of every trial.
        entry.title = None;
        entry
    }

    fn key(&self, point: &Point) -> Name {
        let mut parts = vec![self.entry.name().to_owned(), self.hyper.clone(), number(point.value)];
        for (key, value) in &point.others {
            parts.extend([key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)]);
        }
        entry::key(&parts.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Whether the optimizer takes a point, and the arithmetic of networks has it.
    pub fn takes(&self, point: &Point) -> bool {
        competitors::method(&self.trial(point), &self.shared)
            .is_ok_and(|method| rule::check_single_precision(&method.hyper()).is_ok())
    }

    pub fn scores(&self, records: &BTreeMap<(String, String), Vec<Record>>) -> Scores {
        let trials = |point: &Point| {
            let found =
                records.get(&(self.task.clone(), self.key(point).into())).map_or(&[][..], Vec::as_slice);
            let trial = |record: &Record| Trial {
                value: point.value,
                others: point.others.clone(),
                repetition: record.specification.repetition,
                score: score(record, &self.settings.criterion),
                refined: self.refined.contains(&point.value),
            };
            found.iter().map(trial).collect()
        };
        self.points.iter().map(|point| (point.clone(), trials(point))).collect()
    }
}
