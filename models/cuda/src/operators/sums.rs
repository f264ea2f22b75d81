//! Sums of whole values and gradients, and copies.

use super::{Done, Operators, Rows, whole, word};
use crate::Buffer;

impl Operators {
    /// `sum [rows, columns] = a + b`; the sum may be either.
    pub fn add(&self, rows: Rows, columns: usize, [a, b]: [&Buffer; 2], sum: &Buffer) -> Done {
        let numbers = rows.all() * columns;
        let [a, b, sum] = [a, b, sum].map(|buffer| whole::<f32>(buffer, numbers));
        self.launch("add", rows.all(), columns, &[a, b, sum, word(columns), word(rows.all())])
    }

    /// `to [rows, columns] = from`.
    pub fn copy(&self, rows: Rows, columns: usize, from: &Buffer, to: &Buffer) -> Done {
        let [from, to] = [from, to].map(|buffer| whole::<f32>(buffer, rows.all() * columns));
        self.launch("copy", rows.all(), columns, &[from, to, word(columns), word(rows.all())])
    }
}
