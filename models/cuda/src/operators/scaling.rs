//! Fixed factors.

use super::{Done, Operators, Rows, whole, word};
use crate::Buffer;

impl Operators {
    /// `y [rows, channels]`, each channel of `x` times its factor; they may be one buffer.
    pub fn scaling(&self, factors: &Buffer, rows: Rows, channels: usize, x: &Buffer, y: &Buffer) -> Done {
        let arguments = [
            whole::<f32>(x, rows.all() * channels),
            whole::<f32>(factors, channels),
            whole::<f32>(y, rows.all() * channels),
            word(channels),
            word(rows.all()),
        ];
        self.launch("scaling", rows.all(), channels, &arguments)
    }
}
