#![doc = include_str!("../README.md")]

mod error;
mod group;
mod optimizer;
mod place;
mod state;

pub use error::OptimError;
pub use group::{Group, Parameter, named, trained};
pub use optimizer::{Config, Optim};
pub use rule::{Method, Role};
/// Hyper-parameters are JSON values.
pub use serde_json::{Value, json};
