//! What is the same for every element: numbers that are computed once a step, in double precision.

use crate::number::{Number, logarithm, power};
use std::fmt::Write as _;

/// An expression of hyper-parameters, the step and sums.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Host {
    Number(f64),
    /// A hyper-parameter, by its place in the table.
    Parameter(usize, String),
    /// The number of the step, 0 for the first.
    Step,
    /// The scheduled step size.
    Gamma,
    /// A sum over elements, by its number.
    Sum(usize),
    /// How many elements a sum goes over.
    Count,
    Negative(Box<Host>),
    /// `+ - * / ^`.
    Binary(char, Box<Host>, Box<Host>),
    /// A function, one of [`FUNCTIONS`].
    Call(String, Vec<Host>),
}

/// Functions of numbers, with how many each takes.
pub(super) const FUNCTIONS: &[(&str, usize)] =
    &[("sqrt", 1), ("abs", 1), ("sign", 1), ("max", 2), ("min", 2), (">", 2), ("log", 1)];

/// Parts of a number of a step, at most.
pub(super) const MOST_PARTS: usize = 500;

/// What the numbers of a step come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'a> {
    pub parameters: &'a [f64],
    pub k: u64,
    pub gamma: f64,
    pub sums: &'a [f64],
    pub count: f64,
}

impl Host {
    /// Whether it, or a part of it, is `wanted`.
    pub fn contains(&self, wanted: &impl Fn(&Self) -> bool) -> bool {
        wanted(self)
            || match self {
                Self::Negative(inner) => inner.contains(wanted),
                Self::Binary(_, a, b) => a.contains(wanted) || b.contains(wanted),
                Self::Call(_, arguments) => arguments.iter().any(|argument| argument.contains(wanted)),
                _ => false,
            }
    }

    /// How many expressions it is made of.
    pub fn size(&self) -> usize {
        match self {
            Self::Negative(inner) => 1 + inner.size(),
            Self::Binary(_, a, b) => 1 + a.size() + b.size(),
            Self::Call(_, arguments) => 1 + arguments.iter().map(Self::size).sum::<usize>(),
            _ => 1,
        }
    }

    /// Whether it needs the elements' sums.
    pub fn needs_sums(&self) -> bool {
        self.contains(&|host| matches!(host, Self::Sum(_) | Self::Count))
    }

    /// Its value.
    pub fn at(&self, moment: Moment<'_>) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Parameter(place, _) => moment.parameters[*place],
            Self::Step => moment.k as f64,
            Self::Gamma => moment.gamma,
            Self::Sum(number) => moment.sums.get(*number).copied().unwrap_or(0.0),
            Self::Count => moment.count,
            Self::Negative(inner) => -inner.at(moment),
            Self::Binary(sign, a, b) => {
                let (a, b) = (a.at(moment), b.at(moment));
                match sign {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    '/' => a / b,
                    _ => power(a, b),
                }
            }
            Self::Call(name, arguments) => {
                let values: Vec<f64> = arguments.iter().map(|argument| argument.at(moment)).collect();
                match (name.as_str(), &values[..]) {
                    ("sqrt", [x]) => x.sqrt(),
                    ("abs", [x]) => x.abs(),
                    ("sign", [x]) => Number::sign(*x),
                    ("log", [x]) => logarithm(*x),
                    ("max", [a, b]) => Number::maximum(*a, *b),
                    ("min", [a, b]) => -Number::maximum(-*a, -*b),
                    (">", [a, b]) => (a - b).positive(),
                    _ => f64::NAN,
                }
            }
        }
    }

    /// In the notation of [`crate::Scalar::symbol`].
    pub fn symbol(&self) -> String {
        self.written(0)
    }

    /// Written for a place that binds as tightly as `least`: 0 a sum, 1 a product, 2 a power.
    fn written(&self, least: u8) -> String {
        let mut text = String::new();
        let binding = match self {
            Self::Number(number) => {
                text = number.to_string();
                3
            }
            Self::Parameter(_, name) => {
                text = greek(name);
                3
            }
            Self::Step => {
                text.push('k');
                3
            }
            Self::Gamma => {
                text.push_str("γ_k");
                3
            }
            Self::Sum(number) => {
                let _ = write!(text, "S_{}", number + 1);
                3
            }
            Self::Count => {
                text.push('N');
                3
            }
            Self::Negative(inner) => {
                let _ = write!(text, "0 − {}", inner.written(1));
                0
            }
            Self::Binary('^', a, b) => {
                let _ = write!(text, "{}^{{{}}}", a.written(3), b.written(0));
                2
            }
            Self::Binary(sign, a, b) => {
                let (shown, own) = match sign {
                    '+' => (" + ", 0),
                    '-' => (" − ", 0),
                    '*' => (" ", 1),
                    _ => ("/", 1),
                };
                let _ = write!(text, "{}{shown}{}", a.written(own), b.written(own + 1));
                own
            }
            Self::Call(name, arguments) if name == "sqrt" => {
                let _ = write!(text, "√({})", arguments[0].written(0));
                3
            }
            Self::Call(name, arguments) if name == ">" => {
                let _ = write!(text, "[{} > {}]", arguments[0].written(0), arguments[1].written(0));
                3
            }
            Self::Call(name, arguments) => {
                let inner: Vec<String> = arguments.iter().map(|argument| argument.written(0)).collect();
                let _ = write!(text, "{name}({})", inner.join(", "));
                3
            }
        };
        if binding < least { format!("({text})") } else { text }
    }
}

/// Names of letters as letters: `beta1` is β_1.
pub(super) fn greek(name: &str) -> String {
    const LETTERS: &[(&str, &str)] = &[
        ("alpha", "α"),
        ("beta", "β"),
        ("gamma", "γ"),
        ("delta", "δ"),
        ("eps", "ε"),
        ("epsilon", "ε"),
        ("zeta", "ζ"),
        ("eta", "η"),
        ("kappa", "κ"),
        ("lambda", "λ"),
        ("mu", "μ"),
        ("nu", "ν"),
        ("rho", "ρ"),
        ("sigma", "σ"),
        ("tau", "τ"),
        ("phi", "φ"),
        ("psi", "ψ"),
        ("omega", "ω"),
        ("momentum", "μ"),
        ("weight_decay", "λ"),
    ];
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let index = &name[stem.len()..];
    let letter = LETTERS
        .iter()
        .find(|(word, _)| *word == stem)
        .map_or(stem.replace('_', ""), |(_, letter)| (*letter).to_owned());
    if index.is_empty() { letter } else { format!("{letter}_{{{index}}}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_have_the_parentheses_they_need() {
        let beta = || Box::new(Host::Parameter(0, "beta1".into()));
        let one = || Box::new(Host::Number(1.0));
        let rest = Host::Binary('-', one(), beta());
        let next = Box::new(Host::Binary('+', Box::new(Host::Step), one()));
        let bias = Host::Binary('-', one(), Box::new(Host::Binary('^', beta(), next)));
        let eta = Host::Binary('/', Box::new(Host::Gamma), Box::new(bias));
        assert_eq!(eta.symbol(), "γ_k/(1 − β_{1}^{k + 1})");
        assert_eq!(Host::Binary('*', Box::new(rest), Box::new(Host::Gamma)).symbol(), "(1 − β_{1}) γ_k");
        let moment = Moment { parameters: &[0.5], k: 1, gamma: 3.0, sums: &[], count: 0.0 };
        assert_eq!(eta.at(moment), 4.0);
    }
}
