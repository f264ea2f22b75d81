//! Which images a task trains, validates and tests on.

use crate::mapping::{self, Mapping};
use crate::{Images, catalogue};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// Where images come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
// Braces, since serde lets unknown keys pass beside a unit variant.
pub enum Source {
    /// CIFAR-10, from its official files.
    Cifar10 {},
    /// CIFAR-100, from its official files.
    Cifar100 {},
    /// MNIST, from its official files.
    Mnist {},
    /// Procedural images.
    Shapes {
        /// Another seed is another data set.
        #[serde(default)]
        seed: u64,
    },
}

/// How many images of each class to take; a key that is left out takes all there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Selection {
    /// The first so many training images of each class, in the order of the files.
    #[serde(default)]
    pub train_per_class: Option<usize>,
    /// The *last* so many training images of each class, held out for validation; left out, there is no
    /// validation part. It does not change with `train_per_class`.
    #[serde(default)]
    pub validation_per_class: Option<usize>,
    /// The first so many test images of each class.
    #[serde(default)]
    pub test_per_class: Option<usize>,
}

/// What a task trains, validates and tests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splits {
    /// To train on.
    pub train: Arc<Images>,
    /// Held out of the training part, to tune on; disjoint from `train`.
    pub validation: Option<Arc<Images>>,
    /// To test on.
    pub test: Arc<Images>,
    /// One name per class.
    pub class_names: Vec<String>,
    /// 16 hexadecimal digits of the BLAKE3 hash of all sizes, labels and pixels above.
    pub digest: String,
    /// What must be said of the images: where they are not the official set.
    pub remarks: Vec<String>,
}

impl<'de> Mapping<'de> for Source {
    const EXPECTED: &'static str = "a map with the `name` of a data set under `data`";

    fn derived<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl<'de> Mapping<'de> for Selection {
    const EXPECTED: &'static str = "a map of `train_per_class`, `validation_per_class`, `test_per_class` under `selection` (left out, all images are taken)";

    fn derived<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        mapping::read(deserializer)
    }
}

impl<'de> Deserialize<'de> for Selection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        mapping::read(deserializer)
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl Serialize for Selection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl Source {
    /// Whether its images are made, not read.
    pub fn is_made(&self) -> bool {
        matches!(self, Self::Shapes { .. })
    }

    /// Name in the list of data sets.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Cifar10 {} => "cifar10",
            Self::Cifar100 {} => "cifar100",
            Self::Mnist {} => "mnist",
            Self::Shapes { .. } => "shapes",
        }
    }
}

impl Selection {
    /// How many images it takes of the official `source`, all parts together, at most.
    pub fn images(&self, source: &Source) -> usize {
        let Ok(info) = catalogue::info(source.name()) else { return 0 };
        let of = |per_class: Option<usize>, all: usize| {
            per_class.map_or(all, |n| n.saturating_mul(info.classes).min(all))
        };
        let trained = of(self.train_per_class, info.train);
        let held_out = self.validation_per_class.map_or(0, |n| of(Some(n), info.train));
        (trained + held_out).min(info.train) + of(self.test_per_class, info.test)
    }
}
