//! The networks of the suite.

use crate::builder::Builder;
use crate::layer::build_all;
use crate::{
    AveragePooling, ConvLayer, DenseLayer, DropoutLayer, Layer, MaxPooling, Objective, Pooling, Shape,
};
use serde::{Deserialize, Serialize};

/// A network by name, with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Model {
    /// Network in Network as in the first author's own Keras file (`camcastera/Keras-Networks`,
    /// `Network_in_Network.py`, 2019): no padding, a rectifier after every convolution, a dense layer at the end.
    /// The paper gives no layer list; this file matches its description ("slightly modified", about 10⁶ weights).
    Nin {
        /// Multiplies the number of filters of every convolution but the last; 1 is the paper's network.
        #[serde(default = "one")]
        width: f64,
        /// Rate of the two dropout layers; 0.5 in the authors' file.
        #[serde(default = "half")]
        dropout: f64,
    },
    /// Dense layers with rectifiers between them.
    Mlp {
        /// Units of each hidden layer.
        hidden: Vec<usize>,
    },
    /// One dense layer: a convex problem.
    SoftmaxRegression {},
    /// Layers as they are written.
    Layers {
        /// One behind the other.
        layers: Vec<Layer>,
    },
}

/// Hidden layers, at most: far deeper than dense layers without shortcuts can be trained.
const MOST_HIDDEN: usize = 100;

fn one() -> f64 {
    1.0
}

fn half() -> f64 {
    0.5
}

/// Settings no network can be built from; the message says what would be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {value} is not usable; {accepted}")]
pub struct ModelError {
    /// The key, as in the configuration: `model.width`.
    pub key: String,
    /// What was given.
    pub value: String,
    /// What would be accepted.
    pub accepted: String,
}

impl Model {
    /// Its ops for what its end is held against.
    ///
    /// # Errors
    /// If a setting is out of range, or the images do not fit the network.
    pub(crate) fn build(&self, builder: &mut Builder, objective: &Objective) -> Result<(), ModelError> {
        let input = builder.shape();
        let outputs = objective.outputs(input, input);
        let layers = match self {
            Self::Nin { width, dropout } => nin(input, outputs, *width, *dropout)?,
            Self::Mlp { hidden } => mlp(outputs, hidden)?,
            Self::SoftmaxRegression {} => vec![dense(outputs, false)],
            Self::Layers { layers } => layers.clone(),
        };
        build_all(builder, "layers", &layers)?;
        objective.check(input, builder.shape())
    }
}

fn dense(units: usize, relu: bool) -> Layer {
    Layer::Dense(DenseLayer { units, bias: true, relu })
}

fn mlp(outputs: usize, hidden: &[usize]) -> Result<Vec<Layer>, ModelError> {
    let refusal =
        |value: String, accepted: String| Err(ModelError { key: "model.hidden".into(), value, accepted });
    if hidden.contains(&0) {
        return refusal("a layer of 0 units".into(), "every hidden layer needs at least 1 unit".into());
    }
    if hidden.len() > MOST_HIDDEN {
        let accepted = format!("at most {MOST_HIDDEN} hidden layers are accepted");
        return refusal(format!("a list of {} layers", hidden.len()), accepted);
    }
    let mut layers: Vec<Layer> = hidden.iter().map(|&units| dense(units, true)).collect();
    layers.push(dense(outputs, false));
    Ok(layers)
}

fn nin(input: Shape, outputs: usize, width: f64, dropout: f64) -> Result<Vec<Layer>, ModelError> {
    let out_of_range = |key: &str, value: f64, accepted: &str| {
        Err(ModelError { key: key.into(), value: value.to_string(), accepted: accepted.into() })
    };
    if !(width > 0.0 && width <= 8.0) {
        return out_of_range("model.width", width, "a number above 0 and at most 8 is accepted");
    }
    if !(0.0..1.0).contains(&dropout) {
        return out_of_range("model.dropout", dropout, "a rate from 0 up to, not including, 1 is accepted");
    }
    if input.height != 32 || input.width != 32 {
        return Err(ModelError {
            key: "model.name".into(),
            value: format!("nin on {} x {} images", input.height, input.width),
            accepted: "nin takes 32 x 32 images (MNIST is padded to that size)".into(),
        });
    }
    let exactly = |filters: usize, kernel: usize| {
        Layer::Conv(ConvLayer { filters, kernel, stride: 1, padding: 0, bias: true, relu: true })
    };
    let conv = |filters: usize, kernel| exactly(((filters as f64 * width).round() as usize).max(1), kernel);
    let pool = Pooling { kernel: 3, stride: 2 };
    let dropout = Layer::Dropout(DropoutLayer { rate: dropout });
    Ok(vec![
        conv(192, 5),
        conv(160, 1),
        conv(96, 1),
        Layer::MaxPool(MaxPooling(pool.clone())),
        dropout.clone(),
        conv(192, 5),
        conv(192, 1),
        conv(192, 1),
        Layer::AveragePool(AveragePooling(pool)),
        dropout,
        conv(192, 3),
        conv(192, 1),
        exactly(outputs, 1),
        Layer::AveragePool(AveragePooling(Pooling { kernel: 2, stride: 1 })),
        dense(outputs, false),
    ])
}
