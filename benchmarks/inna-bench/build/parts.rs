//! Digests of the parts of the suite that the result of a training depends on, so that a change of one part makes only those
//! runs stale that it touches. Comments, documentation, formatting and tests are no part of them.

use super::tokens;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A part: a name, what belongs to it, and what of that has no influence on a training.
struct Part {
    name: &'static str,
    paths: &'static [&'static str],
    without: &'static [&'static str],
}

/// The parts but for the optimizers, which are one each.
const PARTS: [Part; 7] = [
    Part {
        name: "rule",
        paths: &["optimizers/rule/src"],
        // Checks and formulas for pages.
        without: &["conformance", "mathml.rs"],
    },
    Part { name: "streams", paths: &["models/streams/src"], without: &[] },
    Part { name: "kernels", paths: &["models/kernels/src"], without: &[] },
    Part { name: "models", paths: &["models/src"], without: &["border.rs"] },
    Part { name: "cuda", paths: &["models/cuda/src"], without: &["conformance"] },
    // Which images there are is in the digest of the data.
    Part {
        name: "data",
        paths: &["benchmarks/data/src/images.rs", "benchmarks/data/src/normalise.rs"],
        without: &[],
    },
    Part {
        name: "training",
        paths: &[
            "benchmarks/harness/src/checkpoint.rs",
            "benchmarks/harness/src/engine",
            "benchmarks/harness/src/fingerprint.rs",
            "benchmarks/harness/src/train.rs",
            "benchmarks/harness/src/trajectory.rs",
        ],
        without: &[],
    },
];

/// Ends of the names of sources. What an editor leaves beside one has another.
const SOURCES: [&str; 4] = ["rs", "cu", "c", "h"];

/// Folders under `optimizers` that are not one.
const NO_OPTIMIZERS: [&str; 3] = ["rule", "catalogue", "inna-optim"];

/// Packages of others whose arithmetic or order of work a training stands on; their versions are the part `packages`.
const PACKAGES: [&str; 8] = ["blake3", "cudarc", "libm", "nalgebra", "pulp", "rayon", "rayon-core", "simba"];

/// Digest of every part, by name; `root` is that of the repository.
pub(crate) fn digests(root: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut digests = BTreeMap::new();
    for part in &PARTS {
        digests.insert(part.name.to_owned(), digest(root, part.paths, part.without)?);
    }
    for entry in fs::read_dir(root.join("optimizers"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let source = format!("optimizers/{name}/src");
        if !NO_OPTIMIZERS.contains(&name.as_str()) && root.join(&source).is_dir() {
            let digest = digest(root, &[&source], &[])?;
            if digests.insert(name.clone(), digest).is_some() {
                return Err(io::Error::other(format!(
                    "no optimizer can be called `{name}`: a part of the suite is"
                )));
            }
        }
    }
    digests.insert("packages".into(), packages(&fs::read_to_string(root.join("Cargo.lock"))?)?);
    Ok(digests)
}

fn digest(root: &Path, paths: &[&str], without: &[&str]) -> io::Result<String> {
    let mut files = Vec::new();
    for path in paths {
        let path = root.join(path);
        for name in without {
            // A name that is wrong would take something in, or leave something out, without a word.
            if !path.join(name).exists() {
                return Err(io::Error::other(format!("{} is not there", path.join(name).display())));
            }
        }
        collect(&path, without, &mut files)?;
    }
    files.sort();
    let mut hasher = blake3::Hasher::new();
    for file in &files {
        let name = file.strip_prefix(root).unwrap_or(file);
        let text = fs::read_to_string(file)?;
        hasher.update(name.to_string_lossy().replace('\\', "/").as_bytes());
        hasher.update(&[0]);
        // What is no Rust counts as it is.
        let rust = file.extension().is_some_and(|extension| extension == "rs");
        let tokens = rust.then(|| tokens::code(&text)).flatten();
        hasher.update(tokens.as_ref().unwrap_or(&text).as_bytes());
        hasher.update(&[0]);
    }
    Ok(short(&hasher))
}

/// Whether a file's name has one of these ends and is not hidden, as the locks and copies of editors are.
pub(crate) fn ends_in(path: &Path, ends: &[&str]) -> bool {
    let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    !is_hidden && path.extension().is_some_and(|end| ends.iter().any(|kept| end == *kept))
}

fn collect(path: &Path, without: &[&str], files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        if ends_in(path, &SOURCES) {
            files.push(path.to_owned());
        }
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !without.contains(&name.as_str()) && !["tests", "tests.rs"].contains(&name.as_str()) {
            collect(&path, &[], files)?;
        }
    }
    Ok(())
}

