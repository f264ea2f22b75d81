//! What the script adds to the pages in Chromium: hiding and isolating, views, ways around, by keyboard and pointer.
//! Tables have `sorting.rs`, figures `readouts.rs`.

#![allow(clippy::unwrap_used)]

#[path = "common/chromium.rs"]
mod chromium;
mod common;
#[path = "common/seen.rs"]
mod seen;

use chromium::{Chromium, Page};
use common::{made, manifest, records};
use seen::*;
use serde_json::{Value, json};
use tempfile::TempDir;

#[test]
fn an_entry_is_hidden_and_isolated_by_keyboard() {
    let folder = small();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "");
    let everything = ["adam", "inna", "sgd"].map(String::from).to_vec();
    assert_eq!(shapes(&page), everything);
    let button = |key: &str, which: &str| format!("[data-legend] li[data-entry='{key}'] .{which}");
    page.tab_to(&button("sgd", "toggle"));
    page.press("Enter");
    let sgd_is_hidden = |page: &Page| {
        assert!(has(page, &button("sgd", "toggle"), "aria-pressed", "false"));
        assert!(has(page, &button("adam", "toggle"), "aria-pressed", "true"));
        assert_eq!(shapes(page), ["adam", "inna"]);
        for table in ["#final-values", "#run-by-run", "#hyper-parameters"] {
            assert_eq!(rows(page, table), ["adam", "inna"], "{table}");
        }
        assert_eq!(fragment(page), "#hide=sgd");
        let note = page.text("document.querySelector('.hidden-note:has(+ .scroll #final-values)').innerText");
        assert_eq!(note, "1 of 3 rows hidden. Show all");
    };
    sgd_is_hidden(&page);
    assert_eq!(status(&page), "SGD hidden.");
    page.reload();
    sgd_is_hidden(&page);
    // Other pages are led to with the same entries hidden.
    assert!(has(&page, "nav a", "href", "index.html#hide=sgd"));
    page.tab_to(&button("inna", "only"));
    page.press(" ");
    assert_eq!(
        (shapes(&page), rows(&page, "#final-values")),
        (vec!["inna".to_string()], vec!["inna".to_string()])
    );
    assert!(has(&page, &button("inna", "only"), "aria-pressed", "true"));
    assert_eq!(fragment(&page), "#hide=adam,sgd");
    page.press(" ");
    assert_eq!((shapes(&page), fragment(&page).as_str()), (everything.clone(), ""));
    assert!(has(&page, "nav a", "href", "index.html"));
    // The note below a table shows all again, and the focus is not lost with it.
    page.open(&folder.path().join(TASK), "#hide=sgd,inna");
    page.tab_to(".hidden-note:has(+ .scroll #final-values) button");
    page.press("Enter");
    assert_eq!((shapes(&page), fragment(&page).as_str()), (everything, ""));
    assert_eq!(page.value("document.activeElement.matches('.scroll')"), true);
    is_silent(&page);
}

/// The task that is trained, with nine entries.
fn nine() -> TempDir {
    let mut study = manifest(1);
    study.tasks.truncate(1);
    let template = study.tasks[0].entries[0].clone();
    study.tasks[0].entries.extend((1..=6).map(|k| {
        let (key, title) = (format!("more-{k}"), format!("Further {k}"));
        ::records::Entry { key, title, ..template.clone() }
    }));
    made(&study, &records(&study)).1
}

/// Nine entries make a board long enough for a filter.
#[test]
fn a_long_board_can_be_filtered() {
    let folder = nine();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "");
    page.tab_to(".board-filter input");
    page.call("Input.insertText", json!({"text": "further"}));
    let left =
        "[...document.querySelectorAll('[data-legend] li')].filter(item => item.checkVisibility()).length";
    assert_eq!(page.value(left), 6);
    assert_eq!(status(&page), "6 of 9 match.");
    page.press("Tab");
    page.press("Enter");
    assert_eq!(rows(&page, "#final-values"), [1, 2, 3, 4, 5, 6].map(|k| format!("more-{k}")));
    assert_eq!(fragment(&page), "#hide=adam,inna,sgd");
    is_silent(&page);
}

/// Entries whose shapes are faded.
fn faded(page: &Page) -> Value {
    page.value(
        "[...new Set([...document.querySelectorAll('.faded')].map(shape => shape.dataset.entry))].sort()",
    )
}

#[test]
fn a_pointer_on_the_board_makes_the_others_fade() {
    let folder = small();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "");
    let (x, y) = place(&page, "[data-legend] li[data-entry=adam] .toggle");
    page.point(x, y);
    assert_eq!(faded(&page), json!(["inna", "sgd"]));
    page.point(1.0, 1.0);
    assert_eq!(faded(&page), json!([]));
    page.tab_to("[data-legend] li[data-entry=inna] .toggle");
    assert_eq!(faded(&page), json!(["adam", "sgd"]));
    is_silent(&page);
}

