//! Images that tasks share, and that are others when they are wanted again.

use crate::images::{ImageSet, Shelf, Wanted};
use data::{DataError, Selection, Source};
use std::path::Path;
use std::sync::Arc;

/// A CIFAR-10 of ten images in each of its six files, all different from each other and from those of another `kind`.
fn cifar(data_dir: &Path, kind: u8) {
    let folder = data_dir.join("cifar-10-batches-bin");
    std::fs::create_dir_all(&folder).unwrap();
    for file in 0..6u8 {
        let record = |class: u8| {
            let mut record = vec![kind; 3073];
            (record[0], record[1], record[2]) = (class, class, file);
            record
        };
        let name = if file == 0 { "test_batch.bin".into() } else { format!("data_batch_{file}.bin") };
        std::fs::write(folder.join(name), (0..10).flat_map(record).collect::<Vec<u8>>()).unwrap();
    }
}

fn wanted(train_per_class: usize) -> Wanted {
    let selection = Selection { train_per_class: Some(train_per_class), ..Selection::default() };
    Wanted { source: Source::Cifar10 {}, selection, at_most: None }
}

#[test]
fn images_are_read_once_and_must_stay_what_they_were() {
    let folder = tempfile::tempdir().unwrap();
    cifar(folder.path(), 1);
    let shelf = Arc::new(Shelf::new(folder.path()));
    let (one, splits) = ImageSet::new(&shelf, wanted(2)).unwrap();
    assert_eq!([one.train, one.validation, one.test, one.form.classes], [20, 0, 10, 10]);
    assert_eq!(one.digest, splits.digest);
    let (again, same) = ImageSet::new(&shelf, wanted(2)).unwrap();
    assert!(Arc::ptr_eq(&splits, &same), "two tasks with the same images");
    // Another selection of what has been read: no file is looked at.
    std::fs::remove_dir_all(folder.path().join("cifar-10-batches-bin")).unwrap();
    let (other, _) = ImageSet::new(&shelf, wanted(3)).unwrap();
    assert_eq!(other.train, 30);

    shelf.settle();
    let in_use = again.open().unwrap();
    assert!(Arc::ptr_eq(&splits, &in_use), "somebody has them");
    drop((splits, same, in_use));
    assert!(one.open().is_ok(), "the last ones stay");
    assert!(matches!(other.open(), Err(DataError::Missing { .. })));
    cifar(folder.path(), 1);
    assert_eq!(one.open().unwrap().digest, one.digest);
    assert_eq!(other.open().unwrap().train.len(), 30);
    cifar(folder.path(), 2);
    assert!(matches!(one.open(), Err(DataError::Changed { name: "cifar10" })));
}
