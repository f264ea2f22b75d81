//! Pooling.

use super::{Done, Masking, Operators, Rows, whole, word};
use crate::{Argument, Buffer};
use Argument::{F32, Null};
use kernels::{AveragePool, Dropout, MeanPool, Total, Window};

/// The bits of a byte that say where a maximum came from: beside them is one for what was dropped.
pub(crate) fn places(is_masked: bool) -> usize {
    if is_masked { 0x7F } else { 0xFF }
}

/// Whether the kernels of this pooling can do the dropout after it: its draws are for eight channels of a pixel, and what it drops is a
/// bit beside the position of a maximum.
pub(crate) fn takes_dropout(window: &Window) -> bool {
    window.channels.is_multiple_of(8) && window.kernel * window.kernel <= 0x80
}

impl Operators {
    /// Maximum pooling, and the dropout after it.
    pub fn max_pool(
        &self,
        window: &Window,
        images: Rows,
        x: &Buffer,
        [y, winner]: [&Buffer; 2],
        masking: Option<Masking<'_>>,
    ) -> Done {
        assert!(masking.is_none() || takes_dropout(window), "a dropout after {window:?}");
        let (inputs, outputs) = pixels(window, images.all());
        let mut arguments = vec![
            whole::<f32>(x, inputs * window.channels),
            whole::<f32>(y, outputs * window.channels),
            whole::<u8>(winner, outputs * window.channels),
        ];
        arguments.extend(Masking::arguments(masking, images));
        arguments.extend(geometry(window, outputs));
        self.launch("max_pool", outputs, window.channels.div_ceil(8), &arguments)
    }

    /// Its gradient, back through that dropout.
    pub fn max_pool_backward(
        &self,
        window: &Window,
        images: Rows,
        [winner, dy]: [&Buffer; 2],
        dx: &Buffer,
        dropout: Option<&Dropout>,
    ) -> Done {
        let (inputs, outputs) = pixels(window, images.all());
        let mut arguments = vec![
            whole::<f32>(dy, outputs * window.channels),
            whole::<u8>(winner, outputs * window.channels),
            whole::<f32>(dx, inputs * window.channels),
            word(places(dropout.is_some())),
            F32(dropout.map_or(1.0, Dropout::scale)),
        ];
        arguments.extend(geometry(window, inputs));
        self.launch("max_pool_backward", inputs, window.channels, &arguments)
    }

    /// Average pooling, and the dropout after it, which says what it has `dropped`.
    pub fn average_pool(
        &self,
        pool: &AveragePool,
        images: Rows,
        x: &Buffer,
        [y, dropped]: [&Buffer; 2],
        masking: Option<Masking<'_>>,
    ) -> Done {
        let window = &pool.0;
        assert!(masking.is_none() || takes_dropout(window), "a dropout after {window:?}");
        let (inputs, outputs) = pixels(window, images.all());
        let mut arguments = vec![
            whole::<f32>(x, inputs * window.channels),
            whole::<f32>(y, outputs * window.channels),
            masking.map_or(Null, |_| whole::<u8>(dropped, outputs * window.channels)),
            F32(pool.share()),
        ];
        arguments.extend(Masking::arguments(masking, images));
        arguments.extend(geometry(window, outputs));
        self.launch("average_pool", outputs, window.channels.div_ceil(8), &arguments)
    }

    /// Its gradient, back through that dropout.
    pub fn average_pool_backward(
        &self,
        pool: &AveragePool,
        images: Rows,
        [dropped, dy]: [&Buffer; 2],
        dx: &Buffer,
        dropout: Option<&Dropout>,
    ) -> Done {
        let window = &pool.0;
        let (inputs, outputs) = pixels(window, images.all());
        let mut arguments = vec![
            whole::<f32>(dy, outputs * window.channels),
            dropout.map_or(Null, |_| whole::<u8>(dropped, outputs * window.channels)),
            whole::<f32>(dx, inputs * window.channels),
            F32(pool.share()),
            F32(dropout.map_or(1.0, Dropout::scale)),
        ];
        arguments.extend(geometry(window, inputs));
        self.launch("average_pool_backward", inputs, window.channels, &arguments)
    }

    /// The mean over all positions of `images` images.
    pub fn mean_pool(&self, pool: &MeanPool, images: usize, x: &Buffer, y: &Buffer) -> Done {
        self.weighted_sum(pool, share(pool), images, x, y)
    }

    /// Its gradient.
    pub fn mean_pool_backward(&self, pool: &MeanPool, images: usize, dy: &Buffer, dx: &Buffer) -> Done {
        self.weighted_sum_backward(pool, share(pool), images, dy, dx)
    }

    /// The sum of all numbers of each of `images` images.
    pub fn total(&self, total: &Total, images: usize, x: &Buffer, y: &Buffer) -> Done {
        self.weighted_sum(&numbers(total), 1.0, images, x, y)
    }

    /// Its gradient.
    pub fn total_backward(&self, total: &Total, images: usize, dy: &Buffer, dx: &Buffer) -> Done {
        self.weighted_sum_backward(&numbers(total), 1.0, images, dy, dx)
    }

    /// Sums over positions, of which each counts `weight`.
    fn weighted_sum(&self, pool: &MeanPool, weight: f32, images: usize, x: &Buffer, y: &Buffer) -> Done {
        let &MeanPool { positions, channels } = pool;
        let arguments = [
            whole::<f32>(x, images * positions * channels),
            whole::<f32>(y, images * channels),
            F32(weight),
            word(positions),
            word(channels),
            word(images),
        ];
        self.launch("mean_pool", images, channels, &arguments)
    }

    fn weighted_sum_backward(
        &self,
        pool: &MeanPool,
        weight: f32,
        images: usize,
        dy: &Buffer,
        dx: &Buffer,
    ) -> Done {
        let &MeanPool { positions, channels } = pool;
        let rows = images * positions;
        let arguments = [
            whole::<f32>(dy, images * channels),
            whole::<f32>(dx, rows * channels),
            F32(weight),
            word(positions),
            word(channels),
            word(rows),
        ];
        self.launch("mean_pool_backward", rows, channels, &arguments)
    }
}

/// The weight of a position.
fn share(pool: &MeanPool) -> f32 {
    (1.0 / pool.positions as f64) as f32
}

/// The numbers of an image as positions of one channel.
fn numbers(total: &Total) -> MeanPool {
    MeanPool { positions: total.size, channels: 1 }
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
