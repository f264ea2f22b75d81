//! A row-major product as cuBLAS, which stores by columns, has to be asked for it.

use crate::device::Matrix;
use crate::{Precision, Product};

/// The arguments of `cublasGemmStridedBatchedEx`: `C [m, n] = op(A) [m, k] · op(B) [k, n]`, stored by columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gemm<'a> {
    pub m: usize,
    pub n: usize,
    pub k: usize,
    pub a: Matrix<'a>,
    pub a_transposed: bool,
    /// Numbers from one column of A, as stored, to the next.
    pub lda: usize,
    pub b: Matrix<'a>,
    pub b_transposed: bool,
    pub ldb: usize,
    pub c: Matrix<'a>,
    pub ldc: usize,
}

impl<'a> From<&Product<'a>> for Gemm<'a> {
    /// Read by columns every matrix is its transpose, and `outᵀ = rightᵀ · leftᵀ`: the factors change places, and a factor
    /// that is stored as we want to read it is so for cuBLAS too.
    fn from(product: &Product<'a>) -> Self {
        let Product { rows, terms, columns, .. } = *product;
        Self {
            m: columns,
            n: rows,
            k: terms,
            a: product.right,
            a_transposed: product.right_transposed,
            lda: if product.right_transposed { terms } else { columns },
            b: product.left,
            b_transposed: product.left_transposed,
            ldb: if product.left_transposed { rows } else { terms },
            c: product.out,
            ldc: columns,
        }
    }
}

impl Gemm<'_> {
    /// All that a product is asked for with.
    pub fn key(&self, count: usize, precision: Precision) -> Vec<u64> {
        let sizes = [self.m, self.n, self.k, self.lda, self.ldb, self.ldc, count];
        let matrices = [&self.a, &self.b, &self.c];
        let places = matrices
            .iter()
            .flat_map(|matrix| [matrix.buffer.address(matrix.offset * 4), matrix.stride as u64]);
        let ways = [self.a_transposed, self.b_transposed, precision.is_f32()].map(u64::from);
        sizes.iter().map(|&n| n as u64).chain(places).chain(ways).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Buffer, Device, Emulation};
    use std::sync::Arc;

    /// What the manual says that cuBLAS does with its arguments, replica by replica.
    fn by_columns(gemm: &Gemm<'_>, a: &[f32], b: &[f32], c: &mut [f32], replica: usize) {
        let a = &a[gemm.a.offset + replica * gemm.a.stride..];
        let b = &b[gemm.b.offset + replica * gemm.b.stride..];
        let c = &mut c[gemm.c.offset + replica * gemm.c.stride..];
        for i in 0..gemm.m {
            for j in 0..gemm.n {
                c[i + j * gemm.ldc] = (0..gemm.k)
                    .map(|p| {
                        let x = if gemm.a_transposed { a[p + i * gemm.lda] } else { a[i + p * gemm.lda] };
                        let y = if gemm.b_transposed { b[j + p * gemm.ldb] } else { b[p + j * gemm.ldb] };
                        x * y
                    })
                    .sum();
            }
        }
    }

    #[test]
    fn cublas_is_asked_for_the_product_that_is_meant() {
        let device: Arc<dyn Device> = Arc::new(Emulation::open().unwrap());
        let (rows, terms, columns, replicas) = (3, 5, 4, 2);
        // Small integers: every order of summation gives the same bits. Strides leave gaps.
        let numbers = |n: usize| (0..n).map(|i| (i * 7 % 11) as f32 - 5.0).collect::<Vec<_>>();
        let (left, right) = (numbers(50), numbers(60));
        for (left_transposed, right_transposed) in
            [(false, false), (true, false), (false, true), (true, true)]
        {
            let buffers = [&left, &right].map(|values| Buffer::from_slice(&device, values).unwrap());
            let out = Buffer::zeros::<f32>(&device, 40).unwrap();
            let product = Product {
                left: Matrix { buffer: &buffers[0], offset: 1, stride: 17 },
                left_transposed,
                right: Matrix { buffer: &buffers[1], offset: 2, stride: 23 },
                right_transposed,
                out: Matrix { buffer: &out, offset: 3, stride: 16 },
                rows,
                terms,
                columns,
                replicas,
            };
            product.start(Precision::F32).unwrap();
            let mut seen = vec![0.0; 40];
            for replica in 0..replicas {
                by_columns(&Gemm::from(&product), &right, &left, &mut seen, replica);
            }
            assert_eq!(seen, out.download::<f32>(0, 40).unwrap(), "{left_transposed} {right_transposed}");
            // By hand: the first number of the first replica.
            let by_hand: f32 = (0..terms)
                .map(|k| {
                    let x = left[1 + if left_transposed { k * rows } else { k }];
                    let y = right[2 + if right_transposed { k } else { k * columns }];
                    x * y
                })
                .sum();
            assert_eq!(seen[3], by_hand);
        }
    }
}
