use super::*;
use crate::catalogue::info;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::{
    properties::WriterProperties, reader::SerializedFileReader, writer::SerializedFileWriter,
};
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;
use std::time::Duration;

/// A PNG of 32×32 pixels (or 28×28, grey), where every pixel names its place.
fn png(side: u32, grey: bool) -> Vec<u8> {
    let image = if grey {
        image::DynamicImage::ImageLuma8(image::GrayImage::from_fn(side, side, |x, y| {
            image::Luma([(8 * y + x) as u8])
        }))
    } else {
        image::DynamicImage::ImageRgb8(image::RgbImage::from_fn(side, side, |x, y| {
            image::Rgb([x as u8, y as u8, 200])
        }))
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A table as the hub has them: a group of bytes and path, and columns of labels.
fn table(
    folder: &Path,
    image: &str,
    png: &[u8],
    labels: &[(&str, i64)],
) -> SerializedFileReader<std::fs::File> {
    let columns: String = labels.iter().map(|(name, _)| format!("optional int64 {name};")).collect();
    let schema = format!(
        "message schema {{ optional group {image} {{ optional binary bytes; optional binary path (STRING); }} {columns} }}"
    );
    let path = folder.join("table.parquet");
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let file = std::fs::File::create(&path).unwrap();
    let mut writer =
        SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::builder().build())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for value in [Some(png), None] {
        let mut column = group.next_column().unwrap().unwrap();
        let values: Vec<ByteArray> = value.iter().map(|png| ByteArray::from(png.to_vec())).collect();
        let level = if value.is_some() { 2 } else { 1 };
        column.typed::<ByteArrayType>().write_batch(&values, Some(&[level]), None).unwrap();
        column.close().unwrap();
    }
    for (_, label) in labels {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&[*label], Some(&[1]), None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap()
}

#[test]
fn a_row_of_cifar100_becomes_the_official_record() {
    let folder = tempfile::tempdir().unwrap();
    let info = info("cifar100").unwrap();
    let table = table(folder.path(), "img", &png(32, false), &[("fine_label", 77), ("coarse_label", 13)]);
    let rows = read(&table, &remote(info), &mut |_| ()).unwrap();
    let files = encode(info, &rows, 1).unwrap();
    assert_eq!(files[0].len(), 3074);
    // Coarse label, fine label, then planes row by row: red is the column here, green the row.
    assert_eq!(files[0][..2], [13, 77]);
    assert_eq!(files[0][2..5], [0, 1, 2]);
    assert_eq!(files[0][2 + 1024..2 + 1024 + 33], [[0; 32].as_slice(), &[1]].concat());
    assert!(files[0][2 + 2048..].iter().all(|&blue| blue == 200));
}

#[test]
fn ten_rows_of_cifar10_fill_five_files_in_order() {
    let info = info("cifar10").unwrap();
    let rows = Rows { pixels: vec![0; 10 * 3072], labels: (0..10).collect(), coarse: Vec::new() };
    let files = encode(info, &rows, 5).unwrap();
    let labels: Vec<Vec<u8>> = files.iter().map(|f| f.iter().step_by(3073).copied().collect()).collect();
    assert_eq!(labels, [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]);
}

#[test]
fn a_row_of_mnist_becomes_two_idx_files() {
    let folder = tempfile::tempdir().unwrap();
    let info = info("mnist").unwrap();
    let table = table(folder.path(), "image", &png(28, true), &[("label", 9)]);
    let rows = read(&table, &remote(info), &mut |_| ()).unwrap();
    let files = encode(info, &rows, 2).unwrap();
    let images = mnist::decompress(&files[0], "images".as_ref()).unwrap();
    assert_eq!(images[..16], [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28]);
    assert_eq!(images[16..19], [0, 1, 2]);
    assert_eq!(images[16 + 28], 8);
    let labels = mnist::decompress(&files[1], "labels".as_ref()).unwrap();
    assert_eq!(labels, [0, 0, 8, 1, 0, 0, 0, 1, 9]);
}

#[test]
fn a_table_that_is_not_as_expected_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let remote = remote(info("cifar10").unwrap());
    let bad = |png: &[u8], column: &str, label: i64| {
        read(&table(folder.path(), "img", png, &[(column, label)]), &remote, &mut |_| ()).err().unwrap()
    };
    assert!(bad(&png(28, false), "label", 1).contains("row 0: an image of 28×28 pixels; expected 32×32"));
    assert!(bad(&png(32, false), "labels", 1).contains("no column `label`"));
    assert!(bad(&png(32, false), "label", 300).contains("`label` is 300"));
    bad(b"not a PNG", "label", 1);
}

#[test]
fn without_a_network_the_error_says_what_to_do_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    // Port 9 of this machine: refused at once.
    let client = hf_hub::HFClient::builder()
        .endpoint("http://127.0.0.1:9")
        .cache_dir(folder.path().join("cache"))
        .retry_max_attempts(1)
        .retry_base_delay(Duration::from_millis(1))
        .build_sync()
        .unwrap();
    let error = fetch_with(&client, info("cifar100").unwrap(), folder.path(), &mut |_| ()).unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("downloading cifar100 failed: "), "{message}");
    for part in ["cifar-100-binary", "train.bin, test.bin", "by hand", "03b5dce01913d631647c71ecec9e9cb8"] {
        assert!(message.contains(part), "{message} lacks {part}");
    }
    assert!(!folder.path().join("cifar-100-binary").exists());
}

#[test]
fn files_are_written_whole_and_their_checksums_noted() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [("train.bin", b"abc"), ("test.bin", b"xyz")] {
        record(folder.path(), name, content).unwrap();
        write_atomically(&folder.path().join(name), content).unwrap();
    }
    let list = std::fs::read_to_string(folder.path().join("SHA256SUMS")).unwrap();
    // FIPS 180-2, appendix B.1: SHA-256 of "abc".
    assert!(list.contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  train.bin\n"));
    assert_eq!(list.lines().count(), 2);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}
