//! The expanded stratified bootstrap: intervals of statistics that pool several tasks.
//!
//! Seeds are drawn with replacement *within* each stratum (a task), never from the pooled list, so that every
//! resample has as many runs of each task as the data. The plain percentile interval is too short for few
//! seeds; the expanded one reads the resampled statistic at Φ(−c) and Φ(c) instead of 2.5 % and 97.5 %, with
//! c = √(n / (n − 1)) · t₀.₉₇₅ (Hesterberg, "What teachers should know about the bootstrap", The American
//! Statistician 69, 2015). The root undoes the bootstrap's denominator n, Student's t accounts for the
//! estimated spread. For T strata, n is the size of the smallest and t has T (n − 1) degrees of freedom: that
//! many differences enter the spread if every stratum is as small as the smallest.
//!
//! The draws are a pure function of the sizes: stratum s of size n is resampled alike in every call, whatever
//! the values and the other strata. Competitors with the same seeds are thus resampled jointly, as paired
//! data should be.

use crate::verdict::{FEWEST_PAIRS, LEVEL};
use crate::{Interval, mean, normal_cdf, t_quantile};
use streams::Stream;

/// Resamples of an interval: so many because the expanded levels lie far out.
pub const RESAMPLES: usize = 10_000;
/// Master seed of the draws.
pub const SEED: u64 = 0;
/// Fewest values in a stratum for which an interval is given.
pub const FEWEST_PER_STRATUM: usize = FEWEST_PAIRS;

/// The share of resamples left out on each side of a 95 % interval, Φ(−c). `None` without a stratum or if one
/// has fewer than [`FEWEST_PER_STRATUM`] values.
pub fn expanded_tail(sizes: &[usize]) -> Option<f64> {
    let n = *sizes.iter().min()?;
    if n < FEWEST_PER_STRATUM {
        return None;
    }
    let (degrees, n) = ((sizes.len() * (n - 1)) as u32, n as f64);
    Some(normal_cdf(-(n / (n - 1.0)).sqrt() * t_quantile(1.0 - 0.5 * LEVEL, degrees)))
}

/// 95 % interval of any statistic. `sizes` are the numbers of values in the strata; `statistic` is given, for
/// each stratum, the indices drawn in it (as many as it has values).
///
/// `None` if [`expanded_tail`] is, and if the statistic is `None` or not a number for any resample, of which
/// the remaining ones are then not asked for: an interval of the resamples that happen to have a value would
/// be one of something else. A statistic that is unbounded for a resample (a cost when no run succeeded) can
/// say so by an infinity.
pub fn stratified_interval(
    sizes: &[usize],
    mut statistic: impl FnMut(&[Vec<u32>]) -> Option<f64>,
) -> Option<Interval> {
    let tail = expanded_tail(sizes)?;
    let mut values = resamples(sizes, |indices| statistic(indices).filter(|value| !value.is_nan()))?;
    Some(percentiles(&mut values, tail))
}

/// What `statistic` says of every resample, in order; `None` as soon as it does.
pub(crate) fn resamples<T>(
    sizes: &[usize],
    mut statistic: impl FnMut(&[Vec<u32>]) -> Option<T>,
) -> Option<Vec<T>> {
    let stream = stream();
    let mut indices: Vec<Vec<u32>> = sizes.iter().map(|&n| Vec::with_capacity(n)).collect();
    let resample = |resample| {
        for (stratum, (indices, &size)) in indices.iter_mut().zip(sizes).enumerate() {
            indices.clear();
            draw(stream, resample, stratum, size, |i| indices.push(i));
        }
        statistic(&indices)
    };
    (0..RESAMPLES).map(resample).collect()
}

