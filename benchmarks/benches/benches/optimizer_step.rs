//! The fused update of every optimizer on all cores. Yardstick: `a = a + s b` over as many numbers, the best that memory
//! gives to something that is updated in place. Throughput counts every buffer once for reading and, if it is written, once
//! for writing.

use candle_core::{Device, Var};
use candle_nn::Optimizer as _;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use inna_optim::{Optim, Parameter};
use rayon::prelude::*;
use rule::formula::{Formula, FormulaMethod};
use rule::{Layout, Method};
use serde_json::json;
use std::sync::Arc;

/// Within the caches, and far beyond them.
const SIZES: [usize; 2] = [100_000, 20_000_000];

const CHUNK: usize = 16 * 1024;

fn updates(criterion: &mut Criterion) {
    for size in SIZES {
        let mut group = criterion.benchmark_group(format!("update of {size} parameters (bytes moved)"));
        group.sample_size(20);
        let bytes = |read: usize, written: usize| Throughput::Bytes((4 * size * (read + written)) as u64);
        let gradient: Vec<f32> = (0..size).map(|i| (i % 255) as f32 * 1e-3 - 0.1).collect();
        let mut theta = vec![1f32; size];

        group.throughput(bytes(2, 1));
        group.bench_function("yardstick", |b| {
            b.iter(|| {
                let parts = theta.par_chunks_mut(CHUNK).zip(gradient.par_chunks(CHUNK));
                parts.for_each(|(theta, gradient)| {
                    for (a, b) in theta.iter_mut().zip(gradient) {
                        *a += 1e-3 * b;
                    }
                });
            });
        });

        let momentum = json!({"momentum": 0.9});
        let methods =
            catalogue::ALL.names().into_iter().map(|name| (name, json!({}))).chain([("sgd", momentum)]);
        for (name, hyper) in methods {
            let Ok(method) = catalogue::ALL.parse(name, &hyper) else { continue };
            let states = method.states().len();
            let mut optimizer = method.optimizer_f32(&Layout::flat(size), 1_000_000);
            let label = if hyper == json!({}) { name.to_owned() } else { format!("{name} {hyper}") };
            group.throughput(bytes(2 + states, 1 + states));
            group.bench_function(label, |b| b.iter(|| optimizer.step(&mut theta, &gradient)));
        }
        if let Some(method) = adam_as_a_formula() {
            let mut optimizer = method.optimizer_f32(&Layout::flat(size), 1_000_000);
            group.throughput(bytes(4, 3));
            group.bench_function("adam as a formula", |b| b.iter(|| optimizer.step(&mut theta, &gradient)));
        }
        candle_peers(&mut group, size, bytes);
        group.finish();
    }
}

/// Adam in three lines, to be held against the crate.
fn adam_as_a_formula() -> Option<FormulaMethod> {
    let parameter = |default: f64| json!({"default": default, "range": ">= 0", "meaning": ""});
    let source = json!({
        "parameters": {
            "learning_rate": parameter(0.001), "beta1": parameter(0.9), "beta2": parameter(0.999), "eps": parameter(1e-8),
        },
        "states": ["m", "v"],
        "step": [
            "m' = beta1*m + (1 - beta1)*g",
            "v' = beta2*v + (1 - beta2)*g^2",
            "theta' = theta - gamma/(1 - beta1^(k + 1))*m'/(1/sqrt(1 - beta2^(k + 1))*sqrt(v') + eps)",
        ],
    });
    let formula = Formula::new("formula", "", "", &serde_json::from_value(source).ok()?).ok()?;
    FormulaMethod::parse(Arc::new(formula), &json!({})).ok()
}

/// On one variable of candle's: candle-nn's own optimizers, and Adam through the adapter, where it is and copied.
fn candle_peers<M: criterion::measurement::Measurement>(
    group: &mut criterion::BenchmarkGroup<'_, M>,
    size: usize,
    bytes: impl Fn(usize, usize) -> Throughput,
) {
    let peers = || -> candle_core::Result<_> {
        let variable = Var::ones(size, candle_core::DType::F32, &Device::Cpu)?;
        let gradients = variable.affine(0.5, 0.0)?.sum_all()?.backward()?;
        let sgd = candle_nn::SGD::new(vec![variable.clone()], 1e-3)?;
        let adamw = candle_nn::AdamW::new_lr(vec![variable.clone()], 1e-3)?;
        let adam = |hyper| Optim::new("adam", &hyper, 1, vec![Parameter::new("theta", variable.clone())]);
        let (here, copied) = (adam(json!({}))?, adam(json!({"clip_norm": 1e9}))?);
        Ok((gradients, sgd, adamw, here, copied))
    };
    let Ok((gradients, mut sgd, mut adamw, mut here, mut copied)) = peers() else { return };
    group.throughput(bytes(2, 1));
    group.bench_function("sgd of candle-nn", |b| b.iter(|| sgd.step(&gradients)));
    group.throughput(bytes(4, 3));
    group.bench_function("adamw of candle-nn", |b| b.iter(|| adamw.step(&gradients)));
    group.bench_function("adam by inna-optim", |b| b.iter(|| here.step(&gradients)));
    group.bench_function("adam by inna-optim, clipped", |b| b.iter(|| copied.step(&gradients)));
}

criterion_group!(benches, updates);
criterion_main!(benches);
