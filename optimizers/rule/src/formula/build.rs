//! From the text of a formula to operations.

use super::host::{FUNCTIONS, Host, Moment};
use super::source::SumsOver;
use super::syntax::{Assignment, Kind, Term, assignment, expression};
use super::{Formula, FormulaError, FormulaSource, Hyper};
use crate::expression::{Arena, Expr, Input, Node, Traced};
use crate::sums::MAX_SUMS;
use crate::sweep::{MAX_SCALARS, MAX_STATES};
use crate::{Number, Parameter, Program, Range, Scope, Symbol, nearest};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Functions of elements.
const ELEMENTWISE: &[&str] = &["sqrt", "abs", "sign", "max", "min"];
/// Functions over elements, of one element each.
const OVER: &[&str] = &["sum", "mean", "norm"];
/// Parts of a number of a step, at most.
const MOST_PARTS: usize = 500;
/// Assignments, at most.
const MOST_LINES: usize = 100;
/// Names that mean something of themselves.
const RESERVED: &[&str] = &["theta", "g", "gamma", "k", "schedule", "formula"];

/// A value on the way: the same for every element, or not.
#[derive(Clone, Debug)]
enum Value<'a> {
    Host(Host),
    Element(Expr<'a>),
}

/// Everything that the two passes over a formula share.
struct Reading<'s> {
    source: &'s FormulaSource,
    lines: Vec<(Assignment, &'s str)>,
    start: BTreeMap<&'s str, (Term, &'s str)>,
    hypers: Vec<Hyper>,
    scalars: RefCell<Vec<Host>>,
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

