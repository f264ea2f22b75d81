//! Fixed factors.

use super::{Done, Operators, Rows, whole, word};
use crate::Buffer;

impl Operators {
    /// `y [images, size]`, each number of an image of `x` times its factor; they may be one buffer.
    pub fn scaling(&self, factors: &Buffer, images: Rows, size: usize, x: &Buffer, y: &Buffer) -> Done {
        let arguments = [
            whole::<f32>(x, images.all() * size),
            whole::<f32>(factors, size),
            whole::<f32>(y, images.all() * size),
            word(size),
            word(images.all()),
        ];
        self.launch("scaling", images.all(), size, &arguments)
    }
}
