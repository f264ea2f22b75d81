use super::*;
use crate::{DataError, Normalisation, Selection, Source, Splits};

fn selection(train: usize, validation: usize, test: usize) -> Selection {
    Selection {
        train_per_class: Some(train),
        validation_per_class: (validation > 0).then_some(validation),
        test_per_class: Some(test),
    }
}

/// Without a limit.
fn load(source: &Source, selection: &Selection, dir: &Path) -> Result<Splits, DataError> {
    super::load(source, selection, None, dir)
}

/// Red in the first pixel: the number of the image, as [`write_cifar10`] writes it.
fn numbers(images: &crate::Images) -> Vec<u8> {
    (0..images.len()).map(|i| images.image(i)[0]).collect()
}

#[test]
fn subsets_are_balanced_and_validation_is_the_end_of_the_training_part() {
    let dir = tempfile::tempdir().unwrap();
    write_cifar10(dir.path(), 20);
    let source = Source::Cifar10 {};
    // 100 training images, ten of each class, in turn.
    let splits = load(&source, &selection(2, 3, 1), dir.path()).unwrap();
    assert_eq!(numbers(&splits.train), (0..20).collect::<Vec<u8>>());
    let validation = splits.validation.unwrap();
    assert_eq!(numbers(&validation), (70..100).collect::<Vec<u8>>());
    assert_eq!(validation.class_counts(), [3; 10]);
    assert_eq!(splits.test.class_counts(), [1; 10]);

    let rest = Selection { validation_per_class: Some(3), ..Selection::default() };
    let splits = load(&source, &rest, dir.path()).unwrap();
    assert_eq!(numbers(&splits.train), (0..70).collect::<Vec<u8>>());
    assert_eq!(numbers(&splits.validation.unwrap()), (70..100).collect::<Vec<u8>>());
    assert_eq!(splits.test.len(), 20);
    assert!(load(&source, &Selection::default(), dir.path()).unwrap().validation.is_none());
}

#[test]
fn all_of_an_unbalanced_set_can_be_had() {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 25);
    let splits = load(&Source::Mnist {}, &Selection::default(), dir.path()).unwrap();
    assert_eq!(splits.train.class_counts(), [3, 3, 3, 3, 3, 2, 2, 2, 2, 2]);
    let one = Selection { validation_per_class: Some(1), ..Selection::default() };
    let splits = load(&Source::Mnist {}, &one, dir.path()).unwrap();
    assert_eq!(splits.validation.unwrap().class_counts(), [1; 10]);
    assert_eq!(splits.train.class_counts(), [2, 2, 2, 2, 2, 1, 1, 1, 1, 1]);
}

#[test]
fn asking_for_too_many_says_how_many_there_are() {
    let dir = tempfile::tempdir().unwrap();
    write_mnist(dir.path(), 25);
    let reason = |selection| load(&Source::Mnist {}, &selection, dir.path()).unwrap_err().to_string();
    let message = reason(selection(2, 1, 1));
    assert!(
        message.starts_with(
            "train_per_class + validation_per_class asks for 3 images per class of mnist, but class 5 has 2"
        ),
        "{message}"
    );
    assert!(reason(selection(1, 0, 3)).starts_with("test_per_class asks for 3"));
    assert!(reason(selection(0, 0, 1)).starts_with("train_per_class leaves no images"));
    assert!(reason(selection(usize::MAX, 1, 1)).contains("At most 2"));
    let message =
        load(&Source::Shapes { seed: 0 }, &selection(5001, 0, 1), dir.path()).unwrap_err().to_string();
    assert!(message.contains("class 0 has 5000 training images"), "{message}");
}