#[test]
fn views_are_switched_for_all_figures() {
    let folder = small();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    let file = folder.path().join(TASK);
    page.open(&file, "");
    assert_eq!(view(&page, LOSS), "epoch log");
    assert_eq!(page.value("document.querySelectorAll('.other-views').length"), 0);
    page.tab_to(&format!("{LOSS} input[value=epoch]"));
    page.press("ArrowRight");
    assert_eq!((view(&page, LOSS).as_str(), fragment(&page).as_str()), ("step log", "#x=step"));
    // Every other figure that has such a view follows.
    let follows = "[...document.querySelectorAll('figure.plot:has(.view[data-x=step])')].every(figure => \
                   figure.querySelector('.view:not([hidden])').dataset.x === 'step')";
    assert_eq!(page.value(follows), true);
    assert!(
        page.value("document.querySelectorAll('figure.plot:has(.view[data-x=step])').length").as_u64()
            > Some(1)
    );
    page.press("ArrowRight");
    assert_eq!(view(&page, LOSS), "second log");
    page.tab_to(&format!("{LOSS} input[value=log]"));
    page.press("ArrowRight");
    let linear = view(&page, LOSS);
    assert!(linear.ends_with(" linear"), "{linear}");
    assert_eq!(fragment(&page), "#x=second&y=linear");
    page.reload();
    assert_eq!(view(&page, LOSS), linear);
    // What the page does not know is ignored, and an anchor is an anchor.
    page.open(
        &file,
        "#x=parsec&y=cubic&hide=nobody&sort=nothing:9:up,final-values:99:ascending,final-values:1:up&%&z",
    );
    assert_eq!((view(&page, LOSS).as_str(), rows(&page, "#final-values").len()), ("epoch log", 3));
    assert_eq!(page.value("document.querySelectorAll('[aria-sort]').length"), 0);
    page.open(&file, "#final-values");
    assert_eq!((view(&page, LOSS).as_str(), fragment(&page).as_str()), ("epoch log", "#final-values"));
    assert!(page.value("scrollY").as_f64() > Some(100.0));
    // A fragment typed by hand counts at once.
    page.value(
        "new Promise(done => { addEventListener('hashchange', () => done()); location.hash = '#x=step'; })",
    );
    assert_eq!(view(&page, LOSS), "step log");
    is_silent(&page);
}

#[test]
fn after_all_entries_are_shown_none_is_faded() {
    let folder = small();
    let browser = Chromium::new();
    let button = ".board + .hidden-note button";
    let shown = |page: &Page| {
        // The pointer is told of what has moved below it with the next picture.
        page.settle();
        assert_eq!((shapes(page).len(), faded(page)), (3, json!([])));
        assert_eq!(page.value("document.activeElement.matches('ul.board')"), true);
        is_silent(page);
    };
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "#hide=adam,inna");
    page.tab_to(button);
    page.press("Enter");
    shown(&page);
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "#hide=adam,inna");
    let (x, y) = place(&page, button);
    page.click(x, y);
    shown(&page);
    // Nor does a click on a toggle put its entry apart once the pointer has gone.
    let (x, y) = place(&page, "[data-legend] li[data-entry=adam] .toggle");
    page.click(x, y);
    page.click(x, y);
    page.point(1.0, 1.0);
    assert_eq!(faded(&page), json!([]));
}

#[test]
fn the_first_stop_leads_past_the_navigation() {
    let folder = small();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "#hide=sgd");
    let width = "document.querySelector('.skip').offsetWidth";
    assert_eq!(page.value(width), 1);
    page.press("Tab");
    assert_eq!(page.value("document.activeElement.matches('.skip')"), true);
    assert!(page.value(width).as_u64() > Some(60));
    page.press("Enter");
    assert_eq!(page.value("document.activeElement.matches('main')"), true);
    assert_eq!(fragment(&page), "#hide=sgd");
    page.press("Tab");
    assert_eq!(page.value("Boolean(document.activeElement.closest('main *'))"), true);
    is_silent(&page);
}

#[test]
fn what_scrolls_is_a_stop_and_what_fits_is_none() {
    let (_folders, files) = all();
    let browser = Chromium::new();
    let page = browser.page(390, 844);
    let (mut stops, mut fitting) = (0, 0);
    for file in files {
        for width in [390, 1280] {
            page.resize(width, 844);
            page.open(&file, "");
            page.value("document.querySelectorAll('details').forEach(details => { details.open = true; })");
            page.settle();
            let counts = page.value(
                "(() => { const read = e => e.matches('.view:has(svg[data-frame])'); \
                 const places = [...document.querySelectorAll('.scroll, .rule, pre')].filter(e => e.checkVisibility() && !read(e)); \
                 const scrolls = e => !e.matches('.fits') && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1); \
                 const stop = e => e.tabIndex === 0 && e.getAttribute('role') === 'region' && Boolean(e.getAttribute('aria-label')); \
                 const none = e => !e.hasAttribute('tabindex') && !e.hasAttribute('role'); \
                 const wrong = places.filter(e => !(scrolls(e) ? stop(e) : none(e))); \
                 return [places.filter(scrolls).length, places.length, wrong.map(e => e.outerHTML.slice(0, 150))]; })()",
            );
            assert_eq!(counts[2], json!([]), "{} at {width}", file.display());
            stops += counts[0].as_u64().unwrap();
            fitting += counts[1].as_u64().unwrap() - counts[0].as_u64().unwrap();
        }
    }
    assert!(stops > 10 && fitting > 10, "{stops} {fitting}");
    is_silent(&page);
}
