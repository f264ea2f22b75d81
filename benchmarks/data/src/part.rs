//! The parts that a made data set has.

/// One of the two parts, which share no draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// To train and validate on.
    Train,
    /// To test on.
    Test,
}

impl Part {
    /// The name of its stream of draws.
    pub(crate) fn stream(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Test => "test",
        }
    }
}
