//! A report as one file: valid, whole, and alive in Chromium in a folder where nothing else is.

#![allow(clippy::unwrap_used)]

#[path = "common/chromium.rs"]
mod chromium;
mod common;
#[path = "common/html.rs"]
mod html;
#[path = "common/seen.rs"]
mod seen;

use ::records::{Manifest, Record};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chromium::Chromium;
use common::{made, manifest, paper, records};
use html::{Node, Page};
use reports::{Earlier, Options, single_file};
use seen::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use tempfile::TempDir;

/// The report of a study as one file, alone in a folder.
fn bound(study: &Manifest, records: &[Record], earlier: Option<&Path>) -> (PathBuf, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    let earlier = earlier.map(|path| Earlier::read(path).unwrap());
    let options = Options { earlier: earlier.as_ref(), ..Options::default() };
    let made = single_file(study, records.to_vec(), &file, options).unwrap();
    assert_eq!((made.bytes, &made.file), (fs::metadata(&file).unwrap().len(), &file));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    (file, folder)
}

/// With everything that a report can have, and that report as a folder.
fn full() -> (Page, TempDir) {
    let study = paper::study(5);
    let all = records(&study);
    let (_, before) = made(&manifest(5), &[]);
    let (file, _folder) = bound(&study, &all, Some(before.path()));
    let (_, pages) = common::compared((&manifest(5), &[]), (&study, &all));
    (Page::new(&fs::read_to_string(file).unwrap()), pages)
}

fn sheets(page: &Page) -> Vec<&Rc<Node>> {
    page.all("section").filter(|section| section.attribute("class").as_deref() == Some("sheet")).collect()
}

/// Elements within a node, by their names.
fn counts(node: &Node, found: &mut BTreeMap<String, usize>) {
    for child in node.children.borrow().iter() {
        if !child.tag().is_empty() {
            *found.entry(child.tag().to_owned()).or_default() += 1;
        }
        counts(child, found);
    }
}

#[test]
fn every_page_is_in_it_whole_and_in_the_order_of_the_navigation() {
    let (page, folder) = full();
    assert_eq!(page.errors, Vec::<String>::new());
    let index = Page::new(&common::read(&folder, "index.html"));
    let nav = index.all("nav").next().unwrap();
    let within = |node: &Rc<Node>| node.ancestors().iter().any(|around| Rc::ptr_eq(around, nav));
    let names: Vec<String> =
        index.all("a").filter(|a| within(a)).map(|a| a.attribute("href").unwrap()).collect();
    assert!(names.len() >= 10, "{names:?}");
    let ids = |names: &[String]| -> Vec<String> {
        names.iter().map(|name| format!("/{}", name.trim_end_matches(".html"))).collect()
    };
    let found: Vec<String> = sheets(&page).iter().map(|sheet| sheet.attribute("id").unwrap()).collect();
    let in_navigation: Vec<String> = found.iter().filter(|id| ids(&names).contains(id)).cloned().collect();
    assert_eq!(in_navigation, ids(&names));
    let files = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
    let files = files.map(|name| name.into_string().unwrap()).filter(|name| name.ends_with(".html"));
    let pages: Vec<String> = files.collect();
    assert_eq!(found.iter().collect::<BTreeSet<_>>(), ids(&pages).iter().collect());
    // Not a table, not a figure, not a word is lost.
    for sheet in sheets(&page) {
        let name = format!("{}.html", &sheet.attribute("id").unwrap()[1..]);
        let own = Page::new(&common::read(&folder, &name));
        let main = own.all("main").next().unwrap();
        assert_eq!(sheet.text(), main.text(), "{name}");
        let (mut here, mut there) = (BTreeMap::new(), BTreeMap::new());
        counts(sheet, &mut here);
        counts(main, &mut there);
        assert_eq!(here, there, "{name}");
        let title = own.all("title").next().unwrap().text();
        assert_eq!(sheet.attribute("data-title"), Some(title), "{name}");
    }
    let scripts = page.all("script").filter(|script| script.attribute("type").is_none()).count();
    assert_eq!((scripts, page.all("style").count(), page.all("main").count()), (1, 1, 1));
}

