//! Performance profiles, and how much their order depends on who takes part.

use crate::Interval;
use crate::bootstrap::{expanded_tail, percentiles, resamples};

/// Largest factor τ of the areas under a profile.
pub const LARGEST_FACTOR: f64 = 4.0;
/// Areas closer than this are equal: they are sums of rounded logarithms.
const TIE: f64 = 1e-12;

/// For every competitor, on how many problems its cost is within a factor τ of the best (Dolan and Moré,
/// "Benchmarking optimization software with performance profiles", Mathematical Programming 91, 2002).
///
/// The best is the best of those present, so that the order of two competitors can change when a third comes
/// or goes (Gould and Scott, "A note on performance profiles for benchmarking software", ACM Transactions on
/// Mathematical Software 43, 2016; [`unstable_pairs`]). A profile illustrates; rank by
/// [`crate::geometric_mean_ratio`].
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Cost over the best cost, competitor by problem; `None` where it was not solved.
    ratios: Vec<Vec<Option<f64>>>,
    problems: usize,
}

/// A step of a profile: from this factor on, this share of the problems, up to the next step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// log₂ τ.
    pub log2_factor: f64,
    /// Share of all problems solved within it.
    pub share: f64,
}

/// Two competitors whose order hangs on a third.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnstablePair {
    /// Index of the one that is ahead when all take part.
    pub ahead: usize,
    /// Index of the one behind, which leads without the third.
    pub behind: usize,
    /// Index of the third.
    pub without: usize,
}

impl Profile {
    /// The profile of costs given by competitor and problem (a task and seed), `None` where the target was
    /// not reached. A problem that nobody solves counts among the problems all the same. `None` without a
    /// competitor or a problem, if competitors differ in their number of problems, or for a cost that is not
    /// positive and finite.
    pub fn of<C: AsRef<[Option<f64>]>>(costs: &[C]) -> Option<Self> {
        let problems = costs.first()?.as_ref().len();
        let is_cost = |cost: &f64| *cost > 0.0 && cost.is_finite();
        let is_row = |row: &C| row.as_ref().len() == problems && row.as_ref().iter().flatten().all(is_cost);
        if problems == 0 || !costs.iter().all(is_row) {
            return None;
        }
        let mut best = vec![f64::INFINITY; problems];
        for row in costs {
            for (best, cost) in best.iter_mut().zip(row.as_ref()) {
                *best = best.min(cost.unwrap_or(f64::INFINITY));
            }
        }
        let relative = |row: &C| {
            row.as_ref().iter().zip(&best).map(|(cost, best)| cost.map(|cost| cost / best)).collect()
        };
        Some(Self { ratios: costs.iter().map(relative).collect(), problems })
    }

    /// The step function of a competitor. The first step is at τ = 1, with the share of problems on which it
    /// is the best (maybe 0); the last one reaches the plateau.
    pub fn steps(&self, competitor: usize) -> Vec<Step> {
        let mut sorted: Vec<f64> = self.ratios[competitor].iter().flatten().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let mut steps = vec![Step { log2_factor: 0.0, share: 0.0 }];
        let mut solved = 0;
        for same in sorted.chunk_by(|a, b| a == b) {
            solved += same.len();
            let step = Step { log2_factor: same[0].log2(), share: solved as f64 / self.problems as f64 };
            // τ = 1 is there already, and ratios that differ in the last bit may share a logarithm.
            match steps.last_mut().filter(|last| last.log2_factor == step.log2_factor) {
                Some(last) => *last = step,
                None => steps.push(step),
            }
        }
        steps
    }

    /// Share of the problems that a competitor solves at all: the level its profile ends on.
    pub fn plateau(&self, competitor: usize) -> f64 {
        self.ratios[competitor].iter().flatten().count() as f64 / self.problems as f64
    }

    /// Mean of a competitor's profile over τ from 1 to [`LARGEST_FACTOR`].
    pub fn area(&self, competitor: usize) -> f64 {
        self.mean_left(competitor, |ratio| (LARGEST_FACTOR - ratio) / (LARGEST_FACTOR - 1.0))
    }

