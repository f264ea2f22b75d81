//! Crops and reflections.

use crate::{Augmentation, Images, Normalisation, Offset};
use proptest::prelude::*;
use streams::Stream;

const IMAGE: [u8; 9] = [1, 2, 3, 4, 5, 6, 7, 8, 9];

#[test]
fn pieces_of_three_by_three_by_hand() {
    let piece = |dy, dx, flip| {
        let mut out = [77; 9];
        Offset { dy, dx, flip }.apply(&IMAGE, [3, 3, 1], &mut out);
        out
    };
    assert_eq!(piece(0, 0, false), IMAGE);
    assert_eq!(piece(0, 0, true), [3, 2, 1, 6, 5, 4, 9, 8, 7]);
    assert_eq!(piece(1, 0, false), [4, 5, 6, 7, 8, 9, 0, 0, 0]);
    assert_eq!(piece(-1, 0, false), [0, 0, 0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(piece(0, 2, false), [3, 0, 0, 6, 0, 0, 9, 0, 0]);
    // First the piece [0 1 2; 0 4 5; 0 7 8], then its reflection.
    assert_eq!(piece(0, -1, true), [2, 1, 0, 5, 4, 0, 8, 7, 0]);
    assert_eq!(piece(-2, 1, true), [0, 0, 0, 0, 0, 0, 0, 3, 2]);
    assert_eq!(piece(3, 0, false), [0; 9]);
    assert_eq!(piece(0, -16, true), [0; 9]);
}

#[test]
fn channels_stay_together() {
    let image = [1, 2, 3, 11, 12, 13, 21, 22, 23, 31, 32, 33];
    let mut out = [0; 12];
    Offset { dy: 1, dx: 0, flip: true }.apply(&image, [2, 2, 3], &mut out);
    assert_eq!(out, [31, 32, 33, 21, 22, 23, 0, 0, 0, 0, 0, 0]);
}

/// 81 places times 2, 81 000 draws: χ² has 161 degrees of freedom, its standard deviation is √322 = 17.9.
#[test]
fn every_piece_is_as_likely() {
    let augmentation = Augmentation { pad: 4, flip: true };
    for seed in 0..3 {
        let stream = Stream::new(seed, "t", "augmentation", 0);
        let mut counts = [0f64; 162];
        for index in 0..81_000 {
            let Offset { dy, dx, flip } = augmentation.draw(&stream, index);
            assert!((-4..=4).contains(&dy) && (-4..=4).contains(&dx));
            counts[((dy + 4) * 18 + (dx + 4) * 2 + i32::from(flip)) as usize] += 1.0;
        }
        let chi: f64 = counts.iter().map(|count| (count - 500.0).powi(2) / 500.0).sum();
        assert!((chi - 161.0).abs() < 4.0 * 17.9, "seed {seed}: {chi}");
    }
}

#[test]
fn settings_are_strict() {
    let read = |text| serde_json::from_str::<Augmentation>(text);
    assert_eq!(read(r#"{"pad":4,"flip":true}"#).unwrap(), Augmentation { pad: 4, flip: true });
    assert_eq!(read("{}").unwrap(), Augmentation::default());
    assert!(read(r#"{"pad":4,"rotate":3}"#).unwrap_err().to_string().contains("rotate"));
    assert!(Augmentation { pad: 16, flip: false }.check().is_ok());
    let message = Augmentation { pad: 17, flip: false }.check().unwrap_err().to_string();
    assert_eq!(
        message,
        "augmentation.pad: 17 is not accepted; expected a whole number of pixels from 0 to 16"
    );
}

proptest! {
    #[test]
    fn a_draw_is_a_function(seed: u64, index: u64, pad in 0usize..=16, flip: bool) {
        let stream = Stream::new(seed, "t", "augmentation", 0);
        let offset = Augmentation { pad, flip }.draw(&stream, index);
        prop_assert_eq!(offset, Augmentation { pad, flip }.draw(&Stream::new(seed, "t", "augmentation", 0), index));
        let most = pad as i32;
        prop_assert!((-most..=most).contains(&offset.dy) && (-most..=most).contains(&offset.dx));
        prop_assert!(flip || !offset.flip);
        // The place does not depend on whether there are reflections.
        let other = Augmentation { pad, flip: !flip }.draw(&stream, index);
        prop_assert_eq!((offset.dy, offset.dx), (other.dy, other.dx));
    }

    #[test]
    fn gathering_is_the_piece_normalised(
        channels in 1usize..=4, pixels in prop::collection::vec(any::<u8>(), 4 * 5 * 3 * 4), seed: u64, pad in 0usize..4,
    ) {
        let images = Images {
            pixels: pixels[..4 * 5 * 3 * channels].to_vec(),
            labels: vec![0; 3],
            height: 4,
            width: 5,
            channels,
            classes: 1,
            labels_per_image: 1,
            vocabulary: None,
        };
        let normaliser = Normalisation::Standard.fit(&images).unwrap();
        let stream = Stream::new(seed, "t", "augmentation", 0);
        let indices = [2u32, 0, 1, 2];
        let offsets: Vec<Offset> = (0..4).map(|i| Augmentation { pad, flip: true }.draw(&stream, i)).collect();
        let size = images.image_bytes();
        let mut got = vec![0.0; 4 * size];
        normaliser.gather_augmented(&images, &indices, &offsets, &mut got);
        // The pieces as images of their own.
        let mut pieces = Images { pixels: vec![0; 4 * size], labels: vec![0; 4], ..images.clone() };
        for ((&index, offset), out) in indices.iter().zip(&offsets).zip(pieces.pixels.chunks_exact_mut(size)) {
            offset.apply(images.image(index as usize), [4, 5, channels], out);
        }
        let mut expected = vec![0.0; 4 * size];
        normaliser.gather(&pieces, &[0, 1, 2, 3], &mut expected);
        prop_assert_eq!(got, expected);
        if pad == 0 {
            let plain = Augmentation { pad, flip: false };
            let still: Vec<Offset> = (0..4).map(|i| plain.draw(&stream, i)).collect();
            let (mut got, mut expected) = (vec![0.0; 4 * size], vec![0.0; 4 * size]);
            normaliser.gather_augmented(&images, &indices, &still, &mut got);
            normaliser.gather(&images, &indices, &mut expected);
            prop_assert_eq!(got, expected);
        }
    }
}
