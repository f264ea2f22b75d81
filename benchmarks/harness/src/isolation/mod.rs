//! A process for every population: a crash costs one population and leaves its message, and the rest goes on.
//!
//! The process that was called plans, and keeps as many workers going as it would train populations side by side. A worker is
//! the same program with the same arguments. It is told on its stdin which runs to train, trains them as one population by the
//! same road as everybody else (claim, checkpoint, store), and says on its stdout, in lines of JSON, how far it is. When its
//! stdin ends, whoever started it is gone, and it stops at its next step.

mod ending;
pub(crate) mod failure;
mod message;
mod worker;

pub(crate) use message::{Message, Reporter};
pub use message::{Order, order, watch};
pub use worker::Program;

use crate::execute::{conclude, side_by_side, train_queue};
use crate::queue::{LOOK, Queue};
use crate::{Context, HarnessError, Limits, Plan, Summary};
use ending::Ended;
use failure::Failure;
use records::Store;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// What [`crate::execute`] does, with a process for every population. What ends badly is counted, and told in the store's folder
/// `failures`.
///
/// # Errors
/// If the store cannot be written or a process cannot begin its work; what was stored before stays.
pub fn execute(
    plan: &Plan,
    store: &Store,
    limits: Limits,
    context: &Context<'_>,
    program: &Program,
) -> Result<Summary, HarnessError> {
    store.sweep()?;
    let (queue, kept) = Queue::new(plan, store, limits, context)?;
    let summary = Mutex::new(Summary { kept, ..Summary::default() });
    // Here nothing is computed: that takes no threads.
    side_by_side(Limits { threads: 1, ..limits }, context, |_| {
        while let Some((job, claims)) = queue.next(limits.populations, context)? {
            // The worker claims them for itself.
            drop(claims);
            let order = Order::of(job.task, &job.runs);
            let ended = worker::train(program, &order, context, |has_diverged| {
                summary.lock().unwrap_or_else(PoisonError::into_inner).count(has_diverged);
            })?;
            let mut left = Vec::new();
            for &run in &job.runs {
                if !queue.is_there(job.task, run, context)? {
                    left.push(run);
                }
            }
            match ended {
                Ended::Badly(bad) => {
                    let failure = Failure { job: &job, order: &order, bad: &bad, program };
                    let file = failure.write(store)?;
                    context.progress.note(&failure.sentence(left.len(), &file));
                    summary.lock().unwrap_or_else(PoisonError::into_inner).failed += left.len();
                }
                // Others were faster to claim some of them.
                Ended::Well if !left.is_empty() && !context.stopped() => {
                    std::thread::sleep(LOOK);
                    queue.put_back(job, left);
                }
                Ended::Well | Ended::Stopped => {}
            }
        }
        Ok(())
    })?;
    if summary.lock().unwrap_or_else(PoisonError::into_inner).failed > 0 {
        // What the dead have left.
        store.sweep()?;
    }
    conclude(&queue, plan, store, limits, context, summary)
}

/// What a worker does: trains the runs of `plan`, which has no others, as one population. True if it was stopped before the end.
///
/// # Errors
/// As those of [`crate::execute`].
pub fn serve(
    plan: &Plan,
    store: &Store,
    limits: Limits,
    context: &Context<'_>,
) -> Result<bool, HarnessError> {
    let runs = plan.manifest.runs.len();
    context.progress.ready();
    // All of them together, and none that another process has claimed meanwhile: they are waited for by whoever gave the order.
    let limits = Limits { replicas: Some(runs), populations: Some(usize::MAX), ..limits };
    let (queue, _) = Queue::new(plan, store, limits, context)?;
    let summary = Mutex::default();
    // How many populations train side by side is part of the record, not of the work: here it is one.
    side_by_side(Limits { jobs: 1, ..limits }, context, |pool| {
        train_queue(&queue, store, pool, limits, context, &summary)
    })?;
    context.progress.flush();
    Ok(context.stopped() && !queue.lacking(plan, context)?.is_empty())
}

impl Plan {
    /// Keeps the runs of an order and no others.
    ///
    /// # Errors
    /// If the plan has not all of them: it is another one than that which the order was made from.
    pub fn keep(&mut self, order: &Order) -> Result<(), HarnessError> {
        let wanted: BTreeSet<_> = order.runs.iter().collect();
        self.tasks.retain(|task| task.name == order.task);
        for task in &mut self.tasks {
            task.runs.retain(|run| wanted.contains(&run.id));
        }
        self.manifest.runs.retain(|run| run.task == order.task && wanted.contains(&run.id));
        let found = self.tasks.iter().map(|task| task.runs.len()).sum::<usize>();
        if found < wanted.len() || wanted.is_empty() {
            let reason = format!(
                "{found} of {} runs of {} are in the plan; configurations or data have been changed meanwhile. Run again",
                wanted.len(),
                order.task
            );
            return Err(HarnessError::Order { reason });
        }
        Ok(())
    }

    /// Whether the plan has all runs of an order.
    pub fn has(&self, order: &Order) -> bool {
        let tasks = self.tasks.iter().filter(|task| task.name == order.task);
        let ids: BTreeSet<_> = tasks.flat_map(|task| task.runs.iter().map(|run| &run.id)).collect();
        order.runs.iter().all(|id| ids.contains(id))
    }
}
