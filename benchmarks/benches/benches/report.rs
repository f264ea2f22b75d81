//! From records to pages: 600 runs of 12 epochs.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

#[path = "../../../reports/tests/common/mod.rs"]
mod common;

fn report(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("report (elements are runs)");
    group.sample_size(10);
    let manifest = common::manifest(200);
    let records = common::records(&manifest);
    let Ok(folder) = tempfile::tempdir() else { return };
    group.throughput(Throughput::Elements(records.len() as u64));
    group.bench_function("tables, figures, pages", |b| {
        b.iter(|| reports::build(&manifest, &records, folder.path()).map(|built| built.files.len()));
    });
    group.finish();
}

criterion_group!(benches, report);
criterion_main!(benches);
