//! The shape of one image's value.

use std::fmt::{Display, Formatter, Result};

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
    /// `n` numbers without structure.
    pub fn vector(n: usize) -> Self {
        Self { height: 1, width: 1, channels: n }
    }

    /// Numbers in it.
    pub fn size(self) -> usize {
        self.height * self.width * self.channels
    }

    /// Positions, each with its channels.
    pub fn positions(self) -> usize {
        self.height * self.width
    }
}

impl Display for Shape {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        write!(out, "{} x {} x {}", self.height, self.width, self.channels)
    }
}
