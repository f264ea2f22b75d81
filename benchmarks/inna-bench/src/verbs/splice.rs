//! The general table inside another text file, which stays what it is otherwise.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;

/// Puts the table into the file between the two lines that say where. A link stays a link, to the file that is changed; the
/// file keeps its permissions and line ends. It is the old one or the new one at any moment.
pub(super) fn splice(file: &Path, command: &str, report: &reports::Report) -> Result<()> {
    let shown = file.display();
    let named = || format!("--splice {shown} cannot be read; name a text file");
    let place = fs::canonicalize(file).with_context(named)?;
    if !fs::metadata(&place).with_context(named)?.is_file() {
        bail!("--splice {shown} is no text file; name one");
    }
    let text = fs::read_to_string(file).with_context(named)?;
    // Replacing a file asks for no right to write to it.
    if fs::metadata(&place).with_context(named)?.permissions().readonly() {
        bail!("--splice {shown} is read-only; make it writable, or name another file");
    }
    let new = reports::splice(&text, &report.study, command, &reports::terminal_table(report))
        .with_context(|| format!("--splice {shown}"))?;
    if new == text {
        return Ok(());
    }
    records::write_atomically(&place, new.as_bytes()).with_context(|| {
        format!("--splice {shown} cannot be written; name a file in a folder you may write to")
    })
}
