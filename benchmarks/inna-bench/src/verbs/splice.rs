//! The general table inside another text file, which stays what it is otherwise.

use anyhow::{Context, Result, bail};
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::Path;

/// Puts the table into the file between the two lines that say where. A link stays a link, to the file that is changed; the
/// file keeps its permissions and line ends. It is the old one or the new one at any moment.
pub(super) fn splice(file: &Path, study: &str, report: &reports::Report) -> Result<()> {
    let shown = file.display();
    let named = || format!("--splice {shown} cannot be read; name a text file");
    let text = fs::read_to_string(file).with_context(named)?;
    let place = fs::canonicalize(file).with_context(named)?;
    let permissions = fs::metadata(&place).with_context(named)?.permissions();
    // Replacing a file asks for no right to write to it.
    if permissions.readonly() {
        bail!("--splice {shown} is read-only; make it writable, or name another file");
    }
    let command = format!("inna-bench report {study}");
    let new = reports::splice(&text, &command, &reports::terminal_table(report))
        .with_context(|| format!("--splice {shown}"))?;
    if new == text {
        return Ok(());
    }
    replace(&place, new.as_bytes(), permissions).with_context(|| {
        format!("--splice {shown} cannot be written; name a file in a folder you may write to")
    })
}

/// Writes beside the file and renames; the permissions are there before the first byte is.
fn replace(place: &Path, bytes: &[u8], permissions: Permissions) -> io::Result<()> {
    let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let draft = place.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let write = || {
        let mut file = File::create(&draft)?;
        file.set_permissions(permissions)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, place)
    };
    let result = write();
    if result.is_err() {
        // Best effort: the error that matters is the one being returned.
        let _ = fs::remove_file(&draft);
    }
    result
}
