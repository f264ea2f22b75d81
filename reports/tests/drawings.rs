//! The two drawings of a figure in Chromium: one for windows and paper, one for small screens, and whose bands are seen.

#![allow(clippy::unwrap_used)]

#[path = "common/chromium.rs"]
mod chromium;
mod common;
#[path = "common/seen.rs"]
mod seen;

use chromium::{Chromium, Page};
use common::given::given;
use common::made;
use seen::*;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What sticks out of the drawing it is in, how many texts and circles have been looked at, the smallest text in pixels, and by
/// how much the page is wider than its window.
const OUTSIDE: &str = "(() => { const out = []; let [seen, least] = [0, 99]; \
    for (const svg of document.querySelectorAll('svg')) { if (!svg.checkVisibility()) continue; \
        const box = svg.getBoundingClientRect(); \
        for (const part of svg.querySelectorAll('text, circle')) { const at = part.getBoundingClientRect(); seen += 1; \
            if (part.matches('text')) least = Math.min(least, parseFloat(getComputedStyle(part).fontSize) * svg.getScreenCTM().a); \
            if (at.left < box.left - 1 || at.right > box.right + 1 || at.top < box.top - 1 || at.bottom > box.bottom + 1) \
                out.push(`${svg.getAttribute('aria-label')}: ${part.textContent.trim() || part.outerHTML}`); } } \
    return [out, seen, least, document.documentElement.scrollWidth - innerWidth]; })()";

#[test]
fn nothing_sticks_out_of_a_drawing() {
    let (_folders, files) = all();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    let mut looked = 0;
    for file in files {
        for width in [390, 1280] {
            page.resize(width, 844);
            page.open(&file, "");
            page.value("document.querySelectorAll('details').forEach(details => { details.open = true; })");
            let found = page.value(OUTSIDE);
            assert_eq!((&found[0], &found[3]), (&json!([]), &json!(0)), "{} at {width}", file.display());
            // Numbers in the cells of a heat map are as small as eight pixels on its sheet.
            assert!(found[2].as_f64() > Some(6.0), "{}: {}", file.display(), found[2]);
            looked += found[1].as_u64().unwrap();
        }
    }
    assert!(looked > 2000, "{looked}");
    // The eye sees what sticks out.
    page.value(
        "document.body.insertAdjacentHTML('beforeend', '<svg viewBox=\"0 0 9 9\"><circle r=\"5\"/></svg>')",
    );
    assert_eq!(page.value(OUTSIDE)[0].as_array().unwrap().len(), 1);
}

/// How many drawings of either kind are seen.
fn drawings(page: &Page) -> [u64; 2] {
    ["window", "phone"].map(|kind| {
        let seen = format!(
            "[...document.querySelectorAll('.on-{kind} > svg')].filter(svg => svg.checkVisibility()).length"
        );
        page.value(&seen).as_u64().unwrap()
    })
}

#[test]
fn one_of_two_drawings_is_shown() {
    let folder = small();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "");
    let [wide, narrow] = drawings(&page);
    assert!(wide > 2 && narrow == 0, "{wide} {narrow}");
    page.resize(390, 844);
    assert_eq!(drawings(&page), [0, wide]);
    // What is not shown is not told of either.
    let tree = page.call("Accessibility.getFullAXTree", json!({}));
    let told = |node: &&Value| {
        ["image", "img"].iter().any(|role| node["role"]["value"] == *role) && node["ignored"] == false
    };
    let pictures = tree["nodes"].as_array().unwrap().iter().filter(told).count();
    assert_eq!(pictures as u64, wide);
    // Text as large as beside it, names of rows above the rows.
    let size = format!(
        "(() => {{ const svg = document.querySelector('{LOSS} .view:not([hidden]) .on-phone svg'); \
         return parseFloat(getComputedStyle(svg.querySelector('text')).fontSize) * svg.getScreenCTM().a; }})()"
    );
    let size = page.value(&size).as_f64().unwrap();
    assert!((12.5..14.5).contains(&size), "{size}");
    page.call("Emulation.setEmulatedMedia", json!({"media": "print"}));
    assert_eq!(drawings(&page)[1], 0);
    is_silent(&page);
}

#[test]
fn the_drawing_of_a_small_screen_is_read_and_switched() {
    let folder = small();
    let browser = Chromium::new();
    let page = browser.page(390, 844);
    page.open(&folder.path().join(TASK), "#x=step&hide=adam");
    page.tab_to(&format!("{LOSS} .view"));
    page.press("Home");
    assert_eq!(page.value("document.querySelectorAll('.on-phone .cursor-line').length"), 1);
    assert_eq!(page.value("document.querySelectorAll('.on-window .cursor-line').length"), 0);
    let shown = format!(
        "[...new Set([...document.querySelectorAll('{LOSS} .on-phone [data-entry]')].filter(e => e.checkVisibility())\
         .map(e => e.dataset.entry))].sort()"
    );
    assert_eq!(page.value(&shown), json!(["inna", "sgd"]));
    // A window that becomes wide has another drawing, where nothing is read yet.
    page.resize(1280, 844);
    page.settle();
    assert_eq!(page.value("document.querySelectorAll('.cursor-line').length"), 0);
    is_silent(&page);
}

/// Six entries of two runs each.
fn six() -> TempDir {
    let (losses, accuracies) = ([1.0, 1.5], [0.5, 0.6]);
    let keys = ["a", "b", "c", "d", "e", "f"];
    let (study, all) = given(&keys.map(|key| (key, &losses[..], &accuracies[..])));
    made(&study, &all).1
}

/// Entries whose bands are seen in the figure of the loss.
fn bands(page: &Page) -> Value {
    page.value(&format!(
        "[...document.querySelectorAll('{LOSS} .view:not([hidden]) .band')].filter(band => band.checkVisibility())\
         .map(band => band.dataset.entry)"
    ))
}

#[test]
fn bands_of_at_most_four_entries_are_seen() {
    let folder = six();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "");
    assert_eq!(bands(&page), json!([]));
    let toggle = |key: &str| format!("[data-legend] li[data-entry={key}] .toggle");
    let (x, y) = place(&page, &toggle("c"));
    page.point(x, y);
    assert_eq!(bands(&page), json!(["c"]));
    page.point(1.0, 1.0);
    assert_eq!(bands(&page), json!([]));
    page.tab_to(&toggle("e"));
    assert_eq!(bands(&page), json!(["e"]));
    page.open(&folder.path().join(TASK), "#hide=a,f");
    assert_eq!(bands(&page), json!(["b", "c", "d", "e"]));
    page.open(&folder.path().join(TASK), "#hide=a");
    assert_eq!(bands(&page), json!([]));
    // Three entries are few enough.
    let few = small();
    page.open(&few.path().join(TASK), "");
    assert_eq!(bands(&page), json!(["sgd", "adam", "inna"]));
    is_silent(&page);
}

#[test]
fn a_caption_says_where_bands_are() {
    let folder = six();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.call("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    page.open(&folder.path().join(TASK), "");
    assert_eq!(
        page.value("[...document.querySelectorAll('.band')].filter(e => e.checkVisibility()).length"),
        0
    );
    let said = "document.querySelector('main').innerText.includes('Bands are seen of at most four entries at a time')";
    assert_eq!(page.value(said), true);
    let few = small();
    page.open(&few.path().join(TASK), "");
    assert_eq!(page.value(said), false);
}
