use crate::verdict::{
    Unit, Verdict, fewest_to_pass, is_clear, p_phrase, p_text, seeds_text, seeds_to_resolve, seeds_to_settle,
    sentence, signed, within_reach,
};
use crate::*;
use proptest::prelude::*;

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} is not {b}");
}

#[test]
fn moments_by_hand() {
    let x = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
    assert_eq!(mean(&x), Some(5.0));
    close(variance(&x).unwrap(), 32.0 / 7.0, 1e-15);
    assert_eq!(median(&x), Some(4.5));
    assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
    // numpy.quantile([1, 2, 3, 4], 0.25) = 1.75
    assert_eq!(quantile(&[4.0, 1.0, 3.0, 2.0], 0.25), Some(1.75));
    assert_eq!((mean(&[]), variance(&[1.0]), median(&[])), (None, None, None));
    close(correlation(&[1.0, 2.0, 3.0], &[2.0, 1.0, 3.0]).unwrap(), 0.5, 1e-15);
    assert_eq!(correlation(&[1.0, 1.0, 1.0], &[2.0, 1.0, 3.0]), None);
}

/// Printed tables of the t distribution (0.975, and 0.95 and 0.995 once each).
#[test]
fn t_quantiles_of_the_tables() {
    for (degrees, t) in
        [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (9, 2.262), (30, 2.042), (120, 1.980)]
    {
        close(t_quantile(0.975, degrees), t, 5e-4);
    }
    close(t_quantile(0.95, 7), 1.895, 5e-4);
    close(t_quantile(0.995, 10), 3.169, 5e-4);
    close(t_quantile(0.025, 4), -2.776, 5e-4);
    // One degree of freedom is Cauchy: probability below 1 is 3/4.
    close(t_cdf(1.0, 1), 0.75, 1e-15);
    // Two degrees: 1/2 + t / (2 sqrt(2 + t^2)).
    close(t_cdf(1.5, 2), 0.5 + 1.5 / (2.0 * 4.25_f64.sqrt()), 1e-15);
}

#[test]
fn normal_distribution_of_the_tables() {
    close(normal_quantile(0.975), 1.959_963_984_540_054, 1e-12);
    close(normal_quantile(0.8), 0.841_621_233_572_914, 1e-12);
    close(normal_cdf(-3.0), 0.001_349_898_031_630_09, 1e-15);
    close(normal_cdf(7.9), 1.0, 1e-14);
}

#[test]
fn interval_of_five_values() {
    // mean 3, s = sqrt(2.5), half width 2.776445 * sqrt(2.5 / 5) = 1.963243
    let interval = mean_interval(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95).unwrap();
    close(interval.half_width(), 1.963_243, 1e-6);
    close(interval.low + interval.high, 6.0, 1e-12);
    assert_eq!(mean_interval(&[1.0], 0.95), None);
}

#[test]
fn sign_flip_by_enumeration() {
    assert_eq!(sign_flip_p(&[1.0, 2.0, 3.0, 4.0, 5.0]), Some(0.0625));
    assert_eq!(sign_flip_p(&[0.3, 0.1, 0.4, -0.1, 0.5, 0.9]), Some(0.09375));
    assert_eq!(sign_flip_p(&[0.3, 0.1, 0.4, -0.1, 0.5, 0.9, 0.2, 0.6]), Some(0.023_437_5));
    assert_eq!(sign_flip_p(&[0.0, 0.0]), Some(1.0));
    assert_eq!(sign_flip_p(&[]), None);
    assert_eq!(sign_flip_p(&[f64::NAN]), None);
}

/// For ±1 the sum is binomial: 20 signs, 15 of them +, gives P(|B − 10| >= 5) = 43400 / 2^20.
#[test]
fn sign_flip_by_drawing() {
    let differences: Vec<f64> = (0..20).map(|i| if i < 15 { 1.0 } else { -1.0 }).collect();
    let p = 43_400.0 / 1_048_576.0;
    // Five standard errors of a share of 100 000 patterns.
    close(sign_flip_p(&differences).unwrap(), p, 5.0 * (p * (1.0 - p) / 1e5_f64).sqrt());
}

