//! Nominal 95 % intervals hold the truth in 95 % of simulated experiments, and the plain bootstrap does not.

use stats::bootstrap::pooled;
use stats::{Interval, interquartile_mean, iqm_interval, mean_interval, paired, stratified_interval};
use streams::{Draws, Stream};

/// The standard error of a share of 0.95 of this many is 0.0056; the band's half width is 3.5 of them.
const EXPERIMENTS: u64 = 1500;
const FROM: f64 = 0.93;
const TO: f64 = 0.97;

/// Share of the experiments in which the interval held `truth`.
fn coverage(name: &str, truth: f64, mut experiment: impl FnMut(&mut Draws) -> Interval) -> f64 {
    let stream = Stream::new(0, "", name, 0);
    let held = (0..EXPERIMENTS).filter(|number| {
        let interval = experiment(&mut stream.draws(*number));
        interval.low <= truth && truth <= interval.high
    });
    held.count() as f64 / EXPERIMENTS as f64
}

fn assert_nominal(share: f64) {
    assert!((FROM..=TO).contains(&share), "the truth is held by {share} of the intervals");
}

fn normal(draws: &mut Draws, n: usize) -> Vec<f64> {
    (0..n).map(|_| draws.normal()).collect()
}

/// Scores on three tasks of one level and spread: symmetric about 0, and so is their interquartile mean.
fn tasks(draws: &mut Draws, n: usize) -> Vec<Vec<f64>> {
    (0..3).map(|_| normal(draws, n)).collect()
}

fn views(tasks: &[Vec<f64>]) -> Vec<&[f64]> {
    tasks.iter().map(Vec::as_slice).collect()
}

#[test]
fn student_mean() {
    assert_nominal(coverage("mean", 0.0, |draws| mean_interval(&normal(draws, 10), 0.95).unwrap()));
}

/// The limits of it: log-normal data with σ = ½, of mean e^(1/8), whose intervals hold it somewhat less often.
#[test]
fn student_mean_of_skewed_data() {
    let share = coverage("skewed", 0.125_f64.exp(), |draws| {
        let values: Vec<f64> = normal(draws, 10).iter().map(|x| (0.5 * x).exp()).collect();
        mean_interval(&values, 0.95).unwrap()
    });
    assert!((0.90..0.95).contains(&share), "{share}");
}

/// Both sides share a part of the seed's luck; the challenger is better by 0.3 on average.
#[test]
fn paired_difference() {
    assert_nominal(coverage("paired", 0.3, |draws| {
        let (mut challenger, mut reference) = (normal(draws, 10), normal(draws, 10));
        for (challenger, reference) in challenger.iter_mut().zip(&mut reference) {
            let seed = draws.normal();
            *challenger += seed + 0.3;
            *reference += seed;
        }
        paired(&challenger, &reference).unwrap().interval.unwrap()
    }));
}

#[test]
fn pooled_interquartile_mean_of_ten_seeds() {
    let experiment = |draws: &mut Draws| iqm_interval(&views(&tasks(draws, 10))).unwrap();
    assert_nominal(coverage("ten seeds", 0.0, experiment));
}

#[test]
fn pooled_interquartile_mean_of_five_seeds() {
    let experiment = |draws: &mut Draws| iqm_interval(&views(&tasks(draws, 5))).unwrap();
    assert_nominal(coverage("five seeds", 0.0, experiment));
}

/// On the same data as above: the resamples at 2.5 % and 97.5 % instead of the expanded levels.
#[test]
fn the_plain_percentile_bootstrap_falls_short() {
    let share = coverage("five seeds", 0.0, |draws| {
        let tasks = tasks(draws, 5);
        let mut resampled = Vec::new();
        // Levels this near need fewer resamples; the statistic ends them by having no value.
        let enough = |indices: &[Vec<u32>]| {
            resampled.push(interquartile_mean(&pooled(&views(&tasks), indices)).unwrap());
            (resampled.len() < 999).then_some(0.0)
        };
        assert_eq!(stratified_interval(&[5, 5, 5], enough), None);
        resampled.sort_by(f64::total_cmp);
        Interval { low: resampled[24], high: resampled[974] }
    });
    assert!(share < FROM, "the truth is held by {share} of the intervals");
}