    /// Mean of a competitor's profile over log τ, τ from 1 to [`LARGEST_FACTOR`].
    pub fn log_area(&self, competitor: usize) -> f64 {
        self.mean_left(competitor, |ratio| 1.0 - ratio.log2() / LARGEST_FACTOR.log2())
    }

    /// The area under a sum of steps is the sum of what is left of the axis beyond each.
    fn mean_left(&self, competitor: usize, left: impl Fn(f64) -> f64) -> f64 {
        let solved = self.ratios[competitor].iter().flatten();
        solved.map(|ratio| left(*ratio).max(0.0)).sum::<f64>() / self.problems as f64
    }

    /// Pointwise 95 % band around [`Profile::steps`], an interval for each: the expanded stratified bootstrap, drawing
    /// seeds within strata, for all competitors alike. Problems lie stratum after stratum (task), seed after seed, `each`
    /// of a seed (its targets) beside one another: these are drawn together, for they are not independent. `strata` are the
    /// numbers of seeds. Between two steps the band is as flat as the profile, for no resample has other ratios. `None` if
    /// the numbers do not add up, or if [`expanded_tail`] has none.
    pub fn band(&self, competitor: usize, strata: &[usize], each: usize) -> Option<Vec<Interval>> {
        let tail = expanded_tail(strata)?;
        if strata.iter().sum::<usize>() * each != self.problems {
            return None;
        }
        let steps = self.steps(competitor);
        // The step from which on a problem is solved; one past the last if never.
        let solved_from: Vec<usize> = self.ratios[competitor]
            .iter()
            .map(|ratio| match ratio {
                Some(ratio) => steps.partition_point(|step| step.log2_factor < ratio.log2()),
                None => steps.len(),
            })
            .collect();
        let mut shares = vec![Vec::new(); steps.len()];
        resamples(strata, |indices| {
            let mut counts = vec![0_u32; steps.len() + 1];
            let mut first = 0;
            for (drawn, size) in indices.iter().zip(strata) {
                for &i in drawn {
                    let seed = (first + i as usize) * each;
                    solved_from[seed..seed + each].iter().for_each(|from| counts[*from] += 1);
                }
                first += size;
            }
            let mut solved = 0;
            for (shares, count) in shares.iter_mut().zip(counts) {
                solved += count;
                shares.push(f64::from(solved) / self.problems as f64);
            }
            Some(())
        })?;
        Some(shares.iter_mut().map(|shares| percentiles(shares, tail)).collect())
    }
}

