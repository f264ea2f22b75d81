//! Scores that come out.

use super::batches::{ORDERS, images, selected, selection};
use super::{IMAGES, REPLICAS};
use crate::conformance::{Check, normal, relative, same_bits};
use crate::operators::{Labels, Logits, Operators, Parameters, Parts, Pointwise, Rows, Totals};
use crate::{Buffer, DeviceError};
use ::kernels::{Scores, binary_cross_entropy, squared_error};

const ROWS: Rows = Rows { per_replica: IMAGES, replicas: REPLICAS };
const WEIGHT: f32 = 1.0 / 7.0;

/// One label of an image and several, believed and not quite; numbers fewer than parts, and more.
pub(super) fn run(operators: &Operators) -> Result<Vec<Check>, DeviceError> {
    let mut checks = Vec::new();
    for (each, smoothing) in [(1, 0.0), (1, 0.1), (6, 0.0), (6, 0.2)] {
        let of = Labels { classes: 11, each, smoothing };
        // With a smoothing the logits lack a bias.
        checks.extend(cross_entropy(operators, of, smoothing > 0.0)?);
    }
    for size in [9, 173] {
        for function in [Pointwise::SquaredError, Pointwise::BinaryCrossEntropy] {
            checks.extend(pointwise(operators, function, size, true)?);
        }
        checks.extend(pointwise(operators, Pointwise::SquaredError, size, false)?);
    }
    Ok(checks)
}

/// Outputs, and what they are expected to be scored as.
struct Expected {
    scores: Vec<Scores>,
    gradient: Vec<f32>,
}

/// Scores of each replica by the CPU: of its part of `outputs`, into its part of the gradient.
fn expected(outputs: &[f32], score: impl Fn(usize, &[f32], &mut [f32]) -> Scores) -> Expected {
    let size = outputs.len() / REPLICAS;
    let mut gradient = vec![0.0; outputs.len()];
    let of_replicas = outputs.chunks_exact(size).zip(gradient.chunks_exact_mut(size)).enumerate();
    let scores = of_replicas.map(|(r, (outputs, gradient))| score(r, outputs, gradient)).collect();
    Expected { scores, gradient }
}

/// Two rows of totals.
struct Sums {
    losses: Buffer,
    correct: Buffer,
}

impl Sums {
    fn new(operators: &Operators) -> Result<Self, DeviceError> {
        let device = &operators.device;
        let (losses, correct) =
            (Buffer::zeros::<f64>(device, 2 * REPLICAS)?, Buffer::zeros::<u32>(device, 2 * REPLICAS)?);
        Ok(Self { losses, correct })
    }

    /// The second.
    fn totals(&self) -> Totals<'_> {
        Totals { losses: &self.losses, correct: &self.correct, slot: 1 }
    }
}

/// Compares the second row of totals, and a gradient, with what is expected.
fn compare(
    name: &str,
    sums: &Sums,
    gradient: &Buffer,
    expected: &Expected,
) -> Result<Vec<Check>, DeviceError> {
    let losses = sums.losses.download::<f64>(REPLICAS, REPLICAS)?;
    let counts = sums.correct.download::<u32>(REPLICAS, REPLICAS)?;
    let close = |name: String, seen: &[f32], expected: &[f32]| Check {
        name,
        difference: relative(seen, expected),
        limit: 1e-6,
        detail: "relative to the largest number".into(),
    };
    let floats = |numbers: &mut dyn Iterator<Item = f64>| numbers.map(|x| x as f32).collect::<Vec<_>>();
    let loss = floats(&mut expected.scores.iter().map(|scores| scores.loss));
    let correct = floats(&mut expected.scores.iter().map(|scores| scores.correct.into()));
    let seen = gradient.download(0, expected.gradient.len())?;
    Ok(vec![
        close(name.into(), &floats(&mut losses.into_iter()), &loss),
        close(format!("{name}: gradient"), &seen, &expected.gradient),
        same_bits(
            format!("{name}: classified correctly"),
            &floats(&mut counts.into_iter().map(f64::from)),
            &correct,
        ),
    ])
}

