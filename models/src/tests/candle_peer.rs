//! The paper's network beside candle's own convolution and pooling (their forward passes are sound), and the
//! gradient of a convex problem beside candle's autograd.

use super::{IMAGE, Noise, population};
use crate::border::{Classifier, tensors};
use crate::{Batches, Model, Network};
use candle_core::{Device, Result, Tensor, Var};
use candle_nn::Module;
use std::collections::BTreeMap;

fn images(noise: &Noise, n: usize) -> (Tensor, Tensor) {
    let mut pixels = vec![0f32; n * IMAGE.size()];
    let mut labels = vec![0u8; n];
    noise.fill(0, 0, &mut pixels, &mut labels);
    let images = Tensor::from_vec(pixels, (n, 32, 32, 3), &Device::Cpu).unwrap();
    let labels = labels.into_iter().map(u32::from).collect();
    (images.permute((0, 3, 1, 2)).unwrap(), Tensor::from_vec(labels, n, &Device::Cpu).unwrap())
}

fn candle_nin(t: &BTreeMap<String, Tensor>, x: &Tensor) -> Result<Tensor> {
    let conv = |x: &Tensor, i: usize| -> Result<Tensor> {
        let bias = t[&format!("conv{i}.bias")].reshape((1, (), 1, 1))?;
        x.conv2d(&t[&format!("conv{i}.weight")], 0, 1, 1, 1)?.broadcast_add(&bias)?.relu()
    };
    let x = conv(&conv(&conv(&x.contiguous()?, 1)?, 2)?, 3)?.max_pool2d_with_stride(3, 2)?;
    let x = conv(&conv(&conv(&x, 4)?, 5)?, 6)?.avg_pool2d_with_stride(3, 2)?;
    let x = conv(&conv(&conv(&x, 7)?, 8)?, 9)?.avg_pool2d_with_stride(2, 1)?.flatten_from(1)?;
    x.matmul(&t["dense1.weight"].t()?)?.broadcast_add(&t["dense1.bias"])
}

#[test]
fn forward_pass_of_the_papers_network() {
    let network = Network::new(&Model::Nin { width: 1.0, dropout: 0.5 }, IMAGE, 100).unwrap();
    let (population, noise) = population::<f32>(&network, &[1]);
    let (x, _) = images(&noise, 3);
    let parameters = population.parameters(0).to_vec();
    let theirs = candle_nin(&tensors(&network, &parameters).unwrap(), &x).unwrap();
    let ours = Classifier::new(network, parameters, &[]).forward(&x).unwrap();
    let (ours, theirs) = (ours.to_vec2::<f32>().unwrap().concat(), theirs.to_vec2::<f32>().unwrap().concat());
    let scale = theirs.iter().fold(0f32, |m, x| m.max(x.abs()));
    assert!(scale > 0.1, "logits that say something");
    for (a, b) in ours.iter().zip(&theirs) {
        assert!((a - b).abs() < 1e-5 * scale, "{a} vs {b}");
    }
}

#[test]
fn gradient_of_softmax_regression() {
    let network = Network::new(&Model::SoftmaxRegression {}, IMAGE, 10).unwrap();
    let (mut population, noise) = population::<f32>(&network, &[1]);
    let named = tensors(&network, population.parameters(0)).unwrap();
    let (weight, bias) = (
        Var::from_tensor(&named["dense1.weight"]).unwrap(),
        Var::from_tensor(&named["dense1.bias"]).unwrap(),
    );
    let (x, labels) = images(&noise, 16);
    // Flattened channels-last, as the dense layer takes them.
    let flat = x.permute((0, 2, 3, 1)).unwrap().flatten_from(1).unwrap();
    let logits = flat.matmul(&weight.t().unwrap()).unwrap().broadcast_add(&bias).unwrap();
    let loss = candle_nn::loss::cross_entropy(&logits, &labels).unwrap();
    let gradients = loss.backward().unwrap();

    let scores = population.differentiate(0, 16, &noise);
    let theirs = f64::from(loss.to_scalar::<f32>().unwrap());
    assert!((scores[0].loss / 16.0 - theirs).abs() < 1e-5 * theirs);
    let ours = tensors(&network, population.parameters_and_gradient().1).unwrap();
    for (name, var) in [("dense1.weight", &weight), ("dense1.bias", &bias)] {
        let difference = (&ours[name] - gradients.get(var).unwrap()).unwrap().abs().unwrap();
        let largest = difference.flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap();
        assert!(largest < 1e-6, "{name}: {largest}");
    }
}
