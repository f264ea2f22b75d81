//! What can be seen of a page, and the pages to look at.
#![allow(dead_code, clippy::unwrap_used)]

use crate::chromium::Page;
use crate::common::{made, manifest, paper, records};
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// The small study with five seeds.
pub fn small() -> TempDir {
    let study = manifest(5);
    made(&study, &records(&study)).1
}

/// Every page of a study with everything a paper brings, and of one before its first run.
pub fn all() -> (Vec<TempDir>, Vec<PathBuf>) {
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

/// The page of the task that is trained.
pub const TASK: &str = "task-nin-shapes.html";

/// Its figure with every view.
pub const LOSS: &str = "#figure-nin-shapes-train_loss";

/// What the address ends in.
pub fn fragment(page: &Page) -> String {
    page.text("location.hash")
}

/// Keys of the rows of a table that can be seen, in their order.
pub fn rows(page: &Page, table: &str) -> Vec<String> {
    let seen = format!(
        "[...document.querySelectorAll('{table} tbody tr[data-entry]')].filter(row => row.checkVisibility())\
         .map(row => row.dataset.entry).join(' ')"
    );
    page.text(&seen).split_whitespace().map(String::from).collect()
}

/// Keys of the shapes in the figures that can be seen; a pair has lists of its own.
pub fn shapes(page: &Page) -> Vec<String> {
    let seen = "[...new Set([...document.querySelectorAll('figure:not([data-pair] *) svg [data-entry]')].filter(shape => \
                getComputedStyle(shape).display !== 'none').map(shape => shape.dataset.entry))].sort().join(' ')";
    page.text(seen).split_whitespace().map(String::from).collect()
}

/// What was said last to those who hear the page.
pub fn status(page: &Page) -> String {
    page.text("document.querySelector('[role=status]').textContent")
}

/// Whether an attribute has that value.
pub fn has(page: &Page, selector: &str, attribute: &str, value: &str) -> bool {
    let found = format!("document.querySelector({}).getAttribute('{attribute}')", json!(selector));
    page.value(&found) == value
}

/// Nothing has been complained of.
pub fn is_silent(page: &Page) {
    let complaints = page.complaints();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The view of a figure that can be seen, as "x y"; there is one.
pub fn view(page: &Page, figure: &str) -> String {
    page.text(&format!(
        "[...document.querySelectorAll('{figure} .view')].filter(view => view.checkVisibility())\
         .map(view => `${{view.dataset.x}} ${{view.dataset.y}}`).join(', ')"
    ))
}

/// The middle of an element, which is brought into the window.
pub fn place(page: &Page, selector: &str) -> (f64, f64) {
    let middle = format!(
        "(() => {{ const e = document.querySelector({}); e.scrollIntoView({{block: 'center'}}); const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()",
        json!(selector)
    );
    let middle = page.value(&middle);
    (middle[0].as_f64().unwrap(), middle[1].as_f64().unwrap())
}
