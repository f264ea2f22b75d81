//! Examples in memory: bytes, as the files have them.

/// Labelled examples of one size: images, or sequences of tokens, which are images of the width 1 whose bytes are numbers of
/// tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Channels-last `[N, H, W, C]`, one byte each.
    pub pixels: Vec<u8>,
    /// `[N, L]`, each below `classes`.
    pub labels: Vec<u8>,
    /// H, in pixels; of sequences, the number of steps in time.
    pub height: usize,
    /// W, in pixels; 1 for sequences.
    pub width: usize,
    /// C: 1 (grey, tokens) or 3 (red, green, blue).
    pub channels: usize,
    /// Number of classes, whether or not all occur.
    pub classes: usize,
    /// L: 1 for images; a sequence has one or more, of what is asked about it.
    pub labels_per_image: usize,
    /// V: the bytes are tokens, each below it. `None`: they are brightness.
    pub vocabulary: Option<usize>,
}

/// A whole data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Name in the list of data sets.
    pub name: &'static str,
    /// The official training part.
    pub train: Images,
    /// The official test part.
    pub test: Images,
    /// One name per class.
    pub class_names: Vec<String>,
}

impl Images {
    /// N, the number of examples.
    pub fn len(&self) -> usize {
        self.labels.len() / self.labels_per_image.max(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Bytes of one example: H·W·C.
    pub fn image_bytes(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// The bytes of example `index`, `[H, W, C]`.
    ///
    /// # Panics
    /// If `index` is not below [`Images::len`].
    pub fn image(&self, index: usize) -> &[u8] {
        let size = self.image_bytes();
        &self.pixels[index * size..(index + 1) * size]
    }

    /// The labels of example `index`, `[L]`.
    ///
    /// # Panics
    /// If `index` is not below [`Images::len`].
    pub fn labels_of(&self, index: usize) -> &[u8] {
        &self.labels[index * self.labels_per_image..(index + 1) * self.labels_per_image]
    }

    /// How many labels name each class, `[classes]`: of images, how many there are of it.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        for &label in &self.labels {
            counts[usize::from(label)] += 1;
        }
        counts
    }

    /// The examples at `indices`, in that order.
    pub(crate) fn at(&self, indices: &[usize]) -> Self {
        let mut pixels = Vec::with_capacity(indices.len() * self.image_bytes());
        for &index in indices {
            pixels.extend_from_slice(self.image(index));
        }
        let labels = indices.iter().flat_map(|&index| self.labels_of(index)).copied().collect();
        Self { pixels, labels, ..*self }
    }
}
