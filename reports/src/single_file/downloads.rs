//! The files of a report as links that hold them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of a file that a link holds, at most: Chromium hands out 20 MB of a link and not 40, Firefox has a limit of 32.
const LARGEST: u64 = 16_000_000;

/// The files of a report.
pub(super) struct Downloads<'a> {
    folder: &'a Path,
    /// By their address from the pages, with their sizes.
    files: Vec<(String, u64)>,
    held: RefCell<BTreeSet<String>>,
}

impl<'a> Downloads<'a> {
    /// Those of a folder, pages left out.
    pub fn new(folder: &'a Path, files: &[(PathBuf, u64)]) -> Self {
        let address = |path: &Path| -> Option<String> {
            let parts: Option<Vec<&str>> =
                path.strip_prefix(folder).ok()?.iter().map(|part| part.to_str()).collect();
            Some(parts?.join("/"))
        };
        let files = files.iter().filter_map(|(path, bytes)| Some((address(path)?, *bytes)));
        let files = files.filter(|(path, _)| !path.ends_with(".html"));
        Self { folder, files: files.collect(), held: RefCell::default() }
    }

    /// Whether there is such a file.
    pub fn has(&self, address: &str) -> bool {
        self.files.iter().any(|(path, _)| path == address)
    }

    /// The link that holds a file; none of one that is too large.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn link(&self, address: &str) -> std::io::Result<Option<String>> {
        if self.files.iter().any(|(path, bytes)| path == address && *bytes > LARGEST) {
            return Ok(None);
        }
        let bytes = fs::read(self.folder.join(address))?;
        self.held.borrow_mut().insert(address.into());
        let kind = match address.rsplit('.').next() {
            Some("svg") => "image/svg+xml",
            Some("csv") => "text/csv;charset=utf-8",
            _ => "application/json",
        };
        Ok(Some(format!("data:{kind};base64,{}", STANDARD.encode(bytes))))
    }

    /// The files that no link holds, by address.
    pub fn left(&self) -> Vec<&str> {
        let held = self.held.borrow();
        let left = self.files.iter().filter(|(path, _)| !held.contains(path));
        left.map(|(path, _)| path.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_holds_the_bytes_unless_they_are_too_many() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("tables")).unwrap();
        fs::write(folder.path().join("tables/runs.csv"), "a,b\n").unwrap();
        let path = |name: &str| folder.path().join(name);
        let files =
            [(path("index.html"), 1), (path("tables/runs.csv"), 4), (path("tables/curves.csv"), LARGEST + 1)];
        let downloads = Downloads::new(folder.path(), &files);
        assert!(downloads.has("tables/runs.csv") && !downloads.has("index.html"));
        // RFC 4648's way: three bytes are four letters.
        let link = downloads.link("tables/runs.csv").unwrap().unwrap();
        assert_eq!(link, "data:text/csv;charset=utf-8;base64,YSxiCg==");
        assert_eq!(downloads.link("tables/curves.csv").unwrap(), None);
        assert_eq!(downloads.left(), ["tables/curves.csv"]);
    }
}