/// The values at `indices`, stratum after stratum: what a statistic of pooled scores starts from.
///
/// ```
/// let scores: [&[f64]; 2] = [&[0.9, 0.8, 0.7, 0.9, 0.6], &[0.5, 0.7, 0.6, 0.5, 0.6]];
/// let gap = |indices: &[Vec<u32>]| stats::optimality_gap(&stats::bootstrap::pooled(&scores, indices));
/// let interval = stats::bootstrap::stratified_interval(&[5, 5], gap).unwrap();
/// assert!(interval.low < 0.32 && 0.32 < interval.high);
/// ```
pub fn pooled(strata: &[&[f64]], indices: &[Vec<u32>]) -> Vec<f64> {
    let chosen = strata.iter().zip(indices);
    chosen.flat_map(|(values, drawn)| drawn.iter().map(|&i| values[i as usize])).collect()
}

/// 95 % interval of [`crate::interquartile_mean`] of the pooled values; the same as [`stratified_interval`]
/// gives, to the bit, but linear in their number: values are ranked once, a resample is counted by rank.
pub fn iqm_interval(strata: &[&[f64]]) -> Option<Interval> {
    let sizes: Vec<usize> = strata.iter().map(|values| values.len()).collect();
    let tail = expanded_tail(&sizes)?;
    let stream = stream();
    let (ranks, sorted) = ranked(strata);
    let (n, cut) = (sorted.len(), sorted.len() / 4);
    let mut counts = vec![0_u32; n];
    let mut sample = vec![0.0; n + BURST];
    let mut means = Vec::with_capacity(RESAMPLES);
    for resample in 0..RESAMPLES {
        let mut rest = ranks.as_slice();
        for (stratum, &size) in sizes.iter().enumerate() {
            let (ranks, later) = rest.split_at(size);
            draw(stream, resample, stratum, size, |i| counts[ranks[i as usize] as usize] += 1);
            rest = later;
        }
        unroll(&mut counts, &sorted, &mut sample);
        means.push(mean(&sample[cut..n - cut]).filter(|mean| !mean.is_nan())?);
    }
    Some(percentiles(&mut means, tail))
}

/// The rank of every value, stratum after stratum, and the values by rank.
fn ranked(strata: &[&[f64]]) -> (Vec<u32>, Vec<f64>) {
    let values = strata.concat();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0; values.len()];
    for (rank, &i) in order.iter().enumerate() {
        ranks[i] = rank as u32;
    }
    (ranks, order.into_iter().map(|i| values[i]).collect())
}

/// Copies written of each value at once, whether wanted or not: a value is rarely drawn more often, and how
/// often it is cannot be foreseen by the processor.
const BURST: usize = 4;

/// Writes each value as often as it was counted, in order, and clears the counts. `sample` is longer by
/// [`BURST`].
fn unroll(counts: &mut [u32], values: &[f64], sample: &mut [f64]) {
    let mut next = 0;
    for (count, &value) in counts.iter_mut().zip(values) {
        let times = *count as usize;
        sample[next..next + BURST].fill(value);
        if times > BURST {
            sample[next + BURST..next + times].fill(value);
        }
        next += times;
        *count = 0;
    }
}

fn stream() -> Stream {
    Stream::new(SEED, "", "bootstrap", 0)
}

/// Hands the indices of one resample of one stratum to `take`: uniform without bias by Lemire's rejection, as
/// in [`streams::Draws::below`], from blocks taken several at once.
fn draw(stream: Stream, resample: usize, stratum: usize, size: usize, mut take: impl FnMut(u32)) {
    let step = (stratum as u64) << 32 | resample as u64;
    let (n, mut missing, mut first) = (size as u32, size, 0);
    let threshold = n.wrapping_neg() % n;
    while missing > 0 {
        let blocks = stream.blocks::<4>(step, first);
        first += 4;
        for &word in blocks.as_flattened().iter().take(missing) {
            let product = u64::from(word) * u64::from(n);
            if product as u32 >= threshold {
                take((product >> 32) as u32);
                missing -= 1;
            }
        }
    }
}