/// Digest of name, version and checksum of [`PACKAGES`], as the lock file has them.
fn packages(lock: &str) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    for package in PACKAGES {
        let start = format!("name = \"{package}\"\n");
        let mut found = lock.split("[[package]]\n").filter(|entry| entry.starts_with(&start)).peekable();
        if found.peek().is_none() {
            return Err(io::Error::other(format!("the lock file has no package `{package}`")));
        }
        // Not its dependencies, which follow.
        for entry in found {
            entry.lines().take_while(|line| !line.starts_with("dependencies")).for_each(|line| {
                hasher.update(line.as_bytes());
            });
        }
    }
    Ok(short(&hasher))
}

fn short(hasher: &blake3::Hasher) -> String {
    hasher.finalize().to_hex()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A copy of what is hashed of the repository, to be changed.
    fn copy() -> tempfile::TempDir {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &Path| {
            let to = folder.path().join(path.strip_prefix(&root).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(path, to).unwrap();
        };
        put(&root.join("Cargo.lock"));
        let mut files = Vec::new();
        for part in ["optimizers", "models", "benchmarks/data/src", "benchmarks/harness/src"] {
            collect(&root.join(part), &[], &mut files).unwrap();
        }
        files.iter().for_each(|file| put(file));
        folder
    }

    /// Names of the parts whose digest a change of a file changes.
    fn touched(file: &str, from: &str, to: &str) -> Vec<String> {
        let folder = copy();
        let before = digests(folder.path()).unwrap();
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
        let after = digests(folder.path()).unwrap();
        before.into_iter().filter(|(name, digest)| after[name] != *digest).map(|(name, _)| name).collect()
    }

    #[test]
    fn a_change_touches_its_own_part() {
        assert_eq!(
            touched("optimizers/adam/src/lib.rs", "beta2: f64 = 0.999", "beta2: f64 = 0.998"),
            ["adam"]
        );
        assert_eq!(touched("models/cuda/src/kernels/pools.cu", "float", "double"), ["cuda"]);
        assert_eq!(touched("benchmarks/harness/src/train.rs", "1.0", "2.0"), ["training"]);
        assert_eq!(touched("benchmarks/harness/src/checkpoint.rs", "fn ", "fn f() {} fn "), ["training"]);
        assert_eq!(
            touched("Cargo.lock", "name = \"libm\"\nversion = \"", "name = \"libm\"\nversion = \"9"),
            ["packages"]
        );
    }

    #[test]
    fn what_no_training_runs_touches_nothing() {
        let none: [&str; 0] = [];
        assert_eq!(touched("optimizers/adam/src/lib.rs", "//! ", "//! Other words. "), none);
        assert_eq!(
            touched("optimizers/rule/src/schedule.rs", "#[test]\n", "#[test]\n#[should_panic]\n"),
            none
        );
        assert_eq!(touched("optimizers/adam/src/lib.rs", " = ", "\n=  "), none);
        assert_eq!(touched("optimizers/rule/src/mathml.rs", "mrow", "mstyle"), none);
        assert_eq!(touched("benchmarks/harness/src/plan.rs", "fn ", "fn other() {} fn "), none);
        assert_eq!(
            touched("Cargo.lock", "name = \"clap\"\nversion = \"", "name = \"clap\"\nversion = \"9"),
            none
        );
    }

    /// Copies, locks and drafts that editors lay beside what is edited, a link to nowhere among them.
    #[test]
    fn what_an_editor_leaves_touches_nothing() {
        let folder = copy();
        let before = digests(folder.path()).unwrap();
        for part in ["optimizers/adam/src", "models/src", "benchmarks/harness/src/engine"] {
            let part = folder.path().join(part);
            for name in
                [".lib.rs.swp", ".draft.rs", "lib.rs~", "lib.rs.orig", "#lib.rs#", "lib.rs.rej", "4913"]
            {
                fs::write(part.join(name), b"fn f() {} \xff").unwrap();
            }
            #[cfg(unix)]
            std::os::unix::fs::symlink("me@here.4711:1", part.join(".#lib.rs")).unwrap();
        }
        assert_eq!(digests(folder.path()).unwrap(), before);
    }

    #[test]
    fn every_optimizer_is_a_part() {
        let parts = digests(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
        for name in catalogue::ALL.names() {
            assert!(parts.contains_key(name), "{name}");
        }
    }
}
