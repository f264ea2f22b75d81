//! What the end-to-end tests share.

use std::path::Path;
use std::process::{Command, Output};

/// Small configurations.
pub const CONFIGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/configs");
/// The checkout.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Runs the binary in `folder`.
pub fn bench(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_inna-bench")).current_dir(folder).args(arguments).output().unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
