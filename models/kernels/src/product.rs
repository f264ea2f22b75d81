//! Matrix products on one thread, behind a safe interface.

use crate::Real;

/// A view of a slice as a `rows × columns` matrix, or of its transpose.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, F> {
    data: &'a [F],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, F> Matrix<'a, F> {
    /// A row-major matrix; `data` must hold `rows · columns` numbers.
    pub fn new(data: &'a [F], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "a {rows} x {columns} matrix");
        Self { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// The same numbers, rows and columns exchanged.
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// `out = a · b`, or `out += a · b` with `accumulate`; `out` is row-major.
///
/// One thread: parallelism lies above, over shards, where it needs no synchronisation inside a layer. The order of
/// summation depends on the shapes and the processor's vector width only.
pub fn product<F: Real>(out: &mut [F], a: Matrix<'_, F>, b: Matrix<'_, F>, accumulate: bool) {
    assert_eq!(a.columns, b.rows, "inner dimensions");
    assert_eq!(out.len(), a.rows * b.columns, "size of the product");
    if out.is_empty() {
        return;
    }
    let (m, n, k) = (a.rows, b.columns, a.columns);
    // SAFETY: `Matrix::new` and the assertions above tie every dimension and stride to the length of its slice,
    // and `out` is borrowed exclusively, so no read or write leaves its slice and none overlaps another.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            accumulate,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            F::ONE,
            F::ONE,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
