use super::{Backward, Forward, Operator};
use kernels::{AveragePool, Real};

impl Operator for AveragePool {
    fn reads_input(&self) -> bool {
        false
    }

    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        AveragePool::forward(self, pass.images, pass.x, pass.y);
    }

    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        if let Some(dx) = pass.dx {
            AveragePool::backward(self, pass.images, pass.dy, dx);
        }
    }
}
