//! JSON that is read by eye and stays small: an object's members have a line each, lists of numbers have one.

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CharEscape, Formatter};
use std::io::{Result, Write};

/// Version of `report.json`.
pub const FORMAT: u32 = 5;

/// The value with a line feed at the end.
///
/// # Errors
/// If the value cannot be encoded, which would be a defect.
pub(crate) fn text(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Lines::default()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The value on one line, for a page: what [`records::text::visible`] replaces is not there as an escape either.
///
/// # Errors
/// If the value cannot be encoded, which would be a defect.
pub(crate) fn shown(value: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Shown))?;
    // The bytes are a writer's of JSON; anything else would be shown as U+FFFD.
    Ok(records::text::visible(&String::from_utf8_lossy(&bytes)).into_owned())
}

/// Without escapes of control characters.
struct Shown;

impl Formatter for Shown {
    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> Result<()> {
        writer.write_all(match escape {
            CharEscape::Quote => b"\\\"",
            CharEscape::ReverseSolidus => b"\\\\",
            CharEscape::Solidus => b"\\/",
            CharEscape::LineFeed => b"\\n",
            CharEscape::Tab => b"\\t",
            CharEscape::Backspace
            | CharEscape::FormFeed
            | CharEscape::CarriageReturn
            | CharEscape::AsciiControl(_) => "\u{fffd}".as_bytes(),
        })
    }
}

/// A line per member, and per object or text in a list.
#[derive(Default)]
struct Lines {
    /// Objects around this place.
    depth: usize,
    /// For every open list, whether its last element had a line of its own.
    lists: Vec<bool>,
    /// Whether the next thing written is an element of a list.
    element: bool,
    /// Whether a member has been written in the innermost object.
    members: bool,
}

impl Lines {
    fn line<W: ?Sized + Write>(&self, writer: &mut W) -> Result<()> {
        writer.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| writer.write_all(b" "))
    }

    /// Puts the element that comes next on a line of its own.
    fn own_line<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        if std::mem::take(&mut self.element) {
            self.line(writer)?;
            if let Some(list) = self.lists.last_mut() {
                *list = true;
            }
        }
        Ok(())
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.element = false;
        self.lists.push(false);
        self.depth += 1;
        writer.write_all(b"[")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        self.element = true;
        if first { Ok(()) } else { writer.write_all(b",") }
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.element = false;
        Ok(())
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.depth -= 1;
        if self.lists.pop() == Some(true) {
            self.line(writer)?;
        }
        writer.write_all(b"]")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.own_line(writer)?;
        self.depth += 1;
        self.members = false;
        writer.write_all(b"{")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.line(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> Result<()> {
        self.members = true;
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.depth -= 1;
        if std::mem::take(&mut self.members) {
            self.line(writer)?;
        }
        // The object around this one has it as a member.
        self.members = true;
        writer.write_all(b"}")
    }

    fn begin_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.own_line(writer)?;
        writer.write_all(b"\"")
    }
}

#[cfg(test)]
mod tests {
    use super::{shown, text};
    use serde_json::{Value, json};

    #[test]
    fn what_a_page_reads_has_no_control_character() {
        let value = json!({"a\u{1b}": ["\u{8}\u{c}\r\u{7f}\u{202e}", "\"\\\n\t/"]});
        let read: Value = serde_json::from_str(&shown(&value).unwrap()).unwrap();
        assert_eq!(read, json!({"a\u{fffd}": ["\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}", "\"\\\n\t/"]}));
    }

    #[test]
    fn lists_of_numbers_stay_on_their_line() {
        let value = json!({
            "empty": {}, "none": [], "points": [[0.5, 1], [2, null]],
            "texts": ["a", "b\n"], "things": [{"x": [1]}, {}],
        });
        let written = String::from_utf8(text(&value).unwrap()).unwrap();
        let expected = "{\n \"empty\": {},\n \"none\": [],\n \"points\": [[0.5,1],[2,null]],\n \"texts\": [\n  \
                        \"a\",\n  \"b\\n\"\n ],\n \"things\": [\n  {\n   \"x\": [1]\n  },\n  {}\n ]\n}\n";
        assert_eq!(written, expected);
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value);
    }
}