fn cross_entropy(operators: &Operators, of: Labels, is_biased: bool) -> Result<Vec<Check>, DeviceError> {
    let Labels { classes, each, smoothing } = of;
    let (on_device, images) = images(operators, 10, each, classes as u32)?;
    let device = &operators.device;
    let labels: Vec<u8> =
        selected().flat_map(|i| &images.labels[i * each..(i + 1) * each]).copied().collect();
    let mut logits = normal("logits", ROWS.all() * each * classes);
    logits.iter_mut().for_each(|z| *z *= 5.0);
    // More than one prediction of an image is right.
    for (z, &label) in logits.chunks_exact_mut(classes).zip(&labels).skip(1).step_by(2) {
        z[usize::from(label)] += 20.0;
    }
    let (orders, there) = (Buffer::from_slice(device, &ORDERS)?, Buffer::from_slice(device, &logits)?);
    const OFFSET: usize = 3;
    let pitch = OFFSET + classes + 2;
    let parameters = normal("parameters", REPLICAS * pitch);
    let parameters_there = Buffer::from_slice(device, &parameters)?;
    let bias = is_biased.then_some((Parameters { buffer: &parameters_there, pitch }, OFFSET));
    if is_biased {
        for (row, z) in logits.chunks_exact_mut(classes).enumerate() {
            let first = row / (IMAGES * each) * pitch + OFFSET;
            z.iter_mut().zip(&parameters[first..]).for_each(|(z, bias)| *z += bias);
        }
    }
    let (parts, dlogits) =
        (Parts::new(device, ROWS.all(), each)?, Buffer::zeros::<f32>(device, logits.len())?);
    let (sums, upstream) = (Sums::new(operators)?, Some((&dlogits, WEIGHT)));
    let (from, numbers) = (selection(&orders), &there);
    operators.cross_entropy(
        of,
        &on_device,
        from,
        Logits { numbers, bias },
        &parts,
        sums.totals(),
        upstream,
    )?;

    let expected = expected(&logits, |r, logits, gradient| {
        let labels = &labels[r * IMAGES * each..(r + 1) * IMAGES * each];
        ::kernels::cross_entropy(classes, smoothing, logits, labels, WEIGHT, Some(gradient))
    });
    let name = format!("cross-entropy of {each}, smoothed by {smoothing}");
    compare(&name, &sums, &dlogits, &expected)
}

fn pointwise(
    operators: &Operators,
    function: Pointwise,
    size: usize,
    is_targeted: bool,
) -> Result<Vec<Check>, DeviceError> {
    let device = &operators.device;
    let mut outputs = normal("outputs", ROWS.all() * size);
    // Far out, where an exponential is no number.
    outputs[..4].copy_from_slice(&[0.0, -0.0, 200.0, -200.0]);
    // Shares, and both ends.
    let mut targets: Vec<f32> =
        normal("targets", outputs.len()).into_iter().map(|x| x.abs().fract()).collect();
    targets.iter_mut().step_by(5).for_each(|t| *t = t.round());
    if !is_targeted {
        targets.fill(0.0);
    }
    let (there, targets_there) =
        (Buffer::from_slice(device, &outputs)?, Buffer::from_slice(device, &targets)?);
    let each = crate::operators::PARTS;
    let (parts, gradient) =
        (Parts::new(device, ROWS.all(), each)?, Buffer::zeros::<f32>(device, outputs.len())?);
    let (shape, to) = ([ROWS.all(), size], is_targeted.then_some(&targets_there));
    operators.pointwise(function, shape, &there, to, &parts, Some((&gradient, WEIGHT)))?;

    let expected = expected(&outputs, |r, outputs, gradient| {
        let targets = &targets[r * outputs.len()..(r + 1) * outputs.len()];
        let loss = match function {
            Pointwise::SquaredError => squared_error(outputs, targets, WEIGHT, Some(gradient)),
            Pointwise::BinaryCrossEntropy => binary_cross_entropy(outputs, targets, WEIGHT, Some(gradient)),
        };
        Scores { loss, correct: 0 }
    });
    let name = format!("{function:?} of {size}{}", if is_targeted { "" } else { " against zero" });
    let sums = Sums::new(operators)?;
    operators.add_scores(ROWS, &parts, sums.totals())?;
    compare(&name, &sums, &gradient, &expected)
}
