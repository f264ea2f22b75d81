use super::{Backward, Forward, Operator};
use kernels::{Activation, Real};

impl Operator for Activation {
    fn reads_output(&self) -> bool {
        true
    }

    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        Activation::forward(self, pass.x, pass.y);
    }

    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        if let Some(dx) = pass.dx {
            Activation::backward(self, pass.x, pass.y, pass.dy, dx);
        }
    }
}
