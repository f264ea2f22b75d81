//! The last position of an image or a sequence.

use super::{Done, Operators, whole, word};
use crate::Buffer;
use models::Last;

impl Operators {
    /// `y [images, channels]`, the channels of the last position of `x [images, positions, channels]`.
    pub fn last(&self, last: &Last, images: usize, x: &Buffer, y: &Buffer) -> Done {
        let Last { positions, channels } = *last;
        let arguments = [
            whole::<f32>(x, images * positions * channels),
            whole::<f32>(y, images * channels),
            word(positions),
            word(channels),
            word(images),
        ];
        self.launch("last", images, channels, &arguments)
    }

    /// `dx [images, positions, channels]`, zero but for the last position.
    pub fn last_backward(&self, last: &Last, images: usize, dy: &Buffer, dx: &Buffer) -> Done {
        let Last { positions, channels } = *last;
        let arguments = [
            whole::<f32>(dy, images * channels),
            whole::<f32>(dx, images * positions * channels),
            word(positions),
            word(channels),
            word(images * positions),
        ];
        self.launch("last_backward", images * positions, channels, &arguments)
    }
}
