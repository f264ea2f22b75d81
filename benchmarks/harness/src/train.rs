//! Training a group of runs of one classification task as one population.

use crate::fingerprint::Fingerprint;
use crate::{Classification, Progress, Run};
use data::{Images, Normaliser, Splits};
use kernels::Scores;
use models::{Batches, Network, Population};
use records::{Curve, EpochRow, FORMAT, Machine, Outcome, Provenance, Record};
use rule::{Optimizer, step_population};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use streams::Stream;

/// What surrounds a training: identity of the program and machine, and the way to stop it.
pub struct Context<'a> {
    /// Version of the suite.
    pub suite_version: &'a str,
    /// Digest of sources and lock file.
    pub code_digest: &'a str,
    /// Compiler that built it.
    pub compiler: &'a str,
    /// The machine.
    pub machine: Machine,
    /// Set to stop at the next step without a record.
    pub stop: &'a AtomicBool,
    /// Where steps are reported.
    pub progress: &'a Progress,
}

impl Context<'_> {
    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(crate) fn provenance(&self, precision: &str, threads: usize, jobs: usize) -> Provenance {
        Provenance {
            suite_version: self.suite_version.to_owned(),
            code_digest: self.code_digest.to_owned(),
            compiler: self.compiler.to_owned(),
            machine: self.machine.clone(),
            device: "cpu".into(),
            precision: precision.into(),
            threads,
            jobs,
            started_unix_s: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_secs()),
            training_s: 0.0,
            evaluation_s: 0.0,
            state_bytes: 0,
            parameters: 0,
        }
    }
}

/// A task's shared parts, borrowed from the plan.
#[derive(Clone, Copy)]
pub(crate) struct Classifying<'a> {
    pub task: &'a str,
    pub settings: &'a Classification,
    pub splits: &'a Splits,
    pub normaliser: &'a Normaliser,
    pub network: &'a Network,
}

/// A mini-batch of each replica: a stretch of its order of the training images.
struct MiniBatch<'a> {
    images: &'a Images,
    normaliser: &'a Normaliser,
    orders: &'a [Vec<u32>],
    start: usize,
}

impl Batches<f32> for MiniBatch<'_> {
    fn fill(&self, replica: usize, first: usize, images: &mut [f32], labels: &mut [u8]) {
        let from = self.start + first;
        let indices = &self.orders[replica][from..from + labels.len()];
        self.normaliser.gather(self.images, indices, images);
        for (label, &index) in labels.iter_mut().zip(indices) {
            *label = self.images.labels[index as usize];
        }
    }
}

/// What one replica has been through.
struct Progressed {
    rows: Vec<EpochRow>,
    fingerprint: Fingerprint,
    diverged: Option<Outcome>,
    running: f64,
}

