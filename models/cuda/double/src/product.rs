//! A product as cuBLAS defines it: by columns, one for each replica.

/// Factors and result, by addresses of `f32`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factors {
    pub a: u64,
    pub a_transposed: bool,
    pub lda: usize,
    pub b: u64,
    pub b_transposed: bool,
    pub ldb: usize,
    pub c: u64,
    pub ldc: usize,
    pub m: usize,
    pub n: usize,
    pub k: usize,
    /// Whether factors are cut to TF32.
    pub tf32: bool,
}

/// Numbers from the first of a matrix to behind its last.
pub(crate) fn extent(rows: usize, columns: usize, leading: usize) -> usize {
    (columns - 1) * leading + rows
}

/// The first ten bits behind the point.
fn cut(x: f32) -> f32 {
    f32::from_bits(x.to_bits() & !0x1FFF)
}

/// A factor, `rows` by `columns` once it is turned, by columns without gaps.
///
/// # Safety
/// It lies in memory as described.
unsafe fn operand(
    from: u64,
    rows: usize,
    columns: usize,
    leading: usize,
    is_transposed: bool,
    tf32: bool,
) -> Vec<f32> {
    let mut copy = Vec::with_capacity(rows * columns);
    for column in 0..columns {
        for row in 0..rows {
            let at = if is_transposed { column + row * leading } else { row + column * leading };
            // SAFETY: the caller's promise.
            let x = unsafe { *(from as *const f32).add(at) };
            copy.push(if tf32 { cut(x) } else { x });
        }
    }
    copy
}

/// C = op(A) · op(B). The sum over `k` is made of two halves that are added at the end.
///
/// # Safety
/// The factors and the result lie in memory as described.
pub(crate) unsafe fn multiply(factors: &Factors) {
    let Factors { m, n, k, tf32, .. } = *factors;
    // SAFETY: the caller's promise.
    let (a, b) = unsafe {
        (
            operand(factors.a, m, k, factors.lda, factors.a_transposed, tf32),
            operand(factors.b, k, n, factors.ldb, factors.b_transposed, tf32),
        )
    };
    let half = k / 2;
    let (mut first, mut second) = (vec![0.0f32; m], vec![0.0f32; m]);
    for column in 0..n {
        let weights = &b[column * k..(column + 1) * k];
        for (sum, range) in [(&mut first, 0..half), (&mut second, half..k)] {
            sum.fill(0.0);
            for p in range {
                let weight = weights[p];
                sum.iter_mut().zip(&a[p * m..(p + 1) * m]).for_each(|(sum, x)| *sum += x * weight);
            }
        }
        for row in 0..m {
            // SAFETY: the caller's promise.
            unsafe {
                (factors.c as *mut f32).add(row + column * factors.ldc).write(first[row] + second[row])
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [1 2; 3 4] · [5 6; 7 8] = [19 22; 43 50], by columns, with a gap after each column of C.
    #[test]
    fn a_product_by_hand() {
        let (a, b, mut c) = ([1.0f32, 3.0, 2.0, 4.0], [5.0f32, 7.0, 6.0, 8.0], [0.0f32; 5]);
        let mut factors = Factors {
            a: a.as_ptr() as u64,
            a_transposed: false,
            lda: 2,
            b: b.as_ptr() as u64,
            b_transposed: false,
            ldb: 2,
            c: c.as_mut_ptr() as u64,
            ldc: 3,
            m: 2,
            n: 2,
            k: 2,
            tf32: false,
        };
        // SAFETY: arrays as described.
        unsafe { multiply(&factors) };
        assert_eq!(c, [19.0, 43.0, 0.0, 22.0, 50.0]);
        // [1 3; 2 4] · [5 6; 7 8] = [26 30; 38 44].
        factors.a_transposed = true;
        // SAFETY: as above.
        unsafe { multiply(&factors) };
        assert_eq!(c, [26.0, 38.0, 0.0, 30.0, 44.0]);
    }

    #[test]
    fn tf32_keeps_ten_bits() {
        assert_eq!(cut(1.0 + 1.0 / 1024.0 + 1.0 / 2048.0), 1.0 + 1.0 / 1024.0);
    }
}
