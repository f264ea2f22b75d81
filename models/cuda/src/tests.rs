use crate::conformance::{self, Settings};
use crate::{Device, Emulation, Precision};
use rule::Method;
use serde_json::{Value, json};
use std::sync::Arc;

fn parse(configurations: &[(&str, Value)]) -> Vec<Arc<dyn Method>> {
    configurations.iter().map(|(name, hyper)| Arc::from(catalogue::parse(name, hyper).unwrap())).collect()
}

/// Every shape of update rule there is.
pub(crate) fn rules() -> Vec<Arc<dyn Method>> {
    parse(&[
        ("inna", json!({})),
        ("inna", json!({"weight_decay": 0.01})),
        ("sgd", json!({})),
        ("sgd", json!({"momentum": 0.9, "nesterov": true, "weight_decay": 0.01})),
        ("adam", json!({})),
        ("adam", json!({"amsgrad": true, "weight_decay": 0.01})),
        ("adagrad", json!({"weight_decay": 0.01})),
    ])
}

fn emulation() -> Arc<dyn Device> {
    Arc::new(Emulation::open().unwrap())
}

fn conforms(precision: Precision) -> Vec<conformance::Check> {
    let settings = Settings { precision, width: 0.05, batch_size: 6, steps: 50, replicas: 1 };
    let methods = parse(&[
        ("inna", json!({})),
        ("sgd", json!({"momentum": 0.9})),
        ("adam", json!({"eps": 1e-4})),
        ("adagrad", json!({"eps": 1e-4})),
    ]);
    let checks = conformance::run(&emulation(), &settings, &rules(), &methods).unwrap();
    for check in &checks {
        println!("{:60} {:9.2e} {:9.2e} {}", check.name, check.difference, check.limit, check.detail);
    }
    checks
}

/// The engine and its kernels, thread by thread on this CPU, compute what the CPU's engine computes.
#[test]
fn the_emulated_device_conforms() {
    let failed: Vec<_> = conforms(Precision::F32).into_iter().filter(|check| !check.passed()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Products in TF32 differ from single precision by what ten bits leave, and nothing but products does.
#[test]
fn tf32_is_coarser_by_what_it_should_be() {
    let checks = conforms(Precision::Tf32);
    let failed: Vec<_> = checks.iter().filter(|check| !check.passed()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    for check in checks.iter().filter(|check| check.name.ends_with("gradient of the weight")) {
        assert!(check.difference > 1e-5, "{check:?}");
    }
}
