//! The page above several reports: which there are, how far each is, and what each says first.

use crate::{ReportError, pages};
use records::write_atomically;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Levels of folders that are looked into: a study may be called `a/b`.
const LEVELS: usize = 3;
/// Bytes of a `report.json`, at most.
const LARGEST: u64 = 1 << 28;
/// Text by which the page is known for one of ours.
const MARK: &str = "<!-- Made by inna-bench: the reports below this folder. -->";

/// A report as the list shows it: a part of `report.json`, of any format, in which anything may be missing.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Listed {
    /// Address of its first page from the list.
    #[serde(skip_deserializing)]
    page: String,
    study: String,
    title: String,
    question: String,
    label: Option<String>,
    headline: Option<String>,
    findings: Vec<String>,
    data_date: Option<String>,
    progress: Progress,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Progress {
    planned: u64,
    done: u64,
    diverged: u64,
    missing: u64,
}

/// Writes `index.html` into a folder of reports: a line for every report below it, by path. Gives its path; `None` if another file of
/// that name is there, which stays.
///
/// # Errors
/// If it cannot be written.
pub fn list_reports(folder: &Path) -> Result<Option<PathBuf>, ReportError> {
    let path = folder.join("index.html");
    if path.symlink_metadata().is_ok() && !records::text::read(&path).is_ok_and(|text| text.contains(MARK)) {
        return Ok(None);
    }
    let mut reports = Vec::new();
    collect(folder, "", LEVELS, &mut reports);
    let text = pages::list(&reports, MARK)?;
    write_atomically(&path, text.as_bytes())?;
    Ok(Some(path))
}

/// The reports in the folders of a folder, in the order of their names. What cannot be read is none.
fn collect(folder: &Path, inside: &str, levels: usize, reports: &mut Vec<Listed>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    // Links are not followed: they may lead back.
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    for name in names.iter().filter(|name| !name.starts_with('.')) {
        let place = folder.join(name);
        let inside = format!("{inside}{name}/");
        match read(&place.join("report.json")) {
            Some(report) => {
                reports.push(Listed { page: format!("{}index.html", address(&inside)), ..report })
            }
            None if levels > 1 => collect(&place, &inside, levels - 1, reports),
            None => {}
        }
    }
}

/// A relative path as an address: only letters, digits, `-`, `_`, `.` and `/` stand for themselves.
fn address(path: &str) -> String {
    let byte = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' => char::from(b).to_string(),
        other => format!("%{other:02X}"),
    };
    path.bytes().map(byte).collect()
}

fn read(path: &Path) -> Option<Listed> {
    let found = path.symlink_metadata().ok()?;
    let text = (found.is_file() && found.len() <= LARGEST).then(|| records::text::read(path).ok())??;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_folders_with_any_name() {
        assert_eq!(address("a/b-1.c_d/"), "a/b-1.c_d/");
        assert_eq!(address("a b#?%\"<é"), "a%20b%23%3F%25%22%3C%C3%A9");
    }

    #[test]
    fn reports_are_found_below_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put("b/report.json", r#"{"title": "B <b>", "progress": {"planned": 3, "done": 1, "missing": 2}}"#);
        put("a/one/report.json", r#"{"title": "A", "headline": "A ends highest.", "format": 99}"#);
        put("a/one/figures/report.json", r#"{"title": "inside of another"}"#);
        put("c/report.json", "no report");
        put(".hidden/report.json", "{}");
        let path = list_reports(folder.path()).unwrap().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let [a, b] =
            ["href=\"a/one/index.html\"", "href=\"b/index.html\""].map(|part| text.find(part).unwrap());
        assert!(a < b && text.contains("A ends highest.") && text.contains("B &lt;b&gt;"));
        assert!(text.contains("1 of 3") && text.contains("2 missing"));
        assert_eq!(text.matches("href=").count(), 2, "{text}");
        assert!(list_reports(folder.path()).unwrap().is_some(), "ours is made again");
        fs::write(&path, "another's").unwrap();
        assert!(list_reports(folder.path()).unwrap().is_none());
        assert_eq!(fs::read_to_string(&path).unwrap(), "another's");
    }
}
