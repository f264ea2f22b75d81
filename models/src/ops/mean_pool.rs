use super::{Backward, Forward, Operator};
use kernels::{MeanPool, Real};

impl Operator for MeanPool {
    fn reads_input(&self) -> bool {
        false
    }

    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        MeanPool::forward(self, pass.x, pass.y);
    }

    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        if let Some(dx) = pass.dx {
            MeanPool::backward(self, pass.dy, dx);
        }
    }
}
