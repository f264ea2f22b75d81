use crate::{Images, Normalisation, Normaliser};

/// Two images of 1×2 pixels, three channels.
fn images() -> Images {
    Images {
        pixels: vec![0, 51, 9, 255, 51, 9, 0, 153, 9, 255, 153, 9],
        labels: vec![0, 1],
        height: 1,
        width: 2,
        channels: 3,
        classes: 2,
        labels_per_image: 1,
        vocabulary: None,
    }
}

#[test]
fn standard_has_the_moments_of_the_training_part() {
    let normaliser = Normalisation::Standard.fit(&images()).unwrap();
    // By hand: red is half 0, half 1; green half 0.2, half 0.6; blue constant.
    let near = |got: &[f32], expected: [f32; 3]| {
        assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-7), "{got:?} {expected:?}");
    };
    near(normaliser.mean(), [0.5, 0.4, 9.0 / 255.0]);
    near(normaliser.std(), [0.5, 0.2, 1.0]);
    let mut out = [0.0; 12];
    normaliser.gather(&images(), &[1, 0], &mut out);
    let expected = [-1.0, 1.0, 0.0, 1.0, 1.0, 0.0, -1.0, -1.0, 0.0, 1.0, -1.0, 0.0];
    assert!(out.iter().zip(expected).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-6), "{out:?}");
}

#[test]
fn unit_and_half_do_not_look_at_the_data() {
    let mut out = [0.0; 6];
    Normalisation::Unit.fit(&images()).unwrap().gather(&images(), &[1], &mut out);
    assert_eq!(out, [0.0, 0.6, 9.0 / 255.0, 1.0, 0.6, 9.0 / 255.0]);
    Normalisation::Half.fit(&images()).unwrap().gather(&images(), &[1], &mut out);
    assert_eq!((out[0], out[3]), (-1.0, 1.0));
    assert!((out[1] - 0.2).abs() < 1e-7);
}

#[test]
fn grey_images_have_one_table() {
    let grey = Images { pixels: vec![0, 51, 255, 102], channels: 1, ..images() };
    let mut out = [0.0; 4];
    Normaliser::new(vec![0.2], vec![0.4]).unwrap().gather(&grey, &[1, 0], &mut out);
    for (got, expected) in out.iter().zip([2.0, 0.5, -0.5, 0.0]) {
        assert!((got - expected as f32).abs() < 1e-6, "{out:?}");
    }
}

#[test]
fn unusable_moments_are_refused() {
    let reason =
        |mean: &[f32], std: &[f32]| Normaliser::new(mean.into(), std.into()).unwrap_err().to_string();
    assert!(reason(&[0.0], &[0.0]).contains("standard deviation 0"));
    assert!(reason(&[f32::NAN], &[1.0]).contains("mean NaN"));
    assert!(reason(&[0.0, 0.0], &[1.0]).contains("2 means and 1 standard deviations"));
    let none = Images { pixels: vec![], labels: vec![], ..images() };
    assert!(Normalisation::Standard.fit(&none).is_err());
}

/// Two sequences of three tokens, each with two labels.
fn sequences() -> Images {
    Images {
        pixels: vec![7, 0, 255, 3, 4, 5],
        labels: vec![1, 0, 2, 2],
        height: 3,
        width: 1,
        channels: 1,
        classes: 3,
        labels_per_image: 2,
        vocabulary: Some(256),
    }
}

#[test]
fn tokens_are_their_numbers() {
    let normaliser = Normalisation::None.fit(&sequences()).unwrap();
    let mut out = [0.0; 6];
    normaliser.gather(&sequences(), &[1, 0], &mut out);
    assert_eq!(out, [3.0, 4.0, 5.0, 7.0, 0.0, 255.0]);
    assert_eq!(serde_json::from_str::<Normalisation>(r#""none""#).unwrap(), Normalisation::None);
}

#[test]
fn each_kind_of_data_has_its_scaling() {
    for scaling in [Normalisation::Unit, Normalisation::Standard, Normalisation::Half] {
        let message = scaling.fit(&sequences()).unwrap_err().to_string();
        assert!(message.contains("write `normalisation: none`"), "{message}");
        assert!(scaling.fit(&images()).is_ok());
    }
    let message = Normalisation::None.fit(&images()).unwrap_err().to_string();
    assert!(message.contains("write `standard`"), "{message}");
}

#[test]
fn sequences_are_counted_by_their_labels() {
    let sequences = sequences();
    assert_eq!((sequences.len(), sequences.is_empty(), sequences.image_bytes()), (2, false, 3));
    assert_eq!((sequences.image(1), sequences.labels_of(1)), (&[3, 4, 5][..], &[2, 2][..]));
    assert_eq!(sequences.class_counts(), [1, 1, 2]);
    let turned = sequences.at(&[1, 0]);
    assert_eq!((&turned.pixels[..], &turned.labels[..]), (&[3, 4, 5, 7, 0, 255][..], &[2, 2, 1, 0][..]));
    assert_eq!(sequences.at(&[]).len(), 0);
}
