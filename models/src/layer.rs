//! Layers as data.

/// Rows, columns and channels of one image (or `1 × 1 × n` for a vector).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels.
    pub channels: usize,
}

impl Shape {
    /// Numbers in it.
    pub fn size(self) -> usize {
        self.height * self.width * self.channels
    }
}

/// One layer of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Layer {
    /// Convolution with bias and rectifier; stride 1, no padding.
    Conv {
        /// Output channels.
        filters: usize,
        /// Side of the window.
        kernel: usize,
    },
    /// Dense layer with bias over the flattened input.
    Dense {
        /// Outputs.
        units: usize,
        /// Whether a rectifier follows.
        relu: bool,
    },
    /// Maximum pooling.
    MaxPool {
        /// Side of the window.
        kernel: usize,
        /// Distance between windows.
        stride: usize,
    },
    /// Average pooling.
    AveragePool {
        /// Side of the window.
        kernel: usize,
        /// Distance between windows.
        stride: usize,
    },
    /// Dropout, active in training only.
    Dropout {
        /// Probability of dropping an activation.
        rate: f64,
    },
}
