//! Every challenger against the reference, over all trained tasks, as one family.

use super::groups::groups;
use super::sameness::{Fingerprints, same_runs};
use super::yardstick::Yardstick;
use crate::tables::{Score, Tables};
use polars::prelude::PolarsResult;
use records::{Entry, Manifest, TaskCard, TaskKind};
use schemars::JsonSchema;
use serde::Serialize;
use stats::verdict::{
    FEWEST_PAIRS, LEVEL, Verdict, is_clear, p_text, seeds_to_resolve, seeds_to_settle, sentence, signed,
    within_reach, won_text,
};
use stats::{Direction, Paired, holm, paired, win};
use std::collections::{BTreeMap, BTreeSet};

/// A challenger against the reference on one task, printed.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ComparisonView {
    /// Key of the challenger.
    pub entry: String,
    /// Names: challenger and reference.
    pub names: [String; 2],
    /// Pairs of runs on the same seed.
    pub n: usize,
    /// Unit of differences, their bounds and their spread.
    pub unit: String,
    /// Mean difference, challenger minus reference.
    pub difference: String,
    /// Bounds of its 95 % interval; empty below five pairs.
    pub interval: Option<[String; 2]>,
    /// p value adjusted for the family; empty below five pairs.
    pub adjusted_p: Option<String>,
    /// The differences pair by pair.
    pub differences: Vec<f64>,
    /// The seed of each.
    pub repetitions: Vec<u64>,
    /// `interval` as numbers.
    pub bounds: Option<[f64; 2]>,
    /// Share of the pairs won, ties counting half.
    pub won: String,
    /// Bounds of its 95 % interval (Wilson); empty below five pairs.
    pub won_interval: Option<[String; 2]>,
    /// Whether doing better is frequent enough to matter, either way: `more often`, `less often`, or neither.
    pub won_verdict: Option<&'static str>,
    /// Standard deviation of the differences.
    pub spread: Option<String>,
    /// Whether so many pairs can pass the test at all, among so many comparisons.
    pub can_pass: bool,
    /// Whether all pairs went one way and the interval excludes zero, whatever the corrected test says.
    pub clear: bool,
    /// How many pairs were won, in words.
    pub won_text: String,
    /// Seeds with which a difference of the size that was found would be seen four times out of five; empty below five pairs.
    pub seeds_to_settle: Option<u64>,
    /// Seeds with which a difference of the margin would be seen four times out of five; empty below five pairs.
    pub seeds_to_resolve: Option<u64>,
    /// Correlation of the two over the seeds.
    pub correlation: Option<String>,
    /// Whether both are the same runs under two names: nothing is compared then.
    pub same_runs: bool,
    /// The verdict in a word or three.
    pub verdict: &'static str,
    /// The verdict as a sentence; empty below five pairs, and of the same runs.
    pub sentence: Option<String>,
}

/// All comparisons of a study.
pub struct Comparisons {
    /// How many p values were adjusted together.
    pub family: usize,
    views: BTreeMap<String, Vec<ComparisonView>>,
    best: BTreeMap<String, Option<String>>,
    groups: BTreeMap<String, BTreeMap<String, String>>,
}

