//! Files that appear whole or not at all.

use crate::DataError;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Writes beside the file's place and renames into it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), DataError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|e| DataError::io("making", folder, e))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!(".{name}.{}.part", std::process::id()));
    let written =
        File::create(&draft).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|e| DataError::io("writing", path, e)).and_then(|()| name_it(&draft, path)).inspect_err(
        |_| {
            // Best effort: the error that matters is the one being returned.
            let _ = std::fs::remove_file(&draft);
        },
    )
}

/// Gives a finished draft its name, for good: a loss of power afterwards does not undo it.
pub(crate) fn name_it(draft: &Path, path: &Path) -> Result<(), DataError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::rename(draft, path)
        // Where folders cannot be opened, they cannot be flushed either.
        .map(|()| File::open(folder).and_then(|folder| folder.sync_all()).unwrap_or_default())
        .map_err(|e| DataError::io("writing", path, e))
}
