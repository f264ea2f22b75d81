//! The pages, from templates that are files of their own.

use crate::ReportError;
use crate::view::text::colour_class;
use crate::view::{OptimizerView, Report, TaskView};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use std::collections::BTreeMap;

const TEMPLATES: [(&str, &str); 19] = [
    ("base.html", include_str!("../templates/base.html")),
    ("style.css", include_str!("../templates/style.css")),
    ("script/state.js", include_str!("../templates/script/state.js")),
    ("script/tables.js", include_str!("../templates/script/tables.js")),
    ("script/entries.js", include_str!("../templates/script/entries.js")),
    ("script/views.js", include_str!("../templates/script/views.js")),
    ("script/readout.js", include_str!("../templates/script/readout.js")),
    ("script/page.js", include_str!("../templates/script/page.js")),
    ("index.html", include_str!("../templates/index.html")),
    ("task.html", include_str!("../templates/task.html")),
    ("paper.html", include_str!("../templates/paper.html")),
    ("tuning.html", include_str!("../templates/tuning.html")),
    ("theory.html", include_str!("../templates/theory.html")),
    ("comparisons.html", include_str!("../templates/comparisons.html")),
    ("optimizer.html", include_str!("../templates/optimizer.html")),
    ("method.html", include_str!("../templates/method.html")),
    ("parts.html", include_str!("../templates/parts.html")),
    ("changes.html", include_str!("../templates/changes.html")),
    ("provenance.html", include_str!("../templates/provenance.html")),
];

/// A value as JSON inside a `<script>`: nothing in it can end the element or begin another.
fn script_data(value: &Value) -> Result<Value, minijinja::Error> {
    let json = serde_json::to_string(value).map_err(|e| {
        minijinja::Error::new(minijinja::ErrorKind::BadSerialization, "numbers behind a figure")
            .with_source(e)
    })?;
    let escaped = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    Ok(Value::from_safe_string(escaped))
}

/// Fills every page and hands it to `take` with its file name. `figures` are finished SVG elements by name.
pub(crate) fn pages(
    report: &Report,
    figures: BTreeMap<String, String>,
    take: &mut dyn FnMut(&str, String) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    let mut environment = Environment::new();
    // A name the view does not have is a mistake in a template, not an empty cell.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.map_err(|source| ReportError::Page { name: "syntax".into(), source })?);
    environment.add_filter("script_data", script_data);
    environment.add_filter("colour_class", |colour: String| colour_class(&colour));
    for (name, source) in TEMPLATES {
        environment
            .add_template(name, source)
            .map_err(|source| ReportError::Page { name: name.into(), source })?;
    }
    // Values are made once and shared by the pages.
    let figures: BTreeMap<String, Value> =
        figures.into_iter().map(|(name, svg)| (name, Value::from_safe_string(svg))).collect();
    let (figures, whole) = (Value::from(figures), Value::from(Serde(report)));
    let render = |template: &str, page: &str, task: Option<&TaskView>, optimizer: Option<&OptimizerView>| {
        let values = context! {
            report => whole.clone(),
            task => Value::from(Serde(task)),
            optimizer => Value::from(Serde(optimizer)),
            page,
            figures => figures.clone(),
        };
        environment
            .get_template(template)
            .and_then(|t| t.render(values))
            .map_err(|source| ReportError::Page { name: page.into(), source })
    };
    let studied = [
        ("index.html", true),
        ("paper.html", report.paper.is_some()),
        ("comparisons.html", !report.contests.is_empty()),
        ("tuning.html", !report.tuning.is_empty()),
        ("theory.html", !report.theory.is_empty()),
        ("changes.html", report.changes.is_some()),
        ("method.html", true),
        ("provenance.html", true),
    ];
    for (page, _) in studied.into_iter().filter(|(_, exists)| *exists) {
        take(page, render(page, page, None, None)?)?;
    }
    for task in &report.tasks {
        take(&task.page, render("task.html", &task.page, Some(task), None)?)?;
    }
    for optimizer in &report.optimizers {
        let page = &optimizer.page;
        take(page, render("optimizer.html", page, None, Some(optimizer))?)?;
    }
    Ok(())
}
