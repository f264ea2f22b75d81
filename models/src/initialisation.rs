//! Laws of the initial weights.

use kernels::Real;
use rule::Layout;
use serde::{Deserialize, Serialize};
use streams::Stream;

/// The law weights are drawn from; biases and shifts start at zero, gains at one; tables of tokens and positions have
/// variance 1 where the law goes by fans. `fan_in` and `fan_out` count the numbers that one output
/// depends on and that depend on one input.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "law", rename_all = "snake_case", deny_unknown_fields)]
pub enum Initialisation {
    /// N(0, 2 / fan_in): He, Zhang, Ren, Sun, "Delving deep into rectifiers", ICCV 2015.
    HeNormal {},
    /// N(0, 2 / (fan_in + fan_out)): Glorot, Bengio, "Understanding the difficulty of training deep feedforward
    /// neural networks", AISTATS 2010.
    GlorotNormal {},
    /// N(0, std²).
    Normal {
        /// Standard deviation.
        std: f64,
    },
}

impl Initialisation {
    /// Fills a replica's parameters. Each tensor has a stream of its own (`init/<name>`, given by `stream`), so
    /// that adding a layer leaves the others as they were.
    pub fn fill<F: Real>(&self, layout: &Layout, stream: impl Fn(&str) -> Stream, parameters: &mut [F]) {
        for slot in layout.slots() {
            let tensor = &mut parameters[slot.range()];
            let [window @ .., inputs, outputs] = &slot.shape[..] else {
                tensor.fill(if slot.name.ends_with(".gain") { F::ONE } else { F::ZERO });
                continue;
            };
            let window: usize = window.iter().product();
            let (fan_in, fan_out) = ((window * inputs) as f64, (window * outputs) as f64);
            let std = match self {
                // A number of a table is looked up, not summed with others.
                Self::HeNormal {} | Self::GlorotNormal {} if slot.name.ends_with(".table") => 1.0,
                Self::HeNormal {} => (2.0 / fan_in).sqrt(),
                Self::GlorotNormal {} => (2.0 / (fan_in + fan_out)).sqrt(),
                Self::Normal { std } => *std,
            };
            let mut draws = stream(&format!("init/{}", slot.name)).draws(0);
            for weight in tensor {
                *weight = F::from_f64(std * draws.normal());
            }
        }
    }
}
