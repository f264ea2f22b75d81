use super::{Backward, Forward, Operator};
use kernels::Real;

/// The channels of the last position: what a causal network knows when it has read the whole sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// Positions.
    pub positions: usize,
    /// Channels of each.
    pub channels: usize,
}

impl Last {
    fn size(&self) -> usize {
        self.positions * self.channels
    }
}

impl Operator for Last {
    fn reads_input(&self) -> bool {
        false
    }

    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        let examples = pass.x.chunks_exact(self.size()).zip(pass.y.chunks_exact_mut(self.channels));
        examples.for_each(|(x, y)| y.copy_from_slice(&x[self.size() - self.channels..]));
    }

    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        let Some(dx) = pass.dx else { return };
        dx.fill(F::ZERO);
        let examples = dx.chunks_exact_mut(self.size()).zip(pass.dy.chunks_exact(self.channels));
        examples.for_each(|(dx, dy)| dx[self.size() - self.channels..].copy_from_slice(dy));
    }
}
