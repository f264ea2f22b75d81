//! The shape of a launch over rows and columns.

use crate::Shape;

/// Threads of a block.
const THREADS: u32 = 256;

/// Blocks along x at most; the kernels' loops take the rest.
const BLOCKS: u32 = 1 << 20;

/// More rows than this are more than the kernels' 32-bit counters are safe with.
const ROWS: usize = 1 << 30;

impl Shape {
    /// For the kernels over `[rows, columns]`: whole warps along the columns where there are enough of them.
    pub(crate) fn over(rows: usize, columns: usize) -> Self {
        assert!(rows <= ROWS && columns <= ROWS, "a launch over {rows} x {columns} is too large");
        let columns = columns.max(1) as u32;
        let x = if columns > 16 {
            columns.next_multiple_of(32).min(THREADS)
        } else {
            columns.next_power_of_two()
        };
        let y = THREADS / x;
        let blocks = (rows as u32).div_ceil(y).clamp(1, BLOCKS);
        Self { grid: [blocks, 1], block: [x, y] }
    }

    /// For the kernels over chunks of parameters: a block for each, replicas along y.
    pub(crate) fn of_chunks(chunks: usize, replicas: usize) -> Self {
        let blocks = (chunks as u32).clamp(1, BLOCKS);
        Self { grid: [blocks, replicas.clamp(1, 65_535) as u32], block: [THREADS, 1] }
    }

    /// For the kernels traced from update rules: x over elements, y over replicas.
    pub(crate) fn of_update(elements: usize, replicas: usize) -> Self {
        let blocks = (elements as u32).div_ceil(THREADS).clamp(1, BLOCKS);
        Self { grid: [blocks, replicas.clamp(1, 65_535) as u32], block: [THREADS, 1] }
    }
}
