//! Normalisation of groups of an image's channels by their own mean and variance.

use crate::Real;
use crate::moments::{Moments, inverse_deviation};
use crate::normalise::{Backward, Forward, Sums};
use crate::stripes::Stripes;
use pulp::Arch;

/// `y = gain · (x − mean) / √(variance + eps) + shift` over `[n, positions, channels]`, with the mean and the biased variance
/// of each of `groups` groups of neighbouring channels of each image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupNorm {
    /// Positions of an image.
    pub positions: usize,
    /// Channels of an image.
    pub channels: usize,
    /// Groups that the channels are cut into; a divisor of their number.
    pub groups: usize,
    /// What is added to the variance.
    pub eps: f64,
}

impl GroupNorm {
    /// Numbers per image that [`GroupNorm::backward`] needs: the mean and the inverse of the deviation of every group.
    pub fn kept(&self) -> usize {
        2 * self.groups
    }

    /// Channels of a group.
    fn members(&self) -> usize {
        self.channels / self.groups
    }

    /// Numbers of an image.
    fn size(&self) -> usize {
        self.positions * self.channels
    }

    /// `y [n, positions, channels]` from `x [n, positions, channels]`, `gain [channels]` and `shift [channels]`; sets
    /// `kept [n, groups, 2]`.
    pub fn forward<F: Real>(&self, x: &[F], gain: &[F], shift: &[F], y: &mut [F], kept: &mut [F]) {
        let (members, stripes) = (self.members(), Stripes::new(self.channels));
        let shift = stripes.repeat(|channel| shift[channel]);
        let images = x.chunks_exact(self.size()).zip(y.chunks_exact_mut(self.size()));
        for ((x, y), kept) in images.zip(kept.chunks_exact_mut(self.kept())) {
            let moments = Moments::of(self.channels, x);
            let groups = kept.as_chunks_mut::<2>().0;
            for (group, kept) in groups.iter_mut().enumerate() {
                *kept = self.statistics(&moments, group * members);
            }
            let offset = stripes.repeat(|channel| -groups[channel / members][0]);
            let scale = stripes.repeat(|channel| groups[channel / members][1] * gain[channel]);
            Arch::new().dispatch(Forward { x, stripes: [&offset, &scale, &shift], y });
        }
    }

    /// Mean and inverse deviation of the group whose first channel is `first`, from the moments of the channels.
    fn statistics<F: Real>(&self, moments: &Moments, first: usize) -> [F; 2] {
        let channels = first..first + self.members();
        let means = &moments.mean[channels.clone()];
        let mean = means.iter().sum::<f64>() / means.len() as f64;
        let between: f64 = means.iter().map(|channel| (channel - mean) * (channel - mean)).sum();
        let within: f64 = moments.deviations[channels].iter().sum();
        let variance = (within + between * self.positions as f64) / (self.positions * means.len()) as f64;
        [F::from_f64(mean), inverse_deviation(variance, self.eps)]
    }

    /// Sets `dx [n, positions, channels]` from `dy [n, positions, channels]` and adds this shard's part to `dgain [channels]`
    /// and `dshift [channels]`.
    pub fn backward<F: Real>(
        &self,
        x: &[F],
        kept: &[F],
        gain: &[F],
        dy: &[F],
        dx: &mut [F],
        [dgain, dshift]: [&mut [F]; 2],
    ) {
        let (members, stripes) = (self.members(), Stripes::new(self.channels));
        let share = 1.0 / (self.positions * members) as f64;
        let (mut plain, mut products) = (vec![0.0; self.channels], vec![0.0; self.channels]);
        let mut lines = vec![[F::ZERO; 2]; self.groups];
        let images = x
            .chunks_exact(self.size())
            .zip(dy.chunks_exact(self.size()))
            .zip(dx.chunks_exact_mut(self.size()));
        for (((x, dy), dx), kept) in images.zip(kept.chunks_exact(self.kept())) {
            let groups = kept.as_chunks::<2>().0;
            let offset = stripes.repeat(|channel| -groups[channel / members][0]);
            plain.fill(0.0);
            products.fill(0.0);
            let sums = Sums { x, dy, offset: &offset, plain: &mut plain, products: &mut products };
            Arch::new().dispatch(sums);
            for (channel, (plain, product)) in plain.iter().zip(&products).enumerate() {
                let inverse = groups[channel / members][1].to_f64();
                dgain[channel] += F::from_f64(product * inverse);
                dshift[channel] += F::from_f64(*plain);
            }
            // What the gradient owes to the group's mean and deviation: a line in x.
            for (group, (line, [_, inverse])) in lines.iter_mut().zip(groups).enumerate() {
                let inverse = inverse.to_f64();
                let channels = group * members..(group + 1) * members;
                let sum = |terms: &[f64]| -> f64 {
                    let gains = &gain[channels.clone()];
                    terms[channels.clone()].iter().zip(gains).map(|(x, gain)| x * gain.to_f64()).sum()
                };
                let slope = -sum(&products) * share * inverse * inverse * inverse;
                let constant = -sum(&plain) * share * inverse;
                *line = [slope, constant].map(F::from_f64);
            }
            let scale = stripes.repeat(|channel| groups[channel / members][1] * gain[channel]);
            let slope = stripes.repeat(|channel| lines[channel / members][0]);
            let constant = stripes.repeat(|channel| lines[channel / members][1]);
            let stripes = [&offset[..], &scale, &slope, &constant];
            Arch::new().dispatch(Backward { x, dy, stripes, dx });
        }
    }
}
