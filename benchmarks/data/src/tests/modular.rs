//! The table of arithmetic, its parts, and what is refused.

use super::load;
use crate::modular::{Modular, Operation};
use crate::{DataError, Images, Outline, Selection, Share, Source, Splits};
use proptest::prelude::*;

fn splits(modular: Modular, at_most: Option<usize>) -> Result<Splits, DataError> {
    load(&Source::Modular(modular), &Selection::default(), at_most, "nowhere".as_ref())
}

/// `x`, `y`, `=` and the label of every example.
fn rows(images: &Images) -> Vec<[u8; 4]> {
    let row = |index| match *images.image(index) {
        [x, y, equals] => [x, y, equals, images.labels[index]],
        _ => unreachable!("three tokens"),
    };
    (0..images.len()).map(row).collect()
}

fn all(splits: &Splits) -> Vec<[u8; 4]> {
    let mut all = [rows(&splits.train), rows(&splits.test)].concat();
    all.extend(splits.validation.iter().flat_map(|images| rows(images)));
    all.sort_unstable();
    all
}

/// p = 3, by hand.
#[test]
fn the_tables_of_three() {
    let table = |operation| {
        let modular = Modular { p: 3, operation, validation_share: Share(0.0), ..Modular::default() };
        all(&splits(modular, None).unwrap()).iter().map(|row| row[3]).collect::<Vec<_>>()
    };
    assert_eq!(table(Operation::Add), [0, 1, 2, 1, 2, 0, 2, 0, 1]);
    assert_eq!(table(Operation::Subtract), [0, 2, 1, 1, 0, 2, 2, 1, 0]);
    assert_eq!(table(Operation::Multiply), [0, 0, 0, 0, 1, 2, 0, 2, 1]);
    // y is 1 or 2, and 1/2 = 2.
    assert_eq!(table(Operation::Divide), [0, 0, 1, 2, 2, 1]);
}

