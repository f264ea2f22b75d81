//! What the script adds to the pages, by keyboard and pointer, in Chromium.

#![allow(clippy::unwrap_used)]

#[path = "common/chromium.rs"]
mod chromium;
mod common;
#[path = "common/seen.rs"]
mod seen;

use chromium::{Chromium, Page};
use common::given::given;
use common::{compared, made, manifest, records};
use seen::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use tempfile::TempDir;

/// SGD has five runs, one of which diverged, Adam four, INNA five; with four there are no bounds.
#[test]
fn a_table_sorts_by_keyboard() {
    let folder = small();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "");
    let entries = |order: [&str; 3]| order.map(String::from).to_vec();
    let header = |column: usize| format!("#final-values th:nth-child({})", column + 1);
    assert_eq!(rows(&page, "#final-values"), entries(["sgd", "adam", "inna"]));
    page.tab_to(&format!("{} button", header(5)));
    let turns = [("descending", ["sgd", "inna", "adam"]), ("ascending", ["adam", "sgd", "inna"])];
    for (direction, order) in turns {
        page.press("Enter");
        assert_eq!(rows(&page, "#final-values"), entries(order));
        assert!(has(&page, &header(5), "aria-sort", direction));
        assert_eq!(fragment(&page), format!("#sort=final-values:5:{direction}"));
        assert_eq!(status(&page), format!("Sorted by n, {direction}."));
    }
    page.reload();
    assert_eq!(rows(&page, "#final-values"), entries(["adam", "sgd", "inna"]));
    page.tab_to(&format!("{} button", header(5)));
    // Third click: as it was.
    page.press(" ");
    assert_eq!(rows(&page, "#final-values"), entries(["sgd", "adam", "inna"]));
    assert_eq!(
        (page.value("document.querySelectorAll('[aria-sort]').length"), fragment(&page).as_str()),
        (json!(0), "")
    );
    // What has no bound comes last, both ways.
    page.tab_to(&format!("{} button", header(1)));
    page.press("Enter");
    assert_eq!(rows(&page, "#final-values"), entries(["inna", "sgd", "adam"]));
    page.press("Enter");
    assert_eq!(rows(&page, "#final-values"), entries(["sgd", "inna", "adam"]));
    // Words begin with A.
    page.tab_to("#run-by-run th:nth-child(1) button");
    page.press("Enter");
    assert_eq!(rows(&page, "#run-by-run"), entries(["adam", "inna", "sgd"]));
    assert_eq!(fragment(&page), "#sort=final-values:1:ascending,run-by-run:0:ascending");
    is_silent(&page);
}

/// The table of means before and after has a body for each task.
#[test]
fn bodies_are_sorted_one_by_one_below_their_headings() {
    let study = manifest(5);
    let all = records(&study);
    let folder = compared((&study, &all), (&study, &all)).1;
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join("changes.html"), "#sort=changed-means:0:descending");
    let order = page.text(
        "[...document.querySelectorAll('#changed-means tbody tr')].map(r => r.dataset.entry ?? r.className).join(' ')",
    );
    // By name: SGD, INNA (0.5, 0.1), Adam; then (1.3, 0.1), (0.5, 0.1), (0.5, 0.01), (0.3, 0.1), (0.3, 0.01).
    assert_eq!(order, "group sgd inna adam group inna-c inna-bp inna-ap inna-b inna-a");
}

