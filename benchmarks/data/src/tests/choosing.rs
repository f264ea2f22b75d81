//! Numbers that are asked for, and limits.

use super::load;
use super::*;
use crate::{Selection, Source, Splits};

fn sizes(splits: &Splits) -> [usize; 3] {
    [splits.train.len(), splits.validation.as_deref().map_or(0, crate::Images::len), splits.test.len()]
}

fn selection(train: Option<usize>, validation: Option<usize>, test: Option<usize>) -> Selection {
    Selection { train_per_class: train, validation_per_class: validation, test_per_class: test }
}

#[test]
fn a_limit_above_what_there_is_takes_what_there_is() {
    let dir = tempfile::tempdir().unwrap();
    // 25 images in each part: classes 5 to 9 have two, the others three.
    write_mnist(dir.path(), 25);
    let load = |limit: usize, selection| load(&Source::Mnist {}, &selection, Some(limit), dir.path());
    let sizes = |limit, selection| sizes(&load(limit, selection).unwrap());
    let both = |n| selection(Some(n), None, Some(n));
    assert_eq!(sizes(100, both(100)), [25, 0, 25]);
    assert_eq!(sizes(3, both(3)), [25, 0, 25]);
    assert_eq!(sizes(2, both(2)), [20, 0, 20]);
    // What is held out comes first, and one or more stay to train on.
    assert_eq!(sizes(100, selection(Some(100), Some(100), Some(100))), [15, 10, 25]);
    assert_eq!(sizes(100, selection(Some(100), Some(1), Some(100))), [15, 10, 25]);
    // A smaller number was asked for, so it is no limit.
    let message = load(100, selection(Some(50), None, Some(100))).unwrap_err().to_string();
    assert!(
        message.starts_with("train_per_class asks for 50 images per class of mnist, but class 5"),
        "{message}"
    );
    let message = load(100, selection(Some(100), None, Some(50))).unwrap_err().to_string();
    assert!(message.starts_with("test_per_class asks for 50"), "{message}");
    // Where there is nothing to hold out, a limit does not change that.
    write_mnist(dir.path(), 10);
    let message = load(100, selection(Some(100), Some(100), None)).unwrap_err().to_string();
    assert!(
        message.starts_with("validation_per_class asks for 1 images per class of mnist, with one"),
        "{message}"
    );
}

#[test]
fn only_keys_that_were_written_are_spoken_of() {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 25);
    let message = |s| load(&Source::Mnist {}, &s, None, dir.path()).unwrap_err().to_string();
    let held_out = message(selection(None, Some(2), None));
    assert_eq!(
        held_out,
        "validation_per_class asks for 2 images per class of mnist, with one or more left to train on, but class 5 \
         has 2 training images. At most 1 can be had"
    );
}

#[test]
fn a_class_that_is_not_there_is_said_as_such() {
    let dir = tempfile::tempdir().unwrap();
    // Fine labels 99 to 70 only.
    write_cifar100(dir.path(), 30);
    for (s, limit) in [
        (selection(None, None, None), None),
        (selection(Some(5), None, Some(5)), Some(5)),
        (selection(Some(5), Some(1), Some(5)), None),
    ] {
        let message = load(&Source::Cifar100 {}, &s, limit, dir.path()).unwrap_err().to_string();
        let expected =
            "cifar100 has no training images of 70 of its 100 classes, the first of them 0 (apple)";
        assert!(message.starts_with(expected) && !message.contains("per_class"), "{message}");
    }
    write_mnist(dir.path(), 15);
    let [images, labels] = digits("t10k", 7);
    for (kind, content) in [("images-idx3", images), ("labels-idx1", labels)] {
        let file = dir.path().join(format!("mnist/t10k-{kind}-ubyte.gz"));
        fs::write(file, mnist::compress(&content).unwrap()).unwrap();
    }
    let load = |s, limit| load(&Source::Mnist {}, &s, limit, dir.path());
    assert_eq!(sizes(&load(selection(None, None, None), None).unwrap()), [15, 0, 7]);
    assert_eq!(sizes(&load(selection(Some(9), None, Some(9)), Some(9)).unwrap()), [15, 0, 7]);
    let message = load(selection(None, None, Some(1)), None).unwrap_err().to_string();
    assert!(message.starts_with("mnist has no test images of 3 of its 10 classes"), "{message}");
}
