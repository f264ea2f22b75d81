//! The tables as files: Arrow IPC for programs, CSV for people.

use super::Tables;
use crate::error::ReportError;
use polars::prelude::DataFrame;
use polars_io::prelude::{CsvWriter, IpcWriter, SerWriter};
use records::write_atomically_with;
use std::path::{Path, PathBuf};

impl Tables {
    /// Names of the files that [`Tables::write`] writes.
    pub(crate) const FILES: [&'static str; 4] = ["curves.arrow", "curves.csv", "runs.arrow", "runs.csv"];

    /// Writes `runs` and `curves` into a folder, each as `.arrow` (IPC file format) and `.csv`, and gives their sizes in
    /// bytes. They go to the disk as they are encoded: text of millions of rows is not held in memory.
    ///
    /// # Errors
    /// If a file cannot be written, or polars cannot encode a column, which would be a defect.
    pub fn write(&self, folder: &Path) -> Result<Vec<(PathBuf, u64)>, ReportError> {
        let mut files = Vec::new();
        for (name, table) in [("curves", &self.curves), ("runs", &self.runs)] {
            let mut table: DataFrame = table.clone();
            let path = folder.join(format!("{name}.arrow"));
            let size = write_atomically_with(&path, |file| {
                Ok::<_, ReportError>(IpcWriter::new(file).finish(&mut table)?)
            })?;
            files.push((path, size));
            let path = folder.join(format!("{name}.csv"));
            let size = write_atomically_with(&path, |file| {
                Ok::<_, ReportError>(CsvWriter::new(file).finish(&mut table)?)
            })?;
            files.push((path, size));
        }
        Ok(files)
    }
}
