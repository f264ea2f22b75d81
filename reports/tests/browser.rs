//! The pages in Chromium: they open offline and silently, nothing is missing without the script, all is readable on any
//! window, scheme and paper.

#![allow(clippy::unwrap_used)]

#[path = "common/chromium.rs"]
mod chromium;
mod common;
#[path = "common/seen.rs"]
mod seen;

use chromium::{Chromium, Page};
use seen::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

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

/// Whatever gets into a page, by a text or from its own script, fetches nothing and runs nothing.
#[test]
fn a_page_can_reach_nothing_and_runs_nothing_foreign() {
    let folder = small();
    let own = folder.path().join("index.html");
    let foreign = folder.path().join("foreign.html");
    let html = fs::read_to_string(&own).unwrap();
    let added = "<script>window.owned = 1</script><p id=handled style=\"position:fixed\" onclick=\"window.owned = 2\">x</p>\
                 <img src=\"javascript:1\" onerror=\"window.owned = 3\"><style>#handled { position: fixed }</style></main>";
    fs::write(&foreign, html.replace("</main>", added)).unwrap();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&foreign, "");
    page.value("document.getElementById('handled').click()");
    assert_eq!(page.value("window.owned ?? null"), Value::Null);
    assert_eq!(page.value("getComputedStyle(document.getElementById('handled')).position"), "static");
    let complaints = page.complaints().join("\n");
    assert!(complaints.contains("Content Security Policy"), "{complaints}");
    // Our own script has run: its controls are there.
    assert_ne!(page.value("document.querySelectorAll('.control').length"), 0);

    page.open(&own, "");
    let refused = |act: &str| {
        page.text(&format!(
            "new Promise(done => {{ const told = event => done(event.effectiveDirective); \
             document.addEventListener('securitypolicyviolation', told, {{ once: true }}); \
             setTimeout(() => done('nothing'), 5000); {act} }})"
        ))
    };
    let element = |tag: &str, set: &str| {
        refused(&format!("const made = document.createElement('{tag}'); {set}; document.body.append(made)"))
    };
    assert_eq!(refused("fetch('https://example.invalid/').catch(() => 0)"), "connect-src");
    assert_eq!(refused("fetch('report.json').catch(() => 0)"), "connect-src");
    assert_eq!(refused("new Image().src = 'https://example.invalid/x.png'"), "img-src");
    assert_eq!(element("script", "made.src = 'https://example.invalid/x.js'"), "script-src-elem");
    assert_eq!(element("script", "made.text = 'window.owned = 4'"), "script-src-elem");
    assert_eq!(element("iframe", "made.src = 'https://example.invalid/'"), "frame-src");
    assert_eq!(element("p", "made.setAttribute('style', 'color: red')"), "style-src-attr");
    assert_eq!(page.value("window.owned ?? null"), Value::Null);
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
                      .filter(element => !element.checkVisibility() && !element.closest('.on-phone')).map(element => element.outerHTML.slice(0, 200))";
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
            ".bound",
            ".zero",
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
            let opacity = format!("getComputedStyle(document.querySelector({})).opacity", json!(soft));
            assert_eq!(page.text(&opacity), "1", "{scheme}: {soft}");
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
    // Headers are repeated on every sheet, the buttons in them would not be.
    assert_eq!(page.text("getComputedStyle(document.querySelector('.sorter')).display"), "contents");
    let size = |selector: &str| {
        let style = format!("parseFloat(getComputedStyle(document.querySelector('{selector}')).fontSize)");
        page.value(&style).as_f64().unwrap()
    };
    assert!(size("main > .note") > size("caption") && size(".question") > size("table"));
    let sheet = page.call("Page.printToPDF", json!({}));
    assert!(sheet["data"].as_str().unwrap().len() > 10_000);
    is_silent(&page);
}

/// Hue of a colour in degrees, saturation in 0 to 1 (as HSV has them).
fn hue(colour: &str) -> (f64, f64) {
    let parts: Vec<f64> = colour[4..colour.len() - 1].split(", ").map(|n| n.parse().unwrap()).collect();
    let (low, high) =
        (parts.iter().copied().fold(255.0, f64::min), parts.iter().copied().fold(0.0, f64::max));
    let (r, g, b, width) = (parts[0], parts[1], parts[2], (high - low).max(1e-9));
    let sixth = if high == r {
        (g - b) / width
    } else if high == g {
        2.0 + (b - r) / width
    } else {
        4.0 + (r - g) / width
    };
    ((60.0 * sixth).rem_euclid(360.0), (high - low) / high.max(1e-9))
}

/// What a colour of an entry becomes on the page: drawn on a canvas with the filter that the page has for it.
fn seen_as(page: &Page, colour: &str, class: &str) -> String {
    page.text(&format!(
        "(() => {{ const swatch = document.createElement('span'); swatch.className = '{class}'; document.body.append(swatch); \
         const pen = document.createElement('canvas').getContext('2d'); pen.filter = getComputedStyle(swatch).filter; \
         swatch.remove(); pen.fillStyle = '{colour}'; pen.fillRect(0, 0, 9, 9); \
         return `rgb(${{[...pen.getImageData(4, 4, 1, 1).data].slice(0, 3).join(', ')}})`; }})()"
    ))
}

