//! The pages of a report as the sheets of one page.
//!
//! Every page becomes a section under an id of its own, `/` and the name of the page; what has an id on a page has it behind that one
//! (`/task-toy/final-values`), but on the first page, whose style goes by them. Links follow: to a page, to a place on it, and to a file,
//! which the link then holds.

use super::downloads::Downloads;
use super::markup::{Piece, Tag, pieces};
use crate::ReportError;
use crate::pages::Dress;
use std::collections::BTreeSet;

/// A page of the report.
pub(super) struct Sheet {
    /// Its file.
    pub name: String,
    /// Its text.
    pub html: String,
}

/// Attributes that name places on the page by their ids.
const REFERENCES: [&str; 6] =
    ["aria-labelledby", "aria-describedby", "aria-controls", "for", "headers", "list"];

/// The pages in the order in which the first one's navigation names them; those that it does not name come behind the page that links to
/// them, which is not the first if another does, or last.
pub(super) fn in_order(mut sheets: Vec<Sheet>) -> Result<Vec<Sheet>, ReportError> {
    let mut order: Vec<String> = Vec::new();
    if let Some(first) = sheets.first() {
        order.extend(pages_linked(first, "nav")?);
    }
    let mut at = 1;
    while at < order.len() {
        if let Some(sheet) = sheets.iter().find(|sheet| sheet.name == order[at]) {
            let mut place = at + 1;
            for page in pages_linked(sheet, "main")? {
                let is_sheet = sheets.iter().any(|sheet| sheet.name == page);
                if is_sheet && !order.contains(&page) {
                    order.insert(place, page);
                    place += 1;
                }
            }
        }
        at += 1;
    }
    let rank = |sheet: &Sheet| order.iter().position(|page| *page == sheet.name).unwrap_or(order.len());
    sheets.sort_by_key(rank);
    Ok(sheets)
}

/// The pages that one links to within an element of that name, each once.
fn pages_linked(sheet: &Sheet, within: &str) -> Result<Vec<String>, ReportError> {
    let (mut depth, mut found) = (0, Vec::new());
    for piece in read(&sheet.name, &sheet.html)? {
        match piece {
            Piece::Open(tag) if tag.name == within => depth += 1,
            Piece::Close(_, name) if name == within => depth -= 1,
            Piece::Open(tag) if depth > 0 => {
                let page = tag.value("href").map(|link| link.split('#').next().unwrap_or(link));
                let page = page.filter(|page| page.ends_with(".html") && !found.iter().any(|p| p == page));
                found.extend(page.map(str::to_owned));
            }
            _ => {}
        }
    }
    Ok(found)
}

fn read<'a>(page: &str, html: &'a str) -> Result<Vec<Piece<'a>>, ReportError> {
    pieces(html).map_err(|reason| ReportError::Markup { page: page.into(), reason })
}

/// Puts pages together in the order given; the first lends what is around them. `note` is put below all of them.
pub(super) fn bind(
    sheets: &[Sheet],
    downloads: &Downloads,
    dress: &Dress,
    note: &dyn Fn(&Downloads) -> Result<String, ReportError>,
) -> Result<String, ReportError> {
    let Some(first) = sheets.first() else { return Ok(String::new()) };
    let names: BTreeSet<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
    let binder = |page| Binder { page, first: &first.name, names: &names, downloads };
    let around = binder(&first.name);
    let mut out = String::new();
    // What the element that is being read begins with is replaced, up to its end.
    let mut replaced: Option<&str> = None;
    for piece in read(&first.name, &first.html)? {
        if let Some(name) = replaced {
            match piece {
                Piece::Close(text, closed) if closed == name => (replaced, out) = (None, out + text),
                _ => {}
            }
            continue;
        }
        match &piece {
            Piece::Open(tag) if tag.value("http-equiv") == Some("Content-Security-Policy") => {
                out += &tag.text.replace(tag.value("content").unwrap_or_default(), &dress.policy);
            }
            Piece::Open(tag) if ["style", "main"].contains(&tag.name) || is_ours(tag) => {
                out += tag.text;
                replaced = Some(tag.name);
                match tag.name {
                    "style" => out += &dress.style,
                    "script" => out += &dress.script,
                    _ => {
                        out.push('\n');
                        for sheet in sheets {
                            out += &binder(&sheet.name).section(&sheet.html)?;
                        }
                    }
                }
            }
            Piece::Open(tag) => out += &around.tag(tag)?,
            Piece::Close(text, "footer") => {
                out += &note(downloads)?;
                out += text;
            }
            other => out += other.text(),
        }
    }
    Ok(out)
}

