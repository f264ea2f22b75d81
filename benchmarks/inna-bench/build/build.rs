//! Embeds what a record's provenance needs: digests of the suite's sources and lock file, whole and in parts, and the compiler.

mod parts;
mod tokens;

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root's manifest has the profile, its lock file the versions.
const SOURCES: [&str; 6] = ["benchmarks", "models", "optimizers", "reports", "Cargo.lock", "Cargo.toml"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let mut files = Vec::new();
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
        collect(&root.join(source), &mut files);
    }
    files.sort();
    let mut hasher = blake3::Hasher::new();
    for file in &files {
        let name = file.strip_prefix(&root).unwrap_or(file);
        hasher.update(name.to_string_lossy().as_bytes());
        hasher.update(&std::fs::read(file).unwrap_or_default());
    }
    println!("cargo::rustc-env=CODE_DIGEST={}", &hasher.finalize().to_hex()[..16]);

    let parts = parts::digests(&root)?;
    let parts: Vec<String> = parts.iter().map(|(name, digest)| format!("{name}={digest}")).collect();
    println!("cargo::rustc-env=CODE_PARTS={}", parts.join(" "));

    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    let version = version.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    println!("cargo::rustc-env=COMPILER={}", version.unwrap_or_else(|_| "unknown".into()));
    Ok(())
}

/// What decides what the program computes: sources, manifests, templates, scripts, the lock file.
fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        let kept = ["rs", "toml", "lock", "html", "css", "js", "sh", "cu", "c", "h"];
        if parts::ends_in(path, &kept) {
            files.push(path.to_path_buf());
        }
        return;
    }
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        // Generated pages and records are results, not sources.
        if !["out", "published", "target"].iter().any(|name| entry.file_name() == *name) {
            collect(&entry.path(), files);
        }
    }
}
