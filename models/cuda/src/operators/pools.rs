//! Pooling over windows.

use super::{Done, Masking, Operators, Rows, stored, whole, word};
use crate::storage::Storage;
use crate::{Argument, Buffer, Precision, Shape};
use Argument::{F32, Null};
use kernels::{AveragePool, Dropout, Window};

pub(super) const NAMES: [&str; 4] =
    ["max_pool", "max_pool_backward", "average_pool", "average_pool_backward"];

/// The ways in which what goes in and what comes out may be stored.
pub(crate) fn kinds(precision: Precision) -> Vec<[Storage; 2]> {
    use Storage::{Half, Single};
    match precision {
        Precision::F32 | Precision::Tf32 => vec![[Single, Single]],
        Precision::Bf16 => vec![[Single, Single], [Single, Half], [Half, Single], [Half, Half]],
    }
}

/// The kernels of a way.
pub(super) fn source([x, y]: [Storage; 2]) -> String {
    let types = format!("#define X_TYPE {}\n#define Y_TYPE {}\n", x.word(), y.word());
    let text = concat!(
        include_str!("../kernels/common.cu"),
        include_str!("../kernels/bf16.cu"),
        include_str!("../kernels/philox.cu"),
        include_str!("../kernels/pools.cu"),
    );
    types + text
}

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
        arguments.extend(geometry(window, outputs));
        self.launch_pooling(of, "max_pool", outputs, window.channels.div_ceil(8), &arguments)
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
        arguments.extend(geometry(window, inputs));
        self.launch_pooling(of, "max_pool_backward", inputs, window.channels, &arguments)
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
        arguments.extend(geometry(window, outputs));
        self.launch_pooling(of, "average_pool", outputs, window.channels.div_ceil(8), &arguments)
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
        arguments.extend(geometry(window, inputs));
        self.launch_pooling(of, "average_pool_backward", inputs, window.channels, &arguments)
    }

    fn launch_pooling(
        &self,
        of: Pooling<'_>,
        name: &'static str,
        rows: usize,
        columns: usize,
        arguments: &[Argument<'_>],
    ) -> Done {
        let kernel = self.pools[&of.stored][name];
        // SAFETY: the functions above give each kernel its own arguments and check the buffers it goes through.
        unsafe { self.device.launch(kernel, Shape::over(rows, columns), arguments) }
    }
}

/// Pixels before and after a pooling layer.
fn pixels(window: &Window, images: usize) -> (usize, usize) {
    let (height, width) = window.output();
    (images * window.height * window.width, images * height * width)
}

/// The arguments that describe a pooling layer, and the rows of the launch.
fn geometry(window: &Window, rows: usize) -> [Argument<'static>; 8] {
    let (height, width) = window.output();
    [window.height, window.width, window.channels, window.kernel, window.stride, height, width, rows]
        .map(word)
}
