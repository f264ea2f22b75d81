//! The images of tasks: known for as long as a plan lasts, in memory while something trains on them.

use data::grammar::Grammar;
use data::{Collection, DataError, Images, Selection, Source, Splits};
use models::Shape;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Which images a task has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Where they come from.
    pub source: Source,
    /// How many of each class.
    pub selection: Selection,
    /// What a rehearsal allows of each class.
    pub at_most: Option<usize>,
}

/// What an example looks like to a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Size of an image, or positions of a sequence.
    pub shape: Shape,
    /// Number of classes.
    pub classes: usize,
    /// Labels of each example.
    pub labels: usize,
    /// Tokens that there are, of sequences.
    pub vocabulary: Option<usize>,
}

impl Form {
    /// That of some examples.
    fn of(images: &Images) -> Self {
        let &Images { height, width, channels, classes, labels_per_image: labels, vocabulary, .. } = images;
        Self { shape: Shape { height, width, channels }, classes, labels, vocabulary }
    }
}

impl From<data::Outline> for Form {
    fn from(outline: data::Outline) -> Self {
        let [height, width, channels] = outline.shape;
        let shape = Shape { height, width, channels };
        Self {
            shape,
            classes: outline.classes,
            labels: outline.labels_per_image,
            vocabulary: outline.vocabulary,
        }
    }
}

/// What is known of a task's images, and the way to them.
pub struct ImageSet {
    shelf: Arc<Shelf>,
    wanted: Wanted,
    /// Training images.
    pub train: usize,
    /// Images held out of them; 0 without.
    pub validation: usize,
    /// Test images.
    pub test: usize,
    /// What an example looks like.
    pub form: Form,
    /// The least loss on the test part that can be expected of anybody, in nats per token, where the data tell it.
    pub floor: Option<f64>,
    /// Digest of them all.
    pub digest: String,
    /// What must be said of them.
    pub remarks: Vec<String>,
}

impl ImageSet {
    /// Describes the images of `shelf` that are `wanted`, and gives them.
    pub(crate) fn new(shelf: &Arc<Shelf>, wanted: Wanted) -> Result<(Self, Arc<Splits>), DataError> {
        let splits = shelf.take(wanted.clone())?;
        let form = Form::of(&splits.train);
        let set = Self {
            shelf: Arc::clone(shelf),
            train: splits.train.len(),
            validation: splits.validation.as_ref().map_or(0, |images| images.len()),
            test: splits.test.len(),
            form,
            floor: floor(&wanted.source, &splits.test),
            wanted,
            digest: splits.digest.clone(),
            remarks: splits.remarks.clone(),
        };
        Ok((set, splits))
    }

    /// The images, which were read when the study was planned and may have to be read again.
    ///
    /// # Errors
    /// If they cannot be read, or are others than they were.
    pub fn open(&self) -> Result<Arc<Splits>, DataError> {
        let splits = self.shelf.take(self.wanted.clone())?;
        if splits.digest != self.digest {
            return Err(DataError::Changed { name: self.wanted.source.name() });
        }
        Ok(splits)
    }
}

/// What is known of the loss of everybody on these examples.
fn floor(source: &Source, test: &Images) -> Option<f64> {
    match source {
        Source::Grammar(sentences) => Some(Grammar::new(sentences.seed).floor(test)),
        _ => None,
    }
}

/// Images that several tasks may have: those in use, and the last ones beside them.
pub(crate) struct Shelf {
    data_dir: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// All images of the source that was read last; only while a study is planned, where other selections of it may follow.
    collection: Option<(Source, Collection)>,
    is_settled: bool,
    in_use: Vec<(Wanted, Weak<Splits>)>,
    /// Kept so that trainings one after another do not read it again.
    last: Option<Arc<Splits>>,
}

impl Shelf {
    /// Images whose files are under `data_dir`.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self { data_dir: data_dir.into(), state: Mutex::default() }
    }

    /// Lets go of what is only of use while a study is planned.
    pub fn settle(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.collection, state.is_settled) = (None, true);
    }

    fn take(&self, wanted: Wanted) -> Result<Arc<Splits>, DataError> {
        // Held while images are read: whoever wants the same ones has them then.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let found =
            state.in_use.iter().find(|(it, _)| *it == wanted).and_then(|(_, splits)| splits.upgrade());
        if let Some(splits) = found {
            state.last = Some(Arc::clone(&splits));
            return Ok(splits);
        }
        // First, so that they are not in memory together.
        state.last = None;
        let collection = match state.collection.take() {
            Some((source, collection)) if source == wanted.source => collection,
            _ => Collection::open(&wanted.source, &self.data_dir)?,
        };
        let splits = Arc::new(collection.select(&wanted.selection, wanted.at_most)?);
        if !state.is_settled {
            state.collection = Some((wanted.source.clone(), collection));
        }
        state.in_use.retain(|(_, splits)| splits.strong_count() > 0);
        state.in_use.push((wanted, Arc::downgrade(&splits)));
        state.last = Some(Arc::clone(&splits));
        Ok(splits)
    }
}
