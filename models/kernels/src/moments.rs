//! Means and squared deviations of the columns of a matrix, in parts that merge.

use crate::Real;
use crate::combine::{Sum, combine};
use crate::stripes::Stripes;
use pulp::{Arch, Simd, WithSimd};

/// The first two moments of the columns of `[rows, columns]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// Number of rows.
    pub rows: usize,
    /// Mean of every column.
    pub mean: Vec<f64>,
    /// `Σ (x − mean)²` of every column.
    pub deviations: Vec<f64>,
}

impl Moments {
    /// Of no rows at all.
    pub fn new(columns: usize) -> Self {
        Self { rows: 0, mean: vec![0.0; columns], deviations: vec![0.0; columns] }
    }

    /// Of `x [rows, columns]`.
    pub fn of<F: Real>(columns: usize, x: &[F]) -> Self {
        Arch::new().dispatch(Measure { columns, x })
    }

    /// Takes in the moments of further rows. In what order parts are merged decides the last bits: keep to one.
    pub fn merge(&mut self, other: &Self) {
        if other.rows == 0 {
            return;
        }
        let rows = self.rows + other.rows;
        let share = other.rows as f64 / rows as f64;
        let weight = self.rows as f64 * share;
        let ours = self.mean.iter_mut().zip(&mut self.deviations);
        for ((mean, deviations), (&their_mean, &theirs)) in ours.zip(other.mean.iter().zip(&other.deviations))
        {
            let apart = their_mean - *mean;
            *mean += apart * share;
            *deviations += theirs + apart * apart * weight;
        }
        self.rows = rows;
    }

    /// Sets `mean` and `inverse`, the inverse of the deviation `√(deviations / rows + eps)`, of every column.
    pub fn statistics<F: Real>(&self, eps: f64, mean: &mut [F], inverse: &mut [F]) {
        for (to, &mean) in mean.iter_mut().zip(&self.mean) {
            *to = F::from_f64(mean);
        }
        for (to, deviations) in inverse.iter_mut().zip(&self.deviations) {
            *to = inverse_deviation(deviations / self.rows as f64, eps);
        }
    }
}

/// `1 / √(variance + eps)`.
pub(crate) fn inverse_deviation<F: Real>(variance: f64, eps: f64) -> F {
    F::from_f64(1.0 / (variance + eps).sqrt())
}

/// [`Moments::of`], to be compiled for each instruction set.
pub(crate) struct Measure<'a, F> {
    pub columns: usize,
    pub x: &'a [F],
}

impl<F: Real> WithSimd for Measure<'_, F> {
    type Output = Moments;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Moments {
        let Self { columns, x } = self;
        if x.is_empty() {
            return Moments::new(columns);
        }
        let stripes = Stripes::new(columns);
        let [mut plain, mut squares] = [(); 2].map(|()| vec![F::ZERO; stripes.length]);
        // Deviations are measured from the mean of the first block, which a first sweep over it finds, and so one sweep does
        // for all blocks. However far the others are from that, the deviations contain the distance too: their sum loses
        // digits by a factor of the number of blocks at most.
        let first = &x[..x.len().min(stripes.block())];
        let mut mean = vec![0.0; columns];
        for x in first.chunks(stripes.length) {
            combine(simd, Sum, &mut plain[..x.len()], x);
        }
        stripes.collect(&mut plain, &mut mean);
        let offset =
            stripes.repeat(|column| -F::from_f64(mean[column] * columns as f64 / first.len() as f64));

        let (mut sums, mut deviations) = (vec![0.0; columns], vec![0.0; columns]);
        for block in x.chunks(stripes.block()) {
            stripes.sum(simd, [block, &offset], None, [&mut plain, &mut squares]);
            stripes.collect(&mut plain, &mut sums);
            stripes.collect(&mut squares, &mut deviations);
        }
        let rows = x.len() / columns;
        let share = 1.0 / rows as f64;
        for (((mean, deviations), sum), offset) in mean.iter_mut().zip(&mut deviations).zip(sums).zip(offset)
        {
            *mean = sum * share - offset.to_f64();
            *deviations -= sum * sum * share;
        }
        Moments { rows, mean, deviations }
    }
}
