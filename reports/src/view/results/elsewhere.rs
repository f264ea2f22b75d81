//! Our results beside those that others have published for the same task and network.

use super::yardstick::Yardstick;
use crate::view::task::EntryView;
use records::TaskCard;
use schemars::JsonSchema;
use serde::Serialize;
use stats::Interval;

/// A published result, and our entries of the same optimizer.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ElsewhereView {
    /// What was trained how.
    pub title: String,
    /// The result, printed.
    pub value: String,
    /// Publication and place.
    pub source: String,
    /// What was done otherwise there.
    pub otherwise: Option<String>,
    /// Ours; empty if nothing here is of that optimizer.
    pub ours: Vec<OursView>,
}

/// One of our entries beside it.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct OursView {
    /// Key of the entry.
    pub entry: String,
    /// Its name.
    pub title: String,
    /// Its mean with the interval, printed; none without runs.
    pub value: Option<String>,
    /// Runs that diverged.
    pub diverged: u64,
    /// Ours minus the published one, printed.
    pub difference: Option<String>,
    /// `agrees`, `higher`, `lower`, `undecided`, `too few runs` or `no data`.
    pub verdict: &'static str,
}

/// Ours agrees if the interval of its mean lies within the task's margin of the published number, and is higher or lower if it lies
/// beyond that. The published number is taken as it stands.
pub(crate) fn elsewhere(
    task: &TaskCard,
    yardstick: Option<&Yardstick>,
    entries: &[EntryView],
) -> Vec<ElsewhereView> {
    let Some(yardstick) = yardstick else { return Vec::new() };
    let view = |of: &records::Elsewhere| ElsewhereView {
        title: of.title.clone(),
        value: yardstick.print_whole(of.value),
        source: of.source.clone(),
        otherwise: of.otherwise.clone(),
        ours: entries
            .iter()
            .filter(|entry| entry.optimizer == of.optimizer)
            .map(|entry| ours(entry, of.value, yardstick))
            .collect(),
    };
    task.elsewhere.iter().map(view).collect()
}

fn ours(entry: &EntryView, published: f64, yardstick: &Yardstick) -> OursView {
    let estimate = &entry.estimate;
    let around = estimate.around.as_ref().map(|around| format!(" {around}")).unwrap_or_default();
    let verdict = match (estimate.mean, estimate.low, estimate.high) {
        (None, ..) => "no data",
        (Some(_), Some(low), Some(high)) => {
            let difference = Interval { low: low - published, high: high - published };
            match (difference.is_inside(yardstick.margin()), difference.is_beyond(yardstick.margin())) {
                (true, _) => "agrees",
                (_, true) if difference.low > 0.0 => "higher",
                (_, true) => "lower",
                _ => "undecided",
            }
        }
        (Some(_), ..) => "too few runs",
    };
    OursView {
        entry: entry.key.clone(),
        title: entry.title.clone(),
        diverged: entry.diverged,
        value: estimate.mean_text.as_ref().map(|mean| mean.clone() + &around),
        difference: estimate.mean.map(|mean| yardstick.print_difference(mean - published)),
        verdict,
    }
}
