//! The general table inside another file.

use records::text::visible;

/// Why a table cannot be put in its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpliceError {
    /// The file does not say where.
    #[error(
        "there is no place for the table: put the lines `{BEGIN}` and `{END}` where it belongs, each once and in \
         this order"
    )]
    NoPlace,
}

/// Line before the table.
pub const BEGIN: &str = "<!-- begin table -->";
/// Line after it.
pub const END: &str = "<!-- end table -->";

/// The text with what is between [`BEGIN`] and [`END`] replaced by the table as a block of code under the command
/// that prints it.
///
/// # Errors
/// If the two lines are not there, once each and in order.
pub fn splice(text: &str, command: &str, table: &str) -> Result<String, SpliceError> {
    let place = |mark: &str| {
        let mut found = text.match_indices(mark);
        let first = found.next().map(|(at, _)| at);
        if found.next().is_some() { None } else { first }
    };
    let (Some(begin), Some(end)) = (place(BEGIN), place(END)) else { return Err(SpliceError::NoPlace) };
    if begin > end {
        return Err(SpliceError::NoPlace);
    }
    let (before, after) = (&text[..begin + BEGIN.len()], &text[end..]);
    // A name may hold backticks; a fence is longer than any run of them.
    let longest = table.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let block = format!("\n{fence}\n$ {}\n{}\n{fence}\n", visible(command), visible(table).trim_end());
    // Lines end as that of the mark does.
    let block = if text[before.len()..].starts_with("\r\n") { block.replace('\n', "\r\n") } else { block };
    Ok(format!("{before}{block}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_is_replaced() {
        let text = format!("# A\n\n{BEGIN}\nold\n{END}\n\nrest\n");
        let once = splice(&text, "inna-bench report quick", "a  b\n1  2\n").unwrap();
        let expected =
            format!("# A\n\n{BEGIN}\n```\n$ inna-bench report quick\na  b\n1  2\n```\n{END}\n\nrest\n");
        assert_eq!(once, expected);
        assert_eq!(splice(&once, "inna-bench report quick", "a  b\n1  2\n").unwrap(), once);
        assert!(splice(&text, "c", "x ``` y").unwrap().contains("\n````\n$ c\nx ``` y\n````\n"));
    }

    #[test]
    fn line_ends_stay_what_they_are() {
        let text = format!("# A\r\n{BEGIN}\r\nold\r\n{END}\r\nrest\r\n");
        let once = splice(&text, "c", "a\nb\n").unwrap();
        assert_eq!(once, format!("# A\r\n{BEGIN}\r\n```\r\n$ c\r\na\r\nb\r\n```\r\n{END}\r\nrest\r\n"));
        assert_eq!(splice(&once, "c", "a\nb\n").unwrap(), once);
    }

    #[test]
    fn what_steers_a_terminal_is_replaced() {
        let text = format!("{BEGIN}\n{END}");
        let spliced = splice(&text, "c\u{7}", "\u{1b}[31m \u{202e}\n").unwrap();
        assert_eq!(spliced, format!("{BEGIN}\n```\n$ c\u{fffd}\n\u{fffd}[31m \u{fffd}\n```\n{END}"));
    }

    #[test]
    fn a_file_without_a_place_is_left_alone() {
        for text in ["", BEGIN, END, &format!("{END}\n{BEGIN}"), &format!("{BEGIN}{BEGIN}{END}")] {
            assert_eq!(splice(text, "c", "t"), Err(SpliceError::NoPlace), "{text}");
        }
    }
}
