//! Training what a plan has and the store lacks.

use crate::train::Classifying;
use crate::{Context, HarnessError, Plan, PlannedTask, Problem, Run, train, trajectory};
use records::{Curve, Outcome, Record, Store};
use std::collections::VecDeque;
use std::sync::Mutex;

/// How the machine is shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Populations trained side by side.
    pub jobs: usize,
    /// Threads of each.
    pub threads: usize,
    /// Runs of one population.
    pub replicas: usize,
}

impl Limits {
    /// One single-run population per core, one thread each: nothing waits for anything. Fewer jobs than cores
    /// share the rest as threads.
    pub fn for_machine(jobs: Option<usize>, threads: Option<usize>, replicas: Option<usize>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let jobs = jobs.unwrap_or(cores / threads.unwrap_or(1)).max(1);
        let threads = threads.unwrap_or(cores / jobs).max(1);
        Self { jobs, threads, replicas: replicas.unwrap_or(1).max(1) }
    }
}

/// What an execution did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Runs that were there before.
    pub kept: usize,
    /// Runs trained to the end of their budget.
    pub finished: usize,
    /// Runs that diverged.
    pub diverged: usize,
    /// Whether it was stopped before everything was done.
    pub stopped: bool,
}

/// A population to train.
struct Job<'a> {
    task: &'a PlannedTask,
    runs: Vec<&'a Run>,
}

/// Trains the missing runs of `plan` and stores each as it ends.
///
/// # Errors
/// If the store cannot be written or threads cannot be had; what was stored before stays.
pub fn execute(
    plan: &Plan,
    store: &Store,
    limits: Limits,
    context: &Context<'_>,
) -> Result<Summary, HarnessError> {
    let mut queue = VecDeque::new();
    let mut summary = Summary::default();
    for task in &plan.tasks {
        let missing: Vec<&Run> = task.runs.iter().filter(|run| !store.holds(&task.name, &run.id)).collect();
        summary.kept += task.runs.len() - missing.len();
        let size = match task.problem {
            Problem::Classification { .. } => limits.replicas,
            Problem::Function(_) => 1,
        };
        queue.extend(missing.chunks(size).map(|runs| Job { task, runs: runs.to_vec() }));
    }
    let queue = Mutex::new(queue);
    let outcome = Mutex::new(Ok(summary));
    std::thread::scope(|scope| {
        for _ in 0..limits.jobs {
            scope.spawn(|| {
                if let Err(error) = work(&queue, &outcome, store, limits, context) {
                    // The first error stops the others at their next step; what they had finished is stored.
                    context.stop.store(true, std::sync::atomic::Ordering::Relaxed);
                    if let Ok(mut outcome) = outcome.lock()
                        && outcome.is_ok()
                    {
                        *outcome = Err(error);
                    }
                }
            });
        }
    });
    let left = queue.into_inner().map_or(0, |queue| queue.len());
    let mut summary = outcome.into_inner().unwrap_or(Ok(Summary::default()))?;
    summary.stopped =
        left > 0 || summary.kept + summary.finished + summary.diverged < plan.manifest.runs.len();
    Ok(summary)
}

fn work(
    queue: &Mutex<VecDeque<Job<'_>>>,
    outcome: &Mutex<Result<Summary, HarnessError>>,
    store: &Store,
    limits: Limits,
    context: &Context<'_>,
) -> Result<(), HarnessError> {
    let Limits { threads, jobs, .. } = limits;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|e| HarnessError::Threads { threads, reason: e.to_string() })?;
    loop {
        let next = queue.lock().ok().and_then(|mut queue| queue.pop_front());
        let Some(Job { task, runs }) = next else { return Ok(()) };
        if context.stopped() {
            return Ok(());
        }
        let records = match &task.problem {
            Problem::Classification { settings, splits, normaliser, network } => {
                let problem = Classifying { task: &task.name, settings, splits, normaliser, network };
                pool.install(|| train::train(context, problem, &runs, threads, jobs))
            }
            Problem::Function(settings) => {
                runs.iter().map(|run| trajectory::minimise(context, settings, run)).collect()
            }
        };
        let Some(records) = records else { return Ok(()) };
        for (record, run) in records.iter().zip(&runs) {
            store.write(record)?;
            if let Ok(mut guard) = outcome.lock()
                && let Ok(summary) = guard.as_mut()
            {
                match record.outcome {
                    Outcome::Finished => summary.finished += 1,
                    Outcome::Diverged { .. } => summary.diverged += 1,
                }
            }
            context.progress.run(&describe(&task.name, run, record));
        }
    }
}

fn describe(task: &str, run: &Run, record: &Record) -> String {
    let who = format!("{task} {} seed {}", run.entry, run.specification.repetition);
    match (&record.outcome, &record.curve) {
        (Outcome::Diverged { step, reason }, _) => format!("{who}: diverged at step {step}, {reason}"),
        (_, Curve::Epochs(rows)) => match rows.last() {
            Some(row) => {
                // Test results belong in the report: whoever watches a search must not choose by them.
                let (part, accuracy) = match row.validation_accuracy {
                    Some(accuracy) => ("validation", accuracy),
                    None => ("test", row.test_accuracy),
                };
                let (loss, seconds) = (row.train_loss, row.elapsed_s);
                format!("{who}: training loss {loss:.4}, {part} accuracy {accuracy:.3}, {seconds:.1} s")
            }
            None => who,
        },
        (_, Curve::Trajectory(rows)) => match rows.last() {
            Some(row) => format!("{who}: log10 J = {:.4} after {} steps", row.value.log10(), row.step),
            None => who,
        },
    }
}
