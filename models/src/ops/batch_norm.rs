use super::{Backward, Forward, Operator};
use kernels::{BatchGradient, BatchNorm, Real, Statistics};

/// Means and what deviations are divided into, one behind the other.
fn halves<F>(statistics: &[F]) -> Statistics<'_, F> {
    let (mean, inverse) = statistics.split_at(statistics.len() / 2);
    Statistics { mean, inverse }
}

/// The gradients of gain and shift are added by [`add_parameter_gradient`] before the backward pass, which needs those of the whole
/// batch.
impl Operator for BatchNorm {
    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        let (gain, shift) = pass.parameters.split_at(self.channels);
        BatchNorm::forward(self, pass.x, halves(pass.statistics), gain, shift, pass.y);
    }

    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        let Some(dx) = pass.dx else { return };
        let (gain, _) = pass.parameters.split_at(self.channels);
        let (dgain, dshift) = pass.totals.split_at(self.channels);
        let rows = pass.batch_size * (pass.x.len() / self.channels / pass.images.max(1));
        let batch = BatchGradient { rows, dgain, dshift };
        self.input_gradient(pass.x, halves(pass.statistics), gain, batch, pass.dy, dx);
    }
}

/// Adds a shard's part to the gradients of gain and shift.
pub(crate) fn add_parameter_gradient<F: Real>(
    norm: &BatchNorm,
    x: &[F],
    statistics: &[F],
    dy: &[F],
    gradient: &mut [F],
) {
    let (dgain, dshift) = gradient.split_at_mut(norm.channels);
    norm.add_parameter_gradient(x, halves(statistics), dy, dgain, dshift);
}