impl Comparisons {
    pub(crate) fn new(manifest: &Manifest, tables: &Tables) -> PolarsResult<Self> {
        let mut found = Vec::new();
        let (mut best, mut alike) = (BTreeMap::new(), BTreeMap::new());
        for task in &manifest.tasks {
            let Some(yardstick) = Yardstick::of(&task.kind) else { continue };
            let scores = gains(tables.scores(&task.name)?, &yardstick);
            best.insert(task.name.clone(), supported_best(task, &scores));
            alike.insert(task.name.clone(), groups(task, &scores));
            let prints: Fingerprints = tables.fingerprints(&task.name)?;
            let Some(reference) = reference(task) else { continue };
            for entry in task.entries.iter().filter(|e| e.key != reference) {
                if let Some(result) = compare(&scores, &entry.key, &reference) {
                    let repetitions = common(&scores, [&entry.key, &reference]).into_iter().collect();
                    let diverged = diverged(&scores, [&entry.key, &reference]);
                    let is_same = same_runs(&prints, &entry.key, &reference);
                    let yardstick = yardstick.clone();
                    found.push(Found { task, entry, yardstick, result, repetitions, diverged, is_same });
                }
            }
        }
        let enough = |result: &Paired| result.n >= FEWEST_PAIRS;
        // The family is what the study plans, not what is there: a comparison that is not finished counts as p = 1, so that
        // an early result is held to the level it will be held to at the end.
        let planned = family(manifest);
        let mut raw: Vec<f64> =
            found.iter().filter(|f| enough(&f.result)).filter_map(|f| f.result.p).collect();
        raw.resize(raw.len().max(planned), 1.0);
        let family = raw.len();
        let mut adjusted = holm(&raw).into_iter();
        let mut pairs: Vec<usize> = found.iter().map(|f| f.result.n).filter(|n| *n >= FEWEST_PAIRS).collect();
        pairs.resize(family, 0);
        let mut reach = within_reach(&pairs).into_iter();
        let mut views: BTreeMap<String, Vec<ComparisonView>> = BTreeMap::new();
        for Found { task, entry, yardstick, result, repetitions, diverged, is_same } in found {
            let margin = yardstick.margin();
            let p = if enough(&result) && result.p.is_some() { adjusted.next() } else { None };
            let can_pass = enough(&result) && reach.next().unwrap_or(false);
            let title = |key: &str| {
                task.entries.iter().find(|e| e.key == key).map(|e| e.title.clone()).unwrap_or_default()
            };
            let reference = title(&reference(task).unwrap_or_default());
            let points = |gain: f64| yardstick.print_difference(yardstick.turned(gain));
            let drawn = |gain: f64| yardstick.drawn(yardstick.turned(gain));
            let percentage = |x: f64| format!("{:.0} %", 100.0 * x);
            let share = win(&result.differences);
            let turned: Vec<f64> = result.differences.iter().map(|d| -d).collect();
            let verdict = Verdict::of(&result, p, margin);
            // What diverged is behind whatever finished, by how much is no question of numbers.
            let is_barred = is_barred(verdict, diverged);
            let names = [entry.title.clone(), reference];
            let unit = yardstick.differences();
            let said = sentence((&names[0], &names[1]), &result, p, (family, can_pass), margin, unit);
            let bounds = result.interval.filter(|_| p.is_some()).map(|i| match unit.better {
                Direction::Larger => [i.low, i.high],
                Direction::Smaller => [i.high, i.low],
            });
            views.entry(task.name.clone()).or_default().push(ComparisonView {
                entry: entry.key.clone(),
                unit: unit.name.into(),
                differences: result.differences.iter().map(|d| drawn(*d)).collect(),
                repetitions,
                bounds: bounds.map(|ends| ends.map(drawn)),
                won_interval: share
                    .filter(|_| enough(&result))
                    .map(|w| [w.interval.low, w.interval.high].map(percentage)),
                // A share of pairs must not say more than the corrected test allows.
                won_verdict: match (share, win(&turned)) {
                    _ if p.is_none_or(|p| p >= LEVEL) || is_barred => None,
                    (Some(won), _) if won.is_meaningful() => Some("more often"),
                    (_, Some(lost)) if lost.is_meaningful() => Some("less often"),
                    _ => None,
                },
                spread: result.spread.map(|spread| yardstick.print(spread)),
                can_pass,
                clear: is_clear(&result) && !is_barred,
                won_text: won_text(&result),
                seeds_to_settle: seeds_to_settle(&result, family).filter(|_| !is_barred),
                seeds_to_resolve: seeds_to_resolve(&result, margin, family).filter(|_| !is_barred),
                n: result.n,
                difference: points(result.difference),
                interval: bounds.map(|ends| ends.map(points)),
                adjusted_p: p.map(p_text),
                won: percentage(result.won),
                correlation: result
                    .correlation
                    .filter(|_| enough(&result))
                    .map(|r| signed(&format!("{r:.2}"))),
                verdict: match (is_same, is_barred) {
                    (true, _) => "the same runs",
                    (_, true) => Verdict::Undecided.word(),
                    _ => verdict.word(),
                },
                sentence: match (is_same, is_barred) {
                    (true, _) => None,
                    (_, true) => said.map(|_| {
                        let difference = format!("{} {}", points(result.difference), unit.name);
                        barred_sentence(&names, diverged, &difference, result.n)
                    }),
                    _ => said,
                },
                same_runs: is_same,
                names,
            });
        }
        Ok(Self { family, views, best, groups: alike })
    }

