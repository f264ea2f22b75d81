//! The names and lines of a formula, before anything is computed.

use super::host::{FUNCTIONS, Host};
use super::pass::OVER;
use super::syntax::{Assignment, Term, assignment, expression};
use super::{FormulaError, FormulaSource, Hyper};
use crate::sweep::MAX_STATES;
use crate::{PRACTICE, nearest};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Assignments, at most.
const MOST_LINES: usize = 100;

/// Names that mean something of themselves.
pub(super) const RESERVED: &[&str] = &["theta", "g", "gamma", "k", "schedule", "formula"];

/// Everything that the two passes over a formula share.
pub(super) struct Reading<'s> {
    pub source: &'s FormulaSource,
    pub lines: Vec<(Assignment, &'s str)>,
    pub start: BTreeMap<&'s str, (Term, &'s str)>,
    pub hypers: Vec<Hyper>,
    pub scalars: RefCell<Vec<Host>>,
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl<'s> Reading<'s> {
    pub fn new(source: &'s FormulaSource) -> Result<Self, FormulaError> {
        let plain = |message: String| FormulaError::new(0, message);
        if source.states.len() > MAX_STATES {
            return Err(plain(format!("{} states; at most {MAX_STATES} are accepted", source.states.len())));
        }
        let mut seen: Vec<&str> = Vec::new();
        for name in source.parameters.keys().chain(&source.states) {
            if !is_name(name) {
                return Err(plain(
                    format!("`{name}` is no name: letters, digits and _, a letter first").replace('\n', " "),
                ));
            }
            let function = FUNCTIONS.iter().any(|(word, _)| word == name) || OVER.contains(&name.as_str());
            if RESERVED.contains(&name.as_str()) || function || PRACTICE.iter().any(|p| p.key == *name) {
                return Err(plain(format!("`{name}` is taken; give it another name")));
            }
            if seen.contains(&name.as_str()) {
                return Err(plain(format!("`{name}` is there twice")));
            }
            seen.push(name);
        }
        let mut hypers = Vec::new();
        for (name, own) in &source.parameters {
            let range = own
                .range()
                .map_err(|e| FormulaError { message: format!("parameters.{name}: {}", e.message), ..e })?;
            range
                .check(name, &own.default.into())
                .map_err(|e| FormulaError::new(0, format!("parameters.{name}.default: {e}")))?;
            hypers.push(Hyper { name: name.clone(), default: own.default, range });
        }
        if !source.parameters.contains_key("learning_rate") {
            return Err(plain(
                "there is no parameter `learning_rate`, whose scheduled value is `gamma`".into(),
            ));
        }
        if source.step.len() > MOST_LINES {
            return Err(plain(format!(
                "{} assignments; at most {MOST_LINES} are accepted",
                source.step.len()
            )));
        }
        if source.step.is_empty() {
            return Err(plain("`step` has no assignment".into()));
        }
        let lines =
            source.step.iter().map(|text| Ok((assignment(text).map_err(|e| e.within(text))?, text.as_str())));
        let mut start = BTreeMap::new();
        for (state, text) in &source.start {
            if !source.states.contains(state) {
                let near = nearest(state, source.states.iter().map(String::as_str));
                let near = near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
                return Err(plain(format!("start: there is no state `{state}`{near}")));
            }
            start.insert(state.as_str(), (expression(text).map_err(|e| e.within(text))?, text.as_str()));
        }
        Ok(Self {
            source,
            lines: lines.collect::<Result<_, _>>()?,
            start,
            hypers,
            scalars: RefCell::default(),
        })
    }
}
