//! The networks of the suite.

use crate::{Layer, Shape};
use serde::{Deserialize, Serialize};

/// A network by name, with its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    pub key: &'static str,
    /// What was given.
    pub value: String,
    /// What would be accepted.
    pub accepted: String,
}

impl Model {
    /// The layers for `classes` classes over images of `input` shape.
    ///
    /// # Errors
    /// If a setting is out of range, or the images are too small for the network.
    pub fn layers(&self, input: Shape, classes: usize) -> Result<Vec<Layer>, ModelError> {
        match self {
            Self::Nin { width, dropout } => nin(input, classes, *width, *dropout),
            Self::Mlp { hidden } => {
                if hidden.contains(&0) {
                    return Err(ModelError {
                        key: "model.hidden",
                        value: "a layer of 0 units".into(),
                        accepted: "every hidden layer needs at least 1 unit".into(),
                    });
                }
                if hidden.len() > MOST_HIDDEN {
                    return Err(ModelError {
                        key: "model.hidden",
                        value: format!("a list of {} layers", hidden.len()),
                        accepted: format!("at most {MOST_HIDDEN} hidden layers are accepted"),
                    });
                }
                let mut layers: Vec<Layer> =
                    hidden.iter().map(|&units| Layer::Dense { units, relu: true }).collect();
                layers.push(Layer::Dense { units: classes, relu: false });
                Ok(layers)
            }
            Self::SoftmaxRegression {} => Ok(vec![Layer::Dense { units: classes, relu: false }]),
        }
    }
}

fn nin(input: Shape, classes: usize, width: f64, dropout: f64) -> Result<Vec<Layer>, ModelError> {
    let out_of_range = |key, value: f64, accepted: &str| {
        Err(ModelError { key, value: value.to_string(), accepted: accepted.into() })
    };
    if !(width > 0.0 && width <= 8.0) {
        return out_of_range("model.width", width, "a number above 0 and at most 8 is accepted");
    }
    if !(0.0..1.0).contains(&dropout) {
        return out_of_range("model.dropout", dropout, "a rate from 0 up to, not including, 1 is accepted");
    }
    if input.height != 32 || input.width != 32 {
        return Err(ModelError {
            key: "model.name",
            value: format!("nin on {} x {} images", input.height, input.width),
            accepted: "nin takes 32 x 32 images (MNIST is padded to that size)".into(),
        });
    }
    let conv = |filters: usize, kernel| Layer::Conv {
        filters: ((filters as f64 * width).round() as usize).max(1),
        kernel,
    };
    let pool = (3, 2);
    Ok(vec![
        conv(192, 5),
        conv(160, 1),
        conv(96, 1),
        Layer::MaxPool { kernel: pool.0, stride: pool.1 },
        Layer::Dropout { rate: dropout },
        conv(192, 5),
        conv(192, 1),
        conv(192, 1),
        Layer::AveragePool { kernel: pool.0, stride: pool.1 },
        Layer::Dropout { rate: dropout },
        conv(192, 3),
        conv(192, 1),
        Layer::Conv { filters: classes, kernel: 1 },
        Layer::AveragePool { kernel: 2, stride: 1 },
        Layer::Dense { units: classes, relu: false },
    ])
}
