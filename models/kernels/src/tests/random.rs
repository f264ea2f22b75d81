//! Dropout and the choices at special points.

use crate::{Dropout, MaxPool, Scores, Window, cross_entropy};
use streams::Stream;

#[test]
fn dropout_keeps_the_expected_share_and_scales_the_rest() {
    let layer = Dropout { rate: 0.25, size: 1000 };
    let stream = Stream::new(1, "t", "dropout/0", 0);
    let mut x = vec![0f32; 40 * layer.size];
    layer.draw(&stream, 3, 0, &mut x);
    let kept = x.iter().filter(|&&x| x > 0.0).count() as f64 / x.len() as f64;
    // Five standard errors of a share of 40 000 draws.
    assert!((kept - 0.75).abs() < 5.0 * (0.75f64 * 0.25 / 40_000.0).sqrt(), "{kept}");
    assert!(x.iter().all(|&x| x == 0.0 || (x - 4.0 / 3.0).abs() < 1e-6));
}

#[test]
fn a_dropout_mask_belongs_to_the_image_and_the_step() {
    let layer = Dropout { rate: 0.5, size: 13 };
    let stream = Stream::new(1, "t", "dropout/0", 0);
    let mut whole = vec![0f64; 6 * layer.size];
    layer.draw(&stream, 9, 0, &mut whole);
    let mut half = vec![0f64; 3 * layer.size];
    layer.draw(&stream, 9, 3, &mut half);
    assert_eq!(whole[3 * layer.size..], half[..]);
    let mut other = vec![0f64; 6 * layer.size];
    layer.draw(&stream, 10, 0, &mut other);
    assert_ne!(whole, other);
}

#[test]
fn a_nan_is_never_swallowed() {
    let window = Window { height: 3, width: 3, channels: 1, kernel: 3, stride: 2 };
    for position in 0..9 {
        let mut x = vec![1f32; 9];
        x[position] = f32::NAN;
        let (mut y, mut winner) = (vec![0f32], vec![0u8]);
        MaxPool(window).forward(1, &x, &mut y, &mut winner);
        assert!(y[0].is_nan(), "maximum over a window with NaN at {position}");
        let scores = cross_entropy::<f32>(9, 0.0, &x, &[4u8], 1.0, None);
        assert!(scores.loss.is_nan());
    }
    let mut y = [f64::NAN];
    let layer = crate::Affine { inputs: 1, outputs: 1, relu: true };
    layer.forward(&[f64::NAN], &[1.0], &[0.0], &mut y, &mut crate::Workspace::default());
    assert!(y[0].is_nan());
}

#[test]
fn cross_entropy_survives_large_logits() {
    let Scores { loss, correct } = cross_entropy::<f32>(2, 0.0, &[1000.0, -1000.0], &[0u8], 1.0, None);
    assert_eq!((loss, correct), (0.0, 1));
    let Scores { loss, .. } = cross_entropy::<f32>(2, 0.0, &[1000.0, -1000.0], &[1u8], 1.0, None);
    assert_eq!(loss, 2000.0);
}
