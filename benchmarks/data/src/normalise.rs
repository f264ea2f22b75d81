//! From bytes to the floats a network takes.

use crate::{DataError, Images, Offset, SettingError};
use serde::{Deserialize, Serialize};

/// How bytes are scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Normalisation {
    /// To `[0, 1]`: x/255 and nothing else, as the toy example published with INNA does.
    Unit,
    /// To mean 0 and standard deviation 1 in each channel of the training part.
    #[default]
    Standard,
    /// To `[-1, 1]`: mean ½ and standard deviation ½ whatever the data.
    Half,
    /// Not at all: the byte itself, the number of a token.
    None,
}

impl Normalisation {
    /// The scaling for a task whose training part is `train`. Moments are exact sums in f64 of the training
    /// pixels only; a constant channel keeps standard deviation 1.
    ///
    /// # Errors
    /// If `train` is empty and the moments are needed, if tokens would be scaled, or if images would not be.
    pub fn fit(self, train: &Images) -> Result<Normaliser, DataError> {
        let channels = train.channels;
        match self {
            Self::None if train.vocabulary.is_some() => Ok(Normaliser::tokens()),
            Self::None => Err(SettingError::ImagesUnscaled.into()),
            _ if train.vocabulary.is_some() => Err(SettingError::TokensScaled.into()),
            Self::Unit => Normaliser::new(vec![0.0; channels], vec![1.0; channels]),
            Self::Half => Normaliser::new(vec![0.5; channels], vec![0.5; channels]),
            Self::Standard if train.is_empty() => {
                Err(DataError::Normaliser { reason: "there are no training images".into() })
            }
            Self::Standard => {
                let (mean, std) = moments(train);
                Normaliser::new(mean, std)
            }
        }
    }
}

/// Mean and standard deviation (of the population) of each channel, on the scale where 255 is 1.
fn moments(images: &Images) -> (Vec<f32>, Vec<f32>) {
    let channels = images.channels;
    // Counts are integers: the moments do not depend on an order of summation.
    let mut counts = vec![[0u64; 256]; channels];
    for pixel in images.pixels.chunks_exact(channels) {
        for (count, &value) in counts.iter_mut().zip(pixel) {
            count[usize::from(value)] += 1;
        }
    }
    let mut moments = (Vec::new(), Vec::new());
    for count in counts {
        let values = || count.iter().enumerate().map(|(value, &n)| (value as f64 / 255.0, n as f64));
        let n: f64 = values().map(|(_, n)| n).sum();
        let mean = values().map(|(x, n)| x * n).sum::<f64>() / n;
        let variance = values().map(|(x, n)| (x - mean) * (x - mean) * n).sum::<f64>() / n;
        moments.0.push(mean as f32);
        // Below 1e-6 there is no variation, only rounding of the mean.
        moments.1.push(if variance > 1e-12 { variance.sqrt() as f32 } else { 1.0 });
    }
    moments
}

/// Turns bytes into (x/255 − mean)/std, channel by channel, or tokens into their numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Normaliser {
    mean: Vec<f32>,
    std: Vec<f32>,
    /// The 256 values of each channel.
    tables: Vec<[f32; 256]>,
}

impl Normaliser {
    /// A scaling with these moments, one of each per channel, on the scale where 255 is 1.
    ///
    /// # Errors
    /// If the two are not of the same, positive length, or a number is not usable.
    pub fn new(mean: Vec<f32>, std: Vec<f32>) -> Result<Self, DataError> {
        let unusable = |reason: String| Err(DataError::Normaliser { reason });
        if mean.is_empty() || mean.len() != std.len() {
            return unusable(format!("{} means and {} standard deviations", mean.len(), std.len()));
        }
        if let Some(x) = mean.iter().find(|x| !x.is_finite()) {
            return unusable(format!("mean {x}"));
        }
        if let Some(x) = std.iter().find(|x| !x.is_finite() || **x <= 0.0) {
            return unusable(format!("standard deviation {x}"));
        }
        let table = |(&mean, &std): (&f32, &f32)| {
            std::array::from_fn(|x| ((x as f64 / 255.0 - f64::from(mean)) / f64::from(std)) as f32)
        };
        let tables = mean.iter().zip(&std).map(table).collect();
        Ok(Self { mean, std, tables })
    }

    /// The number of a token as it is: mean 0, standard deviation 1/255, without their rounding.
    fn tokens() -> Self {
        let table = std::array::from_fn(|x| x as f32);
        Self { mean: vec![0.0], std: vec![1.0 / 255.0], tables: vec![table] }
    }

    /// Mean of each channel.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// Standard deviation of each channel.
    pub fn std(&self) -> &[f32] {
        &self.std
    }

    /// The floats that a channel's 256 bytes become, one table per channel.
    pub fn tables(&self) -> &[[f32; 256]] {
        &self.tables
    }

    /// Writes the images at `indices` to `out`, channels-last `[B, H, W, C]`.
    ///
    /// # Panics
    /// If an index is not below `images.len()`, if `out` is not B·H·W·C long, or if the images have another
    /// number of channels.
    pub fn gather(&self, images: &Images, indices: &[u32], out: &mut [f32]) {
        let size = images.image_bytes();
        self.assert_fit(images, indices, out);
        for (&index, out) in indices.iter().zip(out.chunks_exact_mut(size)) {
            self.write(images.image(index as usize), out);
        }
    }

    /// Writes pieces of the images at `indices` to `out`, channels-last `[B, H, W, C]`: of each image what its offset says, as
    /// [`Offset::apply`] cuts it out, then normalised.
    ///
    /// # Panics
    /// As [`Normaliser::gather`], and if there is not one offset for each index.
    pub fn gather_augmented(&self, images: &Images, indices: &[u32], offsets: &[Offset], out: &mut [f32]) {
        let size = images.image_bytes();
        self.assert_fit(images, indices, out);
        assert_eq!(offsets.len(), indices.len(), "one offset for each image");
        let shape = [images.height, images.width, images.channels];
        let mut piece = vec![0; size];
        for ((&index, offset), out) in indices.iter().zip(offsets).zip(out.chunks_exact_mut(size)) {
            offset.apply(images.image(index as usize), shape, &mut piece);
            self.write(&piece, out);
        }
    }

    fn assert_fit(&self, images: &Images, indices: &[u32], out: &[f32]) {
        let size = images.image_bytes();
        assert_eq!(images.channels, self.tables.len(), "channels of the images and of the normaliser");
        assert_eq!(out.len(), indices.len() * size, "floats for {} images of {size}", indices.len());
    }

    /// Writes one image.
    fn write(&self, image: &[u8], out: &mut [f32]) {
        match &self.tables[..] {
            // The two cases there are, with the loop over channels unrolled.
            [grey] => out.iter_mut().zip(image).for_each(|(out, &x)| *out = grey[usize::from(x)]),
            [red, green, blue] => {
                let (out, _) = out.as_chunks_mut::<3>();
                let (image, _) = image.as_chunks::<3>();
                for (out, &[r, g, b]) in out.iter_mut().zip(image) {
                    *out = [red[usize::from(r)], green[usize::from(g)], blue[usize::from(b)]];
                }
            }
            tables => {
                for (i, (out, &x)) in out.iter_mut().zip(image).enumerate() {
                    *out = tables[i % tables.len()][usize::from(x)];
                }
            }
        }
    }
}
