use super::{Backward, Forward, Keeps, Operator};
use kernels::{LayerNorm, Real};

/// A layer normalisation of every position's channels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormalisedRows {
    /// Its geometry.
    pub norm: LayerNorm,
    /// Positions of an image.
    pub positions: usize,
}

impl Operator for NormalisedRows {
    fn kept(&self) -> Keeps {
        Keeps { numbers: self.positions * LayerNorm::KEPT, ..Keeps::default() }
    }

    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        let (gain, shift) = pass.parameters.split_at(self.norm.size);
        self.norm.forward(pass.x, gain, shift, pass.y, pass.kept.numbers);
    }

    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        // Its kernel makes all gradients at once; at the start of a network nobody asks for that of the input.
        let mut unasked = vec![F::ZERO; if pass.dx.is_none() { pass.x.len() } else { 0 }];
        let dx = pass.dx.unwrap_or(&mut unasked);
        let (gain, _) = pass.parameters.split_at(self.norm.size);
        let (dgain, dshift) = pass.gradient.split_at_mut(self.norm.size);
        self.norm.backward(pass.x, pass.kept.numbers, gain, pass.dy, dx, [dgain, dshift]);
    }
}
