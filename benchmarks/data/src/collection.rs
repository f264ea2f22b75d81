//! The images of a source, before a task chooses among them.

use crate::choice::Choice;
use crate::{DataError, Images, Selection, Source, Splits, catalogue, official, shapes, verify};
use std::path::Path;
use std::sync::Arc;

/// The images of a source: read once, however many selections are taken of them, or made once it is known which are wanted.
pub struct Collection {
    info: &'static catalogue::Info,
    train: Pool,
    test: Pool,
    class_names: Vec<String>,
    remarks: Vec<String>,
}

/// A part to choose from.
enum Pool {
    Read(Arc<Images>),
    Made { seed: u64, part: shapes::Part, count: usize },
}

impl Collection {
    /// Reads the files of `source` under `data_dir`, if it has any.
    ///
    /// # Errors
    /// If files are missing, damaged, exchanged or copies of one another.
    pub fn open(source: &Source, data_dir: &Path) -> Result<Self, DataError> {
        let info = catalogue::info(source.name())?;
        let (train, test, class_names, remarks) = match (source, verify::read(info, data_dir)?) {
            (_, Some(loaded)) => {
                let remarks = official::examine(info, &loaded)?;
                let dataset = loaded.dataset;
                let pool = |images| Pool::Read(Arc::new(images));
                (pool(dataset.train), pool(dataset.test), dataset.class_names, remarks)
            }
            (source, None) => {
                let seed = if let Source::Shapes { seed } = source { *seed } else { 0 };
                let pool = |part, count| Pool::Made { seed, part, count };
                let (train, test) =
                    (pool(shapes::Part::Train, info.train), pool(shapes::Part::Test, info.test));
                (train, test, shapes::class_names(), Vec::new())
            }
        };
        Ok(Self { info, train, test, class_names, remarks })
    }

    /// The images that `selection` takes. No randomness: the choice goes by the order of the files. A number of the selection
    /// that equals `at_most` is a limit (of a rehearsal): where there are fewer images, they are taken; any other number is held
    /// to.
    ///
    /// # Errors
    /// If more images are asked for than there are.
    pub fn select(&self, selection: &Selection, at_most: Option<usize>) -> Result<Splits, DataError> {
        let Self { info, train, test, class_names, remarks } = self;
        let choice = Choice { info, class_names, at_most };
        let chosen = choice.training(&train.labels(), selection)?;
        let test_chosen = choice.test(&test.labels(), selection.test_per_class)?;
        let held_out = Some(&chosen.validation).filter(|indices| !indices.is_empty());
        let validation = held_out.map(|indices| train.at(indices)).transpose()?;
        let (train, test) = (train.at(&chosen.train)?, test.at(&test_chosen)?);
        let digest = digest(&train, validation.as_deref(), &test);
        let (class_names, remarks) = (class_names.clone(), remarks.clone());
        Ok(Splits { train, validation, test, class_names, digest, remarks })
    }
}

impl Pool {
    fn labels(&self) -> Vec<u8> {
        match self {
            Self::Read(images) => images.labels.clone(),
            Self::Made { count, .. } => (0..*count).map(shapes::label).collect(),
        }
    }

    /// The images at ascending `indices`.
    fn at(&self, indices: &[usize]) -> Result<Arc<Images>, DataError> {
        match self {
            // So many are all of them: no copy.
            Self::Read(images) if images.len() == indices.len() => Ok(Arc::clone(images)),
            Self::Read(images) => Ok(Arc::new(images.at(indices))),
            Self::Made { seed, part, .. } => shapes::at(*seed, *part, indices).map(Arc::new),
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