#[test]
fn holm_by_hand() {
    for (p, expected) in [
        (vec![0.01, 0.04, 0.03], vec![0.03, 0.06, 0.06]),
        (vec![0.004, 0.02, 0.03, 0.2], vec![0.016, 0.06, 0.06, 0.2]),
        (vec![0.6, 0.7], vec![1.0, 1.0]),
    ] {
        for (a, b) in holm(&p).into_iter().zip(expected) {
            close(a, b, 1e-15);
        }
    }
}

#[test]
fn interquartile_means_by_hand() {
    let upto = |n: u32| (1..=n).map(f64::from).collect::<Vec<_>>();
    assert_eq!(interquartile_mean(&upto(8)), Some(4.5));
    assert_eq!(interquartile_mean(&upto(10)), Some(5.5));
    assert_eq!(interquartile_mean(&[-100.0, 1.0, 2.0, 100.0]), Some(1.5));
    assert_eq!(interquartile_mean(&[]), None);
}

#[test]
fn probability_of_doing_better() {
    close(probability_better(&[3.0, 4.0, 5.0], &[1.0, 4.0, 2.0]).unwrap(), 7.5 / 9.0, 1e-15);
    assert_eq!(probability_better(&[], &[1.0]), None);
}

#[test]
fn sample_sizes() {
    // Bouthillier et al. 2021 round this to 29.
    close(noether_pairs(0.75, 0.05, 0.95), 28.86, 5e-3);
    // (1.95996 + 0.84162)^2 = 7.849 for a spread of one margin, plus 1.921: 9.77. G*Power says 10.
    assert_eq!(pairs_to_resolve(0.3, 0.3, 0.05, 0.8), Some(10));
    assert_eq!(pairs_to_resolve(0.3, 0.001, 0.05, 0.8), Some(6));
    // Eighteen comparisons: 2 / 2^9 is above 0.05 / 18, 2 / 2^10 below.
    assert_eq!(pairs_to_resolve(0.3, 0.001, 0.05 / 18.0, 0.8), Some(10));
    assert_eq!(pairs_to_resolve(0.0, 1.0, 0.05, 0.8), None);
}

#[test]
fn paired_by_hand() {
    let result = paired(&[2.0, 4.0, 6.0], &[1.0, 4.0, 4.0]).unwrap();
    assert_eq!((result.n, result.difference, result.p), (3, 1.0, Some(0.5)));
    close(result.won, 2.5 / 3.0, 1e-15);
    close(result.spread.unwrap(), 1.0, 1e-15);
    close(result.correlation.unwrap(), 3.0_f64.sqrt() / 2.0, 1e-15);
    assert_eq!(paired(&[1.0], &[1.0, 2.0]), None);
}

#[test]
fn verdicts_follow_the_table() {
    let of = |n, low, high, p| Verdict::rule(n, Some(Interval { low, high }), Some(p), 0.3);
    assert_eq!(of(4, 1.0, 2.0, 0.001), Verdict::Exploratory);
    assert_eq!(of(10, 0.4, 0.8, 0.01), Verdict::Better);
    assert_eq!(of(10, -0.8, -0.4, 0.01), Verdict::Worse);
    assert_eq!(of(10, 0.1, 0.2, 0.01), Verdict::BelowMargin);
    assert_eq!(of(10, 0.1, 0.8, 0.01), Verdict::BetterUncertain);
    assert_eq!(of(10, -0.8, -0.1, 0.01), Verdict::WorseUncertain);
    assert_eq!(of(10, -0.1, 0.2, 0.2), Verdict::Equivalent);
    assert_eq!(of(10, -0.1, 0.8, 0.2), Verdict::Undecided);
    // Even far beyond the margin five pairs cannot reach 0.05 (smallest p 1/16).
    assert_eq!(of(5, 1.0, 2.0, 0.0625), Verdict::Undecided);
    assert_eq!(Verdict::rule(1, None, Some(1.0), 0.3), Verdict::Exploratory);
}

