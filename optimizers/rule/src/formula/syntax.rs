//! From words to expressions.

use super::FormulaError;
use super::token::{Token, tokens};

/// An expression, with the place of what it is named after.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    pub at: usize,
    pub kind: Kind,
}

impl Term {
    /// Whether it names this.
    pub fn names(&self, name: &str) -> bool {
        match &self.kind {
            Kind::Number(_) => false,
            Kind::Name(own) => own == name,
            Kind::Negative(inner) => inner.names(name),
            Kind::Binary(_, a, b) => a.names(name) || b.names(name),
            Kind::Call(_, arguments) => arguments.iter().any(|argument| argument.names(name)),
        }
    }
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Number(f64),
    Name(String),
    Negative(Box<Term>),
    /// `+ - * / ^`.
    Binary(char, Box<Term>, Box<Term>),
    /// A function of one or two expressions.
    Call(String, Vec<Term>),
}

/// One line: a name and what it becomes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Assignment {
    pub name: String,
    pub at: usize,
    pub value: Term,
}

/// How deep expressions may be nested.
const DEPTH: usize = 64;

/// Reads `name = expression`.
pub(super) fn assignment(text: &str) -> Result<Assignment, FormulaError> {
    let mut reader = Reader::new(text)?;
    let (name, at) = match reader.next() {
        Some((Token::Name(name), at)) => (name, at),
        other => return Err(reader.unexpected(other, "the name of what is computed, such as theta' or u")),
    };
    match reader.next() {
        Some((Token::Sign('='), _)) => {}
        other => return Err(reader.unexpected(other, "`=`")),
    }
    Ok(Assignment { name, at, value: reader.whole()? })
}

/// Reads an expression.
pub(super) fn expression(text: &str) -> Result<Term, FormulaError> {
    Reader::new(text)?.whole()
}

struct Reader {
    tokens: std::iter::Peekable<std::vec::IntoIter<(Token, usize)>>,
    end: usize,
    depth: usize,
}

type Word = Option<(Token, usize)>;

impl Reader {
    fn new(text: &str) -> Result<Self, FormulaError> {
        Ok(Self { tokens: tokens(text)?.into_iter().peekable(), end: text.chars().count(), depth: 0 })
    }

    fn next(&mut self) -> Word {
        self.tokens.next()
    }

    fn next_sign(&mut self, signs: &str) -> Option<(char, usize)> {
        match self.tokens.peek() {
            Some(&(Token::Sign(sign), at)) if signs.contains(sign) => {
                self.tokens.next();
                Some((sign, at))
            }
            _ => None,
        }
    }

    fn unexpected(&self, found: Word, expected: &str) -> FormulaError {
        match found {
            Some((token, at)) => {
                FormulaError::new(at, format!("{} where {expected} was expected", token.shown()))
            }
            None => FormulaError::new(self.end, format!("the line ends where {expected} was expected")),
        }
    }

    fn whole(mut self) -> Result<Term, FormulaError> {
        let term = self.sum()?;
        match self.next() {
            None => Ok(term),
            other => Err(self.unexpected(other, "an operator or the end of the line")),
        }
    }

    /// Operands of one level, joined from left to right.
    fn chain(
        &mut self,
        signs: &str,
        operand: fn(&mut Self) -> Result<Term, FormulaError>,
    ) -> Result<Term, FormulaError> {
        let mut term = operand(self)?;
        while let Some((sign, at)) = self.next_sign(signs) {
            let right = operand(self)?;
            term = Term { at, kind: Kind::Binary(sign, Box::new(term), Box::new(right)) };
        }
        Ok(term)
    }

    fn sum(&mut self) -> Result<Term, FormulaError> {
        self.depth += 1;
        if self.depth > DEPTH {
            let at = self.tokens.peek().map_or(self.end, |(_, at)| *at);
            return Err(FormulaError::new(at, format!("nested deeper than {DEPTH} parentheses")));
        }
        let term = self.chain("+-", Self::product);
        self.depth -= 1;
        term
    }

    fn product(&mut self) -> Result<Term, FormulaError> {
        self.chain("*/", Self::signed)
    }

