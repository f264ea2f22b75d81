//! Pooling.

use super::{Done, Operators, whole, word};
use crate::{Argument, Buffer};
use Argument::F32;
use kernels::{AveragePool, MeanPool, Total, Window};

impl Operators {
    /// Maximum pooling of `images` images.
    pub fn max_pool(&self, window: &Window, images: usize, x: &Buffer, y: &Buffer, winner: &Buffer) -> Done {
        let (inputs, outputs) = pixels(window, images);
        let mut arguments = vec![
            whole::<f32>(x, inputs * window.channels),
            whole::<f32>(y, outputs * window.channels),
            whole::<u8>(winner, outputs * window.channels),
        ];
        arguments.extend(geometry(window, outputs));
        self.launch("max_pool", outputs, window.channels, &arguments)
    }

    /// Its gradient.
    pub fn max_pool_backward(
        &self,
        window: &Window,
        images: usize,
        winner: &Buffer,
        dy: &Buffer,
        dx: &Buffer,
    ) -> Done {
        let (inputs, outputs) = pixels(window, images);
        let mut arguments = vec![
            whole::<f32>(dy, outputs * window.channels),
            whole::<u8>(winner, outputs * window.channels),
            whole::<f32>(dx, inputs * window.channels),
        ];
        arguments.extend(geometry(window, inputs));
        self.launch("max_pool_backward", inputs, window.channels, &arguments)
    }

    /// Average pooling of `images` images.
    pub fn average_pool(&self, pool: &AveragePool, images: usize, x: &Buffer, y: &Buffer) -> Done {
        let (inputs, outputs) = pixels(&pool.0, images);
        let channels = pool.0.channels;
        let mut arguments =
            vec![whole::<f32>(x, inputs * channels), whole::<f32>(y, outputs * channels), F32(pool.share())];
        arguments.extend(geometry(&pool.0, outputs));
        self.launch("average_pool", outputs, channels, &arguments)
    }

    /// Its gradient.
    pub fn average_pool_backward(&self, pool: &AveragePool, images: usize, dy: &Buffer, dx: &Buffer) -> Done {
        let (inputs, outputs) = pixels(&pool.0, images);
        let channels = pool.0.channels;
        let mut arguments = vec![
            whole::<f32>(dy, outputs * channels),
            whole::<f32>(dx, inputs * channels),
            F32(pool.share()),
        ];
        arguments.extend(geometry(&pool.0, inputs));
        self.launch("average_pool_backward", inputs, channels, &arguments)
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
