//! `tiny-shakespeare`: the text that character-level language models are tried on (A. Karpathy, char-rnn, 2015). It is read as
//! published or not at all: of another file, `text` makes a data set.

use super::{Windows, characters};
use crate::catalogue::Info;
use crate::files::{self, Content};
use crate::parts::Parts;
use crate::{DataError, Outline, SettingError};
use std::path::Path;

/// Characters of the text, a byte each.
pub(crate) const LENGTH: usize = 1_115_394;
/// Different ones.
pub(crate) const CHARACTERS: usize = 65;

/// The file under `dir`.
pub(crate) fn read(info: &Info, dir: &Path) -> Result<Content, DataError> {
    let recorded = files::recorded(info, dir)?;
    let file = &info.files[0];
    let content = files::read(info, dir, file, &recorded)?;
    if content.sha256.as_deref() == Some(file.sha256) {
        return Ok(content);
    }
    Err(DataError::Checksum {
        path: content.path,
        authority: "published",
        expected: file.sha256.to_owned(),
        got: content.sha256.unwrap_or_else(|| "that of a file of another length".into()),
    })
}

/// Refuses settings that are out of range, or that the text is too short for.
pub(crate) fn check(windows: &Windows) -> Result<(), SettingError> {
    windows.check()?;
    windows.fit(LENGTH, "input.txt")
}

/// The sizes.
pub(crate) fn outline(windows: &Windows) -> Outline {
    windows.outline(LENGTH, CHARACTERS)
}

/// The three parts, and a name for each token. The settings must have been checked.
pub(crate) fn parts(windows: &Windows, info: &Info, dir: &Path) -> Result<(Parts, Vec<String>), DataError> {
    let Content { path, bytes, .. } = read(info, dir)?;
    let (tokens, names) = characters(&bytes).map_err(|reason| DataError::Text { path, reason })?;
    Ok((windows.parts(&tokens, names.len()), names))
}
