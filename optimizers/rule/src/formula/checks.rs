//! What is read without a mistake and is no rule all the same.

use super::FormulaError;
use super::host::{Host, MOST_PARTS, Moment};
use super::pass::Passed;
use super::reading::Reading;
use crate::expression::{Input, Node};
use crate::sweep::MAX_SCALARS;

impl Reading<'_> {
    /// Checks the two passes over the formula: the first step, and later ones.
    ///
    /// # Errors
    /// The first thing that makes it no rule.
    pub fn check(
        &self,
        first: &Passed<'_>,
        later: &Passed<'_>,
        scalars: &[Host],
    ) -> Result<(), FormulaError> {
        check_size(scalars)?;
        check_sums(first, scalars)?;
        if self.source.sums.is_some() && later.terms.is_empty() {
            return Err(FormulaError::new(0, "`sums` has no effect: there is no sum"));
        }
        let live = Live::new(later, scalars);
        if !live.gradient {
            let message = "theta' does not depend on the gradient `g`, not even through a state";
            return Err(FormulaError::new(0, message));
        }
        self.check_first_step(first, scalars)?;
        self.check_used(&live, scalars)
    }

    /// Refuses numbers that are not finite at the first step, and divisors that are 0 there, whatever the gradient is.
    fn check_first_step(&self, first: &Passed<'_>, scalars: &[Host]) -> Result<(), FormulaError> {
        let parameters: Vec<f64> = self.hypers.iter().map(|hyper| hyper.default).collect();
        let gamma =
            self.hypers.iter().find(|hyper| hyper.name == "learning_rate").map_or(1.0, |hyper| hyper.default);
        let numbers = |sums: &[f64]| -> Vec<f64> {
            let moment = Moment { parameters: &parameters, k: 0, gamma, sums, count: 1.0 };
            scalars.iter().map(|host| host.at(moment)).collect()
        };
        // Two points, so that no chance is taken for a law.
        let points = [(0.7, 0.3), (-1.3, -0.9)].map(|(theta, g)| {
            let before = values(&first.nodes, theta, g, &numbers(&[]));
            let sums: Vec<f64> = first.terms.iter().map(|&term| before[term]).collect();
            let numbers = numbers(&sums);
            let elements = values(&first.nodes, theta, g, &numbers);
            (numbers, elements)
        });
        for (i, host) in scalars.iter().enumerate() {
            if points.iter().all(|(numbers, _)| !numbers[i].is_finite()) {
                let number = points[0].0[i];
                let message = format!("{} is {number} at the first step, where k is 0", host.symbol());
                return Err(FormulaError::new(0, message));
            }
        }
        for &(divisor, at, text) in &first.quotients {
            if points.iter().all(|(_, elements)| elements[divisor] == 0.0) {
                let message = "the divisor is 0 at the first step (a state that starts at 0?); add an eps, or give the state a start";
                return Err(FormulaError::new(at, message).within(text));
            }
        }
        Ok(())
    }

    /// Nothing is accepted that would be without effect.
    fn check_used(&self, live: &Live, scalars: &[Host]) -> Result<(), FormulaError> {
        if let Some((state, _)) = self.source.states.iter().zip(&live.states).find(|(_, live)| !**live) {
            let message = format!("states: theta' does not depend on `{state}`; remove it");
            return Err(FormulaError::new(0, message));
        }
        for (place, hyper) in self.hypers.iter().enumerate() {
            let wanted = |host: &Host| match host {
                Host::Gamma => hyper.name == "learning_rate",
                Host::Parameter(other, _) => *other == place,
                _ => false,
            };
            let used = scalars.iter().zip(&live.scalars).any(|(host, live)| *live && host.contains(&wanted));
            // What a state starts from counts too.
            if !used && !self.start.values().any(|(term, _)| term.names(&hyper.name)) {
                let what = if hyper.name == "learning_rate" { "gamma" } else { &hyper.name };
                let message = format!("parameters.{}: no assignment uses `{what}`", hyper.name);
                return Err(FormulaError::new(0, message));
            }
        }
        Ok(())
    }
}

fn check_size(scalars: &[Host]) -> Result<(), FormulaError> {
    let refuse = |message: String| Err(FormulaError::new(0, message));
    if let Some(large) = scalars.iter().map(Host::size).find(|size| *size > MOST_PARTS) {
        return refuse(format!(
            "a number of a step is made of {large} parts; at most {MOST_PARTS} are accepted"
        ));
    }
    if scalars.len() > MAX_SCALARS {
        let count = scalars.len();
        return refuse(format!(
            "{count} numbers that are the same for every element; at most {MAX_SCALARS} are accepted"
        ));
    }
    Ok(())
}

/// A sum may not go over what another sum is needed for: that would take a pass over memory each.
fn check_sums(passed: &Passed<'_>, scalars: &[Host]) -> Result<(), FormulaError> {
    let needs = |node: &Node| matches!(node, Node::Input(Input::Scalar(i)) if scalars[*i].needs_sums());
    if passed.terms.iter().any(|&term| reaches(&passed.nodes, term, needs)) {
        let message = "a sum goes over what another sum is needed for; all sums are taken before the elements are stepped";
        return Err(FormulaError::new(0, message));
    }
    Ok(())
}

/// What the new parameter depends on, now or at a later step.
struct Live {
    states: Vec<bool>,
    scalars: Vec<bool>,
    gradient: bool,
}

impl Live {
    fn new(passed: &Passed<'_>, scalars: &[Host]) -> Self {
        let mut live = Self {
            states: vec![false; passed.states.len()],
            scalars: vec![false; scalars.len()],
            gradient: false,
        };
        let mut seen = vec![false; passed.nodes.len()];
        let mut open = vec![passed.theta];
        while let Some(id) = open.pop() {
            if std::mem::replace(&mut seen[id], true) {
                continue;
            }
            match passed.nodes[id] {
                Node::Input(Input::Gradient) => live.gradient = true,
                Node::Input(Input::State(i)) => {
                    live.states[i] = true;
                    open.push(passed.states[i]);
                }
                Node::Input(Input::Scalar(i)) => {
                    live.scalars[i] = true;
                    let of = |number: usize| scalars[i].contains(&|host| *host == Host::Sum(number));
                    open.extend(
                        passed.terms.iter().enumerate().filter(|(number, _)| of(*number)).map(|(_, id)| *id),
                    );
                }
                _ => {}
            }
            open.extend(passed.nodes[id].operands());
        }
        live
    }
}

fn reaches(nodes: &[Node], from: usize, wanted: impl Fn(&Node) -> bool) -> bool {
    let mut seen = vec![false; nodes.len()];
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        if wanted(&nodes[id]) {
            return true;
        }
        if !std::mem::replace(&mut seen[id], true) {
            open.extend(nodes[id].operands());
        }
    }
    false
}

/// The values of all operations at one element, states being 0.
fn values(nodes: &[Node], theta: f64, g: f64, scalars: &[f64]) -> Vec<f64> {
    let mut values = Vec::with_capacity(nodes.len());
    for node in nodes {
        values.push(match *node {
            Node::Input(Input::Theta) => theta,
            Node::Input(Input::Gradient) => g,
            Node::Input(Input::Scalar(i)) => scalars[i],
            node => node.apply(|id| values[id]),
        });
    }
    values
}
