//! A network with every kind of layer for images, and every way that values take between them.

use crate::conformance::Subject;
use models::{
    AveragePooling, BatchNormLayer, ConvLayer, DenseLayer, DropoutLayer, GroupNormLayer, Layer,
    LayerNormLayer, LinearLayer, MaxPooling, Model, Pooling, Repeat, Residual,
};

fn conv(filters: usize, kernel: usize) -> ConvLayer {
    ConvLayer { filters, kernel, stride: 1, padding: 0, bias: true, relu: false }
}

fn linear(units: usize) -> Layer {
    Layer::Linear(LinearLayer(DenseLayer { units, bias: true, relu: false }))
}

fn norm(momentum: f64) -> Layer {
    Layer::BatchNorm(BatchNormLayer { eps: 1e-5, momentum })
}

fn groups(groups: usize) -> Layer {
    Layer::GroupNorm(GroupNormLayer { groups, eps: 1e-5 })
}

fn dropout(rate: f64) -> Layer {
    Layer::Dropout(DropoutLayer { rate })
}

fn residual(layers: Vec<Layer>) -> Layer {
    Layer::Residual(Residual { layers, shortcut: Vec::new() })
}

/// Residual blocks, pools and normalisations, with values that several layers read.
pub(crate) fn of_all_kinds() -> Subject {
    use Layer::{AveragePool, Conv, Gelu, GeluTanh, LayerNorm, MaxPool, MeanPool, Relu, Silu, Tanh};
    let layers = vec![
        Conv(ConvLayer { stride: 2, padding: 1, bias: false, ..conv(6, 3) }),
        norm(0.1),
        Relu,
        residual(vec![
            groups(3),
            Gelu,
            Conv(ConvLayer { padding: 1, ..conv(6, 3) }),
            dropout(0.2),
            residual(vec![norm(0.3), Silu, Conv(ConvLayer { relu: true, ..conv(6, 1) })]),
        ]),
        // What comes out of a rectifier is read twice, once by a layer that would otherwise work in its place.
        Conv(ConvLayer { relu: true, ..conv(8, 3) }),
        residual(vec![dropout(0.3), Conv(ConvLayer { padding: 1, bias: false, relu: true, ..conv(8, 3) })]),
        Layer::Residual(Residual {
            layers: vec![MaxPool(MaxPooling(Pooling { kernel: 2, stride: 2 })), Tanh],
            shortcut: vec![Conv(ConvLayer { stride: 2, bias: false, ..conv(8, 2) })],
        }),
        // The same without bias; and of a value that three read.
        Conv(ConvLayer { stride: 2, bias: false, relu: true, ..conv(8, 1) }),
        residual(vec![residual(vec![groups(2), Tanh]), linear(8)]),
        Layer::Repeat(Repeat {
            times: 2,
            layers: vec![residual(vec![
                LayerNorm(LayerNormLayer { eps: 1e-5 }),
                linear(12),
                GeluTanh,
                linear(8),
            ])],
        }),
        // A rectifier whose output a dropout works on in its place.
        Layer::Linear(LinearLayer(DenseLayer { units: 12, bias: false, relu: true })),
        dropout(0.1),
        AveragePool(AveragePooling(Pooling { kernel: 2, stride: 1 })),
        MeanPool,
        Layer::Dense(DenseLayer { units: 10, bias: false, relu: false }),
    ];
    Subject::of_images("layers of all kinds", Model::Layers { layers })
}
