//! Styles plotters does not know, carried through it as colours.

use super::canvas::escaped;
use crate::drawing::Mark;
use crate::words::text::{checked_colour, colour_class};
use plotters::style::RGBColor;

/// How a line or an area is meant to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ink {
    /// A CSS colour.
    colour: String,
    /// Class for the page's style sheet.
    class: &'static str,
    /// `stroke-dasharray` in quarter pixels; empty for a solid line.
    dashes: &'static str,
    /// Key of the entry that the shape belongs to; empty if it belongs to none.
    entry: String,
    /// The run that the shape shows.
    mark: Option<Mark>,
}

impl Ink {
    /// The colour of the text around the figure.
    pub(super) fn text() -> Self {
        Self { colour: "currentColor".into(), class: "", dashes: "", entry: String::new(), mark: None }
    }

    /// Text that may step back.
    pub(super) fn muted() -> Self {
        Self { class: "muted", ..Self::text() }
    }

    /// A line and a number of an axis, which are others once a part of the figure is shown.
    pub(super) fn tick() -> Self {
        Self { class: "muted tick", ..Self::text() }
    }

    /// A tick without a number.
    pub(super) fn mark() -> Self {
        Self { class: "tick", ..Self::text() }
    }

    /// An entry's colour and dash.
    pub(super) fn entry(stroke: &crate::drawing::Stroke, dashed: bool) -> Self {
        let dashes = match stroke.dash.as_str() {
            "dashed" if dashed => "32 16",
            "dotted" if dashed => "6 14",
            "dash-dot" if dashed => "32 14 6 14",
            _ => "",
        };
        let colour = checked_colour(&stroke.colour);
        Self { class: colour_class(&colour), colour, dashes, ..Self::text() }.of(stroke)
    }

    /// The same, belonging to the entry of a stroke.
    pub(super) fn of(self, stroke: &crate::drawing::Stroke) -> Self {
        Self { entry: stroke.entry.clone().unwrap_or_default(), ..self }
    }

    /// The same, showing a run.
    pub(super) fn marked(self, mark: Option<&Mark>) -> Self {
        Self { mark: mark.cloned(), ..self }
    }

    /// An entry's area from its smallest to its largest value.
    pub(super) fn band(stroke: &crate::drawing::Stroke) -> Self {
        let line = Self::entry(stroke, false);
        let class = if line.class == "series" { "series band" } else { "series deep band" };
        Self { class, ..line }
    }

    /// The edge of a published band: finely dotted whatever the entry's dash.
    pub(super) fn edge(stroke: &crate::drawing::Stroke) -> Self {
        Self { dashes: "3 9", ..Self::entry(stroke, false) }
    }

    /// A cell of a heat map: the same colour on light and dark.
    pub(super) fn cell(rgb: [u8; 3]) -> Self {
        Self { colour: hex(rgb), class: "cell", ..Self::text() }
    }

    /// Text on a cell of that colour: black or white, whichever is further from it.
    pub(super) fn on_cell(rgb: [u8; 3]) -> Self {
        // Luma of ITU-R BT.601; viridis passes the middle where both are readable.
        let luma = 0.299 * f64::from(rgb[0]) + 0.587 * f64::from(rgb[1]) + 0.114 * f64::from(rgb[2]);
        let colour = if luma > 125.0 { "#000000" } else { "#ffffff" };
        Self { colour: colour.into(), class: "cell", ..Self::text() }
    }

    /// A colour of a scale.
    pub(super) fn scale(rgb: [u8; 3]) -> Self {
        Self { colour: hex(rgb), class: "level", ..Self::text() }
    }
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// The inks of one figure; the place in the list is the token.
#[derive(Clone, Debug, Default)]
pub(super) struct Inks(Vec<Ink>);

impl Inks {
    /// The token to draw with.
    pub(super) fn token(&mut self, ink: Ink) -> RGBColor {
        let place = self.0.iter().position(|i| *i == ink).unwrap_or_else(|| {
            self.0.push(ink);
            self.0.len() - 1
        });
        RGBColor(1, (place >> 8) as u8, place as u8)
    }

    /// Puts the inks where their tokens are. Text cannot contain a token: its quotes are escaped.
    pub(super) fn apply(&self, svg: &str) -> String {
        let mut out = String::with_capacity(svg.len());
        let mut rest = svg;
        while let Some(at) = rest.find("=\"#01") {
            let (before, token) = rest.split_at(at);
            out.push_str(before);
            let digits = token.get(5..9).unwrap_or_default();
            let ink = usize::from_str_radix(digits, 16).ok().and_then(|place| self.0.get(place));
            let Some(ink) = ink else {
                out.push_str("=\"#01");
                rest = &token[5..];
                continue;
            };
            out.push_str(&format!("=\"{}\"", ink.colour));
            if !ink.class.is_empty() {
                out.push_str(&format!(" class=\"{}\"", ink.class));
            }
            if !ink.dashes.is_empty() {
                out.push_str(&format!(" stroke-dasharray=\"{}\"", ink.dashes));
            }
            if !ink.entry.is_empty() {
                out.push_str(&format!(" data-entry=\"{}\"", escaped(&ink.entry)));
            }
            rest = &token[10..];
            if let Some(mark) = &ink.mark {
                rest = marked(mark, rest, &mut out);
            }
        }
        out.push_str(rest);
        out
    }
}

/// Finishes the empty element that `out` has begun as one that says what it shows, and returns what follows it.
fn marked<'a>(Mark { text, href }: &Mark, rest: &'a str, out: &mut String) -> &'a str {
    let name = out.rfind('<').map(|at| &out[at + 1..]).and_then(|tag| tag.split(' ').next());
    let (Some(name), Some((attributes, after))) = (name.map(str::to_owned), rest.split_once("/>")) else {
        return rest;
    };
    let (text, href) = (escaped(text), escaped(href));
    out.push_str(&format!(" data-run=\"{href}\"{attributes}><title>{text}</title></{name}>"));
    after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::Stroke;

    #[test]
    fn tokens_become_what_was_meant() {
        let mut inks = Inks::default();
        let text = inks.token(Ink::text());
        let stroke =
            Stroke { colour: "#E69F00".into(), dash: "dashed".into(), entry: Some("a\"#010000".into()) };
        let line = inks.token(Ink::entry(&stroke, true));
        assert_eq!((text, line), (RGBColor(1, 0, 0), RGBColor(1, 0, 1)));
        assert_eq!(inks.token(Ink::text()), text);
        assert_eq!(
            inks.apply(r##"<a stroke="#010001" x="1"/><b fill="#010000"/><c fill="#01ABCD"/>"##),
            r##"<a stroke="#e69f00" class="series" stroke-dasharray="32 16" data-entry="a&quot;#010000" x="1"/><b fill="currentColor"/><c fill="#01ABCD"/>"##
        );
    }
}
