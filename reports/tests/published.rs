//! Result sets that are committed: their pages are what their records render to.
#![allow(clippy::unwrap_used)]

use records::{Manifest, Store};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files below `folder` with their contents, by path within it.
fn files(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>, root: &Path) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found, root);
        } else {
            found.insert(path.strip_prefix(root).unwrap().to_owned(), std::fs::read(path).unwrap());
        }
    }
}

/// After a change to the pages, `make published` renders them again.
#[test]
fn published_pages_come_from_the_records_beside_them() {
    let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("published");
    let mut sets = 0;
    for set in std::fs::read_dir(published).unwrap().flatten().filter(|set| set.path().is_dir()) {
        sets += 1;
        let set = set.path();
        let text = std::fs::read_to_string(set.join("manifest.json")).unwrap();
        let manifest: Manifest = serde_json::from_str(&text).unwrap();
        let store = Store::open(set.join("store"));
        let records: Vec<_> =
            manifest.runs.iter().map(|run| store.read(&run.task, &run.id).unwrap().unwrap()).collect();
        let folder = tempfile::tempdir().unwrap();
        // As they are published: the pages lead to them.
        let beside = Store::open(folder.path().join("store"));
        for record in &records {
            beside.write(record).unwrap();
        }
        reports::build(&manifest, &records, folder.path()).unwrap();

        let (mut here, mut again) = (BTreeMap::new(), BTreeMap::new());
        files(&set, &mut here, &set);
        here.retain(|path, _| !path.starts_with("store"));
        files(folder.path(), &mut again, folder.path());
        again.retain(|path, _| !path.starts_with("store"));
        assert_eq!(here.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>(), "{}", set.display());
        for (path, bytes) in &here {
            assert!(
                again[path] == *bytes,
                "{} in {} is not what its records give: make published",
                path.display(),
                set.display()
            );
        }
    }
    assert!(sets > 0);
}

/// The documents that have the general table of an archive.
const TABLES: [(&str, &str); 2] = [("standard", "../README.md"), ("inna-settings", "../docs/REPRODUCING.md")];

/// An archive is made once, with the pages of its day; all its runs are in it, and the tables of the documents are what they come to now.
#[test]
fn published_archives_are_whole_and_tables_of_the_documents_are_from_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut studies = Vec::new();
    for file in std::fs::read_dir(root.join("published")).unwrap().flatten().map(|file| file.path()) {
        if !reports::is_archive(&file.to_string_lossy()) {
            continue;
        }
        let unpacked = reports::unpack(&file).unwrap();
        let (manifest, records) = (unpacked.manifest, unpacked.records);
        assert_eq!(records.len(), manifest.runs.len(), "{}", file.display());
        studies.push(manifest.study.clone());
        if let Some((study, document)) = TABLES.iter().find(|(study, _)| *study == manifest.study) {
            let text = std::fs::read_to_string(root.join(document)).unwrap();
            let tables = reports::tables::Tables::new(&manifest, &records).unwrap();
            let report = reports::Report::new(&manifest, &records, &tables).unwrap();
            let table = reports::leaderboard(&report, reports::LeaderboardFormat::Markdown).unwrap().unwrap();
            let table = String::from_utf8(table).unwrap();
            let table = table.trim_end();
            assert!(text.contains(table), "the table of {document} is not that of {study}.tar.gz:\n{table}");
        }
    }
    studies.sort();
    assert_eq!(studies, ["inna-settings", "standard", "tasks"]);
}
