use crate::ALL;
use rule::check_single_precision;
use serde_json::json;
use std::collections::BTreeSet;

#[test]
fn every_crate_beside_this_one_is_listed() {
    let folders: BTreeSet<String> = std::fs::read_dir("..")
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !["rule", "catalogue", "inna-optim"].contains(&name.as_str()))
        .collect();
    let listed: BTreeSet<String> = ALL.names().into_iter().map(str::to_owned).collect();
    assert_eq!(folders, listed);
}

#[test]
fn a_misspelt_name_is_answered_with_the_nearest() {
    let message = ALL.parse("adamm", &json!({})).unwrap_err().to_string();
    assert_eq!(
        message,
        format!("unknown optimizer `adamm` (did you mean `adam`?); accepted: {}", ALL.names().join(", "))
    );
    assert!(ALL.parse("sdg", &json!({})).unwrap_err().to_string().contains("did you mean `sgd`?"));
    let message = ALL.parse("sgd", &json!({"momentun": 0.9})).unwrap_err().to_string();
    assert!(
        message.contains("optimizer `sgd`: unknown key `momentun` (did you mean `momentum`?)"),
        "{message}"
    );
}

#[test]
fn a_fallback_is_another_optimizer() {
    for name in ["muon", "shampoo"] {
        let hyper = json!({"fallback": {"optimizer": name}});
        let message = ALL.parse(name, &hyper).unwrap_err().to_string();
        assert!(
            message.contains("key `fallback.optimizer`") && message.contains("another optimizer"),
            "{message}"
        );
    }
    let hyper = json!({"fallback": {"optimizer": "adma"}});
    let message = ALL.parse("muon", &hyper).unwrap_err().to_string();
    assert!(
        message.contains("adma") && message.contains("an optimizer with a crate: adabelief, "),
        "{message}"
    );
    let averaged = json!({"fallback": {"optimizer": "schedule-free"}});
    assert!(ALL.parse("muon", &averaged).is_err());
}

#[test]
fn defaults_pass_their_own_checks() {
    for family in ALL.families() {
        let method = ALL.parse(&family.name, &family.defaults()).unwrap();
        assert_eq!(method.hyper(), family.defaults());
        assert_eq!(method.name(), family.name);
    }
}

#[test]
fn numbers_that_are_not_finite_are_named_as_written() {
    for word in ["1e400", "-1e400", ".inf", "inf", "nan", ".NaN"] {
        let message = ALL.parse("adam", &json!({"eps": word})).unwrap_err().to_string();
        assert!(message.contains(&format!("key `eps`: {word} is not a finite number")), "{message}");
    }
    let nested = json!({"schedule": {"kind": "power", "exponent": "1e400"}});
    let message = ALL.parse("inna", &nested).unwrap_err().to_string();
    assert!(message.contains("key `schedule.exponent`: 1e400 is not a finite number"), "{message}");
}

#[test]
fn minus_zero_is_zero() {
    for (name, hyper) in [
        ("adagrad", json!({"weight_decay": -0.0})),
        ("inna", json!({"initial_velocity": -0.0})),
        ("sgd", json!({"schedule": {"kind": "cosine", "floor": -0.0}})),
    ] {
        let text = ALL.parse(name, &hyper).unwrap().hyper().to_string();
        assert!(!text.contains("-0"), "{text}");
    }
}

/// What single precision rounds to 0, to a subnormal number or to infinity is no setting of a network's training.
#[test]
fn single_precision_has_fewer_numbers() {
    let refused = |name: &str, hyper: serde_json::Value| {
        check_single_precision(&ALL.parse(name, &hyper).unwrap().hyper()).map_err(|e| e.to_string()).err()
    };
    for (name, key, value) in [
        ("adam", "eps", 1e-46),
        ("adam", "eps", 1e-44),
        ("adagrad", "eps", 1e-40),
        ("innaprop", "eps", 1e-46),
        ("sgd", "learning_rate", 1e39),
        ("sgd", "learning_rate", 1e-39),
        ("inna", "initial_velocity", 1e39),
    ] {
        let message = refused(name, json!({key: value})).unwrap();
        assert!(
            message.contains(&format!("key `{key}`")) && message.contains("single precision"),
            "{message}"
        );
    }
    assert_eq!(refused("sgd", json!({"learning_rate": 1e30, "weight_decay": 0})), None);
    assert_eq!(refused("adam", json!({"eps": 1.2e-38})), None);
    let nested = json!({"schedule": {"kind": "step", "every": 3, "factor": 1e-46}});
    assert!(refused("sgd", nested).unwrap().contains("key `schedule.factor`"));
}

/// An optimizer is, with the settings it says, the other one it says.
#[test]
fn declared_reductions_hold() {
    let mut declared = 0;
    for family in ALL.families() {
        for check in ALL.reductions(&family.name) {
            assert!(check.passed, "{}: {check:?}", family.name);
            declared += 1;
        }
    }
    assert_eq!(declared, 11);
    assert!(ALL.reductions("none").is_empty());
}
