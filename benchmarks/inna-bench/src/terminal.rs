//! The terminal: everything that is printed passes through here.
//!
//! Titles, questions and file names may be those of others, so nothing that a terminal would obey gets through.

use crate::Ending;
use anyhow::Result;
use records::text::visible;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, StdoutLock, Write};

/// Says something on stderr. If nobody can hear it any more, nothing else changes: a training of days goes on when the
/// reader of its log has gone.
pub(crate) fn say(text: impl Display) {
    // In one piece, so that lines of several threads do not mix.
    let line = format!("{text}\n");
    let _ = io::stderr().write_all(visible(&line).as_bytes());
}

/// Stdout, where results go. A failure counts: whoever asked for a result should know that it is not there. But a reader that
/// has seen enough (`| head`) is none: what it does not read is dropped, and the verb ends as it would have.
pub(crate) fn stdout() -> Stdout {
    Stdout(io::stdout().lock())
}

/// Stdout with [`visible`] text only; to be written to with `writeln!`, whose pieces are whole characters.
pub(crate) struct Stdout(StdoutLock<'static>);

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        heard(self.0.write_all(visible(&text).as_bytes())).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        heard(self.0.flush())
    }
}

fn heard(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        kind => Err(io::Error::new(kind, format!("writing to stdout failed: {error}"))),
    })
}

/// A value as JSON. Characters that may not be shown are written as escapes, so that a reader gets them as they are.
pub(crate) fn json(value: &impl Serialize) -> Result<String> {
    // Through a value: keys in order, and null for numbers that JSON does not have.
    let text = serde_json::to_string_pretty(&serde_json::to_value(value)?)?;
    if matches!(visible(&text), Cow::Borrowed(_)) {
        return Ok(text);
    }
    // Outside of strings JSON has none of them.
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match visible(character.encode_utf8(&mut [0; 4])) {
            Cow::Borrowed(same) => escaped.push_str(same),
            Cow::Owned(_) => {
                character
                    .encode_utf16(&mut [0; 2])
                    .iter()
                    .for_each(|unit| escaped.push_str(&format!("\\u{unit:04x}")));
            }
        }
    }
    Ok(escaped)
}

/// What clap has instead of arguments: help and version for stdout, or what is wrong with them.
pub(crate) fn usage(instead: &clap::Error) -> Result<Ending> {
    let text = instead.render();
    if instead.use_stderr() {
        say(text.to_string().trim_end());
        return Ok(Ending::Unusable);
    }
    write!(stdout(), "{text}")?;
    Ok(Ending::Done)
}

#[cfg(test)]
mod tests {
    use super::json;
    use serde_json::{Value, json as value};

    #[test]
    fn json_has_no_raw_control_and_reads_back_as_it_was() {
        let text = "\u{1b}[31m \u{7f}\u{9b}\u{202e}\u{2066}\u{200f}\u{61c}\u{ffff}\u{1fffe} tab\t line\n β \u{1d4b1}";
        let before = value!({ text: [text, {"plain": 1.5}] });
        let printed = json(&before).unwrap();
        assert_eq!(records::text::visible(&printed), printed);
        assert!(printed.contains("\\u202e") && printed.contains("β \u{1d4b1}"), "{printed}");
        assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), before);
    }
}
