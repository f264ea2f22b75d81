//! Rows of a learnt table: one for every token, and one for every position.

use crate::Real;
use crate::combine::{Sum, combine};
use pulp::{Arch, Simd, WithSimd};

/// A vector for every token of a vocabulary: the table is `[vocabulary, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedding {
    /// Length of a vector.
    pub width: usize,
}

impl Embedding {
    /// `y [n · time, width]`, the vectors of the tokens `[n · time]`. Panics at a token that the table does not have.
    pub fn forward<F: Real>(&self, tokens: &[u32], table: &[F], y: &mut [F]) {
        for (&token, y) in tokens.iter().zip(y.chunks_exact_mut(self.width)) {
            y.copy_from_slice(&table[token as usize * self.width..][..self.width]);
        }
    }

    /// Adds this shard's part to the gradient of the table, in order of the tokens.
    pub fn add_gradient<F: Real>(&self, tokens: &[u32], dy: &[F], dtable: &mut [F]) {
        Arch::new().dispatch(AddGradient { width: self.width, tokens, dy, dtable });
    }
}

/// [`Embedding::add_gradient`], to be compiled for each instruction set.
struct AddGradient<'a, F> {
    width: usize,
    tokens: &'a [u32],
    dy: &'a [F],
    dtable: &'a mut [F],
}

impl<F: Real> WithSimd for AddGradient<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { width, tokens, dy, dtable } = self;
        for (&token, dy) in tokens.iter().zip(dy.chunks_exact(width)) {
            combine(simd, Sum, &mut dtable[token as usize * width..][..width], dy);
        }
    }
}

/// A learnt vector for every position of a sequence, added to what is there: the table is `[time, width]`, and the
/// gradient of what it is added to is the upstream one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Positions {
    /// Numbers of a sequence and of the table, `time · width`.
    pub size: usize,
}

impl Positions {
    /// Adds `table [time, width]` to every sequence of `x [n, time, width]`.
    pub fn forward<F: Real>(&self, table: &[F], x: &mut [F]) {
        for x in x.chunks_exact_mut(self.size) {
            crate::add(table, x);
        }
    }

    /// Adds this shard's part to the gradient of the table, in order of the sequences.
    pub fn add_gradient<F: Real>(&self, dy: &[F], dtable: &mut [F]) {
        for dy in dy.chunks_exact(self.size) {
            crate::add(dy, dtable);
        }
    }
}
