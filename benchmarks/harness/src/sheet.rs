//! The CSV files under `configs/published`: comment lines (`#`) name the source, cells hold no commas and no quotes.

use crate::ConfigError;

/// A file's rows below its header.
pub(crate) struct Sheet<'a> {
    file: &'a str,
    header: Vec<&'a str>,
    /// Number of the line, from 1, and its cells.
    rows: Vec<(usize, Vec<&'a str>)>,
}

/// One row, cell by column name.
pub(crate) struct Row<'a> {
    sheet: &'a Sheet<'a>,
    line: usize,
    cells: &'a [&'a str],
}

impl<'a> Sheet<'a> {
    /// Reads `text`, the content of `file`.
    ///
    /// # Errors
    /// If a row has another number of cells than the header.
    pub fn parse(file: &'a str, text: &'a str) -> Result<Self, ConfigError> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
        let header: Vec<&str> = lines.next().map(|(_, line)| line.split(',').collect()).unwrap_or_default();
        let rows: Vec<(usize, Vec<&str>)> =
            lines.map(|(n, line)| (n + 1, line.split(',').collect())).collect();
        match rows.iter().find(|(_, cells)| cells.len() != header.len()) {
            None => Ok(Self { file, header, rows }),
            Some((n, cells)) => {
                let message = format!("line {n}: {} cells under a header of {}", cells.len(), header.len());
                Err(ConfigError::new(file, message))
            }
        }
    }

    /// The rows in order.
    pub fn rows(&'a self) -> impl Iterator<Item = Row<'a>> {
        self.rows.iter().map(|(line, cells)| Row { sheet: self, line: *line, cells })
    }
}

impl<'a> Row<'a> {
    /// The text in a column.
    pub fn text(&self, column: &str) -> Result<&'a str, ConfigError> {
        let Sheet { file, header, .. } = self.sheet;
        let place = header.iter().position(|name| *name == column);
        let cell = place.and_then(|i| self.cells.get(i)).copied();
        cell.ok_or_else(|| ConfigError::new(*file, format!("no column `{column}` in the header {header:?}")))
    }

    /// The number in a column; none if the cell is empty.
    pub fn number(&self, column: &str) -> Result<Option<f64>, ConfigError> {
        let text = self.text(column)?;
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        number.map(Some).ok_or_else(|| {
            ConfigError::new(
                self.sheet.file,
                format!("line {}: `{text}` under `{column}` is not a finite number", self.line),
            )
        })
    }
}
