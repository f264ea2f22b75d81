//! Replicas of one network trained together on a device.

use crate::augmentation::Augmentation;
use crate::device::Repeated;
use crate::operators::{Operators, Parameters, Pieces, Rows, Selection, Totals};
use crate::pass::{Draws, Examples, Pass, Work};
use crate::update::Updates;
use crate::{Buffer, Crop, Device, DeviceError, DeviceImages, Footprint, Precision};
use kernels::Scores;
use models::Network;
use rule::{Method, OptimizerState};
use std::sync::Arc;
use streams::Stream;

/// A replica to train.
pub struct Replica {
    /// Its initial parameters, as the network's layout has them.
    pub parameters: Vec<f32>,
    /// The stream of each dropout layer.
    pub dropout: Vec<Stream>,
    /// Its optimizer.
    pub method: Arc<dyn Method>,
}

/// Replicas whose steps are repeated as a whole, at most: with more, a step takes a device so long that what its launches cost the host
/// is hidden behind the step before.
const REPEATED_AT_MOST: usize = 8;

/// What an epoch trains on.
#[derive(Clone, Copy, Debug)]
pub struct Epoch<'a> {
    /// The images.
    pub images: &'a DeviceImages,
    /// Their order for each replica, all equally long.
    pub orders: &'a [Vec<u32>],
}

/// A batch of every replica: so many images from a place in its order on, which are `stride` long, and the row that its scores go to.
#[derive(Clone, Copy)]
struct Batch {
    stride: usize,
    start: usize,
    images: usize,
    slot: usize,
}

/// `R` replicas on a device. Results depend on nothing but the replicas, the device and the shapes; a population's
/// products may be summed in another order than those of a population of another size.
pub struct Population {
    operators: Operators,
    network: Network,
    footprint: Footprint,
    replicas: usize,
    batch_size: usize,
    parameters: Buffer,
    gradient: Buffer,
    running: Buffer,
    keys: Buffer,
    augmentation: Option<Augmentation>,
    orders: Buffer,
    totals: (Buffer, Buffer),
    pass: Pass,
    updates: Updates,
    /// Steps of whole batches as one piece of work, where that pays.
    repeated: Option<Arc<Repeated>>,
    /// Whether such a step has been taken kernel by kernel: what a device loads when it is first used cannot be recorded.
    is_warm: bool,
}

impl Population {
    /// Puts `replicas` on `device`, for batches of at most `batch_size` images each and trainings of `total_steps` steps.
    /// Replicas with equal update rules should be neighbours.
    ///
    /// # Errors
    /// If they do not fit, or the device fails.
    ///
    /// # Panics
    /// If there are no replicas, or their parameters are not as long as the network's layout.
    pub fn new(
        device: &Arc<dyn Device>,
        precision: Precision,
        network: Network,
        batch_size: usize,
        total_steps: u64,
        replicas: Vec<Replica>,
    ) -> Result<Self, DeviceError> {
        assert!(!replicas.is_empty(), "a population has at least one replica");
        let footprint = Footprint::new(&network, precision);
        let (count, pitch) = (replicas.len(), footprint.pitch);
        let mut parameters = Buffer::zeros::<f32>(device, count * pitch)?;
        let mut keys = Vec::new();
        let mut methods = Vec::new();
        for (r, replica) in replicas.into_iter().enumerate() {
            assert_eq!(replica.parameters.len(), network.parameters(), "parameters of replica {r}");
            assert_eq!(
                replica.dropout.len(),
                network.dropouts(),
                "a stream per dropout layer of replica {r}"
            );
            parameters.upload(r * pitch, &replica.parameters)?;
            keys.extend(replica.dropout.iter().flat_map(Stream::key));
            methods.push(replica.method);
        }
        let operators = Operators::new(device, precision)?;
        let updates = Updates::new(device, methods, network.layout(), pitch, total_steps)?;
        let is_repeated = count <= REPEATED_AT_MOST && updates.are_on_device();
        Ok(Self {
            updates,
            repeated: is_repeated.then(|| Arc::new(Repeated::new(device))),
            is_warm: false,
            pass: Pass::new(&operators, &network, &footprint, count, batch_size)?,
            operators,
            gradient: Buffer::zeros::<f32>(device, count * pitch)?,
            running: Buffer::from_slice(device, &network.running::<f32>().repeat(count))?,
            keys: Buffer::from_slice(device, &keys)?,
            augmentation: None,
            orders: Buffer::zeros::<u32>(device, 0)?,
            totals: (Buffer::zeros::<f64>(device, count)?, Buffer::zeros::<u32>(device, count)?),
            replicas: count,
            parameters,
            batch_size,
            footprint,
            network,
        })
    }