    fn signed(&mut self) -> Result<Term, FormulaError> {
        let mut minuses = Vec::new();
        while let Some((_, at)) = self.next_sign("-") {
            minuses.push(at);
        }
        let term = self.power()?;
        Ok(minuses.into_iter().rev().fold(term, |term, at| Term { at, kind: Kind::Negative(Box::new(term)) }))
    }

    fn power(&mut self) -> Result<Term, FormulaError> {
        let base = self.atom()?;
        match self.next_sign("^") {
            Some((sign, at)) => {
                let exponent = self.atom()?;
                Ok(Term { at, kind: Kind::Binary(sign, Box::new(base), Box::new(exponent)) })
            }
            None => Ok(base),
        }
    }

    fn atom(&mut self) -> Result<Term, FormulaError> {
        match self.next() {
            Some((Token::Number(number), at)) => Ok(Term { at, kind: Kind::Number(number) }),
            Some((Token::Name(name), at)) if self.next_sign("(").is_some() => {
                let mut arguments = vec![self.sum()?];
                // `m*g > 0` is a question with the answers 0 and 1.
                if self.next_sign(">").is_some() {
                    let right = self.sum()?;
                    arguments.push(right);
                    self.closing()?;
                    let ask = Term { at, kind: Kind::Call(">".into(), arguments) };
                    return Ok(Term { at, kind: Kind::Call(name, vec![ask]) });
                }
                while self.next_sign(",").is_some() {
                    arguments.push(self.sum()?);
                }
                self.closing()?;
                Ok(Term { at, kind: Kind::Call(name, arguments) })
            }
            Some((Token::Name(name), at)) => Ok(Term { at, kind: Kind::Name(name) }),
            Some((Token::Sign('('), at)) => {
                let inner = self.sum()?;
                if self.next_sign(">").is_some() {
                    let right = self.sum()?;
                    self.closing()?;
                    return Ok(Term { at, kind: Kind::Call(">".into(), vec![inner, right]) });
                }
                self.closing()?;
                Ok(inner)
            }
            other => Err(self.unexpected(other, "a name, a number or `(`")),
        }
    }

    fn closing(&mut self) -> Result<(), FormulaError> {
        match self.next() {
            Some((Token::Sign(')'), _)) => Ok(()),
            other => Err(self.unexpected(other, "an operator or `)`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(term: &Term) -> String {
        match &term.kind {
            Kind::Number(number) => number.to_string(),
            Kind::Name(name) => name.clone(),
            Kind::Negative(inner) => format!("(-{})", shown(inner)),
            Kind::Binary(sign, a, b) => format!("({}{sign}{})", shown(a), shown(b)),
            Kind::Call(name, arguments) => {
                format!("{name}[{}]", arguments.iter().map(shown).collect::<Vec<_>>().join(","))
            }
        }
    }

    #[test]
    fn operators_bind_as_on_paper() {
        for (text, expected) in [
            ("a - b - c", "((a-b)-c)"),
            ("a - b*c/d", "(a-((b*c)/d))"),
            ("-a^2 * b", "((-(a^2))*b)"),
            ("a*(b + c)^(k + 1)", "(a*((b+c)^(k+1)))"),
            ("max(a, b - 1)", "max[a,(b-1)]"),
            ("sum(m'*g > 0)", "sum[>[(m'*g),0]]"),
            ("(m*g > 0)*m", "(>[(m*g),0]*m)"),
        ] {
            assert_eq!(shown(&expression(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_have_a_place() {
        for (text, column, words) in [
            ("m' = ", 5, "the line ends where a name, a number or `(` was expected"),
            ("m' + 1", 3, "`+` where `=` was expected"),
            ("m' = a b", 7, "`b` where an operator or the end of the line was expected"),
            ("m' = (a + b", 11, "the line ends where an operator or `)` was expected"),
            ("= 3", 0, "`=` where the name of what is computed"),
        ] {
            let error = assignment(text).unwrap_err();
            assert_eq!(error.column, column, "{text}: {error:?}");
            assert!(error.message.contains(words), "{text}: {error:?}");
        }
        let deep = format!("a = {}b{}", "(".repeat(100), ")".repeat(100));
        assert!(assignment(&deep).unwrap_err().message.contains("nested deeper"));
    }
}
