//! What is said of sets that are not the official ones, and what is refused.

use super::load;
use super::*;
use crate::{DataError, Selection, Source, official, verify};

fn remarks(info: &Info, dir: &Path) -> Result<Vec<String>, DataError> {
    official::examine(info, &verify::read(info, dir)?.unwrap())
}

fn message(source: Source, dir: &Path) -> String {
    load(&source, &Selection::default(), None, dir).unwrap_err().to_string()
}

#[test]
fn a_subset_is_said_to_be_one() {
    let dir = tempfile::tempdir().unwrap();
    write_cifar10(dir.path(), 10);
    let splits = load(&Source::Cifar10 {}, &Selection::default(), None, dir.path()).unwrap();
    let expected = "the images are not the official cifar10: 50 training images, expected 50000; \
                    10 test images, expected 10000";
    assert_eq!(splits.remarks, [expected]);
    let shapes =
        load(&Source::Shapes { seed: 0 }, &Selection { test_per_class: Some(1), ..one() }, None, dir.path());
    assert!(shapes.unwrap().remarks.is_empty());
}

fn one() -> Selection {
    Selection { train_per_class: Some(1), ..Selection::default() }
}

#[test]
fn the_official_files_pass_without_a_remark() {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 30);
    let info = as_published("mnist", dir.path(), 30, 30);
    assert_eq!(remarks(&info, dir.path()).unwrap(), [""; 0]);
    let checked = verify::check(&info, dir.path()).unwrap();
    assert_eq!(checked.len(), 4);
    assert!(checked.iter().zip(info.files).all(|(file, expected)| file.sha256 == expected.sha256));
}

#[test]
fn other_content_of_the_official_length_is_refused_or_said() {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 30);
    let info = as_published("mnist", dir.path(), 30, 30);
    let path = dir.path().join("mnist/t10k-labels-idx1-ubyte.gz");
    let mut labels = digits("t10k", 30)[1].clone();
    labels[20] = 3;
    fs::write(&path, mnist::compress(&labels).unwrap()).unwrap();
    for error in [remarks(&info, dir.path()).unwrap_err(), verify::check(&info, dir.path()).unwrap_err()] {
        let message = error.to_string();
        let (expected, got) = (info.files[3].sha256, checksums::sha256(&labels));
        assert!(message.starts_with(&format!("{}: SHA-256 is {got}", path.display())), "{message}");
        assert!(message.contains(&format!("expected {expected} (published)")), "{message}");
        assert!(message.contains("fetch it again"), "{message}");
    }

    // Copies of CIFAR that went through JPEG are in use.
    write_cifar10(dir.path(), 10);
    let info = as_published("cifar10", dir.path(), 50, 10);
    let path = dir.path().join("cifar-10-batches-bin/data_batch_4.bin");
    let mut bytes = fs::read(&path).unwrap();
    bytes[100] ^= 1;
    fs::write(&path, bytes).unwrap();
    let said = remarks(&info, dir.path()).unwrap();
    let expected =
        "the images are not the official cifar10: other content than the published files in data_batch_4.bin";
    assert_eq!(said, [expected]);
    assert!(matches!(verify::check(&info, dir.path()), Err(DataError::Checksum { .. })));

    // The right number of images, parted over the files in another way.
    let at = |number: u8| dir.path().join(format!("cifar-10-batches-bin/data_batch_{number}.bin"));
    let (two, three) = (fs::read(at(2)).unwrap(), fs::read(at(3)).unwrap());
    fs::write(at(2), [&two[..], &three[..3073]].concat()).unwrap();
    fs::write(at(3), &three[3073..]).unwrap();
    let said = remarks(&info, dir.path()).unwrap();
    let expected = "the images are not the official cifar10: other content than the published files in \
                    data_batch_2.bin, data_batch_3.bin, data_batch_4.bin";
    assert_eq!(said, [expected]);
}

