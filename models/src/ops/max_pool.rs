use super::{Backward, Forward, Keeps, Operator};
use kernels::{MaxPool, Real};

impl Operator for MaxPool {
    fn kept(&self) -> Keeps {
        let (height, width) = self.0.output();
        Keeps { bytes: height * width * self.0.channels, ..Keeps::default() }
    }

    fn reads_input(&self) -> bool {
        false
    }

    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        MaxPool::forward(self, pass.images, pass.x, pass.y, pass.kept.bytes);
    }

    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        if let Some(dx) = pass.dx {
            MaxPool::backward(self, pass.images, pass.kept.bytes, pass.dy, dx);
        }
    }
}
