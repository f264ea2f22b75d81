use super::{Backward, Forward, Operator};
use kernels::{Real, Total};

impl Operator for Total {
    fn reads_input(&self) -> bool {
        false
    }

    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        Total::forward(self, pass.x, pass.y);
    }

    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        if let Some(dx) = pass.dx {
            Total::backward(self, pass.dy, dx);
        }
    }
}
