//! Sequences whose source itself divides them into parts.

use crate::{DataError, Images, Selection, SettingError};
use std::sync::Arc;

/// What a rehearsal's limit per class is multiplied with where there is no choosing by classes: as many as it allows of ten classes.
pub(crate) const PER_LIMIT: usize = 10;

/// The parts.
pub(crate) struct Parts {
    pub train: Arc<Images>,
    pub validation: Option<Arc<Images>>,
    pub test: Arc<Images>,
}

impl Parts {
    /// The first examples of each part, so many that a limit of `at_most` per class allows them; all without a limit.
    pub(crate) fn first(&self, at_most: Option<usize>) -> Self {
        let first = |images: &Arc<Images>| {
            let most = at_most.map_or(usize::MAX, |limit| limit.saturating_mul(PER_LIMIT));
            if images.len() <= most {
                return Arc::clone(images);
            }
            Arc::new(images.at(&(0..most).collect::<Vec<_>>()))
        };
        Self {
            train: first(&self.train),
            validation: self.validation.as_ref().map(first),
            test: first(&self.test),
        }
    }
}

/// Refuses numbers per class, other than the limit of a rehearsal, for the data set `name`, of which the settings `keys` say how many
/// examples it has.
pub(crate) fn refuse_numbers(
    selection: &Selection,
    at_most: Option<usize>,
    name: &'static str,
    keys: &'static str,
) -> Result<(), DataError> {
    for (key, number) in selection.numbers() {
        if number.is_some() && number != at_most {
            return Err(SettingError::NotByClass { key, name, keys }.into());
        }
        if number == Some(0) {
            return Err(DataError::Nothing { key });
        }
    }
    Ok(())
}
