//! What a rule does not see.

/// A change of the problem that an optimizer's path follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invariance {
    /// Rows of a matrix change places: the path is the same with its rows exchanged.
    Permutation,
    /// All gradients are multiplied by a power of two: the path does not change by a bit.
    Scale,
    /// A matrix is turned by orthogonal matrices on both sides: so is the path.
    Rotation,
}