/// 97² = 9409 pairs: a half, to the nearest, is 4705, a tenth 941.
#[test]
fn the_usual_settings_are_those_of_the_list() {
    let source = Source::Modular(Modular::default());
    let expected = Outline {
        shape: [3, 1, 1],
        classes: 97,
        labels_per_image: 1,
        vocabulary: Some(98),
        train: 4705,
        validation: 941,
        test: 3763,
    };
    assert_eq!(source.outline("nowhere".as_ref()).unwrap(), expected);
    let info = crate::info("modular").unwrap();
    assert_eq!((info.train, info.test, info.classes), (4705, 3763, 97));
    let splits = splits(Modular::default(), None).unwrap();
    assert_eq!((splits.train.len(), splits.validation.unwrap().len(), splits.test.len()), (4705, 941, 3763));
    assert_eq!((splits.train.vocabulary, splits.class_names.len()), (Some(98), 97));
    assert_eq!(Selection::default().images(&source), 9409);
    let text = r#"{"name":"modular","operation":"add"}"#;
    assert_eq!(serde_json::from_str::<Source>(text).unwrap(), source);
    let written =
        r#"{"name":"modular","p":97,"operation":"add","train_share":0.5,"validation_share":0.1,"seed":0}"#;
    assert_eq!(serde_json::to_string(&source).unwrap(), written);
    let unknown = r#"{"name":"modular","operation":"add","q":97}"#;
    assert!(serde_json::from_str::<Source>(unknown).unwrap_err().to_string().contains("unknown field `q`"));
    assert!(serde_json::from_str::<Source>(r#"{"name":"modular"}"#).is_err());
    // A whole number is a share, too.
    let none = r#"{"name":"modular","operation":"add","validation_share":0}"#;
    let expected = Source::Modular(Modular { validation_share: Share(0.0), ..Modular::default() });
    assert_eq!(serde_json::from_str::<Source>(none).unwrap(), expected);
}

/// 31·30 pairs; the shares of 0.3 and 0.2 are 279 and 186 of 930.
#[test]
fn a_rehearsal_takes_the_first_of_each_part() {
    let modular = Modular {
        p: 31,
        operation: Operation::Divide,
        train_share: Share(0.3),
        validation_share: Share(0.2),
        seed: 5,
    };
    let source = Source::Modular(modular.clone());
    let whole = splits(modular.clone(), None).unwrap();
    assert_eq!(whole.train.len(), 279);
    let some = splits(modular, Some(20)).unwrap();
    let sizes = |splits: &Splits| {
        [&splits.train, splits.validation.as_ref().unwrap(), &splits.test].map(|images| images.len())
    };
    assert_eq!((sizes(&whole), sizes(&some)), ([279, 186, 465], [200, 186, 200]));
    assert_eq!(rows(&some.train), rows(&whole.train)[..200]);
    assert_ne!(some.digest, whole.digest);
    let limit = Selection { train_per_class: Some(20), validation_per_class: None, test_per_class: Some(20) };
    let limited = load(&source, &limit, Some(20), "nowhere".as_ref()).unwrap();
    assert_eq!(limited.digest, some.digest);
    assert_eq!((limit.images(&source), Selection::default().images(&source)), (586, 930));
    for (selection, at_most) in [(limit, None), (limit, Some(3))] {
        let message = load(&source, &selection, at_most, "nowhere".as_ref()).unwrap_err().to_string();
        let expected = "train_per_class chooses images by their class, and modular has none to choose by; leave it out: \
                        `train_share` and `validation_share` under `data` say";
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn settings_out_of_range_are_named() {
    let message = |modular: Modular| Source::Modular(modular).check().unwrap_err().to_string();
    let usual = Modular::default;
    for p in [0, 1, 256] {
        assert_eq!(
            message(Modular { p, ..usual() }),
            format!("data.p: {p} is not accepted; expected a whole number from 2 to 255")
        );
    }
    for p in [4, 91, 255] {
        let message = message(Modular { p, operation: Operation::Divide, ..usual() });
        assert!(message.starts_with(&format!("data.p: {p} with `operation: divide`")), "{message}");
    }
    for share in [-0.1, 1.0, 0.95, f64::NAN, f64::INFINITY] {
        let message = message(Modular { train_share: Share(share), ..usual() });
        assert!(message.starts_with("data.train_share: "), "{message}");
    }
    for share in [-0.1, f64::NAN] {
        let message = message(Modular { validation_share: Share(share), ..usual() });
        assert!(message.starts_with("data.validation_share: "), "{message}");
    }
    let message = message(Modular { p: 2, ..usual() });
    assert_eq!(
        message,
        "data.validation_share: 0.1, which is none of 4 pairs, is not accepted; expected 0, or a share that is one or more"
    );
    assert!(splits(Modular { p: 2, ..usual() }, None).is_err());
    let huge = Source::Modular(Modular { p: usize::MAX, ..usual() });
    assert_eq!(Selection::default().images(&huge), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_pair_is_in_one_part_with_its_result(p in 3usize..60, number in 0usize..4, train in 0.1f64..0.6, seed: u64) {
        let operation = [Operation::Add, Operation::Subtract, Operation::Multiply, Operation::Divide][number];
        let modular = Modular { p, operation, train_share: Share(train), validation_share: Share(0.2), seed };
        prop_assume!(Source::Modular(modular.clone()).check().is_ok());
        let splits = splits(modular.clone(), None).unwrap();
        let outline = Source::Modular(modular.clone()).outline("nowhere".as_ref()).unwrap();
        prop_assert_eq!((splits.train.len(), splits.test.len()), (outline.train, outline.test));
        let rows = all(&splits);
        let least = usize::from(operation == Operation::Divide);
        let pairs: Vec<(usize, usize)> = (0..p).flat_map(|x| (least..p).map(move |y| (x, y))).collect();
        prop_assert_eq!(rows.len(), pairs.len());
        for (row, (x, y)) in rows.iter().zip(pairs) {
            let [_, _, equals, z] = row.map(usize::from);
            prop_assert_eq!((usize::from(row[0]), usize::from(row[1]), equals), (x, y, p));
            // Without a subtraction or an inverse.
            let holds = match operation {
                Operation::Add => z == (x + y) % p,
                Operation::Subtract => (z + y) % p == x,
                Operation::Multiply => z == x * y % p,
                Operation::Divide => z * y % p == x,
            };
            prop_assert!(holds && z < p);
        }
        let other = Modular { seed: seed.wrapping_add(1), ..modular };
        prop_assert!(p < 7 || super::modular::splits(other, None).unwrap().train != splits.train);
    }
}
