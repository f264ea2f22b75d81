use super::{Backward, Destination, Forward, Operator};
use kernels::{Real, add};

/// The sum of two values of one shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Add;

impl Operator for Add {
    fn in_place(&self) -> bool {
        true
    }

    fn reads_input(&self) -> bool {
        false
    }

    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        add(pass.other, pass.y);
    }

    /// The gradient of the first input is that of the output, which lies there already.
    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        match pass.other {
            Some(Destination { to, add: true }) => add(pass.dy, to),
            Some(Destination { to, add: false }) => to.copy_from_slice(pass.dy),
            None => {}
        }
    }
}
