//! Digest of everything that decides what the program computes and shows: sources, manifests, templates, scripts, the lock file.

use super::parts::ends_in;
use std::fs;
use std::path::{Path, PathBuf};

/// What it is of, in the folder of the repository. The root's manifest has the profile, its lock file the versions.
pub(crate) const SOURCES: [&str; 6] =
    ["benchmarks", "models", "optimizers", "reports", "Cargo.lock", "Cargo.toml"];
/// Ends of the names of files that count.
const ENDS: [&str; 10] = ["rs", "toml", "lock", "html", "css", "js", "sh", "cu", "c", "h"];
/// Folders of what is made from sources: generated pages, records, builds.
const RESULTS: [&str; 3] = ["out", "published", "target"];

/// The digest; `root` is the folder of the repository.
pub(crate) fn digest(root: &Path) -> String {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(&root.join(source), &mut files);
    }
    files.sort();
    let mut hasher = blake3::Hasher::new();
    for file in &files {
        let name = file.strip_prefix(root).unwrap_or(file);
        hasher.update(name.to_string_lossy().as_bytes());
        hasher.update(&fs::read(file).unwrap_or_default());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        if ends_in(path, &ENDS) {
            files.push(path.to_path_buf());
        }
        return;
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if !RESULTS.iter().any(|name| entry.file_name() == *name) {
            collect(&entry.path(), files);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_built_in_counts_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let put = |file: &str, text: &str| {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let counted = [
            "Cargo.toml",
            "Cargo.lock",
            "benchmarks/harness/src/slurm/functions.sh",
            "models/cuda/src/kernels/pools.cu",
            "optimizers/adam/src/lib.rs",
            "reports/templates/script/page.js",
            "reports/templates/style.css",
        ];
        counted.iter().for_each(|file| put(file, "before"));
        let mut before = digest(folder.path());
        for file in counted {
            put(file, "after");
            let after = digest(folder.path());
            assert_ne!(after, before, "{file}");
            before = after;
        }
        for file in [
            "README.md",
            "optimizers/adam/src/.lib.rs.swp",
            "optimizers/adam/src/.#lib.rs",
            "optimizers/adam/src/lib.rs~",
            "optimizers/adam/src/lib.rs.orig",
            "reports/out/quick/index.html",
            "reports/published/quick/index.html",
        ] {
            put(file, "any");
            assert_eq!(digest(folder.path()), before, "{file}");
        }
    }
}