#[test]
fn a_recorded_checksum_is_held_to() {
    let dir = tempfile::tempdir().unwrap();
    write_cifar100(dir.path(), 100);
    let folder = dir.path().join("cifar-100-binary");
    let sums = |sum: &str| format!("{sum} *train.bin\n\n{}  other.bin\n", "0".repeat(64));
    let sum = checksums::sha256(&fs::read(folder.join("train.bin")).unwrap());
    let load = || load(&Source::Cifar100 {}, &Selection::default(), None, dir.path());
    fs::write(folder.join("SHA256SUMS"), sums(&sum.to_uppercase())).unwrap();
    load().unwrap();
    let other = format!("{}{}", if sum.starts_with('0') { '1' } else { '0' }, &sum[1..]);
    fs::write(folder.join("SHA256SUMS"), sums(&other)).unwrap();
    let message = load().unwrap_err().to_string();
    for part in ["train.bin: SHA-256 is ", &sum, &other, "(recorded in SHA256SUMS)", "fetch it again"] {
        assert!(message.contains(part), "{message} lacks {part}");
    }
    fs::write(folder.join("SHA256SUMS"), "no list").unwrap();
    assert!(matches!(load(), Err(DataError::ChecksumList { .. })));

    // Of a compressed file, the sum is that of the file, as `sha256sum` gives it.
    write_mnist(dir.path(), 20);
    let file = dir.path().join("mnist/train-labels-idx1-ubyte.gz");
    let sum = checksums::sha256(&fs::read(&file).unwrap());
    let list = dir.path().join("mnist/SHA256SUMS");
    fs::write(&list, format!("{sum}  train-labels-idx1-ubyte.gz\n")).unwrap();
    let load = || super::load(&Source::Mnist {}, &Selection::default(), None, dir.path());
    load().unwrap();
    fs::write(&file, mnist::compress(&mnist::idx(mnist::LABELS_MAGIC, &[20], &[1; 20])).unwrap()).unwrap();
    assert!(matches!(load(), Err(DataError::Checksum { .. })));
}

#[test]
fn exchanged_files_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 30);
    let info = as_published("mnist", dir.path(), 30, 30);
    let at = |file: usize| info.path(dir.path(), &info.files[file]);
    let exchange = |one: usize, other: usize| {
        fs::rename(at(one), dir.path().join("away")).unwrap();
        fs::rename(at(other), at(one)).unwrap();
        fs::rename(dir.path().join("away"), at(other)).unwrap();
    };
    // Known by their sums, where these are published.
    exchange(0, 2);
    let message = remarks(&info, dir.path()).unwrap_err().to_string();
    assert!(
        message.starts_with(&format!("{} holds what belongs into t10k-images", at(0).display())),
        "{message}"
    );
    exchange(0, 2);
    exchange(1, 3);
    // The labels of both parts are the same here, and so is their sum.
    assert!(remarks(&info, dir.path()).is_ok());

    // Or by their numbers.
    write_cifar10(dir.path(), 10);
    let info = Info { train: 10, test: 50, ..catalogue::info("cifar10").unwrap().clone() };
    assert!(matches!(remarks(&info, dir.path()), Err(DataError::Exchanged { .. })));
}

#[test]
fn more_to_test_than_to_train_on_is_said() {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 20);
    let [images, labels] = digits("t10k", 30);
    let write = |name: &str, content: &[u8]| {
        fs::write(dir.path().join("mnist").join(name), mnist::compress(content).unwrap()).unwrap();
    };
    write("t10k-images-idx3-ubyte.gz", &images);
    write("t10k-labels-idx1-ubyte.gz", &labels);
    let splits = load(&Source::Mnist {}, &Selection::default(), None, dir.path()).unwrap();
    assert!(splits.remarks[0].ends_with("more images to test on than to train on"), "{:?}", splits.remarks);
}

