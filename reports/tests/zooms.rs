//! Parts of figures in Chromium, dragged out with the pointer and asked for by key.

#![allow(clippy::unwrap_used)]

#[path = "common/chromium.rs"]
mod chromium;
mod common;
#[path = "common/seen.rs"]
mod seen;

use chromium::{Chromium, Page};
use seen::*;
use serde_json::json;
use std::path::PathBuf;
use tempfile::TempDir;

/// The page of the small task, twelve epochs of 125 steps, the loss on a logarithmic axis.
fn opened(page: &Page, fragment: &str) -> (TempDir, PathBuf) {
    let folder = small();
    let file = folder.path().join(TASK);
    page.open(&file, fragment);
    (folder, file)
}

/// The drawing that is seen.
fn drawing() -> String {
    format!(
        "[...document.querySelectorAll('{LOSS} .view:not([hidden]) svg[data-frame]')].find(svg => svg.checkVisibility())"
    )
}

/// The numbers of an attribute of it.
fn numbers(page: &Page, attribute: &str) -> Vec<f64> {
    let text = page.text(&format!("{}.dataset.{attribute}", drawing()));
    text.split(' ').map(|number| number.parse().unwrap()).collect()
}

/// Where an epoch and a loss are in the window.
fn spot(page: &Page, epoch: f64, loss: f64) -> [f64; 2] {
    let (frame, x, y) = (numbers(page, "frame"), numbers(page, "x"), numbers(page, "y"));
    let across = frame[0] + (epoch - x[0]) / (x[1] - x[0]) * (frame[2] - frame[0]);
    let down = frame[3] - (loss.log10() - y[0]) / (y[1] - y[0]) * (frame[3] - frame[1]);
    let at = page.value(&format!(
        "(() => {{ const svg = {}; svg.scrollIntoView({{block: 'center'}}); \
         const at = new DOMPoint({across}, {down}).matrixTransform(svg.getScreenCTM()); return [at.x, at.y]; }})()",
        drawing()
    ));
    [at[0].as_f64().unwrap(), at[1].as_f64().unwrap()]
}

/// The numbers along the axes that are seen: those of the horizontal one, then those of the vertical one.
fn ticks(page: &Page) -> [Vec<String>; 2] {
    ["middle", "end"].map(|held| {
        let seen = format!(
            "[...{}.querySelectorAll('text.muted[text-anchor={held}]')].filter(text => \
             getComputedStyle(text).visibility === 'visible').map(text => text.textContent.trim())",
            drawing()
        );
        let texts = page.value(&seen);
        texts.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_string()).collect()
    })
}

/// Both drawings of the view as they are written.
fn markup(page: &Page) -> String {
    page.text(&format!("document.querySelector('{LOSS} .view:not([hidden])').innerHTML"))
}

fn near(found: &[f64], expected: [f64; 2], tolerance: f64) {
    let apart = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(found.len() == 2 && apart < tolerance, "{found:?} is not {expected:?}");
}

