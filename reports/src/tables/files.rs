//! The tables as files: Arrow IPC for programs, CSV for people.

use super::Tables;
use polars::prelude::{DataFrame, PolarsResult};
use polars_io::prelude::{CsvWriter, IpcWriter, SerWriter};

impl Tables {
    /// File names and contents: `runs` and `curves`, each as `.arrow` (IPC file format) and `.csv`.
    ///
    /// # Errors
    /// If polars cannot encode a column, which would be a defect.
    pub fn files(&self) -> PolarsResult<Vec<(String, Vec<u8>)>> {
        let mut files = Vec::new();
        for (name, table) in [("curves", &self.curves), ("runs", &self.runs)] {
            let mut table: DataFrame = table.clone();
            let (mut arrow, mut csv) = (Vec::new(), Vec::new());
            IpcWriter::new(&mut arrow).finish(&mut table)?;
            CsvWriter::new(&mut csv).finish(&mut table)?;
            files.push((format!("{name}.arrow"), arrow));
            files.push((format!("{name}.csv"), csv));
        }
        Ok(files)
    }
}
