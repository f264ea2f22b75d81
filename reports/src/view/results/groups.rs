//! Entries that a task's runs do not tell apart.

use crate::tables::Score;
use records::TaskCard;
use stats::verdict::{FEWEST_PAIRS, LEVEL};
use stats::{holm, letters, mean, t_p};
use std::collections::BTreeMap;

/// Entries of a task, at most: of more, as grids have them, hardly two have the same letters.
const MOST_ENTRIES: usize = 60;

/// Letters by key, so that two entries share one if and only if their difference is not supported. Tested is every pair, by
/// Student's t on the differences over common seeds, adjusted over all pairs of the task: exact tests of so few seeds as are usual
/// could support nothing after such an adjustment. The first letters are the best entries'. An entry of which a run diverged, or that
/// has fewer than five runs, has none, and nobody has where fewer than three entries are left.
///
/// `scores` are gains, of which more is better.
pub(super) fn groups(task: &TaskCard, scores: &BTreeMap<String, Vec<Score>>) -> BTreeMap<String, String> {
    let planned = task.entries.len();
    let fit = |key: &str| {
        let own = scores.get(key)?;
        let is_fit = own.len() >= FEWEST_PAIRS && own.iter().all(|score| !score.diverged);
        let by_seed: BTreeMap<u64, f64> = own.iter().map(|score| (score.repetition, score.value)).collect();
        let mean = mean(&own.iter().map(|score| score.value).collect::<Vec<_>>())?;
        is_fit.then_some((mean, by_seed))
    };
    let mut fits: Vec<(&str, f64, BTreeMap<u64, f64>)> = task
        .entries
        .iter()
        .filter_map(|entry| fit(&entry.key).map(|(mean, by_seed)| (entry.key.as_str(), mean, by_seed)))
        .collect();
    let n = fits.len();
    if n < 3 || planned > MOST_ENTRIES {
        return BTreeMap::new();
    }
    fits.sort_by(|a, b| b.1.total_cmp(&a.1));
    // The pairs (0, 1), (0, 2), (1, 2), (0, 3), …
    let mut p = Vec::new();
    for (j, (_, _, other)) in fits.iter().enumerate() {
        for (_, _, one) in &fits[..j] {
            let differences: Vec<f64> =
                one.iter().filter_map(|(seed, value)| Some(value - other.get(seed)?)).collect();
            let of_pair = Some(differences).filter(|d| d.len() >= FEWEST_PAIRS).and_then(|d| t_p(&d));
            p.push(of_pair.unwrap_or(1.0));
        }
    }
    // The family is what the study plans: what is not there yet, or diverged, counts as p = 1.
    p.resize((planned * (planned - 1) / 2).max(p.len()), 1.0);
    let apart: Vec<bool> = holm(&p).into_iter().map(|p| p < LEVEL).collect();
    let letters = letters(n, |i, j| apart[j * (j - 1) / 2 + i]).unwrap_or_default();
    fits.iter().map(|(key, ..)| (*key).to_owned()).zip(letters).collect()
}
