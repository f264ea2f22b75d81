use super::*;
use crate::{DataError, Dataset, gzip, info, list, verify};
use proptest::prelude::*;

fn read(name: &str, dir: &Path) -> Result<Dataset, DataError> {
    Ok(verify::read(info(name).unwrap(), dir)?.unwrap().dataset)
}

#[test]
fn planes_become_channels_last() {
    let dir = tempfile::tempdir().unwrap();
    write_cifar10(dir.path(), 4);
    let dataset = read("cifar10", dir.path()).unwrap();
    assert_eq!((dataset.train.len(), dataset.test.len(), dataset.train.pixels.len()), (20, 4, 20 * 3072));
    assert_eq!(dataset.train.labels, (0..20).map(|i| i % 10).collect::<Vec<u8>>());
    assert_eq!(dataset.class_names[9], "truck");
    // The first image of the fourth file is image 12; its pixel at row 2, column 5.
    let image = dataset.train.image(12);
    assert_eq!(image[(2 * 32 + 5) * 3..][..3], [12, 5, 2]);
    assert_eq!(dataset.test.image(3)[3069..], [252, 31, 31]);
}

#[test]
fn cifar100_uses_the_fine_label() {
    let dir = tempfile::tempdir().unwrap();
    write_cifar100(dir.path(), 3);
    let dataset = read("cifar100", dir.path()).unwrap();
    assert_eq!(dataset.train.labels, [99, 98, 97]);
    assert_eq!(dataset.train.classes, 100);
    // fine_label_names.txt ends with these.
    assert_eq!(dataset.class_names[97..], ["wolf", "woman", "worm"]);
    assert!(dataset.class_names.is_sorted());
    assert_eq!(dataset.train.image(2), [2; 3072]);
}

#[test]
fn digits_are_centred_on_black() {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 12);
    let dataset = read("mnist", dir.path()).unwrap();
    let train = &dataset.train;
    assert_eq!((train.len(), train.height, train.width, train.channels), (12, 32, 32, 1));
    let image = train.image(4);
    for (p, &value) in image.iter().enumerate() {
        let inside = (2..30).contains(&(p / 32)) && (2..30).contains(&(p % 32));
        assert_eq!(value, if inside { 5 } else { 0 }, "pixel {p}");
    }
    assert_eq!(train.labels[11], 1);
}

#[test]
fn a_missing_file_is_named_with_the_command_that_gets_it() {
    let dir = tempfile::tempdir().unwrap();
    write_cifar10(dir.path(), 1);
    let file = dir.path().join("cifar-10-batches-bin/data_batch_3.bin");
    fs::remove_file(&file).unwrap();
    let message = read("cifar10", dir.path()).unwrap_err().to_string();
    let expected = format!(
        "{} is missing. Get it with `inna-bench data fetch cifar10 --data {}`",
        file.display(),
        dir.path().display()
    );
    assert!(message.starts_with(&expected), "{message}");
}

#[test]
fn a_label_out_of_range_is_named() {
    let dir = tempfile::tempdir().unwrap();
    write_cifar10(dir.path(), 2);
    let file = dir.path().join("cifar-10-batches-bin/test_batch.bin");
    let mut bytes = fs::read(&file).unwrap();
    bytes[3073] = 10;
    fs::write(&file, bytes).unwrap();
    let message = read("cifar10", dir.path()).unwrap_err().to_string();
    assert!(message.contains("test_batch.bin: record 1 (from 0) has label 10; expected 0 to 9"), "{message}");
    let labels = mnist::idx(mnist::LABELS_MAGIC, &[3], &[0, 9, 200]);
    let message = mnist::parse_labels(&labels, "labels".as_ref()).unwrap_err().to_string();
    assert!(message.contains("record 2 (from 0) has label 200"), "{message}");
}

#[test]
fn idx_headers_are_checked() {
    let reason = |content: &[u8]| mnist::parse_images(content, "f".as_ref()).unwrap_err().to_string();
    let image = [0; 784];
    let labels = mnist::idx(mnist::LABELS_MAGIC, &[1, 28, 28], &image);
    assert!(reason(&labels).contains("magic number 0x00000801; expected 0x00000803"));
    let wide = mnist::idx(mnist::IMAGES_MAGIC, &[1, 14, 56], &image);
    assert!(reason(&wide).contains("images of 14×56 pixels; expected 28×28"));
    let many = mnist::idx(mnist::IMAGES_MAGIC, &[u32::MAX, 28, 28], &image);
    assert!(reason(&many).contains("784 bytes after the header; expected 3367254359280"));
    assert!(reason(&mnist::idx(mnist::IMAGES_MAGIC, &[0, 28, 28], &[])).contains("at least one"));
}

