//! Bytes that are close to normal.

use super::load;
use crate::shapes::Part;
use crate::{Selection, Source, noise};

/// Mean and variance by a quadrature of the density in 115 200 steps, in Python; close to 1024 + 1/12 (Sheppard), less 0.13 for what
/// lies beyond the bytes. P(128) is Φ(1/64) − Φ(−1/64), and P(0) is Φ(−127.5/32), by Python's `math.erfc`.
#[test]
fn the_law_is_that_of_rounded_normals() {
    let p = noise::probabilities();
    assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-14);
    assert!((p[128] - 0.012_466_438_999_8).abs() < 1e-12, "{}", p[128]);
    for offset in 1..127 {
        assert!((p[128 - offset] - p[128 + offset]).abs() < 1e-16);
    }
    assert!((p[0] - 3.382_897_966e-5).abs() < 1e-13, "{:e}", p[0]);
    assert!((noise::mean() - 127.999_966_17).abs() < 1e-7, "{}", noise::mean());
    assert!((noise::variance() - 1_023.951_39).abs() < 1e-5, "{}", noise::variance());
}

#[test]
fn the_bytes_follow_the_law() {
    let indices: Vec<usize> = (0..20_000).collect();
    let vectors = noise::at(7, 50, Part::Train, &indices);
    let n = vectors.pixels.len() as f64;
    let mut counts = [0f64; 256];
    vectors.pixels.iter().for_each(|&byte| counts[usize::from(byte)] += 1.0);
    // Pearson's χ²; tails with less than ten expected are pooled.
    let (mut chi, mut cells, mut pooled) = (0.0, 0.0, (0.0, 0.0));
    for (count, p) in counts.iter().zip(noise::probabilities()) {
        if n * p < 10.0 {
            pooled = (pooled.0 + count, pooled.1 + n * p);
        } else {
            chi += (count - n * p).powi(2) / (n * p);
            cells += 1.0;
        }
    }
    assert!(pooled.1 < 400.0);
    // Mean `cells` − 1, variance twice that; four standard deviations.
    let freedom: f64 = cells - 1.0;
    assert!((chi - freedom).abs() < 4.0 * (2.0 * freedom).sqrt(), "{chi} with {freedom}");
    // Neighbours and successive vectors are uncorrelated: 1/√n is a standard error.
    let mean = noise::mean();
    let centred: Vec<f64> = vectors.pixels.iter().map(|&x| f64::from(x) - mean).collect();
    let correlation = |lag: usize| {
        centred.iter().zip(&centred[lag..]).map(|(a, b)| a * b).sum::<f64>() / n / noise::variance()
    };
    assert!(correlation(1).abs() < 0.004 && correlation(50).abs() < 0.004);
}

#[test]
fn vectors_are_made_on_demand() {
    let source = Source::Noise { dimensions: 12, seed: 3 };
    let selection = Selection { train_per_class: Some(5), ..Selection::default() };
    let splits = load(&source, &selection, None, "nowhere".as_ref()).unwrap();
    assert_eq!(*splits.train, noise::at(3, 12, Part::Train, &[0, 1, 2, 3, 4]));
    assert_eq!(
        (splits.train.height, splits.train.width, splits.train.channels, splits.test.len()),
        (12, 1, 1, 4096)
    );
    assert_eq!(source.outline("nowhere".as_ref()).unwrap().shape, [12, 1, 1]);
    assert_eq!(Selection::default().images(&source), 65_536 + 4_096);
    assert_eq!(
        serde_json::from_str::<Source>(r#"{"name":"noise"}"#).unwrap(),
        Source::Noise { dimensions: 64, seed: 0 }
    );
    for dimensions in [0, 4097] {
        let source = Source::Noise { dimensions, seed: 0 };
        let expected =
            format!("data.dimensions: {dimensions} is not accepted; expected a whole number from 1 to 4096");
        assert_eq!(source.check().unwrap_err().to_string(), expected);
        assert!(source.outline("nowhere".as_ref()).is_err());
    }
}

#[test]
fn the_bytes_are_the_same_on_every_machine() {
    let digest =
        |part| blake3::hash(&noise::at(0, 64, part, &[0, 1, 2, 65_535]).pixels).to_hex()[..16].to_string();
    assert_eq!([digest(Part::Train), digest(Part::Test)], ["f7a67860bcf69aa1", "71e0cb90d0bfc5ba"]);
}