    /// From now on trains on random pieces of the images, drawn from a stream of each replica: what is done to an image depends on
    /// the stream and on the place of the image in the training alone (step · batch size + place in the batch). Word 0 of the
    /// block at (place, 0) chooses the row, word 1 the column, and the highest bit of word 2 the reflection. A training that goes on
    /// from an import needs nothing but the same streams. Evaluations see the images as they are.
    ///
    /// # Errors
    /// If the device fails.
    ///
    /// # Panics
    /// Unless there is a stream for each replica and the border is less than 2³⁰ pixels wide.
    pub fn augment(&mut self, crop: Crop, streams: &[Stream]) -> Result<(), DeviceError> {
        assert_eq!(streams.len(), self.replicas, "a stream for each replica");
        assert!(crop.pad < 1 << 30, "a border of {} pixels", crop.pad);
        self.augmentation = Some(Augmentation::new(&self.operators.device, crop, streams)?);
        // Batches are gathered by another kernel now.
        self.repeated = self.repeated.take().map(|_| Arc::new(Repeated::new(&self.operators.device)));
        self.is_warm = false;
        Ok(())
    }

    /// From now on has every kernel of a step started by a call of its own, however few replicas there are.
    pub fn start_one_by_one(&mut self) {
        self.repeated = None;
    }

    /// Trains one epoch, the last batch maybe smaller. `each` is called when a step has been asked for and says whether to
    /// go on; the device is waited for only at the end, or at every step for what the
    /// host steps. Scores summed over each batch, `[step][replica]`; `None` if
    /// stopped.
    ///
    /// # Errors
    /// If the device fails.
    ///
    /// # Panics
    /// If there is not an order for each replica, or the images, or the labels of each, are of another size than the network's.
    pub fn epoch(
        &mut self,
        epoch: Epoch<'_>,
        mut each: impl FnMut() -> bool,
    ) -> Result<Option<Vec<Vec<Scores>>>, DeviceError> {
        self.assert_fit(epoch.images);
        let images = epoch.orders.first().map_or(0, Vec::len);
        assert_eq!(epoch.orders.len(), self.replicas, "an order for each replica");
        let steps = images.div_ceil(self.batch_size);
        let orders = epoch.orders.concat();
        assert_eq!(orders.len(), self.replicas * images, "orders of one length");
        assert!(
            orders.iter().all(|&i| (i as usize) < epoch.images.len()),
            "an order names an image there is not"
        );
        if orders.len() * 4 > self.orders.bytes() {
            self.orders = Buffer::zeros::<u32>(&self.operators.device, orders.len())?;
        }
        self.orders.upload(0, &orders)?;
        self.clear_totals(steps)?;
        self.updates.prepare(steps)?;
        for (slot, start) in (0..images).step_by(self.batch_size).enumerate() {
            let size = self.batch_size.min(images - start);
            let batch = Batch { stride: images, start, images: size, slot };
            let is_usual = size == self.batch_size && self.updates.taken() > 0;
            match self.repeated.clone().filter(|_| is_usual && self.is_warm) {
                Some(repeated) => repeated.run(&mut || self.step(epoch.images, batch))?,
                None => self.step(epoch.images, batch)?,
            }
            self.is_warm |= is_usual;
            if !each() {
                self.operators.device.synchronize()?;
                return Ok(None);
            }
        }
        Ok(Some(self.scores(steps)?))
    }