#[test]
fn a_part_is_dragged_out_kept_in_the_address_and_given_back() {
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    let (_folder, _) = opened(&page, "");
    let whole = markup(&page);
    let (from, to) = (spot(&page, 3.0, 0.85), spot(&page, 9.0, 0.25));
    page.drag(from, to);
    page.point(1.0, 1.0);
    near(&numbers(&page, "x"), [3.0, 9.0], 0.03);
    near(&numbers(&page, "y"), [0.25_f64.log10(), 0.85_f64.log10()], 0.01);
    // Six epochs hold a number at every second one; between 0.25 and 0.85 there are six tenths.
    let expected = [&["4", "6", "8"][..], &["0.3", "0.4", "0.5", "0.6", "0.7", "0.8"]];
    assert_eq!(ticks(&page), expected.map(|texts| texts.iter().map(ToString::to_string).collect::<Vec<_>>()));
    // INNA's mean after six epochs is 2.302 · e^(−6 · 0.27) · 1.032 = 0.4701: a corner of its line, give or take what a quarter of a
    // pixel has become; and lines end at the frame.
    let (frame, x, y) = (numbers(&page, "frame"), numbers(&page, "x"), numbers(&page, "y"));
    let corner = [
        frame[0] + (6.0 - x[0]) / (x[1] - x[0]) * (frame[2] - frame[0]),
        frame[3] - (0.4701_f64.log10() - y[0]) / (y[1] - y[0]) * (frame[3] - frame[1]),
    ];
    let apart = format!(
        "Math.min(...[...{}.querySelectorAll('polyline[data-entry=inna][stroke-width=\"9\"]')].flatMap(line => \
         line.getAttribute('points').split(' ').map(point => point.split(',').map(Number)))\
         .map(([x, y]) => Math.max(Math.abs(x - {}), Math.abs(y - {}))))",
        drawing(),
        corner[0],
        corner[1]
    );
    assert!(page.value(&apart).as_f64() < Some(4.0), "{} {corner:?}", page.value(&apart));
    let cut = format!("{}.querySelector('polyline[data-entry=inna]').getAttribute('clip-path')", drawing());
    assert!(page.text(&cut).starts_with("url(#frame-"));
    assert!(status(&page).starts_with("Zoomed: epochs "), "{}", status(&page));

    let address = fragment(&page);
    assert!(address.starts_with("#zoom=nin-shapes-train_loss:epoch:log:"), "{address}");
    assert!(has(&page, "nav a", "href", "index.html"), "other pages have other figures");
    let part = (numbers(&page, "x"), numbers(&page, "y"), ticks(&page));
    page.reload();
    assert_eq!((numbers(&page, "x"), numbers(&page, "y"), ticks(&page)), part);
    assert_eq!(fragment(&page), address);

    let (x, y) = place(&page, &format!("{LOSS} .zoom-note button"));
    page.click(x, y);
    page.point(1.0, 1.0);
    assert_eq!(markup(&page), whole);
    assert_eq!((fragment(&page).as_str(), status(&page).as_str()), ("", "The whole figure."));
    assert_eq!(page.value("document.querySelectorAll('.zoom-note').length"), 0);
    is_silent(&page);
}

#[test]
fn a_flat_drag_takes_the_whole_height_and_a_double_click_gives_it_back() {
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    let (_folder, _) = opened(&page, "#hide=adam");
    let (whole, height) = (markup(&page), numbers(&page, "y"));
    let [from, to] = [spot(&page, 2.0, 0.5), spot(&page, 5.0, 0.5)];
    page.drag(from, [to[0], to[1] + 4.0]);
    near(&numbers(&page, "x"), [2.0, 5.0], 0.03);
    assert_eq!(numbers(&page, "y"), height);
    let hidden = format!("{}.querySelectorAll('[data-entry=adam]:not([hidden])').length", drawing());
    assert_eq!(page.value(&hidden), 0);
    let [x, y] = spot(&page, 3.0, 0.5);
    page.click(x, y);
    let event = |kind: &str| {
        let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 2});
        page.call("Input.dispatchMouseEvent", event);
    };
    event("mousePressed");
    event("mouseReleased");
    page.point(1.0, 1.0);
    assert_eq!(markup(&page), whole);
    // A click alone is no drag.
    page.click(x, y);
    page.point(1.0, 1.0);
    assert_eq!(markup(&page), whole);
    is_silent(&page);
}

