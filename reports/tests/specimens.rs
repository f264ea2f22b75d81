//! Pages of optimizers by themselves.
#![allow(clippy::unwrap_used)]

use records::{CheckCard, OptimizerCard, ParameterCard, SearchCard};
use reports::{Specimen, specimen_pages};
use serde_json::json;

fn specimen(name: &str, title: &str) -> Specimen {
    let check = |name: &str, passed| CheckCard { name: name.into(), passed, detail: "1 < 2".into() };
    Specimen {
        card: OptimizerCard {
            name: name.into(),
            title: title.into(),
            words: "It goes down.".into(),
            reference: "Nobody, 1851".into(),
            source: "optimizers/one".into(),
            parameters: vec![ParameterCard {
                key: "learning_rate".into(),
                meaning: "step size".into(),
                accepted: "> 0".into(),
                default: json!(0.1),
            }],
            searches: vec![SearchCard {
                hyper: "learning_rate".into(),
                values: vec![json!(0.01), json!(0.1)],
                reason: "a decade".into(),
            }],
            checks: vec![check("it falls", true), check("it flies", false)],
        },
        mathml: "<math display=\"block\"><mi>θ</mi></math>".into(),
        states: vec!["m".into()],
        state_bytes_per_parameter: 4.0,
        times: [2.25, 2.0, 3.0],
    }
}

#[test]
fn a_page_says_what_there_is_to_say() {
    let folder = tempfile::tempdir().unwrap();
    let both = [specimen("one", "One <b>"), specimen("two", "Two")];
    let files = specimen_pages(folder.path(), &both, true, "Measured somewhere.").unwrap();
    let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["index.html", "one.html", "two.html"]);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let page = read("one.html");
    for expected in [
        "<h1>One &lt;b&gt;</h1>",
        "<math display=\"block\"><mi>θ</mi></math>",
        "State per parameter: m.",
        "<dt>state, bytes per parameter</dt><dd>4.00</dd>",
        "2.2 times plain SGD’s (2.0 to 3.0)",
        "Measured somewhere.",
        "1 of 2 checks passed",
        "<td class=\"left\">0.01, 0.1</td>",
        "href=\"index.html\"",
        "inna-bench check one",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
    assert!(!page.contains("The values of the entries"), "there are none here");
    let index = read("index.html");
    assert!(
        index.contains("<a href=\"two.html\">Two</a>")
            && index.contains("<td class=\"diverged\">1 of 2</td>")
    );

    // The same again replaces its own; what somebody else has written stays, and nothing is written beside it.
    specimen_pages(folder.path(), &both, true, "").unwrap();
    std::fs::write(folder.path().join("two.html"), "mine").unwrap();
    let before = read("one.html");
    let error = specimen_pages(folder.path(), &both, true, "Again.").unwrap_err();
    assert!(error.to_string().contains("two.html is there and none of these pages"), "{error}");
    assert_eq!((read("one.html"), read("two.html")), (before, "mine".into()));

    let alone = tempfile::tempdir().unwrap();
    specimen_pages(alone.path(), &both[..1], false, "").unwrap();
    assert!(!std::fs::read_to_string(alone.path().join("one.html")).unwrap().contains("index.html"));
}
