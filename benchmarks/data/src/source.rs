//! Where examples come from.

use crate::DataError;
use crate::mapping::{self, Mapping};
use crate::modular::Modular;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where images or sequences come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Arithmetic modulo a number.
    Modular(Modular),
}

impl<'de> Mapping<'de> for Source {
    const EXPECTED: &'static str = "a map with the `name` of a data set under `data`";

    fn derived<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        mapping::read(deserializer)
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl Source {
    /// Whether its examples are made, not read.
    pub fn is_made(&self) -> bool {
        match self {
            Self::Cifar10 {} | Self::Cifar100 {} | Self::Mnist {} => false,
            Self::Shapes { .. } | Self::Modular(_) => true,
        }
    }

    /// Name in the list of data sets.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Cifar10 {} => "cifar10",
            Self::Cifar100 {} => "cifar100",
            Self::Mnist {} => "mnist",
            Self::Shapes { .. } => "shapes",
            Self::Modular(_) => "modular",
        }
    }

    /// Whether its settings are in range, as far as that can be told without the data.
    ///
    /// # Errors
    /// If one is not: the message names the key, such as `data.p`.
    pub fn check(&self) -> Result<(), DataError> {
        match self {
            Self::Cifar10 {} | Self::Cifar100 {} | Self::Mnist {} | Self::Shapes { .. } => Ok(()),
            Self::Modular(modular) => modular.check(),
        }
    }
}
