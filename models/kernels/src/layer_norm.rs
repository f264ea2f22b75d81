//! Normalisation of every row by its own mean and variance.

use crate::Real;
use crate::lanes::{LANES, fold, padded, sum};
use pulp::{Arch, Simd, WithSimd};

/// `y = gain · (x − mean) / √(variance + eps) + shift` over the rows of `[rows, size]`; the variance is the biased one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNorm {
    /// Length of a row.
    pub size: usize,
    /// What is added to the variance.
    pub eps: f64,
}

impl LayerNorm {
    /// Numbers per row that [`LayerNorm::backward`] needs: the mean and the inverse of the deviation.
    pub const KEPT: usize = 2;

    /// `y [rows, size]` from `x [rows, size]`, `gain [size]` and `shift [size]`; sets `kept [rows, 2]`.
    pub fn forward<F: Real>(&self, x: &[F], gain: &[F], shift: &[F], y: &mut [F], kept: &mut [F]) {
        Arch::new().dispatch(Forward { norm: self, x, gain, shift, y, kept });
    }

    /// Sets `dx [rows, size]` from `dy [rows, size]` and adds this shard's part to `dgain [size]` and `dshift [size]`.
    pub fn backward<F: Real>(
        &self,
        x: &[F],
        kept: &[F],
        gain: &[F],
        dy: &[F],
        dx: &mut [F],
        [dgain, dshift]: [&mut [F]; 2],
    ) {
        Arch::new().dispatch(Backward { norm: self, x, kept, gain, dy, dx, dgain, dshift });
    }
}

/// [`LayerNorm::forward`], to be compiled for each instruction set.
struct Forward<'a, F> {
    norm: &'a LayerNorm,
    x: &'a [F],
    gain: &'a [F],
    shift: &'a [F],
    y: &'a mut [F],
    kept: &'a mut [F],
}

impl<F: Real> WithSimd for Forward<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { norm: &LayerNorm { size, eps }, x, gain, shift, y, kept } = self;
        let (gain, shift) = (&gain[..size], &shift[..size]);
        let share = F::from_f64(1.0 / size as f64);
        let rows = x.chunks_exact(size).zip(y.chunks_exact_mut(size));
        for ((x, y), kept) in rows.zip(kept.as_chunks_mut().0) {
            let mean = sum(x, F::ZERO, |x| x) * share;
            let squares = sum(x, mean, |x| (x - mean) * (x - mean));
            let inverse = F::from_f64(1.0 / ((squares * share).to_f64() + eps).sqrt());
            *kept = [mean, inverse];
            let normalise = |y: &mut F, x: F, gain: F, shift: F| *y = (x - mean) * inverse * gain + shift;
            let (ys, y_rest) = y.as_chunks_mut::<LANES>();
            let (xs, x_rest) = x.as_chunks::<LANES>();
            let (gains, gain_rest) = gain.as_chunks::<LANES>();
            let (shifts, shift_rest) = shift.as_chunks::<LANES>();
            for (((y, x), gain), shift) in ys.iter_mut().zip(xs).zip(gains).zip(shifts) {
                for i in 0..LANES {
                    normalise(&mut y[i], x[i], gain[i], shift[i]);
                }
            }
            for (((y, &x), &gain), &shift) in y_rest.iter_mut().zip(x_rest).zip(gain_rest).zip(shift_rest) {
                normalise(y, x, gain, shift);
            }
        }
    }
}

/// [`LayerNorm::backward`], to be compiled for each instruction set.
struct Backward<'a, F> {
    norm: &'a LayerNorm,
    x: &'a [F],
    kept: &'a [F],
    gain: &'a [F],
    dy: &'a [F],
    dx: &'a mut [F],
    dgain: &'a mut [F],
    dshift: &'a mut [F],
}

impl<F: Real> WithSimd for Backward<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { norm: &LayerNorm { size, .. }, x, kept, gain, dy, dx, dgain, dshift } = self;
        let share = F::from_f64(1.0 / size as f64);
        let (gains, gain_rest) = gain[..size].as_chunks::<LANES>();
        let (dgains, dgain_rest) = dgain[..size].as_chunks_mut::<LANES>();
        let (dshifts, dshift_rest) = dshift[..size].as_chunks_mut::<LANES>();
        let rows = x.chunks_exact(size).zip(dy.chunks_exact(size)).zip(dx.chunks_exact_mut(size));
        for (((x, dy), dx), &[mean, inverse]) in rows.zip(kept.as_chunks().0) {
            let (xs, x_rest) = x.as_chunks::<LANES>();
            let (dys, dy_rest) = dy.as_chunks::<LANES>();
            // Of the gradient at the normalised row: its sum and that of its products with the row.
            let (mut plain, mut products) = ([F::ZERO; LANES], [F::ZERO; LANES]);
            let mut add = |x: &[F; LANES], dy: &[F; LANES], gain: &[F; LANES]| {
                for i in 0..LANES {
                    let d = dy[i] * gain[i];
                    plain[i] += d;
                    products[i] += d * ((x[i] - mean) * inverse);
                }
            };
            for ((x, dy), gain) in xs.iter().zip(dys).zip(gains) {
                add(x, dy, gain);
            }
            if !x_rest.is_empty() {
                let [dy, gain] = [dy_rest, gain_rest].map(|rest| padded(rest, F::ZERO));
                add(&padded(x_rest, mean), &dy, &gain);
            }
            let plain = fold(plain, |a, b| a + b) * share;
            let products = fold(products, |a, b| a + b) * share;

            let finish = |x: F, dy: F, gain: F, dx: &mut F, dgain: &mut F, dshift: &mut F| {
                let normal = (x - mean) * inverse;
                *dx = (dy * gain - plain - normal * products) * inverse;
                *dgain += dy * normal;
                *dshift += dy;
            };
            let (dxs, dx_rest) = dx.as_chunks_mut::<LANES>();
            let parameters = gains.iter().zip(dgains.iter_mut()).zip(dshifts.iter_mut());
            for (((x, dy), dx), ((gain, dgain), dshift)) in
                xs.iter().zip(dys).zip(dxs.iter_mut()).zip(parameters)
            {
                for i in 0..LANES {
                    finish(x[i], dy[i], gain[i], &mut dx[i], &mut dgain[i], &mut dshift[i]);
                }
            }
            for i in 0..x_rest.len() {
                let (dgain, dshift) = (&mut dgain_rest[i], &mut dshift_rest[i]);
                finish(x_rest[i], dy_rest[i], gain_rest[i], &mut dx_rest[i], dgain, dshift);
            }
        }
    }
}