/// Trains `runs` side by side. `None` if stopped before the end.
pub(crate) fn train(
    context: &Context<'_>,
    problem: Classifying<'_>,
    runs: &[&Run],
    threads: usize,
    jobs: usize,
) -> Option<Vec<Record>> {
    let Classifying { settings, splits, network, normaliser, .. } = problem;
    let mut provenance = context.provenance("f32", threads, jobs);
    let streams: Vec<_> = runs
        .iter()
        .map(|run| {
            let (seed, repetition) = (run.specification.master_seed, run.specification.repetition);
            move |name: &str| Stream::new(seed, problem.task, name, repetition)
        })
        .collect();
    let mut population = Population::<f32>::new(network.clone(), &settings.initialisation, &streams);
    let images = splits.train.len();
    let steps_per_epoch = images.div_ceil(settings.batch_size);
    let total_steps = steps_per_epoch as u64 * u64::from(settings.epochs);
    let mut optimizers: Vec<Box<dyn Optimizer<f32>>> =
        runs.iter().map(|run| run.method.optimizer_f32(network.layout(), total_steps)).collect();

    let mut past: Vec<Progressed> = runs
        .iter()
        .map(|_| Progressed {
            rows: Vec::new(),
            fingerprint: Fingerprint::default(),
            diverged: None,
            running: 0.0,
        })
        .collect();
    let (mut training, mut evaluation) = (Duration::ZERO, Duration::ZERO);
    for epoch in 0..=settings.epochs {
        if epoch > 0 {
            let orders: Vec<Vec<u32>> =
                streams.iter().map(|stream| stream("order").permutation(u64::from(epoch), images)).collect();
            for replica in &mut past {
                replica.running = 0.0;
            }
            let clock = Instant::now();
            for start in (0..images).step_by(settings.batch_size) {
                if context.stopped() {
                    return None;
                }
                let size = settings.batch_size.min(images - start);
                let step = optimizers.first().map_or(0, |o| o.steps_taken());
                let batch = MiniBatch { images: &splits.train, normaliser, orders: &orders, start };
                let scores = population.differentiate(step, size, &batch);
                let (parameters, gradient) = population.parameters_and_gradient();
                step_population(&mut optimizers, parameters, gradient);
                for (r, (replica, scores)) in past.iter_mut().zip(scores).enumerate() {
                    if replica.take(scores, size, step) {
                        population.retire(r);
                    }
                }
                context.progress.steps(runs.len() as u64);
                if past.iter().all(|replica| replica.diverged.is_some()) {
                    break;
                }
            }
            training += clock.elapsed();
        }
        let clock = Instant::now();
        let measured = evaluate(&mut population, splits, normaliser);
        for (r, (replica, row)) in past.iter_mut().zip(measured).enumerate() {
            let running = (epoch > 0).then(|| replica.running / images as f64);
            let state = EpochRow {
                epoch,
                step: optimizers[r].steps_taken(),
                elapsed_s: training.as_secs_f64(),
                learning_rate: optimizers[r].learning_rate(),
                train_loss_running: running,
                ..row
            };
            if replica.record(state) {
                population.retire(r);
            }
        }
        evaluation += clock.elapsed();
        if past.iter().all(|replica| replica.diverged.is_some()) {
            break;
        }
    }
    provenance.training_s = training.as_secs_f64();
    provenance.evaluation_s = evaluation.as_secs_f64();
    provenance.parameters = network.parameters() as u64;
    let records = past.into_iter().enumerate().map(|(r, mut replica)| {
        replica.fingerprint.parameters(population.parameters(r).iter().map(|&x| f64::from(x)));
        Record {
            format: FORMAT,
            id: runs[r].id.clone(),
            specification: runs[r].specification.clone(),
            outcome: replica.diverged.unwrap_or(Outcome::Finished),
            fingerprint: replica.fingerprint.finish(),
            provenance: Provenance { state_bytes: optimizers[r].state_bytes(), ..provenance.clone() },
            curve: Curve::Epochs(replica.rows),
        }
    });
    Some(records.collect())
}

impl Progressed {
    /// Takes in the scores of a batch; true if the replica has just diverged.
    fn take(&mut self, scores: Scores, size: usize, step: u64) -> bool {
        if self.diverged.is_some() {
            return false;
        }
        let mean = scores.loss / size as f64;
        self.fingerprint.loss(mean);
        self.running += scores.loss;
        if mean.is_finite() {
            return false;
        }
        self.diverged = Some(Outcome::Diverged { step, reason: format!("the mini-batch loss is {mean}") });
        true
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
fn evaluate(population: &mut Population<f32>, splits: &Splits, normaliser: &Normaliser) -> Vec<EpochRow> {
    let mut score = |images: &Images| -> Vec<(f64, f64)> {
        let order: Vec<u32> = (0..images.len() as u32).collect();
        let orders = vec![order; population.replicas()];
        let all = MiniBatch { images, normaliser, orders: &orders, start: 0 };
        let n = images.len() as f64;
        let mean = |s: Scores| (s.loss / n, f64::from(s.correct) / n);
        population.evaluate(images.len(), &all).into_iter().map(mean).collect()
    };
    let train = score(&splits.train);
    let validation = splits.validation.as_ref().map(&mut score);
    let test = score(&splits.test);
    let rows = train.iter().zip(&test).enumerate().map(|(r, (train, test))| EpochRow {
        epoch: 0,
        step: 0,
        elapsed_s: 0.0,
        learning_rate: None,
        train_loss_running: None,
        train_loss: train.0,
        validation_loss: validation.as_ref().map(|v| v[r].0),
        validation_accuracy: validation.as_ref().map(|v| v[r].1),
        test_loss: test.0,
        test_accuracy: test.1,
    });
    rows.collect()
}
