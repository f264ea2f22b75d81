//! The official formats as candle-datasets reads them: `cargo test -p inna-bench-data --features peers --test candle_peer`.

use candle_core::Tensor;
use data::{Collection, Images, Selection, Source, Splits};
use std::path::Path;

/// Bytes that are different everywhere, and the same every time.
fn bytes(n: usize, start: u32) -> Vec<u8> {
    let mut state = start;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..n).map(|_| next()).collect()
}

/// Ours are bytes, channels last, and have black pixels around them up to 32 by 32; theirs are fractions, channels first.
#[allow(clippy::unwrap_used)] // Test functions are exempt, not their helpers.
fn same(ours: &Images, side: usize, images: &Tensor, labels: &Tensor) {
    let theirs: Vec<f32> = images.flatten_all().unwrap().to_vec1().unwrap();
    let labels: Vec<u8> = labels.to_vec1().unwrap();
    assert_eq!(labels, ours.labels);
    assert_eq!(theirs.len(), labels.len() * side * side * ours.channels);
    let border = (ours.height - side) / 2;
    let inside = border..border + side;
    for i in 0..labels.len() {
        for (place, byte) in ours.image(i).iter().enumerate() {
            let (pixel, channel) = (place / ours.channels, place % ours.channels);
            let (row, column) = (pixel / ours.width, pixel % ours.width);
            let theirs = if inside.contains(&row) && inside.contains(&column) {
                let pixel = (row - border) * side + column - border;
                theirs[(i * ours.channels + channel) * side * side + pixel]
            } else {
                0.0
            };
            assert_eq!(
                (theirs * 255.0).round() as u8,
                *byte,
                "image {i}, {row}, {column}, channel {channel}"
            );
        }
    }
}

#[allow(clippy::unwrap_used)]
fn everything(name: &str, folder: &Path) -> Splits {
    let source: Source = serde_json::from_value(serde_json::json!({ "name": name })).unwrap();
    Collection::open(&source, folder).unwrap().select(&Selection::default(), None).unwrap()
}

#[test]
fn mnist() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("mnist");
    std::fs::create_dir(&inside).unwrap();
    for (part, n) in [("train", 70_u32), ("t10k", 30)] {
        let header = |numbers: &[u32]| numbers.iter().flat_map(|x| x.to_be_bytes()).collect::<Vec<u8>>();
        let images = [header(&[2051, n, 28, 28]), bytes(784 * n as usize, n)].concat();
        let labels = [header(&[2049, n]), (0..n).map(|i| (i % 10) as u8).collect()].concat();
        std::fs::write(inside.join(format!("{part}-images-idx3-ubyte")), images).unwrap();
        std::fs::write(inside.join(format!("{part}-labels-idx1-ubyte")), labels).unwrap();
    }
    let theirs = candle_datasets::vision::mnist::load_dir(&inside).unwrap();
    let ours = everything("mnist", folder.path());
    assert_eq!((ours.train.len(), ours.test.len()), (70, 30));
    same(&ours.train, 28, &theirs.train_images, &theirs.train_labels);
    same(&ours.test, 28, &theirs.test_images, &theirs.test_labels);
}

/// candle-datasets takes files of 10 000 images only.
#[test]
fn cifar10() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("cifar-10-batches-bin");
    std::fs::create_dir(&inside).unwrap();
    let names = (1..=5).map(|k| format!("data_batch_{k}.bin")).chain(["test_batch.bin".to_owned()]);
    for (k, name) in names.enumerate() {
        let mut file = bytes(3073 * 10_000, k as u32 + 1);
        file.chunks_mut(3073).enumerate().for_each(|(i, record)| record[0] = (i % 10) as u8);
        std::fs::write(inside.join(name), file).unwrap();
    }
    let theirs = candle_datasets::vision::cifar::load_dir(&inside).unwrap();
    let ours = everything("cifar10", folder.path());
    assert_eq!((ours.train.len(), ours.test.len()), (50_000, 10_000));
    same(&ours.train, 32, &theirs.train_images, &theirs.train_labels);
    same(&ours.test, 32, &theirs.test_images, &theirs.test_labels);
}
