//! What is left to train, shared out over threads and, by claims, over processes.

use crate::checkpoint::{Damaged, Header};
use crate::{Compute, Context, HarnessError, Limits, Plan, PlannedTask, Problem, Run, Runs};
use cuda::DeviceError;
use records::{Aside, Name, RunClaim, Store, StoreError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Between two looks at what other processes have finished.
pub(crate) const LOOK: Duration = Duration::from_millis(300);

/// A population to train.
pub(crate) struct Job<'a> {
    pub task: &'a PlannedTask,
    pub runs: Vec<&'a Run>,
    /// Whether a checkpoint holds just these runs: they go on together or not at all.
    goes_on: bool,
}

/// The missing runs of a plan, as populations.
pub(crate) struct Queue<'a> {
    store: &'a Store,
    /// Runs that are there, made by other code, and to be made again.
    stale: Runs,
    /// Runs whose record was not whole.
    damaged: Runs,
    state: Mutex<State<'a>>,
}

struct State<'a> {
    jobs: Vec<Job<'a>>,
    taken: usize,
    /// Populations beyond those asked for, because some did not fit and were halved.
    parts: usize,
    has_waited: bool,
}

impl<'a> Queue<'a> {
    /// What `store` lacks of `plan`, and how many runs it has.
    pub fn new(
        plan: &'a Plan,
        store: &'a Store,
        limits: Limits,
        context: &Context<'_>,
    ) -> Result<(Self, usize), HarnessError> {
        let survey = store.survey_ends(&plan.manifest.runs)?;
        let stale = if context.keep_stale { Runs::new() } else { context.code.stale(&survey.records) };
        let whole: Runs = survey.whole().difference(&stale).cloned().collect();
        let mut jobs = Vec::new();
        for run in &plan.manifest.runs {
            // Found before a training, and not after it. What is stale is exchanged, with whatever lies beside it.
            let key = (run.task.clone(), run.id.clone());
            if !whole.contains(&key)
                && !stale.contains(&key)
                && let Some(obstacle) = store.obstacle(&run.task, &run.id)
            {
                return Err(obstacle.into());
            }
        }
        for task in &plan.tasks {
            let is_missing = |id: &Name| !whole.contains(&(task.name.clone(), id.clone()));
            jobs.extend(populations(task, is_missing, store, limits, context)?);
        }
        let state = State { jobs, taken: 0, parts: 0, has_waited: false };
        let damaged = survey.damaged.iter().map(|it| (it.run.task.clone(), it.run.id.clone())).collect();
        Ok((Self { store, stale, damaged, state: Mutex::new(state) }, whole.len()))
    }

    /// The next population that no other process has, claimed; `None` if there is nothing left to do, or a stop. What other
    /// processes train is waited for; if only a number of populations was asked for, no longer than it takes to know that they live.
    pub fn next(
        &self,
        most: Option<usize>,
        context: &Context<'_>,
    ) -> Result<Option<(Job<'a>, Vec<RunClaim>)>, HarnessError> {
        loop {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if context.stopped() || most.is_some_and(|most| state.taken >= most.saturating_add(state.parts)) {
                return Ok(None);
            }
            if let Some(found) = self.take(&mut state, context)? {
                state.taken += 1;
                return Ok(Some(found));
            }
            // A claim of a process that may be dead is worth the wait: nobody else may come for its runs.
            if state.jobs.is_empty() || (most.is_some() && !self.store.is_in_doubt()?) {
                return Ok(None);
            }
            if !std::mem::replace(&mut state.has_waited, true) {
                let left: usize = state.jobs.iter().map(|job| job.runs.len()).sum();
                context.progress.note(&format!(
                    "runs that other processes on this store train: {left}; waiting for them"
                ));
            }
            drop(state);
            std::thread::sleep(LOOK);
        }
    }

    fn take(
        &self,
        state: &mut State<'a>,
        context: &Context<'_>,
    ) -> Result<Option<(Job<'a>, Vec<RunClaim>)>, HarnessError> {
        let mut i = 0;
        while i < state.jobs.len() {
            let job = &mut state.jobs[i];
            let (task, goes_on) = (job.task, job.goes_on);
            let taken = if job.goes_on { self.all_of(job, context)? } else { self.some_of(job, context)? };
            if job.runs.is_empty() {
                state.jobs.remove(i);
            } else {
                i += 1;
            }
            if let Some((runs, claims)) = taken {
                return Ok(Some((Job { task, runs, goes_on }, claims)));
            }
        }
        Ok(None)
    }