/// The order statistics at distance `tail` from both ends, the outer ones where it falls between two: an
/// interval of the negated values is the negated interval, and infinities need no arithmetic.
pub(crate) fn percentiles(values: &mut [f64], tail: f64) -> Interval {
    let last = values.len() - 1;
    let outer = (tail * last as f64) as usize;
    let (_, low, above) = values.select_nth_unstable_by(outer, f64::total_cmp);
    let low = *low;
    let high = match (last - outer).checked_sub(outer + 1) {
        Some(nth) => *above.select_nth_unstable_by(nth, f64::total_cmp).1,
        None => low,
    };
    Interval { low, high }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{interquartile_mean, normal_quantile, standard_deviation};
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn views(strata: &[Vec<f64>]) -> (Vec<&[f64]>, Vec<usize>) {
        (strata.iter().map(Vec::as_slice).collect(), strata.iter().map(Vec::len).collect())
    }

    fn general(strata: &[Vec<f64>]) -> Option<Interval> {
        let (strata, sizes) = views(strata);
        stratified_interval(&sizes, |indices| interquartile_mean(&pooled(&strata, indices)))
    }

    /// Printed tables of t₀.₉₇₅: 2.776 for 4 degrees of freedom, 2.262 for 9, 2.179 for 12, 2.052 for 27. Φ
    /// of −√(5/4) · 2.776445, −√(10/9) · 2.262157, −√(5/4) · 2.178813 and −√(10/9) · 2.051831.
    #[test]
    fn tails_by_hand() {
        for (sizes, tail) in [
            (&[5][..], 0.000_954_101),
            (&[10], 0.008_550_639),
            (&[5, 5, 5], 0.007_425_613),
            (&[10, 10, 10], 0.015_277_542),
            // The smallest stratum speaks for all.
            (&[30, 10, 12], 0.015_277_542),
        ] {
            assert!((expanded_tail(sizes).unwrap() - tail).abs() < 1e-9, "{sizes:?}");
        }
        // Against the plain 2.5 %: a tenth longer for three tasks of ten seeds, a fifth for one.
        let longer =
            |sizes: &[usize]| normal_quantile(expanded_tail(sizes).unwrap()) / normal_quantile(0.025);
        assert!((longer(&[10, 10, 10]) - 1.10).abs() < 5e-3 && (longer(&[10]) - 1.22).abs() < 5e-3);
        assert_eq!(
            (expanded_tail(&[]), expanded_tail(&[4]), expanded_tail(&[10, 4, 10])),
            (None, None, None)
        );
    }

    /// One value of eight is 1, the others 0: with K ~ B(8, 1/8) ones in a resample, the mean is K / 8 and
    /// the interquartile mean (K − 2) / 4 within 0 and 1. The share left out is 0.005738; P(K ≥ 4) = 0.011248
    /// and P(K ≥ 5) = 0.001230.
    #[test]
    fn intervals_by_counting() {
        let mut values = vec![0.0; 8];
        values[3] = 1.0;
        assert_eq!(general(&[values.clone()]), Some(Interval { low: 0.0, high: 0.5 }));
        assert_eq!(iqm_interval(&[&values]), Some(Interval { low: 0.0, high: 0.5 }));
        let of_mean = stratified_interval(&[8], |indices| mean(&pooled(&[&values], indices)));
        assert_eq!(of_mean, Some(Interval { low: 0.0, high: 0.5 }));
    }

    /// The sum of n values drawn with replacement has n times their variance (with denominator n): 4 · 5/4 +
    /// 6 · 35/12 for two strata. Drawn from the pool of both it would be 24 505.
    #[test]
    fn seeds_are_drawn_within_strata() {
        let strata = [vec![1.0, 2.0, 3.0, 4.0], vec![101.0, 102.0, 103.0, 104.0, 105.0, 106.0]];
        let (strata, sizes) = views(&strata);
        let sums = resamples(&sizes, |indices| Some(pooled(&strata, indices).iter().sum::<f64>())).unwrap();
        assert_eq!(sums.len(), RESAMPLES);
        // Five standard errors of mean and spread.
        assert!((mean(&sums).unwrap() - 631.0).abs() < 5.0 * 22.5_f64.sqrt() / 100.0);
        assert!((standard_deviation(&sums).unwrap() / 22.5_f64.sqrt() - 1.0).abs() < 5.0 / 20_000_f64.sqrt());
    }

    #[test]
    fn a_stratum_is_resampled_alike_whatever_the_others() {
        let of =
            |sizes: &[usize], stratum: usize| resamples(sizes, |all| Some(all[stratum].clone())).unwrap();
        let alone = of(&[6, 7], 1);
        assert_eq!(alone, of(&[20, 7, 5], 1));
        assert_ne!(alone, of(&[7, 7], 0));
        assert!(alone.iter().all(|drawn| drawn.len() == 7 && drawn.iter().all(|i| *i < 7)));
        // Every index as often as any other: 10 000 each, within five standard errors.
        for index in 0..7 {
            let count = alone.iter().flatten().filter(|i| **i == index).count() as f64;
            assert!((count - 10_000.0).abs() < 5.0 * (10_000.0 * 6.0 / 7.0_f64).sqrt());
        }
    }

    #[test]
    fn a_statistic_without_a_value_ends_it() {
        let mut asked = 0;
        let failing = |_: &[Vec<u32>]| {
            asked += 1;
            (asked < 7).then_some(1.0)
        };
        assert_eq!((stratified_interval(&[5], failing), asked), (None, 7));
        assert_eq!(stratified_interval(&[5], |_| Some(f64::NAN)), None);
        assert_eq!(iqm_interval(&[&[1.0, 2.0, f64::NAN, 4.0, 5.0]]), None);
        assert_eq!((iqm_interval(&[]), iqm_interval(&[&[1.0; 4]])), (None, None));
        // Costs without bound: in a resample of five with one infinity, two of them reach the middle three
        // often.
        let unbounded = iqm_interval(&[&[1.0, 1.0, 1.0, 1.0, f64::INFINITY]]).unwrap();
        assert_eq!(unbounded, Interval { low: 1.0, high: f64::INFINITY });
    }

    #[test]
    fn percentiles_by_hand() {
        let of = |values: &[f64], tail| percentiles(&mut values.to_vec(), tail);
        let eleven: Vec<f64> = (0..11).rev().map(f64::from).collect();
        assert_eq!(of(&eleven, 0.1), Interval { low: 1.0, high: 9.0 });
        assert_eq!(of(&eleven, 0.19), Interval { low: 1.0, high: 9.0 });
        assert_eq!(of(&eleven, 0.0), Interval { low: 0.0, high: 10.0 });
        assert_eq!(of(&eleven, 0.5), Interval { low: 5.0, high: 5.0 });
        assert_eq!(of(&[3.0], 0.02), Interval { low: 3.0, high: 3.0 });
    }

    fn strata() -> impl Strategy<Value = Vec<Vec<f64>>> {
        // Few distinct values, so that there are ties, and of both signs.
        let value = (-20i32..20).prop_map(|x| f64::from(x) / 8.0);
        vec(vec(value, 5..14), 1..5)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn the_fast_way_is_the_general_one(strata in strata(), scale in 0.1..3.0f64) {
            let times = |stratum: &Vec<f64>| stratum.iter().map(|x| scale * x).collect();
            let scaled: Vec<Vec<f64>> = strata.iter().map(times).collect();
            let interval = iqm_interval(&views(&scaled).0).unwrap();
            prop_assert_eq!(general(&scaled), Some(interval));
            let all = scaled.concat();
            let ends = |best: fn(f64, f64) -> f64| all.iter().copied().reduce(best).unwrap();
            // A mean of three equal values may be rounded away from them.
            prop_assert!(ends(f64::min) - 1e-12 <= interval.low && interval.low <= interval.high);
            prop_assert!(interval.high <= ends(f64::max) + 1e-12);
        }

        #[test]
        fn the_negated_data_has_the_negated_interval(strata in strata()) {
            let negated: Vec<Vec<f64>> = strata.iter().map(|s| s.iter().map(|x| -x).collect()).collect();
            // Eighths are exact, and so are their sums.
            let of = |strata: &[Vec<f64>]| iqm_interval(&views(strata).0).unwrap();
            let (a, b) = (of(&strata), of(&negated));
            prop_assert_eq!((a.low, a.high), (-b.high, -b.low));
        }
    }
}
