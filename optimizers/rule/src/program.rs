//! A rule as data: what a compiled rule is traced to, and what a formula is read into.

use crate::expression::Traced;
use crate::{Rule, Scalar, Scope};

/// A [`Scalar`] whose texts are its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// See [`Scalar::name`].
    pub name: String,
    /// See [`Scalar::symbol`].
    pub symbol: String,
    /// See [`Scalar::definition`].
    pub definition: String,
}

impl From<&Scalar> for Symbol {
    fn from(scalar: &Scalar) -> Self {
        let Scalar { name, symbol, definition } = scalar;
        Self { name: (*name).into(), symbol: (*symbol).into(), definition: (*definition).into() }
    }
}

/// All functions of a rule as lists of operations, with the names of what goes in and out.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// The states' names.
    pub states: Vec<String>,
    /// The scalars of a step.
    pub scalars: Vec<Symbol>,
    /// The sums of a step; empty for a rule of elements alone.
    pub sums: Vec<Symbol>,
    /// What the sums go over.
    pub scope: Scope,
    /// The first step: initial states, then the update.
    pub first: Traced,
    /// Every later step.
    pub step: Traced,
    /// The initial states alone.
    pub start: Traced,
    /// The terms of the sums at the first step, from the initial states.
    pub first_terms: Traced,
    /// The terms of the sums at every later step.
    pub terms: Traced,
    /// The parameter to evaluate at, if it is not the one that is differentiated.
    pub evaluated: Option<Traced>,
}

impl Program {
    /// The trace of `rule`.
    pub fn of<R: Rule>(rule: &R) -> Self {
        Self {
            states: rule.states().iter().map(ToString::to_string).collect(),
            scalars: rule.scalars().iter().map(Symbol::from).collect(),
            sums: R::SUMS.iter().map(Symbol::from).collect(),
            scope: rule.scope(),
            first: Traced::update(rule, true),
            step: Traced::update(rule, false),
            start: Traced::start(rule),
            first_terms: Traced::terms(rule, true),
            terms: Traced::terms(rule, false),
            evaluated: rule.averages().then(|| Traced::evaluated(rule)),
        }
    }

    /// Whether each element can be stepped by itself: no sums, and the weights that are evaluated are those differentiated.
    pub fn is_elementwise(&self) -> bool {
        self.sums.is_empty() && self.evaluated.is_none()
    }
}
