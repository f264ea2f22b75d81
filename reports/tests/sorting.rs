//! Tables sorted in Chromium: by keyboard, body by body, and by numbers as they are printed.

#![allow(clippy::unwrap_used)]

#[path = "common/chromium.rs"]
mod chromium;
mod common;
#[path = "common/seen.rs"]
mod seen;

use chromium::Chromium;
use common::{compared, manifest, records};
use seen::*;
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;

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
            "\u{2212}12\u{202f}500",
            "\u{2212}0.5",
            "\u{2212}1.2 × 10⁻³",
            "0",
            "10⁻⁷",
            "1.2 × 10⁻³",
            "<0.01",
            "5 %",
            "63.41",
            "987",
            "1\u{202f}234",
            "2.5 × 10⁶",
        ],
        // Times of steps against those of SGD; of an interval what stands for it.
        vec!["0.125×", "0.97×", "≈ 1×", "1.50×", "12.0×"],
        vec!["[\u{2212}0.5, 3.0]", "± 0.05", "± 1.20", "[31.0, 100.0]", "± 33.02"],
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

/// Over three tasks: a column goes with its cells, the address knows it, and an address from elsewhere cannot take the names away.
#[test]
fn columns_of_the_first_table_can_be_hidden() {
    let values: [(&str, &[f64], &[f64]); 2] =
        [("fast", &[1.0; 5], &[0.75; 5]), ("slow", &[1.0; 5], &[0.5; 5])];
    let (study, records) = common::given::thrice(&values, false);
    let folder = common::made(&study, &records).1;
    let browser = Chromium::new();
    let page = browser.page(1280, 800);
    page.open(&folder.path().join("index.html"), "");
    let seen = |page: &chromium::Page| {
        page.value(
            "[...document.querySelectorAll('#standings tr')].map(row => [...row.cells].filter(cell => \
             cell.checkVisibility()).length)",
        )
    };
    assert_eq!(seen(&page), json!([5, 5, 5]));
    page.tab_to(".columns summary");
    page.press("Enter");
    page.tab_to(".columns label:nth-of-type(2) input");
    page.press(" ");
    assert_eq!((seen(&page), fragment(&page).as_str()), (json!([4, 4, 4]), "#columns=standings:2"));
    assert!(status(&page).ends_with("hidden."), "{}", status(&page));
    assert_eq!(page.text("document.querySelector('.columns summary').textContent"), "Columns: 1 of 4 hidden");
    page.reload();
    assert_eq!(seen(&page), json!([4, 4, 4]));
    page.tab_to(".columns summary");
    page.press("Enter");
    page.tab_to(".columns button");
    page.press("Enter");
    assert_eq!((seen(&page), fragment(&page).as_str()), (json!([5, 5, 5]), ""));
    page.open(&folder.path().join("index.html"), "#columns=standings:0,standings:9,other:1,standings:x");
    assert_eq!(seen(&page), json!([5, 5, 5]));
    is_silent(&page);
}
