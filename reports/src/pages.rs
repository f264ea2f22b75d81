//! The pages, from templates that are files of their own.

use crate::anchors::anchored;
use crate::error::ReportError;
use crate::figures::Drawings;
use crate::json::shown;
use crate::meanings::explained;
use crate::view::Report;
use crate::words::text::{colour_class, unbroken};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use records::text::visible;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const TEMPLATES: [(&str, &str); 37] = [
    ("base.html", include_str!("../templates/base.html")),
    ("style.css", include_str!("../templates/style.css")),
    ("script/whole.js", include_str!("../templates/script/whole.js")),
    ("script/state.js", include_str!("../templates/script/state.js")),
    ("script/tables.js", include_str!("../templates/script/tables.js")),
    ("script/columns.js", include_str!("../templates/script/columns.js")),
    ("script/entries.js", include_str!("../templates/script/entries.js")),
    ("script/views.js", include_str!("../templates/script/views.js")),
    ("script/bands.js", include_str!("../templates/script/bands.js")),
    ("script/drawings.js", include_str!("../templates/script/drawings.js")),
    ("script/ticks.js", include_str!("../templates/script/ticks.js")),
    ("script/readout.js", include_str!("../templates/script/readout.js")),
    ("script/runs.js", include_str!("../templates/script/runs.js")),
    ("script/part.js", include_str!("../templates/script/part.js")),
    ("script/brush.js", include_str!("../templates/script/brush.js")),
    ("script/zoom.js", include_str!("../templates/script/zoom.js")),
    ("script/pairs.js", include_str!("../templates/script/pairs.js")),
    ("script/page.js", include_str!("../templates/script/page.js")),
    ("overview.html", include_str!("../templates/overview.html")),
    ("task.html", include_str!("../templates/task.html")),
    ("paper.html", include_str!("../templates/paper.html")),
    ("tuning.html", include_str!("../templates/tuning.html")),
    ("theory.html", include_str!("../templates/theory.html")),
    ("comparisons.html", include_str!("../templates/comparisons.html")),
    ("optimizer.html", include_str!("../templates/optimizer.html")),
    ("method.html", include_str!("../templates/method.html")),
    ("parts.html", include_str!("../templates/parts.html")),
    ("changes.html", include_str!("../templates/changes.html")),
    ("runs.html", include_str!("../templates/runs.html")),
    ("provenance.html", include_str!("../templates/provenance.html")),
    ("plain.html", include_str!("../templates/plain.html")),
    ("list.html", include_str!("../templates/list.html")),
    ("specimen.html", include_str!("../templates/specimen.html")),
    ("specimens.html", include_str!("../templates/specimens.html")),
    ("single.html", include_str!("../templates/single.html")),
    ("single.css", include_str!("../templates/single.css")),
    ("script/sheets.js", include_str!("../templates/script/sheets.js")),
];

/// A value as JSON inside a `<script>`: nothing in it can end the element or begin another.
fn script_data(value: &Value) -> Result<Value, minijinja::Error> {
    let json = shown(value).map_err(|e| {
        minijinja::Error::new(minijinja::ErrorKind::BadSerialization, "numbers behind a figure")
            .with_source(e)
    })?;
    let escaped = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    Ok(Value::from_safe_string(escaped))
}

/// What a page may do: show itself. Nothing is fetched, sent or embedded, no other script or style than the two of every page
/// is run, whatever text got into it. A `<meta>` of a file that is opened says it as a server would.
fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
        hash(script),
        hash(style)
    )
}

/// The files of the pages, in the order in which they are made.
pub(crate) fn names(report: &Report) -> impl Iterator<Item = &str> {
    let tasks = report.tasks.iter().map(|task| task.page.as_str());
    let optimizers = report.optimizers.iter().map(|optimizer| optimizer.page.as_str());
    let runs = report.runs.iter().map(|runs| runs.page.as_str());
    studied(report).chain(tasks).chain(runs).chain(optimizers)
}

/// The pages about the study as a whole.
fn studied(report: &Report) -> impl Iterator<Item = &str> {
    let pages = [
        ("index.html", true),
        ("paper.html", report.paper.is_some()),
        ("comparisons.html", !report.contests.is_empty()),
        ("tuning.html", !report.tuning.is_empty()),
        ("theory.html", !report.theory.is_empty()),
        ("changes.html", report.changes.is_some()),
        ("method.html", true),
        ("provenance.html", true),
    ];
    pages.into_iter().filter(|(_, exists)| *exists).map(|(page, _)| page)
}

/// The page above several reports; `mark` is the comment by which it is known.
pub(crate) fn list<R: serde::Serialize>(reports: &[R], mark: &str) -> Result<String, ReportError> {
    plain("list.html", mark, context! { reports => Value::from(Serde(reports)) })
}

/// The page of an optimizer by itself; with `listed` it leads to the list of all.
pub(crate) fn specimen(
    optimizer: &impl serde::Serialize,
    listed: bool,
    measured: &str,
    mark: &str,
) -> Result<String, ReportError> {
    plain("specimen.html", mark, context! { optimizer => Value::from(Serde(optimizer)), listed, measured })
}

/// The list of optimizers by themselves.
pub(crate) fn specimens<S: serde::Serialize>(
    optimizers: &[S],
    measured: &str,
    mark: &str,
) -> Result<String, ReportError> {
    plain("specimens.html", mark, context! { optimizers => Value::from(Serde(optimizers)), measured })
}