#[test]
fn test_images_that_are_trained_on_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    write_cifar10(dir.path(), 20);
    let folder = dir.path().join("cifar-10-batches-bin");
    let train = fs::read(folder.join("data_batch_3.bin")).unwrap();
    let own = fs::read(folder.join("test_batch.bin")).unwrap();
    let with = |copied: usize| {
        let bytes = [&train[..copied * 3073], &own[copied * 3073..]].concat();
        fs::write(folder.join("test_batch.bin"), bytes).unwrap();
        load(&Source::Cifar10 {}, &Selection::default(), None, dir.path())
    };
    let said = |copied| with(copied).unwrap().remarks[1..].to_vec();
    assert!(said(0).is_empty());
    // The official sets have single ones.
    assert_eq!(said(1), ["test_batch.bin: 1 of its 20 images is trained on"]);
    for copied in [2, 20] {
        let message = with(copied).unwrap_err().to_string();
        let expected =
            format!("test_batch.bin: {copied} of its 20 images are trained on, most of them also in ");
        assert!(message.contains(&expected) && message.contains("data_batch_3.bin"), "{message}");
    }
    // Another label or place makes no other image; a few from each training file add up.
    let mut mixed = own.clone();
    for file in 1..=5 {
        let train = fs::read(folder.join(format!("data_batch_{file}.bin"))).unwrap();
        mixed[file * 3073..][..3073].copy_from_slice(&train[7 * 3073..][..3073]);
        mixed[file * 3073] = (train[7 * 3073] + 1) % 10;
    }
    fs::write(folder.join("test_batch.bin"), mixed).unwrap();
    assert!(message(Source::Cifar10 {}, dir.path()).contains("5 of its 20 images are trained on"));

    write_mnist(dir.path(), 20);
    let part = |part: &str| dir.path().join(format!("mnist/{part}-images-idx3-ubyte.gz"));
    fs::copy(part("train"), part("t10k")).unwrap();
    let message = message(Source::Mnist {}, dir.path());
    assert!(message.contains("t10k-images-idx3-ubyte.gz: 20 of its 20 images are trained on"), "{message}");
}

#[test]
fn one_in_a_hundred_is_the_limit() {
    let dir = tempfile::tempdir().unwrap();
    write_cifar10(dir.path(), 1);
    let folder = dir.path().join("cifar-10-batches-bin");
    // All different: the number is written into the first plane.
    let records = |numbers: &[u16]| -> Vec<u8> {
        let record = |(i, &n): (usize, &u16)| {
            let mut record = vec![(i % 10) as u8; 3073];
            record[1..].fill((n % 256) as u8);
            record[5] = (n / 256) as u8;
            record
        };
        numbers.iter().enumerate().flat_map(record).collect()
    };
    let range = |from: u16, to: u16| (from..to).collect::<Vec<u16>>();
    fs::write(folder.join("data_batch_1.bin"), records(&range(1000, 1400))).unwrap();
    let with = |shared: u16| {
        let test = [range(1000, 1000 + shared), range(2000 + shared, 2300)].concat();
        fs::write(folder.join("test_batch.bin"), records(&test)).unwrap();
        load(&Source::Cifar10 {}, &Selection::default(), None, dir.path())
    };
    assert_eq!(with(3).unwrap().remarks[1], "test_batch.bin: 3 of its 300 images are trained on");
    assert!(with(4).unwrap_err().to_string().contains("4 of its 300 images are trained on"));
}

#[test]
fn a_training_file_that_repeats_another_is_refused_and_one_that_repeats_itself_is_said() {
    let dir = tempfile::tempdir().unwrap();
    write_cifar10(dir.path(), 20);
    let file = |number: u8| dir.path().join(format!("cifar-10-batches-bin/data_batch_{number}.bin"));
    let (one, four) = (fs::read(file(1)).unwrap(), fs::read(file(4)).unwrap());
    fs::write(file(4), &one).unwrap();
    let message = message(Source::Cifar10 {}, dir.path());
    let expected = format!("{}: 20 of its 20 images are also in {}", file(4).display(), file(1).display());
    assert!(message.starts_with(&expected), "{message}");
    fs::write(file(4), [&four[..], &four[..]].concat()).unwrap();
    let splits = load(&Source::Cifar10 {}, &Selection::default(), None, dir.path()).unwrap();
    assert_eq!(splits.remarks[1], "data_batch_4.bin: 20 of its 40 images repeat others of the file");
}
