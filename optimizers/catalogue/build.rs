//! Turns the path dependencies of this crate's manifest into the table of optimizers.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=Cargo.toml");
    // In a published package cargo has rewritten the manifest, without paths; what it was made from is beside it.
    let original = Path::new("Cargo.toml.orig");
    let manifest = if original.is_file() { original } else { Path::new("Cargo.toml") };
    let manifest = std::fs::read_to_string(manifest)?;
    let mut table = String::from("/// Every optimizer, by name.\nstatic FAMILIES: &[Family] = &[\n");
    for line in manifest.lines() {
        if let Some((name, source)) = line.split_once('=')
            && source.contains("path = \"../")
        {
            writeln!(table, "    {}::FAMILY,", name.trim().replace('-', "_"))?;
        }
    }
    table.push_str("];\n");
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("families.rs");
    std::fs::write(out, table)?;
    Ok(())
}
