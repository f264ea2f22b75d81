//! Tests, and the small data sets in official layout that they write.

mod augmenting;
mod choosing;
mod compressed;
mod downloading;
mod loading;
mod modular;
mod normalising;
mod official;
mod places;
mod procedural;
mod published;
mod reading;
mod sentences;
mod server;
mod strokes;
mod texts;
mod vectors;

use crate::catalogue::{self, FileInfo, Info};
use crate::{Collection, DataError, Selection, Source, Splits, checksums, cifar, cifar::Layout, mnist};
use std::fs;
use std::path::Path;

/// The images of a source that a selection takes.
fn load(
    source: &Source,
    selection: &Selection,
    at_most: Option<usize>,
    dir: &Path,
) -> Result<Splits, DataError> {
    Collection::open(source, dir)?.select(selection, at_most)
}

/// A CIFAR-10 folder under `dir` with `per_file` records in each of the five training files and in the test
/// file. Record i of the training part (of the test part) has label i % 10; red is i (255 − i), green the column, blue
/// the row.
fn write_cifar10(dir: &Path, per_file: usize) {
    let folder = dir.join("cifar-10-batches-bin");
    fs::create_dir_all(&folder).unwrap();
    for file in 0..6 {
        let first = if file < 5 { file * per_file } else { 0 };
        let mut bytes = Vec::new();
        for i in first..first + per_file {
            // By hand, not with the writer under test elsewhere: label, then the three planes.
            bytes.push((i % 10) as u8);
            bytes.extend(vec![if file < 5 { i as u8 } else { 255 - i as u8 }; 1024]);
            bytes.extend((0..1024).map(|p| (p % 32) as u8));
            bytes.extend((0..1024).map(|p| (p / 32) as u8));
        }
        let name = if file < 5 { format!("data_batch_{}.bin", file + 1) } else { "test_batch.bin".into() };
        fs::write(folder.join(name), bytes).unwrap();
    }
}

/// A CIFAR-100 folder: coarse label 19, fine label 99 − i; all bytes are i, or 255 − i to test on.
fn write_cifar100(dir: &Path, count: usize) {
    let folder = dir.join("cifar-100-binary");
    fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, pixel: fn(u8) -> u8| {
        let mut bytes = Vec::new();
        for i in 0..count as u8 {
            cifar::push_record(Layout::Cifar100, 19, 99 - i, &[pixel(i); 3072], &mut bytes);
        }
        fs::write(folder.join(name), &bytes).unwrap();
    };
    write("train.bin", |i| i);
    write("test.bin", |i| 255 - i);
}

/// The two idx files of one part of MNIST: label i % 10, every pixel of image i is i + 1, or 255 − i to test on.
fn digits(part: &str, count: usize) -> [Vec<u8>; 2] {
    let pixel = |i: usize| if part == "train" { i + 1 } else { 255 - i } as u8;
    let pixels: Vec<u8> = (0..count * 784).map(|p| pixel(p / 784)).collect();
    let labels: Vec<u8> = (0..count).map(|i| (i % 10) as u8).collect();
    let images = mnist::idx(mnist::IMAGES_MAGIC, &[count as u32, 28, 28], &pixels);
    [images, mnist::idx(mnist::LABELS_MAGIC, &[count as u32], &labels)]
}

/// An MNIST folder of `count` images in both parts.
fn write_mnist(dir: &Path, count: usize) {
    let folder = dir.join("mnist");
    fs::create_dir_all(&folder).unwrap();
    for part in ["train", "t10k"] {
        let [images, labels] = digits(part, count);
        for (kind, content) in [("images-idx3", images), ("labels-idx1", labels)] {
            fs::write(folder.join(format!("{part}-{kind}-ubyte.gz")), mnist::compress(&content).unwrap())
                .unwrap();
        }
    }
}

/// The official set, but of `train` and `test` images, with the sums and lengths of the files that are under `dir`.
fn as_published(name: &str, dir: &Path, train: usize, test: usize) -> Info {
    let info = catalogue::info(name).unwrap();
    let file = |file: &FileInfo| {
        let raw = fs::read(info.path(dir, file)).unwrap();
        let content = crate::gzip::content(raw, file.name.as_ref(), 1 << 20).unwrap();
        let sha256 = checksums::sha256(&content).leak();
        FileInfo { bytes: content.len() as u64, sha256, ..file.clone() }
    };
    let files: Vec<FileInfo> = info.files.iter().map(file).collect();
    Info { train, test, files: files.leak(), ..info.clone() }
}
