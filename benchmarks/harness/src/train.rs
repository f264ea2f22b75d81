//! Training a group of runs of one classification task as one population.

use crate::checkpoint::{Checkpoint, Header, Unusable};
use crate::engine::{Engine, Part, engine, streams};
use crate::fingerprint::Fingerprint;
use crate::{Context, HarnessError, Run, Training};
use data::{Normaliser, Splits};
use kernels::Scores;
use models::{Network, Objective};
use records::{Curve, EpochRow, FORMAT, Name, Outcome, Provenance, Record, Store};
use std::time::Instant;

/// A task's shared parts, borrowed from the plan.
#[derive(Clone, Copy)]
pub(crate) struct Classifying<'a> {
    pub task: &'a Name,
    pub settings: &'a Training,
    pub splits: &'a Splits,
    pub normaliser: &'a Normaliser,
    pub network: &'a Network,
}

impl Classifying<'_> {
    /// Optimizer steps of one run.
    pub fn total_steps(&self) -> u64 {
        let per_epoch = self.splits.train.len().div_ceil(self.settings.batch_size);
        per_epoch as u64 * u64::from(self.settings.epochs)
    }
}

/// What one replica has been through.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Past {
    pub rows: Vec<EpochRow>,
    /// Every mini-batch loss until it diverged.
    pub losses: Vec<f64>,
    pub diverged: Option<Outcome>,
}

/// Trains `runs` side by side, from their checkpoint in `store` if there is one. `None` if stopped before the end; the
/// checkpoint then holds what was done by its last writing. Without a store there is no checkpoint.
pub(crate) fn train(
    context: &Context<'_>,
    problem: Classifying<'_>,
    runs: &[&Run],
    (threads, jobs): (usize, usize),
    store: Option<&Store>,
) -> Result<Option<Vec<Record>>, HarnessError> {
    let Classifying { settings, splits, network, .. } = problem;
    let epochs = settings.epochs.min(context.epochs_at_most.unwrap_or(u32::MAX));
    let mut provenance = context.provenance(settings.precision.name(), threads, jobs);
    provenance.parameters = network.parameters() as u64;
    let mut engine = engine(context.compute, problem, runs)?;
    let mut past = vec![Past::default(); runs.len()];
    let mut first = 0;
    let header = Header::new(context, settings.precision, runs);
    let checkpoint = match store {
        None => None,
        Some(store) => match Checkpoint::of(&header, &header.path(store, problem.task), epochs) {
            Ok(found) => found,
            Err(Unusable::Unreadable(error)) => return Err(error.into()),
            Err(Unusable::Damaged(damaged)) => {
                damaged.put_away(store, context)?;
                None
            }
        },
    };
    if let Some(Checkpoint { header: found, past: before, replicas }) = checkpoint {
        for (r, state) in replicas.into_iter().enumerate() {
            engine.import(r, state)?;
        }
        for (r, _) in before.iter().enumerate().filter(|(_, replica)| replica.diverged.is_some()) {
            engine.retire(r);
        }
        first = found.epochs + 1;
        past = before;
        provenance.training_s = found.training_s;
        provenance.evaluation_s = found.evaluation_s;
        provenance.resumptions = found.resumptions + 1;
        context.progress.steps(runs.len() as u64 * engine.steps_taken());
    }
    let images = splits.train.len();
    let objective = network.objective();
    // A run's share of the time that its population takes.
    let share = 1.0 / runs.len() as f64;
    let (mut written, mut pause) = (Instant::now(), context.checkpoint_every);
    for epoch in first..=epochs {
        let mut running = vec![None; runs.len()];
        if epoch > 0 {
            let order =
                |run: &&Run| streams(problem.task, run)("order").permutation(u64::from(epoch), images);
            let orders: Vec<Vec<u32>> = runs.iter().map(order).collect();
            let clock = Instant::now();
            let step = engine.steps_taken();
            let scores = engine.epoch(&orders, &mut || {
                context.progress.steps(runs.len() as u64);
                !context.stopped()
            });
            let scores = scores.inspect_err(|_| {
                // Whoever trains these runs once more counts from the beginning.
                context.progress.back(runs.len() as u64 * engine.steps_taken());
            })?;
            let Some(scores) = scores else { return Ok(None) };
            for (r, replica) in past.iter_mut().enumerate() {
                let of_replica = scores.iter().map(|scores| scores[r]);
                let predictions = objective.predictions();
                let batches = (settings.batch_size, images, predictions);
                running[r] = Some(replica.take(of_replica, batches, step) / (images * predictions) as f64);
                if replica.diverged.is_some() {
                    engine.retire(r);
                }
            }
            provenance.training_s += clock.elapsed().as_secs_f64();
        }
        if epoch % settings.evaluate_every == 0 || epoch == settings.epochs {
            let clock = Instant::now();
            let measured = evaluate(engine.as_mut(), splits, objective)?;
            let step = engine.steps_taken();
            for (r, (replica, row)) in past.iter_mut().zip(measured).enumerate() {
                let method = &runs[r].method;
                let factor = |k| method.schedule().factor(k, problem.total_steps());
                let row = EpochRow {
                    epoch,
                    step,
                    elapsed_s: provenance.training_s * share,
                    learning_rate: step.checked_sub(1).map(|k| method.learning_rate() * factor(k)),
                    train_loss_running: running[r],
                    ..row
                };
                if replica.record(row) {
                    engine.retire(r);
                }
            }
            provenance.evaluation_s += clock.elapsed().as_secs_f64();
        }
        if past.iter().all(|replica| replica.diverged.is_some()) {
            break;
        }
        if let Some(store) = store
            && written.elapsed() >= pause
            && epoch < epochs
        {
            let clock = Instant::now();
            let replicas = (0..runs.len()).map(|r| engine.export(r)).collect::<Result<_, _>>()?;
            let path = header.path(store, problem.task);
            let header = header.at(epoch, &provenance);
            Checkpoint { header, past: past.clone(), replicas }.write(&path)?;
            written = Instant::now();
            // Gigabytes of a large population are not written so often that they slow it down.
            pause = context.checkpoint_every.max(20 * clock.elapsed());
        }
    }
    let mut records = Vec::new();
    provenance.training_s *= share;
    provenance.evaluation_s *= share;
    provenance.population = runs.len();
    for (r, replica) in past.into_iter().enumerate() {
        let state = engine.export(r)?;
        let bytes = state.optimizer.states.values().map(|state| size_of_val(state.as_slice()) as u64).sum();
        let code = {
            let choice = &runs[r].specification.optimizer;
            context.code.of_network(&choice.name, &choice.hyper, context.on_device())
        };
        let mut fingerprint = Fingerprint::default();
        replica.losses.iter().for_each(|&loss| fingerprint.loss(loss));
        fingerprint.parameters(state.parameters.iter().chain(&state.running).map(|&x| f64::from(x)));
        records.push(Record {
            format: FORMAT,
            id: runs[r].id.clone(),
            specification: runs[r].specification.clone(),
            outcome: replica.diverged.unwrap_or(Outcome::Finished),
            fingerprint: fingerprint.finish(),
            provenance: Provenance { state_bytes: bytes, code, ..provenance.clone() },
            curve: Curve::Epochs(replica.rows),
        });
    }
    Ok(Some(records))
}

