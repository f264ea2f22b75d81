//! Presentation MathML of a rule.

use crate::expression::{Input, Node, Traced};
use crate::fragment::{fragment, is_sum};
use crate::program::Program;

const TIMES: &str = "<mo>&#x2062;</mo>";

/// How tightly a formula binds: what decides about parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Sum,
    Negation,
    Product,
    Atom,
}

/// A formula and how tightly it binds.
struct Formula {
    text: String,
    binding: Binding,
}

impl Formula {
    fn atom(text: String) -> Self {
        Self { text, binding: Binding::Atom }
    }

    /// The formula as an operand of something that binds like `least`.
    fn within(&self, least: Binding) -> String {
        if self.binding >= least {
            self.text.clone()
        } else {
            format!("<mrow><mo>(</mo>{}<mo>)</mo></mrow>", self.text)
        }
    }
}

/// The update as one `<math>` element: what practice does first, the sums, a line per new value, initial states, the weights
/// to evaluate, then what the symbols stand for. `practice` is in the notation of [`crate::Scalar::symbol`].
pub(crate) fn render(program: &Program, practice: &[(&str, &str)]) -> String {
    let writer = |traced, before, after| Writer { program, traced, before, after };
    let update = writer(&program.step, "k", "k+1");
    let start = writer(&program.start, "0", "0");
    let terms = writer(&program.terms, "k", "k");
    let mut lines: Vec<(String, String)> =
        practice.iter().map(|(left, right)| (fragment(left), fragment(right))).collect();
    lines.extend(terms.sums());
    lines.extend(update.lines());
    lines.extend(start.initial_states());
    if let Some(evaluated) = &program.evaluated {
        let writer = writer(evaluated, "k+1", "k+1");
        let unnamed = vec![None; evaluated.nodes.len()];
        let formula = evaluated.theta.map(|id| writer.formula(id, &unnamed, true).text);
        lines.extend(formula.map(|formula| (indexed("x", "k+1"), formula)));
    }
    // A scalar that follows from sums or memory is told by its definition, whether the update needs it or another scalar.
    let mut used: Vec<usize> = [update.traced, start.traced, terms.traced].map(Traced::scalars_used).concat();
    used.extend(program.evaluated.iter().flat_map(Traced::scalars_used));
    for (index, scalar) in program.scalars.iter().enumerate() {
        if !scalar.definition.is_empty() && used.contains(&index) {
            lines.push((fragment(&scalar.symbol), fragment(&scalar.definition)));
        }
    }
    typeset(&lines)
}

/// Lines of left and right sides in the notation of [`crate::Scalar::symbol`].
pub(crate) fn table(lines: &[(&str, &str)]) -> String {
    let lines: Vec<_> = lines.iter().map(|(left, right)| (fragment(left), fragment(right))).collect();
    typeset(&lines)
}

fn typeset(lines: &[(String, String)]) -> String {
    let rows: Vec<String> = lines
        .iter()
        .map(|(left, right)| {
            format!(
                "<mtr><mtd style=\"text-align:right\">{left}</mtd><mtd><mo>=</mo></mtd>\
                 <mtd style=\"text-align:left\">{right}</mtd></mtr>\n"
            )
        })
        .collect();
    format!("<math display=\"block\"><mtable displaystyle=\"true\">\n{}</mtable></math>", rows.concat())
}

struct Writer<'a> {
    program: &'a Program,
    traced: &'a Traced,
    before: &'static str,
    after: &'static str,
}