/// Eight comparisons need nine pairs: 2 / 2^8 · 8 is 0.0625, 2 / 2^9 · 8 is 0.03125.
#[test]
fn few_pairs_cannot_pass() {
    assert_eq!([1, 3, 8, 18].map(fewest_to_pass), [6, 7, 9, 10]);
    assert_eq!(within_reach(&[5]), [false]);
    assert_eq!(within_reach(&[6]), [true]);
    assert_eq!(within_reach(&[8; 8]), [false; 8]);
    assert_eq!(within_reach(&[9; 8]), [true; 8]);
    assert_eq!(within_reach(&[5000]), [true]);
    // 2/2⁷ is above a ninth of 0.05 and below a third of it: where six comparisons come first, the last three can follow.
    assert_eq!(within_reach(&[7; 9]), [false; 9]);
    assert_eq!(within_reach(&[7, 14, 14, 7, 14, 14, 7, 14, 14]), [true; 9]);
    assert_eq!(within_reach(&[7, 0, 14]), [true, false, true]);
}

/// Two dead networks score the same on every seed, which is no equivalence; nor is a constant distance a difference.
#[test]
fn differences_without_spread_decide_nothing() {
    for (a, b) in [([0.1; 5], [0.1; 5]), ([0.5; 5], [0.1; 5])] {
        let still = paired(&a, &b).unwrap();
        assert_eq!(Verdict::of(&still, Some(0.001), 0.3), Verdict::Undecided);
        assert_eq!((seeds_to_resolve(&still, 0.3, 1), seeds_to_settle(&still, 1)), (None, None));
        let text = sentence(
            ("A", "B"),
            &still,
            Some(1.0),
            (1, false),
            0.003,
            Unit { better: Direction::Larger, scale: 100.0, decimals: 2, name: "points" },
        );
        assert!(text.unwrap().contains("too few for the corrected test (95"), "no number of seeds");
        assert!(!is_clear(&still));
    }
    assert_eq!((seeds_text(99), seeds_text(101)), ("about 99 seeds".into(), "about 110 seeds".into()));
    assert_eq!(seeds_text(1001), "more than 1000 seeds");
}

#[test]
fn sentences_say_what_they_rest_on() {
    let unit = Unit { better: Direction::Larger, scale: 100.0, decimals: 2, name: "points" };
    let comparison = paired(&[0.51, 0.53, 0.55, 0.52, 0.54], &[0.50, 0.51, 0.52, 0.53, 0.51]).unwrap();
    let text = sentence(("A", "B"), &comparison, Some(0.25), (1, false), 0.003, unit).unwrap();
    // Differences 1, 2, 3, -1, 3 points: mean 1.6, s 1.673, half width 2.776 * 1.673 / sqrt(5) = 2.08.
    // Seeds: (2.8016 * 1.673 / 0.3)^2 + 1.92 = 246.05, rounded up to two digits.
    // For the difference itself: (2.8016 * 1.673 / 1.6)^2 + 1.92 = 10.5.
    assert_eq!(
        text,
        "A against B: 4 of 5 pairs won, +1.60 points [\u{2212}0.48, +3.68]; undecided, for 5 pairs are too few for the corrected test: \
         about 11 seeds would settle a difference of this size, about 250 seeds resolve the margin of 0.30 points (95\u{a0}% interval, \
         adjusted p\u{a0}=\u{a0}0.25)."
    );
    // Mean 41, s 16.25 points; 3 · 2/2^7 < 0.05 < 3 · 2/2^6, so seven pairs are the fewest; for the margin
    // (3.2356 * 16.25 / 2)^2 + 2.87 = 694.3.
    let clear = paired(&[0.255, 0.683, 0.36, 0.41, 0.342], &[0.0; 5]).unwrap();
    assert!(is_clear(&clear));
    let text = sentence(("Adam", "INNA"), &clear, Some(0.1875), (3, false), 0.02, unit).unwrap();
    assert_eq!(
        text,
        "Adam against INNA: all 5 pairs won, +41.00 points [+20.82, +61.18]; undecided, for 5 pairs are too few for the corrected test \
         among 3 comparisons: about 7 seeds would do if it goes on like this, about 700 seeds resolve the margin of 2.00 points \
         (95\u{a0}% interval, adjusted p\u{a0}=\u{a0}0.19)."
    );
    let lost = paired(&[0.0; 5], &[0.255, 0.683, 0.36, 0.41, 0.342]).unwrap();
    assert!(
        is_clear(&lost)
            && sentence(("A", "B"), &lost, Some(1.0), (1, false), 0.02, unit)
                .unwrap()
                .contains("all 5 pairs lost, \u{2212}41")
    );
    let few = paired(&[1.0, 2.0], &[0.0, 0.0]).unwrap();
    assert_eq!(sentence(("A", "B"), &few, Some(0.5), (1, false), 0.003, unit), None);
    assert_eq!((signed("-0.00").as_str(), signed("1.2").as_str()), ("0.00", "+1.2"));
    assert_eq!(
        (p_text(0.0625).as_str(), p_text(0.5).as_str(), p_text(0.0).as_str()),
        ("0.063", "0.50", "< 0.001")
    );
    assert_eq!([0.25, 0.0001].map(p_phrase), ["p\u{a0}=\u{a0}0.25", "p\u{a0}<\u{a0}0.001"]);
}

