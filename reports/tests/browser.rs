//! The pages in Chromium: what the script adds, by keyboard and pointer, and that nothing is missing without it.

#![allow(clippy::unwrap_used)]

#[path = "common/chromium.rs"]
mod chromium;
mod common;

use chromium::{Chromium, Page};
use common::{made, manifest, paper, records};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// The small study with five seeds.
fn small() -> TempDir {
    let study = manifest(5);
    made(&study, &records(&study)).1
}

/// Every page of a study with everything a paper brings, and of one before its first run.
fn all() -> (Vec<TempDir>, Vec<PathBuf>) {
    let study = paper::study(5);
    let folders = vec![made(&study, &records(&study)).1, made(&study, &[]).1, small()];
    let mut pages: Vec<PathBuf> = Vec::new();
    for folder in &folders {
        pages.extend(fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()));
    }
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "html"));
    pages.sort();
    assert!(pages.len() >= 7 + 6 + 4, "{pages:?}");
    (folders, pages)
}

const TASK: &str = "task-nin-shapes.html";
const LOSS: &str = "#figure-nin-shapes-train_loss";

fn fragment(page: &Page) -> String {
    page.text("location.hash")
}

/// Keys of the rows of a table that can be seen, in their order.
fn rows(page: &Page, table: &str) -> Vec<String> {
    let seen = format!(
        "[...document.querySelectorAll('{table} tbody tr[data-entry]')].filter(row => row.checkVisibility())\
         .map(row => row.dataset.entry).join(' ')"
    );
    page.text(&seen).split_whitespace().map(String::from).collect()
}

/// Keys of the shapes in the figures that can be seen.
fn shapes(page: &Page) -> Vec<String> {
    let seen = "[...new Set([...document.querySelectorAll('figure svg [data-entry]')].filter(shape => \
                getComputedStyle(shape).display !== 'none').map(shape => shape.dataset.entry))].sort().join(' ')";
    page.text(seen).split_whitespace().map(String::from).collect()
}

fn status(page: &Page) -> String {
    page.text("document.querySelector('[role=status]').textContent")
}

/// Whether an attribute has that value.
fn has(page: &Page, selector: &str, attribute: &str, value: &str) -> bool {
    let found = format!("document.querySelector({}).getAttribute('{attribute}')", json!(selector));
    page.value(&found) == value
}

fn is_silent(page: &Page) {
    let complaints = page.complaints();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_page_opens_offline_and_complains_of_nothing() {
    let (_folders, files) = all();
    let browser = Chromium::new();
    for file in files {
        let page = browser.page(1280, 800);
        page.open(&file, "");
        // Foreign text of the study makes no script: ours is the only one that runs.
        let scripts = "[...document.scripts].filter(script => script.type !== 'application/json').length";
        assert_eq!(page.value(scripts), 1, "{}", file.display());
        assert_eq!(page.requests(), [format!("file://{}", file.display())]);
        is_silent(&page);
    }
}

#[test]
fn the_eye_on_requests_and_complaints_sees() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.html");
    fs::write(
        &file,
        "<!doctype html><title>t</title><img src=x.png><script>console.error(1); nothing()</script>",
    )
    .unwrap();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&file, "");
    assert_eq!(page.requests().len(), 2, "{:?}", page.requests());
    let complaints = page.complaints().join("\n");
    for expected in ["ERR_FILE_NOT_FOUND", "consoleAPICalled", "nothing is not defined"] {
        assert!(complaints.contains(expected), "{complaints}");
    }
}

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

/// The table of all results has a body for each task.
#[test]
fn bodies_are_sorted_one_by_one_below_their_headings() {
    let folder = small();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join("index.html"), "#sort=results:0:descending");
    let order = page.text("[...document.querySelectorAll('#results tbody tr')].map(r => r.dataset.entry ?? r.className).join(' ')");
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
    let start = html.find("<main>").unwrap() + 6;
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

