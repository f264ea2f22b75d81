use crate::conformance::pieces::piece;
use crate::conformance::{self, Settings, Subject, layers};
use crate::{
    Buffer, Crop, Device, DeviceImages, Emulation, Epoch, Footprint, Matrix, Population, Precision, Product,
    Replica, Source,
};
use models::{Batches, Initialisation, Model, Network, Route};
use rule::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use streams::Stream;

fn parse(configurations: &[(&str, Value)]) -> Vec<Arc<dyn Method>> {
    configurations.iter().map(|(name, hyper)| Arc::from(catalogue::ALL.parse(name, hyper).unwrap())).collect()
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
        // By segments: sums over all or each tensor, numbers that are remembered, weights to evaluate that are others, what
        // practice adds.
        ("lamb", json!({"weight_decay": 0.01})),
        ("lamb", json!({"weight_decay": 0.01, "decayed": "matrices", "clip_norm": 0.5, "average": 0.9})),
        ("mars", json!({"weight_decay": 0.01, "decayed": "matrices"})),
        ("prodigy", json!({"weight_decay": 0.01})),
        ("prodigy", json!({"weight_decay": 0.01, "decayed": "matrices", "safeguard": true})),
        ("cautious", json!({})),
        ("schedule-free", json!({})),
        ("schedule-free", json!({"clip_norm": 2})),
        ("adam", json!({"clip_norm": 1e9, "average": 0.5})),
        // By products.
        ("muon", json!({})),
        ("muon", json!({"nesterov": false, "clip_norm": 1, "fallback": {"optimizer": "lamb"}})),
    ])
}

fn emulation() -> Arc<dyn Device> {
    Arc::new(Emulation::open().unwrap())
}