/// Whether it is the script of every page and no data.
fn is_ours(tag: &Tag) -> bool {
    tag.name == "script" && tag.value("type").is_none()
}

/// Binds a page.
struct Binder<'a> {
    page: &'a str,
    first: &'a str,
    names: &'a BTreeSet<&'a str>,
    downloads: &'a Downloads<'a>,
}

/// The id of a page.
fn id_of(page: &str) -> String {
    format!("/{}", page.strip_suffix(".html").unwrap_or(page))
}

impl Binder<'_> {
    /// The section that a page becomes: what is in its main part.
    fn section(&self, html: &str) -> Result<String, ReportError> {
        let (mut title, mut body) = ("", String::new());
        let (mut in_main, mut in_title) = (false, false);
        for piece in read(self.page, html)? {
            match &piece {
                Piece::Open(tag) if tag.name == "main" => in_main = true,
                Piece::Close(_, "main") => break,
                Piece::Open(tag) if tag.name == "title" && !in_main => in_title = true,
                Piece::Other(text) if in_title => (title, in_title) = (text, false),
                Piece::Open(tag) if in_main => body += &self.tag(tag)?,
                other if in_main => body += other.text(),
                _ => {}
            }
        }
        let id = id_of(self.page);
        Ok(format!("<section class=\"sheet\" id=\"{id}\" data-title=\"{title}\">{body}</section>\n"))
    }

    /// The id of what has `id` on a page.
    fn within(&self, page: &str, id: &str) -> String {
        if page == self.first { id.into() } else { format!("{}/{id}", id_of(page)) }
    }

    /// The beginning of an element, with ids and links as they are in the one file.
    fn tag(&self, tag: &Tag) -> Result<String, ReportError> {
        let is_ours = |name: &str| {
            ["id", "href", "xlink:href", "data-run", "aria-current"].contains(&name)
                || REFERENCES.contains(&name)
        };
        let is_painted = |value: Option<&str>| value.is_some_and(|value| value.contains("url(#"));
        if !tag.attributes.iter().any(|(name, value)| is_ours(name) || is_painted(*value)) {
            return Ok(tag.text.into());
        }
        let mut out = format!("<{}", tag.name);
        for (name, value) in &tag.attributes {
            let new = match (*name, *value) {
                // What the page shown is, the script says.
                ("aria-current", _) => continue,
                // The link that holds a file says its name again.
                ("download", _) if tag.value("href").is_some_and(|link| self.downloads.has(link)) => continue,
                ("href" | "xlink:href" | "data-run", Some(link)) => {
                    out += &self.link(name, link)?;
                    continue;
                }
                ("id", Some(id)) => Some(self.within(self.page, id)),
                (name, Some(ids)) if REFERENCES.contains(&name) => {
                    let ids = ids.split_whitespace().map(|id| self.within(self.page, id));
                    Some(ids.collect::<Vec<_>>().join(" "))
                }
                (_, Some(value)) => {
                    Some(value.replace("url(#", &format!("url(#{}", self.within(self.page, ""))))
                }
                (_, None) => None,
            };
            out += &match new {
                Some(value) => format!(" {name}=\"{value}\""),
                None => format!(" {name}"),
            };
        }
        Ok(out + if tag.is_closed() { "/>" } else { ">" })
    }

    /// The attributes of a link.
    fn link(&self, attribute: &str, link: &str) -> Result<String, ReportError> {
        if link.starts_with("https://") || link.starts_with("http://") {
            return Ok(format!(" {attribute}=\"{link}\""));
        }
        if self.downloads.has(link) {
            let path = std::path::Path::new(link);
            let reading = |source| ReportError::Folder { action: "reading", path: path.into(), source };
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            // A link that leads nowhere is none: of what is too large for one only the name is left.
            return Ok(self
                .downloads
                .link(link)
                .map_err(reading)?
                .map_or_else(String::new, |data| format!(" {attribute}=\"{data}\" download=\"{name}\"")));
        }
        let (page, place) = link.split_once('#').map_or((link, None), |(page, place)| (page, Some(place)));
        let page = if page.is_empty() { self.page } else { page };
        if !self.names.contains(page) {
            let reason = format!("a link to {link}, which is no part of the report");
            return Err(ReportError::Markup { page: self.page.into(), reason });
        }
        let id = place.map_or_else(|| id_of(page), |place| self.within(page, place));
        Ok(format!(" {attribute}=\"#{id}\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(name: &str, main: &str) -> Sheet {
        let nav = "<nav><a href=\"index.html\">i</a><a href=\"b.html\">b</a><a href=\"a.html\">a</a></nav>";
        let html = format!(
            "<!doctype html><title>{name}</title><style>s</style>{nav}<main>{main}</main><footer>f</footer><script>1</script>"
        );
        Sheet { name: name.into(), html }
    }

    #[test]
    fn pages_that_the_navigation_does_not_name_come_behind_those_that_link_to_them() {
        let sheets = vec![
            sheet("index.html", "<a href=\"runs-b.html#r1\">r</a><a href=\"other.html\">o</a>"),
            sheet("a.html", "a"),
            sheet("other.html", "o"),
            sheet("runs-b.html", "r"),
            sheet("b.html", "<a href=\"runs-b.html\">r</a><a href=\"a.html\">a</a>"),
        ];
        let order: Vec<String> = in_order(sheets).unwrap().into_iter().map(|sheet| sheet.name).collect();
        assert_eq!(order, ["index.html", "b.html", "runs-b.html", "a.html", "other.html"]);
    }

    #[test]
    fn ids_and_what_refers_to_them_get_the_page_before_them() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x.csv"), "a").unwrap();
        let downloads = Downloads::new(folder.path(), &[(folder.path().join("x.csv"), 1)]);
        let main = "<h1 id=\"x\">x</h1><p aria-labelledby=\"x y\" id=\"y\"><a href=\"#x\">1</a><a href=\"index.html\">2</a>\
                    <a href=\"b.html#z\" class=\"c\">3</a><a href=\"x.csv\" download>4</a><a href=\"https://e.org/\">5</a>\
                    <svg><path clip-path=\"url(#y)\"/></svg>";
        let sheets = [sheet("index.html", main), sheet("b.html", main), sheet("a.html", "")];
        let dress = Dress { policy: String::new(), style: "S".into(), script: "J".into() };
        let bound = |sheets: &[Sheet]| bind(sheets, &downloads, &dress, &|_| Ok("<p>n</p>".into()));
        let data = "href=\"data:text/csv;charset=utf-8;base64,YQ==\" download=\"x.csv\"";
        let section = |id: &str, title: &str, at: &str| {
            format!(
                "<section class=\"sheet\" id=\"{id}\" data-title=\"{title}\"><h1 id=\"{at}x\">x</h1><p aria-labelledby=\"{at}x {at}y\" \
                 id=\"{at}y\"><a href=\"#{at}x\">1</a><a href=\"#/index\">2</a><a href=\"#/b/z\" class=\"c\">3</a><a {data}>4</a>\
                 <a href=\"https://e.org/\">5</a><svg><path clip-path=\"url(#{at}y)\"/></svg></section>\n"
            )
        };
        let expected = format!(
            "<!doctype html><title>index.html</title><style>S</style><nav><a href=\"#/index\">i</a><a href=\"#/b\">b</a>\
             <a href=\"#/a\">a</a></nav><main>\n{}{}{}</main><footer>f<p>n</p></footer><script>J</script>",
            section("/index", "index.html", ""),
            section("/b", "b.html", "/b/"),
            "<section class=\"sheet\" id=\"/a\" data-title=\"a.html\"></section>\n"
        );
        assert_eq!(bound(&sheets).unwrap(), expected);
        let error = bound(&sheets[..2]).unwrap_err().to_string();
        assert!(
            error.contains("page `index.html`: a link to a.html, which is no part of the report"),
            "{error}"
        );
    }
}
