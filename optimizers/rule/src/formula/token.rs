//! The words of a formula, each with its place.

use super::FormulaError;

/// Characters of a line, at most: what is read from it is as deep as it is long at the worst.
const LONGEST: usize = 1000;

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    /// A name, with its prime if it has one: `m'`.
    Name(String),
    /// One of `+ - * / ^ ( ) , = >`.
    Sign(char),
}

impl Token {
    /// How a message calls it.
    pub fn shown(&self) -> String {
        match self {
            Self::Number(number) => format!("the number {number}"),
            Self::Name(name) => format!("`{name}`"),
            Self::Sign(sign) => format!("`{sign}`"),
        }
    }
}

/// The words of `text` and where each begins, counted in characters from 0.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, FormulaError> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    if characters.len() > LONGEST {
        let message = format!("{} characters; a line has at most {LONGEST}", characters.len());
        return Err(FormulaError::new(LONGEST, message));
    }
    while at < characters.len() {
        let start = at;
        let c = characters[at];
        let token = if c.is_whitespace() {
            at += 1;
            continue;
        } else if c.is_ascii_digit() || c == '.' {
            while at < characters.len() && is_of_number(&characters, start, at) {
                at += 1;
            }
            let word: String = characters[start..at].iter().collect();
            match word.parse::<f64>() {
                Ok(number) if number.is_finite() => Token::Number(number),
                _ => return Err(FormulaError::new(start, format!("`{word}` is no number"))),
            }
        } else if c.is_ascii_alphabetic() {
            while at < characters.len() && (characters[at].is_ascii_alphanumeric() || characters[at] == '_') {
                at += 1;
            }
            if characters.get(at) == Some(&'\'') {
                at += 1;
            }
            Token::Name(characters[start..at].iter().collect())
        } else if let Some(sign) = plain(c) {
            at += 1;
            Token::Sign(sign)
        } else {
            let expected = "names, numbers, + - * / ^ ( ) , = > and '";
            return Err(FormulaError::new(
                start,
                format!("`{c}` has no meaning here; formulas are made of {expected}"),
            ));
        };
        tokens.push((token, start));
    }
    Ok(tokens)
}

/// Whether the character at `at` goes on with the number that begins at `start`: digits, a point, an exponent with its sign.
fn is_of_number(characters: &[char], start: usize, at: usize) -> bool {
    let c = characters[at];
    let after_exponent = at > start && matches!(characters[at - 1], 'e' | 'E');
    let begins_exponent = matches!(c, 'e' | 'E')
        && characters.get(at + 1).is_some_and(|next| next.is_ascii_digit() || matches!(next, '-' | '+'));
    c.is_ascii_digit() || c == '.' || begins_exponent || (after_exponent && matches!(c, '-' | '+'))
}

/// The sign that `c` stands for: those of print too.
fn plain(c: char) -> Option<char> {
    match c {
        '+' | '-' | '*' | '/' | '^' | '(' | ')' | ',' | '=' | '>' => Some(c),
        '−' => Some('-'),
        '·' | '×' => Some('*'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_their_places() {
        let words = tokens("m' = beta1*m − 1e-3").unwrap();
        let name = |name: &str| Token::Name(name.into());
        assert_eq!(
            words,
            [
                (name("m'"), 0),
                (Token::Sign('='), 3),
                (name("beta1"), 5),
                (Token::Sign('*'), 10),
                (name("m"), 11),
                (Token::Sign('-'), 13),
                (Token::Number(1e-3), 15),
            ]
        );
        assert_eq!(tokens("2*e").unwrap().len(), 3);
        assert_eq!(tokens("a + #").unwrap_err().column, 4);
        assert!(tokens("1.2.3").is_err());
    }
}
