//! Pooling over windows.

use super::{Done, Masking, Operators, Rows, stored, whole, word};
use crate::storage::Storage;
use crate::{Argument, Buffer, Precision};
use Argument::{F32, Null};
use kernels::{AveragePool, Dropout, Window};

/// The ways in which what goes in and what comes out may be stored.
pub(crate) fn kinds(precision: Precision) -> Vec<[Storage; 2]> {
    use Storage::{Half, Single};
    match precision {
        Precision::F32 | Precision::Tf32 => vec![[Single, Single]],
        Precision::Bf16 => vec![[Single, Single], [Single, Half], [Half, Single], [Half, Half]],
    }
}

/// How the kernels call the storage of what goes in and of what comes out.
pub(super) fn types([x, y]: [Storage; 2]) -> String {
    format!("#define X_TYPE {}\n#define Y_TYPE {}\n", x.word(), y.word())
}

pub(super) const SOURCE: &str = concat!(
    include_str!("../kernels/common.cu"),
    include_str!("../kernels/bf16.cu"),
    include_str!("../kernels/philox.cu"),
    include_str!("../kernels/pools.cu"),
);

/// The bits of a byte that say where a maximum came from: beside them is one for what was dropped.
pub(crate) fn places(is_masked: bool) -> usize {
    if is_masked { 0x7F } else { 0xFF }
}

/// Whether the kernels of this pooling can do the dropout after it: its draws are for eight channels of a pixel, and what it drops is a
/// bit beside the position of a maximum.
pub(crate) fn takes_dropout(window: &Window) -> bool {
    window.channels.is_multiple_of(8) && window.kernel * window.kernel <= 0x80
}

/// A pooling over windows, and how what goes in and what comes out of it are stored.
#[derive(Clone, Copy)]
pub(crate) struct Pooling<'a> {
    pub window: &'a Window,
    pub stored: [Storage; 2],
}

impl Operators {
    /// Maximum pooling, and the dropout after it.
    pub fn max_pool(
        &self,
        of: Pooling<'_>,
        images: Rows,
        x: &Buffer,
        [y, winner]: [&Buffer; 2],
        masking: Option<Masking<'_>>,
    ) -> Done {
        let Pooling { window, stored: [of_x, of_y] } = of;
        assert!(masking.is_none() || takes_dropout(window), "a dropout after {window:?}");
        let (inputs, outputs) = pixels(window, images.all());
        let mut arguments = vec![
            stored(x, inputs * window.channels, of_x),
            stored(y, outputs * window.channels, of_y),
            whole::<u8>(winner, outputs * window.channels),
        ];
        arguments.extend(Masking::arguments(masking, images));
        arguments.push(word(outputs));
        self.launch("max_pool", outputs, window.channels.div_ceil(8), &arguments)
    }

    /// Its gradient, back through that dropout.
    pub fn max_pool_backward(
        &self,
        of: Pooling<'_>,
        images: Rows,
        [winner, dy]: [&Buffer; 2],
        dx: &Buffer,
        dropout: Option<&Dropout>,
    ) -> Done {
        let Pooling { window, stored: [of_x, of_y] } = of;
        let (inputs, outputs) = pixels(window, images.all());
        let mut arguments = vec![
            stored(dy, outputs * window.channels, of_y),
            whole::<u8>(winner, outputs * window.channels),
            stored(dx, inputs * window.channels, of_x),
            word(places(dropout.is_some())),
            F32(dropout.map_or(1.0, Dropout::scale)),
        ];
        arguments.push(word(inputs));
        self.launch("max_pool_backward", inputs, window.channels, &arguments)
    }

    /// Average pooling, and the dropout after it, which says what it has `dropped`.
    pub fn average_pool(
        &self,
        of: Pooling<'_>,
        images: Rows,
        x: &Buffer,
        [y, dropped]: [&Buffer; 2],
        masking: Option<Masking<'_>>,
    ) -> Done {
        let Pooling { window, stored: [of_x, of_y] } = of;
        assert!(masking.is_none() || takes_dropout(window), "a dropout after {window:?}");
        let (inputs, outputs) = pixels(window, images.all());
        let mut arguments = vec![
            stored(x, inputs * window.channels, of_x),
            stored(y, outputs * window.channels, of_y),
            masking.map_or(Null, |_| whole::<u8>(dropped, outputs * window.channels)),
            F32(AveragePool(*window).share()),
        ];
        arguments.extend(Masking::arguments(masking, images));
        arguments.push(word(outputs));
        self.launch("average_pool", outputs, window.channels.div_ceil(8), &arguments)
    }

    /// Its gradient, back through that dropout.
    pub fn average_pool_backward(
        &self,
        of: Pooling<'_>,
        images: Rows,
        [dropped, dy]: [&Buffer; 2],
        dx: &Buffer,
        dropout: Option<&Dropout>,
    ) -> Done {
        let Pooling { window, stored: [of_x, of_y] } = of;
        let (inputs, outputs) = pixels(window, images.all());
        let mut arguments = vec![
            stored(dy, outputs * window.channels, of_y),
            dropout.map_or(Null, |_| whole::<u8>(dropped, outputs * window.channels)),
            stored(dx, inputs * window.channels, of_x),
            F32(AveragePool(*window).share()),
            F32(dropout.map_or(1.0, Dropout::scale)),
        ];
        arguments.push(word(inputs));
        self.launch("average_pool_backward", inputs, window.channels, &arguments)
    }
}

/// Pixels before and after a pooling layer.
fn pixels(window: &Window, images: usize) -> (usize, usize) {
    let (height, width) = window.output();
    (images * window.height * window.width, images * height * width)
}
