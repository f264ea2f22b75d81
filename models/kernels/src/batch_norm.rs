//! Normalisation of every channel by its mean and variance over a batch.
//!
//! The statistics are the whole batch's, and a kernel sees one shard. So a pass comes in parts: [`Moments::of`] each shard,
//! merged in order of the shards, then [`BatchNorm::forward`] of each; [`BatchNorm::add_parameter_gradient`] of each,
//! added up as any layer's gradient is, then [`BatchNorm::input_gradient`] of each.

use crate::Real;
use crate::moments::{Moments, inverse_deviation};
use crate::normalise::{Backward, Forward, Sums};
use crate::stripes::Stripes;
use pulp::Arch;

/// `y = gain · (x − mean) / √(variance + eps) + shift` over `[rows, channels]`; a row is one position of one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm {
    /// Length of a row.
    pub channels: usize,
    /// What is added to the variance.
    pub eps: f64,
    /// The weight of a batch's statistics in the running ones.
    pub momentum: f64,
}

/// What rows are normalised by.
#[derive(Clone, Copy, Debug)]
pub struct Statistics<'a, F> {
    /// `[channels]`.
    pub mean: &'a [F],
    /// `1 / √(variance + eps)` of every channel.
    pub inverse: &'a [F],
}

/// What the gradient of a row owes to the rest of the batch.
#[derive(Clone, Copy, Debug)]
pub struct BatchGradient<'a, F> {
    /// Rows of the batch.
    pub rows: usize,
    /// The gradient of the gain, `[channels]`: this batch's alone.
    pub dgain: &'a [F],
    /// The gradient of the shift, `[channels]`: this batch's alone.
    pub dshift: &'a [F],
}

impl BatchNorm {
    /// Sets `mean` and `inverse`, of which [`Statistics`] are made, to those of a batch with these moments.
    pub fn statistics<F: Real>(&self, moments: &Moments, mean: &mut [F], inverse: &mut [F]) {
        moments.statistics(self.eps, mean, inverse);
    }

    /// Sets `inverse` for a given variance: in evaluation the running one, beside the running mean.
    pub fn inverse_deviation<F: Real>(&self, variance: &[F], inverse: &mut [F]) {
        for (to, variance) in inverse.iter_mut().zip(variance) {
            *to = inverse_deviation(variance.to_f64(), self.eps);
        }
    }

    /// Moves the running mean and variance towards those of a batch by the momentum; the variance is the unbiased one.
    /// That of a single row does not exist (it comes out as NaN): a caller refuses such a batch.
    pub fn update_running<F: Real>(&self, moments: &Moments, mean: &mut [F], variance: &mut [F]) {
        let step = |running: &mut F, batch: f64| {
            *running = F::from_f64((1.0 - self.momentum) * running.to_f64() + self.momentum * batch);
        };
        for (running, &mean) in mean.iter_mut().zip(&moments.mean) {
            step(running, mean);
        }
        for (running, deviations) in variance.iter_mut().zip(&moments.deviations) {
            step(running, deviations / (moments.rows as f64 - 1.0));
        }
    }

    /// `y [rows, channels]` from `x [rows, channels]`, `gain [channels]` and `shift [channels]`.
    pub fn forward<F: Real>(
        &self,
        x: &[F],
        Statistics { mean, inverse }: Statistics<F>,
        gain: &[F],
        shift: &[F],
        y: &mut [F],
    ) {
        let stripes = Stripes::new(self.channels);
        let offset = stripes.repeat(|channel| -mean[channel]);
        let scale = stripes.repeat(|channel| inverse[channel] * gain[channel]);
        let shift = stripes.repeat(|channel| shift[channel]);
        Arch::new().dispatch(Forward { x, stripes: [&offset, &scale, &shift], y });
    }

    /// Adds this shard's part to the gradients of gain and shift. They are also what [`BatchGradient`] takes when the parts
    /// of all shards are together.
    pub fn add_parameter_gradient<F: Real>(
        &self,
        x: &[F],
        Statistics { mean, inverse }: Statistics<F>,
        dy: &[F],
        dgain: &mut [F],
        dshift: &mut [F],
    ) {
        let offset = Stripes::new(self.channels).repeat(|channel| -mean[channel]);
        let (mut plain, mut products) = (vec![0.0; self.channels], vec![0.0; self.channels]);
        let sums = Sums { x, dy, offset: &offset, plain: &mut plain, products: &mut products };
        Arch::new().dispatch(sums);
        for ((dgain, sum), inverse) in dgain.iter_mut().zip(products).zip(inverse) {
            *dgain += F::from_f64(sum * inverse.to_f64());
        }
        for (dshift, sum) in dshift.iter_mut().zip(plain) {
            *dshift += F::from_f64(sum);
        }
    }

    /// Sets `dx [rows, channels]` where the statistics were the batch's own. (Where they were given, as in evaluation, it
    /// is `dy · gain · inverse`: the same with no `dgain` and no `dshift`.)
    pub fn input_gradient<F: Real>(
        &self,
        x: &[F],
        Statistics { mean, inverse }: Statistics<F>,
        gain: &[F],
        batch: BatchGradient<F>,
        dy: &[F],
        dx: &mut [F],
    ) {
        let stripes = Stripes::new(self.channels);
        let share = F::from_f64(1.0 / batch.rows as f64);
        let offset = stripes.repeat(|channel| -mean[channel]);
        let scale = stripes.repeat(|channel| inverse[channel] * gain[channel]);
        let slope = stripes.repeat(|channel| {
            -(batch.dgain[channel] * share * inverse[channel] * inverse[channel] * gain[channel])
        });
        let constant =
            stripes.repeat(|channel| -(batch.dshift[channel] * share * inverse[channel] * gain[channel]));
        let stripes = [&offset[..], &scale, &slope, &constant];
        Arch::new().dispatch(Backward { x, dy, stripes, dx });
    }
}