#[test]
fn images_and_labels_must_be_as_many() {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 3);
    let labels = mnist::idx(mnist::LABELS_MAGIC, &[2], &[0, 1]);
    let file = dir.path().join("mnist/t10k-labels-idx1-ubyte.gz");
    fs::write(file, mnist::compress(&labels).unwrap()).unwrap();
    let message = read("mnist", dir.path()).unwrap_err().to_string();
    assert!(message.contains("3 images, but the file of labels has 2"), "{message}");
}

#[test]
fn a_subset_can_be_read_but_does_not_verify() {
    let dir = tempfile::tempdir().unwrap();
    write_cifar10(dir.path(), 10);
    read("cifar10", dir.path()).unwrap();
    let message = verify("cifar10", dir.path()).unwrap_err().to_string();
    assert!(message.contains("50 training images, expected 50000"), "{message}");
    write_mnist(dir.path(), 2);
    let message = verify("mnist", dir.path()).unwrap_err().to_string();
    assert!(message.contains("2 training images, expected 60000"), "{message}");
}

#[test]
fn sha256_is_sha256() {
    // FIPS 180-2, appendix B.1.
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(checksums::sha256(b"abc"), expected);
}

#[test]
fn the_list_says_what_is_present() {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 1);
    let present: Vec<_> = list(dir.path()).iter().map(|line| (line.info.name, line.present)).collect();
    let expected = [
        ("cifar10", false),
        ("cifar100", false),
        ("mnist", true),
        ("fashion-mnist", false),
        ("tiny-shakespeare", false),
        ("shapes", true),
        ("curves", true),
        ("noise", true),
        ("modular", true),
        ("grammar", true),
        ("text", false),
    ];
    assert_eq!(present, expected);
    let message = verify("cifar", dir.path()).unwrap_err().to_string();
    assert_eq!(
        message,
        "there is no data set `cifar`; there are cifar10, cifar100, mnist, fashion-mnist, tiny-shakespeare, shapes, curves, noise, modular, grammar, text"
    );
}

proptest! {
    #[test]
    fn a_truncated_cifar_file_is_an_error(length in 0usize..3 * 3073) {
        prop_assume!(length == 0 || length % 3073 != 0);
        let mut images = crate::Images {
            pixels: Vec::new(), labels: Vec::new(), height: 32, width: 32, channels: 3, classes: 10,
            labels_per_image: 1, vocabulary: None,
        };
        let result = cifar::append(Layout::Cifar10, &vec![1; length], "f".as_ref(), &mut images);
        let message = result.unwrap_err().to_string();
        let expected = format!("f has {length} bytes; expected a positive multiple of 3073 ");
        prop_assert!(message.starts_with(&expected));
    }

    #[test]
    fn a_truncated_mnist_file_is_an_error(fraction in 0.0f64..1.0, inside: bool) {
        let pixels: Vec<u8> = (0..3 * 784u32).map(|p| (p * p % 251) as u8).collect();
        let idx = mnist::idx(mnist::IMAGES_MAGIC, &[3, 28, 28], &pixels);
        let cut = |bytes: &[u8]| bytes[..(bytes.len() as f64 * fraction) as usize].to_vec();
        // Either the compressed file is cut, or a whole compressed file holds a cut idx file.
        let bytes = if inside { mnist::compress(&cut(&idx)).unwrap() } else { cut(&mnist::compress(&idx).unwrap()) };
        let path = "f".as_ref();
        let result = gzip::decompress(&bytes, path, 1 << 20).and_then(|idx| mnist::parse_images(&idx, path).map(<[u8]>::len));
        prop_assert!(result.is_err());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let path = "f".as_ref();
        let _ = mnist::parse_images(&bytes, path);
        let _ = mnist::parse_labels(&bytes, path);
        let _ = gzip::decompress(&bytes, path, 1 << 20);
    }
}
