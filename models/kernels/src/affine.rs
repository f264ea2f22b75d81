//! `y = x W + b`, with or without a rectifier: dense layers, and the heart of convolutions.

use crate::{Matrix, Real, product};

/// An affine map from `inputs` to `outputs` numbers, applied to every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Affine {
    /// Length of an input row.
    pub inputs: usize,
    /// Length of an output row.
    pub outputs: usize,
    /// Whether `max(0, ·)` follows.
    pub relu: bool,
}

impl Affine {
    /// `y [rows, outputs] = relu(x [rows, inputs] · weight [inputs, outputs] + bias [outputs])`.
    pub fn forward<F: Real>(&self, rows: usize, x: &[F], weight: &[F], bias: &[F], y: &mut [F]) {
        for row in y.chunks_exact_mut(self.outputs) {
            row.copy_from_slice(bias);
        }
        let x = Matrix::new(x, rows, self.inputs);
        product(y, x, Matrix::new(weight, self.inputs, self.outputs), true);
        if self.relu {
            for value in y.iter_mut() {
                *value = if *value > F::ZERO { *value } else { keep_nan(*value) };
            }
        }
    }

    /// Turns the gradient at `y` into the one before the rectifier, in place.
    pub fn unrectify<F: Real>(&self, y: &[F], dy: &mut [F]) {
        if self.relu {
            for (d, &value) in dy.iter_mut().zip(y) {
                *d = if value > F::ZERO { *d } else { F::ZERO };
            }
        }
    }

    /// Adds this shard's part to the gradients of weight and bias; `dy` is already behind the rectifier.
    pub fn add_parameter_gradient<F: Real>(
        &self,
        rows: usize,
        x: &[F],
        dy: &[F],
        dweight: &mut [F],
        dbias: &mut [F],
    ) {
        let x = Matrix::new(x, rows, self.inputs);
        product(dweight, x.transposed(), Matrix::new(dy, rows, self.outputs), true);
        for row in dy.chunks_exact(self.outputs) {
            for (sum, &d) in dbias.iter_mut().zip(row) {
                *sum += d;
            }
        }
    }

    /// `dx = dy · weightᵀ`.
    pub fn input_gradient<F: Real>(&self, rows: usize, dy: &[F], weight: &[F], dx: &mut [F]) {
        let weight = Matrix::new(weight, self.inputs, self.outputs);
        product(dx, Matrix::new(dy, rows, self.outputs), weight.transposed(), false);
    }
}

/// Zero, but not for NaN: a rectifier that swallowed it would hide a divergence.
#[inline]
fn keep_nan<F: Real>(value: F) -> F {
    if value <= F::ZERO { F::ZERO } else { value }
}
