//! Training what a plan has and the store lacks.

use crate::isolation::failure;
use crate::queue::{Job, Queue};
use crate::train::Classifying;
use crate::{ChangedPart, Context, HarnessError, Plan, PlannedTask, Problem, Run, Runs, train, trajectory};
use cuda::DeviceError;
use rayon::ThreadPool;
use records::{Curve, Outcome, Record, Store, Stored};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

/// How the machine is shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Populations trained side by side.
    pub jobs: usize,
    /// Threads of each.
    pub threads: usize,
    /// Runs of one population; as many as do well if left out.
    pub replicas: Option<usize>,
    /// Populations to train at most, without waiting for what other processes train; all if left out.
    pub populations: Option<usize>,
}

impl Limits {
    /// One single-run population per core, one thread each: nothing waits for anything. Fewer jobs than cores
    /// share the rest as threads.
    pub fn for_machine(jobs: Option<usize>, threads: Option<usize>, replicas: Option<usize>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let jobs = jobs.unwrap_or(cores / threads.unwrap_or(1)).max(1);
        let threads = threads.unwrap_or(cores / jobs).max(1);
        Self { jobs, threads, replicas, populations: None }
    }

    /// One population at a time fills a device; this machine's threads only prepare it.
    pub fn for_device(replicas: Option<usize>) -> Self {
        Self { jobs: 1, threads: 1, replicas, populations: None }
    }
}

/// What an execution did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Runs that were there before.
    pub kept: usize,
    /// Runs that other processes have stored meanwhile.
    pub elsewhere: usize,
    /// Runs trained to the end of their budget.
    pub finished: usize,
    /// Runs that diverged.
    pub diverged: usize,
    /// Runs whose process ended badly; only processes of their own can.
    pub failed: usize,
    /// Whether it was stopped before everything was done.
    pub stopped: bool,
}

impl Summary {
    /// Runs that are there now.
    pub fn there(&self) -> usize {
        self.kept + self.elsewhere + self.finished + self.diverged
    }

    /// Counts a run that was stored.
    pub(crate) fn count(&mut self, has_diverged: bool) {
        match has_diverged {
            false => self.finished += 1,
            true => self.diverged += 1,
        }
    }
}

/// Trains the missing runs of `plan` and stores each as it ends. Other processes may do the same with the same store: each run
/// is trained by one of them, and what the others have is waited for.
///
/// # Errors
/// If the store cannot be written or threads cannot be had; what was stored before stays.
pub fn execute(
    plan: &Plan,
    store: &Store,
    limits: Limits,
    context: &Context<'_>,
) -> Result<Summary, HarnessError> {
    store.sweep()?;
    let (queue, kept) = Queue::new(plan, store, limits, context)?;
    let summary = Mutex::new(Summary { kept, ..Summary::default() });
    side_by_side(limits, context, |pool| train_queue(&queue, store, pool, limits, context, &summary))?;
    conclude(&queue, plan, store, limits, context, summary)
}

/// Trains one population after the other until there is nothing left to take.
pub(crate) fn train_queue(
    queue: &Queue<'_>,
    store: &Store,
    pool: &ThreadPool,
    limits: Limits,
    context: &Context<'_>,
    summary: &Mutex<Summary>,
) -> Result<(), HarnessError> {
    while let Some((job, claims)) = queue.next(limits.populations, context)? {
        let records = match train_together(job.task, &job.runs, Some(store), pool, limits, context) {
            Err(HarnessError::Device(error @ DeviceError::Memory { .. })) => {
                drop(claims);
                queue.halve(job, error, context)?;
                continue;
            }
            records => records?,
        };
        let Some(records) = records else { return Ok(()) };
        let Job { task, runs, .. } = job;
        for (record, run) in records.iter().zip(&runs) {
            // A checkpoint may hold runs that were stored before a kill: they stay as they are.
            let stored = match queue.is_stale(task, run) {
                true => replace(store, record, context)?,
                false => store.write(record)?,
            };
            if stored == Stored::Kept {
                continue;
            }
            let has_diverged = record.outcome != Outcome::Finished;
            summary.lock().unwrap_or_else(PoisonError::into_inner).count(has_diverged);
            context.progress.run(&describe(&task.name, run, record), has_diverged);
        }
        queue.forget_checkpoint(task, &runs, context);
        drop(claims);
    }
    Ok(())
}

/// Looks at what the store has in the end.
pub(crate) fn conclude(
    queue: &Queue<'_>,
    plan: &Plan,
    store: &Store,
    limits: Limits,
    context: &Context<'_>,
    summary: Mutex<Summary>,
) -> Result<Summary, HarnessError> {
    let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    let lacking = queue.lacking(plan, context)?;
    failure::forget(plan, store, &lacking);
    let runs = plan.manifest.runs.len();
    let there = runs - lacking.len();
    summary.elsewhere = there.saturating_sub(summary.there());
    summary.stopped = context.stopped() && there < runs;
    // Another process may have done what failed here.
    summary.failed = summary.failed.min(runs - there);
    if !summary.stopped && limits.populations.is_none() && there + summary.failed < runs {
        return Err(HarnessError::Vanished {
            missing: runs - there - summary.failed,
            runs,
            store: store.root().into(),
        });
    }
    Ok(summary)
}

