//! Files of the user's.

use super::load;
use crate::text::{Text, Unit};
use crate::{DataError, Images, Selection, Share, Source, Splits};
use proptest::prelude::*;
use std::fs;
use std::path::Path;

fn text(file: &str) -> Text {
    Text {
        file: file.into(),
        unit: Unit::Characters,
        context: 3,
        validation_share: Share(0.25),
        test_share: Share(0.25),
    }
}

fn splits(text: Text, dir: &Path) -> Result<Splits, DataError> {
    load(&Source::Text(text), &Selection::default(), None, dir)
}

fn letters(images: &Images, names: &[String]) -> Vec<[String; 2]> {
    let spell =
        |tokens: &[u8]| tokens.iter().map(|&token| names[usize::from(token)].as_str()).collect::<String>();
    (0..images.len()).map(|i| [spell(images.image(i)), spell(images.labels_of(i))]).collect()
}

/// 20 characters: ten, five and five.
#[test]
fn windows_by_hand() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("texts")).unwrap();
    fs::write(dir.path().join("texts/mine.txt"), "hänsel und gretel.\nx").unwrap();
    let source = Source::Text(text("texts/mine.txt"));
    let splits = splits(text("texts/mine.txt"), dir.path()).unwrap();
    // In the order of the code points: line feed, blank, full stop, letters, ä.
    assert_eq!(splits.class_names.concat(), "\\n .deghlnrstuxä");
    assert_eq!(
        (splits.train.vocabulary, splits.train.classes, splits.train.labels_per_image),
        (Some(15), 15, 3)
    );
    let pairs = |images: &Images| letters(images, &splits.class_names);
    // `hänsel und`, of which the last character is a label only; `d gr` of ` gret`; `el.` of `el.\nx`.
    assert_eq!(pairs(&splits.train), [["hän", "äns"], ["sel", "el "], [" un", "und"]]);
    assert_eq!(pairs(splits.validation.as_ref().unwrap()), [[" gr", "gre"]]);
    assert_eq!(pairs(&splits.test), [["el.", "l.\\n"]]);
    let outline = source.outline(dir.path()).unwrap();
    assert_eq!((outline.train, outline.validation, outline.test, outline.classes), (3, 1, 1, 15));
    assert_eq!((Selection::default().examples(&outline), Selection::default().images(&source)), (5, 0));
    // 21 bytes, of which 5.25 are 5.
    let bytes = Text { unit: Unit::Bytes, validation_share: Share(0.0), ..text("texts/mine.txt") };
    let splits = super::texts::splits(bytes, dir.path()).unwrap();
    assert_eq!(splits.train.image(0), [b'h', 0xc3, 0xa4]);
    assert_eq!((splits.train.vocabulary, splits.train.len(), splits.test.len()), (Some(256), 5, 1));
    assert!(splits.validation.is_none());
    assert_eq!((splits.class_names.len(), &*splits.class_names[0xc3]), (256, "0xc3"));
}

#[test]
fn what_cannot_be_read_is_said_with_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let message = |text: Text| {
        let error = splits(text.clone(), dir.path()).unwrap_err().to_string();
        assert_eq!(Source::Text(text).outline(dir.path()).unwrap_err().to_string(), error);
        error
    };
    let path = dir.path().join("mine.txt");
    let missing = format!(
        "{}: there is no such file. `file` under `data` is a path from the data directory on",
        path.display()
    );
    assert!(message(text("mine.txt")).starts_with(&missing));
    fs::write(&path, b"a text that \xff is none").unwrap();
    let expected = format!("{}: byte 12 (from 0) is not UTF-8. Write `unit: bytes`", path.display());
    assert!(message(text("mine.txt")).starts_with(&expected));
    let many: String = ('\u{4e00}'..).take(257).collect();
    fs::write(&path, many).unwrap();
    let expected = format!(
        "{}: it has 257 different characters; at most 256 are accepted. Write `unit: bytes`",
        path.display()
    );
    assert!(message(text("mine.txt")).starts_with(&expected));
    fs::write(&path, "fourteen signs").unwrap();
    let expected = "data.context: 4 for the 14 tokens of `mine.txt`, 6 to train, 4 to validate and 4 to test on, is not accepted; \
                    expected 5 or more for each part, `context` + 1 (the validation part has 4)";
    let short = message(Text { context: 4, ..text("mine.txt") });
    assert!(short.starts_with(expected), "{short}");
    fs::File::create(&path).unwrap().set_len(crate::text::MOST_BYTES + 1).unwrap();
    assert!(message(text("mine.txt")).contains("it has more than 67108864 bytes"));
    fs::create_dir(dir.path().join("folder")).unwrap();
    assert!(message(text("folder")).contains("is a folder"));
}

#[test]
fn paths_stay_in_the_data_directory() {
    for file in ["", "..", "../mine.txt", "texts/../../mine.txt", "/etc/passwd", "./mine.txt"] {
        let message = Source::Text(text(file)).check().unwrap_err().to_string();
        assert!(
            message.starts_with(&format!("data.file: `{file}` is not accepted; expected a path from the")),
            "{message}"
        );
        assert!(splits(text(file), "nowhere".as_ref()).is_err());
    }
    for (text, key) in [
        (Text { context: 0, ..text("a") }, "data.context: 0 "),
        (Text { context: 1025, ..text("a") }, "data.context: 1025 "),
        (Text { test_share: Share(0.0), ..text("a") }, "data.test_share: 0 "),
        (Text { test_share: Share(0.75), ..text("a") }, "data.test_share: 0.75 "),
        (Text { validation_share: Share(-1.0), ..text("a") }, "data.validation_share: -1 "),
    ] {
        let message = Source::Text(text).check().unwrap_err().to_string();
        assert!(message.starts_with(key), "{message}");
    }
    let read = |text| serde_json::from_str::<Source>(text);
    let written = r#"{"name":"text","file":"a.txt","unit":"characters","context":64,"validation_share":0.1,"test_share":0.1}"#;
    assert_eq!(serde_json::to_string(&read(r#"{"name":"text","file":"a.txt"}"#).unwrap()).unwrap(), written);
    assert!(read(r#"{"name":"text"}"#).unwrap_err().to_string().contains("missing field `file`"));
    assert!(
        read(r#"{"name":"text","file":"a","unit":"words"}"#).unwrap_err().to_string().contains("characters")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Every window continues the one before it, and labels are the text one further.
    #[test]
    fn windows_are_the_text(content in "[a-f \n]{60,200}", context in 1usize..9) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("t"), &content).unwrap();
        let splits = splits(Text { context, ..text("t") }, dir.path()).unwrap();
        let quarter = Share(0.25).of(content.len());
        let bounds = [0, content.len() - 2 * quarter, content.len() - quarter, content.len()];
        let mut names: Vec<char> = content.chars().collect();
        names.sort_unstable();
        names.dedup();
        let spell = |tokens: &[u8]| tokens.iter().map(|&token| names[usize::from(token)]).collect::<String>();
        for (part, bounds) in [&splits.train, splits.validation.as_ref().unwrap(), &splits.test].into_iter().zip(bounds.windows(2)) {
            let part_of_it = &content[bounds[0]..bounds[1]];
            prop_assert_eq!(part.len(), (part_of_it.len() - 1) / context);
            let read = part.len() * context;
            prop_assert_eq!(spell(&part.pixels), &part_of_it[..read]);
            prop_assert_eq!(spell(&part.labels), &part_of_it[1..=read]);
        }
    }
}
