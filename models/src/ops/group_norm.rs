use super::{Backward, Forward, Keeps, Operator};
use kernels::{GroupNorm, Real};

impl Operator for GroupNorm {
    fn kept(&self) -> Keeps {
        Keeps { numbers: GroupNorm::kept(self), ..Keeps::default() }
    }

    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        let (gain, shift) = pass.parameters.split_at(self.channels);
        GroupNorm::forward(self, pass.x, gain, shift, pass.y, pass.kept.numbers);
    }

    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        // Its kernel makes all gradients at once; at the start of a network nobody asks for that of the input.
        let mut unasked = vec![F::ZERO; if pass.dx.is_none() { pass.x.len() } else { 0 }];
        let dx = pass.dx.unwrap_or(&mut unasked);
        let (gain, _) = pass.parameters.split_at(self.channels);
        let (dgain, dshift) = pass.gradient.split_at_mut(self.channels);
        GroupNorm::backward(self, pass.x, pass.kept.numbers, gain, pass.dy, dx, [dgain, dshift]);
    }
}
