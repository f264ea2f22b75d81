//! Which images a task trains, validates and tests on.

use crate::{DataError, Images, catalogue, shapes, verify};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Where images come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
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
/// choice goes by the order of the files.
///
/// # Errors
/// If files are missing or damaged, or more images are asked for than there are.
pub fn load(source: &Source, selection: &Selection, data_dir: &Path) -> Result<Splits, DataError> {
    let info = catalogue::info(source.name())?;
    let (train, test, class_names) = match (source, verify::read(info, data_dir)?) {
        (_, Some(dataset)) => (Pool::Read(dataset.train), Pool::Read(dataset.test), dataset.class_names),
        (source, None) => {
            let seed = if let Source::Shapes { seed } = source { *seed } else { 0 };
            let pool = |part, count| Pool::Made { seed, part, count };
            let (train, test) = (pool(shapes::Part::Train, info.train), pool(shapes::Part::Test, info.test));
            (train, test, shapes::class_names())
        }
    };
    let chosen = choose(&train.labels(), info.classes, info.name, selection)?;
    let test_chosen = first(&test.labels(), info.classes, selection.test_per_class, info.name)?;
    let validation = (!chosen.validation.is_empty()).then(|| train.at(&chosen.validation));
    let train = train.into(&chosen.train);
    let test = test.into(&test_chosen);
    let digest = digest(&train, validation.as_ref(), &test);
    Ok(Splits { train, validation, test, class_names, digest })
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

    fn at(&self, indices: &[usize]) -> Images {
        match self {
            Self::Read(images) => images.at(indices),
            Self::Made { seed, part, .. } => shapes::at(*seed, *part, indices),
        }
    }

    fn into(self, indices: &[usize]) -> Images {
        match self {
            // `indices` ascend, so this many are all of them: no copy.
            Self::Read(images) if images.len() == indices.len() => images,
            pool => pool.at(indices),
        }
    }
}

struct Chosen {
    train: Vec<usize>,
    validation: Vec<usize>,
}

fn choose(
    labels: &[u8],
    classes: usize,
    name: &'static str,
    selection: &Selection,
) -> Result<Chosen, DataError> {
    let Selection { train_per_class: train, validation_per_class: validation, .. } = *selection;
    let held_out = validation.unwrap_or(0);
    let (class, available) = scarcest(labels, classes);
    let wanted = train.unwrap_or(1).saturating_add(held_out);
    if train == Some(0) {
        return Err(DataError::Nothing { key: "train_per_class" });
    }
    if validation == Some(0) {
        return Err(DataError::Nothing { key: "validation_per_class" });
    }
    if wanted > available {
        let key = match validation {
            Some(_) => "train_per_class + validation_per_class",
            None => "train_per_class",
        };
        return Err(DataError::TooFew { key, name, class, part: "training", wanted, available });
    }
    let mut total = vec![0; classes];
    labels.iter().for_each(|&label| total[usize::from(label)] += 1);
    let mut seen = vec![0; classes];
    let mut chosen = Chosen { train: Vec::new(), validation: Vec::new() };
    for (index, &label) in labels.iter().enumerate() {
        let class = usize::from(label);
        if seen[class] >= total[class] - held_out {
            chosen.validation.push(index);
        } else if train.is_none_or(|n| seen[class] < n) {
            chosen.train.push(index);
        }
        seen[class] += 1;
    }
    Ok(chosen)
}

/// The first `per_class` test images of each class.
fn first(
    labels: &[u8],
    classes: usize,
    per_class: Option<usize>,
    name: &'static str,
) -> Result<Vec<usize>, DataError> {
    let Some(wanted) = per_class else { return Ok((0..labels.len()).collect()) };
    if wanted == 0 {
        return Err(DataError::Nothing { key: "test_per_class" });
    }
    let (class, available) = scarcest(labels, classes);
    if wanted > available {
        return Err(DataError::TooFew {
            key: "test_per_class",
            name,
            class,
            part: "test",
            wanted,
            available,
        });
    }
    let mut seen = vec![0; classes];
    let mut take = |label: u8| {
        seen[usize::from(label)] += 1;
        seen[usize::from(label)] <= wanted
    };
    Ok((0..labels.len()).filter(|&index| take(labels[index])).collect())
}

/// The class with the fewest images, and how many it has.
fn scarcest(labels: &[u8], classes: usize) -> (usize, usize) {
    let mut counts = vec![0; classes];
    labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
    counts.into_iter().enumerate().min_by_key(|&(_, count)| count).unwrap_or((0, 0))
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
