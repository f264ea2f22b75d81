//! Losses that are sums over single numbers of an image, each with a target of its own.

use crate::Real;
use crate::sums::Sums;
use pulp::{Arch, Simd, WithSimd};

/// `Σ (y − t)²` over all numbers of `outputs` and `targets`; if wanted, sets `d` to the gradient of `weight` times that. For
/// the mean over a batch of the sum over an image's numbers, `weight = 1/batch`; for the mean over numbers too, divide it by
/// their number.
pub fn squared_error<F: Real>(outputs: &[F], targets: &[F], weight: F, d: Option<&mut [F]>) -> f64 {
    Arch::new().dispatch(Score { loss: SquaredError, outputs, targets, weight, d })
}

/// `−Σ (t ln p + (1 − t) ln (1 − p))`, in nats, over all numbers, with `p = 1 / (1 + e⁻ᶻ)` for the numbers `z` of `logits`
/// and targets `0 ≤ t ≤ 1`; if wanted, sets `d` to the gradient of `weight` times that (`weight = 1/batch` for the mean
/// over a batch). No logit is too large.
pub fn binary_cross_entropy<F: Real>(logits: &[F], targets: &[F], weight: F, d: Option<&mut [F]>) -> f64 {
    Arch::new().dispatch(Score { loss: BinaryCrossEntropy, outputs: logits, targets, weight, d })
}

/// The loss of one number.
pub(crate) trait Loss {
    /// The loss of `y` whose target is `t`, and its derivative with respect to `y`.
    fn of<F: Real>(&self, y: F, t: F) -> (F, F);
}

/// See [`squared_error`].
pub(crate) struct SquaredError;

/// See [`binary_cross_entropy`].
pub(crate) struct BinaryCrossEntropy;

impl Loss for SquaredError {
    #[inline(always)]
    fn of<F: Real>(&self, y: F, t: F) -> (F, F) {
        let difference = y - t;
        (difference * difference, difference + difference)
    }
}

impl Loss for BinaryCrossEntropy {
    #[inline(always)]
    fn of<F: Real>(&self, y: F, t: F) -> (F, F) {
        let size = if y < F::ZERO { -y } else { y };
        let small = (-size).exponential();
        // How far the target is from the nearer end, 0 or 1.
        let far = if y > F::ZERO { F::ONE - t } else { t };
        let share = F::ONE / (F::ONE + small);
        let p = if y > F::ZERO { share } else { small * share };
        (size * far + small.logarithm_beyond_one(), p - t)
    }
}

/// A loss over all numbers, to be compiled for each instruction set.
pub(crate) struct Score<'a, F, L> {
    pub loss: L,
    pub outputs: &'a [F],
    pub targets: &'a [F],
    pub weight: F,
    pub d: Option<&'a mut [F]>,
}

impl<F: Real, L: Loss> WithSimd for Score<'_, F, L> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        // Losses pass through a buffer: the loop that computes them has nothing to add up, and is vectorised.
        const BLOCK: usize = 64;
        let Self { loss, outputs, targets, weight, d } = self;
        let mut sums = Sums::default();
        let mut gradients = d.map(|d| d.chunks_mut(BLOCK));
        for (outputs, targets) in outputs.chunks(BLOCK).zip(targets.chunks(BLOCK)) {
            let mut losses = [F::ZERO; BLOCK];
            let losses = &mut losses[..outputs.len()];
            let numbers = losses.iter_mut().zip(outputs.iter().zip(targets));
            match gradients.as_mut().and_then(Iterator::next) {
                Some(gradient) => {
                    for ((value, (&y, &t)), d) in numbers.zip(gradient) {
                        let slope;
                        (*value, slope) = loss.of(y, t);
                        *d = weight * slope;
                    }
                }
                None => {
                    for (value, (&y, &t)) in numbers {
                        *value = loss.of(y, t).0;
                    }
                }
            }
            sums.add(losses, F::to_f64);
        }
        sums.total()
    }
}
