//! One reading of a formula's assignments: from expressions to operations.

use super::FormulaError;
use super::host::{FUNCTIONS, Host, MOST_PARTS};
use super::reading::{RESERVED, Reading};
use super::syntax::{Assignment, Kind, Term};
use crate::expression::{Arena, Expr, Input, Node};
use crate::sums::MAX_SUMS;
use crate::{Number, nearest};
use std::collections::BTreeMap;

/// Functions of elements.
const ELEMENTWISE: &[&str] = &["sqrt", "abs", "sign", "max", "min"];

/// Functions over elements, of one element each.
pub(super) const OVER: &[&str] = &["sum", "mean", "norm"];

/// A value on the way: the same for every element, or not.
#[derive(Clone, Debug)]
enum Value<'a> {
    Host(Host),
    Element(Expr<'a>),
}

/// One pass over the assignments, at the first step or at a later one.
struct Pass<'a, 's> {
    reading: &'a Reading<'s>,
    arena: &'a Arena,
    names: BTreeMap<String, Value<'a>>,
    terms: Vec<Expr<'a>>,
    /// Where quotients of elements stand.
    quotients: Vec<(usize, usize, &'s str)>,
    text: &'s str,
}

/// What a pass leaves: operations, and which of them are results.
pub(super) struct Passed<'s> {
    pub nodes: Vec<Node>,
    pub theta: usize,
    pub states: Vec<usize>,
    pub starts: Vec<usize>,
    pub terms: Vec<usize>,
    /// Quotients of elements: the divisor, the place of the sign, the line.
    pub quotients: Vec<(usize, usize, &'s str)>,
}

impl<'s> Reading<'s> {
    /// Reads all assignments at the first step (`first`) or at a later one.
    pub fn pass(&self, first: bool) -> Result<Passed<'s>, FormulaError> {
        let arena = Arena::default();
        let mut pass = Pass {
            reading: self,
            arena: &arena,
            names: BTreeMap::new(),
            terms: Vec::new(),
            quotients: Vec::new(),
            text: "",
        };
        pass.names.insert("theta".into(), Value::Element(arena.input(Input::Theta)));
        pass.names.insert("g".into(), Value::Element(arena.input(Input::Gradient)));
        pass.names.insert("gamma".into(), Value::Host(Host::Gamma));
        pass.names.insert("k".into(), Value::Host(Host::Step));
        for (place, hyper) in self.hypers.iter().enumerate() {
            let name = hyper.name.clone();
            // Its scheduled value is `gamma`; itself it would not follow the schedule.
            if name != "learning_rate" {
                pass.names.insert(name.clone(), Value::Host(Host::Parameter(place, name)));
            }
        }
        let mut starts = Vec::new();
        for (number, state) in self.source.states.iter().enumerate() {
            let old = match self.start.get(state.as_str()) {
                // Read at both passes, so that the scalars are the same.
                Some((term, text)) => {
                    pass.text = text;
                    let value = pass.value(term).map_err(|e| e.within(text))?;
                    pass.element(value)
                }
                None => arena.input(Input::Zero),
            };
            starts.push((state, if first { old } else { arena.input(Input::State(number)) }));
        }
        let olds: Vec<Expr<'_>> = starts.iter().map(|(_, old)| *old).collect();
        for (state, old) in starts {
            pass.names.insert(state.clone(), Value::Element(old));
        }
        for (line, text) in &self.lines {
            pass.text = text;
            pass.assign(line).map_err(|e| e.within(text))?;
        }
        let mut results = Vec::new();
        for state in self.source.states.iter().map(String::as_str).chain(["theta"]) {
            let Some(value) = pass.names.get(&format!("{state}'")).cloned() else {
                let message =
                    format!("nothing is assigned to `{state}'`: every state and theta need a new value");
                return Err(FormulaError::new(0, message));
            };
            results.push(pass.element(value).id());
        }
        let theta = results.pop().unwrap_or_default();
        let Pass { terms, quotients, .. } = pass;
        let terms: Vec<usize> = terms.into_iter().map(Expr::id).collect();
        let starts = olds.into_iter().map(Expr::id).collect();
        Ok(Passed { nodes: arena.into_nodes(), theta, states: results, starts, terms, quotients })
    }
}