/// Nine entries make a board long enough for a filter.
#[test]
fn a_long_board_can_be_filtered() {
    let mut study = manifest(1);
    study.tasks.truncate(1);
    let template = study.tasks[0].entries[0].clone();
    study.tasks[0].entries.extend((1..=6).map(|k| {
        let (key, title) = (format!("more-{k}"), format!("Further {k}"));
        ::records::Entry { key, title, ..template.clone() }
    }));
    let (_, folder) = made(&study, &records(&study));
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "");
    page.tab_to(".board-filter input");
    page.call("Input.insertText", json!({"text": "further"}));
    let left =
        "[...document.querySelectorAll('[data-legend] li')].filter(item => item.checkVisibility()).length";
    assert_eq!(page.value(left), 6);
    page.press("Tab");
    page.press("Enter");
    assert_eq!(rows(&page, "#final-values"), [1, 2, 3, 4, 5, 6].map(|k| format!("more-{k}")));
    assert_eq!(fragment(&page), "#hide=adam,inna,sgd");
    is_silent(&page);
}

#[test]
fn a_pointer_on_the_board_makes_the_others_fade() {
    let folder = small();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "");
    let faded = |page: &Page| {
        page.value(
            "[...new Set([...document.querySelectorAll('.faded')].map(shape => shape.dataset.entry))].sort()",
        )
    };
    let place = |page: &Page, selector: &str| {
        let middle = format!(
            "(() => {{ const e = document.querySelector({}); e.scrollIntoView({{block: 'center'}}); const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()",
            json!(selector)
        );
        let middle = page.value(&middle);
        (middle[0].as_f64().unwrap(), middle[1].as_f64().unwrap())
    };
    let (x, y) = place(&page, "[data-legend] li[data-entry=adam] .toggle");
    page.point(x, y);
    assert_eq!(faded(&page), json!(["inna", "sgd"]));
    page.point(1.0, 1.0);
    assert_eq!(faded(&page), json!([]));
    page.tab_to("[data-legend] li[data-entry=inna] .toggle");
    assert_eq!(faded(&page), json!(["adam", "sgd"]));
    is_silent(&page);
}

/// The view of a figure that can be seen, as "x y"; there is one.
fn view(page: &Page, figure: &str) -> String {
    page.text(&format!(
        "[...document.querySelectorAll('{figure} .view')].filter(view => view.checkVisibility())\
         .map(view => `${{view.dataset.x}} ${{view.dataset.y}}`).join(', ')"
    ))
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

/// Words of a page, those of controls and of drawings left out: there is no need for the former without a script,
/// and the latter are the same.
const WORDS: &str = "(() => { const words = []; \
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); \
    for (let node; (node = walk.nextNode());) { \
        if (!node.parentElement.closest('script, style, .control, svg title')) words.push(...node.data.split(/\\s+/)); } \
    return words.filter(Boolean).sort(); })()";

#[test]
fn nothing_is_missing_without_the_script() {
    let (_folders, files) = all();
    let browser = Chromium::new();
    let (with, without) = (browser.page(1280, 800), browser.page(1280, 800));
    without.call("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    for file in files {
        with.open(&file, "");
        without.open(&file, "");
        assert_eq!(without.value("document.querySelectorAll('.control, [hidden]').length"), 0);
        let count = |words: Value| {
            let mut counts = std::collections::BTreeMap::<String, i64>::new();
            for word in words.as_array().unwrap() {
                *counts.entry(word.as_str().unwrap().into()).or_default() += 1;
            }
            counts
        };
        let mut plain = count(without.value(WORDS));
        // The headings of what the script unfolds for good.
        let unfolded = "[...document.querySelectorAll('.other-views > summary')].flatMap(s => s.textContent.split(/\\s+/)).filter(Boolean)";
        for (word, n) in count(without.value(unfolded)) {
            *plain.get_mut(&word).unwrap() -= n;
        }
        plain.retain(|_, n| *n != 0);
        assert_eq!(plain, count(with.value(WORDS)), "{}", file.display());
        // With every part unfolded, all that is there can be seen: open attributes are all it takes.
        without.value("document.querySelectorAll('details').forEach(details => { details.open = true; })");
        let unseen = "[...document.querySelectorAll('main :is(p, li, td, th, h1, h2, h3, dd, svg, figcaption)')]\
                      .filter(element => !element.checkVisibility()).map(element => element.outerHTML.slice(0, 200))";
        assert_eq!(without.value(unseen), json!([]), "{}", file.display());
    }
}

#[test]
fn no_page_is_wider_than_its_window() {
    let (_folders, files) = all();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    for file in files {
        for width in [390, 1280] {
            page.resize(width, 844);
            page.open(&file, "");
            page.value("document.querySelectorAll('details').forEach(details => { details.open = true; })");
            let wide = page.value(
                "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 \
                 && !e.closest('.scroll, .unseen, pre, .rule')).map(e => e.outerHTML.slice(0, 120))",
            );
            let scroll = page.value("document.documentElement.scrollWidth");
            assert_eq!((scroll.as_u64(), wide), (Some(u64::from(width)), json!([])), "{}", file.display());
        }
    }
}

/// Relative luminance of `rgb(r, g, b)` (WCAG 2.2).
fn luminance(colour: &str) -> f64 {
    let inside = colour.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')'));
    let parts: Vec<f64> =
        inside.unwrap_or_else(|| panic!("{colour}")).split(", ").map(|n| n.parse().unwrap()).collect();
    let linear = |part: f64| {
        let part = part / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(parts[0]) + 0.7152 * linear(parts[1]) + 0.0722 * linear(parts[2])
}