#[test]
fn the_digest_is_of_everything_and_of_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    write_cifar10(dir.path(), 10);
    let digest = |s| load(&Source::Cifar10 {}, &s, dir.path()).unwrap().digest;
    let base = digest(selection(2, 1, 1));
    assert!(base.len() == 16 && base.chars().all(|c| c.is_ascii_hexdigit()));
    // All four training images of a class, asked for or not.
    assert_eq!(digest(selection(5, 0, 1)), digest(Selection { train_per_class: None, ..selection(1, 0, 1) }));
    for other in [selection(3, 1, 1), selection(2, 2, 1), selection(2, 0, 1)] {
        assert_ne!(digest(other), base);
    }
    let file = dir.path().join("cifar-10-batches-bin/test_batch.bin");
    let mut bytes = fs::read(&file).unwrap();
    bytes[3000] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert_ne!(digest(selection(2, 1, 1)), base);
}

#[test]
fn shapes_need_no_files_and_take_the_images_that_generate_makes() {
    let splits = load(&Source::Shapes { seed: 3 }, &selection(2, 1, 1), "nowhere".as_ref()).unwrap();
    let whole = crate::shapes::generate(3, 20, 10).unwrap();
    assert_eq!(*splits.train, whole.train);
    assert_eq!(*splits.test, whole.test);
    let end: Vec<usize> = (49_990..50_000).collect();
    assert_eq!(*splits.validation.unwrap(), crate::shapes::at(3, crate::shapes::Part::Train, &end).unwrap());
}

/// Recorded before there were tokens: what was trained on these images stays comparable.
#[test]
fn images_keep_the_digest_they_had() {
    let dir = tempfile::tempdir().unwrap();
    write_cifar10(dir.path(), 10);
    write_mnist(dir.path(), 25);
    let digest = |source, s| load(&source, &s, dir.path()).unwrap().digest;
    assert_eq!(digest(Source::Shapes { seed: 3 }, selection(2, 1, 1)), "ae8228cfac6911fa");
    assert_eq!(digest(Source::Cifar10 {}, selection(2, 1, 1)), "c7880825356b5625");
    assert_eq!(digest(Source::Mnist {}, selection(1, 0, 2)), "2f76651a08aa97b5");
}

#[test]
fn configurations_are_strict() {
    let source = |text| serde_json::from_str::<Source>(text);
    assert_eq!(source(r#"{"name":"cifar100"}"#).unwrap(), Source::Cifar100 {});
    assert_eq!(source(r#"{"name":"shapes"}"#).unwrap(), Source::Shapes { seed: 0 });
    assert_eq!(source(r#"{"name":"shapes","seed":7}"#).unwrap(), Source::Shapes { seed: 7 });
    assert!(source(r#"{"name":"cifar10","seed":7}"#).unwrap_err().to_string().contains("seed"));
    assert!(source(r#"{"name":"cifar11"}"#).unwrap_err().to_string().contains("cifar10"));
    assert_eq!(serde_json::to_string(&Source::Mnist {}).unwrap(), r#"{"name":"mnist"}"#);
    assert!(serde_json::from_str::<Selection>(r#"{"per_class":3}"#).is_err());
    assert_eq!(serde_json::from_str::<Selection>("{}").unwrap(), Selection::default());
    // A sequence is no map, however empty; nor is nothing.
    for no_map in ["[]", "[1]", "[1, null, 2]", "null", "7", r#""all""#] {
        let message = serde_json::from_str::<Selection>(no_map).unwrap_err().to_string();
        assert!(message.contains("expected a map of `train_per_class`"), "{no_map}: {message}");
    }
    for no_map in [r#"["shapes"]"#, r#"["shapes", 3]"#, r#""shapes""#, "[]"] {
        assert!(
            source(no_map).unwrap_err().to_string().contains("expected a map with the `name`"),
            "{no_map}"
        );
    }
    // Written as ever: this enters the identity of runs.
    assert_eq!(
        serde_json::to_string(&selection(3, 0, 2)).unwrap(),
        r#"{"train_per_class":3,"validation_per_class":null,"test_per_class":2}"#
    );
    assert_eq!(serde_json::to_string(&Source::Shapes { seed: 7 }).unwrap(), r#"{"name":"shapes","seed":7}"#);
    assert_eq!(serde_json::from_str::<Normalisation>(r#""unit""#).unwrap(), Normalisation::Unit);
}
