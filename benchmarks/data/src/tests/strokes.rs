//! Random curves.

use super::load;
use crate::shapes::Part;
use crate::{Images, Selection, Source, curves};
use proptest::prelude::*;

fn digest(images: &Images) -> String {
    blake3::hash(&images.pixels).to_hex()[..16].to_string()
}

#[test]
fn the_curves_are_the_same_on_every_machine() {
    let indices: Vec<usize> = (0..100).collect();
    let both = [Part::Train, Part::Test].map(|part| digest(&curves::at(0, part, &indices)));
    assert_eq!(both, ["d9970e16b49a12f4", "6e9860d8303ddabf"]);
}

/// A level stroke from x = 4 to 24 at y = 14, between rows 13 and 14: their centres are half a pixel off, which the edge from 0.3
/// to 1.3 covers by 0.8, 204 of 255; those of rows 12 and 15 are 1.5 off.
#[test]
fn a_level_stroke_by_hand() {
    let mut image = [9; 784];
    curves::paint([[4.0, 14.0], [14.0, 14.0], [24.0, 14.0]], &mut image);
    for (i, &byte) in image.iter().enumerate() {
        let (row, column) = (i / 28, i % 28);
        if (5..23).contains(&column) {
            assert_eq!(byte, if row == 13 || row == 14 { 204 } else { 0 }, "row {row}, column {column}");
        }
    }
    // Beyond the end, at (3.5, 13.5), the distance is √½: 0.593 of 255 is 151.2.
    assert_eq!(image[13 * 28 + 3], 151);
    // At (2.5, 13.5) it is 1.58.
    assert_eq!(image[13 * 28 + 2], 0);
}

/// At (14, 14) through its middle; a row lower through the centres of pixels: row 14 is met, rows 13 and 15 are one pixel off, which
/// leaves 0.3 of 255, 76.5.
#[test]
fn an_edge_is_soft() {
    let mut image = [0; 784];
    curves::paint([[4.0, 14.5], [14.0, 14.5], [24.0, 14.5]], &mut image);
    let column: Vec<u8> = (12..17).map(|row| image[row * 28 + 14]).collect();
    assert!((76..=77).contains(&column[1]) && column[1] == column[3], "{column:?}");
    assert_eq!([column[0], column[2], column[4]], [0, 255, 0]);
}

#[test]
fn there_is_one_class_and_only_what_is_chosen_is_painted() {
    let selection =
        Selection { train_per_class: Some(7), validation_per_class: Some(2), test_per_class: Some(3) };
    let source = Source::Curves { seed: 4 };
    let splits = load(&source, &selection, None, "nowhere".as_ref()).unwrap();
    assert_eq!(*splits.train, curves::at(4, Part::Train, &[0, 1, 2, 3, 4, 5, 6]));
    assert_eq!(*splits.validation.unwrap(), curves::at(4, Part::Train, &[19_998, 19_999]));
    assert_eq!((splits.test.len(), splits.test.class_counts(), splits.class_names.len()), (3, vec![3], 1));
    assert_eq!((selection.images(&source), Selection::default().images(&source)), (12, 30_000));
    assert_eq!(source.outline("nowhere".as_ref()).unwrap().shape, [28, 28, 1]);
    let many = Selection { train_per_class: Some(20_001), ..selection };
    let message = load(&source, &many, None, "nowhere".as_ref()).unwrap_err().to_string();
    assert!(message.contains("class 0 has 20000 training images"), "{message}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// The border is two pixels off the square of the points, and the stroke reaches 2.5 + 1.3 out of that: at most the outermost row is
    /// touched, by less than half.
    #[test]
    fn every_stroke_is_seen_whole(seed: u64, index in 0usize..1_000_000) {
        let image = curves::at(seed, Part::Test, &[index]);
        let lit = image.pixels.iter().filter(|&&x| x > 0).count();
        let most = image.pixels.iter().max().copied();
        // No point is further than √½ from the centre of a pixel.
        prop_assert!(lit < 400 && most >= Some(151), "{lit} {most:?}");
        let edge = |p: usize| !(28..27 * 28).contains(&p) || p.is_multiple_of(28) || p % 28 == 27;
        prop_assert!(image.pixels.iter().enumerate().all(|(p, &x)| x < 128 || !edge(p)));
        prop_assert_eq!(&curves::at(seed, Part::Test, &[3, index]).pixels[784..], &image.pixels[..]);
    }
}
