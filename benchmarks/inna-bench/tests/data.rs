//! What the commands say of data that are not what their name promises.
// clippy exempts test functions from `unwrap_used`, not their helpers.
#![allow(clippy::unwrap_used)]

mod common;

use common::{bench, spoiled, stderr};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// A CIFAR-10 of `count` images in each of the six files, all different, and configurations that train on it.
fn cifar(folder: &Path, count: usize, selection: &str) -> PathBuf {
    let data = folder.join("data/cifar-10-batches-bin");
    std::fs::create_dir_all(&data).unwrap();
    for file in 0..6 {
        let record = |i: usize| {
            let mut record = vec![(i % 10) as u8; 3073];
            // The number, in two pixels, and stripes that have to do with the class.
            record[1..].iter_mut().enumerate().for_each(|(p, x)| *x = ((i % 10 + 2) * p % 256) as u8);
            record[1..3].copy_from_slice(&((file * count + i) as u16).to_le_bytes());
            record
        };
        let name = if file == 0 { "test_batch.bin".into() } else { format!("data_batch_{file}.bin") };
        std::fs::write(data.join(name), (0..count).flat_map(record).collect::<Vec<u8>>()).unwrap();
    }
    let whole = "data: {name: shapes}\nselection: {train_per_class: 6, test_per_class: 3}";
    spoiled(folder, "tasks/small.yaml", whole, &format!("data: {{name: cifar10}}\n{selection}"))
}

fn call(folder: &Path, verb: &str, more: &[&str]) -> std::process::Output {
    bench(folder, &[&[verb, "tiny", "--configs", "configs"], more].concat())
}

#[test]
fn what_is_not_the_official_set_is_said_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    cifar(folder.path(), 30, "");
    let note = "the images are not the official cifar10: 150 training images, expected 50000; \
                30 test images, expected 10000";
    // A report says it on its page.
    for (verb, times) in [("plan", 1), ("run", 1), ("report", 0)] {
        let output = call(folder.path(), verb, &[]);
        assert_eq!(output.status.code(), Some(0), "{verb}: {}", stderr(&output));
        let said = stderr(&output).matches(&format!("note: {note}\n")).count();
        assert_eq!(said, times, "{verb}: {}", stderr(&output));
    }
    let page = std::fs::read_to_string(folder.path().join("reports/out/tiny/task-small.html")).unwrap();
    assert!(page.contains(note));
    let manifest = std::fs::read_to_string(folder.path().join("reports/out/tiny/manifest.json")).unwrap();
    assert!(
        manifest.contains(note) && !manifest.contains("cifar-10-batches-bin"),
        "and no path of this machine"
    );
}

#[test]
fn copied_files_and_wrong_sums_are_refused_by_every_verb() {
    for (spoil, expected) in [
        ("test", "test_batch.bin: 30 of its 30 images are trained on"),
        ("train", "data_batch_4.bin: 30 of its 30 images are also in"),
        ("sum", "(recorded in SHA256SUMS)"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        cifar(folder.path(), 30, "");
        let data = folder.path().join("data/cifar-10-batches-bin");
        match spoil {
            "test" => std::fs::copy(data.join("data_batch_4.bin"), data.join("test_batch.bin")).map(|_| ()),
            "train" => {
                std::fs::copy(data.join("data_batch_2.bin"), data.join("data_batch_4.bin")).map(|_| ())
            }
            _ => std::fs::write(data.join("SHA256SUMS"), format!("{}  data_batch_2.bin\n", "0".repeat(64))),
        }
        .unwrap();
        for verb in ["plan", "run", "report"] {
            let output = call(folder.path(), verb, &[]);
            assert_eq!(output.status.code(), Some(2), "{verb}");
            assert!(stderr(&output).contains(expected), "{verb}: {}", stderr(&output));
        }
    }
}

#[test]
fn a_rehearsal_takes_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    cifar(folder.path(), 30, "");
    for selection in ["", "selection: {validation_per_class: 4}\n", "selection: {train_per_class: 10}\n"] {
        cifar(folder.path(), 30, selection);
        let output = call(folder.path(), "plan", &["--per-class", "100"]);
        assert_eq!(output.status.code(), Some(0), "{selection}: {}", stderr(&output));
    }
    // What the file asks for and is not there is still missing, with or without.
    cifar(folder.path(), 30, "selection: {train_per_class: 16}\n");
    for more in [&[][..], &["--per-class", "100"]] {
        let output = call(folder.path(), "plan", more);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("train_per_class asks for 16 images"), "{}", stderr(&output));
    }
}

#[test]
fn an_empty_sequence_is_no_selection() {
    let folder = tempfile::tempdir().unwrap();
    for (selection, expected) in [
        ("selection: []\n", "expected a map of `train_per_class`"),
        ("selection: [5, null, 3]\n", "expected a map of `train_per_class`"),
        ("selection: {per_class: 3}\n", "per_class"),
    ] {
        cifar(folder.path(), 10, selection);
        let output = call(folder.path(), "plan", &[]);
        assert_eq!(output.status.code(), Some(2));
        let message = stderr(&output);
        assert!(message.contains(expected) && message.contains("small.yaml"), "{message}");
    }
}

#[test]
fn a_download_that_is_not_there_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mirror = format!("http://{}/mirror", server.local_addr().unwrap());
    let answer = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        let mut request = [0; 4096];
        let n = stream.read(&mut request).unwrap();
        stream
            .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .unwrap();
        String::from_utf8_lossy(&request[..n]).lines().next().unwrap().to_owned()
    });
    let output = bench(folder.path(), &["data", "fetch", "cifar10", "--mirror", &mirror]);
    assert_eq!(answer.join().unwrap(), "GET /mirror/cifar-10-binary.tar.gz HTTP/1.1");
    assert_eq!(output.status.code(), Some(2));
    let message = stderr(&output);
    for part in [&mirror[..], "404", "data_batch_1.bin", "cs.toronto.edu"] {
        assert!(message.contains(part), "{message} lacks {part}");
    }
    assert!(bench(folder.path(), &["data", "verify", "cifar10"]).status.code() == Some(2));
}

/// Files that are not the official ones are a check that failed; without files there is nothing to check.
#[test]
fn a_set_that_is_not_the_official_one_fails_its_check() {
    let folder = tempfile::tempdir().unwrap();
    cifar(folder.path(), 30, "");
    let verify = || bench(folder.path(), &["data", "verify", "cifar10"]);
    let few = verify();
    assert_eq!(few.status.code(), Some(1), "{}", stderr(&few));
    assert!(stderr(&few).contains("150 training images, expected 50000"), "{}", stderr(&few));
    let data = folder.path().join("data/cifar-10-batches-bin");
    std::fs::write(data.join("SHA256SUMS"), format!("{}  data_batch_2.bin\n", "0".repeat(64))).unwrap();
    let sum = verify();
    assert_eq!(sum.status.code(), Some(1));
    assert!(stderr(&sum).contains("(recorded in SHA256SUMS)"), "{}", stderr(&sum));
    for file in ["SHA256SUMS", "data_batch_3.bin"] {
        std::fs::remove_file(data.join(file)).unwrap();
    }
    assert_eq!(verify().status.code(), Some(2));
}
