//! Tests, and the small data sets in official layout that they write.

mod loading;
mod normalising;
mod procedural;
mod reading;

use crate::{cifar, cifar::Layout, mnist};
use std::fs;
use std::path::Path;

/// A CIFAR-10 folder under `dir` with `per_file` records in each of the five training files and in the test
/// file. Record i of the training part (of the test part) has label i % 10; red is i, green the column, blue
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
            bytes.extend(vec![i as u8; 1024]);
            bytes.extend((0..1024).map(|p| (p % 32) as u8));
            bytes.extend((0..1024).map(|p| (p / 32) as u8));
        }
        let name = if file < 5 { format!("data_batch_{}.bin", file + 1) } else { "test_batch.bin".into() };
        fs::write(folder.join(name), bytes).unwrap();
    }
}

/// A CIFAR-100 folder: coarse label 19, fine label 99 − i.
fn write_cifar100(dir: &Path, count: usize) {
    let folder = dir.join("cifar-100-binary");
    fs::create_dir_all(&folder).unwrap();
    let mut bytes = Vec::new();
    for i in 0..count {
        cifar::push_record(Layout::Cifar100, 19, 99 - i as u8, &[i as u8; 3072], &mut bytes);
    }
    fs::write(folder.join("train.bin"), &bytes).unwrap();
    fs::write(folder.join("test.bin"), &bytes).unwrap();
}

/// An MNIST folder of `count` images in both parts; label i % 10, every pixel of image i is i + 1.
fn write_mnist(dir: &Path, count: usize) {
    let folder = dir.join("mnist");
    fs::create_dir_all(&folder).unwrap();
    let pixels: Vec<u8> = (0..count * 784).map(|p| (p / 784 + 1) as u8).collect();
    let labels: Vec<u8> = (0..count).map(|i| (i % 10) as u8).collect();
    let images = mnist::idx(mnist::IMAGES_MAGIC, &[count as u32, 28, 28], &pixels);
    let labels = mnist::idx(mnist::LABELS_MAGIC, &[count as u32], &labels);
    for part in ["train", "t10k"] {
        let write = |kind: &str, content: &[u8]| {
            let name = format!("{part}-{kind}-ubyte.gz");
            fs::write(folder.join(name), mnist::compress(content).unwrap()).unwrap();
        };
        write("images-idx3", &images);
        write("labels-idx1", &labels);
    }
}
