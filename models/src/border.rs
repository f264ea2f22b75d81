//! The border to candle: parameters as tensors in candle's layouts, a trained network as a module.

use crate::Network;
use crate::pass::{Replica, Shard, Sums};
use crate::shard::SHARD;
use candle_core::{Result, Tensor};
use std::collections::BTreeMap;

/// Parameters as candle (and PyTorch) lay them out, on the CPU: convolution weights `[out, in, kernel, kernel]`,
/// dense weights `[out, in]`. A dense layer behind images takes them flattened channels-last.
///
/// # Errors
/// If `parameters` is not as long as the network's layout.
pub fn tensors(network: &Network, parameters: &[f32]) -> Result<BTreeMap<String, Tensor>> {
    if parameters.len() != network.parameters() {
        candle_core::bail!("{} parameters given, {} expected", parameters.len(), network.parameters());
    }
    let named = network.layout().slots().iter().map(|slot| {
        let tensor =
            Tensor::from_slice(&parameters[slot.range()], slot.shape.as_slice(), &candle_core::Device::Cpu)?;
        let tensor = match slot.shape.len() {
            4 => tensor.permute((3, 2, 0, 1))?.contiguous()?,
            // Tables of tokens and positions are laid out alike.
            2 if !slot.name.ends_with(".table") => tensor.t()?.contiguous()?,
            _ => tensor,
        };
        Ok((slot.name.clone(), tensor))
    });
    named.collect()
}

/// A trained network that takes candle tensors: `[N, C, H, W]` images in, `[N, classes]` logits out.
#[derive(Clone, Debug)]
pub struct Classifier {
    network: Network,
    parameters: Vec<f32>,
    /// What batch normalisations normalise by.
    statistics: Vec<f32>,
}

impl Classifier {
    /// `parameters` in the network's own layout, as [`crate::Population::parameters`] gives them, and the running statistics of its
    /// batch normalisations, as [`crate::Population::running`] does.
    ///
    /// # Panics
    /// If there are less running statistics than the network has.
    pub fn new(network: Network, parameters: Vec<f32>, running: &[f32]) -> Self {
        let statistics = network.inverse(running);
        Self { network, parameters, statistics }
    }
}

impl candle_nn::Module for Classifier {
    fn forward(&self, images: &Tensor) -> Result<Tensor> {
        let (n, channels, height, width) = images.dims4()?;
        let input = self.network.input();
        if (height, width, channels) != (input.height, input.width, input.channels) {
            candle_core::bail!("images of shape {:?}, the network takes {input:?}", images.shape());
        }
        let pixels = images.permute((0, 2, 3, 1))?.flatten_all()?.to_vec1::<f32>()?;
        let (mut shard, mut sums) = (Shard::new(&self.network), Sums::new(&self.network));
        let (parameters, statistics) = (&self.parameters[..], &self.statistics[..]);
        let replica =
            Replica { parameters, transposed: &[], packed: &[], statistics, totals: &[], batch_size: n };
        let mut logits = Vec::with_capacity(n * self.network.classes());
        for pixels in pixels.chunks(SHARD * input.size()) {
            let count = pixels.len() / input.size();
            shard.input(&self.network, count).0.copy_from_slice(pixels);
            shard.forward(&self.network, replica, count, None, &mut sums);
            logits.extend_from_slice(shard.logits(&self.network, count));
        }
        Tensor::from_vec(logits, (n, self.network.classes()), images.device())
    }
}
