//! Where files are found, and what is said when they are not.

use super::load;
use super::*;
use crate::{DataError, Selection, Source, info, list};
use std::process::Command;
use std::time::{Duration, Instant};

const MNIST: [(&str, &str); 4] =
    [("train", "images-idx3"), ("train", "labels-idx1"), ("t10k", "images-idx3"), ("t10k", "labels-idx1")];

fn digest(source: Source, dir: &Path) -> Result<String, DataError> {
    load(&source, &Selection::default(), None, dir).map(|splits| splits.digest)
}

fn message(source: Source, dir: &Path) -> String {
    digest(source, dir).unwrap_err().to_string()
}

#[test]
fn mnist_is_read_under_all_its_names() {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 12);
    let expected = digest(Source::Mnist {}, dir.path()).unwrap();
    for folder in ["mnist", "MNIST/raw"] {
        for (dot, packed) in [("-", true), ("-", false), (".", true), (".", false)] {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir_all(dir.path().join(folder)).unwrap();
            for (part, kind) in MNIST {
                let [images, labels] = digits(part, 12);
                let content = if kind.starts_with("images") { images } else { labels };
                let name = format!("{part}-{kind}-ubyte").replace("-idx", &format!("{dot}idx"));
                let (name, content) = match packed {
                    true => (format!("{name}.gz"), mnist::compress(&content).unwrap()),
                    false => (name, content),
                };
                fs::write(dir.path().join(folder).join(name), content).unwrap();
            }
            let found = digest(Source::Mnist {}, dir.path());
            assert_eq!(found.unwrap(), expected, "{folder}, {dot}, {packed}");
            assert!(list(dir.path()).iter().any(|line| line.info.name == "mnist" && line.present));
        }
    }
}

#[test]
fn one_unpacked_file_among_the_others_will_do() {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 12);
    let expected = digest(Source::Mnist {}, dir.path()).unwrap();
    let packed = dir.path().join("mnist/train-images-idx3-ubyte.gz");
    let plain = digits("train", 12)[0].clone();
    // A folder of this name, as one archive of MNIST has it, is no obstacle.
    fs::create_dir(dir.path().join("mnist/train-images-idx3-ubyte")).unwrap();
    fs::write(dir.path().join("mnist/train-images.idx3-ubyte"), &plain).unwrap();
    fs::remove_file(&packed).unwrap();
    assert_eq!(digest(Source::Mnist {}, dir.path()).unwrap(), expected);
    fs::remove_file(dir.path().join("mnist/train-images.idx3-ubyte")).unwrap();
    fs::write(&packed, plain).unwrap();
    assert_eq!(digest(Source::Mnist {}, dir.path()).unwrap(), expected);
}

#[test]
fn what_lies_beside_is_named_with_the_remedy() {
    for (source, other, words) in [
        (Source::Cifar10 {}, "cifar-10-batches-py/", "Python or MATLAB version, which is not read"),
        (Source::Cifar10 {}, "cifar-10-python.tar.gz", "binary version, cifar-10-binary.tar.gz, is"),
        (Source::Cifar100 {}, "cifar-100-python/", "binary version, cifar-100-binary.tar.gz, is"),
        (Source::Cifar10 {}, "cifar-10-binary.tar.gz", "only has to be unpacked, which the command does"),
        (Source::Cifar100 {}, "cifar-100-binary/cifar-100-binary.tar.gz", "only has to be unpacked"),
        (Source::Cifar10 {}, "data_batch_1.bin", "would be read in "),
        (Source::Mnist {}, "train-images.idx3-ubyte", "would be read in "),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(other);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match other.ends_with('/') {
            true => fs::create_dir_all(&path).unwrap(),
            false => fs::write(&path, "x").unwrap(),
        }
        let message = message(source.clone(), dir.path());
        let beside = dir.path().join(other.trim_end_matches('/')).display().to_string();
        assert!(message.contains(&beside) && message.contains(words), "{other}: {message}");
        assert!(message.contains(&format!("data fetch {}", source.name())), "{message}");
    }
    let message = message(Source::Mnist {}, "no/such/folder".as_ref());
    assert!(message.contains("There is no folder no/such/folder"), "{message}");
}

/// A FIFO without a writer blocks whoever opens it.
#[cfg(unix)]
#[test]
fn what_is_not_a_file_is_refused_at_once() {
    let begun = Instant::now();
    for file in ["cifar-10-batches-bin/data_batch_2.bin", "cifar-10-batches-bin/SHA256SUMS"] {
        for kind in ["fifo", "folder", "device"] {
            let dir = tempfile::tempdir().unwrap();
            write_cifar10(dir.path(), 10);
            let path = dir.path().join(file);
            let _ = fs::remove_file(&path);
            match kind {
                "fifo" => assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()),
                "folder" => fs::create_dir(&path).unwrap(),
                _ => std::os::unix::fs::symlink("/dev/zero", &path).unwrap(),
            }
            let message = message(Source::Cifar10 {}, dir.path());
            let expected = if kind == "folder" { " is a folder; " } else { " is a FIFO, socket or device; " };
            assert!(message.contains(&format!("{}{expected}", path.display())), "{message}");
        }
    }
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[cfg(unix)]
#[test]
fn a_link_into_nowhere_is_a_reading_that_failed() {
    let dir = tempfile::tempdir().unwrap();
    write_cifar10(dir.path(), 10);
    let path = dir.path().join("cifar-10-batches-bin/test_batch.bin");
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("nowhere", &path).unwrap();
    assert!(message(Source::Cifar10 {}, dir.path()).contains("test_batch.bin failed: "));
}

#[test]
fn a_file_of_many_times_the_size_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    write_cifar10(dir.path(), 10);
    let path = dir.path().join("cifar-10-batches-bin/data_batch_1.bin");
    // A sparse file: nothing is written.
    fs::File::create(&path).unwrap().set_len(3073 * 10_000_000).unwrap();
    let message = message(Source::Cifar10 {}, dir.path());
    let limit = 8 * info("cifar10").unwrap().files[0].bytes;
    assert!(message.contains(&format!("data_batch_1.bin holds more than {limit} bytes")), "{message}");
}
