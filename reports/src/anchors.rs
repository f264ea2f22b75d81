//! A link to itself for every heading of a page, so that a part of it can be pointed at.

use crate::words::text::slug;
use std::collections::BTreeSet;

/// The page with a link in every `<h2>` and `<h3>`; those without an `id` get one made of their text. The templates are ours: a
/// heading's tag is written in lower case, closed, and holds no other heading.
pub(crate) fn anchored(html: &str) -> String {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    taken.extend(html.split(" id=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
    let mut out = String::with_capacity(html.len() + html.len() / 50);
    let mut rest = html;
    while let Some((at, level)) = next(rest) {
        let (before, heading) = rest.split_at(at);
        out.push_str(before);
        let close = format!("</h{level}>");
        let Some((tag, (inner, after))) =
            heading.split_once('>').and_then(|(tag, rest)| Some((tag, rest.split_once(&close)?)))
        else {
            out.push_str(heading);
            return out;
        };
        let id = tag.split_once(" id=\"").and_then(|(_, rest)| Some(rest.split_once('"')?.0.to_owned()));
        out.push_str(tag);
        let id = id.unwrap_or_else(|| {
            let id = free(&text(inner), &mut taken);
            out.push_str(&format!(" id=\"{id}\""));
            id
        });
        out.push_str(&format!(
            ">{inner} <a class=\"anchor\" href=\"#{id}\" aria-label=\"Link to this part\"></a>{close}"
        ));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The next heading, and its level.
fn next(html: &str) -> Option<(usize, u8)> {
    let of = |level: u8| {
        let tag = format!("<h{level}");
        let mut places = html.match_indices(&tag).map(|(at, _)| at);
        places.find(|at| html[at + tag.len()..].starts_with([' ', '>'])).map(|at| (at, level))
    };
    [of(2), of(3)].into_iter().flatten().min()
}

/// What is outside of tags, entities left out.
fn text(inner: &str) -> String {
    let mut out = String::new();
    let (mut in_tag, mut in_entity) = (false, false);
    for c in inner.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            '&' => in_entity = true,
            ';' if in_entity => in_entity = false,
            c if !in_tag && !in_entity => out.push(c),
            _ => {}
        }
    }
    out
}

/// An identifier made of a text that nothing on the page has.
fn free(text: &str, taken: &mut BTreeSet<String>) -> String {
    let words = slug(text.trim()).to_lowercase();
    let words: Vec<&str> = words.split(['-', '.', '_']).filter(|word| !word.is_empty()).collect();
    let base = if words.is_empty() { "part".to_owned() } else { words.join("-") };
    let name = (1_u64..)
        .map(|k| if k == 1 { base.clone() } else { format!("{base}-{k}") })
        .find(|name| !taken.contains(name))
        .unwrap_or(base);
    taken.insert(name.clone());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_get_names_that_nothing_else_has() {
        let page = "<p id=\"costs\"><h1>Whole</h1><h2>Costs</h2><h2 id=\"own\">Mine</h2><h3 class=\"x\">R&amp;D: <a href=\"a.html\">the γ of it</a></h3><hr><h2>Costs</h2>";
        let link =
            |id: &str| format!(" <a class=\"anchor\" href=\"#{id}\" aria-label=\"Link to this part\"></a>");
        assert_eq!(
            anchored(page),
            format!(
                "<p id=\"costs\"><h1>Whole</h1><h2 id=\"costs-2\">Costs{}</h2><h2 id=\"own\">Mine{}</h2>\
                 <h3 class=\"x\" id=\"rd-the-of-it\">R&amp;D: <a href=\"a.html\">the γ of it</a>{}</h3><hr><h2 id=\"costs-3\">Costs{}</h2>",
                link("costs-2"),
                link("own"),
                link("rd-the-of-it"),
                link("costs-3")
            )
        );
        assert_eq!(anchored("<h2>∇</h2>"), format!("<h2 id=\"part\">∇{}</h2>", link("part")));
        assert_eq!(anchored("<h2>never closed"), "<h2>never closed");
    }
}
