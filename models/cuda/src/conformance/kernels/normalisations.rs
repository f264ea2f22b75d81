//! Batch, group and layer normalisation.

use super::{IMAGES, REPLICAS};
use crate::conformance::{Check, normal, relative};
use crate::operators::{
    Gains, NUMBERS, Normalisation, Operators, Parameters, Rows, Running, STRETCHES, Shaped,
};
use crate::{Buffer, DeviceError};
use ::kernels::{BatchGradient, BatchNorm, GroupNorm, LayerNorm, Moments, Statistics};
use models::{NormalisedRows, Op};

/// Rounding of a few operations in single precision; sums are in double precision on both sides, or nearly.
const LIMIT: f64 = 5e-6;

/// Numbers in front of a replica's gains, and behind its shifts.
const AROUND: usize = 3;

pub(super) fn run(operators: &Operators) -> Result<Vec<Check>, DeviceError> {
    let mut checks = Vec::new();
    // Rows that are one stretch, some, and more than a stretch of the least length has room for.
    for (positions, channels) in [(1, 11), (99, 7), (2101, 3)] {
        let norm = BatchNorm { channels, eps: 1e-3, momentum: 0.3 };
        checks.extend(normalisation(operators, &Op::BatchNorm(norm), positions)?);
    }
    for (positions, channels, groups) in [(99, 12, 3), (40, 7, 7), (5, 10, 1)] {
        let norm = GroupNorm { positions, channels, groups, eps: 1e-3 };
        checks.extend(normalisation(operators, &Op::GroupNorm(norm), positions)?);
    }
    for (positions, size) in [(9, 33), (70, 7)] {
        let norm = NormalisedRows { norm: LayerNorm { size, eps: 1e-3 }, positions };
        checks.extend(normalisation(operators, &Op::LayerNorm(norm), positions)?);
    }
    Ok(checks)
}

/// What comes out of both passes, of all replicas; running statistics and evaluation of a batch normalisation only.
#[derive(Default)]
struct Results {
    output: Vec<f32>,
    of_gain_and_shift: Vec<f32>,
    of_input: Vec<f32>,
    running: Vec<f32>,
    evaluation: Vec<f32>,
}

/// What goes in.
struct Given {
    channels: usize,
    /// Of each replica.
    rows: usize,
    x: Vec<f32>,
    dy: Vec<f32>,
    /// Means that are not 0, variances that are not 1, behind each other; likewise gains and shifts.
    running: Vec<f32>,
    parameters: Vec<f32>,
}

impl Given {
    fn new(channels: usize, rows: usize) -> Self {
        let numbers = REPLICAS * rows * channels;
        let around = |name: &str, centre: f32, width: f32, n| -> Vec<f32> {
            normal(name, n).into_iter().map(|x| centre + width * x).collect()
        };
        let running = around("running", 2.0, 0.1, REPLICAS * 2 * channels);
        let parameters = around("gains", 1.0, 0.3, REPLICAS * 2 * channels);
        // Far from zero, so that a variance from sums of squares would lose digits.
        Self {
            channels,
            rows,
            x: around("x", 9.0, 2.0, numbers),
            dy: normal("dy", numbers),
            running,
            parameters,
        }
    }

    /// Each replica's part of `values`.
    fn of<'a>(&self, values: &'a [f32], replica: usize) -> &'a [f32] {
        let size = values.len() / REPLICAS;
        &values[replica * size..(replica + 1) * size]
    }

    /// Numbers from one replica's `2 · channels` to the next one's.
    fn pitch(&self) -> usize {
        2 * self.channels + 2 * AROUND
    }

    /// `values`, `2 · channels` of each replica, with others around them.
    fn spread(&self, operators: &Operators, values: &[f32]) -> Result<Buffer, DeviceError> {
        let mut spread = vec![f32::NAN; REPLICAS * self.pitch()];
        for (spread, values) in spread.chunks_mut(self.pitch()).zip(values.chunks(2 * self.channels)) {
            spread[AROUND..AROUND + values.len()].copy_from_slice(values);
        }
        Buffer::from_slice(&operators.device, &spread)
    }

    /// The opposite.
    fn gather(&self, spread: &Buffer) -> Result<Vec<f32>, DeviceError> {
        let of = |r: usize| spread.download(r * self.pitch() + AROUND, 2 * self.channels);
        Ok((0..REPLICAS).map(of).collect::<Result<Vec<Vec<f32>>, _>>()?.concat())
    }
}

fn normalisation(operators: &Operators, op: &Op, positions: usize) -> Result<Vec<Check>, DeviceError> {
    let rows = IMAGES * positions;
    let Some(norm) = Normalisation::of(op, rows) else { return Ok(Vec::new()) };
    let operators = &operators.with(Shaped::Normalisation(norm))?;
    let given = Given::new(norm.channels, rows);
    let seen = on_device(operators, op, &norm, &given)?;
    let expected = on_cpu(op, &given);
    let what = match op {
        Op::BatchNorm(_) => "batch normalisation".into(),
        Op::GroupNorm(norm) => format!("group normalisation by {}", norm.groups),
        _ => "layer normalisation".into(),
    };
    let check = |part: &str, seen: &[f32], expected: &[f32]| Check {
        name: format!("{what}, {} channels: {part}", norm.channels),
        difference: relative(seen, expected),
        limit: LIMIT,
        detail: "relative to the largest number".into(),
    };
    let mut checks = vec![
        check("output", &seen.output, &expected.output),
        check("gradients of gain and shift", &seen.of_gain_and_shift, &expected.of_gain_and_shift),
        check("gradient of the input", &seen.of_input, &expected.of_input),
    ];
    if matches!(op, Op::BatchNorm(_)) {
        checks.push(check("running statistics", &seen.running, &expected.running));
        checks.push(check("evaluation", &seen.evaluation, &expected.evaluation));
    }
    Ok(checks)
}

