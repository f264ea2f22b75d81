//! What a step of the paper's network asks of a device, counted: launches, products, bytes of memory. No time is in it.

use crate::device::lock;
use crate::host::argument_types;
use crate::operators::Rows;
use crate::{
    Argument, Device, DeviceError, DeviceImages, Epoch, Kernel, Population, Precision, Product, Replica,
    Shape, Source,
};
use models::{Model, Network, Objective};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use streams::Stream;

/// Kernels that read what they write over, beside those of update rules.
const IN_PLACE: [&str; 3] = ["dropout", "add_bias", "bias_partials"];

/// A device that does nothing and writes down what it was asked for.
#[derive(Default)]
struct Counter {
    kernels: Mutex<Vec<Traffic>>,
    asked: Mutex<Vec<(String, usize)>>,
    next: Mutex<u64>,
}

/// What a kernel does with each of its arguments.
#[derive(Clone)]
struct Traffic {
    name: String,
    /// How many times it goes through what an argument points to.
    passes: Vec<usize>,
}

impl Traffic {
    fn of(source: &str, name: &str) -> Result<Self, DeviceError> {
        let again = if IN_PLACE.contains(&name) || name.ends_with("_step") { 2 } else { 1 };
        let passes = |kind: String| match (kind.contains('*'), kind.starts_with("const")) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => again,
        };
        let passes = argument_types(source, name)?.into_iter().map(passes).collect();
        Ok(Self { name: name.to_owned(), passes })
    }
}

impl Counter {
    fn tell(&self, what: impl Into<String>, bytes: usize) {
        lock(&self.asked).push((what.into(), bytes));
    }
}

// SAFETY: nothing is ever read or written at the addresses it gives.
unsafe impl Device for Counter {
    fn kind(&self) -> &'static str {
        "counter"
    }
    fn description(&self) -> String {
        "a counter".into()
    }
    fn free_bytes(&self) -> Result<usize, DeviceError> {
        Ok(usize::MAX)
    }
    fn allocate(&self, bytes: usize) -> Result<u64, DeviceError> {
        let mut next = lock(&self.next);
        *next += bytes.next_multiple_of(256) as u64;
        Ok(*next)
    }
    unsafe fn free(&self, _: u64, _: usize) {}
    fn compile(&self, source: &str, names: &[&str]) -> Result<Vec<Kernel>, DeviceError> {
        let new = names.iter().map(|name| Traffic::of(source, name)).collect::<Result<Vec<_>, _>>()?;
        let mut kernels = lock(&self.kernels);
        kernels.extend(new);
        Ok((kernels.len() - names.len()..kernels.len()).map(Kernel).collect())
    }
    unsafe fn launch(&self, kernel: Kernel, _: Shape, arguments: &[Argument<'_>]) -> Result<(), DeviceError> {
        let kernel = lock(&self.kernels)[kernel.0].clone();
        assert_eq!(kernel.passes.len(), arguments.len(), "arguments of {}", kernel.name);
        let bytes = arguments.iter().zip(&kernel.passes).map(|(argument, passes)| match argument {
            Argument::Buffer(buffer, offset) => passes * (buffer.bytes() - offset),
            Argument::Part(_, _, bytes) => passes * bytes,
            _ => 0,
        });
        self.tell(kernel.name, bytes.sum());
        Ok(())
    }
    unsafe fn multiply(&self, product: &Product<'_>, _: Precision) -> Result<(), DeviceError> {
        let &Product { rows, terms, columns, replicas, .. } = product;
        self.tell("a product", 4 * replicas * (rows * terms + terms * columns + rows * columns));
        Ok(())
    }
    unsafe fn write(&self, _: u64, _: &[u8]) -> Result<(), DeviceError> {
        Ok(())
    }
    unsafe fn read(&self, _: u64, bytes: &mut [u8]) -> Result<(), DeviceError> {
        bytes.fill(0);
        Ok(())
    }
    unsafe fn clear(&self, _: u64, _: usize) -> Result<(), DeviceError> {
        Ok(())
    }
    fn synchronize(&self) -> Result<(), DeviceError> {
        Ok(())
    }
}

/// Launches and products of the second step of a population with INNA on NiN as the paper has it, and bytes for each image.
fn step(precision: Precision, images: Rows) -> (BTreeMap<String, usize>, f64) {
    let counter = Arc::new(Counter::default());
    let device: Arc<dyn Device> = Arc::clone(&counter) as Arc<dyn Device>;
    let subject = crate::conformance::Subject::of_images("nin", Model::Nin { width: 1.0, dropout: 0.5 });
    let network = Network::new(&subject.model, subject.input, Objective::from(100usize)).unwrap();
    let method: Arc<dyn rule::Method> =
        Arc::from(catalogue::ALL.parse("inna", &serde_json::Value::Null).unwrap());
    let replica = |r: usize| Replica {
        parameters: vec![0.0; network.parameters()],
        dropout: (0..network.dropouts())
            .map(|layer| Stream::new(0, "count", &layer.to_string(), r as u64))
            .collect(),
        method: Arc::clone(&method),
    };
    let (batch, size) = (images.per_replica, network.input().size());
    let members = (0..images.replicas).map(replica).collect();
    let mut population = Population::new(&device, precision, network, batch, 2, members).unwrap();
    let (pixels, labels) = (vec![0; batch * size], vec![0; batch]);
    let source = Source { pixels: &pixels, labels: &labels, tables: &[[0.0; 256]; 3] };
    let images_there = DeviceImages::of_size(&device, size, source).unwrap();
    let orders = vec![(0..batch as u32).collect::<Vec<_>>(); images.replicas];
    for _ in 0..2 {
        lock(&counter.asked).clear();
        population.epoch(Epoch { images: &images_there, orders: &orders }, || true).unwrap();
    }
    let mut calls = BTreeMap::new();
    let mut bytes = 0;
    for (name, more) in lock(&counter.asked).iter() {
        *calls.entry(name.clone()).or_insert(0) += 1;
        bytes += more;
    }
    (calls, bytes as f64 / images.all() as f64)
}

/// docs/PERFORMANCE.md has these figures.
#[test]
fn a_step_is_so_many_launches_and_bytes() {
    let images = Rows { per_replica: 32, replicas: 20 };
    let (in_f32, bytes_in_f32) = step(Precision::F32, images);
    let (in_tf32, bytes_in_tf32) = step(Precision::Tf32, images);
    let (in_bf16, bytes_in_bf16) = step(Precision::Bf16, images);
    let all = |calls: &BTreeMap<String, usize>| calls.values().sum::<usize>();
    assert!(bytes_in_bf16 <= 5e6, "{bytes_in_bf16} bytes");
    let megabytes = |bytes: f64| format!("{:.1}", bytes / 1e6);
    assert_eq!((all(&in_f32), megabytes(bytes_in_f32).as_str()), (71, "22.8"));
    assert_eq!((all(&in_tf32), megabytes(bytes_in_tf32).as_str()), (31, "8.6"));
    assert_eq!((all(&in_bf16), megabytes(bytes_in_bf16).as_str()), (31, "5.0"));
    // Six of the nine are of single pixels, and the first is not gone back through.
    let convolutions = ["conv_forward", "conv_gradients", "conv_input", "conv_weights"];
    assert_eq!(convolutions.map(|name| in_tf32[name]), [9, 6, 2, 3]);
    // Nothing is written out, and nothing passed for a bias alone but that of the last layer, which is no convolution.
    assert_eq!((in_tf32.get("patches"), in_tf32["bias_partials"]), (None, 1));
}
