//! A small network of what sequences go through.

use crate::conformance::Subject;
use models::{
    AttentionLayer, DenseLayer, DropoutLayer, EmbeddingLayer, Layer, LayerNormLayer, LinearLayer, Model,
    Repeat, Residual,
};

const TIME: usize = 19;
const VOCABULARY: usize = 29;
const WIDTH: usize = 12;

fn norm() -> Layer {
    Layer::LayerNorm(LayerNormLayer { eps: 1e-5 })
}

fn linear(units: usize) -> Layer {
    Layer::Linear(LinearLayer(DenseLayer { units, bias: true, relu: false }))
}

fn attention(heads: usize, causal: bool) -> Layer {
    Layer::Attention(AttentionLayer { heads, causal, bias: causal })
}

fn residual(layers: Vec<Layer>) -> Layer {
    Layer::Residual(Residual { layers, shortcut: Vec::new() })
}

/// Blocks of attention and dense layers, under a mask and, without biases, in sight of everything.
pub(crate) fn transformer() -> Subject {
    use Layer::{Gelu, MeanPool, Positions};
    let layers = vec![
        Layer::Embedding(EmbeddingLayer { vocabulary: VOCABULARY, width: WIDTH }),
        Positions,
        Layer::Repeat(Repeat {
            times: 2,
            layers: vec![
                residual(vec![norm(), attention(3, true), Layer::Dropout(DropoutLayer { rate: 0.1 })]),
                residual(vec![norm(), linear(2 * WIDTH), Gelu, linear(WIDTH)]),
            ],
        }),
        // Positions of a value that is still to be read without them.
        residual(vec![Positions, norm(), attention(2, false)]),
        norm(),
        MeanPool,
        Layer::Dense(DenseLayer { units: 10, bias: true, relu: false }),
    ];
    Subject::of_tokens("transformer", Model::Layers { layers }, TIME, VOCABULARY as u32)
}
