//! What can be wrong with settings, whatever the data.

/// A setting that is not accepted; every message names the key and what would be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// A value is out of range.
    #[error("{key}: {got} is not accepted; expected {accepted}")]
    Range {
        /// The key.
        key: &'static str,
        /// What it has.
        got: String,
        /// What would be accepted.
        accepted: String,
    },
    /// Sequences were to be chosen by class.
    #[error(
        "{key} chooses images by their class, and {name} has none to choose by; leave it out: {keys} under `data` say how many \
         examples there are"
    )]
    NotByClass {
        /// The key of the selection.
        key: &'static str,
        /// The data set.
        name: &'static str,
        /// The settings of the source that say how many there are.
        keys: &'static str,
    },
    /// Tokens were to be scaled as if they were brightness.
    #[error(
        "normalisation: the data are tokens, whose numbers are names and no quantities; write `normalisation: none`"
    )]
    TokensScaled,
    /// Images were not to be scaled.
    #[error(
        "normalisation: `none` is for tokens, and the data are images; write `standard` (what it is when left out), `unit` or \
         `half`"
    )]
    ImagesUnscaled,
}

impl SettingError {
    /// A value out of range.
    pub(crate) fn range(key: &'static str, got: impl ToString, accepted: impl Into<String>) -> Self {
        Self::Range { key, got: got.to_string(), accepted: accepted.into() }
    }
}
