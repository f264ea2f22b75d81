//! An optimizer before its hyper-parameters are chosen.

use crate::conformance::{Reduction, Translation};
use crate::matrix::{Matrices, MatrixRule};
use crate::settings::to_map;
use crate::{Configured, HyperError, Method, Parameter, Rule, Settings};
use serde_json::Value;
use std::borrow::Cow;

/// Finds another optimizer by name and hyper-parameters, for a rule that leaves some tensors to it.
pub type Lookup<'a> = &'a dyn Fn(&str, &Value) -> Result<Box<dyn Method>, HyperError>;

/// Parses and checks hyper-parameters.
pub type Parser = fn(&Value, Lookup<'_>) -> Result<Box<dyn Method>, HyperError>;

/// One entry of the catalogue.
#[derive(Clone, Debug)]
pub struct Family {
    /// The name in the catalogue.
    pub name: Cow<'static, str>,
    /// The name in a report.
    pub title: Cow<'static, str>,
    /// Paper and equation.
    pub reference: Cow<'static, str>,
    /// The parameter table.
    pub parameters: Cow<'static, [Parameter]>,
    /// What other implementations call it and its parameters.
    pub translations: &'static [Translation],
    /// What it is with certain settings.
    pub reductions: &'static [Reduction],
    /// Parses and checks hyper-parameters; see [`Family::parse`].
    pub parser: Parser,
    /// The default of every parameter; see [`Family::defaults`].
    pub default_values: fn() -> Value,
}

impl Family {
    /// The family of an optimizer of elements.
    pub const fn of<P: Settings + Rule>() -> Self {
        Self {
            name: Cow::Borrowed(P::NAME),
            title: Cow::Borrowed(P::TITLE),
            reference: Cow::Borrowed(P::REFERENCE),
            parameters: Cow::Borrowed(P::PARAMETERS),
            translations: P::TRANSLATIONS,
            reductions: P::REDUCTIONS,
            parser: |hyper, _| Ok(Box::new(Configured::<P>::parse(hyper)?)),
            default_values: || Value::Object(to_map(&P::default())),
        }
    }

    /// The family of an optimizer of matrices.
    pub const fn matrices<P: Settings + MatrixRule>() -> Self {
        Self {
            name: Cow::Borrowed(P::NAME),
            title: Cow::Borrowed(P::TITLE),
            reference: Cow::Borrowed(P::REFERENCE),
            parameters: Cow::Borrowed(P::PARAMETERS),
            translations: P::TRANSLATIONS,
            reductions: P::REDUCTIONS,
            parser: |hyper, lookup| Ok(Box::new(Matrices::<P>::parse(hyper, lookup)?)),
            default_values: Matrices::<P>::defaults,
        }
    }

    /// Parses a map of hyper-parameters; what is missing takes its default. A rule that leaves tensors to another
    /// optimizer finds none: see [`Family::parse_with`].
    ///
    /// # Errors
    /// If a key is unknown, or a value of the wrong type or out of range.
    pub fn parse(&self, hyper: &Value) -> Result<Box<dyn Method>, HyperError> {
        self.parse_with(hyper, &|name, _| Err(Self::not_found(name)))
    }

    /// What a lookup says that knows no optimizers.
    pub(crate) fn not_found(name: &str) -> HyperError {
        HyperError::OutOfRange {
            key: "optimizer".into(),
            value: name.into(),
            accepted: "one that the parser was given a way to find (parse_with)".into(),
        }
    }

    /// Parses a map of hyper-parameters; `lookup` finds other optimizers.
    ///
    /// # Errors
    /// As [`Family::parse`], and those of `lookup`.
    pub fn parse_with(&self, hyper: &Value, lookup: Lookup) -> Result<Box<dyn Method>, HyperError> {
        (self.parser)(hyper, lookup)
    }

    /// The default of every parameter, by key.
    pub fn defaults(&self) -> Value {
        (self.default_values)()
    }
}
