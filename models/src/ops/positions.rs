use super::{Backward, Forward, Operator};
use kernels::{Positions, Real};

impl Operator for Positions {
    fn in_place(&self) -> bool {
        true
    }

    fn reads_input(&self) -> bool {
        false
    }

    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        Positions::forward(self, pass.parameters, pass.y);
    }

    /// The gradient of what the table is added to is that of the output, which lies there already.
    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        self.add_gradient(pass.dy, pass.gradient);
    }
}