impl<'a, 's> Pass<'a, 's> {
    fn assign(&mut self, line: &Assignment) -> Result<(), FormulaError> {
        let source = self.reading.source;
        let refuse = |message: String| Err(FormulaError::new(line.at, message));
        let name = &line.name;
        if self.names.contains_key(name) && name.ends_with('\'') {
            return refuse(format!("`{name}` is assigned twice"));
        }
        if let Some(stem) = name.strip_suffix('\'') {
            let known = || source.states.iter().map(String::as_str).chain(["theta"]);
            if !known().any(|state| state == stem) {
                let near = nearest(stem, known())
                    .map(|near| format!(" (did you mean `{near}'`?)"))
                    .unwrap_or_default();
                return refuse(format!(
                    "there is no state `{stem}`{near}; states: {}",
                    known().collect::<Vec<_>>().join(", ")
                ));
            }
        } else if source.states.contains(name) {
            return refuse(format!("`{name}` is a state; its new value is `{name}'`"));
        } else if self.names.contains_key(name) || RESERVED.contains(&name.as_str()) {
            return refuse(format!("`{name}` has a value already; give this another name"));
        }
        let value = self.value(&line.value)?;
        if let Value::Host(host) = &value
            && host.size() > MOST_PARTS
        {
            return refuse(format!("it is made of {} parts; at most {MOST_PARTS} are accepted", host.size()));
        }
        self.names.insert(name.clone(), value);
        Ok(())
    }

    /// A value as one of each element.
    fn element(&self, value: Value<'a>) -> Expr<'a> {
        match value {
            Value::Element(expression) => expression,
            Value::Host(host) => {
                let mut scalars = self.reading.scalars.borrow_mut();
                let known = scalars.iter().position(|other| *other == host);
                let index = known.unwrap_or_else(|| {
                    scalars.push(host);
                    scalars.len() - 1
                });
                self.arena.input(Input::Scalar(index))
            }
        }
    }

    fn value(&mut self, term: &Term) -> Result<Value<'a>, FormulaError> {
        let at = term.at;
        match &term.kind {
            Kind::Number(number) => Ok(Value::Host(Host::Number(*number))),
            Kind::Name(name) => self.named(name, at),
            Kind::Negative(inner) => Ok(match self.value(inner)? {
                Value::Host(host) => Value::Host(Host::Negative(Box::new(host))),
                Value::Element(element) => Value::Element(-element),
            }),
            Kind::Binary('^', base, exponent) => self.power(base, exponent, at),
            Kind::Binary(sign, a, b) => {
                let (a, b) = (self.value(a)?, self.value(b)?);
                if let (Value::Host(a), Value::Host(b)) = (&a, &b) {
                    return Ok(Value::Host(Host::Binary(*sign, Box::new(a.clone()), Box::new(b.clone()))));
                }
                let (a, b) = (self.element(a), self.element(b));
                Ok(Value::Element(match sign {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    _ => {
                        self.quotients.push((b.id(), at, self.text));
                        a / b
                    }
                }))
            }
            Kind::Call(name, arguments) => self.call(name, arguments, at),
        }
    }

