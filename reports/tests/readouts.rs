//! Values read off the figures in Chromium, by keyboard and pointer.

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

/// At epoch 3 the losses are c exp(−3 s) (1 + 0.016 k): SGD s = 0.16, k = 3, 0, 2, 4, 1 (the fifth run diverges after epoch 4), Adam
/// s = 0.34, k = 1, 3, 0, 2 (the fifth is missing), INNA s = 0.27, k = 4, 1, 3, 0, 2; c = 2.302.
const AT_EPOCH_3: [[&str; 4]; 3] = [
    ["SGD", "1.470", "1.424 to 1.516", "5"],
    ["Adam", "0.8500", "0.8301 to 0.8699", "4"],
    ["INNA (0.5, 0.1)", "1.057", "1.024 to 1.090", "5"],
];

/// The rows of the read-out of a figure.
fn readout(page: &Page, figure: &str) -> Value {
    page.value(&format!(
        "[...document.querySelectorAll('{figure} .readout-box tbody tr')].map(row => [...row.cells].map(c => c.innerText.trim()))"
    ))
}

fn caption(page: &Page, figure: &str) -> String {
    page.text(&format!("document.querySelector('{figure} .readout-box caption').innerText"))
}

#[test]
fn values_are_read_by_keyboard() {
    let folder = small();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "");
    page.tab_to(&format!("{LOSS} .view"));
    for _ in 0..4 {
        page.press("ArrowRight");
    }
    assert_eq!(readout(&page, LOSS), json!(AT_EPOCH_3));
    assert!(caption(&page, LOSS).ends_with("epoch 3"), "{}", caption(&page, LOSS));
    assert!(status(&page).contains("epoch 3; SGD: 1.470, 1.424 to 1.516, n = 5; Adam"), "{}", status(&page));
    // The line is a quarter of the way along twelve epochs, a dot for each entry is on it.
    let marks = page.value(&format!(
        "(() => {{ const svg = document.querySelector('{LOSS} .view:not([hidden]) svg'); \
         const [left, , right] = svg.dataset.frame.split(' ').map(Number); \
         const [low, high] = svg.dataset.x.split(' ').map(Number); \
         const x = left + (3 - low) / (high - low) * (right - left); \
         return [svg.querySelector('.cursor-line').x1.baseVal.value - x, svg.querySelectorAll('.cursor-dot').length, \
         Math.max(...[...svg.querySelectorAll('.cursor-dot')].map(dot => Math.abs(dot.cx.baseVal.value - x)))]; }})()"
    ));
    assert!(marks[0].as_f64().unwrap().abs() < 0.01 && marks[2].as_f64().unwrap() < 0.01, "{marks}");
    assert_eq!(marks[1], 3);
    page.press("End");
    assert!(caption(&page, LOSS).ends_with("epoch 12"));
    page.press("ArrowRight");
    page.press("ArrowLeft");
    assert!(caption(&page, LOSS).ends_with("epoch 11"));
    page.press("Home");
    assert!(caption(&page, LOSS).ends_with("epoch 0"));
    let open = format!("document.querySelector('{LOSS} .readout-box').checkVisibility()");
    assert_eq!(page.value(&open), true);
    page.press("Escape");
    assert_eq!(page.value(&open), false);
    assert_eq!(page.value("document.querySelectorAll('.cursor-line').length"), 0);
    is_silent(&page);
}

#[test]
fn values_are_read_under_the_pointer() {
    let folder = small();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "#x=second&hide=adam");
    // Epoch 3 ends after 10.5 seconds; a little to the right of it is still nearest to it.
    let place = page.value(&format!(
        "(() => {{ const view = document.querySelector('{LOSS} .view:not([hidden])'); view.scrollIntoView({{block: 'center'}}); \
         const svg = view.querySelector('svg'); const [left, top, right, bottom] = svg.dataset.frame.split(' ').map(Number); \
         const [low, high] = svg.dataset.x.split(' ').map(Number); \
         const at = new DOMPoint(left + (11 - low) / (high - low) * (right - left), (top + bottom) / 2).matrixTransform(svg.getScreenCTM()); \
         return [at.x, at.y]; }})()"
    ));
    page.point(place[0].as_f64().unwrap(), place[1].as_f64().unwrap());
    assert_eq!(readout(&page, LOSS), json!([AT_EPOCH_3[0], AT_EPOCH_3[2]]));
    assert!(caption(&page, LOSS).ends_with("10.5"), "{}", caption(&page, LOSS));
    // The box covers neither the line nor the axis below it.
    let apart = page.value(&format!(
        "(() => {{ const box = document.querySelector('{LOSS} .readout-box').getBoundingClientRect(); \
         const line = document.querySelector('{LOSS} .cursor-line').getBoundingClientRect(); \
         return box.left > line.right || box.right < line.left || box.top > line.bottom; }})()"
    ));
    assert_eq!(apart, true);
    page.point(1.0, 1.0);
    assert_eq!(
        page.value(&format!("document.querySelector('{LOSS} .readout-box').checkVisibility()")),
        false
    );
    is_silent(&page);
}

/// Three entries are enough to listen to, and what is hidden is not counted.
#[test]
fn values_are_spoken_briefly() {
    let (losses, accuracies) = ([1.0], [0.5]);
    let keys = ["a", "b", "c", "d", "e", "f"];
    let six = keys.map(|key| (key, &losses[..], &accuracies[..]));
    let (study, all) = given(&six);
    let folder = made(&study, &all).1;
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "#hide=f");
    page.tab_to(&format!("{LOSS} .view"));
    page.press("Home");
    let spoken = status(&page);
    let parts: Vec<&str> = spoken.split("; ").collect();
    assert_eq!((parts.len(), parts[0], parts.last()), (5, "epoch 0", Some(&"and 2 more")), "{spoken}");
    page.open(&folder.path().join(TASK), "#hide=d,e,f");
    page.tab_to(&format!("{LOSS} .view"));
    page.press("Home");
    assert!(!status(&page).contains("more"), "{}", status(&page));
    is_silent(&page);
}
