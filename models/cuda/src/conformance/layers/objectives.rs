//! Small networks that end in front of every loss there is.

use crate::Crop;
use crate::conformance::Subject;
use models::{
    AttentionLayer, DenseLayer, EmbeddingLayer, Layer, LayerNormLayer, LinearLayer, Loss, Model, Numbers,
    Objective, Residual, ScalingLayer, Shape,
};

const TIME: usize = 11;
const VOCABULARY: usize = 13;
const WIDTH: usize = 8;

/// Images of 6 by 6 pixels.
const SMALL: Shape = Shape { height: 6, width: 6, channels: 1 };

pub(crate) fn of_all_objectives() -> Vec<Subject> {
    vec![of_positions(), of_the_last(), quadratic(), squared(), binary()]
}

fn dense(units: usize) -> Layer {
    Layer::Dense(DenseLayer { units, bias: true, relu: false })
}

fn linear(units: usize) -> Layer {
    Layer::Linear(LinearLayer(DenseLayer { units, bias: true, relu: false }))
}

fn scale(from: f64, to: f64) -> Layer {
    Layer::Scaling(ScalingLayer { from, to })
}

/// A sequence of which every position knows what came before.
fn causal() -> Vec<Layer> {
    let attention = Layer::Attention(AttentionLayer { heads: 2, causal: true, bias: true });
    let norm = Layer::LayerNorm(LayerNormLayer { eps: 1e-5 });
    vec![
        Layer::Embedding(EmbeddingLayer { vocabulary: VOCABULARY, width: WIDTH }),
        Layer::Positions,
        Layer::Residual(Residual { layers: vec![norm, attention], shortcut: Vec::new() }),
    ]
}

fn of_tokens(name: &'static str, end: Vec<Layer>, objective: Objective) -> Subject {
    let layers = [causal(), end].concat();
    let subject = Subject::of_tokens(name, Model::Layers { layers }, TIME, VOCABULARY as u32);
    Subject { objective, ..subject }
}

/// A label for every position, believed but for a share.
fn of_positions() -> Subject {
    let loss = Loss::CrossEntropy { label_smoothing: 0.1 };
    of_tokens("labels of positions", vec![linear(7)], Objective { loss, classes: 7, labels: TIME })
}

/// The last position, and a value that factors must not be written over.
fn of_the_last() -> Subject {
    let scaled = Layer::Residual(Residual { layers: vec![scale(0.5, 2.0)], shortcut: Vec::new() });
    of_tokens("last position", vec![scaled, scale(3.0, 0.3), Layer::Last, dense(10)], 10.into())
}

/// Images of `input`, whose numbers lie in `[0, 1]`.
fn of_numbers(name: &'static str, layers: Vec<Layer>, input: Shape, loss: Loss) -> Subject {
    let table = std::array::from_fn(|byte| byte as f32 / 255.0);
    let objective = Objective { loss, classes: 1, labels: 1 };
    Subject { input, table, objective, ..Subject::of_images(name, Model::Layers { layers }) }
}

fn quadratic() -> Subject {
    let loss = Loss::SquaredError { target: Numbers::Zero };
    of_numbers("quadratic", vec![Layer::Positions, scale(2.0, 0.5)], Shape::vector(9), loss)
}

fn squared() -> Subject {
    let loss = Loss::SquaredError { target: Numbers::Input };
    of_numbers("autoencoder", vec![dense(5), Layer::Tanh, dense(SMALL.size())], SMALL, loss)
}

/// Of pieces of images, which are the targets too.
fn binary() -> Subject {
    let layers = vec![dense(5), Layer::Silu, dense(SMALL.size())];
    let subject = of_numbers("autoencoder of shares", layers, SMALL, Loss::BinaryCrossEntropy {});
    Subject { crop: Some(Crop { pad: 2, flip: true }), ..subject }
}