/// Pairs of competitors whose order by [`Profile::log_area`] is reversed when some third one is left out,
/// once for each such third, in ascending order of the pair and the third. A tie is no order and cannot be
/// reversed. Empty if the costs make no [`Profile`].
pub fn unstable_pairs<C: AsRef<[Option<f64>]>>(costs: &[C]) -> Vec<UnstablePair> {
    let rows: Vec<&[Option<f64>]> = costs.iter().map(AsRef::as_ref).collect();
    let areas = |rows: &[&[Option<f64>]]| -> Option<Vec<f64>> {
        let profile = Profile::of(rows)?;
        Some((0..rows.len()).map(|competitor| profile.log_area(competitor)).collect())
    };
    let Some(all) = areas(&rows) else { return Vec::new() };
    let mut found = Vec::new();
    for without in 0..rows.len() {
        let others = [&rows[..without], &rows[without + 1..]].concat();
        let Some(mut left) = areas(&others) else { continue };
        // Its own place is never read, and keeps the indices of the others.
        left.insert(without, f64::NAN);
        for ahead in (0..rows.len()).filter(|i| *i != without) {
            for behind in (0..rows.len()).filter(|i| *i != without) {
                if all[ahead] > all[behind] + TIE && left[ahead] < left[behind] - TIE {
                    found.push(UnstablePair { ahead, behind, without });
                }
            }
        }
    }
    found.sort_by_key(|pair| (pair.ahead.min(pair.behind), pair.ahead.max(pair.behind), pair.without));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const A: [Option<f64>; 2] = [Some(2.0), Some(1.0)];
    const B: [Option<f64>; 2] = [Some(3.0), Some(12.0)];
    const C: [Option<f64>; 2] = [Some(8.0), Some(3.0)];

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b}");
    }

    #[test]
    fn the_order_of_two_depends_on_a_third() {
        let all = Profile::of(&[A, B, C]).unwrap();
        close(all.area(1), 0.417, 5e-4);
        close(all.area(2), 0.167, 5e-4);
        close(all.log_area(1), 0.354, 5e-4);
        close(all.log_area(2), 0.104, 5e-4);
        assert_eq!((all.area(0), all.log_area(0)), (1.0, 1.0));
        let two = Profile::of(&[B, C]).unwrap();
        close(two.area(0), 0.500, 5e-4);
        close(two.area(1), 0.722, 5e-4);
        close(two.log_area(0), 0.500, 5e-4);
        close(two.log_area(1), 0.646, 5e-4);
        assert_eq!(unstable_pairs(&[A, B, C]), [UnstablePair { ahead: 1, behind: 2, without: 0 }]);
        // The same pair, wherever they stand.
        assert_eq!(unstable_pairs(&[C, A, B]), [UnstablePair { ahead: 2, behind: 0, without: 1 }]);
        assert_eq!(unstable_pairs(&[A, B]), []);
    }

    #[test]
    fn steps_by_hand() {
        let slow = [Some(8.0), None, Some(4.0), Some(1.0), Some(16.0)];
        let fast = [Some(4.0), None, Some(1.0), None, Some(8.0)];
        let profile = Profile::of(&[slow, fast]).unwrap();
        // Ratios 2, –, 4, 1, 2 and 1, –, 1, –, 1.
        let steps: Vec<_> = profile.steps(0).iter().map(|step| (step.log2_factor, step.share)).collect();
        assert_eq!(steps, [(0.0, 0.2), (1.0, 0.6), (2.0, 0.8)]);
        assert_eq!(profile.steps(1), [Step { log2_factor: 0.0, share: 0.6 }]);
        assert_eq!((profile.plateau(0), profile.plateau(1)), (0.8, 0.6));
        // (1 + 1/2 + 1/2 + 0 + 0) / 5 on the logarithmic axis, (1 + 2/3 + 2/3) / 5 on the linear one.
        close(profile.log_area(0), 0.4, 1e-15);
        close(profile.area(0), 7.0 / 15.0, 1e-15);
        // Never the best: the profile begins with 0.
        let steps = Profile::of(&[A, C]).unwrap().steps(1);
        assert_eq!(steps[0], Step { log2_factor: 0.0, share: 0.0 });
        close(steps[1].log2_factor, 3.0_f64.log2(), 1e-15);
        let unsolved = Profile::of(&[[None, None]]).unwrap();
        assert_eq!((unsolved.steps(0).len(), unsolved.plateau(0), unsolved.area(0)), (1, 0.0, 0.0));
    }

    #[test]
    fn what_is_no_profile() {
        assert_eq!(Profile::of::<[Option<f64>; 1]>(&[]), None);
        assert_eq!(Profile::of(&[[]]), None);
        assert_eq!(Profile::of(&[&A[..], &A[..1]]), None);
        for cost in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Profile::of(&[[Some(cost)]]), None);
        }
    }

    /// Best on one problem of eight, twice the best cost on another, never there on the others. With K ~ B(8,
    /// k/8) solved of a resample, the share left out on each side being 0.005738: P(K ≥ 4) = 0.011248 and P(K
    /// ≥ 5) = 0.001230 for k = 1, P(K ≥ 5) = 0.027298 and P(K ≥ 7) = 0.000381 for k = 2, P(K ≥ 6) = 0.004227.
    /// Nothing is left of a band where all or nothing is solved.
    #[test]
    fn a_band_by_counting() {
        let mut slow = [None; 8];
        (slow[2], slow[5]) = (Some(1.0), Some(2.0));
        let profile = Profile::of(&[slow, [Some(1.0); 8]]).unwrap();
        let band = profile.band(0, &[8], 1).unwrap();
        assert_eq!(band, [Interval { low: 0.0, high: 0.5 }, Interval { low: 0.0, high: 0.625 }]);
        assert_eq!(profile.band(1, &[8], 1).unwrap(), [Interval { low: 1.0, high: 1.0 }]);
        assert_eq!(
            (profile.band(0, &[4, 4], 1), profile.band(0, &[9], 1), profile.band(0, &[], 1)),
            (None, None, None)
        );
        // Every seed twice over is no more data.
        let twice: Vec<Option<f64>> = slow.iter().flat_map(|cost| [*cost; 2]).collect();
        let doubled = Profile::of(&[twice, vec![Some(1.0); 16]]).unwrap();
        assert_eq!(doubled.band(0, &[8], 2).unwrap(), band);
        assert_eq!(doubled.band(0, &[8], 1), None);
        // What is constant within each stratum has no width, however different the strata are.
        let costs = [[[Some(1.0); 5], [None; 5]].concat(), vec![Some(2.0); 10]];
        let profile = Profile::of(&costs).unwrap();
        assert_eq!(profile.band(0, &[5, 5], 1).unwrap(), [Interval { low: 0.5, high: 0.5 }]);
    }

    fn costs() -> impl Strategy<Value = Vec<Vec<Option<f64>>>> {
        let cost = proptest::option::weighted(0.8, 0.1..50.0f64);
        (1usize..6, 1usize..8)
            .prop_flat_map(move |(competitors, problems)| vec(vec(cost.clone(), problems), competitors))
    }

    proptest! {
        #[test]
        fn profiles_climb_to_their_plateau(costs in costs()) {
            let profile = Profile::of(&costs).unwrap();
            let mut firsts = 0.0;
            for competitor in 0..costs.len() {
                let steps = profile.steps(competitor);
                prop_assert!(steps.windows(2).all(|pair| pair[0].log2_factor < pair[1].log2_factor));
                prop_assert!(steps.windows(2).all(|pair| pair[0].share < pair[1].share));
                prop_assert_eq!(steps[steps.len() - 1].share, profile.plateau(competitor));
                prop_assert!(profile.area(competitor) <= profile.plateau(competitor) + 1e-12);
                prop_assert!(profile.log_area(competitor) >= steps[0].share - 1e-12);
                firsts += steps[0].share;
                // The mean of the step function over the axis, step by step.
                let ends = steps.iter().skip(1).map(|step| step.log2_factor).chain([f64::INFINITY]);
                let area: f64 = steps.iter().zip(ends)
                    .map(|(step, end)| step.share * (end.min(2.0) - step.log2_factor.min(2.0)) / 2.0).sum();
                prop_assert!((area - profile.log_area(competitor)).abs() < 1e-12);
            }
            // Somebody is the best on every problem that is solved at all.
            let solved = (0..costs[0].len()).filter(|i| costs.iter().any(|row| row[*i].is_some())).count();
            prop_assert!(firsts >= solved as f64 / costs[0].len() as f64 - 1e-12);
        }

        #[test]
        fn a_unit_of_cost_changes_nothing(costs in costs()) {
            // A power of two, so that not even rounding does.
            let times_eight = |row: &Vec<Option<f64>>| row.iter().map(|cost| cost.map(|c| 8.0 * c)).collect();
            let scaled: Vec<Vec<_>> = costs.iter().map(times_eight).collect();
            prop_assert_eq!(Profile::of(&scaled), Profile::of(&costs));
            prop_assert_eq!(unstable_pairs(&scaled), unstable_pairs(&costs));
        }

        #[test]
        fn unstable_pairs_are_reversed_by_leaving_out(costs in costs()) {
            for pair in unstable_pairs(&costs) {
                let all = Profile::of(&costs).unwrap();
                prop_assert!(all.log_area(pair.ahead) > all.log_area(pair.behind));
                let mut others = costs.clone();
                others.remove(pair.without);
                let place = |i: usize| i - usize::from(i > pair.without);
                let left = Profile::of(&others).unwrap();
                prop_assert!(left.log_area(place(pair.ahead)) < left.log_area(place(pair.behind)));
            }
        }
    }
}
