//! Shapes of convolutions on tensor cores, and what follows from them.

use crate::operators::{Rows, places};
use crate::storage::Storage;
use kernels::{AveragePool, Conv, Window};

/// Rows of a tile, and its columns at most: with 256 threads two pairs of tiles fit into 48 KiB.
const ROWS: usize = 128;
const MOST_COLUMNS: usize = 192;

/// Blocks that the gradient of a replica's weight is computed by, about: tiles of it, times parts of the pixels. Twice as many where the
/// gradient of the input is computed by the same: few replicas would leave more than half of a device without work.
const BLOCKS: usize = 32;

/// The same of all replicas, where that is fewer: one for each of an H100's 132 processors, which has registers for one at a time. More
/// parts are more to write and to add up.
const ALL_BLOCKS: usize = 132;

/// Channels of a block that computes both gradients, and filters that its threads have registers for: half as many where they are loaded
/// one by one and not four at a time.
const SLAB: usize = 64;
const MOST_FILTERS: usize = 192;

const SOURCE: &str = concat!(
    include_str!("../../kernels/bf16.cu"),
    include_str!("../../kernels/blocks.cu"),
    include_str!("../../kernels/convolution.cu"),
    include_str!("../../kernels/convolution_upstream.cu"),
);
const APART: &str = include_str!("../../kernels/convolution_apart.cu");
const AT_ONCE: &str = include_str!("../../kernels/convolution_at_once.cu");

/// A convolution of a network: its shape, and where its parameters lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConvolutionShape {
    pub conv: Conv,
    /// Numbers before its weight in each replica's parameters.
    pub weight: usize,
    /// Whether a bias follows the weight.
    pub has_bias: bool,
    /// The pooling behind it whose gradient is left to be gone back through by its own.
    pub pool: Option<PoolShape>,
    pub stored: Stored,
    /// Whether the gradient of its input is asked for.
    pub goes_back: bool,
}

/// How what a convolution goes through is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// The input, and its gradient.
    pub x: Storage,
    /// The output.
    pub y: Storage,
    /// What goes back: the gradient of the output, or of what is behind its pooling.
    pub dy: Storage,
}

/// A pooling behind a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PoolShape {
    pub window: Window,
    /// Whether it takes means and not maxima.
    pub averages: bool,
    /// Whether it has done a dropout.
    pub is_masked: bool,
}

/// Columns of a tile, and tiles side by side that cover `columns`.
#[derive(Clone, Copy)]
pub(super) struct Tiles {
    columns: usize,
    pub count: usize,
}

impl Tiles {
    pub fn of(columns: usize) -> Self {
        let count = columns.div_ceil(MOST_COLUMNS);
        Self { columns: columns.div_ceil(count).next_multiple_of(16), count }
    }
}

impl ConvolutionShape {
    /// Terms of an output.
    pub fn terms(&self) -> usize {
        self.conv.kernel * self.conv.kernel * self.conv.channels
    }

    /// Bytes of an image that say where its rectifier was open.
    pub fn masks(&self) -> usize {
        let (height, width) = self.conv.output();
        if self.conv.relu { height * width * self.conv.filters.div_ceil(8) } else { 0 }
    }

    /// Whether both gradients are computed by one kernel, which reads what goes back once: where windows are single pixels.
    pub fn is_at_once(&self) -> bool {
        let Conv { kernel, stride, padding, filters, .. } = self.conv;
        let most = if filters.is_multiple_of(4) { MOST_FILTERS } else { MOST_FILTERS / 2 };
        self.goes_back && (kernel, stride, padding) == (1, 1, 0) && filters <= most
    }

    /// Parts that the pixels are cut into for the gradient of the weight: fewer for a weight of many tiles, and in a population of many.
    pub fn parts(&self, replicas: usize) -> usize {
        let blocks = if self.is_at_once() { 2 * BLOCKS } else { BLOCKS };
        (blocks.min(ALL_BLOCKS / replicas) / self.weight_tiles()).max(1)
    }

