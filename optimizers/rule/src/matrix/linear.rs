//! The linear algebra of matrix rules: products by the suite's kernels, decompositions by nalgebra.

use crate::Float;
use kernels::{Factor, Real, Workspace, product};
use nalgebra::{DMatrix, RealField, SymmetricEigen};

/// The floating-point types that matrix rules run in.
pub trait MatrixFloat: Float + Real + RealField {}
impl MatrixFloat for f32 {}
impl MatrixFloat for f64 {}

/// Room for products.
#[derive(Debug)]
pub struct Bench<F> {
    workspace: Workspace<F>,
}

impl<F: MatrixFloat> Default for Bench<F> {
    fn default() -> Self {
        Self { workspace: Workspace::default() }
    }
}

impl<F: MatrixFloat> Bench<F> {
    /// `a · b` as `[rows of a, columns of b]`.
    pub fn product(&mut self, a: Factor<'_, F>, b: Factor<'_, F>, rows: usize, columns: usize) -> Vec<F> {
        let mut out = vec![number(0.0); rows * columns];
        product(a, b, &mut out, &mut self.workspace);
        out
    }
}

/// The nearest number to `value`: which of two traits rounds does not matter, but has to be said.
pub fn number<F: MatrixFloat>(value: f64) -> F {
    <F as Float>::from_f64(value)
}

/// A square matrix, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Square<F> {
    /// Its side.
    pub side: usize,
    /// `[side, side]`.
    pub data: Vec<F>,
}

impl<F: MatrixFloat> Square<F> {
    /// A matrix from its rows.
    pub fn new(data: &[F], side: usize) -> Self {
        Self { side, data: data.to_vec() }
    }

    /// As a factor.
    pub fn factor(&self) -> Factor<'_, F> {
        Factor::new(&self.data, self.side, self.side)
    }

    /// The eigenvalues of a symmetric matrix, descending, and the eigenvectors as columns in the same order; NaN if there is
    /// no telling.
    pub fn eigen(&self) -> (Vec<F>, Self) {
        let unknown = || {
            let nan = number::<F>(f64::NAN);
            (vec![nan; self.side], Self { side: self.side, data: vec![nan; self.side * self.side] })
        };
        if !self.data.iter().all(|&x| Float::is_finite(x)) {
            return unknown();
        }
        // Symmetric: rows are columns. Far more iterations than any matrix needs.
        let matrix = DMatrix::from_vec(self.side, self.side, self.data.clone());
        let Some(SymmetricEigen { eigenvalues, eigenvectors }) =
            SymmetricEigen::try_new(matrix, F::default_epsilon(), 1000 * self.side)
        else {
            return unknown();
        };
        let mut order: Vec<usize> = (0..self.side).collect();
        order.sort_by(|&a, &b| {
            let (a, b) = (Float::to_f64(eigenvalues[a]), Float::to_f64(eigenvalues[b]));
            b.total_cmp(&a)
        });
        let values = order.iter().map(|&i| eigenvalues[i]).collect();
        let data = (0..self.side).flat_map(|row| order.iter().map(move |&i| (row, i)));
        let data = data.map(|at| eigenvectors[at]).collect();
        (values, Self { side: self.side, data })
    }

    /// The orthogonal factor of its QR decomposition.
    pub fn orthogonal(&self) -> Self {
        let matrix = DMatrix::from_row_slice(self.side, self.side, &self.data);
        let q = matrix.qr().q();
        let data = (0..self.side).flat_map(|row| (0..self.side).map(move |column| (row, column)));
        Self { side: self.side, data: data.map(|at| q[at]).collect() }
    }

    /// The power of a symmetric matrix that has no negative eigenvalue but by rounding: those below `floor` count as it.
    pub fn power(&self, exponent: f64, floor: f64, bench: &mut Bench<F>) -> Self {
        let (values, vectors) = self.eigen();
        let side = self.side;
        let powers: Vec<F> = values
            .iter()
            .map(|&value| {
                let value = Float::to_f64(value);
                number(crate::power(if value < floor { floor } else { value }, exponent))
            })
            .collect();
        let mut scaled = vectors.data.clone();
        for row in scaled.chunks_exact_mut(side) {
            row.iter_mut().zip(&powers).for_each(|(x, &power)| *x *= power);
        }
        let data = bench.product(Factor::new(&scaled, side, side), vectors.factor().transposed(), side, side);
        Self { side, data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [[2, 1], [1, 2]] has the eigenvalues 3 and 1; the square of its inverse root is its inverse.
    #[test]
    fn decompositions_by_hand() {
        let matrix = Square::new(&[2.0_f64, 1.0, 1.0, 2.0], 2);
        let (values, vectors) = matrix.eigen();
        assert!((values[0] - 3.0_f64).abs() < 1e-14 && (values[1] - 1.0).abs() < 1e-14, "{values:?}");
        assert!((vectors.data[0].abs() - 0.5_f64.sqrt()).abs() < 1e-14 && vectors.data[0] == vectors.data[2]);
        let mut bench = Bench::default();
        let root = matrix.power(-0.5, 0.0, &mut bench);
        let square = bench.product(root.factor(), root.factor(), 2, 2);
        for (a, b) in square.iter().zip([2.0 / 3.0, -1.0 / 3.0, -1.0 / 3.0, 2.0 / 3.0]) {
            assert!((a - b).abs() < 1e-14, "{square:?}");
        }
        let q = Square::new(&[3.0_f64, 1.0, 4.0, 2.0], 2).orthogonal();
        // The first column is (3, 4)/5, whatever its sign.
        assert!((q.data[0].abs() - 0.6).abs() < 1e-15 && (q.data[2].abs() - 0.8).abs() < 1e-15, "{q:?}");
    }
}
