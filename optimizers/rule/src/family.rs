//! An optimizer before its hyper-parameters are chosen.

use crate::settings::to_map;
use crate::{Configured, HyperError, Method, Parameter, Settings};
use serde_json::Value;

/// One entry of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// The name in the catalogue.
    pub name: &'static str,
    /// The name in a report.
    pub title: &'static str,
    /// Paper and equation.
    pub reference: &'static str,
    /// The parameter table.
    pub parameters: &'static [Parameter],
    /// Parses and checks hyper-parameters; see [`Family::parse`].
    pub parser: fn(&Value) -> Result<Box<dyn Method>, HyperError>,
    /// The default of every parameter; see [`Family::defaults`].
    pub default_values: fn() -> Value,
}

impl Family {
    /// The family of an elementwise optimizer.
    pub const fn of<P: Settings>() -> Self {
        Self {
            name: P::NAME,
            title: P::TITLE,
            reference: P::REFERENCE,
            parameters: P::PARAMETERS,
            parser: |hyper| Ok(Box::new(Configured::<P>::parse(hyper)?)),
            default_values: || Value::Object(to_map(&P::default())),
        }
    }

    /// Parses a map of hyper-parameters; what is missing takes its default.
    pub fn parse(&self, hyper: &Value) -> Result<Box<dyn Method>, HyperError> {
        (self.parser)(hyper)
    }

    /// The default of every parameter, by key.
    pub fn defaults(&self) -> Value {
        (self.default_values)()
    }
}
