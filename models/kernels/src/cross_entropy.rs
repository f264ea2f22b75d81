//! Softmax and cross-entropy in one pass over the logits.

use crate::Real;

/// What a shard of predictions adds up to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    /// Sum of the cross-entropies, in nats.
    pub loss: f64,
    /// Images whose largest logit is their label's (the first among equals).
    pub correct: u32,
}

/// Scores `logits [n, classes]` against `labels` and, if wanted, sets `dlogits` to the gradient of
/// `weight · Σ loss` (`weight = 1/batch` for the mean over a batch). Labels are believed but for a share `smoothing`, in `[0, 1]`, which is
/// spread evenly over all classes: the loss is `−Σ q ln p` with `q = smoothing / classes`, and `1 − smoothing` more for the label. Labels
/// are whole numbers of any width up to 32 bits.
pub fn cross_entropy<F: Real>(
    classes: usize,
    smoothing: f64,
    logits: &[F],
    labels: &[impl Copy + Into<u32>],
    weight: F,
    mut dlogits: Option<&mut [F]>,
) -> Scores {
    let mut scores = Scores::default();
    // What the gradient lacks of the softmax: at the label, and elsewhere.
    let spread = smoothing / classes as f64;
    let (hit, miss) = (weight.to_f64() * (1.0 - smoothing + spread), weight.to_f64() * spread);
    let (hit, miss) = (F::from_f64(hit), F::from_f64(miss));
    for (i, (row, &label)) in logits.chunks_exact(classes).zip(labels).enumerate() {
        let label = label.into() as usize;
        let mut best = 0;
        for (class, &z) in row.iter().enumerate() {
            // A NaN is never overtaken by `>`; letting it win keeps the loss NaN, as it should be.
            #[allow(clippy::eq_op)]
            if z > row[best] || z != z {
                best = class;
            }
        }
        let top = row[best];
        let total: F = row.iter().fold(F::ZERO, |sum, &z| sum + (z - top).exp());
        let mut expected = row[label].to_f64();
        if smoothing > 0.0 {
            let sum: f64 = row.iter().map(|z| z.to_f64()).sum();
            expected = (1.0 - smoothing) * expected + spread * sum;
        }
        scores.loss += total.ln().to_f64() + (top.to_f64() - expected);
        scores.correct += u32::from(best == label);
        if let Some(d) = dlogits.as_deref_mut() {
            let scale = weight / total;
            for (class, (d, &z)) in d[i * classes..(i + 1) * classes].iter_mut().zip(row).enumerate() {
                *d = (z - top).exp() * scale - if class == label { hit } else { miss };
            }
        }
    }
    scores
}
