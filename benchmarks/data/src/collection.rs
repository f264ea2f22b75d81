//! The examples of a source, before a task chooses among them.

use crate::choice::Choice;
use crate::made::Made;
use crate::parts::{self, Parts};
use crate::shapes::Part;
use crate::text::shakespeare;
use crate::{
    DataError, Images, Selection, Source, Splits, catalogue, cifar, cifar::Layout, grammar, mnist, official,
    official::Loaded,
};
use std::path::Path;
use std::sync::Arc;

/// The examples of a source: read once, however many selections are taken of them, or made once it is known which are wanted.
pub struct Collection {
    name: &'static str,
    content: Content,
    class_names: Vec<String>,
    remarks: Vec<String>,
}

/// The settings that say how many windows a text has.
const WINDOWS: &str = "`context`, `validation_share` and `test_share`";

/// What there is to choose from.
enum Content {
    /// Images of two parts, to be chosen by class.
    Images { classes: usize, train: Pool, test: Pool },
    /// Sequences in the parts they stay in; the settings `keys` say how many.
    Sequences { parts: Parts, keys: &'static str },
}

/// A part to choose from.
enum Pool {
    Read(Arc<Images>),
    Made { made: Made, part: Part, count: usize },
}

impl Collection {
    /// Reads the files of `source` under `data_dir`, if it has any.
    ///
    /// # Errors
    /// If a setting is out of range, or if files are missing, damaged, exchanged or copies of one another.
    pub fn open(source: &Source, data_dir: &Path) -> Result<Self, DataError> {
        source.check()?;
        let info = catalogue::info(source.name())?;
        let made = |made: Made| {
            let pool = |part, count| Pool::Made { made, part, count };
            let (train, test) = (pool(Part::Train, info.train), pool(Part::Test, info.test));
            let content = Content::Images { classes: info.classes, train, test };
            Self { name: info.name, content, class_names: made.class_names(), remarks: Vec::new() }
        };
        let sequences = |parts, keys, class_names| {
            let content = Content::Sequences { parts, keys };
            Self { name: info.name, content, class_names, remarks: Vec::new() }
        };
        match source {
            Source::Cifar10 {} => Self::loaded(info, cifar::read(Layout::Cifar10, info, data_dir)?),
            Source::Cifar100 {} => Self::loaded(info, cifar::read(Layout::Cifar100, info, data_dir)?),
            Source::Mnist {} => Self::loaded(info, mnist::read(info, data_dir)?),
            Source::FashionMnist {} => Self::loaded(info, mnist::read(info, data_dir)?),
            Source::TinyShakespeare(windows) => {
                let (parts, class_names) = shakespeare::parts(windows, info, data_dir)?;
                Ok(sequences(parts, WINDOWS, class_names))
            }
            Source::Shapes { seed } => Ok(made(Made::Shapes { seed: *seed })),
            Source::Curves { seed } => Ok(made(Made::Curves { seed: *seed })),
            Source::Noise { dimensions, seed } => {
                Ok(made(Made::Noise { seed: *seed, dimensions: *dimensions }))
            }
            Source::Modular(modular) => {
                let keys = "`train_share` and `validation_share`";
                Ok(sequences(modular.parts(), keys, modular.class_names()))
            }
            Source::Grammar(sentences) => {
                let keys = "`train`, `validation` and `test`";
                Ok(sequences(sentences.parts(), keys, grammar::class_names()))
            }
            Source::Text(text) => {
                let (parts, class_names) = text.parts(data_dir)?;
                Ok(sequences(parts, WINDOWS, class_names))
            }
        }
    }

    /// The images of official files.
    fn loaded(info: &'static catalogue::Info, loaded: Loaded) -> Result<Self, DataError> {
        let remarks = official::examine(info, &loaded)?;
        let dataset = loaded.dataset;
        let pool = |images| Pool::Read(Arc::new(images));
        let (train, test) = (pool(dataset.train), pool(dataset.test));
        let content = Content::Images { classes: info.classes, train, test };
        Ok(Self { name: info.name, content, class_names: dataset.class_names, remarks })
    }

    /// The examples that `selection` takes. No randomness: the choice goes by the order of the files. A number of the selection
    /// that equals `at_most` is a limit (of a rehearsal): where there are fewer images, they are taken; any other number is held
    /// to. Of sequences, `at_most` allows the first 10·`at_most` of each part, and other numbers are refused.
    ///
    /// # Errors
    /// If more images are asked for than there are, or a number per class of sequences.
    pub fn select(&self, selection: &Selection, at_most: Option<usize>) -> Result<Splits, DataError> {
        let Parts { train, validation, test } = match &self.content {
            Content::Images { classes, train, test } => {
                self.choose(*classes, [train, test], selection, at_most)?
            }
            Content::Sequences { parts, keys } => {
                parts::refuse_numbers(selection, at_most, self.name, keys)?;
                parts.first(at_most)
            }
        };
        let digest = digest(&train, validation.as_deref(), &test);
        let (class_names, remarks) = (self.class_names.clone(), self.remarks.clone());
        Ok(Splits { train, validation, test, class_names, digest, remarks })
    }

    fn choose(
        &self,
        classes: usize,
        [train, test]: [&Pool; 2],
        selection: &Selection,
        at_most: Option<usize>,
    ) -> Result<Parts, DataError> {
        let choice = Choice { name: self.name, classes, class_names: &self.class_names, at_most };
        let chosen = choice.training(&train.labels(), selection)?;
        let test_chosen = choice.test(&test.labels(), selection.test_per_class)?;
        let held_out = Some(&chosen.validation).filter(|indices| !indices.is_empty());
        let validation = held_out.map(|indices| train.at(indices)).transpose()?;
        Ok(Parts { train: train.at(&chosen.train)?, validation, test: test.at(&test_chosen)? })
    }
}

impl Pool {
    fn labels(&self) -> Vec<u8> {
        match self {
            Self::Read(images) => images.labels.clone(),
            Self::Made { made, count, .. } => (0..*count).map(|index| made.label(index)).collect(),
        }
    }

    /// The images at ascending `indices`.
    fn at(&self, indices: &[usize]) -> Result<Arc<Images>, DataError> {
        match self {
            // So many are all of them: no copy.
            Self::Read(images) if images.len() == indices.len() => Ok(Arc::clone(images)),
            Self::Read(images) => Ok(Arc::new(images.at(indices))),
            Self::Made { made, part, .. } => made.at(*part, indices).map(Arc::new),
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
        // Only where there is something to say, so that images keep the digest they had before there were tokens.
        if (images.labels_per_image, images.vocabulary) != (1, None) {
            for size in [images.labels_per_image, images.vocabulary.unwrap_or(0)] {
                hasher.update(&(size as u64).to_le_bytes());
            }
        }
        hasher.update(&images.labels);
        hasher.update(&images.pixels);
    }
    hasher.finalize().to_hex()[..16].to_owned()
}