    /// One step over a batch of each replica.
    fn step(&mut self, images: &DeviceImages, batch: Batch) -> Result<(), DeviceError> {
        let Batch { stride, start, images: size, slot } = batch;
        let from = Selection { orders: &self.orders, stride, start, images: size, replicas: self.replicas };
        self.differentiate(images, from, slot)?;
        self.updates.step(&mut self.parameters, &mut self.gradient)
    }

    /// Forward and backward pass over a batch of each replica; scores go to row `slot` of the totals.
    fn differentiate(
        &self,
        images: &DeviceImages,
        from: Selection<'_>,
        slot: usize,
    ) -> Result<(), DeviceError> {
        let (work, pass) = (self.work(from.rows()), &self.pass);
        let draws = Draws { keys: &self.keys, step: self.updates.taken() };
        match &self.augmentation {
            Some(augmentation) => {
                let first = draws.step * self.batch_size as u64;
                let pieces = Pieces { augmentation, shape: self.network.input(), first };
                self.operators.gather_pieces(images, from, pieces, pass.input())?;
            }
            None => self.operators.gather(images, from, pass.input())?,
        }
        pass.forward(work, Some(draws))?;
        pass.score_and_differentiate(work, Examples { images, from }, self.totals(slot))?;
        let gradient = Parameters { buffer: &self.gradient, pitch: self.footprint.pitch };
        pass.backward(work, gradient, draws)
    }

    /// Scores all of `images` with every replica, dropout off, batch normalisations by their running statistics.
    ///
    /// # Errors
    /// If the device fails.
    ///
    /// # Panics
    /// If the images, or the labels of each, are of another size than the network's.
    pub fn evaluate(&mut self, images: &DeviceImages) -> Result<Vec<Scores>, DeviceError> {
        self.assert_fit(images);
        let mut away = Vec::new();
        let scores = self.exchange(&mut away).and_then(|()| self.score(images));
        // Whatever came of it, what is trained has to come back.
        for (replica, kept) in away {
            self.parameters.upload(replica * self.footprint.pitch, &kept)?;
        }
        scores
    }

    /// Scores all of `images` with the weights that are there.
    fn score(&mut self, images: &DeviceImages) -> Result<Vec<Scores>, DeviceError> {
        self.clear_totals(1)?;
        for start in (0..images.len()).step_by(self.batch_size) {
            let size = self.batch_size.min(images.len() - start);
            let replicas = self.replicas;
            // Every replica sees the same images: one order, no stride.
            let from = Selection { orders: &images.order, stride: 0, start, images: size, replicas };
            let (work, pass) = (self.work(from.rows()), &self.pass);
            self.operators.gather(images, from, pass.input())?;
            pass.forward(work, None)?;
            pass.score(work, Examples { images, from }, self.totals(0))?;
        }
        Ok(self.scores(1)?.into_iter().flatten().collect())
    }

    /// Puts the weights to evaluate in the place of those that are trained, which go `away` with their replicas.
    fn exchange(&mut self, away: &mut Vec<(usize, Vec<f32>)>) -> Result<(), DeviceError> {
        if !self.updates.may_evaluate_elsewhere() {
            return Ok(());
        }
        for replica in 0..self.replicas {
            let trained = self.parameters(replica)?;
            if let Some(point) = self.updates.evaluation_point(replica, &trained)? {
                away.push((replica, trained));
                self.parameters.upload(replica * self.footprint.pitch, &point)?;
            }
        }
        Ok(())
    }

    /// From now on takes no steps of a replica, if they are the host's. On a device it costs its share of the launches whether or not
    /// it is wanted.
    pub fn retire(&mut self, replica: usize) {
        self.updates.retire(replica);
    }

    /// Optimizer steps taken.
    pub fn steps_taken(&self) -> u64 {
        self.updates.taken()
    }

    /// Parameters of a replica.
    ///
    /// # Errors
    /// If the device fails.
    pub fn parameters(&self, replica: usize) -> Result<Vec<f32>, DeviceError> {
        self.parameters.download(replica * self.footprint.pitch, self.network.parameters())
    }

