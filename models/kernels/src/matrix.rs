//! Products of whole matrices, for what is not a layer.

use crate::Real;
use crate::product::{Columns, Rows, Store, Strided, Transposed, Workspace, multiply};

/// A row-major matrix as a factor of a product, or its transpose.
#[derive(Clone, Copy, Debug)]
pub struct Factor<'a, F> {
    data: &'a [F],
    rows: usize,
    columns: usize,
    transposed: bool,
}

impl<'a, F: Real> Factor<'a, F> {
    /// `data [rows, columns]`.
    ///
    /// # Panics
    /// If the data are not as many.
    pub fn new(data: &'a [F], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "data are not [rows, columns]");
        Self { data, rows, columns, transposed: false }
    }

    /// Its transpose.
    pub fn transposed(self) -> Self {
        Self { transposed: !self.transposed, ..self }
    }

    fn shape(&self) -> (usize, usize) {
        if self.transposed { (self.columns, self.rows) } else { (self.rows, self.columns) }
    }

    fn strided(&self) -> Strided<'a, F> {
        Strided { data: self.data, rows: self.rows, columns: self.columns, stride: self.columns }
    }
}

/// `out [rows, columns] = a · b`, on this thread; the same bits on every processor.
///
/// # Panics
/// If the shapes do not fit.
pub fn product<F: Real>(a: Factor<'_, F>, b: Factor<'_, F>, out: &mut [F], workspace: &mut Workspace<F>) {
    let ((rows, terms), (inner, columns)) = (a.shape(), b.shape());
    assert_eq!(terms, inner, "columns of the left factor are not rows of the right one");
    assert_eq!(out.len(), rows * columns, "the product is not [rows, columns]");
    if terms == 0 || out.is_empty() {
        return out.fill(F::ZERO);
    }
    let sink = Store { out, columns, mask: None };
    match (a.transposed, b.transposed) {
        (false, false) => multiply(Rows::new(a.data, terms), Columns::new(b.data, columns), sink, workspace),
        (false, true) => multiply(Rows::new(a.data, terms), Transposed(b.strided()), sink, workspace),
        (true, false) => multiply(Transposed(a.strided()), Columns::new(b.data, columns), sink, workspace),
        (true, true) => multiply(Transposed(a.strided()), Transposed(b.strided()), sink, workspace),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whole numbers, so that every sum is exact.
    #[test]
    fn every_kind_of_factor() {
        for (rows, terms, columns) in [(1, 1, 1), (3, 5, 2), (17, 300, 33), (40, 7, 1)] {
            let a: Vec<f32> = (0..rows * terms).map(|i| (i % 7) as f32 - 3.0).collect();
            let b: Vec<f32> = (0..terms * columns).map(|i| (i % 5) as f32 - 2.0).collect();
            let flip = |data: &[f32], rows: usize, columns: usize| -> Vec<f32> {
                (0..rows * columns).map(|i| data[(i % rows) * columns + i / rows]).collect()
            };
            let mut expected = vec![0.0; rows * columns];
            for (i, out) in expected.iter_mut().enumerate() {
                let (row, column) = (i / columns, i % columns);
                *out = (0..terms).map(|t| a[row * terms + t] * b[t * columns + column]).sum();
            }
            let (a_flipped, b_flipped) = (flip(&a, rows, terms), flip(&b, terms, columns));
            let lefts = [Factor::new(&a, rows, terms), Factor::new(&a_flipped, terms, rows).transposed()];
            let rights =
                [Factor::new(&b, terms, columns), Factor::new(&b_flipped, columns, terms).transposed()];
            let mut workspace = Workspace::default();
            for left in lefts {
                for right in rights {
                    let mut out = vec![f32::NAN; rows * columns];
                    product(left, right, &mut out, &mut workspace);
                    assert_eq!(out, expected);
                }
            }
        }
    }
}
