//! Training what a plan has and the store lacks.

use crate::checkpoint::Header;
use crate::train::Classifying;
use crate::{Compute, Context, HarnessError, Plan, PlannedTask, Problem, Run, train, trajectory};
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
    /// Runs of one population; as many as do well if left out.
    pub replicas: Option<usize>,
}

impl Limits {
    /// One single-run population per core, one thread each: nothing waits for anything. Fewer jobs than cores
    /// share the rest as threads.
    pub fn for_machine(jobs: Option<usize>, threads: Option<usize>, replicas: Option<usize>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let jobs = jobs.unwrap_or(cores / threads.unwrap_or(1)).max(1);
        let threads = threads.unwrap_or(cores / jobs).max(1);
        Self { jobs, threads, replicas }
    }

    /// One population at a time fills a device; this machine's threads only prepare it.
    pub fn for_device(replicas: Option<usize>) -> Self {
        Self { jobs: 1, threads: 1, replicas }
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
        queue.extend(populations(task, missing, store, limits, context)?);
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

/// The missing runs of a task as populations: first those that a checkpoint holds, as they were, then the rest.
fn populations<'a>(
    task: &'a PlannedTask,
    mut missing: Vec<&'a Run>,
    store: &Store,
    limits: Limits,
    context: &Context<'_>,
) -> Result<Vec<Job<'a>>, HarnessError> {
    let mut jobs = Vec::new();
    if let Problem::Classification { settings, .. } = &task.problem {
        for found in Header::all(store, &task.name)? {
            let path = found.path(store, &task.name);
            if found.runs.iter().all(|id| store.holds(&task.name, id)) {
                // Killed between storing its runs and forgetting it.
                let _ = std::fs::remove_file(path);
                continue;
            }
            // All of them, stored ones too: a kill may have come between two of them.
            let held = found.runs.iter().map(|id| task.runs.iter().find(|run| run.id == *id));
            let Some(runs) = held.collect::<Option<Vec<&Run>>>() else { continue };
            let header = Header::new(context, settings.precision, &runs);
            if header.continues(&found) {
                missing.retain(|run| !found.runs.contains(&run.id));
                jobs.push(Job { task, runs });
            } else {
                context.progress.note(&format!(
                    "{}: a checkpoint of {} runs is of another build, device or precision; they start over",
                    task.name,
                    found.runs.len()
                ));
            }
        }
    }
    if let Compute::Device(_) = context.compute {
        // Runs with one update rule side by side: a device steps them together.
        missing.sort_by_cached_key(|run| run.method.cuda_source());
    }
    let size = context.compute.replicas(task, missing.len(), limits.replicas)?;
    jobs.extend(missing.chunks(size).map(|runs| Job { task, runs: runs.to_vec() }));
    Ok(jobs)
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
        let mut checkpoint = None;
        let records = match &task.problem {
            Problem::Classification { settings, splits, normaliser, network } => {
                let problem = Classifying { task: &task.name, settings, splits, normaliser, network };
                let path = Header::new(context, settings.precision, &runs).path(store, &task.name);
                checkpoint = Some(path.clone());
                pool.install(|| train::train(context, problem, &runs, (threads, jobs), &path))?
            }
            Problem::Function(settings) => {
                runs.iter().map(|run| trajectory::minimise(context, settings, run)).collect()
            }
        };
        let Some(records) = records else { return Ok(()) };
        for (record, run) in records.iter().zip(&runs) {
            if store.holds(&task.name, &run.id) {
                continue;
            }
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
        if let Some(path) = checkpoint {
            // There is one only if the training was long enough.
            let _ = std::fs::remove_file(path);
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
                let accuracy = row.validation_accuracy.map(|a| format!(", validation accuracy {a:.3}"));
                let (loss, seconds) = (row.train_loss, row.elapsed_s);
                format!("{who}: training loss {loss:.4}{}, {seconds:.1} s", accuracy.unwrap_or_default())
            }
            None => who,
        },
        (_, Curve::Trajectory(rows)) => match rows.last() {
            Some(row) => format!("{who}: log10 J = {:.4} after {} steps", row.value.log10(), row.step),
            None => who,
        },
    }
}
