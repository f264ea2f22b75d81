//! How wide a text is, without a font: what the widest of the usual sans-serif fonts takes, so that nothing is cut off in
//! another one.

use unicode_width::UnicodeWidthChar;

/// Size of the text in pixels.
pub(super) const TEXT: f64 = 13.0;

/// Width of a text of that size in pixels.
pub(super) fn breadth(text: &str) -> f64 {
    TEXT * text.chars().map(advance).sum::<f64>()
}

/// What a character takes of the size, as DejaVu Sans has it, rounded up.
fn advance(c: char) -> f64 {
    match (c.width(), c) {
        (None | Some(0), _) => 0.0,
        (Some(2..), _) => 1.0,
        (_, 'i' | 'j' | 'l' | 'I' | 'J' | ' ' | '.' | ',' | '\'' | '\u{202f}') => 0.32,
        (_, 'f' | 'r' | 't' | '(' | ')' | '[' | ']' | '/' | '\\' | ':' | ';' | '!' | '-' | '·' | '|') => {
            0.42
        }
        (_, '⁰' | '¹' | '²' | '³' | '⁴'..='⁹' | '⁻' | '₀'..='₉' | '°') => 0.53,
        (_, 'm' | 'w' | 'M' | 'W' | '%' | '@' | '#' | '…' | '—') => 1.0,
        (_, '+' | '−' | '=' | '<' | '>' | '×' | '±' | '≤' | '≥' | '≈' | '→' | '~') => 0.84,
        (_, 'A'..='Z' | '&' | 'Α'..='Ω') => 0.79,
        _ => 0.66,
    }
}

#[cfg(test)]
mod tests {
    use super::breadth;

    /// Advances of DejaVu Sans at 13 pixels, from the tables of the font (units of 1/2048): `INNA (0.5, 0.01)` is 604 + 1532 + 1532 +
    /// 1401 + 651 + 799 + 5 digits of 1303 + 2 points and a comma of 651 + 651 + 799 units.
    #[test]
    fn no_text_is_wider_than_it_is_thought_to_be_and_none_much_narrower() {
        let units = 604 + 1532 + 1532 + 1401 + 651 + 799 + 5 * 1303 + 3 * 651 + 651 + 799;
        let exact = 13.0 * f64::from(units) / 2048.0;
        let taken = breadth("INNA (0.5, 0.01)");
        assert!(taken >= exact && taken < 1.12 * exact, "{taken} {exact}");
        assert_eq!((breadth(""), breadth("\u{300}")), (0.0, 0.0));
        assert!(breadth("漢字") >= 26.0 && breadth("mmm") > breadth("nnn"));
    }
}
