//! How long a training step takes: measured on purpose, all entries of a task in turn on one machine.

use crate::{Entry, Machine, Name, TaskCard, TaskKind, canonical_json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Version of the format; raised when a reader of the old one would misread the new.
pub const TIMING_FORMAT: u32 = 1;

/// The times of a task's steps on a device. Numbers of one timing can be compared, those of two cannot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Timing {
    /// [`TIMING_FORMAT`] of the writer.
    pub format: u32,
    /// Name of the task.
    pub task: Name,
    /// `cpu`, `cuda` or `emulated`.
    pub device: Name,
    /// The device's hardware and versions; none on a CPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accelerator: Option<String>,
    /// Threads that a step could use, nothing else at work beside it.
    pub threads: usize,
    /// The machine.
    pub machine: Machine,
    /// Processor time that other processes took meanwhile, in cores: 0.1 is a tenth of one. None where that cannot be known.
    pub others_cores: Option<f64>,
    /// Whether that was too much for an idle machine.
    pub busy: bool,
    /// Start, in seconds since 1970-01-01 UTC.
    pub started_unix_s: u64,
    /// Name of the data set (`cifar10`); its images were replaced by random ones of the same shape.
    pub data: String,
    /// Height, width and channels of an image.
    pub input: [usize; 3],
    /// Classes.
    pub classes: usize,
    /// The network, as the task has it.
    pub model: Value,
    /// Its trainable parameters.
    pub parameters: u64,
    /// Images of a step.
    pub batch_size: usize,
    /// `f32`, `tf32` (products only) or `bf16` (and what is stored between layers).
    pub precision: String,
    /// How often every entry was measured.
    pub rounds: usize,
    /// Steps of each of these measurements.
    pub steps: usize,
    /// What was measured, in the order of the study.
    pub entries: Vec<StepTime>,
    /// Version of the suite.
    pub suite_version: String,
    /// Digest of the suite's sources and lock file.
    pub code_digest: String,
    /// Digests of the parts of the suite that a step consists of, by the part's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub code: BTreeMap<String, String>,
    /// Compiler that built it.
    pub compiler: String,
}

/// The time of a step (forward, backward, update) with an optimizer, in milliseconds: over the rounds of a timing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct StepTime {
    /// Name in the list of optimizers.
    pub optimizer: String,
    /// All hyper-parameters.
    pub hyper: Value,
    /// Median.
    pub median_ms: f64,
    /// Smallest.
    pub smallest_ms: f64,
    /// Largest.
    pub largest_ms: f64,
}

impl Timing {
    /// The time of an entry's steps, by its optimizer with all hyper-parameters.
    pub fn of(&self, entry: &Entry) -> Option<&StepTime> {
        let hyper = canonical_json(&entry.hyper);
        self.entries.iter().find(|it| it.optimizer == entry.optimizer && canonical_json(&it.hyper) == hyper)
    }

    /// Whether its steps are those of a task: the network, the images' shape and their number.
    pub fn fits(&self, card: &TaskCard) -> bool {
        let TaskKind::Training { classes, train_examples, batch_size, parameters, .. } = card.kind else {
            return false;
        };
        let precision = card.settings["precision"].as_str().unwrap_or("f32");
        self.task == card.name
            && card.settings["data"]["name"] == *self.data
            && canonical_json(&card.settings["model"]) == canonical_json(&self.model)
            && (self.classes, self.parameters, &*self.precision) == (classes, parameters, precision)
            // A rehearsal may have fewer images than a step takes.
            && self.batch_size == batch_size.min(train_examples)
    }

    /// What contradicts itself in it, if anything does.
    pub fn contradiction(&self) -> Option<String> {
        let is_time = |ms: f64| ms.is_finite() && ms > 0.0;
        let is_odd = |it: &&StepTime| {
            let StepTime { median_ms, smallest_ms, largest_ms, .. } = **it;
            !is_time(smallest_ms) || !is_time(largest_ms) || !(smallest_ms..=largest_ms).contains(&median_ms)
        };
        if let Some(odd) = self.entries.iter().find(is_odd) {
            return Some(format!(
                "a step with {} takes {} to {} ms, {} in the middle",
                odd.optimizer, odd.smallest_ms, odd.largest_ms, odd.median_ms
            ));
        }
        if self.others_cores.is_some_and(|cores| !(cores.is_finite() && cores >= 0.0)) {
            return Some("other processes took no processor time that there is".into());
        }
        let mut seen = BTreeSet::new();
        if !self.entries.iter().all(|it| seen.insert((&it.optimizer, canonical_json(&it.hyper)))) {
            return Some("it has an entry twice".into());
        }
        ([self.rounds, self.steps, self.entries.len()].contains(&0)).then(|| "it measured nothing".into())
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::timing;
    use serde_json::json;

    fn card() -> crate::TaskCard {
        serde_json::from_value(json!({
            "name": "small.v2", "title": "", "description": "", "entries": [], "published": [],
            "kind": {"kind": "classification", "classes": 10, "train_images": 60, "validation_images": 0, "test_images": 30,
                     "epochs": 2, "batch_size": 32, "parameters": 1000, "margin": 0.1},
            "settings": {"data": {"name": "shapes", "seed": 0}, "model": {"dropout": 0.5, "name": "nin", "width": 0.25}}
        }))
        .unwrap()
    }

    #[test]
    fn a_timing_fits_the_task_whose_steps_it_took() {
        let timing = timing();
        assert!(timing.fits(&card()));
        let fits = |spoil: &dyn Fn(&mut serde_json::Value)| {
            let mut card = serde_json::to_value(card()).unwrap();
            spoil(&mut card);
            timing.fits(&serde_json::from_value(card).unwrap())
        };
        assert!(fits(&|card| card["kind"]["epochs"] = 3.into()));
        assert!(!fits(&|card| card["name"] = "small".into()));
        assert!(!fits(&|card| card["kind"]["batch_size"] = 16.into()));
        // So few images that a step takes them all, which are fewer than were timed.
        assert!(!fits(&|card| card["kind"]["train_images"] = 31.into()));
        assert!(!fits(&|card| card["settings"]["model"]["width"] = 0.5.into()));
        assert!(!fits(&|card| card["settings"]["data"]["name"] = "cifar10".into()));
        assert!(!fits(&|card| card["settings"]["precision"] = "tf32".into()));
    }

    #[test]
    fn an_entry_is_known_by_all_its_hyper_parameters() {
        let timing = timing();
        let of = |optimizer: &str, hyper: serde_json::Value| {
            let mut entry = json!({"key": "", "title": "", "colour": "", "dash": "", "states": [],
                                   "formula": {"mathml": "", "reference": ""}});
            (entry["optimizer"], entry["hyper"]) = (optimizer.into(), hyper);
            timing.of(&serde_json::from_value(entry).unwrap()).map(|it| it.median_ms)
        };
        assert_eq!(of("sgd", json!({"momentum": 0.9, "learning_rate": 0.01})), Some(4.1));
        assert_eq!(of("sgd", json!({"momentum": 0.8, "learning_rate": 0.01})), None);
        assert_eq!(of("adam", json!({"momentum": 0.9, "learning_rate": 0.01})), None);
    }
}
