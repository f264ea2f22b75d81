use super::{Backward, Forward, Keeps, Operator};
use kernels::{Attention, Real};

impl Operator for Attention {
    fn kept(&self) -> Keeps {
        Keeps { numbers: Attention::kept(self), ..Keeps::default() }
    }

    /// Queries by keys, and what is attended to by values; as many under a mask, where half of it is left out.
    fn products(&self) -> usize {
        2 * self.time * self.time * self.width
    }

    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        Attention::forward(self, pass.x, pass.y, pass.kept.numbers, pass.workspace);
    }

    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        if let Some(dx) = pass.dx {
            Attention::backward(self, pass.x, pass.kept.numbers, pass.dy, dx, pass.workspace);
        }
    }
}
