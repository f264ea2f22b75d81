//! Random crops and reflections of training images (K. He, X. Zhang, S. Ren, J. Sun, Deep residual learning for image recognition, CVPR
//! 2016, section 4.2): an image is surrounded by black bytes, a piece of its own size is cut out anywhere, and half of the pieces are
//! reflected. As in PyTorch's `RandomCrop(32, padding=4)` and `RandomHorizontalFlip`, before bytes are normalised.

use crate::{DataError, SettingError};
use serde::{Deserialize, Serialize};
use streams::Stream;

/// The widest border.
const MOST: usize = 16;

/// What is done to training images; nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentation {
    /// Pixels of the border on each side, 0 to 16.
    pub pad: usize,
    /// Whether half of the images are reflected, left to right.
    pub flip: bool,
}

/// What is done to one image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offset {
    /// The row of the image that becomes the topmost, −pad to pad; what is outside the image is black.
    pub dy: i32,
    /// The column that becomes the leftmost, likewise, before the reflection.
    pub dx: i32,
    /// Whether the piece is reflected, left to right.
    pub flip: bool,
}

impl Augmentation {
    /// Whether the settings are in range.
    ///
    /// # Errors
    /// If they are not: the message names the key.
    pub fn check(&self) -> Result<(), DataError> {
        if self.pad <= MOST {
            return Ok(());
        }
        let accepted = format!("a whole number of pixels from 0 to {MOST}");
        Err(SettingError::range("augmentation.pad", self.pad, accepted).into())
    }

    /// What is done to the image at position `index` of a run (step · batch size + position in the batch): a function of the stream and
    /// of `index` alone.
    ///
    /// Of the 128 bits at (`index`, 0), the first word w chooses the row, ⌊w·(2·pad + 1)/2³²⌋ − pad, the second the column, and the
    /// highest bit of the third the reflection, whatever the settings. No offset is favoured by more than 33/2³².
    pub fn draw(&self, stream: &Stream, index: u64) -> Offset {
        let [row, column, reflection, _] = stream.block(index, 0);
        let within = |word: u32| {
            let offsets = 2 * self.pad as u64 + 1;
            ((u64::from(word) * offsets) >> 32) as i32 - self.pad as i32
        };
        Offset { dy: within(row), dx: within(column), flip: self.flip && reflection >> 31 == 1 }
    }
}

impl Offset {
    /// Writes the piece of `image`, `[h, w, c]`, to `out`, of the same size.
    ///
    /// # Panics
    /// If one of the two is not h·w·c long.
    pub fn apply(self, image: &[u8], [height, width, channels]: [usize; 3], out: &mut [u8]) {
        let size = height * width * channels;
        assert_eq!((image.len(), out.len()), (size, size), "bytes of {height}×{width}×{channels}");
        let inside =
            |at: usize, by: i32, end: usize| at.checked_add_signed(by as isize).filter(|&moved| moved < end);
        for (at, pixel) in out.chunks_exact_mut(channels).enumerate() {
            let (y, x) = (at / width, at % width);
            let x = if self.flip { width - 1 - x } else { x };
            match inside(y, self.dy, height).zip(inside(x, self.dx, width)) {
                Some((y, x)) => pixel.copy_from_slice(&image[(y * width + x) * channels..][..channels]),
                None => pixel.fill(0),
            }
        }
    }
}
