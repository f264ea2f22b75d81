//! Embeds what a record's provenance needs: digests of the suite's sources and lock file, whole and in parts, and the compiler.

mod embedded;
mod parts;
mod tokens;
mod whole;

use std::path::PathBuf;
use std::process::Command;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../..");
    for source in whole::SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    println!("cargo::rustc-env=CODE_DIGEST={}", whole::digest(&root));

    let parts = parts::digests(&root)?;
    let parts: Vec<String> = parts.iter().map(|(name, digest)| format!("{name}={digest}")).collect();
    println!("cargo::rustc-env=CODE_PARTS={}", parts.join(" "));

    println!("cargo::rerun-if-changed={}", root.join("configs").display());
    let built_in = PathBuf::from(std::env::var("OUT_DIR")?).join("built_in.rs");
    std::fs::write(built_in, embedded::source(&root.join("configs").canonicalize()?)?)?;

    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc).arg("--version").output();
    let version = version.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    println!("cargo::rustc-env=COMPILER={}", version.unwrap_or_else(|_| "unknown".into()));
    Ok(())
}
