//! The emulated device and the folder it compiles in.
#![allow(clippy::unwrap_used)]

mod common;

use common::stderr;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
fn kernels_are_compiled_in_a_folder_of_their_own_that_goes_again() {
    let folder = tempfile::tempdir().unwrap();
    let (temporary, compiler, seen) =
        (folder.path().join("tmp"), folder.path().join("cc"), folder.path().join("seen"));
    std::fs::create_dir(&temporary).unwrap();
    // Notes where the library goes, and who may look into that folder, before it compiles.
    let script = "#!/bin/sh\nfor word; do\n  [ \"$last\" = -o ] && { dirname \"$word\"; stat -c %a \"$(dirname \"$word\")\"; } \
                  >> \"$SEEN\"\n  last=$word\ndone\nexec cc \"$@\"\n";
    std::fs::write(&compiler, script).unwrap();
    std::fs::set_permissions(&compiler, PermissionsExt::from_mode(0o755)).unwrap();
    // Nothing is kept from anybody but by the program itself.
    let mut command = Command::new("sh");
    command.args(["-c", "umask 000; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_inna-bench")]);
    command.args(["time", "step", "--device", "emulated", "--width", "0.05", "--batch", "2", "--steps", "1"]);
    let output = command.env("CC", &compiler).env("TMPDIR", &temporary).env("SEEN", &seen).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));

    let seen = std::fs::read_to_string(seen).unwrap();
    let lines: Vec<&str> = seen.lines().collect();
    assert!(lines.len() >= 4, "{seen}");
    let mut folders: Vec<&str> = lines.chunks(2).map(|pair| pair[0]).collect();
    assert!(lines.chunks(2).all(|pair| pair[1] == "700"), "{seen}");
    assert!(folders.iter().all(|folder| std::path::Path::new(folder).parent() == Some(&temporary)), "{seen}");
    folders.sort();
    folders.dedup();
    assert_eq!(folders.len(), lines.len() / 2, "one for each library: {seen}");
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "all gone");
}

#[test]
fn a_missing_temporary_folder_is_said() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inna-bench"));
    let output = command
        .args(["time", "step", "--device", "emulated"])
        .env("TMPDIR", "/nonexistent")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("TMPDIR"), "{}", stderr(&output));
}
