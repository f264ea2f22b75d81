//! The convolutions of the paper's network, one shard of 8 images on one thread. Yardstick: one product whose factors
//! stay in the second-level cache.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kernels::{Affine, Conv, Dropout, MaxPool, Window, Workspace};
use streams::Stream;

const IMAGES: usize = 8;

/// (name, side of the input, channels, kernel, filters) of the layers that take time.
const LAYERS: [(&str, usize, usize, usize, usize); 5] = [
    ("conv1", 32, 3, 5, 192),
    ("conv2", 28, 192, 1, 160),
    ("conv3", 28, 160, 1, 96),
    ("conv4", 13, 96, 5, 192),
    ("conv7", 4, 192, 3, 192),
];

fn noise(n: usize) -> Vec<f32> {
    let mut draws = Stream::new(0, "benches", "noise", 0).draws(0);
    (0..n).map(|_| draws.normal() as f32).collect()
}

fn products(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("products (elements are multiply-adds)");
    let mut workspace = Workspace::default();
    let yardstick = Affine { inputs: 240, outputs: 192, relu: true };
    let (x, weight, bias) = (noise(240 * 240), noise(240 * 192), noise(192));
    let mut y = noise(240 * 192);
    group.throughput(Throughput::Elements(240 * 240 * 192));
    group.bench_function("yardstick", |b| {
        b.iter(|| yardstick.forward(&x, &weight, &bias, &mut y, &mut workspace));
    });
    for (name, side, channels, kernel, filters) in LAYERS {
        let conv =
            Conv { height: side, width: side, channels, kernel, stride: 1, padding: 0, filters, relu: true };
        let (height, width) = conv.output();
        let size = kernel * kernel * channels * filters;
        group.throughput(Throughput::Elements((IMAGES * height * width * size) as u64));
        let (x, weight, bias) = (noise(IMAGES * side * side * channels), noise(size), noise(filters));
        let mut y = noise(IMAGES * height * width * filters);
        let dy = y.clone();
        group.bench_function(format!("{name} forward"), |b| {
            b.iter(|| conv.forward(&x, &weight, Some(&bias), &mut y, &mut workspace));
        });
        let (mut dweight, mut dbias) = (weight.clone(), bias.clone());
        group.bench_function(format!("{name} to the weights"), |b| {
            b.iter(|| conv.add_parameter_gradient(&x, &dy, &mut dweight, Some(&mut dbias), &mut workspace));
        });
        let (mut transposed, mut dx) = (weight.clone(), x.clone());
        conv.transpose(&weight, &mut transposed);
        group.bench_function(format!("{name} to the input"), |b| {
            b.iter(|| conv.input_gradient(&dy, &transposed, None, &mut dx, &mut workspace));
        });
    }
    group.finish();
}

/// Yardstick: a copy of as many numbers as the layer reads.
fn elementwise(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pooling and dropout (elements are activations)");
    let window = Window { height: 28, width: 28, channels: 96, kernel: 3, stride: 2 };
    let (height, width) = window.output();
    let size = IMAGES * 28 * 28 * 96;
    let x = noise(size);
    let mut copy = x.clone();
    group.throughput(Throughput::Elements(size as u64));
    group.bench_function("yardstick", |b| b.iter(|| copy.copy_from_slice(&x)));
    let mut y = noise(IMAGES * height * width * 96);
    let mut winner = vec![0; y.len()];
    group.bench_function("maximum forward", |b| {
        b.iter(|| MaxPool(window).forward(IMAGES, &x, &mut y, &mut winner));
    });
    group.bench_function("maximum backward", |b| {
        b.iter(|| MaxPool(window).backward(IMAGES, &winner, &y, &mut copy));
    });
    let dropout = Dropout { rate: 0.5, size: size / IMAGES };
    let stream = Stream::new(0, "benches", "dropout/0", 0);
    group.bench_function("dropout mask", |b| b.iter(|| dropout.draw(&stream, 3, 0, &mut copy)));
    group.finish();
}

criterion_group!(benches, products, elementwise);
criterion_main!(benches);
