use crate::{Images, shapes};
use proptest::prelude::*;

fn digest(images: &Images) -> String {
    blake3::hash(&images.pixels).to_hex()[..16].to_string()
}

#[test]
fn the_images_are_the_same_on_every_machine() {
    let dataset = shapes::generate(0, 200, 100).unwrap();
    assert_eq!(
        (digest(&dataset.train), digest(&dataset.test)),
        ("c3e47c2cf11c7342".into(), "09673252e00e1471".into())
    );
}

#[test]
fn threads_do_not_matter() {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| shapes::generate(5, 64, 32).unwrap())
    };
    assert_eq!(with(1), with(2));
}

#[test]
fn classes_are_balanced_in_turn_and_named() {
    let dataset = shapes::generate(1, 50, 20).unwrap();
    assert_eq!(dataset.train.class_counts(), [5; 10]);
    assert_eq!(dataset.train.labels[..12], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    assert_eq!(dataset.class_names[0], "plain disc");
    assert_eq!(dataset.class_names[9], "spotted triangle");
    assert_ne!(dataset.train.image(0), dataset.test.image(0));
    assert_ne!(dataset.train.image(0), shapes::generate(2, 1, 0).unwrap().train.image(0));
}

#[test]
fn as_many_as_no_memory_holds_are_refused_with_what_they_would_take() {
    for count in [shapes::MOST + 1, usize::MAX] {
        let message = shapes::generate(0, 1, count).unwrap_err().to_string();
        let size = count as u128 * 3072 / 1_000_000;
        let expected = format!("{count} images would take {size} MB; at most 1000000");
        assert!(message.contains(&expected), "{message}");
        assert!(shapes::generate(0, count, 1).is_err());
    }
}

/// Share of the test images that are nearest, in `features`, to the mean of their own class.
fn nearest_mean(features: impl Fn(&[u8]) -> Vec<f64>) -> f64 {
    let dataset = shapes::generate(0, 1000, 1000).unwrap();
    let rows = |images: &Images| (0..images.len()).map(|i| features(images.image(i))).collect::<Vec<_>>();
    let (train, test) = (rows(&dataset.train), rows(&dataset.test));
    let mut means = vec![vec![0.0; train[0].len()]; 10];
    for (row, &label) in train.iter().zip(&dataset.train.labels) {
        means[usize::from(label)].iter_mut().zip(row).for_each(|(mean, x)| *mean += x / 100.0);
    }
    let distance =
        |mean: &[f64], row: &[f64]| mean.iter().zip(row).map(|(m, x)| (m - x).powi(2)).sum::<f64>();
    let hits = test.iter().zip(&dataset.test.labels).filter(|(row, label)| {
        let nearest = (0..10).min_by(|&a, &b| distance(&means[a], row).total_cmp(&distance(&means[b], row)));
        nearest == Some(usize::from(**label))
    });
    hits.count() as f64 / 1000.0
}

/// Chance is 0.1, with a standard error of 0.0095 over 1000 tries.
#[test]
fn pixels_alone_hardly_tell_the_classes_apart() {
    let accuracy = nearest_mean(|image| image.iter().map(|&x| f64::from(x)).collect());
    assert!(accuracy < 0.3, "{accuracy}");
}

/// Features that look at neighbouring pixels, relative to the contrast of the image, do tell them apart.
#[test]
fn edges_tell_the_classes_apart() {
    let accuracy = nearest_mean(|image| {
        let grey: Vec<f64> = image.chunks_exact(3).map(|p| p.iter().map(|&x| f64::from(x)).sum()).collect();
        // How the brightness at distance d to the right, below and diagonally goes with that here.
        let mean = grey.iter().sum::<f64>() / 1024.0;
        let variance = grey.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1024.0;
        let correlation = |right: usize, down: usize| {
            let pairs = (0..(32 - down) * 32).filter(|p| p % 32 + right < 32);
            pairs.map(|p| (grey[p] - mean) * (grey[p + down * 32 + right] - mean)).sum::<f64>()
                / variance
                / 1024.0
        };
        (1..8).flat_map(|d| [correlation(d, 0), correlation(0, d), correlation(d, d)]).collect()
    });
    assert!(accuracy > 0.4, "{accuracy}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn an_image_does_not_depend_on_how_many_are_made(seed: u64, n in 1usize..40, index in 0usize..1_000_000) {
        let many = shapes::generate(seed, 40, 0).unwrap().train;
        let few = shapes::generate(seed, n, 0).unwrap().train;
        prop_assert_eq!(&few.pixels[..], &many.pixels[..few.pixels.len()]);
        let alone = shapes::at(seed, shapes::Part::Train, &[index]).unwrap();
        let pair = shapes::at(seed, shapes::Part::Train, &[n - 1, index]).unwrap();
        prop_assert_eq!(alone.image(0), pair.image(1));
        prop_assert_eq!(pair.image(0), few.image(n - 1));
    }
}
