use super::{Backward, Draws, Forward, Keeps, Operator};
use kernels::{Dropout, Real, multiply_by};

/// A dropout layer with a stream of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Masked {
    /// Its geometry and rate.
    pub dropout: Dropout,
    /// Counts the dropout layers of the network.
    pub number: usize,
}

impl Operator for Masked {
    fn kept(&self) -> Keeps {
        Keeps { numbers: self.dropout.size, ..Keeps::default() }
    }

    fn in_place(&self) -> bool {
        true
    }

    fn reads_input(&self) -> bool {
        false
    }

    /// What is dropped is 0 and has no gradient.
    fn spares_rectifier(&self) -> bool {
        true
    }

    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        if let Some(Draws { streams, step, first }) = pass.draws {
            let mask = pass.kept.numbers;
            self.dropout.draw(&streams[self.number], step, first, mask);
            multiply_by(mask, pass.y);
        }
    }

    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        multiply_by(pass.kept.numbers, pass.dy);
    }
}
