//! Entries that a task's runs do not tell apart.

use super::family::compare;
use crate::tables::Score;
use records::TaskCard;
use stats::verdict::{FEWEST_PAIRS, LEVEL};
use stats::{holm, letters, mean, t_p};
use std::collections::BTreeMap;

/// Letters by key, so that two entries share one if and only if their difference is not supported. Tested is every pair, by
/// Student's t on the differences over common seeds, adjusted over all pairs of the task: exact tests of so few seeds as are usual
/// could support nothing after such an adjustment. The first letters are the best entries'. An entry of which a run diverged, or that
/// has fewer than five runs, has none.
///
/// `scores` are gains, of which more is better.
pub(super) fn groups(task: &TaskCard, scores: &BTreeMap<String, Vec<Score>>) -> BTreeMap<String, String> {
    let fit = |key: &str| {
        let own = scores.get(key)?;
        let is_fit = own.len() >= FEWEST_PAIRS && own.iter().all(|score| !score.diverged);
        is_fit.then(|| mean(&own.iter().map(|score| score.value).collect::<Vec<_>>()))?
    };
    let mut keys: Vec<(&str, f64)> =
        task.entries.iter().filter_map(|entry| Some((entry.key.as_str(), fit(&entry.key)?))).collect();
    keys.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut pairs = BTreeMap::new();
    for (j, (b, _)) in keys.iter().enumerate() {
        for (i, (a, _)) in keys[..j].iter().enumerate() {
            let result = compare(scores, a, b).filter(|result| result.n >= FEWEST_PAIRS);
            pairs.insert((i, j), result.and_then(|result| t_p(&result.differences)).unwrap_or(1.0));
        }
    }
    // The family is what the study plans: what is not there yet counts as p = 1.
    let mut p: Vec<f64> = pairs.values().copied().collect();
    let planned = task.entries.len();
    p.resize((planned * planned.saturating_sub(1) / 2).max(p.len()), 1.0);
    let adjusted: BTreeMap<(usize, usize), f64> = pairs.into_keys().zip(holm(&p)).collect();
    let apart = |i: usize, j: usize| adjusted.get(&(i, j)).is_some_and(|p| *p < LEVEL);
    if keys.len() < 3 {
        return BTreeMap::new();
    }
    let letters = letters(keys.len(), apart).unwrap_or_default();
    keys.iter().map(|(key, _)| (*key).to_owned()).zip(letters).collect()
}