#[test]
fn colours_of_entries_can_be_seen_and_told_apart() {
    assert_eq!((hue("rgb(0, 0, 255)").0, hue("rgb(128, 128, 0)").0), (240.0, 60.0));
    let folder = small();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    let bright = ["#e69f00", "#00c774", "#b39ddb", "#56b4e9", "#d55e00", "#0072b2", "#009e73", "#cc79a7"];
    let deep =
        [("#000000", "rgb(0, 0, 0)"), ("#1b2a6b", "rgb(27, 42, 107)"), ("#4b0f6b", "rgb(75, 15, 107)")];
    for scheme in ["light", "dark"] {
        let feature = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        page.call("Emulation.setEmulatedMedia", feature);
        page.open(&folder.path().join(TASK), "");
        let paper = page.text("getComputedStyle(document.body).backgroundColor");
        let mut seen: Vec<String> = bright.iter().map(|colour| seen_as(&page, colour, "swatch")).collect();
        for (colour, was) in deep {
            let is = seen_as(&page, colour, "swatch deep");
            let ((a, saturation), (b, _)) = (hue(was), hue(&is));
            assert!(saturation == 0.0 || (a - b).abs() < 10.0, "{scheme}: {was} is {is}");
            seen.push(is);
        }
        for (k, one) in seen.iter().enumerate() {
            assert!(contrast(one, &paper) >= 3.0, "{scheme}: {one} on {paper}");
            for other in &seen[..k] {
                let parts = |colour: &str| -> Vec<f64> {
                    colour[4..colour.len() - 1].split(", ").map(|n| n.parse().unwrap()).collect()
                };
                let squares = parts(one).into_iter().zip(parts(other)).map(|(a, b)| (a - b).powi(2));
                let distance = squares.sum::<f64>().sqrt();
                assert!(distance >= 30.0, "{scheme}: {one} and {other}");
            }
        }
        // Lines are seen as the swatches beside them.
        let same = "['series', 'series deep'].every(name => { \
                    const line = document.createElementNS('http://www.w3.org/2000/svg', 'line'); line.setAttribute('class', name); \
                    const swatch = document.createElement('span'); swatch.className = name.replace('series', 'swatch'); \
                    document.querySelector('figure svg').append(line); document.body.append(swatch); \
                    return getComputedStyle(line).filter === getComputedStyle(swatch).filter; })";
        assert_eq!(page.value(same), true, "{scheme}");
    }
}

#[test]
fn tables_are_boxed_only_where_the_script_scrolls_them() {
    let (_folders, files) = all();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    let bounded = "[...document.querySelectorAll('.scroll')].filter(e => getComputedStyle(e).maxHeight !== 'none').length";
    let mut boxed = 0;
    for file in &files {
        page.open(file, "");
        let wrong = page.value("document.querySelectorAll('.boxed:not(:has(> table))').length");
        assert_eq!(wrong, 0);
        assert_eq!(page.value(bounded), page.value("document.querySelectorAll('.boxed').length"));
        boxed += page.value(bounded).as_u64().unwrap();
        page.resize(390, 844);
        assert_eq!(page.value(bounded), 0, "{}", file.display());
        page.resize(700, 800);
        page.settle();
        boxed += page.value(bounded).as_u64().unwrap();
        page.resize(1280, 800);
    }
    assert!(boxed > 0);
    let plain = browser.page(1280, 800);
    plain.call("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    for file in &files {
        plain.open(file, "");
        assert_eq!(plain.value(bounded), 0, "{}", file.display());
    }
}

#[test]
fn on_a_phone_names_and_drawings_keep_their_size() {
    let (_folders, files) = all();
    let browser = Chromium::new();
    let page = browser.page(390, 844);
    let mut seen = 0;
    for file in files {
        page.open(&file, "");
        page.value("document.querySelectorAll('details').forEach(details => { details.open = true; })");
        let narrow = |selector: &str, least: f64| {
            page.value(&format!(
                "[...document.querySelectorAll('{selector}')].filter(e => e.checkVisibility() && e.getBoundingClientRect().width < {least}) \
                 .map(e => e.outerHTML.slice(0, 120))"
            ))
        };
        assert_eq!(narrow("main tbody th[scope=row]", 119.0), json!([]), "{}", file.display());
        assert_eq!(narrow("figure .view svg", 340.0), json!([]), "{}", file.display());
        let samples = "Math.max(0, ...[...document.querySelectorAll('svg.sample')].map(e => e.getBoundingClientRect().width))";
        assert!(page.value(samples).as_f64() < Some(40.0));
        seen += page.value("document.querySelectorAll('svg.sample').length").as_u64().unwrap();
    }
    assert!(seen > 5);
}
