//! Searches, and the paper's study from files of the official layouts to its pages.
#![allow(clippy::unwrap_used)]

mod common;

use common::{ROOT, bench, configs, stderr};
use std::io::Write;
use std::path::Path;

#[test]
fn a_search_goes_beyond_its_edge_and_the_study_uses_what_it_found() {
    let folder = tempfile::tempdir().unwrap();
    let configs = configs(folder.path());
    let call = |verb: &str, more: &[&str]| {
        let common = [verb, "searched", "--configs", configs.to_str().unwrap()];
        bench(folder.path(), &[&common[..], more].concat())
    };
    let early = call("run", &[]);
    assert_eq!(early.status.code(), Some(2));
    assert!(stderr(&early).contains("inna-bench tune searched"), "{}", stderr(&early));

    // A rehearsal needs no search and leaves none behind.
    assert_eq!(call("run", &["--epochs", "1", "--store", "rehearsal"]).status.code(), Some(0));
    let rehearsed = call("tune", &["--per-class", "2", "--store", "rehearsal", "--quiet"]);
    assert_eq!(rehearsed.status.code(), Some(0), "{}", stderr(&rehearsed));
    let found = configs.join("tuned/searched.yaml");
    assert!(!found.exists());

    let tuned = call("tune", &[]);
    assert_eq!(tuned.status.code(), Some(0), "{}", stderr(&tuned));
    let text = std::fs::read_to_string(&found).unwrap();
    // The best of 0.001, 0.003, 0.01 is the largest: the grid had to grow, by half-decades.
    let chosen = text.lines().find_map(|line| line.trim().strip_prefix("chosen: ")).unwrap().to_owned();
    assert!(stderr(&tuned).contains("lies on its edge; added 0.03 and 0.1"), "{}", stderr(&tuned));
    assert!(chosen.parse::<f64>().unwrap() >= 0.01, "{text}");
    assert!(text.contains("value: 0.03") && text.contains("repetition: 10"), "{text}");

    let run = call("run", &[]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert!(stderr(&run).contains("2 of 2 runs to train"), "{}", stderr(&run));
    let seeds = call("run", &["--seeds", "4"]);
    assert!(stderr(&seeds).contains("2 of 4 runs to train"), "{}", stderr(&seeds));
    let too_many = call("run", &["--seeds", "11"]);
    assert_eq!(too_many.status.code(), Some(2));
    assert!(stderr(&too_many).contains("--seeds 11"), "{}", stderr(&too_many));

    // A rehearsal takes what was found, at whatever size.
    let rehearsal = call("plan", &["--epochs", "1"]);
    let text = String::from_utf8_lossy(&rehearsal.stdout).into_owned();
    assert!(text.contains(&format!("\"learning_rate\":{chosen}")), "{text}");

    // A search for another optimizer, other defaults, another task or other epochs does not count.
    for (file, old, new) in [
        ("studies/searched.yaml", "{learning_rate: tuned}", "{learning_rate: tuned, eps: 1e-6}"),
        ("studies/searched.yaml", "optimizer: adagrad", "optimizer: sgd, key: adagrad"),
        ("studies/searched.yaml", "epochs: 1,", "epochs: 2,"),
        ("studies/searched.yaml", "master_seed: 1", "master_seed: 2"),
        ("optimizers/adagrad.yaml", "search:", "defaults: {eps: 1e-6}\nsearch:"),
        ("tasks/small.yaml", "batch_size: 16", "batch_size: 8"),
        ("tasks/small.yaml", "train_per_class: 6", "train_per_class: 5"),
    ] {
        let path = configs.join(file);
        let before = std::fs::read_to_string(&path).unwrap();
        assert!(before.contains(old), "{old}");
        std::fs::write(&path, before.replace(old, new)).unwrap();
        let stale = call("run", &[]);
        assert_eq!(stale.status.code(), Some(2), "{new}");
        assert!(stderr(&stale).contains("inna-bench tune searched"), "{new}: {}", stderr(&stale));
        std::fs::write(&path, before).unwrap();
    }
    // Downwards too.
    let grid = configs.join("optimizers/adagrad.yaml");
    let before = std::fs::read_to_string(&grid).unwrap();
    std::fs::write(&grid, before.replace("[0.001, 0.003, 0.01]", "[1, 3, 10]")).unwrap();
    let down = call("tune", &["--store", "down", "--epochs", "1"]);
    assert!(stderr(&down).contains("the grid, 1, lies on its edge; added 0.3 and 0.1"), "{}", stderr(&down));
    std::fs::write(&grid, before).unwrap();
    // Nothing to hold out, nothing to choose by: said before any training.
    let study = configs.join("studies/searched.yaml");
    let text = std::fs::read_to_string(&study).unwrap().replace("train_loss_running", "validation_loss");
    std::fs::write(&study, text).unwrap();
    let blind = call("tune", &[]);
    assert_eq!(blind.status.code(), Some(2));
    assert!(stderr(&blind).contains("validation_per_class"), "{}", stderr(&blind));
}

/// A byte that depends on class and place, so that there is something to learn.
fn pixel(class: usize, i: usize) -> u8 {
    ((class * 37 + i * (class + 3)) % 251) as u8
}

/// `number` tells files apart: no image is in two of them.
fn cifar(file: &Path, classes: usize, per_class: usize, number: usize) {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let mut bytes = Vec::new();
    for n in 0..classes * per_class {
        let class = n % classes;
        if classes == 100 {
            bytes.push((class / 5) as u8);
        }
        bytes.push(class as u8);
        bytes.extend((0..3072).map(|i| pixel(class, i + n + 113 * number)));
    }
    std::fs::write(file, bytes).unwrap();
}

fn gzip(file: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    std::fs::write(file, encoder.finish().unwrap()).unwrap();
}

fn mnist(folder: &Path, part: &str, per_class: usize) {
    let n = 10 * per_class;
    let header = |magic: u32, sizes: &[u32]| {
        [magic].iter().chain(sizes).flat_map(|x| x.to_be_bytes()).collect::<Vec<u8>>()
    };
    let mut images = header(0x803, &[n as u32, 28, 28]);
    let shift = if part == "train" { 113 } else { 0 };
    (0..n).for_each(|k| images.extend((0..784).map(|i| pixel(k % 10, i + k + shift))));
    let mut labels = header(0x801, &[n as u32]);
    labels.extend((0..n).map(|k| (k % 10) as u8));
    gzip(&folder.join(format!("mnist/{part}-images-idx3-ubyte.gz")), &images);
    gzip(&folder.join(format!("mnist/{part}-labels-idx1-ubyte.gz")), &labels);
}

/// Every experiment of the paper, one epoch on one image of each class, from files in the official layouts.
#[test]
fn the_whole_paper_rehearses() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    (1..=5).for_each(|i| cifar(&data.join(format!("cifar-10-batches-bin/data_batch_{i}.bin")), 10, 1, i));
    cifar(&data.join("cifar-10-batches-bin/test_batch.bin"), 10, 1, 0);
    cifar(&data.join("cifar-100-binary/train.bin"), 100, 1, 1);
    cifar(&data.join("cifar-100-binary/test.bin"), 100, 1, 0);
    mnist(&data, "train", 2);
    mnist(&data, "t10k", 1);

    let configs = format!("{ROOT}/configs");
    let call_with = |verb: &str, more: &[&str]| {
        let common =
            [verb, "inna-2021", "--configs", &configs, "--seeds", "1", "--epochs", "1", "--per-class", "1"];
        bench(folder.path(), &[&common[..], more].concat())
    };
    let call = |verb: &str| call_with(verb, &[]);
    // One data set alone needs no other's files.
    std::fs::rename(data.join("mnist"), data.join("away")).unwrap();
    let alone = call_with("plan", &["--task", "cifar10-paper"]);
    assert_eq!(alone.status.code(), Some(0), "{}", stderr(&alone));
    assert!(String::from_utf8_lossy(&alone.stdout).contains("10 of 10 runs to train"), "{alone:?}");
    let unknown = call_with("plan", &["--task", "cifar11-paper"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("accepted: inna-toy, cifar10-paper"), "{}", stderr(&unknown));
    std::fs::rename(data.join("away"), data.join("mnist")).unwrap();
    let run = call("run");
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    // Four pairs, three competitors and three decays on three data sets, and the five trajectories of Figure 1.
    assert!(stderr(&run).contains("35 of 35 runs to train"), "{}", stderr(&run));
    let report = call("report");
    assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
    let pages = folder.path().join("reports/out/inna-2021-rehearsal");
    let paper = std::fs::read_to_string(pages.join("paper.html")).unwrap();
    assert!(paper.contains("A rehearsal, not a result"), "it says what it is");
    assert!(paper.contains("Another budget than the task"), "and holds nothing against the published bands");
    for part in ["Figure 2", "Figure 3", "Figure 4", "ADAGRAD", "CIFAR-100", "glorot_normal"] {
        assert!(paper.contains(part), "{part}");
    }

    // The pages can be made again from the manifest beside them, without the data.
    let kept = call_with("report", &["--records", "-o", "kept"]);
    assert_eq!(kept.status.code(), Some(0), "{}", stderr(&kept));
    std::fs::remove_dir_all(&data).unwrap();
    let manifest = pages.join("manifest.json");
    let alone = bench(folder.path(), &["report", "kept/manifest.json", "-o", "alone"]);
    assert_eq!(alone.status.code(), Some(0), "{}", stderr(&alone));
    assert_eq!(std::fs::read_to_string(folder.path().join("alone/paper.html")).unwrap(), paper);
    let lost = bench(folder.path(), &["report", manifest.to_str().unwrap(), "--store", "elsewhere"]);
    assert_eq!(lost.status.code(), Some(2));
    assert!(stderr(&lost).contains("--store"), "{}", stderr(&lost));
    let resized = bench(folder.path(), &["report", manifest.to_str().unwrap(), "--seeds", "2"]);
    assert_eq!(resized.status.code(), Some(2), "{}", stderr(&resized));
    let again = bench(folder.path(), &["report", manifest.to_str().unwrap(), "-o", "again"]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    let text = std::fs::read_to_string(folder.path().join("again/paper.html")).unwrap();
    assert_eq!(text, paper);
}