    /// Running means and variances of a replica's batch normalisations, as [`models::Population::running`] has them; empty
    /// without any.
    ///
    /// # Errors
    /// If the device fails.
    pub fn running(&self, replica: usize) -> Result<Vec<f32>, DeviceError> {
        self.running.download(replica * self.footprint.running, self.footprint.running)
    }

    /// Continues a replica from running statistics, beside [`Population::import`].
    ///
    /// # Errors
    /// If there are more or fewer of them than the network has, or the device fails.
    pub fn import_running(&mut self, replica: usize, running: &[f32]) -> Result<(), DeviceError> {
        let expected = self.footprint.running;
        if running.len() != expected {
            let reason = format!("{} running statistics, expected {expected}", running.len());
            return Err(DeviceError::State { reason });
        }
        self.running.upload(replica * expected, running)
    }

    /// The gradient of a replica's last step.
    pub(crate) fn gradient(&self, replica: usize) -> Result<Vec<f32>, DeviceError> {
        self.gradient.download(replica * self.footprint.pitch, self.network.parameters())
    }

    /// What a replica's optimizer remembers.
    ///
    /// # Errors
    /// If the device fails.
    pub fn export(&self, replica: usize) -> Result<OptimizerState<f32>, DeviceError> {
        self.updates.export(replica, self.network.parameters())
    }

    /// Continues a replica from parameters and state; every replica must be given one of as many steps.
    ///
    /// # Errors
    /// If a state is missing or of another length, or the device fails.
    pub fn import(
        &mut self,
        replica: usize,
        parameters: &[f32],
        state: &OptimizerState<f32>,
    ) -> Result<(), DeviceError> {
        if parameters.len() != self.network.parameters() {
            let reason = format!("{} parameters, expected {}", parameters.len(), self.network.parameters());
            return Err(DeviceError::State { reason });
        }
        self.updates.import(replica, self.network.parameters(), state)?;
        self.parameters.upload(replica * self.footprint.pitch, parameters)
    }

    /// Waits for the device.
    ///
    /// # Errors
    /// If something asked for before failed.
    pub fn synchronize(&self) -> Result<(), DeviceError> {
        self.operators.device.synchronize()
    }

    /// A pass over so many images of each replica.
    fn work(&self, images: Rows) -> Work<'_> {
        Work {
            operators: &self.operators,
            network: &self.network,
            parameters: Parameters { buffer: &self.parameters, pitch: self.footprint.pitch },
            running: Parameters { buffer: &self.running, pitch: self.footprint.running },
            images,
        }
    }

    fn assert_fit(&self, images: &DeviceImages) {
        assert_eq!(images.size, self.network.input().size(), "bytes of an image");
        let labels = self.network.objective().labels_read();
        assert!(labels == 0 || images.labels_each == labels, "{labels} labels of each image");
    }

    fn totals(&self, slot: usize) -> Totals<'_> {
        Totals { losses: &self.totals.0, correct: &self.totals.1, slot }
    }

    fn clear_totals(&mut self, slots: usize) -> Result<(), DeviceError> {
        let (device, n) = (&self.operators.device, slots * self.replicas);
        if n * 8 > self.totals.0.bytes() || n * 4 > self.totals.1.bytes() {
            self.totals = (Buffer::zeros::<f64>(device, n)?, Buffer::zeros::<u32>(device, n)?);
            return Ok(());
        }
        self.totals.0.clear()?;
        self.totals.1.clear()
    }

    fn scores(&self, slots: usize) -> Result<Vec<Vec<Scores>>, DeviceError> {
        let n = slots * self.replicas;
        let (losses, correct) = (self.totals.0.download::<f64>(0, n)?, self.totals.1.download::<u32>(0, n)?);
        let scores = losses.iter().zip(&correct).map(|(&loss, &correct)| Scores { loss, correct });
        Ok(scores.collect::<Vec<_>>().chunks(self.replicas).map(<[Scores]>::to_vec).collect())
    }
}