fn on_device(
    operators: &Operators,
    op: &Op,
    norm: &Normalisation,
    given: &Given,
) -> Result<Results, DeviceError> {
    let device = &operators.device;
    let rows = Rows { per_replica: given.rows, replicas: REPLICAS };
    let numbers_of_x = rows.all() * norm.channels;
    let (x, dy) = (Buffer::from_slice(device, &given.x)?, Buffer::from_slice(device, &given.dy)?);
    let (y, dx) = (Buffer::zeros::<f32>(device, numbers_of_x)?, Buffer::zeros::<f32>(device, numbers_of_x)?);
    let (parameters, running) =
        (given.spread(operators, &given.parameters)?, given.spread(operators, &given.running)?);
    let gradient = Buffer::zeros::<f32>(device, REPLICAS * given.pitch())?;
    let cells = rows.all() / norm.cell * norm.groups;
    let numbers = Buffer::zeros::<f32>(device, cells * NUMBERS)?;
    let pairs = norm.pairs(rows.all()).max(REPLICAS * STRETCHES * norm.channels);
    let partials = Buffer::zeros::<f64>(device, 2 * pairs)?;

    let there = |buffer| Parameters { buffer, pitch: given.pitch() };
    let gains = Gains { parameters: there(&parameters), offset: AROUND };
    let gradients = Gains { parameters: there(&gradient), offset: AROUND };
    let running_there = match op {
        Op::BatchNorm(norm) => {
            Some(Running { statistics: there(&running), offset: AROUND, momentum: norm.momentum })
        }
        _ => None,
    };
    operators.measure(norm, rows, &x, &partials, &numbers, running_there)?;
    operators.normalise(norm, rows, &x, &numbers, gains, &y)?;
    let output = y.download(0, numbers_of_x)?;
    operators.gain_gradient(norm, rows, &x, &numbers, &dy, &partials, gradients)?;
    match running_there {
        Some(_) => operators.batch_lines(norm, rows, gains, gradients, &numbers)?,
        None => operators.lines(norm, rows, &x, &numbers, gains, &dy, &partials)?,
    }
    operators.normalise_backward(norm, rows, &x, &numbers, gains, &dy, &dx)?;
    if let Some(running) = running_there {
        operators.recall(norm, rows, running, &numbers)?;
        operators.normalise(norm, rows, &x, &numbers, gains, &y)?;
    }
    Ok(Results {
        output,
        of_gain_and_shift: given.gather(&gradient)?,
        of_input: dx.download(0, numbers_of_x)?,
        running: given.gather(&running)?,
        evaluation: y.download(0, numbers_of_x)?,
    })
}

fn on_cpu(op: &Op, given: &Given) -> Results {
    let mut all = Results::default();
    for r in 0..REPLICAS {
        let (x, dy) = (given.of(&given.x, r), given.of(&given.dy, r));
        let (gain, shift) = given.of(&given.parameters, r).split_at(given.channels);
        let mut running = given.of(&given.running, r).to_vec();
        let (mut y, mut dx, mut evaluation) = (vec![0.0; x.len()], vec![0.0; x.len()], vec![0.0; x.len()]);
        let mut gradient = vec![0.0; 2 * given.channels];
        let (dgain, dshift) = gradient.split_at_mut(given.channels);
        match op {
            Op::GroupNorm(norm) => {
                let mut kept = vec![0.0; x.len() / (norm.positions * norm.channels) * norm.kept()];
                norm.forward(x, gain, shift, &mut y, &mut kept);
                norm.backward(x, &kept, gain, dy, &mut dx, [dgain, dshift]);
            }
            Op::LayerNorm(NormalisedRows { norm, .. }) => {
                let mut kept = vec![0.0; given.rows * LayerNorm::KEPT];
                norm.forward(x, gain, shift, &mut y, &mut kept);
                norm.backward(x, &kept, gain, dy, &mut dx, [dgain, dshift]);
            }
            Op::BatchNorm(norm) => {
                let moments = Moments::of(norm.channels, x);
                let (mut mean, mut inverse) = (vec![0.0; norm.channels], vec![0.0; norm.channels]);
                norm.statistics(&moments, &mut mean, &mut inverse);
                let statistics = Statistics { mean: &mean, inverse: &inverse };
                norm.forward(x, statistics, gain, shift, &mut y);
                norm.add_parameter_gradient(x, statistics, dy, dgain, dshift);
                let batch = BatchGradient { rows: given.rows, dgain, dshift };
                norm.input_gradient(x, statistics, gain, batch, dy, &mut dx);
                let (mean, variance) = running.split_at_mut(norm.channels);
                norm.update_running(&moments, mean, variance);
                norm.inverse_deviation(variance, &mut inverse);
                let statistics = Statistics { mean, inverse: &inverse };
                norm.forward(x, statistics, gain, shift, &mut evaluation);
            }
            _ => {}
        }
        all.output.extend(y);
        all.of_gain_and_shift.extend(gradient);
        all.of_input.extend(dx);
        all.running.extend(running);
        all.evaluation.extend(evaluation);
    }
    all
}
