//! Reading the pages that the templates make: elements and their attributes, as they stand in the text.
//!
//! Not any HTML, and no repairs: in these pages values are in double quotes and foreign text is escaped. What is not so is an error and
//! no guess.

/// A part of a page. All of them together, in their order, are the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// What begins an element.
    Open(Tag<'a>),
    /// What ends one, with its name.
    Close(&'a str, &'a str),
    /// Anything else: text, comments, the type of the document, what is in a script or a style.
    Other(&'a str),
}

/// The beginning of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// As it stands in the page.
    pub text: &'a str,
    /// Name of the element.
    pub name: &'a str,
    /// Its attributes, values escaped as they stand there; none for one without a value.
    pub attributes: Vec<(&'a str, Option<&'a str>)>,
}

impl<'a> Tag<'a> {
    /// The value of an attribute.
    pub fn value(&self, attribute: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(name, _)| *name == attribute).and_then(|(_, value)| *value)
    }

    /// Whether it is empty by its own word, as elements of SVG may be.
    pub fn is_closed(&self) -> bool {
        self.text.ends_with("/>")
    }
}

impl<'a> Piece<'a> {
    /// As it stands in the page.
    pub fn text(&self) -> &'a str {
        match self {
            Self::Open(tag) => tag.text,
            Self::Close(text, _) | Self::Other(text) => text,
        }
    }
}

/// Takes a page apart.
///
/// # Errors
/// Where the page is not as the templates make it; the text says at which byte.
pub(super) fn pieces(page: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < page.len() {
        let rest = &page[at..];
        let piece = piece(rest).map_err(|reason| format!("{reason} at byte {at}"))?;
        at += piece.text().len();
        let raw = match &piece {
            Piece::Open(tag) if ["script", "style"].contains(&tag.name) && !tag.is_closed() => Some(tag.name),
            _ => None,
        };
        found.push(piece);
        // Nothing in them is an element, whatever it looks like.
        if let Some(name) = raw {
            let end = format!("</{name}>");
            let length = page[at..].find(&end).ok_or(format!("a <{name}> without an end at byte {at}"))?;
            found.push(Piece::Other(&page[at..at + length]));
            at += length;
        }
    }
    Ok(found)
}

/// The first piece of what is not empty.
fn piece(text: &str) -> Result<Piece<'_>, String> {
    let up_to = |end: &str| text.find(end).map(|at| &text[..at + end.len()]);
    if text.starts_with("<!--") {
        return Ok(Piece::Other(up_to("-->").ok_or("a comment without an end")?));
    }
    if text.starts_with("<!") {
        return Ok(Piece::Other(up_to(">").ok_or("a declaration without an end")?));
    }
    if let Some(name) = text.strip_prefix("</") {
        let whole = up_to(">").ok_or("a tag without an end")?;
        return Ok(Piece::Close(whole, &name[..whole.len() - 3]));
    }
    match text.strip_prefix('<') {
        Some(inside) => tag(text, inside).map(Piece::Open),
        None => Ok(Piece::Other(&text[..text.find('<').unwrap_or(text.len())])),
    }
}

/// What begins with `<`, which `inside` has lost.
fn tag<'a>(text: &'a str, inside: &'a str) -> Result<Tag<'a>, String> {
    let is_name = |c: char| !c.is_whitespace() && !matches!(c, '>' | '/' | '=' | '"' | '\'' | '<');
    let word = |text: &'a str| text.split_at(text.find(|c| !is_name(c)).unwrap_or(text.len()));
    let (name, mut rest) = word(inside);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err("a `<` that begins nothing".into());
    }
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('>').or_else(|| rest.strip_prefix("/>")) {
            let text = &text[..text.len() - after.len()];
            return Ok(Tag { text, name, attributes });
        }
        let (attribute, after) = word(rest);
        if attribute.is_empty() {
            return Err(format!("a <{name}> with something that is no attribute"));
        }
        rest = after;
        let mut value = None;
        if let Some(after) = rest.strip_prefix('=') {
            let quoted = after.strip_prefix('"').and_then(|after| after.split_once('"'));
            let (inside, after) = quoted.ok_or(format!("`{attribute}` without double quotes"))?;
            (value, rest) = (Some(inside), after);
        }
        attributes.push((attribute, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_taken_apart_and_nothing_is_lost() {
        let page = "<!doctype html>\n<p id=\"a\" hidden>x &lt; y<br><svg viewBox=\"0 0 1 1\"><path d=\"M0\"/></svg></p>\
                    <!-- <p> --><script>if (a<b) \"</p>\"</script>end";
        let all = pieces(page).unwrap();
        assert_eq!(all.iter().map(Piece::text).collect::<String>(), page);
        let opened: Vec<(&str, usize, bool)> = all
            .iter()
            .filter_map(|piece| match piece {
                Piece::Open(tag) => Some((tag.name, tag.attributes.len(), tag.is_closed())),
                _ => None,
            })
            .collect();
        let expected =
            [("p", 2, false), ("br", 0, false), ("svg", 1, false), ("path", 1, true), ("script", 0, false)];
        assert_eq!(opened, expected);
        let closed =
            all.iter().filter_map(|piece| if let Piece::Close(_, name) = piece { Some(*name) } else { None });
        assert_eq!(closed.collect::<Vec<_>>(), ["svg", "p", "script"]);
        let Piece::Open(p) = &all[2] else { panic!("{:?}", all[2]) };
        assert_eq!((p.value("id"), p.value("hidden"), p.value("class")), (Some("a"), None, None));
    }

    #[test]
    fn what_the_templates_do_not_make_is_refused() {
        for (page, reason) in [
            ("a < b", "begins nothing at byte 2"),
            ("<p id='a'>", "`id` without double quotes"),
            ("<p id=a>", "`id` without double quotes"),
            ("<p id=\"a>", "`id` without double quotes"),
            ("<p \"a\">", "no attribute"),
            ("<p", "no attribute"),
            ("<!-- a", "a comment without an end"),
            ("<script>1", "a <script> without an end"),
        ] {
            let error = pieces(page).unwrap_err();
            assert!(error.contains(reason), "{page}: {error}");
        }
    }
}
