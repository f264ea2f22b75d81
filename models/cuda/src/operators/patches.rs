//! Windows of convolutions, written out and gathered back.

use super::{Done, Operators, whole, word};
use crate::Buffer;
use kernels::Conv;

/// Whether the windows of a convolution are more than the pixels as they are.
pub(crate) fn writes_windows(conv: &Conv) -> bool {
    conv.kernel > 1 || conv.stride > 1 || conv.padding > 0
}

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
            word(conv.stride),
            word(conv.padding),
            word(conv.padding * conv.channels / unit),
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
            word(conv.stride),
            word(conv.padding),
            word(height),
            word(width),
            word(rows),
        ];
        self.launch("sum_patches", rows, conv.channels, &arguments)
    }
}
