//! From a dot to its run, and to any part of a page: links that are there without the script, and what it adds in Chromium.

#![allow(clippy::unwrap_used)]

#[path = "common/chromium.rs"]
mod chromium;
mod common;
#[path = "common/seen.rs"]
mod seen;

use chromium::Chromium;
use common::{made, manifest, read, records};
use records::Record;
use seen::*;
use serde_json::Value;
use std::fs;

/// The run of Adam with seed 2.
fn adam(all: &[Record]) -> &Record {
    all.iter().find(|r| r.id.starts_with("adam") && r.specification.repetition == 2).unwrap()
}

#[test]
fn a_dot_says_which_run_it_is_and_leads_to_it() {
    let study = manifest(5);
    let all = records(&study);
    let (_, folder) = made(&study, &all);
    let id = &adam(&all).id;
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "");
    let dot = format!("#figure-nin-shapes-final circle[data-run$=\"#run-{id}\"]");
    page.value(&format!("document.querySelector('{dot}').scrollIntoView({{block: 'center'}})"));
    let at = page.value(&format!(
        "(() => {{ const box = document.querySelector('{dot}').getBoundingClientRect(); \
         return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
    ));
    let [x, y] = [0, 1].map(|k| at[k].as_f64().unwrap());
    page.point(x, y);
    // 0.58 + 0.0161 · 2 + ... is what the record says; 42 s is what every record of the test says.
    let accuracy = match &adam(&all).curve {
        records::Curve::Epochs(rows) => 100.0 * rows.last().unwrap().test_accuracy.unwrap(),
        records::Curve::Trajectory(_) => unreachable!(),
    };
    let note = page.text("document.querySelector('.run-note').innerText");
    assert_eq!(note, format!("Adam, seed 2: {accuracy:.2} %, 42.0 s of training; run {id}"));
    // It is gone with the pointer, and where a finger is, which moves nowhere, it is there at once.
    page.point(1.0, 1.0);
    let tell = |name: &str| {
        page.value(&format!(
            "(() => {{ const happens = {{ bubbles: true, clientX: 300, clientY: 400 }}; \
             document.querySelector('{dot}').dispatchEvent(new PointerEvent('{name}', happens)); \
             const note = document.querySelector('.run-note'); \
             return note.hidden ? null : Math.round(note.getBoundingClientRect().bottom); }})()"
        ))
    };
    for gone in ["pointerout", "pointercancel", "click"] {
        assert_eq!(tell(gone), Value::Null, "{gone}");
        assert_eq!(tell("pointerover"), 386, "{gone}");
    }
    page.click(x, y);
    page.settle();
    assert!(page.text("location.pathname").ends_with("/runs-nin-shapes.html"));
    assert_eq!(fragment(&page), format!("#run-{id}"));
    // The row is marked, and opens to what repeats the run.
    assert_eq!(page.text("document.querySelector('tr:target th').innerText.trim()"), "Adam");
    page.value("document.querySelector('tr:target details').open = true");
    let row = page.text("document.querySelector('tr:target .of-run').innerText");
    assert!(row.contains(&format!("inna-bench verify quick --run {id}")), "{row}");
    assert!(row.contains("learning_rate = ") && row.contains(&adam(&all).fingerprint), "{row}");
    let seen = page.text("document.querySelector('tr:target .sparks').innerText");
    assert!(seen.contains(&format!("→ {}", three_digits(accuracy))), "{seen}");
}

/// `x` to three digits.
fn three_digits(x: f64) -> String {
    format!("{x:.1}")
}

#[test]
fn a_thin_line_is_met_beside_it_and_says_which_run_it_is() {
    let folder = small();
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join(TASK), "");
    let lines = "document.querySelectorAll('#figure-nin-shapes-train_loss .view:not([hidden]) .on-window polyline.hit')";
    // Four runs of Adam, five of SGD and of INNA.
    assert_eq!(page.value(&format!("{lines}.length")), 14);
    let met = page.text(&format!(
        "(() => {{ const line = {lines}[0]; line.scrollIntoView({{block: 'center'}}); const svg = line.ownerSVGElement; \
         const p = line.points[Math.floor(line.points.length / 2)]; const to = line.getScreenCTM(); \
         const [x, y] = [to.a * p.x + to.e, to.d * p.y + to.f + 3]; \
         return [...document.elementsFromPoint(x, y)].some(e => e === line) ? 'met' : 'missed'; }})()"
    ));
    assert_eq!(met, "met");
    // A hidden entry takes what lies over its lines along.
    page.open(&folder.path().join(TASK), "#hide=adam");
    let seen =
        page.value(&format!("[...{lines}].filter(line => getComputedStyle(line).display !== 'none').length"));
    assert_eq!(seen, 10);
}

#[test]
fn without_the_script_dots_have_titles_and_the_table_leads_to_the_runs() {
    let study = manifest(5);
    let all = records(&study);
    let (_, folder) = made(&study, &all);
    let page = read(&folder, TASK);
    let id = &adam(&all).id;
    assert!(page.contains(&format!("; run {id}</title></circle>")));
    assert!(page.contains(&format!("; run {id}</title></polyline>")));
    assert!(page.contains(&format!("<a href=\"runs-nin-shapes.html#run-{id}\">")));
    let runs = read(&folder, "runs-nin-shapes.html");
    assert!(runs.contains(&format!("id=\"run-{id}\"")));
    // One diverged: where and how is said; what is missing has no command that could repeat it.
    assert!(runs.contains("training loss is NaN at step 511"));
    assert_eq!(runs.matches("inna-bench verify quick --run ").count(), 14);
    // No record lies beside this report; of one that does the page shows the file.
    assert!(!runs.contains("run.json"));
    let place = folder.path().join("store/nin-shapes").join(id.as_str());
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("run.json"), "{}").unwrap();
    reports::build(&study, &all, folder.path()).unwrap();
    let link = format!("<a href=\"store/nin-shapes/{id}/run.json\">run.json</a>");
    let runs = read(&folder, "runs-nin-shapes.html").replace("&#x2f;", "/");
    assert_eq!(runs.matches(&link).count(), 1);
}

#[test]
fn every_heading_and_figure_can_be_pointed_at() {
    let (_folders, pages) = all();
    for path in pages {
        let page = fs::read_to_string(&path).unwrap();
        let headings = page.matches("</h2>").count() + page.matches("</h3>").count();
        let figures = page.matches("<figure class=\"plot").count();
        let links: Vec<&str> = page
            .split("class=\"anchor\" href=\"#")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        assert_eq!(links.len(), headings + figures, "{}", path.display());
        for link in links {
            assert_eq!(page.matches(&format!(" id=\"{link}\"")).count(), 1, "{} {link}", path.display());
        }
    }
}
