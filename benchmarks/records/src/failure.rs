//! Texts about trainings that ended badly: `STORE/failures/`.

use crate::draft::unique;
use crate::{Name, Store, StoreError, write_atomically};
use std::path::PathBuf;

/// Their folder, which no task can be called.
const FAILURES: &str = "failures";
/// The end of their names.
const EXTENSION: &str = "txt";

impl Store {
    /// Keeps a text about a population whose first run is this one; gives its file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep_failure(&self, task: &Name, first: &Name, text: &str) -> Result<PathBuf, StoreError> {
        let file = self.root().join(FAILURES).join(format!("{task}.{first}.{}.{EXTENSION}", unique()));
        write_atomically(&file, text.as_bytes())?;
        Ok(file)
    }

    /// The files there are, sorted.
    pub fn failures(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.root().join(FAILURES)).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        files.retain(|file| {
            let is_draft = file.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
            !is_draft && file.extension().is_some_and(|e| e == EXTENSION)
        });
        files.sort();
        files
    }
}