    pub(crate) fn of(&self, task: &str) -> Vec<ComparisonView> {
        self.views.get(task).cloned().unwrap_or_default()
    }

    /// The letters of an entry on a task: it shares one with each entry that it cannot be told apart from.
    pub(crate) fn letters(&self, task: &str, entry: &str) -> Option<&str> {
        self.groups.get(task)?.get(entry).map(String::as_str)
    }

    /// The entry whose lead over every other is supported, if there is one.
    pub(crate) fn best(&self, task: &str) -> Option<&str> {
        self.best.get(task)?.as_deref()
    }
}

/// A comparison before the family is known.
struct Found<'a> {
    task: &'a TaskCard,
    entry: &'a Entry,
    yardstick: Yardstick,
    /// Of gains.
    result: Paired,
    /// The seeds of its pairs.
    repetitions: Vec<u64>,
    /// Runs of the challenger and of the reference that diverged.
    diverged: [usize; 2],
    is_same: bool,
}

/// Scores as numbers of which more is better.
fn gains(mut scores: BTreeMap<String, Vec<Score>>, yardstick: &Yardstick) -> BTreeMap<String, Vec<Score>> {
    scores.values_mut().flatten().for_each(|score| score.value = yardstick.turned(score.value));
    scores
}

/// How many runs of each entry diverged.
fn diverged(scores: &BTreeMap<String, Vec<Score>>, entries: [&str; 2]) -> [usize; 2] {
    entries.map(|key| scores.get(key).map_or(0, |runs| runs.iter().filter(|run| run.diverged).count()))
}

/// Whether a verdict may not be given: that an entry of which runs diverged is ahead of one of which none did, or that it
/// is as good as another.
fn is_barred(verdict: Verdict, [challenger, reference]: [usize; 2]) -> bool {
    match verdict {
        Verdict::Better | Verdict::BetterUncertain => challenger > 0 && reference == 0,
        Verdict::Worse | Verdict::WorseUncertain => reference > 0 && challenger == 0,
        Verdict::Equivalent | Verdict::BelowMargin => challenger + reference > 0,
        Verdict::Exploratory | Verdict::Undecided => false,
    }
}

fn barred_sentence(names: &[String; 2], [first, second]: [usize; 2], difference: &str, n: usize) -> String {
    format!(
        "{} against {} is undecided: runs diverged, {first} of the first and {second} of the second, and such an entry is \
         neither ahead of one of which none did nor equivalent to any (difference {difference}, n\u{a0}=\u{a0}{n} pairs).",
        names[0], names[1],
    )
}

/// The entry others are held against: the one that the study names, else its first.
pub(crate) fn reference(task: &TaskCard) -> Option<String> {
    let named = task.reference.as_ref();
    let entry = task.entries.iter().find(|e| Some(&e.key) == named).or(task.entries.first())?;
    Some(entry.key.clone())
}

/// Comparisons of a challenger with the reference that will have enough pairs when the study is finished.
fn family(manifest: &Manifest) -> usize {
    planned(manifest).into_iter().filter(|pairs| *pairs >= FEWEST_PAIRS).count()
}

/// The pairs that every comparison of a challenger with the reference will have when the study is finished.
pub(crate) fn planned(manifest: &Manifest) -> Vec<usize> {
    let mut seeds: BTreeMap<(&str, &str), BTreeSet<u64>> = BTreeMap::new();
    for run in &manifest.runs {
        seeds.entry((&run.task, &run.entry)).or_default().insert(run.repetition);
    }
    let trained = |task: &&TaskCard| matches!(task.kind, TaskKind::Training { .. });
    let challengers = manifest.tasks.iter().filter(trained).flat_map(|task| {
        let reference = reference(task).unwrap_or_default();
        let base = seeds.get(&(task.name.as_str(), reference.as_str())).cloned().unwrap_or_default();
        let seeds = &seeds;
        task.entries.iter().filter(move |entry| entry.key != reference).map(move |entry| {
            let own = seeds.get(&(task.name.as_str(), entry.key.as_str()));
            own.map_or(0, |own| own.intersection(&base).count())
        })
    });
    challengers.collect()
}

