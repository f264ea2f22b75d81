//! A network with every kind of op, and every way that values take between them.

use super::trial::{Trained, Trial, loss_difference};
use super::{Check, Settings, largest, relative, same_bits};
use crate::{Device, DeviceError, Precision};
use models::{
    AveragePooling, BatchNormLayer, ConvLayer, DenseLayer, DropoutLayer, GroupNormLayer, Layer,
    LayerNormLayer, LinearLayer, MaxPooling, Model, Pooling, Repeat, Residual,
};
use rule::Method;
use std::sync::Arc;

/// Steps of the trainings, at most: with so many kinds of layers, differences of rounding grow fast.
const STEPS: usize = 10;

/// Differences that pass.
struct Limits {
    /// Of a gradient at the start, relative to each tensor's largest number.
    gradient: f64,
    /// Of all losses, relative to themselves.
    losses: f64,
    /// Of the running statistics, relative to the largest number.
    running: f64,
    /// Of the final weights, relative to the way they have come.
    weights: f64,
}

fn limits(precision: Precision) -> Limits {
    match precision {
        Precision::F32 => Limits { gradient: 1e-4, losses: 0.01, running: 0.01, weights: 0.5 },
        // Maxima and rectifiers switch; what is wrong and small shows in single precision.
        Precision::Tf32 => Limits { gradient: 0.2, losses: 0.1, running: 0.1, weights: 1.0 },
    }
}

pub(super) fn run(
    device: &Arc<dyn Device>,
    settings: &Settings,
    methods: &[Arc<dyn Method>],
) -> Result<Vec<Check>, DeviceError> {
    let limits = limits(settings.precision);
    let mut checks = first_step(device, settings, methods, limits.gradient)?;
    let settings = Settings { steps: settings.steps.min(STEPS), ..settings.clone() };
    let trial = Trial::new(device, &settings, &of_all_kinds(), methods)?;
    let everyone: Vec<usize> = (0..trial.methods.len()).collect();
    let (first, again, cpu) = (trial.on_device(&everyone)?, trial.on_device(&everyone)?, trial.on_cpu());
    let bits = |trained: &Trained| [trained.parameters.concat(), trained.running.concat()].concat();
    let name = "layers of all kinds again: weights and running statistics";
    checks.push(same_bits(name.into(), &bits(&again), &bits(&first)));
    for (i, method) in methods.iter().enumerate() {
        let replicas = || i * settings.replicas..(i + 1) * settings.replicas;
        let name = |what: &str| format!("layers of all kinds, {} beside the CPU: {what}", method.title());
        let weights = replicas().map(|r| trial.distance(&first.parameters[r], &cpu.parameters[r], r));
        let running = replicas().map(|r| relative(&first.running[r], &cpu.running[r]));
        checks.push(Check {
            name: name("losses"),
            difference: largest(replicas().map(|r| loss_difference(&first, &cpu, r, usize::MAX))),
            limit: limits.losses,
            detail: "largest difference of a mini-batch's or an evaluation's loss, relative to it".into(),
        });
        checks.push(Check {
            name: name("weights"),
            difference: largest(weights),
            limit: limits.weights,
            detail: format!("relative to the way from the start, {} steps", settings.steps),
        });
        checks.push(Check {
            name: name("running statistics"),
            difference: largest(running),
            limit: limits.running,
            detail: format!("relative to the largest number, {} steps", settings.steps),
        });
    }
    Ok(checks)
}

/// The gradient of the first step, tensor by tensor: of one method, as all have the same.
fn first_step(
    device: &Arc<dyn Device>,
    settings: &Settings,
    methods: &[Arc<dyn Method>],
    limit: f64,
) -> Result<Vec<Check>, DeviceError> {
    let settings = Settings { steps: 1, ..settings.clone() };
    let trial = Trial::new(device, &settings, &of_all_kinds(), &methods[..methods.len().min(1)])?;
    let everyone: Vec<usize> = (0..trial.methods.len()).collect();
    let (seen, expected) = (trial.on_device(&everyone)?, trial.on_cpu());
    let of_tensor = trial.network.layout().slots().iter().map(|slot| {
        let of_replica = everyone
            .iter()
            .map(|&r| relative(&seen.gradient[r][slot.range()], &expected.gradient[r][slot.range()]));
        Check {
            name: format!("layers of all kinds: gradient of {}", slot.name),
            difference: largest(of_replica),
            limit,
            detail: "relative to the tensor's largest number".into(),
        }
    });
    Ok(of_tensor.collect())
}

fn conv(filters: usize, kernel: usize) -> ConvLayer {
    ConvLayer { filters, kernel, stride: 1, padding: 0, bias: true, relu: false }
}

fn linear(units: usize) -> Layer {
    Layer::Linear(LinearLayer(DenseLayer { units, bias: true, relu: false }))
}

fn norm(momentum: f64) -> Layer {
    Layer::BatchNorm(BatchNormLayer { eps: 1e-5, momentum })
}

fn groups(groups: usize) -> Layer {
    Layer::GroupNorm(GroupNormLayer { groups, eps: 1e-5 })
}

fn dropout(rate: f64) -> Layer {
    Layer::Dropout(DropoutLayer { rate })
}

fn residual(layers: Vec<Layer>) -> Layer {
    Layer::Residual(Residual { layers, shortcut: Vec::new() })
}

pub(crate) fn of_all_kinds() -> Model {
    use Layer::{AveragePool, Conv, Gelu, GeluTanh, LayerNorm, MaxPool, MeanPool, Relu, Silu, Tanh};
    let layers = vec![
        Conv(ConvLayer { stride: 2, padding: 1, bias: false, ..conv(6, 3) }),
        norm(0.1),
        Relu,
        residual(vec![
            groups(3),
            Gelu,
            Conv(ConvLayer { padding: 1, ..conv(6, 3) }),
            dropout(0.2),
            residual(vec![norm(0.3), Silu, Conv(ConvLayer { relu: true, ..conv(6, 1) })]),
        ]),
        // What comes out of a rectifier is read twice, once by a layer that would otherwise work in its place.
        Conv(ConvLayer { relu: true, ..conv(8, 3) }),
        residual(vec![dropout(0.3), Conv(ConvLayer { padding: 1, bias: false, relu: true, ..conv(8, 3) })]),
        Layer::Residual(Residual {
            layers: vec![MaxPool(MaxPooling(Pooling { kernel: 2, stride: 2 })), Tanh],
            shortcut: vec![Conv(ConvLayer { stride: 2, bias: false, ..conv(8, 2) })],
        }),
        // The same without bias; and of a value that three read.
        Conv(ConvLayer { stride: 2, bias: false, relu: true, ..conv(8, 1) }),
        residual(vec![residual(vec![groups(2), Tanh]), linear(8)]),
        Layer::Repeat(Repeat {
            times: 2,
            layers: vec![residual(vec![
                LayerNorm(LayerNormLayer { eps: 1e-5 }),
                linear(12),
                GeluTanh,
                linear(8),
            ])],
        }),
        // A rectifier whose output a dropout works on in its place.
        Layer::Linear(LinearLayer(DenseLayer { units: 12, bias: false, relu: true })),
        dropout(0.1),
        AveragePool(AveragePooling(Pooling { kernel: 2, stride: 1 })),
        MeanPool,
        Layer::Dense(DenseLayer { units: 10, bias: false, relu: false }),
    ];
    Model::Layers { layers }
}
