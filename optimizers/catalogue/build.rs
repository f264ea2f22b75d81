//! Turns the path dependencies of this crate's manifest into the table of optimizers.

use std::fmt::Write as _;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=Cargo.toml");
    let manifest = std::fs::read_to_string("Cargo.toml")?;
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