    /// Blocks that a part of the gradient of the weight is computed by.
    pub fn weight_tiles(&self) -> usize {
        if self.is_at_once() {
            return self.conv.channels.div_ceil(SLAB);
        }
        self.terms().div_ceil(ROWS) * Tiles::of(self.conv.filters).count
    }

    /// Numbers of its weight and bias.
    pub fn parameters(&self) -> usize {
        (self.terms() + usize::from(self.has_bias)) * self.conv.filters
    }

    /// Numbers of a replica that the parts of its gradient take; a single part is put where the gradient goes.
    pub fn partials(&self, replicas: usize) -> usize {
        match self.parts(replicas) {
            1 => 0,
            parts => parts * self.parameters(),
        }
    }

    /// The kernels with this shape, for so many replicas.
    pub fn source(&self, replicas: usize) -> String {
        let Conv { height, width, channels, kernel, stride, padding, filters, relu } = self.conv;
        let (height_out, width_out) = self.conv.output();
        let (of_filters, of_channels) = (Tiles::of(filters), Tiles::of(channels));
        let constants = [
            ("HEIGHT", height),
            ("WIDTH", width),
            ("CHANNELS", channels),
            ("KERNEL", kernel),
            ("STRIDE", stride),
            ("PADDING", padding),
            ("FILTERS", filters),
            ("HEIGHT_OUT", height_out),
            ("WIDTH_OUT", width_out),
            ("RECTIFIED", relu.into()),
            ("HAS_BIAS", self.has_bias.into()),
            ("WEIGHT_ALIGNED", self.weight.is_multiple_of(4).into()),
            ("FILTER_COLUMNS", of_filters.columns),
            ("FILTER_TILES", of_filters.count),
            ("CHANNEL_COLUMNS", of_channels.columns),
            ("CHANNEL_TILES", of_channels.count),
            ("PARTS", self.parts(replicas)),
        ];
        let pool = self.pool.map(|PoolShape { window, averages, is_masked }| {
            let (height, width) = window.output();
            [
                ("POOL_AVERAGES", averages.into()),
                ("POOL_MASKED", is_masked.into()),
                ("POOL_KERNEL", window.kernel),
                ("POOL_STRIDE", window.stride),
                ("POOL_HEIGHT", height),
                ("POOL_WIDTH", width),
                ("POOL_PLACES", places(is_masked)),
            ]
        });
        let constants = constants.into_iter().chain(pool.into_iter().flatten());
        let constants: String = constants.map(|(name, value)| format!("#define {name} {value}\n")).collect();
        let Stored { x, y, dy } = self.stored;
        let types = [("X_TYPE", x), ("Y_TYPE", y), ("DY_TYPE", dy)];
        let types: String =
            types.iter().map(|(name, storage)| format!("#define {name} {}\n", storage.word())).collect();
        let share = self.pool.map_or(0.0, |pool| AveragePool(pool.window).share::<f32>());
        constants
            + &types
            + &format!("#define POOL_SHARE {share:e}f\n")
            + SOURCE
            + if self.is_at_once() { AT_ONCE } else { APART }
    }

    /// Numbers of all inputs and of all outputs.
    pub fn numbers(&self, images: Rows) -> (usize, usize) {
        let (height, width) = self.conv.output();
        let inputs = self.conv.height * self.conv.width * self.conv.channels;
        let (inputs, outputs) = (images.all() * inputs, images.all() * height * width * self.conv.filters);
        assert!(inputs.max(outputs) < 1 << 40 && images.per_replica < 1 << 20, "a batch that is too large");
        (inputs, outputs)
    }
}

/// Tiles that so many rows of a replica take.
pub(super) fn tiles(rows: usize) -> usize {
    // 32 bits in the kernels.
    assert!(rows < 1 << 30, "{rows} rows are too many for a kernel");
    rows.div_ceil(ROWS)
}