/// A page that belongs to no study and runs nothing.
fn plain(template: &str, mark: &str, subject: Value) -> Result<String, ReportError> {
    let environment = environment()?;
    let style = whole_text(&environment, "style.css", Form::Folder)?;
    let values = context! {
        policy => policy(&style, ""),
        style => Value::from_safe_string(style),
        mark => Value::from_safe_string(mark.to_owned()),
        ..subject
    };
    Ok(visible(&fill(&environment, template, template, values)?).into_owned())
}

/// The templates, ready to be filled.
fn environment() -> Result<Environment<'static>, ReportError> {
    let mut environment = Environment::new();
    // A name the view does not have is a mistake in a template, not an empty cell.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.map_err(|source| ReportError::Page { name: "syntax".into(), source })?);
    environment.add_filter("script_data", script_data);
    environment.add_filter("colour_class", |colour: String| colour_class(&colour));
    environment.add_filter("unbroken", |text: String| unbroken(&text));
    for (name, source) in TEMPLATES {
        environment
            .add_template(name, source)
            .map_err(|source| ReportError::Page { name: name.into(), source })?;
    }
    Ok(environment)
}

fn fill(environment: &Environment, template: &str, page: &str, values: Value) -> Result<String, ReportError> {
    environment
        .get_template(template)
        .and_then(|t| t.render(values))
        .map_err(|source| ReportError::Page { name: page.into(), source })
}

/// Text of a style or script, as it is written and hashed.
fn whole_text(environment: &Environment, template: &str, form: Form) -> Result<String, ReportError> {
    let values = context! { single => form == Form::SingleFile };
    Ok(format!("\n{}\n", visible(&fill(environment, template, template, values)?)))
}

/// How pages are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Each in a file.
    Folder,
    /// All in one file.
    SingleFile,
}

/// What every page wears.
pub(crate) struct Dress {
    /// What it may do.
    pub policy: String,
    /// The one style.
    pub style: String,
    /// The one script.
    pub script: String,
}

/// Style and script of pages, and the policy that lets these two and no others be.
pub(crate) fn dress(form: Form) -> Result<Dress, ReportError> {
    let environment = environment()?;
    let mut style = whole_text(&environment, "style.css", form)?;
    if form == Form::SingleFile {
        style += &whole_text(&environment, "single.css", form)?;
    }
    let script = whole_text(&environment, "script/whole.js", form)?;
    Ok(Dress { policy: policy(&style, &script), style, script })
}

/// What is said below the pages of a single file: the link that holds the manifest, and the files that only a folder has.
pub(crate) fn note(manifest: Option<&str>, left: &[&str]) -> Result<String, ReportError> {
    fill(&environment()?, "single.html", "single.html", context! { manifest, left => left.join(", ") })
}

/// Fills every page and hands it to `take` with its file name. `figures` are finished drawings by name.
pub(crate) fn pages(
    report: &Report,
    figures: BTreeMap<String, Drawings>,
    take: &mut dyn FnMut(&str, String) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    let environment = environment()?;
    // Values are made once and shared by the pages.
    let values = |Drawings { wide, narrow }| {
        let [wide, narrow] = [wide, narrow].map(Value::from_safe_string);
        context! { wide, narrow }
    };
    let figures: BTreeMap<String, Value> =
        figures.into_iter().map(|(name, drawings)| (name, values(drawings))).collect();
    let (figures, whole) = (Value::from(figures), Value::from(Serde(report)));
    let Dress { policy, style, script } = dress(Form::Folder)?;
    let (style, script) = (Value::from_safe_string(style), Value::from_safe_string(script));
    let render = |template: &str, page: &str, subject: Value| {
        let values = context! {
            report => whole.clone(),
            page,
            policy => policy.clone(),
            style => style.clone(),
            script => script.clone(),
            figures => figures.clone(),
            ..subject
        };
        // Every page goes through here: foreign text shows itself and steers nothing.
        Ok::<_, ReportError>(
            visible(&explained(&anchored(&fill(&environment, template, page, values)?))).into_owned(),
        )
    };
    for page in studied(report) {
        // The overview is what a folder opens with.
        let template = if page == "index.html" { "overview.html" } else { page };
        take(page, render(template, page, context! {})?)?;
    }
    let all = &report.provenance.runs;
    for (task, runs) in report.tasks.iter().zip(&report.runs) {
        let task_value = Value::from(Serde(task));
        take(&task.page, render("task.html", &task.page, context! { task => task_value.clone() })?)?;
        let listed: Vec<_> = all.iter().filter(|run| run.task == task.name && run.listed).collect();
        let none = Vec::new();
        let sparks: BTreeMap<&str, _> =
            listed.iter().map(|run| (run.id.as_str(), report.sparks.get(&run.id).unwrap_or(&none))).collect();
        let subject = context! {
            task => task_value,
            page_of_runs => Value::from(Serde(runs)),
            sparks => Value::from(Serde(&sparks)),
            runs => Value::from(Serde(&listed)),
        };
        take(&runs.page, render("runs.html", &runs.page, subject)?)?;
    }
    for optimizer in &report.optimizers {
        let page = &optimizer.page;
        let subject = context! { optimizer => Value::from(Serde(optimizer)) };
        take(page, render("optimizer.html", page, subject)?)?;
    }
    Ok(())
}
