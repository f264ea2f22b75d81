//! From bytes to a normalised batch, and drawing procedural images.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use data::{Normalisation, shapes};

fn pipeline(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("data (elements are images)");
    let set = shapes::generate(0, 2000, 0).expect("few images");
    let order: Vec<u32> = (0..32).map(|i| i * 61 % 2000).collect();
    let mut batch = vec![0f32; 32 * set.train.image_bytes()];
    group.throughput(Throughput::Elements(32));
    let mut copy = batch.clone();
    group.bench_function("yardstick", |b| b.iter(|| copy.copy_from_slice(&batch)));
    if let Ok(normaliser) = Normalisation::Standard.fit(&set.train) {
        group.bench_function("gather and normalise", |b| {
            b.iter(|| normaliser.gather(&set.train, &order, &mut batch));
        });
    }
    group.throughput(Throughput::Elements(100));
    group.bench_function("draw shapes", |b| b.iter(|| shapes::generate(1, 100, 0)));
    group.finish();
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
