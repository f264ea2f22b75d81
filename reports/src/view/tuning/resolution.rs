//! Whether a search tells a value from its neighbours, in words that the page and the terminal share.

use super::criterion::Criterion;
use super::trials::means;
use crate::words::text::plain;
use records::{Search, TaskCard, Tuning};
use schemars::JsonSchema;
use serde::Serialize;
use stats::{Direction, resolution};

/// The value chosen beside its neighbours among the values tried.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct ResolutionView {
    /// Whether a neighbour trains too, in a few words.
    pub words: String,
    /// What is to be said where the chosen value trains and no neighbour does, and what would help.
    pub sentence: Option<String>,
}

impl ResolutionView {
    /// Of one search of a task; none if the value chosen is none of those tried.
    pub fn of(task: &TaskCard, tuning: &Tuning, search: &Search) -> Option<Self> {
        let criterion = Criterion::new(&tuning.criterion, task);
        let grid = means(search);
        let best = grid.iter().filter_map(|(_, mean)| *mean).min_by(f64::total_cmp)?;
        // Nothing trains where even the best is no better than the tolerance.
        let tolerance = criterion.tolerance(best).unwrap_or(f64::INFINITY);
        let found = resolution(&grid, search.chosen, (criterion.guess(), tolerance), Direction::Smaller)?;
        let plain_neighbours: Vec<String> =
            [found.below, found.above].into_iter().flatten().map(|(value, _)| plain(value)).collect();
        let training = [found.below, found.above].into_iter().flatten().filter(|(_, trains)| *trains);
        let training: Vec<String> = training.map(|(value, _)| plain(value)).collect();
        let words = match (found.trains, &training[..]) {
            (false, _) => "nothing trains".to_owned(),
            (true, []) => match plain_neighbours.len() {
                0 => "no other was tried".to_owned(),
                1 => "its neighbour does not".to_owned(),
                _ => "neither trains".to_owned(),
            },
            (true, [one]) => format!("resolved: {one} trains too"),
            (true, both) => format!("resolved: {} train too", both.join(" and ")),
        };
        let is_alone = found.trains && !found.is_resolved();
        let sentence = is_alone.then(|| {
            let chosen = plain(search.chosen);
            let stretch = match &plain_neighbours[..] {
                [low, high] => format!("between {low} and {high} only {chosen} trains"),
                [other] => format!("{chosen} trains and {other} beside it does not"),
                _ => format!("only {chosen} was tried"),
            };
            match tuning.refine {
                0 => format!("the grid does not resolve: {stretch}; declare `refine`"),
                n => {
                    let s = if n == 1 { "" } else { "s" };
                    format!("not resolved with {n} refined value{s} either: {stretch}")
                }
            }
        });
        Some(Self { words, sentence })
    }
}