/// Losses 2.00 to 2.04 against 2.10 to 2.14, pairwise 0.08, 0.12, 0.10, 0.10, 0.10, 0.10 lower: gains of mean 0.1, s = sqrt(0.0008 / 5)
/// = 0.012649, half width 2.5706 * 0.012649 / sqrt(6) = 0.013274.
#[test]
fn what_falls_is_better_below() {
    let unit = Unit { better: Direction::Smaller, scale: 1.0, decimals: 3, name: "nats per token" };
    let (ours, theirs) = ([2.02, 2.0, 2.01, 2.02, 2.03, 2.04], [2.1, 2.12, 2.11, 2.12, 2.13, 2.14]);
    let gains = |values: [f64; 6]| values.map(|value| Direction::Smaller.gain(value, 0.0));
    let comparison = paired(&gains(ours), &gains(theirs)).unwrap();
    assert_eq!((Verdict::of(&comparison, Some(0.03), 0.01), comparison.won), (Verdict::Better, 1.0));
    assert_eq!(
        sentence(("A", "B"), &comparison, Some(0.03), (1, false), 0.01, unit).unwrap(),
        "A is better than B, by more than the margin of 0.010 nats per token (difference \u{2212}0.100 nats per token, 95\u{a0}% \
         interval \u{2212}0.113 to \u{2212}0.087, n\u{a0}=\u{a0}6 pairs, adjusted p\u{a0}=\u{a0}0.030)."
    );
    let turned = paired(&gains(theirs), &gains(ours)).unwrap();
    let text = sentence(("B", "A"), &turned, Some(0.03), (1, false), 0.01, unit).unwrap();
    assert!(text.starts_with("B is worse than A") && text.contains("+0.100 nats per token"), "{text}");
    assert!(text.contains("+0.087 to +0.113"), "{text}");
}

proptest! {
    #[test]
    fn quantile_inverts_the_distribution(p in 0.001..0.999f64, degrees in 1u32..60) {
        prop_assert!((t_cdf(t_quantile(p, degrees), degrees) - p).abs() < 1e-12);
    }

    #[test]
    fn adjusting_never_lowers_a_p_value(p in proptest::collection::vec(0.0..1.0f64, 0..12)) {
        for (adjusted, raw) in holm(&p).into_iter().zip(&p) {
            prop_assert!(adjusted >= *raw && adjusted <= 1.0);
        }
    }
}
