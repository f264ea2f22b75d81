//! What is trained in a comparison: a network, and what it is given.

use crate::Crop;
use models::{Model, Objective, Shape};

/// Classes of examples that have a label each.
const CLASSES: usize = 10;

/// A network on made-up data, every byte of which stands for a number.
pub(crate) struct Subject {
    /// What comparisons call it.
    pub name: &'static str,
    /// The network.
    pub model: Model,
    /// Shape of what it is given.
    pub input: Shape,
    /// How many different bytes there are.
    pub bytes: u32,
    /// The numbers that they stand for.
    pub table: [f32; 256],
    /// What its end is held against.
    pub objective: Objective,
    /// What is done to training images.
    pub crop: Option<Crop>,
}

impl Subject {
    /// On images of 32 by 32 pixels in colour.
    pub fn of_images(name: &'static str, model: Model) -> Self {
        let input = Shape { height: 32, width: 32, channels: 3 };
        let table = std::array::from_fn(|byte| (byte as f32 / 255.0 - 0.5) / 0.25);
        Self { name, model, input, bytes: 256, table, objective: CLASSES.into(), crop: None }
    }

    /// On sequences of so many tokens of a vocabulary.
    pub fn of_tokens(name: &'static str, model: Model, time: usize, vocabulary: u32) -> Self {
        let input = Shape { height: 1, width: time, channels: 1 };
        let table = std::array::from_fn(|byte| byte as f32);
        Self { name, model, input, bytes: vocabulary, table, objective: CLASSES.into(), crop: None }
    }
}
