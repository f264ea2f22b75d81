//! The engine of a device.

use super::{Engine, Part, ReplicaState, streams};
use crate::train::Classifying;
use crate::{HarnessError, Run};
use cuda::{Crop, Device, DeviceError, DeviceImages, Epoch, Population, Replica, Source};
use data::{Augmentation, Images, Splits};
use kernels::Scores;
use std::sync::Arc;

/// A population on a device, with the images it is trained and scored on.
pub(crate) struct DeviceEngine {
    population: Population,
    train: DeviceImages,
    validation: Option<DeviceImages>,
    test: DeviceImages,
}

impl DeviceEngine {
    pub fn new(
        device: &Arc<dyn Device>,
        problem: Classifying<'_>,
        runs: &[&Run],
    ) -> Result<Self, DeviceError> {
        let Classifying { settings, splits, normaliser, network, .. } = problem;
        let images = |images: &Images| {
            let reads_labels = network.objective().labels_read() > 0;
            let labels = if reads_labels { &images.labels[..] } else { &[] };
            let source = Source { pixels: &images.pixels, labels, tables: normaliser.tables() };
            DeviceImages::of_size(device, images.image_bytes(), source)
        };
        let replica = |run: &&Run| {
            let stream = streams(problem.task, run);
            let mut parameters = vec![0.0; network.parameters()];
            settings.initialisation.fill(network.layout(), &stream, &mut parameters);
            let dropout = (0..network.dropouts()).map(|layer| stream(&format!("dropout/{layer}"))).collect();
            Replica { parameters, dropout, method: Arc::clone(&run.method) }
        };
        let mut population = Population::new(
            device,
            settings.precision,
            network.clone(),
            settings.batch_size,
            problem.total_steps(),
            runs.iter().map(replica).collect(),
        )?;
        if let Some(Augmentation { pad, flip }) = settings.augmentation {
            let draws: Vec<_> = runs.iter().map(|run| streams(problem.task, run)("augmentation")).collect();
            population.augment(Crop { pad, flip }, &draws)?;
        }
        Ok(Self {
            train: images(&splits.train)?,
            validation: splits.validation.as_deref().map(images).transpose()?,
            test: images(&splits.test)?,
            population,
        })
    }
}

impl Engine for DeviceEngine {
    fn epoch(
        &mut self,
        orders: &[Vec<u32>],
        each: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Vec<Vec<Scores>>>, HarnessError> {
        Ok(self.population.epoch(Epoch { images: &self.train, orders }, each)?)
    }

    fn evaluate(&mut self, part: Part) -> Result<Option<Vec<Scores>>, HarnessError> {
        let images = match part {
            Part::Train => &self.train,
            Part::Test => &self.test,
            Part::Validation => match &self.validation {
                Some(images) => images,
                None => return Ok(None),
            },
        };
        Ok(Some(self.population.evaluate(images)?))
    }

    fn retire(&mut self, replica: usize) {
        self.population.retire(replica);
    }

    fn steps_taken(&self) -> u64 {
        self.population.steps_taken()
    }

    fn export(&self, replica: usize) -> Result<ReplicaState, HarnessError> {
        let parameters = self.population.parameters(replica)?;
        let running = self.population.running(replica)?;
        Ok(ReplicaState { parameters, running, optimizer: self.population.export(replica)? })
    }

    fn import(&mut self, replica: usize, state: ReplicaState) -> Result<(), HarnessError> {
        self.population.import(replica, &state.parameters, &state.optimizer)?;
        Ok(self.population.import_running(replica, &state.running)?)
    }
}

impl Part {
    /// The images of the part.
    pub fn of(self, splits: &Splits) -> Option<&Images> {
        match self {
            Self::Train => Some(&splits.train),
            Self::Validation => splits.validation.as_deref(),
            Self::Test => Some(&splits.test),
        }
    }
}