impl Past {
    /// Takes in an epoch's scores, one per batch, the first of which was step `step`; their total loss. Given are the size of a batch,
    /// the number of examples, and that of the predictions for each.
    fn take(
        &mut self,
        scores: impl Iterator<Item = Scores>,
        (batch_size, images, predictions): (usize, usize, usize),
        step: u64,
    ) -> f64 {
        let mut running = 0.0;
        for (i, scores) in scores.enumerate() {
            if self.diverged.is_some() {
                break;
            }
            let size = batch_size.min(images - i * batch_size) * predictions;
            let mean = scores.loss / size as f64;
            self.losses.push(mean);
            running += scores.loss;
            if !mean.is_finite() {
                let reason = format!("the mini-batch loss is {mean}");
                self.diverged = Some(Outcome::Diverged { step: step + i as u64, reason });
            }
        }
        running
    }

    /// Takes in the measurements after an epoch; true if they show that the replica has diverged.
    fn record(&mut self, row: EpochRow) -> bool {
        if self.diverged.is_some() {
            return false;
        }
        if !row.train_loss.is_finite() {
            let reason = format!("the training loss is {}", row.train_loss);
            self.diverged = Some(Outcome::Diverged { step: row.step, reason });
            return true;
        }
        self.rows.push(row);
        false
    }
}

/// Losses and accuracies of every replica on all parts; the caller fills in the rest of the row.
fn evaluate(
    engine: &mut dyn Engine,
    splits: &Splits,
    objective: &Objective,
) -> Result<Vec<EpochRow>, HarnessError> {
    let mut score = |part: Part| -> Result<Option<Vec<(f64, f64)>>, HarnessError> {
        let n = (part.of(splits).map_or(0, data::Images::len) * objective.predictions()) as f64;
        let mean = |s: Scores| (s.loss / n, f64::from(s.correct) / n);
        Ok(engine.evaluate(part)?.map(|scores| scores.into_iter().map(mean).collect()))
    };
    let train = score(Part::Train)?.unwrap_or_default();
    let validation = score(Part::Validation)?;
    let test = score(Part::Test)?.unwrap_or_default();
    let rows = train.iter().zip(&test).enumerate().map(|(r, (train, test))| EpochRow {
        epoch: 0,
        step: 0,
        elapsed_s: 0.0,
        learning_rate: None,
        train_loss_running: None,
        train_loss: train.0,
        validation_loss: validation.as_ref().map(|v| v[r].0),
        validation_accuracy: validation.as_ref().map(|v| v[r].1).filter(|_| objective.loss.classifies()),
        test_loss: test.0,
        test_accuracy: objective.loss.classifies().then_some(test.1),
    });
    Ok(rows.collect())
}