/// The repetitions that both have.
fn common(scores: &BTreeMap<String, Vec<Score>>, [one, other]: [&str; 2]) -> BTreeSet<u64> {
    let of = |key: &str| -> BTreeSet<u64> {
        scores.get(key).into_iter().flatten().map(|score| score.repetition).collect()
    };
    &of(one) & &of(other)
}

/// Pairs of the repetitions that both sides have.
fn compare(scores: &BTreeMap<String, Vec<Score>>, challenger: &str, reference: &str) -> Option<Paired> {
    let by_seed = |key: &str| -> Option<BTreeMap<u64, f64>> {
        Some(scores.get(key)?.iter().map(|s| (s.repetition, s.value)).collect())
    };
    let (ours, theirs) = (by_seed(challenger)?, by_seed(reference)?);
    let common = common(scores, [challenger, reference]);
    let take = |side: &BTreeMap<u64, f64>| common.iter().map(|k| side[k]).collect::<Vec<_>>();
    paired(&take(&ours), &take(&theirs))
}

/// The entry of largest mean gain, if it differs from each other entry after adjustment over all pairs of entries:
/// the best was picked by looking, so the pairs it was not in count as well.
fn supported_best(task: &TaskCard, scores: &BTreeMap<String, Vec<Score>>) -> Option<String> {
    let mean =
        |key: &str| scores.get(key).and_then(|s| stats::mean(&s.iter().map(|s| s.value).collect::<Vec<_>>()));
    let keys: Vec<&str> = task.entries.iter().map(|e| e.key.as_str()).collect();
    let best = *keys.iter().filter(|k| mean(k).is_some()).max_by(|a, b| {
        let of = |k: &str| mean(k).unwrap_or(f64::NEG_INFINITY);
        of(a).total_cmp(&of(b))
    })?;
    // One of which runs diverged is not the best while another has none.
    let fallen = |key: &str| diverged(scores, [key, key])[0];
    if fallen(best) > 0 && keys.iter().any(|key| mean(key).is_some() && fallen(key) == 0) {
        return None;
    }
    let p_of = |a: &str, b: &str| {
        let result = compare(scores, a, b).filter(|r| r.n >= FEWEST_PAIRS);
        // The best by its own seeds may be behind on those it shares with another.
        let is_behind = |r: &Paired| a == best && r.difference <= 0.0 || b == best && r.difference >= 0.0;
        result.filter(|r| !is_behind(r)).and_then(|r| r.p).unwrap_or(1.0)
    };
    // Fifty entries make more than a thousand pairs, each a test of many thousand sign patterns. Mostly a few settle it: no
    // adjustment makes a p value smaller, Holm's adjusts a part of a family no more than it does within the whole, and the
    // whole by no more than its size. The closest rivals come first.
    let mut rivals: Vec<(&str, f64)> =
        keys.iter().filter(|k| **k != best).map(|k| (*k, mean(k).unwrap_or(f64::INFINITY))).collect();
    rivals.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut against: Vec<f64> = Vec::new();
    for (rival, _) in rivals {
        against.push(p_of(best, rival));
        if against.last().is_some_and(|p| *p >= LEVEL) {
            return None;
        }
    }
    if against.is_empty() || holm(&against).iter().any(|p| *p >= LEVEL) {
        return None;
    }
    let pairs = (keys.len() * (keys.len() - 1) / 2) as f64;
    if against.iter().all(|p| pairs * p < LEVEL) {
        return Some(best.to_string());
    }
    let (mut p, mut with_best) = (Vec::new(), Vec::new());
    for (i, a) in keys.iter().enumerate() {
        for b in &keys[i + 1..] {
            p.push(p_of(a, b));
            with_best.push(*a == best || *b == best);
        }
    }
    let supported = holm(&p).into_iter().zip(with_best).all(|(p, with_best)| !with_best || p < LEVEL);
    supported.then(|| best.to_string())
}