fn conforms(precision: Precision) -> Vec<conformance::Check> {
    // What TF32 adds are other products, which a few steps of a few rules are full of; emulated, they take ten times as long.
    let (steps, rules_trained) = if precision.is_f32() { (50, usize::MAX) } else { (4, 3) };
    let settings = Settings { precision, width: 0.05, batch_size: 6, steps, replicas: 1 };
    let methods = parse(&[
        ("inna", json!({})),
        ("innaprop", json!({"eps": 1e-4})),
        ("sgd", json!({"momentum": 0.9})),
        ("adam", json!({"eps": 1e-4})),
        ("adagrad", json!({"eps": 1e-4, "learning_rate": 1e-3})),
        // Sums, matrices, weights to evaluate that are others; and one that the host steps.
        ("lamb", json!({"eps": 1e-4})),
        ("muon", json!({"fallback": {"optimizer": "sgd"}})),
        ("schedule-free", json!({"eps": 1e-4})),
        ("shampoo", json!({"learning_rate": 1e-3, "fallback": {"optimizer": "sgd"}})),
    ]);
    let methods = &methods[..methods.len().min(rules_trained)];
    let mut checks = Vec::new();
    conformance::run(&emulation(), &settings, &rules(), methods, &mut |check| checks.push(check)).unwrap();
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

/// What is stored in 16 bits differs by what 7 of them leave.
#[test]
fn bf16_is_coarser_by_what_it_should_be() {
    let checks = conforms(Precision::Bf16);
    let failed: Vec<_> = checks.iter().filter(|check| !check.passed()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let is_half = |name: &str| name.contains("(bf16, bf16, bf16): output");
    let outputs: Vec<_> = checks.iter().filter(|check| is_half(&check.name)).collect();
    assert!(!outputs.is_empty() && outputs.iter().all(|check| check.difference > 5e-4), "{outputs:?}");
}

/// A network in a row, some with every kind of op, and some in front of every loss.
fn networks() -> Vec<Network> {
    let nin = Subject::of_images("nin", Model::Nin { width: 0.1, dropout: 0.5 });
    let subjects = [nin, layers::of_all_kinds(), layers::transformer()];
    let subjects = subjects.into_iter().chain(layers::of_all_objectives());
    subjects.map(|subject| Network::new(&subject.model, subject.input, subject.objective).unwrap()).collect()
}

/// So many replicas of `network` with different dropout, and made-up images.
fn population(
    device: &Arc<dyn Device>,
    network: &Network,
    method: &Arc<dyn Method>,
    replicas: usize,
) -> (Population, DeviceImages) {
    let replica = |r: usize| {
        let stream = |name: &str| Stream::new(0, "population", name, r as u64);
        let mut parameters = vec![0.0; network.parameters()];
        Initialisation::HeNormal {}.fill(network.layout(), stream, &mut parameters);
        let dropout = (0..network.dropouts()).map(|layer| stream(&format!("dropout/{layer}"))).collect();
        Replica { parameters, dropout, method: Arc::clone(method) }
    };
    let members = (0..replicas).map(replica).collect();
    let mut population =
        Population::new(device, Precision::F32, network.clone(), BATCH, 10, members).unwrap();
    if network.vocabulary().is_none() {
        population.augment(CROP, &(0..replicas).map(cropped).collect::<Vec<_>>()).unwrap();
    }
    let size = network.input().size();
    let labels =
        (0..IMAGES * network.objective().labels_read()).map(|i| label_of(i) % network.classes() as u8);
    let (pixels, labels) = (pixels(IMAGES * size), labels.collect::<Vec<_>>());
    let channels = network.input().channels;
    // Tokens that every vocabulary has.
    let what = |byte: u8| if network.vocabulary().is_some() { f32::from(byte % 13) } else { number(byte) };
    let table = std::array::from_fn(|byte| what(byte as u8));
    let source = Source { pixels: &pixels, labels: &labels, tables: &vec![table; channels] };
    (population, DeviceImages::of_size(device, size, source).unwrap())
}

fn pixels(count: usize) -> Vec<u8> {
    (0..count).map(|i| (i * i % 251) as u8).collect()
}

/// What a byte stands for.
fn number(byte: u8) -> f32 {
    f32::from(byte) / 128.0 - 1.0
}

fn label_of(image: usize) -> u8 {
    (image % 10) as u8
}

const CROP: Crop = Crop { pad: 2, flip: true };

fn cropped(replica: usize) -> Stream {
    Stream::new(0, "population", "augmentation", replica as u64)
}

const IMAGES: usize = 30;
const BATCH: usize = 7;

/// What the planner thinks a replica takes is what one more replica takes.
#[test]
fn the_footprint_is_what_is_allocated() {
    let method = parse(&[("adam", json!({}))]).remove(0);
    for network in networks() {
        let bytes = |replicas: usize| {
            let emulation = Arc::new(Emulation::open().unwrap());
            let device: Arc<dyn Device> = Arc::clone(&emulation) as Arc<dyn Device>;
            let (mut population, images) = population(&device, &network, &method, replicas);
            let orders = vec![(0..IMAGES as u32).collect(); replicas];
            population.epoch(Epoch { images: &images, orders: &orders }, || true).unwrap();
            emulation.allocated_bytes()
        };
        let planned =
            Footprint::new(&network, Precision::F32).replica_bytes(BATCH, IMAGES, method.states().len());
        let taken = bytes(5) - bytes(4);
        let ratio = planned as f64 / taken as f64;
        assert!((1.0..1.02).contains(&ratio), "{planned} planned, {taken} taken");
        let footprint = Footprint::new(&network, Precision::F32);
        assert_eq!(footprint.replicas_in(0, BATCH, IMAGES, 2), 1);
        assert_eq!(footprint.replicas_in(planned * 100, BATCH, IMAGES, 2), 90);
    }
}

/// A slot holds the largest gradient that is put into it, and no more: those that ops make of their inputs, and that of the scores.
#[test]
fn slots_are_as_large_as_what_is_put_into_them() {
    let paper = Subject::of_images("nin", Model::Nin { width: 1.0, dropout: 0.5 });
    let paper = Network::new(&paper.model, paper.input, paper.objective).unwrap();
    for network in networks().into_iter().chain([paper]) {
        for precision in Precision::ALL {
            let footprint = Footprint::new(&network, precision);
            let mut expected = vec![0; footprint.slots.len()];
            let mut put = |slot: usize, value: usize| {
                let bytes = network.values()[value].size() * footprint.stored[value].bytes();
                expected[slot] = bytes.max(expected[slot]);
            };
            for (node, step) in network.nodes().iter().zip(&footprint.plan.steps) {
                match step.dx {
                    Some(Route::Set(slot) | Route::Add { scratch: slot, .. }) => put(slot, node.inputs[0]),
                    Some(Route::Same | Route::AddSame(_)) | None => {}
                }
                if let Some((slot, _)) = step.other {
                    put(slot, node.inputs[1]);
                }
            }
            let last = footprint.plan.steps.last().unwrap();
            put(last.dy, network.values().len() - 1);
            assert_eq!(footprint.slots, expected, "{precision:?}");
        }
    }
}

/// Parameters, running statistics and what the optimizer remembers are all that a training goes on from.
#[test]
fn a_training_goes_on_from_what_was_exported() {
    let device = emulation();
    // With a kernel, and on the host with numbers that are remembered and weights to evaluate that are others.
    let methods = parse(&[("adam", json!({})), ("prodigy", json!({"d0": 0.001, "average": 0.5}))]);
    for (network, method) in networks().iter().flat_map(|network| methods.iter().map(move |m| (network, m))) {
        let train = |population: &mut Population, images: &DeviceImages| {
            let orders: Vec<Vec<u32>> =
                (0..2).map(|r| (0..IMAGES as u32).rev().skip(r).take(20).collect()).collect();
            let scores = population.epoch(Epoch { images, orders: &orders }, || true).unwrap();
            (scores, population.evaluate(images).unwrap())
        };
        let (mut whole, images) = population(&device, network, method, 2);
        train(&mut whole, &images);
        let (mut rest, _) = population(&device, network, method, 2);
        for r in 0..2 {
            let running = whole.running(r).unwrap();
            assert_eq!(running.len(), network.statistics());
            assert!(running.is_empty() || running != network.running::<f32>());
            rest.import(r, &whole.parameters(r).unwrap(), &whole.export(r).unwrap()).unwrap();
            rest.import_running(r, &running).unwrap();
        }
        assert_eq!(train(&mut rest, &images), train(&mut whole, &images));
        for r in 0..2 {
            assert_eq!(rest.parameters(r), whole.parameters(r));
            assert_eq!(rest.running(r), whole.running(r));
        }
        let error = rest.import_running(0, &[1.0]).unwrap_err();
        assert!(error.to_string().contains("1 running statistics, expected"), "{error}");
    }
}

/// What is done to an image depends on its place in the training, in which a batch that is smaller takes as many places as others:
/// seen in the losses of a network whose parameters stay where they are. Evaluations see whole images.
#[test]
fn pieces_are_drawn_by_their_place_in_the_training() {
    let (device, method) = (emulation(), parse(&[("sgd", json!({"learning_rate": 1e-30}))]).remove(0));
    let model = json!({"name": "layers", "layers": ["positions"]});
    let bowl = models::Loss::SquaredError { target: models::Numbers::Zero };
    let objective = models::Objective { loss: bowl, classes: 1, labels: 1 };
    let shape = models::Shape { height: 4, width: 5, channels: 3 };
    let network = Network::new(&serde_json::from_value(model).unwrap(), shape, objective).unwrap();
    let (mut population, images) = population(&device, &network, &method, 2);
    let pixels = pixels(IMAGES * shape.size());
    let theta: Vec<Vec<f32>> = (0..2).map(|r| population.parameters(r).unwrap()).collect();
    let loss = |bytes: &[u8], r: usize| -> f64 {
        bytes.iter().zip(&theta[r]).map(|(&byte, theta)| f64::from(number(byte) + theta).powi(2)).sum()
    };
    let close = |seen: f64, expected: f64| assert!((seen - expected).abs() < 1e-6 * expected);
    let image = |i: usize| &pixels[i * shape.size()..(i + 1) * shape.size()];
    let orders: Vec<Vec<u32>> = (0..2).map(|r| (r..r + 10).map(|i| i as u32).collect()).collect();
    for epoch in 0..2 {
        let scores = population.epoch(Epoch { images: &images, orders: &orders }, || true).unwrap().unwrap();
        for (batch, r) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let of_batch = orders[r].chunks(BATCH).nth(batch).unwrap().iter().enumerate();
            let expected = of_batch.map(|(i, &index)| {
                let place = (2 * epoch + batch) * BATCH + i;
                loss(&piece(image(index as usize), shape, CROP, &cropped(r), place as u64), r)
            });
            close(scores[batch][r].loss, expected.sum());
        }
    }
    for (r, scores) in population.evaluate(&images).unwrap().into_iter().enumerate() {
        close(scores.loss, (0..IMAGES).map(|i| loss(image(i), r)).sum());
    }
}

/// The images of [`population`] for the CPU.
struct Pixels<'a>(&'a [u8]);

