//! Images in memory: bytes, as the files have them.

/// Labelled images of one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Channels-last `[N, H, W, C]`, one byte each.
    pub pixels: Vec<u8>,
    /// `[N]`, each below `classes`.
    pub labels: Vec<u8>,
    /// H, in pixels.
    pub height: usize,
    /// W, in pixels.
    pub width: usize,
    /// C: 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    /// Number of classes, whether or not all occur.
    pub classes: usize,
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
    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Bytes of one image: H·W·C.
    pub fn image_bytes(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// The pixels of image `index`, `[H, W, C]`.
    ///
    /// # Panics
    /// If `index` is not below [`Images::len`].
    pub fn image(&self, index: usize) -> &[u8] {
        let size = self.image_bytes();
        &self.pixels[index * size..(index + 1) * size]
    }

    /// How many images each class has, `[classes]`.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        for &label in &self.labels {
            counts[usize::from(label)] += 1;
        }
        counts
    }

    /// The images at `indices`, in that order.
    pub(crate) fn at(&self, indices: &[usize]) -> Self {
        let mut pixels = Vec::with_capacity(indices.len() * self.image_bytes());
        for &index in indices {
            pixels.extend_from_slice(self.image(index));
        }
        let labels = indices.iter().map(|&index| self.labels[index]).collect();
        Self { pixels, labels, ..*self }
    }
}
