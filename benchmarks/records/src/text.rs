//! Text of others, made safe to show.

use std::borrow::Cow;

/// The text with U+FFFD in place of every character that acts on what shows it instead of being seen.
///
/// Those are control characters but newline and tab (a terminal obeys them, XML does not allow most of them), the controls
/// of writing direction (they let text read as another), and U+FFFE and U+FFFF (XML does not allow them either). Titles,
/// questions and file names come from studies and reports of others, so everything that is printed or put into a page
/// passes through here. Text without such characters is borrowed as it is.
///
/// ```
/// assert_eq!(records::text::visible("\u{1b}[31mred"), "\u{fffd}[31mred");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.contains(acts) { Cow::Owned(text.replace(acts, "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// Whether a character acts instead of being seen.
fn acts(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{fffe}' | '\u{ffff}' => true,
        other => other.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_or_on_direction_is_replaced() {
        let controls = (0..=0x1f).chain(0x7f..=0x9f).filter(|code| ![0x09, 0x0a].contains(code));
        let directions = [0x200e, 0x200f, 0x61c].into_iter().chain(0x202a..=0x202e).chain(0x2066..=0x2069);
        for code in controls.chain(directions).chain([0xfffe, 0xffff]) {
            let text = format!("a{}b", char::from_u32(code).expect("a character"));
            assert_eq!(visible(&text), "a\u{fffd}b", "U+{code:04X}");
        }
    }

    #[test]
    fn everything_else_stays_and_is_borrowed() {
        let neighbours = "\u{a0}\u{200d}\u{2010}\u{2029}\u{202f}\u{2065}\u{206a}\u{fffd}\u{61b}\u{61d}~ ";
        for text in ["", "line\n\tnext", "β₁ = 0.9, Größe, 東京, עברית, 👩‍🔬, 𝒱", neighbours]
        {
            assert!(matches!(visible(text), Cow::Borrowed(shown) if shown == text), "{text:?}");
        }
    }

    #[test]
    fn what_was_made_visible_stays_as_it_is() {
        let once = visible("\u{1b}]0;title\u{7}\u{202e}").into_owned();
        assert_eq!(once, "\u{fffd}]0;title\u{fffd}\u{fffd}");
        assert_eq!(visible(&once), once);
    }
}
