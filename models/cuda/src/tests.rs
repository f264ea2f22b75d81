use crate::conformance::{self, Settings};
use crate::{
    Buffer, Device, DeviceImages, Emulation, Epoch, Footprint, Matrix, Population, Precision, Product,
    Replica, Source,
};
use models::{Model, Network};
use rule::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use streams::Stream;

fn parse(configurations: &[(&str, Value)]) -> Vec<Arc<dyn Method>> {
    configurations.iter().map(|(name, hyper)| Arc::from(catalogue::parse(name, hyper).unwrap())).collect()
}

/// Every shape of update rule there is.
pub(crate) fn rules() -> Vec<Arc<dyn Method>> {
    parse(&[
        ("inna", json!({})),
        ("inna", json!({"weight_decay": 0.01})),
        ("innaprop", json!({})),
        ("innaprop", json!({"weight_decay": 0})),
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
        ("innaprop", json!({"eps": 1e-4})),
        ("sgd", json!({"momentum": 0.9})),
        ("adam", json!({"eps": 1e-4})),
        ("adagrad", json!({"eps": 1e-4, "learning_rate": 1e-3})),
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

/// What the planner thinks a replica takes is what one more replica takes.
#[test]
fn the_footprint_is_what_is_allocated() {
    let input = models::Shape { height: 32, width: 32, channels: 3 };
    let network = Network::new(&Model::Nin { width: 0.1, dropout: 0.5 }, input, 10).unwrap();
    let (batch_size, images) = (7, 30);
    let method = parse(&[("adam", json!({}))]).remove(0);
    let bytes = |replicas: usize| {
        let emulation = Arc::new(Emulation::open().unwrap());
        let device: Arc<dyn Device> = Arc::clone(&emulation) as Arc<dyn Device>;
        let replica = |r: usize| Replica {
            parameters: vec![0.01; network.parameters()],
            dropout: (0..2).map(|i| Stream::new(0, "footprint", "dropout", (2 * r + i) as u64)).collect(),
            method: Arc::clone(&method),
        };
        let members = (0..replicas).map(replica).collect();
        let mut population =
            Population::new(&device, Precision::F32, network.clone(), batch_size, 10, members).unwrap();
        let (pixels, labels) = (vec![9; images * input.size()], vec![1; images]);
        let source = Source { pixels: &pixels, labels: &labels, tables: &[[0.5; 256]; 3] };
        let images = DeviceImages::new(&device, source).unwrap();
        let orders = vec![(0..30).collect(); replicas];
        population.epoch(Epoch { images: &images, orders: &orders }, || true).unwrap();
        emulation.allocated_bytes()
    };
    let planned = Footprint::new(&network).replica_bytes(batch_size, images, method.states().len());
    let taken = bytes(5) - bytes(4);
    let ratio = planned as f64 / taken as f64;
    assert!((1.0..1.02).contains(&ratio), "{planned} planned, {taken} taken");
    let footprint = Footprint::new(&network);
    assert_eq!(footprint.replicas_in(0, batch_size, images, 2), 1);
    assert_eq!(footprint.replicas_in(planned * 100, batch_size, images, 2), 90);
}

/// A product of 2 by 2 matrices whose right factor begins at `offset`.
fn product<'a>(left: &'a Buffer, right: &'a Buffer, offset: usize, out: &'a Buffer) -> Product<'a> {
    let matrix = |buffer, offset| Matrix { buffer, offset, stride: 4 };
    Product {
        left: matrix(left, 0),
        left_transposed: false,
        right: matrix(right, offset),
        right_transposed: false,
        out: matrix(out, 0),
        rows: 2,
        terms: 2,
        columns: 2,
        replicas: 1,
    }
}

#[test]
fn a_product_stays_inside_of_its_buffers() {
    let device = emulation();
    let four = |device| Buffer::from_slice(device, &[1.0f32, 2.0, 3.0, 4.0]).unwrap();
    let (left, right, out) = (four(&device), four(&device), four(&device));
    product(&left, &right, 0, &out).start(Precision::F32).unwrap();
    assert_eq!(out.download::<f32>(0, 4).unwrap(), [7.0, 10.0, 15.0, 22.0]);
    for offset in [1, usize::MAX / 4, usize::MAX] {
        let start = || product(&left, &right, offset, &out).start(Precision::F32);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(start)).is_err(), "{offset}");
    }
}

#[test]
#[should_panic(expected = "several devices")]
fn a_product_has_its_buffers_on_one_device() {
    let [one, other] = [emulation(), emulation()];
    let four = |device| Buffer::from_slice(device, &[1.0f32; 4]).unwrap();
    let (left, right, out) = (four(&one), four(&other), four(&one));
    let _ = product(&left, &right, 0, &out).start(Precision::F32);
}
