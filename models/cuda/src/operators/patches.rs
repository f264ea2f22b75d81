//! Windows of convolutions, written out and gathered back.

use super::{Done, Operators, whole, word};
use crate::Buffer;
use kernels::Conv;

impl Operators {
    /// The windows of `images` images as rows of `out`.
    pub fn patches(&self, conv: &Conv, images: usize, x: &Buffer, out: &Buffer) -> Done {
        let (height, width) = conv.output();
        let rows = images * height * width;
        let terms = conv.kernel * conv.kernel * conv.channels;
        // Four at a time if windows then still start and end between fours.
        let (name, unit) = if conv.channels.is_multiple_of(4) { ("patches4", 4) } else { ("patches", 1) };
        let arguments = [
            whole::<f32>(x, images * conv.height * conv.width * conv.channels),
            whole::<f32>(out, rows * terms),
            word(conv.height),
            word(conv.width * conv.channels / unit),
            word(conv.channels / unit),
            word(conv.kernel),
            word(conv.kernel * conv.channels / unit),
            word(height),
            word(width),
            word(rows),
        ];
        self.launch(name, rows, terms / unit, &arguments)
    }

    /// `dx` from the gradients of the windows.
    pub fn sum_patches(&self, conv: &Conv, images: usize, dpatches: &Buffer, dx: &Buffer) -> Done {
        let (height, width) = conv.output();
        let rows = images * conv.height * conv.width;
        let terms = conv.kernel * conv.kernel * conv.channels;
        let arguments = [
            whole::<f32>(dpatches, images * height * width * terms),
            whole::<f32>(dx, rows * conv.channels),
            word(conv.height),
            word(conv.width),
            word(conv.channels),
            word(conv.kernel),
            word(height),
            word(width),
            word(rows),
        ];
        self.launch("sum_patches", rows, conv.channels, &arguments)
    }
}
