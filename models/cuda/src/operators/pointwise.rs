//! Losses that are sums over an example's numbers.

use super::{Done, Operators, Parts, whole, word};
use crate::{Argument, Buffer};
use Argument::{F32, Null};

/// Sums that an example's numbers are dealt out to: a warp reads neighbours.
pub(crate) const PARTS: usize = 32;

/// The loss of one number with a target.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pointwise {
    SquaredError,
    BinaryCrossEntropy,
}

impl Pointwise {
    /// What the kernel calls it.
    fn place(self) -> usize {
        match self {
            Self::SquaredError => 0,
            Self::BinaryCrossEntropy => 1,
        }
    }
}

impl Operators {
    /// Scores `outputs [examples, size]` against as many targets, or zeros, and sets the gradient of `weight · Σ loss`, if wanted.
    pub fn pointwise(
        &self,
        function: Pointwise,
        [examples, size]: [usize; 2],
        outputs: &Buffer,
        targets: Option<&Buffer>,
        parts: &Parts,
        gradient: Option<(&Buffer, f32)>,
    ) -> Done {
        assert_eq!(parts.each, PARTS, "parts of an example");
        let arguments = [
            whole::<f32>(outputs, examples * size),
            targets.map_or(Null, |targets| whole::<f32>(targets, examples * size)),
            whole::<f64>(&parts.losses, examples * PARTS),
            gradient.map_or(Null, |(buffer, _)| whole::<f32>(buffer, examples * size)),
            F32(gradient.map_or(0.0, |(_, weight)| weight)),
            word(function.place()),
            word(size),
            word(PARTS),
            word(examples),
        ];
        self.launch("pointwise_loss", examples, PARTS, &arguments)
    }
}
