//! Means and sums over all positions.

use super::{Done, Operators, whole, word};
use crate::Argument::F32;
use crate::Buffer;
use kernels::{MeanPool, Total};

impl Operators {
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
