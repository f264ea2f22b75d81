//! Every page is valid HTML: the parser of browsers finds no error, and what a parser does not look at is right too.

#![allow(clippy::unwrap_used)]

mod common;
#[path = "common/html.rs"]
mod html;

use ::records::{Manifest, PlannedRun, Store};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{compared, made, manifest, paper, records};
use html::{Kind, Node, Page};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::sync::LazyLock;

/// The committed result sets, rendered anew.
fn published() -> Vec<(String, tempfile::TempDir)> {
    let sets = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("published")).unwrap();
    let sets = sets.map(|set| set.unwrap().path()).filter(|set| set.is_dir());
    let rendered = sets.map(|set| {
        let manifest = fs::read_to_string(set.join("manifest.json")).unwrap();
        let manifest: Manifest = serde_json::from_str(&manifest).unwrap();
        let store = Store::open(set.join("store"));
        let read = |run: &PlannedRun| store.read(&run.task, &run.id).unwrap().unwrap();
        let records: Vec<_> = manifest.runs.iter().map(read).collect();
        (set.file_name().unwrap().to_string_lossy().into_owned(), made(&manifest, &records).1)
    });
    rendered.collect()
}

/// All pages by name: of the small study, with five seeds and before any run, and of everything a paper
/// brings; and those of real results.
/// Made once for all tests.
static PAGES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let (small, full) = (manifest(5), paper::study(5));
    let (_, one) = made(&small, &records(&small));
    let (_, two) = made(&small, &[]);
    let (_, three) = made(&full, &records(&full));
    let (_, four) = made(&full, &[]);
    let (_, five) = compared((&full, &[]), (&small, &records(&small)));
    let mut pages = Vec::new();
    let fixtures = [("small", one), ("empty", two), ("paper", three), ("planned", four), ("changed", five)];
    let fixtures = fixtures.map(|(study, folder)| (study.to_string(), folder));
    for (study, folder) in fixtures.into_iter().chain(published()) {
        for file in fs::read_dir(folder.path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "html") {
                let name = format!("{study}: {}", path.file_name().unwrap().to_string_lossy());
                pages.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    pages.sort();
    assert!(pages.len() >= 4 + 4 + 7 + 6 + 12, "{}", pages.len());
    pages
});

