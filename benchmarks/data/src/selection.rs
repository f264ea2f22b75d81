//! Which examples a task trains, validates and tests on.

use crate::mapping::{self, Mapping};
use crate::{Images, Outline, Source, parts};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// How many images of each class to take; a key that is left out takes all there are. Sequences are not chosen by class: the settings
/// of their source say how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
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
    /// 16 hexadecimal digits of the BLAKE3 hash of all sizes, labels and bytes above.
    pub digest: String,
    /// What must be said of the images: where they are not the official set.
    pub remarks: Vec<String>,
}

impl<'de> Mapping<'de> for Selection {
    const EXPECTED: &'static str = "a map of `train_per_class`, `validation_per_class`, `test_per_class` under `selection` (left out, all images are taken)";

    fn derived<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl<'de> Deserialize<'de> for Selection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        mapping::read(deserializer)
    }
}

impl Serialize for Selection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl Selection {
    /// Its numbers, with their keys.
    pub(crate) fn numbers(&self) -> [(&'static str, Option<usize>); 3] {
        [
            ("train_per_class", self.train_per_class),
            ("validation_per_class", self.validation_per_class),
            ("test_per_class", self.test_per_class),
        ]
    }

    /// How many examples it takes of the official `source`, all parts together, at most; 0 for a text, which has as many as its
    /// file says ([`Selection::examples`] of [`Source::outline`]), and of settings out of range.
    pub fn images(&self, source: &Source) -> usize {
        let outline = source.check().and_then(|()| source.known());
        outline.map_or(0, |outline| self.examples(&outline))
    }

    /// How many examples it takes to train on, at most.
    pub fn trained(&self, outline: &Outline) -> usize {
        if outline.vocabulary.is_some() {
            let limit = self.train_per_class.map(|limit| limit.saturating_mul(parts::PER_LIMIT));
            return limit.map_or(outline.train, |limit| limit.min(outline.train));
        }
        let of = |per_class: usize| per_class.saturating_mul(outline.classes);
        let left = outline.train.saturating_sub(self.validation_per_class.map_or(0, of));
        self.train_per_class.map_or(left, |n| of(n).min(left))
    }

    /// How many examples it takes of a data set of this outline, all parts together, at most. Of sequences, a number is the limit
    /// of a rehearsal.
    pub fn examples(&self, outline: &Outline) -> usize {
        if outline.vocabulary.is_some() {
            let limit = self.numbers().into_iter().find_map(|(_, number)| number);
            let most = limit.map_or(usize::MAX, |limit| limit.saturating_mul(parts::PER_LIMIT));
            return [outline.train, outline.validation, outline.test].iter().map(|&all| all.min(most)).sum();
        }
        let of = |per_class: Option<usize>, all: usize| {
            per_class.map_or(all, |n| n.saturating_mul(outline.classes).min(all))
        };
        let trained = of(self.train_per_class, outline.train);
        let held_out = self.validation_per_class.map_or(0, |n| of(Some(n), outline.train));
        (trained + held_out).min(outline.train) + of(self.test_per_class, outline.test)
    }
}