/// Whatever the pages print as a number is one to the tables.
#[test]
fn numbers_are_read_as_they_are_printed() {
    let folder = small();
    let html = fs::read_to_string(folder.path().join("index.html")).unwrap();
    let groups = [
        // Seconds.
        vec!["0.5 s", "3.46 s", "59 s", "1 min 02 s", "2 min 05 s", "1 h 02 min", "2 h 00 min"],
        vec![
            "\u{2212}12\u{2009}500",
            "\u{2212}0.5",
            "\u{2212}1.2 × 10⁻³",
            "0",
            "10⁻⁷",
            "1.2 × 10⁻³",
            "<0.01",
            "5 %",
            "63.41",
            "987",
            "1\u{2009}234",
            "2.5 × 10⁶",
        ],
        vec!["n = 5", "n = 12", "n = 100"],
        vec!["1 of 5", "2 of 5", "3 of 5", "10 of 20"],
        vec!["Adam", "INNA (0.5, 0.01)", "INNA (0.5, 0.1)", "inna-2", "inna-10", "SGD"],
    ];
    let start = html.find("<main id=\"main\">").unwrap() + 16;
    let end = html.find("</main>").unwrap();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    for mut cells in groups {
        cells.extend(["–", "missing", "diverged"]);
        // Shuffled: by steps that have no factor in common with any of the lengths.
        let shuffled = (0..cells.len()).map(|k| cells[(k * 11 + 3) % cells.len()]);
        let body: String =
            shuffled.map(|cell| format!("<tr><td>{}</td></tr>", cell.replace('<', "&lt;"))).collect();
        let table = format!(
            "<table id=\"t\" class=\"sortable\"><thead><tr><th scope=\"col\">x</th></tr></thead><tbody>{body}</tbody></table>"
        );
        let file = folder.path().join("numbers.html");
        fs::write(&file, format!("{}{table}{}", &html[..start], &html[end..])).unwrap();
        page.open(&file, "#sort=t:0:ascending");
        let sorted = page.value("[...document.querySelectorAll('#t td')].map(cell => cell.textContent)");
        let sorted: Vec<&str> =
            sorted.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap()).collect();
        let values = cells.len() - 3;
        assert_eq!(sorted[..values], cells[..values]);
        assert_eq!(sorted[values..].iter().collect::<BTreeSet<_>>(), cells[values..].iter().collect());
    }
    is_silent(&page);
}

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

/// The middle of an element, which is brought into the window.
fn place(page: &Page, selector: &str) -> (f64, f64) {
    let middle = format!(
        "(() => {{ const e = document.querySelector({}); e.scrollIntoView({{block: 'center'}}); const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()",
        json!(selector)
    );
    let middle = page.value(&middle);
    (middle[0].as_f64().unwrap(), middle[1].as_f64().unwrap())
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

/// At epoch 3 the losses are c exp(−3 s) (1 + 0.016 k): SGD s = 0.16, k = 3, 0, 2, 4 (the fifth run diverged), Adam
/// s = 0.34, k = 1, 3, 0, 2 (the fifth is missing), INNA s = 0.27, k = 4, 1, 3, 0, 2; c = 2.302.
const AT_EPOCH_3: [[&str; 4]; 3] = [
    ["SGD", "1.476", "1.424 to 1.516", "4"],
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
    assert!(status(&page).contains("epoch 3; SGD: 1.476, 1.424 to 1.516, n = 4; Adam"), "{}", status(&page));
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
fn one_row_is_not_to_be_sorted() {
    let folder = small();
    let html = fs::read_to_string(folder.path().join("index.html")).unwrap();
    let start = html.find("<main id=\"main\">").unwrap() + 16;
    let end = html.find("</main>").unwrap();
    let table = |id: &str, rows: &str| {
        format!(
            "<table id={id} class=sortable><thead><tr><th scope=col>x</th></tr></thead><tbody>{rows}</tbody></table>"
        )
    };
    let one = table("one", "<tr class=group><th scope=rowgroup>g</th></tr><tr><td>1</td></tr>");
    let two = table("two", "<tr><td>1</td></tr><tr><td>2</td></tr>");
    let file = folder.path().join("rows.html");
    fs::write(&file, format!("{}{one}{two}{}", &html[..start], &html[end..])).unwrap();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&file, "#sort=one:0:descending");
    let buttons = "['one', 'two'].map(id => document.querySelectorAll(`#${id} button`).length)";
    assert_eq!(page.value(buttons), json!([0, 1]));
    // That there is an order to choose can be seen before anything hovers.
    let arrow = "Number(getComputedStyle(document.querySelector('#two button'), '::after').opacity)";
    assert!(page.value(arrow).as_f64() > Some(0.3));
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
                "(() => { const read = e => e.matches('figure:has(script.readout) .view'); \
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