/// That `rule` finds nothing wrong on any page, and finds what is wrong with `broken`, bodies of a page.
fn none_of_the_pages(broken: &[&str], rule: impl Fn(&Page) -> Vec<String>) {
    for body in broken {
        let page =
            format!("<!doctype html><html lang=en><title>t</title><body><main><h1>t</h1>{body}</main>");
        assert!(!rule(&Page::new(&page)).is_empty(), "nothing is found in {body}");
    }
    let mut found = Vec::new();
    for (name, html) in PAGES.iter() {
        found.extend(rule(&Page::new(html)).into_iter().map(|problem| format!("{name}: {problem}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn described(node: &Node) -> String {
    let text: String =
        node.text().split_whitespace().collect::<Vec<_>>().join(" ").chars().take(60).collect();
    format!("<{}> “{text}”", node.tag())
}

/// The rules below must be able to find something.
#[test]
fn the_parser_finds_what_is_wrong() {
    let errors = |body: &str| Page::new(&format!("<!doctype html><title>t</title>{body}")).errors;
    assert!(errors("<p>good<svg viewBox='0 0 1 1'><path d=''/></svg><math><mi>x</mi></math>").is_empty());
    for wrong in
        ["</p>", "<b><i></b></i>", "<p id=a id=b>", "<table><p>x</table>", "&nosuch;", "<div", "<tr>"]
    {
        assert!(!errors(wrong).is_empty(), "{wrong}");
    }
    assert!(!Page::new("<p>no document type").errors.is_empty());
}

#[test]
fn the_parser_of_browsers_finds_no_error() {
    none_of_the_pages(&["<p>x</b>", "</p>"], |page| page.errors.clone());
}

/// The policy that a page must begin with, by its own style and script.
fn expected_policy(page: &Page) -> String {
    let hash = |tag: &str| {
        let own = page.all(tag).find(|element| element.attribute("type").is_none()).unwrap();
        let text: String = own.children.borrow().iter().map(|child| child.text()).collect();
        format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
    };
    let (script, style) = (hash("script"), hash("style"));
    format!("default-src 'none'; script-src {script}; style-src {style}; base-uri 'none'; form-action 'none'")
}

#[test]
fn every_page_begins_with_a_policy_that_its_own_script_and_style_keep() {
    for (name, html) in PAGES.iter() {
        let page = Page::new(html);
        let metas: Vec<_> = page.all("meta").collect();
        assert_eq!(metas[0].attribute("charset").as_deref(), Some("utf-8"), "{name}");
        assert_eq!(metas[1].attribute("http-equiv").as_deref(), Some("Content-Security-Policy"), "{name}");
        assert_eq!(metas[1].attribute("content"), Some(expected_policy(&page)), "{name}");
        let head = metas[1].parent().unwrap();
        let before: Vec<String> = head
            .children
            .borrow()
            .iter()
            .map(|c| c.tag().to_string())
            .filter(|tag| !tag.is_empty())
            .take(2)
            .collect();
        assert_eq!(before, ["meta", "meta"], "{name}");
    }
}

/// What the policy forbids would not work.
#[test]
fn no_element_has_a_style_or_a_handler_of_its_own() {
    none_of_the_pages(&["<p style='color:red'>x</p>", "<p onclick='1'>x</p>", "<img src=x>"], |page| {
        let mut problems = Vec::new();
        for element in &page.elements {
            if let Kind::Element { attributes, .. } = &*element.kind.borrow() {
                let wrong = attributes.keys().filter(|name| *name == "style" || name.starts_with("on"));
                problems.extend(wrong.map(|name| format!("{} has {name}", described(element))));
            }
            if ["img", "iframe", "object", "embed", "link", "base"].contains(&element.tag()) {
                problems.push(format!("{} would be fetched", described(element)));
            }
        }
        problems
    });
}

#[test]
fn ids_are_unique_and_what_refers_to_them_finds_them() {
    none_of_the_pages(
        &[
            "<p id=a></p><p id=a></p>",
            "<p id='a b'>x</p>",
            "<a href='#z'>x</a>",
            "<p aria-describedby=z>x</p>",
        ],
        |page| {
            let mut problems = Vec::new();
            let mut ids = BTreeSet::new();
            for id in page.elements.iter().filter_map(|element| element.attribute("id")) {
                if id.is_empty() || id.contains(char::is_whitespace) {
                    problems.push(format!("the id “{id}” is none"));
                }
                if !ids.insert(id.clone()) {
                    problems.push(format!("the id {id} comes twice"));
                }
            }
            for element in &page.elements {
                let anchor =
                    element.attribute("href").and_then(|href| Some(href.strip_prefix('#')?.to_string()));
                let named =
                    ["aria-labelledby", "aria-describedby", "aria-controls", "for", "headers", "list"];
                let named = named.iter().filter_map(|name| element.attribute(name));
                let named =
                    named.flat_map(|ids| ids.split_whitespace().map(String::from).collect::<Vec<_>>());
                for id in named.chain(anchor) {
                    if !ids.contains(&id) {
                        problems.push(format!("{} refers to {id}, which is not there", described(element)));
                    }
                }
            }
            problems
        },
    );
}

/// Elements that may only hold text and what runs with it (phrasing content).
const PHRASING_ONLY: &[&str] = &[
    "p", "span", "h1", "h2", "h3", "h4", "a", "b", "i", "em", "strong", "code", "pre", "dt", "summary",
    "button", "label", "legend", "sub", "sup",
];

/// Elements that are no such content, among those that a page like ours could use.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "details",
    "div",
    "dl",
    "fieldset",
    "figure",
    "figcaption",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
    "style",
];

#[test]
fn text_elements_hold_text() {
    none_of_the_pages(
        &["<span><div>x</div></span>", "<h2><ul><li>x</li></ul></h2>", "<button><a href=x>y</a></button>"],
        |page| {
            let mut problems = Vec::new();
            for element in page.elements.iter().filter(|e| e.is_html() && BLOCKS.contains(&e.tag())) {
                let around = element.ancestors();
                // A heading is welcome in a summary.
                let welcome = |outer: &Node| outer.tag() == "summary" && element.tag().starts_with('h');
                let within =
                    around.iter().find(|outer| outer.is_html() && PHRASING_ONLY.contains(&outer.tag()));
                if let Some(outer) = within.filter(|outer| !welcome(outer)) {
                    problems.push(format!("{} within {}", described(element), described(outer)));
                }
            }
            for (outer, inner) in
                [("a", "a"), ("a", "button"), ("button", "a"), ("button", "button"), ("label", "label")]
            {
                for element in page.all(inner) {
                    if element.ancestors().iter().any(|around| around.tag() == outer) {
                        problems.push(format!("{} within <{outer}>", described(element)));
                    }
                }
            }
            problems
        },
    );
}

/// Where an element may stand and what it may hold, for lists, tables and descriptions.
#[test]
fn parts_are_in_their_wholes() {
    let children = |node: &Rc<Node>| -> Vec<Rc<Node>> {
        node.children.borrow().iter().filter(|child| !child.tag().is_empty()).cloned().collect()
    };
    none_of_the_pages(
        &[
            "<ul><p>x</p></ul>",
            "<li>x</li>",
            "<details><p>x</p><summary>y</summary></details>",
            "<div><figcaption>x</figcaption></div>",
        ],
        |page| {
            let mut problems = Vec::new();
            for element in page.elements.iter().filter(|element| element.is_html()) {
                let inside = children(element);
                let allowed: &[&str] = match element.tag() {
                    "ul" | "ol" => &["li", "script", "template"],
                    "dl" => &["dt", "dd", "div"],
                    "table" => &["caption", "colgroup", "thead", "tbody", "tfoot"],
                    "tr" => &["th", "td"],
                    _ => continue,
                };
                for child in inside.iter().filter(|child| !allowed.contains(&child.tag())) {
                    problems.push(format!("{} in <{}>", described(child), element.tag()));
                }
            }
            for part in
                page.elements.iter().filter(|e| ["li", "figcaption", "summary", "caption"].contains(&e.tag()))
            {
                let whole: &[&str] = match part.tag() {
                    "li" => &["ul", "ol"],
                    "figcaption" => &["figure"],
                    "summary" => &["details"],
                    _ => &["table"],
                };
                let parent = part.parent().unwrap();
                if !whole.contains(&parent.tag()) {
                    problems.push(format!("{} in <{}>", described(part), parent.tag()));
                }
            }
            for details in page.all("details") {
                if children(details).first().is_none_or(|first| first.tag() != "summary") {
                    problems.push(format!("{} does not begin with its summary", described(details)));
                }
            }
            problems
        },
    );
}

#[test]
fn headers_of_tables_say_what_they_head() {
    none_of_the_pages(
        &[
            "<table><thead><tr><th>x</th></tr></thead></table>",
            "<table><tbody><tr><th scope=col>x</th></tr></tbody></table>",
            "<table><thead><tr><th scope=col></th></tr></thead></table>",
        ],
        |page| {
            let mut problems = Vec::new();
            for header in page.all("th").filter(|header| header.is_html()) {
                let within = |tag: &str| header.ancestors().iter().any(|around| around.tag() == tag);
                let scope = header.attribute("scope").unwrap_or_default();
                let expected: &[&str] =
                    if within("thead") { &["col", "colgroup"] } else { &["row", "rowgroup"] };
                if !expected.contains(&scope.as_str()) {
                    problems.push(format!("{} has the scope “{scope}”", described(header)));
                }
                if header.text().trim().is_empty() {
                    problems.push("a header is empty".into());
                }
            }
            problems
        },
    );
}

/// Columns of every row, spans counted, are as many as of the header.
#[test]
fn rows_are_as_wide_as_their_table() {
    none_of_the_pages(
        &["<table><tbody><tr><td>x</td></tr><tr><td>y</td><td>z</td></tr></tbody></table>"],
        |page| {
            let mut problems = Vec::new();
            for table in page.all("table").filter(|table| table.is_html()) {
                let mut widths = BTreeSet::new();
                let rows = page
                    .all("tr")
                    .filter(|row| row.ancestors().iter().any(|around| Rc::ptr_eq(around, table)));
                for row in rows {
                    let span = |cell: &Rc<Node>| {
                        cell.attribute("colspan").map_or(1, |n| n.parse::<usize>().unwrap())
                    };
                    let cells = row.children.borrow();
                    widths
                        .insert(cells.iter().filter(|cell| !cell.tag().is_empty()).map(span).sum::<usize>());
                }
                if widths.len() > 1 {
                    problems.push(format!("{} has rows of {widths:?} columns", described(table)));
                }
            }
            problems
        },
    );
}

#[test]
fn pictures_have_a_role_and_a_name_or_are_hidden() {
    none_of_the_pages(
        &["<svg viewBox='0 0 1 1'></svg>", "<svg role=img></svg>", "<img src=x alt=y>"],
        |page| {
            let mut problems = Vec::new();
            for element in page.all("svg") {
                let hidden = element.attribute("aria-hidden").is_some_and(|value| value == "true");
                let title = element
                    .children
                    .borrow()
                    .iter()
                    .any(|c| c.tag() == "title" && !c.text().trim().is_empty());
                let label = element.attribute("aria-label").is_some_and(|label| !label.trim().is_empty());
                let labelled = element.attribute("aria-labelledby").is_some();
                let role = element.attribute("role").is_some_and(|role| role == "img");
                if !hidden && !(role && (title || label || labelled)) {
                    problems.push(format!("{} has no role or no name", described(element)));
                }
            }
            problems.extend(page.all("img").map(|image| format!("{} is there", described(image))));
            problems
        },
    );
}

#[test]
fn headings_go_down_step_by_step_from_one() {
    none_of_the_pages(&["<h3>x</h3>", "<h1>x</h1>"], |page| {
        let mut problems = Vec::new();
        let level =
            |node: &Rc<Node>| node.tag().strip_prefix('h').and_then(|digit| digit.parse::<u32>().ok());
        let headings: Vec<(u32, String)> =
            page.elements.iter().filter_map(|e| Some((level(e)?, described(e)))).collect();
        if headings.iter().filter(|(level, _)| *level == 1).count() != 1 || headings[0].0 != 1 {
            problems.push("not one first heading".into());
        }
        for pair in headings.windows(2) {
            if pair[1].0 > pair[0].0 + 1 {
                problems.push(format!("{} comes after {}", pair[1].1, pair[0].1));
            }
        }
        problems
    });
}

#[test]
fn the_page_says_its_language_and_title_and_controls_their_names() {
    none_of_the_pages(
        &["<button></button>", "<div tabindex=0>x</div>", "<nav>x</nav>", "<a href=x></a>", "<main>x</main>"],
        |page| {
            let mut problems = Vec::new();
            if page.all("html").next().and_then(|html| html.attribute("lang")).as_deref() != Some("en") {
                problems.push("the page has no language".into());
            }
            let titles: Vec<String> =
                page.all("title").filter(|title| title.is_html()).map(|title| title.text()).collect();
            if titles.len() != 1 || titles[0].trim().is_empty() {
                problems.push(format!("titles: {titles:?}"));
            }
            if page.all("main").count() != 1 {
                problems.push("not one main part".into());
            }
            let label =
                |node: &Node| node.attribute("aria-label").is_some_and(|label| !label.trim().is_empty());
            for element in &page.elements {
                let named = label(element) || element.attribute("aria-labelledby").is_some();
                let needs = ["a", "button", "summary"].contains(&element.tag()) && element.is_html();
                if needs && !named && element.text().trim().is_empty() {
                    problems.push(format!("<{}> has no name", element.tag()));
                }
                // What the keyboard stops at says what it is.
                let region = element.attribute("tabindex").is_some()
                    || element.attribute("role").is_some_and(|role| role == "region")
                    || element.tag() == "nav";
                if region && !named {
                    problems.push(format!("{} is stopped at and has no name", described(element)));
                }
            }
            problems
        },
    );
}
