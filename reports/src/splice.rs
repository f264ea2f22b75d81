//! The general table inside another file.

use records::text::visible;

/// Why a table cannot be put in its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpliceError {
    /// The file does not say where.
    #[error(
        "there is no place for the table: put the lines `{BEGIN}` and `{END}` where it belongs, each once and in \
         this order; of several tables each has the name of its study: `{}` and `{}`",
        mark(BEGIN, .study), mark(END, .study)
    )]
    NoPlace {
        /// The study.
        study: String,
    },
}

/// Line before the table.
pub const BEGIN: &str = "<!-- begin table -->";
/// Line after it.
pub const END: &str = "<!-- end table -->";

/// A line as it is with the name of a study.
fn mark(line: &str, study: &str) -> String {
    line.replace(" -->", &format!(" {study} -->"))
}

/// The text with what is between [`BEGIN`] and [`END`], or between these lines with the name of the study in them, replaced by
/// the table as a block of code under the command that prints it.
///
/// # Errors
/// If the two lines are not there, once each and in order.
pub fn splice(text: &str, study: &str, command: &str, table: &str) -> Result<String, SpliceError> {
    let named = [mark(BEGIN, study), mark(END, study)];
    let [begin_mark, end_mark] = match text.contains(&named[0]) {
        true => [named[0].as_str(), named[1].as_str()],
        false => [BEGIN, END],
    };
    let nowhere = || SpliceError::NoPlace { study: study.to_owned() };
    let place = |mark: &str| {
        let mut found = text.match_indices(mark);
        let first = found.next().map(|(at, _)| at);
        if found.next().is_some() { None } else { first }
    };
    let (Some(begin), Some(end)) = (place(begin_mark), place(end_mark)) else { return Err(nowhere()) };
    if begin > end {
        return Err(nowhere());
    }
    let (before, after) = (&text[..begin + begin_mark.len()], &text[end..]);
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
        let once = splice(&text, "quick", "inna-bench report quick", "a  b\n1  2\n").unwrap();
        let expected =
            format!("# A\n\n{BEGIN}\n```\n$ inna-bench report quick\na  b\n1  2\n```\n{END}\n\nrest\n");
        assert_eq!(once, expected);
        assert_eq!(splice(&once, "quick", "inna-bench report quick", "a  b\n1  2\n").unwrap(), once);
        assert!(splice(&text, "quick", "c", "x ``` y").unwrap().contains("\n````\n$ c\nx ``` y\n````\n"));
    }

    #[test]
    fn line_ends_stay_what_they_are() {
        let text = format!("# A\r\n{BEGIN}\r\nold\r\n{END}\r\nrest\r\n");
        let once = splice(&text, "quick", "c", "a\nb\n").unwrap();
        assert_eq!(once, format!("# A\r\n{BEGIN}\r\n```\r\n$ c\r\na\r\nb\r\n```\r\n{END}\r\nrest\r\n"));
        assert_eq!(splice(&once, "quick", "c", "a\nb\n").unwrap(), once);
    }

    #[test]
    fn what_steers_a_terminal_is_replaced() {
        let text = format!("{BEGIN}\n{END}");
        let spliced = splice(&text, "quick", "c\u{7}", "\u{1b}[31m \u{202e}\n").unwrap();
        assert_eq!(spliced, format!("{BEGIN}\n```\n$ c\u{fffd}\n\u{fffd}[31m \u{fffd}\n```\n{END}"));
    }

    #[test]
    fn a_file_without_a_place_is_left_alone() {
        for text in ["", BEGIN, END, &format!("{END}\n{BEGIN}"), &format!("{BEGIN}{BEGIN}{END}")] {
            assert_eq!(
                splice(text, "quick", "c", "t"),
                Err(SpliceError::NoPlace { study: "quick".into() }),
                "{text}"
            );
        }
    }

    #[test]
    fn of_several_tables_each_has_the_name_of_its_study() {
        let text =
            format!("{BEGIN}\nold\n{END}\n<!-- begin table tasks -->\nold\n<!-- end table tasks -->\n");
        let once = splice(&text, "tasks", "c", "t").unwrap();
        let expected = format!(
            "{BEGIN}\nold\n{END}\n<!-- begin table tasks -->\n```\n$ c\nt\n```\n<!-- end table tasks -->\n"
        );
        assert_eq!(once, expected);
        assert!(
            splice(&text, "quick", "c", "t").unwrap().ends_with("tasks -->\nold\n<!-- end table tasks -->\n")
        );
        let message = splice("", "a/b", "c", "t").unwrap_err().to_string();
        assert!(message.contains("`<!-- begin table a/b -->` and `<!-- end table a/b -->`"), "{message}");
    }
}
