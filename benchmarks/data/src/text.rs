//! `text`: a file of the user's, a character or a byte a token; and the windows that a text is cut into.
//!
//! The text is divided by position: first the training part, then the validation, last the test part. An example is a window of
//! `context` tokens with, as labels, the token after each of them; windows follow each other without overlap, and what is left over at
//! the end of a part, too short for another, is left out.

mod file;
pub(crate) mod shakespeare;
mod windows;

pub use windows::Windows;

use crate::parts::Parts;
use crate::{DataError, Outline, SettingError, Share};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Component, Path};

/// The longest file that is read, in bytes.
pub const MOST_BYTES: u64 = 1 << 26;
/// The most tokens there can be: each is a byte.
const MOST_TOKENS: usize = 256;

/// What is a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A character of UTF-8; the vocabulary is those that occur, in the order of their code points.
    #[default]
    Characters,
    /// A byte of whatever it is; the vocabulary is all 256.
    Bytes,
}

/// The settings of the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The file, from the data directory on.
    pub file: String,
    /// What is a token.
    #[serde(default)]
    pub unit: Unit,
    /// Tokens of an example, 1 to 1024.
    #[serde(default = "Windows::usual_context")]
    pub context: usize,
    /// The share of the text that is held out for validation; 0 for no validation part.
    #[serde(default = "Windows::usual_share")]
    pub validation_share: Share,
    /// The share of the text that is tested on.
    #[serde(default = "Windows::usual_share")]
    pub test_share: Share,
}

impl Text {
    fn windows(&self) -> Windows {
        let Self { context, validation_share, test_share, .. } = *self;
        Windows { context, validation_share, test_share }
    }

    pub(crate) fn check(&self) -> Result<(), SettingError> {
        let parts = Path::new(&self.file).components();
        if self.file.is_empty() || !parts.into_iter().all(|part| matches!(part, Component::Normal(_))) {
            let accepted = "a path from the data directory on, without `..`, such as `texts/mine.txt`";
            return Err(SettingError::range("data.file", format!("`{}`", self.file), accepted));
        }
        self.windows().check()
    }

    /// The sizes, as the file under `data_dir` has them.
    pub(crate) fn outline(&self, data_dir: &Path) -> Result<Outline, DataError> {
        let (tokens, names) = self.read(data_dir)?;
        let windows = self.windows();
        windows.fit(tokens.len(), &self.file)?;
        Ok(windows.outline(tokens.len(), names.len()))
    }

    /// The three parts, and a name for each token. The settings must have been checked.
    pub(crate) fn parts(&self, data_dir: &Path) -> Result<(Parts, Vec<String>), DataError> {
        let (tokens, names) = self.read(data_dir)?;
        let windows = self.windows();
        windows.fit(tokens.len(), &self.file)?;
        Ok((windows.parts(&tokens, names.len()), names))
    }

    /// The tokens of the file, and their names.
    fn read(&self, data_dir: &Path) -> Result<(Vec<u8>, Vec<String>), DataError> {
        let path = data_dir.join(&self.file);
        let bytes = file::read(&path)?;
        match self.unit {
            Unit::Bytes => Ok((bytes, (0..MOST_TOKENS).map(|byte| format!("0x{byte:02x}")).collect())),
            Unit::Characters => characters(&bytes).map_err(|reason| DataError::Text { path, reason }),
        }
    }
}

/// The characters of a text as numbers, and their names; or why that cannot be.
pub(crate) fn characters(bytes: &[u8]) -> Result<(Vec<u8>, Vec<String>), String> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        format!("byte {} (from 0) is not UTF-8. Write `unit: bytes` to take it as it is", e.valid_up_to())
    })?;
    let there: BTreeSet<char> = text.chars().collect();
    if there.len() > MOST_TOKENS {
        return Err(format!(
            "it has {} different characters; at most {MOST_TOKENS} are accepted. Write `unit: bytes` to take its bytes as tokens",
            there.len()
        ));
    }
    let there: Vec<char> = there.into_iter().collect();
    // Found, and below 256: each is among them.
    let number = |character| there.binary_search(&character).unwrap_or_default() as u8;
    let name = |character: &char| match character.is_control() {
        true => character.escape_debug().to_string(),
        false => character.to_string(),
    };
    let names = there.iter().map(name).collect();
    Ok((text.chars().map(number).collect(), names))
}
