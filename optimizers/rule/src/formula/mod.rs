//! Rules written as formulas: assignments in the notation of papers, read into the operations that compiled rules are traced
//! into.
//!
//! What is the same for every element (hyper-parameters, the step, sums) is computed once a step in double precision, as
//! compiled rules do; what is left is computed element by element in the order in which it is written. A formula that says
//! what a compiled rule says has its bits.

mod build;
mod checks;
mod host;
mod interpret;
mod lowered;
mod method;
mod pass;
mod reading;
mod source;
mod syntax;
mod token;

pub use method::FormulaMethod;
pub use source::{FormulaSource, ParameterSource};

use crate::{Invariance, Parameter, Program, Range};
use host::Host;

/// Why a formula was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormulaError {
    /// The text that is meant, as it was given; empty if none is.
    pub text: String,
    /// The character that is meant, counted from 0.
    pub column: usize,
    /// What is wrong with it.
    pub message: String,
}

impl FormulaError {
    fn new(column: usize, message: impl Into<String>) -> Self {
        Self { text: String::new(), column, message: message.into() }
    }

    fn within(mut self, text: &str) -> Self {
        if self.text.is_empty() {
            text.clone_into(&mut self.text);
        }
        self
    }
}

impl std::fmt::Display for FormulaError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.text.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}\n  {}\n  {}^", self.message, self.text, " ".repeat(self.column))
    }
}

impl std::error::Error for FormulaError {}

/// A hyper-parameter of a formula.
#[derive(Clone, Debug, PartialEq)]
struct Hyper {
    name: String,
    default: f64,
    range: Range,
}

/// A rule that was read from a formula.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    /// Its name in the catalogue.
    pub name: String,
    /// Its name in a report.
    pub title: String,
    /// Paper and equation.
    pub reference: String,
    /// The table of its hyper-parameters, with the schedule.
    pub parameters: Vec<Parameter>,
    /// The assignments, one behind the other: what a run is named by.
    pub text: String,
    /// What its path is said to follow.
    invariances: Vec<Invariance>,
    hypers: Vec<Hyper>,
    scalars: Vec<Host>,
    program: Program,
}

#[cfg(test)]
mod tests;