/// What a pass leaves.
struct Passed<'s> {
    nodes: Vec<Node>,
    theta: usize,
    states: Vec<usize>,
    starts: Vec<usize>,
    terms: Vec<usize>,
    quotients: Vec<(usize, usize, &'s str)>,
}

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
        if let Some(large) = scalars.iter().find(|host| host.size() > MOST_PARTS) {
            let message = format!(
                "a number of a step is made of {} parts; at most {MOST_PARTS} are accepted",
                large.size()
            );
            return Err(FormulaError::new(0, message));
        }
        let scope = if later.terms.is_empty() { Scope::All } else { source.sums.into() };
        if later.terms.is_empty() && source.sums == SumsOver::All {
            return Err(FormulaError::new(0, "sums: all has no effect: there is no sum"));
        }
        if scalars.len() > MAX_SCALARS {
            let message = format!(
                "{} numbers that are the same for every element; at most {MAX_SCALARS} are accepted",
                scalars.len()
            );
            return Err(FormulaError::new(0, message));
        }
        reading.check_sums(&first, &scalars)?;
        let live = Live::new(&later, &scalars);
        if !live.gradient {
            return Err(FormulaError::new(
                0,
                "theta' does not depend on the gradient `g`, not even through a state",
            ));
        }
        reading.check_quotients(&first, &scalars)?;
        reading.check_used(&live, &scalars)?;
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
            hypers: reading.hypers,
            scalars,
            program,
        })
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl<'s> Reading<'s> {
    fn new(source: &'s FormulaSource) -> Result<Self, FormulaError> {
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
            if RESERVED.contains(&name.as_str()) || function || crate::PRACTICE.iter().any(|p| p.key == *name)
            {
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

    fn pass(&self, first: bool) -> Result<Passed<'s>, FormulaError> {
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

    /// A sum may not go over what another sum is needed for: that would take a pass over memory each.
    fn check_sums(&self, passed: &Passed<'s>, scalars: &[Host]) -> Result<(), FormulaError> {
        for &term in &passed.terms {
            let needs =
                |node: &Node| matches!(node, Node::Input(Input::Scalar(i)) if scalars[*i].needs_sums());
            if reaches(&passed.nodes, term, needs) {
                let message = "a sum goes over what another sum is needed for; all sums are taken before the elements are stepped";
                return Err(FormulaError::new(0, message));
            }
        }
        Ok(())
    }

    /// Refuses quotients whose divisor is 0 at the first step whatever the gradient is.
    fn check_quotients(&self, first: &Passed<'s>, scalars: &[Host]) -> Result<(), FormulaError> {
        let parameters: Vec<f64> = self.hypers.iter().map(|hyper| hyper.default).collect();
        let gamma =
            self.hypers.iter().find(|hyper| hyper.name == "learning_rate").map_or(1.0, |hyper| hyper.default);
        // Two points, so that no chance is taken for a law.
        let divisors: Vec<Vec<f64>> = [(0.7, 0.3), (-1.3, -0.9)]
            .into_iter()
            .map(|(theta, g)| {
                let moment = |sums: &[f64]| -> Vec<f64> {
                    let moment = Moment { parameters: &parameters, k: 0, gamma, sums, count: 1.0 };
                    scalars.iter().map(|host| host.at(moment)).collect()
                };
                let before = values(&first.nodes, theta, g, &moment(&[]));
                let sums: Vec<f64> = first.terms.iter().map(|&term| before[term]).collect();
                let all = values(&first.nodes, theta, g, &moment(&sums));
                first.quotients.iter().map(|&(divisor, ..)| all[divisor]).collect()
            })
            .collect();
        let sums = vec![1.0; first.terms.len()];
        let moment = Moment { parameters: &parameters, k: 0, gamma, sums: &sums, count: 1.0 };
        if let Some(host) = scalars.iter().find(|host| !host.at(moment).is_finite()) {
            let message = format!("{} is {} at the first step, where k is 0", host.symbol(), host.at(moment));
            return Err(FormulaError::new(0, message));
        }
        for (number, &(_, at, text)) in first.quotients.iter().enumerate() {
            if divisors.iter().all(|at_point| at_point[number] == 0.0) {
                let message = "the divisor is 0 at the first step (a state that starts at 0?); add an eps, or give the state a start";
                return Err(FormulaError::new(at, message).within(text));
            }
        }
        Ok(())
    }

    /// Nothing is accepted that would be without effect.
    fn check_used(&self, live: &Live, scalars: &[Host]) -> Result<(), FormulaError> {
        if let Some((state, _)) = self.source.states.iter().zip(&live.states).find(|(_, live)| !**live) {
            return Err(FormulaError::new(
                0,
                format!("states: theta' does not depend on `{state}`; remove it"),
            ));
        }
        for (place, hyper) in self.hypers.iter().enumerate() {
            let wanted = |host: &Host| match host {
                Host::Gamma => hyper.name == "learning_rate",
                Host::Parameter(other, _) => *other == place,
                _ => false,
            };
            let used = scalars.iter().zip(&live.scalars).any(|(host, live)| *live && contains(host, &wanted));
            // What a state starts from counts too.
            let starts = self.start.values().any(|(term, _)| names(term, &hyper.name));
            if !used && !starts {
                let what = if hyper.name == "learning_rate" { "gamma" } else { &hyper.name };
                return Err(FormulaError::new(
                    0,
                    format!("parameters.{}: no assignment uses `{what}`", hyper.name),
                ));
            }
        }
        Ok(())
    }
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
                    let of = |number: usize| contains(&scalars[i], &|host: &Host| *host == Host::Sum(number));
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

/// Whether an expression names something.
fn names(term: &Term, name: &str) -> bool {
    match &term.kind {
        Kind::Number(_) => false,
        Kind::Name(own) => own == name,
        Kind::Negative(inner) => names(inner, name),
        Kind::Binary(_, a, b) => names(a, name) || names(b, name),
        Kind::Call(_, arguments) => arguments.iter().any(|argument| names(argument, name)),
    }
}

fn contains(host: &Host, wanted: &impl Fn(&Host) -> bool) -> bool {
    wanted(host)
        || match host {
            Host::Negative(inner) => contains(inner, wanted),
            Host::Binary(_, a, b) => contains(a, wanted) || contains(b, wanted),
            Host::Call(_, arguments) => arguments.iter().any(|argument| contains(argument, wanted)),
            _ => false,
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