#[test]
fn ids_are_unique_and_every_link_leads_somewhere_inside() {
    let (page, _folder) = full();
    let mut ids = BTreeSet::new();
    for id in page.elements.iter().filter_map(|element| element.attribute("id")) {
        assert!(!id.contains(char::is_whitespace) && ids.insert(id.clone()), "{id}");
    }
    let (mut inside, mut held) = (0, 0);
    for element in &page.elements {
        for name in ["aria-labelledby", "aria-describedby", "aria-controls", "for", "headers"] {
            for id in element.attribute(name).iter().flat_map(|ids| ids.split_whitespace()) {
                assert!(ids.contains(id), "{name}={id}");
            }
        }
        let Some(link) = element.attribute("href") else { continue };
        match link.split_once(':') {
            Some(("data", _)) => {
                held += 1;
                assert!(element.attribute("download").is_some_and(|name| !name.is_empty()), "{:.60}", link);
            }
            _ => {
                inside += 1;
                let id = link.strip_prefix('#').unwrap_or_else(|| panic!("{link} leads outside"));
                assert!(ids.contains(id), "{link} leads nowhere");
            }
        }
    }
    assert!(inside > 40 && held > 40, "{inside} {held}");
    let html = |id: &str| ids.contains(id);
    assert!(html("standings") && html("/task-nin-shapes/final-values") && html("/method/words"));
}

/// What the links hold is what a folder has.
#[test]
fn links_hold_the_bytes_of_the_files() {
    let (page, folder) = full();
    let mut names = BTreeSet::new();
    for link in page.all("a") {
        let Some(data) = link.attribute("href").filter(|href| href.starts_with("data:")) else { continue };
        let name = link.attribute("download").unwrap();
        let bytes = STANDARD.decode(data.split_once(";base64,").unwrap().1).unwrap();
        let places = ["", "figures", "tables"].map(|place| folder.path().join(place).join(&name));
        let there = places.iter().find(|path| path.is_file()).unwrap_or_else(|| panic!("{name}"));
        assert!(bytes == fs::read(there).unwrap(), "{name}");
        names.insert(name);
    }
    for name in [
        "report.json",
        "report.schema.json",
        "manifest.json",
        "runs.csv",
        "curves.csv",
        "nin-shapes-train_loss.csv",
    ] {
        assert!(names.contains(name), "{name}");
    }
    let text = page.all("footer").next().unwrap().text();
    assert!(
        text.contains("Only the folder of the report has tables/curves.arrow, tables/runs.arrow."),
        "{text}"
    );
}

#[test]
fn it_can_reach_nothing_and_is_the_same_every_time() {
    let study = manifest(5);
    let [one, other] = [(); 2].map(|()| {
        let (file, _folder) = bound(&study, &records(&study), None);
        fs::read(file).unwrap()
    });
    assert!(one == other);
    let html = String::from_utf8(one).unwrap();
    let page = Page::new(&html);
    // Of the file's own style and script, as a browser reads them; data are no script.
    let digest = |name: &str| {
        let own: Vec<_> = page.all(name).filter(|element| element.attribute("type").is_none()).collect();
        assert_eq!(own.len(), 1, "{name}");
        let text: String = own[0].children.borrow().iter().map(|child| child.text()).collect();
        assert!(text.len() > 1000, "{name}");
        format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
    };
    let policy = page.all("meta").find(|meta| meta.attribute("http-equiv").is_some()).unwrap();
    assert_eq!(
        policy.attribute("content").unwrap(),
        format!(
            "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
            digest("script"),
            digest("style")
        )
    );
}

