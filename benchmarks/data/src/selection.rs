//! Which images a task trains, validates and tests on.

use crate::choice::Choice;
use crate::mapping::{self, Mapping};
use crate::{DataError, Images, catalogue, official, shapes, verify};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::path::Path;

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
    pub train: Images,
    /// Held out of the training part, to tune on; disjoint from `train`.
    pub validation: Option<Images>,
    /// To test on.
    pub test: Images,
    /// One name per class.
    pub class_names: Vec<String>,
    /// 16 hexadecimal digits of the BLAKE3 hash of all sizes, labels and pixels above.
    pub digest: String,
    /// What must be said of the images: where they are not the official set.
    pub remarks: Vec<String>,
}

impl<'de> Mapping<'de> for Source {
    const EXPECTED: &'static str = "a map with the `name` of a data set";

    fn derived<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl<'de> Mapping<'de> for Selection {
    const EXPECTED: &'static str = "a map of `train_per_class`, `validation_per_class`, `test_per_class` (left out, all images are taken)";

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

/// The images of `source` that `selection` takes; files are looked for under `data_dir`. No randomness: the
/// choice goes by the order of the files. A number of the selection that equals `at_most` is a limit (of a rehearsal):
/// where there are fewer images, they are taken; any other number is held to.
///
/// # Errors
/// If files are missing, damaged, exchanged or copies of one another, or more images are asked for than there are.
pub fn load(
    source: &Source,
    selection: &Selection,
    at_most: Option<usize>,
    data_dir: &Path,
) -> Result<Splits, DataError> {
    let info = catalogue::info(source.name())?;
    let (train, test, class_names, remarks) = match (source, verify::read(info, data_dir)?) {
        (_, Some(loaded)) => {
            let remarks = official::examine(info, &loaded)?;
            let dataset = loaded.dataset;
            (Pool::Read(dataset.train), Pool::Read(dataset.test), dataset.class_names, remarks)
        }
        (source, None) => {
            let seed = if let Source::Shapes { seed } = source { *seed } else { 0 };
            let pool = |part, count| Pool::Made { seed, part, count };
            let (train, test) = (pool(shapes::Part::Train, info.train), pool(shapes::Part::Test, info.test));
            (train, test, shapes::class_names(), Vec::new())
        }
    };
    let choice = Choice { info, class_names: &class_names, at_most };
    let chosen = choice.training(&train.labels(), selection)?;
    let test_chosen = choice.test(&test.labels(), selection.test_per_class)?;
    let validation = (!chosen.validation.is_empty()).then(|| train.at(&chosen.validation)).transpose()?;
    let train = train.into(&chosen.train)?;
    let test = test.into(&test_chosen)?;
    let digest = digest(&train, validation.as_ref(), &test);
    Ok(Splits { train, validation, test, class_names, digest, remarks })
}

/// Images to choose from: read, or made once it is known which.
enum Pool {
    Read(Images),
    Made { seed: u64, part: shapes::Part, count: usize },
}

impl Pool {
    fn labels(&self) -> Vec<u8> {
        match self {
            Self::Read(images) => images.labels.clone(),
            Self::Made { count, .. } => (0..*count).map(shapes::label).collect(),
        }
    }

    fn at(&self, indices: &[usize]) -> Result<Images, DataError> {
        match self {
            Self::Read(images) => Ok(images.at(indices)),
            Self::Made { seed, part, .. } => shapes::at(*seed, *part, indices),
        }
    }

    fn into(self, indices: &[usize]) -> Result<Images, DataError> {
        match self {
            // `indices` ascend, so this many are all of them: no copy.
            Self::Read(images) if images.len() == indices.len() => Ok(images),
            pool => pool.at(indices),
        }
    }
}

fn digest(train: &Images, validation: Option<&Images>, test: &Images) -> String {
    let mut hasher = blake3::Hasher::new();
    for (part, images) in [("train", Some(train)), ("validation", validation), ("test", Some(test))] {
        let Some(images) = images else { continue };
        hasher.update(part.as_bytes());
        for size in [images.len(), images.height, images.width, images.channels, images.classes] {
            hasher.update(&(size as u64).to_le_bytes());
        }
        hasher.update(&images.labels);
        hasher.update(&images.pixels);
    }
    hasher.finalize().to_hex()[..16].to_owned()
}