fn contrast(one: &str, other: &str) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn text_is_readable_on_light_and_dark() {
    assert!((contrast("rgb(0, 0, 0)", "rgb(255, 255, 255)") - 21.0).abs() < 1e-12);
    // The example of WCAG's understanding documents: #777 on white is just too little for 4.5.
    assert!((contrast("rgb(119, 119, 119)", "rgb(255, 255, 255)") - 4.48).abs() < 0.005);
    let folder = small();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    let mut papers = BTreeSet::new();
    for scheme in ["light", "dark"] {
        let feature = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        page.call("Emulation.setEmulatedMedia", feature);
        page.open(&folder.path().join(TASK), "#hide=adam&sort=final-values:1:descending");
        let colours = |selector: &str| {
            let style = format!("getComputedStyle(document.querySelector({})).", json!(selector));
            page.text(&format!("{style}color"))
        };
        let paper = page.text("getComputedStyle(document.body).backgroundColor");
        assert!(contrast(&colours("body"), &paper) >= 7.0, "{scheme}: {} on {paper}", colours("body"));
        for soft in [
            ".note",
            "a",
            "[aria-pressed=false]",
            "[aria-sort] .sorter",
            ".sorter",
            ".only",
            ".diverged",
            ".missing",
        ] {
            let ratio = contrast(&colours(soft), &paper);
            assert!(ratio >= 4.5, "{scheme}: {soft} has {ratio:.2}");
        }
        papers.insert(paper);
    }
    assert_eq!(papers.len(), 2);
}

#[test]
fn on_paper_there_is_everything_but_controls() {
    let folder = small();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "#x=step&hide=adam");
    let seen = |selector: &str| {
        page.value(&format!(
            "[...document.querySelectorAll('{selector}')].filter(e => e.checkVisibility()).length"
        ))
    };
    assert!(seen(".control").as_u64() > Some(5) && seen("nav a").as_u64() > Some(2));
    assert_eq!(seen("#settings td"), 0);
    page.call("Emulation.setEmulatedMedia", json!({"media": "print"}));
    assert_eq!((seen(".control"), seen("nav a")), (json!(0), json!(0)));
    // The view and the entries are those on the screen; what was folded is open.
    assert_eq!(
        (view(&page, LOSS).as_str(), rows(&page, "#final-values")),
        ("step log", vec!["sgd".to_string(), "inna".into()])
    );
    let height = "document.querySelector('#settings td').getBoundingClientRect().height > 5";
    assert_eq!(page.value(height), true);
    let sheet = page.call("Page.printToPDF", json!({}));
    assert!(sheet["data"].as_str().unwrap().len() > 10_000);
    is_silent(&page);
}
