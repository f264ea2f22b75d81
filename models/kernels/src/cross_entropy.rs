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
/// `weight · Σ loss` (`weight = 1/batch` for the mean over a batch).
pub fn cross_entropy<F: Real>(
    classes: usize,
    logits: &[F],
    labels: &[u8],
    weight: F,
    mut dlogits: Option<&mut [F]>,
) -> Scores {
    let mut scores = Scores::default();
    for (i, (row, &label)) in logits.chunks_exact(classes).zip(labels).enumerate() {
        let label = usize::from(label);
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
        scores.loss += total.ln().to_f64() + (top.to_f64() - row[label].to_f64());
        scores.correct += u32::from(best == label);
        if let Some(d) = dlogits.as_deref_mut() {
            let scale = weight / total;
            for (class, (d, &z)) in d[i * classes..(i + 1) * classes].iter_mut().zip(row).enumerate() {
                *d = (z - top).exp() * scale - if class == label { weight } else { F::ZERO };
            }
        }
    }
    scores
}