#[test]
fn a_place_that_is_no_file_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let study = manifest(1);
    let error = single_file(&study, Vec::new(), folder.path(), Options::default()).unwrap_err().to_string();
    assert!(error.contains("writing") && error.contains("-o"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The sheets that can be seen, by their ids.
const SEEN: &str =
    "[...document.querySelectorAll('.sheet')].filter(s => s.checkVisibility()).map(s => s.id).join(' ')";

fn click(page: &chromium::Page, selector: &str) {
    page.value(&format!("document.querySelector({}).click()", json!(selector)));
    page.settle();
}

#[test]
fn its_pages_are_turned_by_their_links() {
    let study = manifest(5);
    let (file, _folder) = bound(&study, &records(&study), None);
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&file, "");
    assert_eq!(page.text(SEEN), "/index");
    click(&page, "nav a[href='#/task-nin-shapes']");
    assert_eq!(
        (page.text(SEEN).as_str(), fragment(&page).as_str()),
        ("/task-nin-shapes", "#/task-nin-shapes")
    );
    assert_eq!(
        page.text("[...document.querySelectorAll('h1')].find(h => h.checkVisibility()).textContent"),
        "Shapes"
    );
    assert_eq!(page.text("document.title"), "Shapes \u{2013} ".to_owned() + &study.title);
    assert_eq!(page.text("document.querySelector('nav [aria-current=page]').textContent"), "Shapes");
    assert_eq!(page.value("scrollY"), 0);
    assert_eq!(page.value("Boolean(document.activeElement.closest('.sheet'))"), true);

    // A table is sorted and an entry hidden there; the address has both, and the page.
    let table = "[id=\"/task-nin-shapes/final-values\"]";
    click(&page, &format!("{table} th:nth-child(6) .sorter"));
    assert_eq!(rows(&page, table), ["sgd", "inna", "adam"]);
    assert_eq!(fragment(&page), "#sort=%2Ftask-nin-shapes%2Ffinal-values:5:descending&page=task-nin-shapes");
    page.reload();
    assert_eq!(
        (page.text(SEEN).as_str(), rows(&page, table).join(" ").as_str()),
        ("/task-nin-shapes", "sgd inna adam")
    );
    click(&page, ".sheet.current [data-legend] li[data-entry=adam] .toggle");
    assert_eq!(rows(&page, table), ["sgd", "inna"]);

    // It stays hidden on the others, as between files; a link to a place goes there.
    click(&page, "nav a[href='#/index']");
    assert_eq!(
        (page.text(SEEN).as_str(), rows(&page, "#standings").join(" ").as_str()),
        ("/index", "inna sgd")
    );
    click(&page, ".sheet.current a[href='#/method/words'], footer a[href='#/provenance/cite']");
    assert!(
        page.text(SEEN) != "/index" && page.value("scrollY").as_f64() > Some(50.0),
        "{}",
        page.text(SEEN)
    );
    page.value("new Promise(done => { addEventListener('popstate', () => done(), { once: true }); history.back(); })");
    page.settle();
    assert_eq!(page.text(SEEN), "/index");
    // Lines are read out and views switched on the sheet that is shown.
    page.open(&file, "#x=step&page=task-nin-shapes");
    assert_eq!(view(&page, "[id=\"/task-nin-shapes/figure-nin-shapes-train_loss\"]"), "step log");
    page.open(&file, "#/task-nin-shapes/final-values");
    assert_eq!(page.text(SEEN), "/task-nin-shapes");
    page.open(&file, "#page=nothing&hide=nobody");
    assert_eq!(page.text(SEEN), "/index");
    let others: Vec<String> =
        page.requests().into_iter().filter(|address| !address.contains("report.html")).collect();
    assert_eq!(others, Vec::<String>::new());
    is_silent(&page);
}

#[test]
fn without_the_script_a_page_is_shown_at_a_time_and_on_paper_all() {
    let study = manifest(5);
    let (file, _folder) = bound(&study, &records(&study), None);
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.call("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    for (fragment, seen, is_page) in [
        ("", "/index", true),
        ("#/task-toy", "/task-toy", true),
        ("#/task-nin-shapes/final-values", "/task-nin-shapes", false),
        ("#standings", "/index", false),
    ] {
        page.open(&file, fragment);
        assert_eq!(page.text(SEEN), seen, "{fragment}");
        // The navigation is in sight where a page begins.
        if is_page {
            assert_eq!(page.value("scrollY"), 0, "{fragment}");
        }
    }
    page.call("Emulation.setEmulatedMedia", json!({"media": "print"}));
    let all = page.value("document.querySelectorAll('.sheet').length");
    assert_eq!(page.text(SEEN).split(' ').count() as u64, all.as_u64().unwrap());
    assert!(all.as_u64() > Some(6));
}

/// The policy lets a link that holds a file be saved, and nothing be fetched.
#[test]
fn a_file_is_saved_from_its_link_and_nothing_is_fetched() {
    let study = manifest(5);
    let (file, folder) = bound(&study, &records(&study), None);
    let (_, pages) = made(&study, &records(&study));
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    let saved = folder.path().join("saved");
    fs::create_dir(&saved).unwrap();
    page.call(
        "Page.setDownloadBehavior",
        json!({"behavior": "allow", "downloadPath": saved.display().to_string()}),
    );
    page.open(&file, "#/task-nin-shapes");
    click(&page, ".sheet.current figure a[download$='train_loss.csv']");
    let path = saved.join("nin-shapes-train_loss.csv");
    let expected = fs::read(pages.path().join("figures/nin-shapes-train_loss.csv")).unwrap();
    let arrived = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        fs::read(&path).is_ok_and(|bytes| bytes == expected)
    });
    assert!(
        arrived,
        "{:?}",
        fs::read_dir(&saved).unwrap().flatten().map(|f| f.file_name()).collect::<Vec<_>>()
    );
    let refused = page.text(
        "new Promise(done => { addEventListener('securitypolicyviolation', event => done(event.effectiveDirective), { once: true }); \
         fetch('https://example.invalid/').catch(() => 0); })",
    );
    assert_eq!(refused, "connect-src");
    assert_eq!(page.value("window.owned ?? null"), Value::Null);
}
