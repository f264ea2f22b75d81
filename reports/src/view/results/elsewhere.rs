//! Our results beside those that others have published for the same task and network.

use super::yardstick::Yardstick;
use crate::view::task::EntryView;
use records::TaskCard;
use schemars::JsonSchema;
use serde::Serialize;

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
    /// Ours minus the published one, printed.
    pub difference: Option<String>,
    /// `agrees`, `higher`, `lower`, `too few runs` or `no data`.
    pub verdict: &'static str,
}

/// Ours agrees if the published number lies within the interval of our mean, or no further from it than the task's margin.
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
        (Some(_), Some(low), _) if published < low - yardstick.margin() => "higher",
        (Some(_), _, Some(high)) if published > high + yardstick.margin() => "lower",
        (Some(_), Some(_), Some(_)) => "agrees",
        (Some(_), ..) => "too few runs",
    };
    OursView {
        entry: entry.key.clone(),
        title: entry.title.clone(),
        value: estimate.mean_text.as_ref().map(|mean| mean.clone() + &around),
        difference: estimate.mean.map(|mean| yardstick.print_difference(mean - published)),
        verdict,
    }
}