#[test]
fn keys_zoom_about_the_cursor_or_the_middle() {
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    let (_folder, _) = opened(&page, "");
    page.tab_to(&format!("{LOSS} .view"));
    let whole = markup(&page);
    page.press("+");
    near(&numbers(&page, "x"), [3.0, 9.0], 1e-9);
    page.press("-");
    assert_eq!((markup(&page), fragment(&page).as_str()), (whole.clone(), ""));
    // At the first epoch of twelve there is nothing to its left.
    page.press("Home");
    page.press("+");
    near(&numbers(&page, "x"), [0.0, 6.0], 1e-9);
    let read = format!("document.querySelector('{LOSS} .readout-box caption').innerText");
    assert!(page.text(&read).ends_with("epoch 0"), "{}", page.text(&read));
    // Values are read within the part.
    page.press("End");
    assert!(page.text(&read).ends_with("epoch 6"), "{}", page.text(&read));
    let apart = format!(
        "(() => {{ const svg = {}; const [left, , right] = svg.dataset.frame.split(' ').map(Number); \
         return svg.querySelector('.cursor-line').x1.baseVal.value - right; }})()",
        drawing()
    );
    assert!(page.value(&apart).as_f64().unwrap().abs() < 0.01);
    // The first Escape closes the values, the second gives the whole back.
    page.press("Escape");
    assert_eq!(status(&page), "Values closed.");
    near(&numbers(&page, "x"), [0.0, 6.0], 1e-9);
    page.press("Escape");
    assert_eq!(markup(&page), whole);
    page.press("+");
    page.press("0");
    assert_eq!(markup(&page), whole);
    is_silent(&page);
}

#[test]
fn a_part_belongs_to_its_axes_and_is_in_both_drawings() {
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    let (_folder, file) = opened(&page, "#zoom=nin-shapes-train_loss:epoch:log:2:4:-0.5:0.2");
    near(&numbers(&page, "x"), [2.0, 4.0], 1e-9);
    page.tab_to(&format!("{LOSS} input[value=epoch]"));
    page.press("ArrowRight");
    assert_eq!(numbers(&page, "x"), [0.0, 1500.0]);
    assert_eq!(page.value("document.querySelectorAll('.zoom-note').length"), 0);
    page.press("ArrowLeft");
    near(&numbers(&page, "x"), [2.0, 4.0], 1e-9);
    page.resize(390, 844);
    page.settle();
    near(&numbers(&page, "x"), [2.0, 4.0], 1e-9);
    // Numbers of more digits have the room they need, in both.
    for width in [390, 1280] {
        page.resize(width, 844);
        page.settle();
        let outside = format!(
            "(() => {{ const svg = {}; const box = svg.getBoundingClientRect(); return [...svg.querySelectorAll('text')]\
             .filter(text => {{ const at = text.getBoundingClientRect(); return at.left < box.left - 1 || at.right > box.right + 1; }})\
             .map(text => text.textContent); }})()",
            drawing()
        );
        assert_eq!(page.value(&outside), json!([]), "at {width}");
    }
    for wrong in ["2:x:4:5", "4:2:0:1", "2:4", "0:12:-9:9"] {
        page.open(&file, &format!("#zoom=nin-shapes-train_loss:epoch:log:{wrong},nothing:a:b:1:2:3:4"));
        assert_eq!((numbers(&page, "x"), fragment(&page).as_str()), (vec![0.0, 12.0], ""), "{wrong}");
    }
    // Closer than a drawing resolves there is nothing to see: 12 / 25.
    page.open(&file, "#zoom=nin-shapes-train_loss:epoch:log:6:6.01:-9:9");
    let x = numbers(&page, "x");
    assert!((x[1] - x[0] - 0.48).abs() < 1e-4, "{x:?}");
    is_silent(&page);
}

#[test]
fn a_finger_scrolls_and_zooms_nothing() {
    let browser = Chromium::new();
    let page = browser.page(390, 844);
    page.call("Emulation.setTouchEmulationEnabled", json!({"enabled": true}));
    let (_folder, _) = opened(&page, "");
    let (from, to) = (spot(&page, 3.0, 0.8), spot(&page, 9.0, 0.3));
    let touch = |kind: &str, points: &[[f64; 2]]| {
        let points: Vec<_> = points.iter().map(|[x, y]| json!({"x": x, "y": y})).collect();
        page.call("Input.dispatchTouchEvent", json!({"type": kind, "touchPoints": points}));
    };
    touch("touchStart", &[from]);
    touch("touchMove", &[[0.5 * (from[0] + to[0]), from[1]]]);
    touch("touchMove", &[to]);
    touch("touchEnd", &[]);
    assert_eq!((numbers(&page, "x"), fragment(&page).as_str()), (vec![0.0, 12.0], ""));
    is_silent(&page);
}