    /// Claims those of a job's runs that are missing and that nobody has; what others have stays in the job.
    fn some_of(&self, job: &mut Job<'a>, context: &Context<'_>) -> Result<Taken<'a>, HarnessError> {
        let (mut mine, mut claims) = (Vec::new(), Vec::new());
        for run in std::mem::take(&mut job.runs) {
            if self.is_there(job.task, run, context)? {
                context.progress.steps(job.task.problem.steps());
            } else if let Some(claim) = self.claim(job.task, run, context)? {
                mine.push(run);
                claims.push(claim);
            } else {
                job.runs.push(run);
            }
        }
        Ok((!mine.is_empty()).then_some((mine, claims)))
    }

    /// Claims every missing run of a population that a checkpoint holds, or none. Runs that were stored before a kill stay
    /// part of the population: without them it could not go on.
    fn all_of(&self, job: &mut Job<'a>, context: &Context<'_>) -> Result<Taken<'a>, HarnessError> {
        let mut claims = Vec::new();
        for run in &job.runs {
            if !self.is_there(job.task, run, context)? {
                let Some(claim) = self.claim(job.task, run, context)? else { return Ok(None) };
                claims.push(claim);
            }
        }
        let runs = std::mem::take(&mut job.runs);
        if claims.is_empty() {
            self.forget_checkpoint(job.task, &runs, context);
            return Ok(None);
        }
        Ok(Some((runs, claims)))
    }

    /// Claims a run. What another process has stored since it was last looked for is there, and not to be trained.
    fn claim(
        &self,
        task: &PlannedTask,
        run: &Run,
        context: &Context<'_>,
    ) -> Result<Option<RunClaim>, HarnessError> {
        let Some(claim) = self.store.claim(&task.name, &run.id)? else { return Ok(None) };
        Ok(if self.is_there(task, run, context)? { None } else { Some(claim) })
    }

    /// Whether a run was stored by other code when the queue was made, and is to be made again.
    pub fn is_stale(&self, task: &PlannedTask, run: &Run) -> bool {
        self.stale.contains(&(task.name.clone(), run.id.clone()))
    }

    /// The runs of the plan that are lacking now: not there, or still damaged or as other code made them. What was whole is not read
    /// again.
    pub fn lacking(&self, plan: &Plan, context: &Context<'_>) -> Result<Runs, HarnessError> {
        let mut lacking = Runs::new();
        for task in &plan.tasks {
            for run in &task.runs {
                let key = (task.name.clone(), run.id.clone());
                let is_there = match self.is_stale(task, run) || self.damaged.contains(&key) {
                    true => self.is_there(task, run, context)?,
                    false => self.store.holds(&task.name, &run.id),
                };
                if !is_there {
                    lacking.insert(key);
                }
            }
        }
        Ok(lacking)
    }

    /// Whether the run is stored, whole.
    pub fn is_there(
        &self,
        task: &PlannedTask,
        run: &Run,
        context: &Context<'_>,
    ) -> Result<bool, HarnessError> {
        match self.store.read(&task.name, &run.id) {
            // One that was stale may have been made again by another process.
            Ok(Some(record)) => Ok(!self.is_stale(task, run) || !context.code.is_stale(&record)),
            Ok(None) => Ok(false),
            Err(StoreError::Damaged { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives a population back that did not fit into the device's memory, as two halves that come next. What a checkpoint had of
    /// it is put away, for the halves cannot go on from it.
    pub fn halve(&self, job: Job<'a>, error: DeviceError, context: &Context<'_>) -> Result<(), HarnessError> {
        let Job { task, mut runs, .. } = job;
        let whole = runs.len();
        if let [run] = runs[..] {
            let (entry, seed) = (&run.entry, run.specification.repetition);
            return Err(HarnessError::too_large(error, || format!("{} {entry} seed {seed}", task.name)));
        }
        if let Problem::Training { settings, .. } = &task.problem {
            let path = Header::new(context, settings.precision, &runs).path(self.store, &task.name);
            if path.is_file() {
                let reason =
                    format!("its {whole} runs do not fit into the device's memory together any more");
                let place = self.store.set_aside(Aside::Superseded, &path, &reason)?;
                context.progress.note(&format!(
                    "{}: {reason}; moved to {}, they start over",
                    path.display(),
                    place.display()
                ));
            }
        }
        // Those of a checkpoint may have been stored before a kill.
        let mut missing = Vec::new();
        for run in runs.drain(..) {
            if !self.is_there(task, run, context)? {
                missing.push(run);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let halves = missing.chunks(whole.div_ceil(2));
        let sizes: Vec<String> = halves.clone().map(|half| half.len().to_string()).collect();
        context.progress.note(&format!(
            "{whole} runs of {} did not fit into the device's memory; trained as {}",
            task.name,
            sizes.join(" and ")
        ));
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.parts += sizes.len();
        let halves: Vec<Job<'a>> =
            halves.map(|half| Job { task, runs: half.to_vec(), goes_on: false }).collect();
        state.jobs.splice(0..0, halves);
        Ok(())
    }

    /// Gives a population back of which `left` was not trained, to be taken when nobody else trains it.
    pub fn put_back(&self, mut job: Job<'a>, left: Vec<&'a Run>) {
        if !job.goes_on {
            job.runs = left;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.taken = state.taken.saturating_sub(1);
        state.jobs.push(job);
    }

    /// Removes the checkpoint of a population that is done. There is one only if its training was long enough.
    pub fn forget_checkpoint(&self, task: &PlannedTask, runs: &[&Run], context: &Context<'_>) {
        if let Problem::Training { settings, .. } = &task.problem {
            let path = Header::new(context, settings.precision, runs).path(self.store, &task.name);
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Runs with the claims to those that are missing.
type Taken<'a> = Option<(Vec<&'a Run>, Vec<RunClaim>)>;

/// The missing runs of a task as populations: first those that a checkpoint holds, as they were, then the rest.
fn populations<'a>(
    task: &'a PlannedTask,
    is_missing: impl Fn(&Name) -> bool,
    store: &Store,
    limits: Limits,
    context: &Context<'_>,
) -> Result<Vec<Job<'a>>, HarnessError> {
    let mut missing: Vec<&Run> = task.runs.iter().filter(|run| is_missing(&run.id)).collect();
    let mut jobs = Vec::new();
    if let Problem::Training { settings, .. } = &task.problem {
        let (mut headers, damaged) = Header::all(store, &task.name)?;
        // Of two that hold the same run, the one with more behind it.
        headers.sort_by_key(|header| std::cmp::Reverse(header.epochs as usize * header.runs.len()));
        damaged.iter().try_for_each(|damaged: &Damaged| damaged.put_away(store, context))?;
        for found in headers {
            // All of them, stored ones too: a kill may have come between two of them. Those of another study are not ours.
            let Some(runs) = found.within(task) else { continue };
            if !found.runs.iter().any(&is_missing) {
                // Killed between storing its runs and forgetting it.
                let _ = std::fs::remove_file(found.path(store, &task.name));
                continue;
            }
            // From calls of other sizes; what is passed over is removed by the next look, when its runs are there.
            let is_left = |id: &Name| !is_missing(id) || missing.iter().any(|run| run.id == *id);
            if !found.runs.iter().all(is_left) {
                continue;
            }
            if Header::new(context, settings.precision, &runs).continues(&found) {
                missing.retain(|run| !found.runs.contains(&run.id));
                jobs.push(Job { task, runs, goes_on: true });
            } else {
                context.progress.note(&format!(
                    "{}: a checkpoint of {} runs is of other code, another device or precision; they start over",
                    task.name,
                    found.runs.len()
                ));
            }
        }
    }
    if let Compute::Device(_) = context.compute {
        // Runs with one update rule side by side: a device steps them together.
        missing.sort_by_cached_key(|run| {
            let by_segments = || run.method.segment_kernels(1).map(|kernels| kernels.source);
            let practice = run.method.practice();
            let kernels = run.method.cuda_source().or_else(by_segments);
            (kernels, run.method.name().to_owned(), practice.clip_norm.is_some(), practice.average.is_some())
        });
    }
    let size = context.compute.replicas(task, missing.len(), limits.replicas)?;
    jobs.extend(missing.chunks(size).map(|runs| Job { task, runs: runs.to_vec(), goes_on: false }));
    Ok(jobs)
}