impl Batches<f32> for Pixels<'_> {
    fn fill(&self, _: usize, first: usize, images: &mut [f32], labels: &mut [u8]) {
        let size = images.len() / labels.len();
        for (x, &byte) in images.iter_mut().zip(&self.0[first * size..]) {
            *x = number(byte);
        }
        labels.iter_mut().enumerate().for_each(|(i, label)| *label = label_of(first + i));
    }
}

/// Nobody asks for a gradient of the images, or of what is made of them without parameters; the parameters of a first layer have
/// theirs all the same. What the CPU is given in front is a layer that changes nothing.
#[test]
fn what_comes_before_the_first_parameters_has_no_gradient_and_takes_none_away() {
    let (device, method) = (emulation(), parse(&[("sgd", json!({}))]).remove(0));
    let input = models::Shape { height: 6, width: 6, channels: 3 };
    let network = |layers: Vec<Value>| {
        let model = json!({"name": "layers", "layers": layers});
        Network::new(&serde_json::from_value(model).unwrap(), input, 10).unwrap()
    };
    let (dense, identity) = (json!({"dense": {"units": 10}}), json!({"linear": {"units": 3, "bias": false}}));
    for first in [
        json!({"average-pool": {"kernel": 2, "stride": 2}}),
        json!({"max-pool": {"kernel": 2, "stride": 1}}),
        json!({"dropout": {"rate": 0.4}}),
        json!("gelu"),
        json!({"residual": {"layers": ["tanh"]}}),
        json!({"layer-norm": {}}),
        json!({"group-norm": {"groups": 3}}),
        json!({"batch-norm": {}}),
        json!("positions"),
        json!({"attention": {"heads": 1}}),
        json!({"scale": {"from": 2.0, "to": 0.5}}),
        json!("last"),
        json!("sum"),
    ] {
        let there = network(vec![first.clone(), dense.clone()]);
        let (mut population, images) = population(&device, &there, &method, 1);
        population.augment(Crop::default(), &[cropped(0)]).unwrap();
        let start = population.parameters(0).unwrap();
        let orders = [(0..BATCH as u32).collect()];
        population.epoch(Epoch { images: &images, orders: &orders }, || true).unwrap();

        let here = network(vec![identity.clone(), first.clone(), dense.clone()]);
        let streams = [|name: &str| Stream::new(0, "population", name, 0)];
        let mut expected = models::Population::<f32>::new(here, &Initialisation::HeNormal {}, &streams);
        let unit = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
        expected.parameters_and_gradient().0.copy_from_slice(&[&unit[..], &start].concat());
        expected.differentiate(0, BATCH, &Pixels(&pixels(IMAGES * input.size())));
        let gradient = expected.parameters_and_gradient().1[unit.len()..].to_vec();
        let seen = population.gradient(0).unwrap();
        for slot in there.layout().slots() {
            let (seen, expected) = (&seen[slot.range()], &gradient[slot.range()]);
            let largest = expected.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
            let close = |(a, b): (&f32, &f32)| (a - b).abs() <= 1e-5 * largest;
            assert!(largest > 0.0 && seen.iter().zip(expected).all(close), "{first} {}", slot.name);
        }
    }
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