impl Writer<'_> {
    /// New values in the order they are computed, after the subexpressions that more than one of them needs.
    fn lines(&self) -> Vec<(String, String)> {
        let names = self.names();
        let mut lines = Vec::new();
        for (id, name) in names.iter().enumerate() {
            if let Some(name) = name {
                lines.push((name.clone(), self.formula(id, &names, true).text));
            }
        }
        // Results that are another's new value.
        for (own, id) in self.results() {
            if let Some(name) = names[id].as_ref().filter(|name| **name != own) {
                lines.push((own, name.clone()));
            }
        }
        lines
    }

    fn initial_states(&self) -> Vec<(String, String)> {
        let unnamed = vec![None; self.traced.nodes.len()];
        let states = self.program.states.iter().zip(&self.traced.states);
        let line = |(state, &id): (&String, &usize)| {
            let (left, right) = (indexed(state, self.after), self.formula(id, &unnamed, true).text);
            // A scalar that has the state's own symbol is what the user sets it to.
            let itself = right == left.replace("<mrow>", "").replace("</mrow>", "");
            (left, if itself { "<mtext>a hyper-parameter</mtext>".to_owned() } else { right })
        };
        states.map(line).collect()
    }

    /// The sums of the step, each with its term.
    fn sums(&self) -> Vec<(String, String)> {
        let unnamed = vec![None; self.traced.nodes.len()];
        let line = |(sum, &id): (&crate::Symbol, &usize)| {
            let term = self.formula(id, &unnamed, true).within(Binding::Product);
            (fragment(&sum.symbol), format!("<mo>∑</mo>{term}"))
        };
        self.program.sums.iter().zip(&self.traced.terms).map(line).collect()
    }

    /// New states and the new parameter, by name.
    fn results(&self) -> Vec<(String, usize)> {
        let states = self.program.states.iter().zip(&self.traced.states);
        let states = states.map(|(state, &id)| (indexed(state, self.after), id));
        states.chain(self.traced.theta.map(|theta| (indexed("θ", self.after), theta))).collect()
    }

    /// The left-hand sides: results, and shared subexpressions as u or u₁, u₂, …
    fn names(&self) -> Vec<Option<String>> {
        let traced = self.traced;
        let mut names = vec![None; traced.nodes.len()];
        for (name, id) in self.results() {
            names[id].get_or_insert(name);
        }
        let uses = traced.uses();
        let shared: Vec<usize> = (0..names.len())
            .filter(|&id| {
                uses[id] > 1
                    && names[id].is_none()
                    && !matches!(traced.nodes[id], Node::Input(_) | Node::Neg(_))
            })
            .collect();
        for (number, &id) in shared.iter().enumerate() {
            let symbol = if shared.len() == 1 { "u".to_owned() } else { format!("u_{}", number + 1) };
            names[id] = Some(fragment(&symbol));
        }
        names
    }

    /// The formula of a node; `defining` spells a named node out.
    fn formula(&self, id: usize, names: &[Option<String>], defining: bool) -> Formula {
        if let (Some(name), false) = (&names[id], defining) {
            return Formula::atom(name.clone());
        }
        let of = |id| self.formula(id, names, false);
        match self.traced.nodes[id] {
            Node::Input(input) => self.input(input),
            Node::Add(a, b) => Formula {
                text: format!("{}<mo>+</mo>{}", of(a).within(Binding::Sum), of(b).within(Binding::Product)),
                binding: Binding::Sum,
            },
            Node::Sub(a, b) => Formula {
                text: format!("{}<mo>−</mo>{}", of(a).within(Binding::Sum), of(b).within(Binding::Product)),
                binding: Binding::Sum,
            },
            Node::Mul(a, b) if a == b => Formula {
                text: format!("<msup>{}<mn>2</mn></msup>", one_element(&of(a).within(Binding::Atom))),
                binding: Binding::Product,
            },
            Node::Mul(a, b) => Formula {
                text: format!("{}{TIMES}{}", of(a).within(Binding::Product), of(b).within(Binding::Product)),
                binding: Binding::Product,
            },
            Node::Div(a, b) => Formula::atom(format!(
                "<mfrac><mrow>{}</mrow><mrow>{}</mrow></mfrac>",
                of(a).within(Binding::Sum),
                of(b).within(Binding::Sum)
            )),
            Node::Neg(a) => Formula {
                text: format!("<mo>−</mo>{}", of(a).within(Binding::Product)),
                binding: Binding::Negation,
            },
            Node::Sqrt(a) => Formula::atom(format!("<msqrt>{}</msqrt>", of(a).within(Binding::Sum))),
            Node::Maximum(a, b) => Formula::atom(format!(
                "<mrow><mi>max</mi><mo>(</mo>{}<mo>,</mo>{}<mo>)</mo></mrow>",
                of(a).within(Binding::Sum),
                of(b).within(Binding::Sum)
            )),
            Node::Abs(a) => {
                Formula::atom(format!("<mrow><mo>|</mo>{}<mo>|</mo></mrow>", of(a).within(Binding::Sum)))
            }
            Node::Sign(a) => Formula::atom(format!(
                "<mrow><mi>sign</mi><mo>(</mo>{}<mo>)</mo></mrow>",
                of(a).within(Binding::Sum)
            )),
            Node::Positive(a) => Formula::atom(format!(
                "<mrow><mo>[</mo>{}<mo>&gt;</mo><mn>0</mn><mo>]</mo></mrow>",
                of(a).within(Binding::Sum)
            )),
        }
    }

    fn input(&self, input: Input) -> Formula {
        match input {
            Input::Theta => Formula::atom(indexed("θ", self.before)),
            Input::Gradient => Formula::atom(indexed("g", self.before)),
            Input::State(index) => Formula::atom(indexed(&self.program.states[index], self.before)),
            Input::Zero => Formula::atom("<mn>0</mn>".to_owned()),
            Input::Sum(index) => Formula::atom(fragment(&self.program.sums[index].symbol)),
            // Not of elements: no formula says them.
            Input::Memory(_) | Input::Count => Formula::atom(String::new()),
            Input::Scalar(index) => {
                let symbol = &self.program.scalars[index].symbol;
                let binding = if is_sum(symbol) { Binding::Sum } else { Binding::Product };
                Formula { text: fragment(symbol), binding }
            }
        }
    }
}

/// The base of a superscript must be one element.
fn one_element(text: &str) -> String {
    format!("<mrow>{text}</mrow>")
}

/// `symbol` at an iteration; the suffix `_hat` is an accent.
fn indexed(symbol: &str, iteration: &str) -> String {
    let base = match symbol.strip_suffix("_hat") {
        Some(letter) => format!("<mover accent=\"true\"><mi>{letter}</mi><mo>^</mo></mover>"),
        None => format!("<mi>{symbol}</mi>"),
    };
    let index = fragment(iteration);
    format!("<msub>{base}<mrow>{index}</mrow></msub>")
}
