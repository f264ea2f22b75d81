//! From a formula to a rule.

use super::pass::Passed;
use super::reading::Reading;
use super::{Formula, FormulaError, FormulaSource};
use crate::expression::Traced;
use crate::{Parameter, Program, Range, Scope, Symbol};
use std::borrow::Cow;

impl Formula {
    /// Reads `source`. `name`, `title` and `reference` are what the optimizer is called.
    ///
    /// # Errors
    /// If the formula cannot be understood, or does not make a rule.
    pub fn new(
        name: &str,
        title: &str,
        reference: &str,
        source: &FormulaSource,
    ) -> Result<Self, FormulaError> {
        let reading = Reading::new(source)?;
        let first = reading.pass(true)?;
        let later = reading.pass(false)?;
        let scalars = reading.scalars.take();
        reading.check(&first, &later, &scalars)?;
        let scope = match source.sums {
            _ if later.terms.is_empty() => Scope::All,
            over => over.unwrap_or(Scope::Tensor),
        };
        let symbols = scalars.iter().enumerate().map(|(i, host)| {
            let (name, symbol) = (format!("s{i}"), host.symbol());
            Symbol { name, symbol, definition: String::new() }
        });
        let sums = (0..later.terms.len()).map(|i| Symbol {
            name: format!("sum{i}"),
            symbol: format!("S_{}", i + 1),
            definition: String::new(),
        });
        let traced = |passed: &Passed<'_>, theta: bool, states: &[usize], terms: &[usize]| Traced {
            nodes: passed.nodes.clone(),
            theta: theta.then_some(passed.theta),
            states: states.to_vec(),
            terms: terms.to_vec(),
            ..Traced::default()
        };
        let program = Program {
            states: source.states.clone(),
            scalars: symbols.collect(),
            sums: sums.collect(),
            scope,
            first: traced(&first, true, &first.states, &[]),
            step: traced(&later, true, &later.states, &[]),
            start: traced(&first, false, &first.starts, &[]),
            first_terms: traced(&first, false, &[], &first.terms),
            terms: traced(&later, false, &[], &later.terms),
            evaluated: None,
        };
        let mut text: Vec<String> =
            source.start.iter().map(|(state, value)| format!("{state}(0) = {value}")).collect();
        text.extend(source.step.iter().map(|line| line.trim().to_owned()));
        if program.scope == Scope::All && !program.sums.is_empty() {
            text.push("sums over all parameters".into());
        }
        let mut parameters: Vec<Parameter> = source
            .parameters
            .iter()
            .zip(&reading.hypers)
            .map(|((key, own), hyper)| Parameter {
                key: Cow::Owned(key.clone()),
                range: hyper.range,
                meaning: Cow::Owned(own.meaning.clone()),
            })
            .collect();
        parameters.push(Parameter::new("schedule", Range::Schedule, "how γ₀ decays"));
        Ok(Self {
            name: name.to_owned(),
            title: title.to_owned(),
            reference: reference.to_owned(),
            parameters,
            text: text.join("; "),
            invariances: reading.source.invariances.clone(),
            hypers: reading.hypers,
            scalars,
            program,
        })
    }
}
