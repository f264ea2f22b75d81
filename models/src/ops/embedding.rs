use super::{Backward, Forward, Operator};
use kernels::{Embedding, Real};

/// A vector for every token of the network's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// The table's geometry.
    pub embedding: Embedding,
    /// Tokens that the table has.
    pub vocabulary: usize,
}

/// Tokens travel as numbers, which hold them exactly.
fn tokens<F: Real>(x: &[F]) -> Vec<u32> {
    x.iter().map(|token| token.to_f64() as u32).collect()
}

impl Operator for Tokens {
    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        self.embedding.forward(&tokens(pass.x), pass.parameters, pass.y);
    }

    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        self.embedding.add_gradient(&tokens(pass.x), pass.dy, pass.gradient);
    }
}
