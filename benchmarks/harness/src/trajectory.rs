//! Minimising a function of two variables with its full gradient, in double precision.

use crate::fingerprint::Fingerprint;
use crate::{Context, FunctionTask, Run};
use records::{Curve, FORMAT, Outcome, Provenance, Record, TrajectoryRow};
use rule::Layout;
use std::time::Instant;

/// Steps between two looks at the stop flag and the progress bar.
const STRIDE: u64 = 1000;

/// Runs one optimizer; `None` if stopped before the end.
pub(crate) fn minimise(context: &Context<'_>, task: &FunctionTask, run: &Run) -> Option<Record> {
    let mut provenance = context.provenance("f64", 1, 1);
    // Two numbers are no work for a device, wherever networks train.
    (provenance.device, provenance.accelerator) = ("cpu".into(), None);
    let mut optimizer = run.method.optimizer_f64(&Layout::flat(2), task.steps);
    let mut theta = task.start;
    let mut rows = vec![row(task, 0, theta)];
    let mut fingerprint = Fingerprint::default();
    let mut outcome = Outcome::Finished;
    let clock = Instant::now();
    for step in 1..=task.steps {
        let gradient = task.function.gradient(theta);
        optimizer.step(&mut theta, &gradient);
        // Where the optimizer evaluates, which for most is where it differentiates.
        let at = optimizer.evaluation_point(&theta).and_then(|point| point.try_into().ok()).unwrap_or(theta);
        let value = task.function.value(at);
        fingerprint.loss(value);
        if !value.is_finite() {
            outcome = Outcome::Diverged { step, reason: format!("the function is {value}") };
            break;
        }
        if step % task.record_every == 0 || step == task.steps {
            rows.push(row(task, step, at));
        }
        if step % STRIDE == 0 {
            if context.stopped() {
                return None;
            }
            context.progress.steps(STRIDE);
        }
    }
    context.progress.steps(task.steps % STRIDE);
    provenance.training_s = clock.elapsed().as_secs_f64();
    provenance.parameters = 2;
    provenance.code = context.code.of_function(&run.specification.optimizer.name);
    fingerprint.parameters(theta.into_iter());
    Some(Record {
        format: FORMAT,
        id: run.id.clone(),
        specification: run.specification.clone(),
        outcome,
        fingerprint: fingerprint.finish(),
        provenance: Provenance { state_bytes: optimizer.state_bytes(), ..provenance },
        curve: Curve::Trajectory(rows),
    })
}

fn row(task: &FunctionTask, step: u64, theta: [f64; 2]) -> TrajectoryRow {
    TrajectoryRow { step, theta1: theta[0], theta2: theta[1], value: task.function.value(theta) }
}
