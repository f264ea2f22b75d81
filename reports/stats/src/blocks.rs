//! Whether several treatments differ at all, over blocks that all of them have in common.

use streams::Stream;

/// Most arrangements that are enumerated.
pub const MOST_ARRANGEMENTS: u64 = 1_000_000;
/// Arrangements drawn where there are more.
const DRAWN: u32 = 99_999;

/// p value of the hypothesis that it does not matter which treatment is which: `blocks` has the values of all treatments, block by
/// block (here entries, seed by seed), and under the hypothesis every order within a block is as likely as any other. The statistic is
/// that of an analysis of variance with repeated measures, whose F grows with the sum of squares between the treatments alone, since
/// orders within blocks leave everything else as it is. Exact where there are at most [`MOST_ARRANGEMENTS`] (k!ⁿ⁻¹ for k treatments
/// and n blocks: the order of one block is only a name); above, from arrangements of a fixed stream, the observed one counted in.
/// Values that are not finite are replaced by ranks, in all blocks (Friedman's test, by permutation). `None` for less than two blocks
/// or treatments, or blocks of unequal lengths.
pub fn treatments_p(blocks: &[Vec<f64>]) -> Option<f64> {
    let treatments = blocks.first()?.len();
    if blocks.len() < 2 || treatments < 2 || blocks.iter().any(|block| block.len() != treatments) {
        return None;
    }
    let is_finite = blocks.iter().flatten().all(|value| value.is_finite());
    let centred: Vec<Vec<f64>> = blocks.iter().map(|block| centred(block, is_finite)).collect();
    let mut sums = vec![0.0; treatments];
    centred.iter().for_each(|block| add(&mut sums, block, &identity(treatments)));
    // Arrangements that tie in exact arithmetic must count as ties however their sums are rounded.
    let threshold = size(&sums) * (1.0 - 1e-12) - f64::MIN_POSITIVE;
    let orders: u64 = (1..=treatments as u64).try_fold(1_u64, u64::checked_mul).unwrap_or(u64::MAX);
    let all = (1..blocks.len()).try_fold(1_u64, |all, _| all.checked_mul(orders));
    match all.filter(|all| *all <= MOST_ARRANGEMENTS) {
        Some(all) => {
            let orders = permutations(treatments);
            let extreme = count(&centred[1..], &orders, centred[0].clone(), threshold);
            Some(extreme as f64 / all as f64)
        }
        None => {
            let stream = Stream::new(0, "", "treatments", 0);
            let mut extreme = 1_u32;
            for arrangement in 0..DRAWN {
                let mut draws = stream.draws(u64::from(arrangement));
                let mut sums = centred[0].clone();
                for block in &centred[1..] {
                    let mut order = identity(treatments);
                    for i in (1..treatments).rev() {
                        order.swap(i, draws.below(i as u32 + 1) as usize);
                    }
                    add(&mut sums, block, &order);
                }
                extreme += u32::from(size(&sums) >= threshold);
            }
            Some(f64::from(extreme) / f64::from(DRAWN + 1))
        }
    }
}

/// Arrangements of the blocks that are left whose sum of squares is at least as large as `threshold`.
fn count(blocks: &[Vec<f64>], orders: &[Vec<usize>], sums: Vec<f64>, threshold: f64) -> u64 {
    let Some((block, rest)) = blocks.split_first() else { return u64::from(size(&sums) >= threshold) };
    let of = |order: &Vec<usize>| {
        let mut sums = sums.clone();
        add(&mut sums, block, order);
        count(rest, orders, sums, threshold)
    };
    orders.iter().map(of).sum()
}

/// Distances from the mean of the block, of the values or of their ranks.
fn centred(block: &[f64], is_finite: bool) -> Vec<f64> {
    let rank = |value: &f64| {
        let (lower, equal) = (
            block.iter().filter(|other| other.total_cmp(value).is_lt()).count(),
            block.iter().filter(|other| other.total_cmp(value).is_eq()).count(),
        );
        lower as f64 + 0.5 * (equal as f64 + 1.0)
    };
    let values: Vec<f64> = if is_finite { block.to_vec() } else { block.iter().map(rank).collect() };
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.into_iter().map(|value| value - mean).collect()
}

fn identity(n: usize) -> Vec<usize> {
    (0..n).collect()
}

fn add(sums: &mut [f64], block: &[f64], order: &[usize]) {
    sums.iter_mut().zip(order).for_each(|(sum, &from)| *sum += block[from]);
}

fn size(sums: &[f64]) -> f64 {
    sums.iter().map(|sum| sum * sum).sum()
}

/// All orders of `n` things.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in permutations(n - 1) {
        for place in 0..n {
            let mut order = shorter.clone();
            order.insert(place, n - 1);
            all.push(order);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign_flip_p;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// Three treatments in the same order in all of three blocks: of the 6² arrangements of the other two only the one in which all
    /// agree is as extreme, that is 1 of 36.
    #[test]
    fn by_hand() {
        let block = vec![1.0, 2.0, 4.0];
        let p = treatments_p(&[block.clone(), block.clone(), block.clone()]).unwrap();
        assert!((p - 1.0 / 36.0).abs() < 1e-15, "{p}");
        assert_eq!(treatments_p(&[vec![1.0; 3], vec![2.0; 3]]), Some(1.0));
        assert_eq!((treatments_p(std::slice::from_ref(&block)), treatments_p(&[])), (None, None));
        assert_eq!(treatments_p(&[block.clone(), vec![1.0]]), None);
        // Ranks 1, 2, 3 in both: 1 of 6.
        let p = treatments_p(&[vec![1.0, 5.0, f64::INFINITY], vec![0.1, 0.2, 0.3]]).unwrap();
        assert!((p - 1.0 / 6.0).abs() < 1e-15, "{p}");
    }

    /// Four treatments in five blocks are enumerated, 24⁴ = 331 776; five in five, 120⁴, are drawn, and agree with what exchanges none.
    #[test]
    fn many_arrangements_are_drawn() {
        let blocks: Vec<Vec<f64>> =
            (0..5).map(|k| (0..5).map(|t| f64::from(t) + 0.01 * f64::from(k)).collect()).collect();
        assert!(treatments_p(&blocks).unwrap() <= 2e-5);
        let four: Vec<Vec<f64>> = blocks.iter().map(|block| block[..4].to_vec()).collect();
        assert!((treatments_p(&four).unwrap() - 1.0 / 331_776.0).abs() < 1e-12);
    }

    proptest! {
        /// Of two treatments it is the sign-flip test of their differences.
        #[test]
        fn two_treatments_are_pairs(pairs in vec((-1.0..1.0f64, -1.0..1.0f64), 2..9)) {
            let blocks: Vec<Vec<f64>> = pairs.iter().map(|(a, b)| vec![*a, *b]).collect();
            let differences: Vec<f64> = pairs.iter().map(|(a, b)| a - b).collect();
            let (p, expected) = (treatments_p(&blocks).unwrap(), sign_flip_p(&differences).unwrap());
            prop_assert!((p - expected).abs() < 1e-12, "{p} {expected}");
        }
    }
}
