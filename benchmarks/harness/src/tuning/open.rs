//! The search for the value of one entry while it goes on: what it tries next.

use super::choice::{Point, Scores, half_decade, lowest, middle, score};
use super::refinement::{CLOSEST, around};
use super::space::Space;
use crate::entry::{self, number};
use crate::tuned::{fixed, grid};
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
    /// The seed of the sequence, and how many of its points have been looked at.
    pub sequence: (u32, u32),
    /// Ends of what has been drawn from so far.
    pub ends: [f64; 2],
    pub extensions: u32,
    /// Those tried between others, in the order in which they were asked for.
    pub refined: Vec<f64>,
}

impl Open {
    /// Of an entry with something open.
    ///
    /// # Errors
    /// If there is nothing to search over, in words.
    pub fn new(
        task: &str,
        settings: &TuningSettings,
        entry: &EntrySettings,
        shared: &OptimizerFile,
        seed: u32,
    ) -> Result<Self, String> {
        let hyper = entry.main().unwrap_or_default().to_owned();
        let space = Space::of(entry, Some(settings), shared)?;
        let fixed = fixed(entry, shared, space.as_ref())?;
        let (listed, points, ends) = match &space {
            Some(space) => (Vec::new(), space.draw(seed, 0..settings.drawn(), space.ends, &[]), space.ends),
            None => {
                let values = grid(shared, &hyper).map_err(|e| format!("{hyper}: {e}"))?;
                if let Some([a, b]) = close(&values).filter(|_| settings.refine.is_some()) {
                    return Err(format!(
                        "tuning.refine: search.{hyper} in the optimizer's file lists {} and {}, less than a tenth apart: \
                         there is nothing to refine; take one out, or leave `refine` out",
                        number(a),
                        number(b)
                    ));
                }
                let points = values.iter().copied().map(Point::from).collect();
                (values, points, [0.0; 2])
            }
        };
        let reason = match &space {
            Some(space) => space.reason.clone(),
            None => shared.search.get(&hyper).map(|range| range.reason.clone()).unwrap_or_default(),
        };
        let search = Self {
            task: task.to_owned(),
            settings: settings.clone(),
            entry: entry.clone(),
            hyper,
            fixed,
            reason,
            shared: shared.clone(),
            listed,
            points,
            space,
            sequence: (seed, settings.drawn()),
            ends,
            extensions: 0,
            refined: Vec::new(),
        };
        if search.space.is_some() {
            for point in &search.points {
                search
                    .takes(point)
                    .map_err(|e| format!("the optimizer refuses a point of its space: {e}"))?;
            }
        }
        Ok(search)
    }

    /// Whether an entry of the plan of trials is one of its points.
    pub fn has(&self, entry: &str) -> bool {
        self.points.iter().any(|point| *self.key(point) == *entry)
    }

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
        let mut added = self.beyond(scores, edge);
        added.retain(|point| self.takes(point).is_ok());
        if added.is_empty() {
            return None;
        }
        if self.space.is_some() {
            // What was refused has had its place in the sequence all the same.
            self.sequence.1 += self.beyond_at_once();
            match edge {
                Edge::Lower => self.ends[0] /= BEYOND,
                Edge::Upper => self.ends[1] *= BEYOND,
            }
        }
        self.extensions += 1;
        Some((why, added))
    }

    /// What lies beyond an edge.
    fn beyond(&self, scores: &Scores, edge: Edge) -> Vec<Point> {
        let values = || scores.iter().map(|(point, _)| point.value);
        let Some(space) = &self.space else {
            let (end, sign) = match edge {
                Edge::Lower => (values().fold(f64::INFINITY, f64::min), -1),
                Edge::Upper => (values().fold(0.0, f64::max), 1),
            };
            return (1..=ADDED as i32).map(|n| half_decade(end, sign * n).into()).collect();
        };
        let [low, high] = self.ends;
        let ends = match edge {
            Edge::Lower => [low / BEYOND, low],
            Edge::Upper => [high, high * BEYOND],
        };
        let (seed, first) = self.sequence;
        space.draw(seed, first..first + self.beyond_at_once(), ends, &self.points)
    }

    /// Points that are drawn beyond an edge.
    fn beyond_at_once(&self) -> u32 {
        self.settings.drawn().div_ceil(PART_BEYOND)
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
    ///
    /// # Errors
    /// Why not, in words.
    pub fn takes(&self, point: &Point) -> Result<(), String> {
        let method = competitors::method(&self.trial(point), &self.shared).map_err(|e| e.to_string())?;
        rule::check_single_precision(&method.hyper()).map_err(|e| e.to_string())
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

/// Neighbours in a grid that are too close for anything between them.
fn close(values: &[f64]) -> Option<[f64; 2]> {
    values.windows(2).find(|pair| pair[1] < CLOSEST * pair[0]).map(|pair| [pair[0], pair[1]])
}
