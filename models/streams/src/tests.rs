use crate::{Stream, philox4x32};
use proptest::prelude::*;

/// The known-answer vectors that the authors of Philox publish with their library (Random123, `kat_vectors`).
#[test]
fn philox_matches_the_published_vectors() {
    let cases = [
        ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        (
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xa409_3822, 0x299f_31d0],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        ),
    ];
    for (counter, key, expected) in cases {
        assert_eq!(philox4x32(counter, key), expected);
    }
}

#[test]
fn every_part_of_the_name_matters() {
    let base = Stream::new(1, "task", "order", 0);
    for other in [
        Stream::new(2, "task", "order", 0),
        Stream::new(1, "tasko", "rder", 0),
        Stream::new(1, "task", "init", 0),
        Stream::new(1, "task", "order", 1),
    ] {
        assert_ne!(base.key(), other.key());
    }
    assert_ne!(base.block(0, 1), base.block(1, 0));
}

#[test]
fn moments_of_the_distributions() {
    let mut draws = Stream::new(7, "t", "moments", 0).draws(0);
    let n = 200_000;
    let normal: Vec<f64> = (0..n).map(|_| draws.normal()).collect();
    let mean = normal.iter().sum::<f64>() / f64::from(n);
    let variance = normal.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
    let kurtosis = normal.iter().map(|x| (x - mean).powi(4)).sum::<f64>() / f64::from(n) / variance.powi(2);
    // Five standard errors: 1, sqrt(2) and sqrt(24) over sqrt(n).
    assert!(mean.abs() < 0.0112, "mean {mean}");
    assert!((variance - 1.0).abs() < 0.0158, "variance {variance}");
    assert!((kurtosis - 3.0).abs() < 0.055, "kurtosis {kurtosis}");
    let uniform = (0..n).map(|_| draws.uniform()).sum::<f64>() / f64::from(n);
    assert!((uniform - 0.5).abs() < 0.0033, "uniform mean {uniform}");
}

/// Across the border of 32 bits, too.
#[test]
fn blocks_side_by_side_are_the_blocks() {
    let stream = Stream::new(3, "t", "blocks", 0);
    for first in [0, 5, u64::from(u32::MAX) - 3] {
        let words = stream.blocks::<16>(7, first);
        for i in 0..16 {
            assert_eq!(stream.block(7, first + i as u64), words.map(|word| word[i]));
        }
    }
}

proptest! {
    #[test]
    fn a_permutation_holds_every_index_once(n in 0usize..500, step in 0u64..1000) {
        let mut order = Stream::new(3, "t", "order", 1).permutation(step, n);
        order.sort_unstable();
        prop_assert_eq!(order, (0..n as u32).collect::<Vec<_>>());
    }

    #[test]
    fn below_stays_below(n in 1u32.., step in 0u64..100) {
        let mut draws = Stream::new(3, "t", "below", 0).draws(step);
        for _ in 0..20 {
            prop_assert!(draws.below(n) < n);
        }
    }
}
