//! What can go wrong.

use rule::StateError;

/// Why an optimizer cannot be made, take a step or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OptimError {
    /// There is no such optimizer, or it refuses a hyper-parameter.
    #[error(transparent)]
    Hyper(Box<rule::CatalogueError>),
    /// A parameter is not of a kind that can be stepped.
    #[error("parameter `{name}` is {found}; accepted: F32")]
    Kind {
        /// The parameter.
        name: String,
        /// Its type.
        found: String,
    },
    /// Two parameters of a group have one name.
    #[error("two parameters are called `{name}`; give them other names")]
    Twice {
        /// The name.
        name: String,
    },
    /// A variable is given more than once.
    #[error("parameter `{name}` is a variable that was given before; give each once, in one group")]
    Shared {
        /// The parameter.
        name: String,
    },
    /// The loss does not depend on a parameter.
    #[error(
        "parameter `{name}` has no gradient: leave parameters out that the loss does not depend on, as running statistics (`trained` \
         does that)"
    )]
    NoGradient {
        /// The parameter.
        name: String,
    },
    /// A saved state is that of something else.
    #[error("{file}: {reason}")]
    State {
        /// Where it was read.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The optimizer refuses a saved state.
    #[error(transparent)]
    Refused(#[from] StateError),
    /// candle's own.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
}

impl From<rule::CatalogueError> for OptimError {
    fn from(error: rule::CatalogueError) -> Self {
        Self::Hyper(Box::new(error))
    }
}

impl From<OptimError> for candle_core::Error {
    fn from(error: OptimError) -> Self {
        match error {
            OptimError::Candle(error) => error,
            other => Self::Msg(other.to_string()),
        }
    }
}
