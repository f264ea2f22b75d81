use crate::{families, names, parse};
use serde_json::json;
use std::collections::BTreeSet;

#[test]
fn every_crate_beside_this_one_is_listed() {
    let folders: BTreeSet<String> = std::fs::read_dir("..")
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "rule" && name != "catalogue")
        .collect();
    let listed: BTreeSet<String> = names().into_iter().map(str::to_owned).collect();
    assert_eq!(folders, listed);
}

#[test]
fn a_misspelt_name_is_answered_with_the_nearest() {
    let message = parse("adamm", &json!({})).unwrap_err().to_string();
    assert_eq!(
        message,
        "unknown optimizer `adamm` (did you mean `adam`?); accepted: adagrad, adam, inna, innaprop, sgd"
    );
    let message = parse("sgd", &json!({"momentun": 0.9})).unwrap_err().to_string();
    assert!(
        message.contains("optimizer `sgd`: unknown key `momentun` (did you mean `momentum`?)"),
        "{message}"
    );
}

#[test]
fn defaults_pass_their_own_checks() {
    for family in families() {
        let method = family.parse(&family.defaults()).unwrap();
        assert_eq!(method.hyper(), family.defaults());
        assert_eq!(method.name(), family.name);
    }
}
