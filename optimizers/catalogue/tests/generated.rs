//! Parameter tables, and the kernels and formulas that are generated from the rules.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::Method;
use serde_json::{Value, json};

#[test]
fn parameter_tables_and_defaults_have_the_same_keys() {
    for family in catalogue::ALL.families() {
        let defaults = family.defaults();
        let mut keys: Vec<&str> = defaults.as_object().unwrap().keys().map(String::as_str).collect();
        let mut table: Vec<&str> = family.parameters.iter().map(|parameter| &*parameter.key).collect();
        keys.sort_unstable();
        table.sort_unstable();
        assert_eq!(keys, table, "{}", family.name);
        // The defaults are accepted, and reading them back changes nothing.
        assert_eq!(catalogue::ALL.parse(&family.name, &defaults).unwrap().hyper(), defaults);
        assert_eq!(catalogue::ALL.parse(&family.name, &Value::Null).unwrap().hyper(), defaults);
    }
}

/// The configurations whose kernels and formulas are kept as files.
fn configurations() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("adagrad", "adagrad", json!({})),
        ("adagrad-decay", "adagrad", json!({"weight_decay": 0.01})),
        ("adam", "adam", json!({})),
        ("adam-amsgrad-coupled", "adam", json!({"amsgrad": true, "weight_decay": 0.01})),
        ("adam-decoupled", "adam", json!({"weight_decay": 0.01, "decay": "decoupled"})),
        ("inna", "inna", json!({})),
        ("inna-decay", "inna", json!({"weight_decay": 0.01})),
        ("innaprop", "innaprop", json!({})),
        ("innaprop-no-decay", "innaprop", json!({"weight_decay": 0})),
        ("sgd", "sgd", json!({})),
        ("sgd-momentum-damped", "sgd", json!({"momentum": 0.9, "dampening": 0.1, "weight_decay": 0.01})),
        ("sgd-nesterov", "sgd", json!({"momentum": 0.9, "nesterov": true})),
    ]
}

#[test]
fn kernels_and_formulas_are_as_recorded() {
    for (label, name, hyper) in configurations() {
        let method = catalogue::ALL.parse(name, &hyper).unwrap();
        insta::assert_snapshot!(format!("{label}-cuda"), method.cuda_source().unwrap());
        insta::assert_snapshot!(format!("{label}-mathml"), method.mathml());
        assert_well_formed(&method.mathml());
        assert_kernel_takes_the_scalars(&*method);
    }
}

/// Formulas of every optimizer are well-formed, with what practice adds.
#[test]
fn every_formula_is_well_formed() {
    for family in catalogue::ALL.families() {
        assert_well_formed(&catalogue::ALL.parse(&family.name, &json!({})).unwrap().mathml());
        let clipped = catalogue::ALL.parse(&family.name, &json!({"clip_norm": 1})).unwrap();
        assert_well_formed(&clipped.mathml());
    }
}

/// Every element is closed in order, and scripts, fractions and rows have the number of children they need.
fn assert_well_formed(text: &str) {
    let mut open: Vec<(String, usize)> = vec![(String::new(), 0)];
    for part in text.split('<').skip(1) {
        let (tag, _) = part.split_once('>').unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            let (opened, children) = open.pop().unwrap();
            assert_eq!(opened, name, "{text}");
            let needed = match name {
                "mfrac" | "msub" | "msup" | "mover" => Some(2),
                "msubsup" | "mtr" => Some(3),
                _ => None,
            };
            assert!(
                needed.is_none_or(|needed| needed == children),
                "{name} has {children} children in {text}"
            );
        } else {
            open.last_mut().unwrap().1 += 1;
            open.push((tag.split(' ').next().unwrap().to_owned(), 0));
        }
    }
    assert_eq!(open, [(String::new(), 1)], "{text}");
}

fn remembered(method: &dyn Method) -> Vec<f64> {
    method.memory().into_iter().map(|(_, first)| first).collect()
}

fn assert_kernel_takes_the_scalars(method: &dyn Method) {
    let source = method.cuda_source().unwrap();
    let scalars = method.scalars_at(0, 10, &mut remembered(method)).len();
    assert!(source.contains(&format!("scalars is [replicas, {scalars}]")), "{source}");
    for state in method.states() {
        assert!(source.contains(&format!("float *__restrict__ {state},")), "{source}");
    }
}
