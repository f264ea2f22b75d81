//! Text where it is shown: that of others, and numbers and lists in words.

use std::borrow::Cow;
use std::io::{Error, ErrorKind};
use std::path::Path;

/// What stands for a character that is not shown.
const REPLACEMENT: char = '\u{fffd}';

/// The text with U+FFFD in place of every character that could change how what is around it is read: control characters
/// (C0 but tab and line feed, DEL, C1), those that turn the direction of writing (`Bidi_Control` of Unicode) and code points
/// that are no characters. A terminal is not steered by it, an XML reader accepts it. A carriage return before a line feed
/// is part of the line end and left out.
///
/// ```
/// assert_eq!(records::text::visible("a\u{1b}[31m\r\n"), "a\u{fffd}[31m\n");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let shown = text.replace("\r\n", "\n");
    Cow::Owned(shown.chars().map(|c| if is_hidden(c) { REPLACEMENT } else { c }).collect())
}

fn is_hidden(c: char) -> bool {
    let is_control = c.is_control() && c != '\t' && c != '\n';
    let is_direction =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_none = matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe;
    is_control || is_direction || is_none
}

/// Reads the text of a file that somebody may have had in an editor: a byte order mark at its beginning is no part of it.
///
/// # Errors
/// If it cannot be read, is not UTF-8, or is something without an end, as a pipe is.
pub fn read(path: &Path) -> Result<String, Error> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "it is no file of data"));
    }
    let text = std::fs::read_to_string(path)?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// A number of things.
///
/// ```
/// assert_eq!([1, 2].map(|n| records::text::count(n, "run")), ["1 run", "2 runs"]);
/// ```
pub fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// Several names in a sentence.
///
/// ```
/// assert_eq!(records::text::listed(&["A", "B", "C"]), "A, B and C");
/// ```
pub fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match &names[..] {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_replaced_and_the_rest_stays() {
        for plain in ["", "a\tb\nc", "INNA (0.5, 0.1)", "惯性 é e\u{301} 👩\u{200d}🔬 ½ −\u{a0}", "\u{feff}"]
        {
            assert!(matches!(visible(plain), Cow::Borrowed(same) if same == plain), "{plain:?}");
        }
        for c in (0..0x20).chain(0x7f..0xa0).filter_map(char::from_u32).filter(|c| !"\t\n".contains(*c)) {
            assert_eq!(visible(&format!("a{c}b")), "a\u{fffd}b", "{c:?}");
        }
        let others = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{fdd0}\u{fffe}\u{10ffff}";
        assert_eq!(visible(others), "\u{fffd}".repeat(15));
        assert_eq!(visible("\u{1b}]0;own\u{7}\u{9b}31m"), "\u{fffd}]0;own\u{fffd}\u{fffd}31m");
        assert_eq!(visible("a\r\nb\rc"), "a\nb\u{fffd}c");
    }

    #[test]
    fn few_names_have_no_comma_and_none_are_nothing() {
        assert_eq!(listed(&["A", "B"]), "A and B");
        assert_eq!(listed(&["A".to_owned()]), "A");
        assert_eq!(listed::<&str>(&[]), "");
        assert_eq!(count(0, "run"), "0 runs");
    }
}
