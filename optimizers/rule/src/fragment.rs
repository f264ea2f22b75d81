//! Short formulas in text, e.g. `(1 − α β) γ_k`, as MathML.

use std::iter::Peekable;
use std::str::Chars;

/// The formula as presentation MathML without an outer element; see [`crate::Scalar::symbol`] for the notation.
pub(crate) fn fragment(text: &str) -> String {
    row(&mut text.chars().peekable(), None)
}

/// Whether `text` is a sum at its outermost level, so that it needs parentheses as a factor.
pub(crate) fn is_sum(text: &str) -> bool {
    let mut depth = 0;
    text.chars().any(|c| {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth -= 1,
            _ => {}
        }
        depth == 0 && matches!(c, '+' | '−')
    })
}

type Input<'a> = Peekable<Chars<'a>>;

/// Items up to `end` (consumed) or the end of the text.
fn row(input: &mut Input, end: Option<char>) -> String {
    let mut out = String::new();
    let mut after_operand = false;
    loop {
        while input.next_if(|c| c.is_whitespace()).is_some() {}
        let Some(&c) = input.peek() else { return out };
        if Some(c) == end {
            input.next();
            return out;
        }
        let is_operator = "+−/=,·∑<>".contains(c);
        if is_operator {
            input.next();
            let shown = match c {
                '<' => "&lt;".to_owned(),
                '>' => "&gt;".to_owned(),
                c => c.to_string(),
            };
            out.push_str(&format!("<mo>{shown}</mo>"));
        } else {
            if after_operand {
                out.push_str("<mo>&#x2062;</mo>");
            }
            let base = atom(input);
            out.push_str(&scripts(base, input));
        }
        after_operand = !is_operator;
    }
}

fn atom(input: &mut Input) -> String {
    match input.next() {
        Some('(') => format!("<mrow><mo>(</mo>{}<mo>)</mo></mrow>", row(input, Some(')'))),
        Some('{') => format!("<mrow>{}</mrow>", row(input, Some('}'))),
        Some('√') => format!("<msqrt>{}</msqrt>", {
            input.next_if_eq(&'(');
            row(input, Some(')'))
        }),
        Some(c) => {
            let digit = |c: char| c.is_ascii_digit() || c == '.';
            let (tag, same): (_, fn(char) -> bool) = match c {
                c if digit(c) => ("mn", |c| c.is_ascii_digit() || c == '.'),
                c if c.is_ascii_alphabetic() => ("mi", |c| c.is_ascii_alphabetic()),
                _ => ("mi", |_| false),
            };
            let mut word = c.to_string();
            while let Some(next) = input.next_if(|&c| same(c)) {
                word.push(next);
            }
            let word = word.replace('&', "&amp;");
            format!("<{tag}>{word}</{tag}>")
        }
        None => String::new(),
    }
}

fn scripts(base: String, input: &mut Input) -> String {
    let below = input.next_if_eq(&'_').map(|_| atom(input));
    let above = input.next_if_eq(&'^').map(|_| atom(input));
    match (below, above) {
        (None, None) => base,
        (Some(below), None) => format!("<msub>{base}{below}</msub>"),
        (None, Some(above)) => format!("<msup>{base}{above}</msup>"),
        (Some(below), Some(above)) => format!("<msubsup>{base}{below}{above}</msubsup>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_mathml() {
        assert_eq!(fragment("γ_k"), "<msub><mi>γ</mi><mi>k</mi></msub>");
        assert_eq!(
            fragment("1 − α γ_0"),
            "<mn>1</mn><mo>−</mo><mi>α</mi><mo>&#x2062;</mo><msub><mi>γ</mi><mn>0</mn></msub>"
        );
        assert_eq!(
            fragment("√(1 − β_2^{k+1})"),
            "<msqrt><mn>1</mn><mo>−</mo><msubsup><mi>β</mi><mn>2</mn><mrow><mi>k</mi><mo>+</mo><mn>1</mn></mrow>\
             </msubsup></msqrt>"
        );
    }

    #[test]
    fn comparisons_are_escaped() {
        assert_eq!(fragment("i < n"), "<mi>i</mi><mo>&lt;</mo><mi>n</mi>");
    }

    #[test]
    fn sums_are_seen_outside_parentheses_only() {
        assert!(is_sum("1 − α γ_k"));
        assert!(!is_sum("(1 − α β) γ_k"));
        assert!(!is_sum("β_2^{k+1}"));
    }
}
