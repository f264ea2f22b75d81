//! The sets that share their layout or their names with others: Fashion-MNIST, and a text.

use super::load;
use super::*;
use crate::text::Windows;
use crate::{Outline, Selection, Share, Source, fetch, info, verify};
use std::collections::BTreeSet;

#[test]
fn clothing_is_read_as_digits_are() {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 25);
    let digits = load(&Source::Mnist {}, &Selection::default(), None, dir.path()).unwrap();
    let message =
        load(&Source::FashionMnist {}, &Selection::default(), None, dir.path()).unwrap_err().to_string();
    assert!(message.contains("data fetch fashion-mnist"), "{message}");
    // torchvision's folder, then ours.
    for folder in ["FashionMNIST/raw", "fashion-mnist"] {
        let there = dir.path().join(folder);
        fs::create_dir_all(there.parent().unwrap()).unwrap();
        let from = if folder == "fashion-mnist" { "FashionMNIST/raw" } else { "mnist" };
        fs::rename(dir.path().join(from), there).unwrap();
        let clothing = load(&Source::FashionMnist {}, &Selection::default(), None, dir.path()).unwrap();
        assert_eq!((&clothing.train, &clothing.digest), (&digits.train, &digits.digest));
        assert_eq!((&*clothing.class_names[0], &*clothing.class_names[9]), ("T-shirt/top", "Ankle boot"));
        assert!(
            clothing.remarks[0].starts_with("the images are not the official fashion-mnist: 25 training")
        );
    }
    assert_eq!(digits.class_names[9], "9");
    assert_eq!(
        serde_json::from_str::<Source>(r#"{"name":"fashion-mnist"}"#).unwrap(),
        Source::FashionMnist {}
    );
    assert_eq!(Selection::default().images(&Source::FashionMnist {}), 70_000);
}

/// Digits of the official number in the place of clothing.
#[test]
fn files_of_the_official_length_with_another_sum_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 30);
    fs::rename(dir.path().join("mnist"), dir.path().join("fashion-mnist")).unwrap();
    let official = as_published("fashion-mnist", dir.path(), 30, 30);
    let loaded = mnist::read(&official, dir.path()).unwrap();
    assert_eq!(crate::official::examine(&official, &loaded).unwrap(), [""; 0]);
    let mut labels = digits("t10k", 30)[1].clone();
    labels[20] = 3;
    let path = dir.path().join("fashion-mnist/t10k-labels-idx1-ubyte.gz");
    fs::write(path, mnist::compress(&labels).unwrap()).unwrap();
    let loaded = mnist::read(&official, dir.path()).unwrap();
    assert!(matches!(crate::official::examine(&official, &loaded), Err(DataError::Checksum { .. })));
}

/// 1 115 394 characters: a tenth is 111 539, 892 316 stay; windows of 64 and one more.
#[test]
fn the_sizes_of_shakespeare_are_known_without_the_file() {
    let source = serde_json::from_str::<Source>(r#"{"name":"tiny-shakespeare"}"#).unwrap();
    let expected = Outline {
        shape: [64, 1, 1],
        classes: 65,
        labels_per_image: 64,
        vocabulary: Some(65),
        train: 13_942,
        validation: 1_742,
        test: 1_742,
    };
    assert_eq!(source.outline("nowhere".as_ref()).unwrap(), expected);
    let info = info("tiny-shakespeare").unwrap();
    assert_eq!((info.train, info.test, info.classes), (13_942, 1_742, 65));
    assert_eq!(Selection::default().images(&source), 13_942 + 2 * 1_742);
    let limit = Selection { train_per_class: Some(20), ..Selection::default() };
    assert_eq!(limit.images(&source), 600);
    let few = Source::TinyShakespeare(Windows { test_share: Share(0.00001), ..Windows::default() });
    let message = few.check().unwrap_err().to_string();
    assert!(message.starts_with("data.context: 64 for the 1115394 tokens of `input.txt`"), "{message}");
    assert!(serde_json::from_str::<Source>(r#"{"name":"tiny-shakespeare","unit":"bytes"}"#).is_err());
}

#[test]
fn another_text_is_not_shakespeare() {
    let dir = tempfile::tempdir().unwrap();
    let source = Source::TinyShakespeare(Windows::default());
    let read = || load(&source, &Selection::default(), None, dir.path()).unwrap_err().to_string();
    assert!(read().contains("Get it with `inna-bench data fetch tiny-shakespeare"), "{}", read());
    fs::create_dir(dir.path().join("tiny-shakespeare")).unwrap();
    let path = dir.path().join("tiny-shakespeare/input.txt");
    for (length, got) in [(100, "that of a file of another length"), (1_115_394, "")] {
        fs::write(&path, vec![b'x'; length]).unwrap();
        let expected = format!("{}: SHA-256 is {got}", path.display());
        assert!(read().starts_with(&expected), "{}", read());
        let error = verify("tiny-shakespeare", dir.path()).unwrap_err();
        assert!(error.is_failed_check() && error.to_string().starts_with(&expected), "{error}");
    }
}

#[test]
fn drafts_of_different_sets_have_different_names() {
    let mut drafts = BTreeSet::new();
    for info in crate::list("nowhere".as_ref()).iter().map(|line| line.info) {
        for download in info.downloads {
            assert!(drafts.insert(fetch::draft(info, download, "d".as_ref())), "{}", download.name);
            assert!(download.base.starts_with("https://") && download.base.ends_with('/'));
            // Of what is not an archive, each download is one of the files.
            let is_file = info.files.iter().any(|file| file.name == download.name);
            assert_eq!(is_file, !download.archive, "{}", download.name);
        }
        let sums = info.files.iter().map(|file| file.sha256).chain(info.downloads.iter().map(|it| it.sha256));
        for sum in sums {
            assert!(
                sum.len() == 64 && sum.bytes().all(|x| x.is_ascii_digit() || (b'a'..=b'f').contains(&x)),
                "{sum}"
            );
        }
    }
    // Where interrupted downloads of MNIST wait, since before there were others.
    assert!(drafts.contains("d/.train-images-idx3-ubyte.gz.part".as_ref() as &Path));
}