    fn named(&self, name: &str, at: usize) -> Result<Value<'a>, FormulaError> {
        if let Some(value) = self.names.get(name) {
            return Ok(value.clone());
        }
        let states = &self.reading.source.states;
        let message = match name.strip_suffix('\'') {
            Some(stem) if stem == "theta" || states.iter().any(|state| state == stem) => {
                format!(
                    "`{name}` is read before it is assigned; put its assignment above, or mean the old `{stem}`"
                )
            }
            _ if name == "learning_rate" => "the scheduled learning rate is `gamma`".to_owned(),
            _ => {
                let near = nearest(name, self.names.keys().map(String::as_str));
                let near = near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
                let known: Vec<&str> = self.names.keys().map(String::as_str).collect();
                format!("there is no `{name}`{near}; known here: {}", known.join(", "))
            }
        };
        Err(FormulaError::new(at, message))
    }

    fn power(&mut self, base: &Term, exponent: &Term, at: usize) -> Result<Value<'a>, FormulaError> {
        let exponent_at = exponent.at;
        let (base, exponent) = (self.value(base)?, self.value(exponent)?);
        match (base, exponent) {
            (Value::Host(base), Value::Host(exponent)) => {
                Ok(Value::Host(Host::Binary('^', Box::new(base), Box::new(exponent))))
            }
            (Value::Element(base), Value::Host(Host::Number(n))) if n == 2.0 || n == 3.0 => {
                let square = base * base;
                Ok(Value::Element(if n == 2.0 { square } else { square * base }))
            }
            (Value::Element(_), _) => {
                let message = "elements are raised to the powers 2 and 3; for a root say sqrt(…)";
                Err(FormulaError::new(exponent_at, message))
            }
            (Value::Host(_), Value::Element(_)) => Err(FormulaError::new(
                at,
                "an exponent is the same for every element: numbers, hyper-parameters and k",
            )),
        }
    }

    fn call(&mut self, name: &str, arguments: &[Term], at: usize) -> Result<Value<'a>, FormulaError> {
        let known = || {
            FUNCTIONS.iter().map(|(word, _)| *word).chain(OVER.iter().copied()).filter(|word| *word != ">")
        };
        let takes = FUNCTIONS.iter().find(|(word, _)| *word == name).map(|(_, takes)| *takes);
        let over = OVER.contains(&name);
        let Some(takes) = takes.or(over.then_some(1)) else {
            let near =
                nearest(name, known()).map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
            let message = format!(
                "there is no function `{name}`{near}; known: {}",
                known().collect::<Vec<_>>().join(", ")
            );
            return Err(FormulaError::new(at, message));
        };
        if arguments.len() != takes {
            let message = format!(
                "`{name}` takes {takes} expression{}, not {}",
                if takes == 1 { "" } else { "s" },
                arguments.len()
            );
            return Err(FormulaError::new(at, message));
        }
        let values = arguments.iter().map(|argument| self.value(argument)).collect::<Result<Vec<_>, _>>()?;
        if over {
            return self.over(name, values, at);
        }
        if values.iter().all(|value| matches!(value, Value::Host(_))) {
            let hosts = values.into_iter().filter_map(|value| match value {
                Value::Host(host) => Some(host),
                Value::Element(_) => None,
            });
            return Ok(Value::Host(Host::Call(name.to_owned(), hosts.collect())));
        }
        let elements: Vec<Expr<'a>> = values.into_iter().map(|value| self.element(value)).collect();
        Ok(Value::Element(match (name, &elements[..]) {
            ("sqrt", [x]) => x.sqrt(),
            ("abs", [x]) => x.abs(),
            ("sign", [x]) => x.sign(),
            ("max", [a, b]) => a.maximum(*b),
            ("min", [a, b]) => -(-*a).maximum(-*b),
            // What is compared with 0 needs no difference.
            (">", [a, b]) => self.above(*a, *b),
            _ => {
                let message = format!(
                    "`{name}` is for what is the same for every element; elements know {}",
                    ELEMENTWISE.join(", ")
                );
                return Err(FormulaError::new(at, message));
            }
        }))
    }

    fn above(&self, a: Expr<'a>, b: Expr<'a>) -> Expr<'a> {
        let zero = self.reading.scalars.borrow().iter().position(|host| *host == Host::Number(0.0));
        if zero.is_some_and(|zero| self.arena.input(Input::Scalar(zero)).id() == b.id()) {
            return a.positive();
        }
        (a - b).positive()
    }

    fn over(&mut self, name: &str, mut values: Vec<Value<'a>>, at: usize) -> Result<Value<'a>, FormulaError> {
        let Some(value) = values.pop() else { return Err(FormulaError::new(at, "nothing to add up")) };
        let element = self.element(value);
        let term = if name == "norm" { element * element } else { element };
        let known = self.terms.iter().position(|other| other.id() == term.id());
        let number = known.unwrap_or_else(|| {
            self.terms.push(term);
            self.terms.len() - 1
        });
        if self.terms.len() > MAX_SUMS {
            return Err(FormulaError::new(at, format!("more than {MAX_SUMS} sums")));
        }
        let sum = Host::Sum(number);
        Ok(Value::Host(match name {
            "mean" => Host::Binary('/', Box::new(sum), Box::new(Host::Count)),
            "norm" => Host::Call("sqrt".into(), vec![sum]),
            _ => sum,
        }))
    }
}
