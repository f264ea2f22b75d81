//! What the examples of a source look like, before the first is read or made.

use crate::text::shakespeare;
use crate::{DataError, Source, catalogue};
use serde::Serialize;
use std::path::Path;

/// Sizes of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Outline {
    /// Height, width and channels of an example; of sequences, the number of steps in time and twice 1.
    pub shape: [usize; 3],
    /// Classes that labels name.
    pub classes: usize,
    /// Labels of an example.
    pub labels_per_image: usize,
    /// Tokens there are; `None` for images.
    pub vocabulary: Option<usize>,
    /// Examples of the training part. Of images, a [`crate::Selection`] takes the validation part from these.
    pub train: usize,
    /// Examples of a validation part that the source itself sets aside.
    pub validation: usize,
    /// Examples of the test part.
    pub test: usize,
}

impl Source {
    /// The sizes of its data set: of files that have one official form, that form; of a text, what the file under
    /// `data_dir` says; of all others, what their settings say.
    ///
    /// # Errors
    /// If a setting is out of range, or if a text cannot be read.
    pub fn outline(&self, data_dir: &Path) -> Result<Outline, DataError> {
        self.check()?;
        match self {
            Self::Text(text) => text.outline(data_dir),
            _ => self.known(),
        }
    }

    /// The sizes, as far as they can be told without the data, which is 0 of a text; the settings must be in range.
    pub(crate) fn known(&self) -> Result<Outline, DataError> {
        match self {
            Self::TinyShakespeare(windows) => Ok(shakespeare::outline(windows)),
            Self::Modular(modular) => Ok(modular.outline()),
            Self::Grammar(sentences) => Ok(sentences.outline()),
            Self::Noise { dimensions, .. } => Ok(Outline { shape: [*dimensions, 1, 1], ..self.official()? }),
            _ => self.official(),
        }
    }

    /// Of images whose numbers are in the catalogue.
    fn official(&self) -> Result<Outline, DataError> {
        let info = catalogue::info(self.name())?;
        Ok(Outline {
            shape: [info.side, info.side, info.channels],
            classes: info.classes,
            labels_per_image: 1,
            vocabulary: None,
            train: info.train,
            validation: 0,
            test: info.test,
        })
    }
}
