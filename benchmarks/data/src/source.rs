//! Where examples come from.

use crate::grammar::Sentences;
use crate::mapping::{self, Mapping};
use crate::modular::Modular;
use crate::text::{Text, Windows, shakespeare};
use crate::{DataError, SettingError, noise};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where images or sequences come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(remote = "Self", tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
// Braces, since serde lets unknown keys pass beside a unit variant.
pub enum Source {
    /// CIFAR-10, from its official files.
    Cifar10 {},
    /// CIFAR-100, from its official files.
    Cifar100 {},
    /// MNIST, from its official files.
    Mnist {},
    /// Fashion-MNIST, from its official files.
    FashionMnist {},
    /// A megabyte of Shakespeare, from its official file.
    TinyShakespeare(Windows),
    /// Procedural images.
    Shapes {
        /// Another seed is another data set.
        #[serde(default)]
        seed: u64,
    },
    /// Procedural strokes.
    Curves {
        /// Another seed is another data set.
        #[serde(default)]
        seed: u64,
    },
    /// Vectors of bytes that are close to normal.
    Noise {
        /// Bytes of a vector, 1 to 4096.
        #[serde(default = "usual_dimensions")]
        dimensions: usize,
        /// Another seed is another data set.
        #[serde(default)]
        seed: u64,
    },
    /// Arithmetic modulo a number.
    Modular(Modular),
    /// Text of a random grammar whose entropy is known.
    Grammar(Sentences),
    /// A file of the user's.
    Text(Text),
}

fn usual_dimensions() -> usize {
    noise::DIMENSIONS
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
            Self::Cifar10 {}
            | Self::Cifar100 {}
            | Self::Mnist {}
            | Self::FashionMnist {}
            | Self::TinyShakespeare(_)
            | Self::Text(_) => false,
            Self::Shapes { .. }
            | Self::Curves { .. }
            | Self::Noise { .. }
            | Self::Modular(_)
            | Self::Grammar(_) => true,
        }
    }

    /// What an example is called.
    pub fn example(&self) -> &'static str {
        match self {
            Self::Noise { .. } => "draw",
            Self::Modular(_) | Self::Grammar(_) | Self::Text(_) | Self::TinyShakespeare(_) => "sequence",
            _ => "image",
        }
    }

    /// Name in the list of data sets.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Cifar10 {} => "cifar10",
            Self::Cifar100 {} => "cifar100",
            Self::Mnist {} => "mnist",
            Self::FashionMnist {} => "fashion-mnist",
            Self::TinyShakespeare(_) => "tiny-shakespeare",
            Self::Shapes { .. } => "shapes",
            Self::Curves { .. } => "curves",
            Self::Noise { .. } => "noise",
            Self::Modular(_) => "modular",
            Self::Grammar(_) => "grammar",
            Self::Text(_) => "text",
        }
    }

    /// Whether its settings are in range, as far as that can be told without the data.
    ///
    /// # Errors
    /// If one is not: the message names the key, such as `data.p`.
    pub fn check(&self) -> Result<(), DataError> {
        match self {
            Self::Cifar10 {} | Self::Cifar100 {} | Self::Mnist {} | Self::FashionMnist {} => Ok(()),
            Self::TinyShakespeare(windows) => Ok(shakespeare::check(windows)?),
            Self::Shapes { .. } | Self::Curves { .. } => Ok(()),
            Self::Noise { dimensions: 1..=noise::MOST_DIMENSIONS, .. } => Ok(()),
            Self::Noise { dimensions, .. } => {
                let accepted = format!("a whole number from 1 to {}", noise::MOST_DIMENSIONS);
                Err(SettingError::range("data.dimensions", dimensions, accepted).into())
            }
            Self::Modular(modular) => Ok(modular.check()?),
            Self::Grammar(sentences) => Ok(sentences.check()?),
            Self::Text(text) => Ok(text.check()?),
        }
    }
}
