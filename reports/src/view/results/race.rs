//! When each run of a task reached each of its targets.

use super::yardstick::Yardstick;
use crate::tables::{Tables, schema, schema::curves};
use polars::prelude::PolarsResult;
use records::{TaskCard, TaskKind};
use stats::Anchors;
use stats::runtime::{LADDER, Outcome, ladder, outcome};
use std::collections::BTreeMap;

/// The outcomes of one run, target by target.
pub(crate) type Outcomes = [Outcome; LADDER.len()];

/// The runs of a task against its ladder of targets.
pub(crate) struct Race {
    /// Chance level and anchor.
    pub anchors: Anchors,
    /// Values to be reached.
    pub targets: [f64; LADDER.len()],
    /// What is watched: validation where examples are held out for it.
    pub watched: String,
    /// Steps of a whole run.
    pub budget: f64,
    /// Steps from one evaluation to the next.
    pub resolution: f64,
    /// By entry and repetition.
    pub runs: BTreeMap<String, BTreeMap<u64, Outcomes>>,
}

impl Race {
    /// None without an anchor.
    pub(crate) fn new(card: &TaskCard, tables: &Tables) -> PolarsResult<Option<Self>> {
        let (Some(anchor), Some(yardstick)) = (&card.anchor, Yardstick::of(&card.kind)) else {
            return Ok(None);
        };
        let TaskKind::Training { train_examples, validation_examples, epochs, batch_size, .. } = card.kind
        else {
            return Ok(None);
        };
        let anchors = Anchors { chance: yardstick.chance(), reference: anchor.value };
        let better = yardstick.better();
        // A manifest may say anything; a study's task is checked when it is planned.
        if better.reaches(anchors.chance, anchors.reference) {
            return Ok(None);
        }
        let (column, value_of, watched) = yardstick.watched(validation_examples > 0);
        let resolution = train_examples.div_ceil(batch_size.max(1)) as f64;
        let mut race = Self {
            anchors,
            targets: ladder(anchors),
            watched,
            budget: resolution * f64::from(epochs),
            resolution,
            runs: BTreeMap::new(),
        };
        let lines = tables.lines(&card.name, curves::STEP, column)?;
        for (key, status) in tables.statuses(&card.name)? {
            if status == schema::MISSING {
                continue;
            }
            let (steps, values): (Vec<f64>, Vec<f64>) = lines
                .get(&key)
                .into_iter()
                .flat_map(|line| &line.points)
                .map(|p| (p.0, value_of(p.1)))
                .unzip();
            let reached = |target: f64| {
                outcome(&steps, &values, target, better, race.budget).unwrap_or(Outcome::Missed(race.budget))
            };
            let outcomes = race.targets.map(reached);
            race.runs.entry(key.0).or_default().insert(key.1, outcomes);
        }
        Ok(Some(race))
    }

    /// The outcomes of an entry at one target, by repetition.
    pub(crate) fn at(&self, entry: &str, target: usize) -> Vec<Outcome> {
        self.runs.get(entry).into_iter().flat_map(|runs| runs.values().map(|all| all[target])).collect()
    }

    /// What a run costs over the whole ladder: the geometric mean of its steps to the targets, a missed one counting
    /// `penalty` times the budget.
    pub(crate) fn cost(&self, outcomes: &Outcomes, penalty: f64) -> f64 {
        let steps = outcomes.map(|outcome| match outcome {
            // Below one evaluation nothing is told apart, and a logarithm needs more than zero.
            Outcome::Reached(steps) => steps.max(self.resolution),
            Outcome::Missed(budget) => penalty * budget,
        });
        (steps.iter().map(|steps| steps.ln()).sum::<f64>() / steps.len() as f64).exp()
    }
}