/// Puts a run in the place of what other code made of it, unless another process has done so.
fn replace(store: &Store, record: &Record, context: &Context<'_>) -> Result<Stored, HarnessError> {
    let former = store.read(&record.specification.task, &record.id).ok().flatten();
    if former.as_ref().is_some_and(|former| !context.code.is_stale(former)) {
        return Ok(Stored::Kept);
    }
    let changes = former.map(|former| context.code.changes(&former)).unwrap_or_default();
    let parts: Vec<String> = ChangedPart::names(&changes).into_iter().collect();
    let reason = match &parts[..] {
        [] => "it was made again".to_owned(),
        parts => {
            format!("it was made by other code than the program that made it again: {}", parts.join(", "))
        }
    };
    store.supersede(record, &reason)?;
    Ok(Stored::New)
}

/// Removes what dead processes have left in a store that has all of `plan`: their drafts and claims, and checkpoints that nothing
/// goes on from. As far as the store can be written; a complete one need not be.
pub fn tidy(plan: &Plan, store: &Store, limits: Limits, context: &Context<'_>) {
    if store.root().is_dir() && store.sweep().is_ok() {
        // Looking for what is left to do forgets what is done.
        let _ = Queue::new(plan, store, limits, context);
        failure::forget(plan, store, &Runs::new());
    }
}

/// Trains every run of `plan`, each for itself, and stores nothing. `None` if stopped before the end.
///
/// # Errors
/// If threads cannot be had or the device fails.
pub fn repeat(
    plan: &Plan,
    limits: Limits,
    context: &Context<'_>,
) -> Result<Option<Vec<Record>>, HarnessError> {
    let runs: Vec<(&PlannedTask, &Run)> =
        plan.tasks.iter().flat_map(|task| task.runs.iter().map(move |run| (task, run))).collect();
    let next = Mutex::new(0..runs.len());
    let records = Mutex::new(vec![None; runs.len()]);
    side_by_side(limits, context, |pool| {
        while !context.stopped()
            && let Some(i) = next.lock().unwrap_or_else(PoisonError::into_inner).next()
        {
            let (task, run) = runs[i];
            let trained = train_together(task, &[run], None, pool, limits, context).map_err(|e| match e {
                HarnessError::Device(e) => HarnessError::too_large(e, || {
                    format!("{} {} seed {}", task.name, run.entry, run.specification.repetition)
                }),
                e => e,
            })?;
            let Some(record) = trained.and_then(|records| records.into_iter().next()) else { return Ok(()) };
            context.progress.run(&describe(&task.name, run, &record), record.outcome != Outcome::Finished);
            records.lock().unwrap_or_else(PoisonError::into_inner)[i] = Some(record);
        }
        Ok(())
    })?;
    Ok(records.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect())
}

/// Does `work` in as many threads as there are jobs, each with a pool of its own. The first error stops the others at their
/// next step; what they had finished is stored.
pub(crate) fn side_by_side(
    limits: Limits,
    context: &Context<'_>,
    work: impl Fn(&ThreadPool) -> Result<(), HarnessError> + Sync,
) -> Result<(), HarnessError> {
    let threads = limits.threads;
    let outcome = Mutex::new(Ok(()));
    std::thread::scope(|scope| {
        for _ in 0..limits.jobs {
            scope.spawn(|| {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .map_err(|e| HarnessError::Threads { threads, reason: e.to_string() });
                if let Err(error) = pool.and_then(|pool| work(&pool)) {
                    context.stop.store(true, Ordering::Relaxed);
                    let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
                    if outcome.is_ok() {
                        *outcome = Err(error);
                    }
                }
            });
        }
    });
    outcome.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn train_together(
    task: &PlannedTask,
    runs: &[&Run],
    store: Option<&Store>,
    pool: &ThreadPool,
    limits: Limits,
    context: &Context<'_>,
) -> Result<Option<Vec<Record>>, HarnessError> {
    match &task.problem {
        Problem::Training { settings, images, normaliser, network } => {
            let data = |source| HarnessError::Data { task: task.name.to_string(), source: Box::new(source) };
            let splits = &images.open().map_err(data)?;
            let problem = Classifying { task: &task.name, settings, splits, normaliser, network };
            let shared = (limits.threads, limits.jobs);
            pool.install(|| train::train(context, problem, runs, shared, store))
        }
        Problem::Function(settings) => {
            Ok(runs.iter().map(|run| trajectory::minimise(context, settings, run)).collect())
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
                let held_out =
                    accuracy.or(row.validation_loss.map(|loss| format!(", validation loss {loss:.4}")));
                let (loss, seconds) = (row.train_loss, row.elapsed_s);
                format!("{who}: training loss {loss:.4}{}, {seconds:.1} s", held_out.unwrap_or_default())
            }
            None => who,
        },
        (_, Curve::Trajectory(rows)) => match rows.last() {
            // The minimum itself has no logarithm.
            Some(row) if row.value <= 0.0 => format!("{who}: J = {} after {} steps", row.value, row.step),
            Some(row) => format!("{who}: log10 J = {:.4} after {} steps", row.value.log10(), row.step),
            None => who,
        },
    }
}
