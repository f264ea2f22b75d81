//! Pages of optimizers by themselves, without a study: what they are, what they cost, what was checked.

use crate::view::{CheckView, ParameterView};
use crate::words::Fact;
use crate::words::text::value;
use crate::{ReportError, pages};
use records::{OptimizerCard, write_atomically};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Text by which a page is known for one of ours.
const MARK: &str = "<!-- Made by inna-bench: optimizers by themselves. -->";

/// An optimizer with its defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct Specimen {
    /// What there is to say of it, its checks among it.
    pub card: OptimizerCard,
    /// Its rule as one `<math>` element.
    pub mathml: String,
    /// Names of its states.
    pub states: Vec<String>,
    /// Bytes that are kept beside each parameter.
    pub state_bytes_per_parameter: f64,
    /// Time of an update over that of plain SGD: median, least and most.
    pub times: [f64; 3],
}

/// What a page shows.
#[derive(Serialize)]
struct Shown<'a> {
    page: String,
    title: &'a str,
    words: &'a str,
    name: &'a str,
    reference: &'a str,
    source: &'a str,
    rules: [Rule<'a>; 1],
    parameters: Vec<ParameterView>,
    searches: Vec<Search<'a>>,
    cost: Vec<Fact>,
    state_bytes: String,
    time: String,
    checks: Vec<CheckView>,
    passed: usize,
}

/// The only rule of a [`Shown`].
#[derive(Serialize)]
struct Rule<'a> {
    entries: [&'a str; 1],
    mathml: &'a str,
    states: &'a [String],
}

#[derive(Serialize)]
struct Search<'a> {
    hyper: &'a str,
    values: Vec<String>,
    reason: &'a str,
}

impl Specimen {
    fn shown(&self) -> Shown<'_> {
        let Self { card, .. } = self;
        let (state_bytes, [median, least, most]) =
            (format!("{:.2}", self.state_bytes_per_parameter), self.times);
        let fact = |name: &str, value: String| Fact { name: name.into(), value };
        let cost = vec![
            fact("state, bytes per parameter", state_bytes.clone()),
            fact("update", format!("{median:.1} times plain SGD’s ({least:.1} to {most:.1})")),
            fact("hyper-parameters", card.parameters.len().to_string()),
        ];
        Shown {
            page: format!("{}.html", card.name),
            title: &card.title,
            words: &card.words,
            name: &card.name,
            reference: &card.reference,
            source: &card.source,
            rules: [Rule { entries: [&card.title], mathml: &self.mathml, states: &self.states }],
            parameters: card.parameters.iter().map(ParameterView::from).collect(),
            searches: card
                .searches
                .iter()
                .map(|search| Search {
                    hyper: &search.hyper,
                    values: search.values.iter().map(value).collect(),
                    reason: &search.reason,
                })
                .collect(),
            cost,
            state_bytes,
            time: format!("{median:.1}"),
            passed: card.checks.iter().filter(|check| check.passed).count(),
            checks: card.checks.iter().map(CheckView::from).collect(),
        }
    }
}

/// The files of [`specimen_pages`], for optimizers of these names.
///
/// # Errors
/// If a file of one of these names is there that is none of ours.
pub fn specimen_places<'a>(
    folder: &Path,
    names: impl Iterator<Item = &'a str>,
    index: bool,
) -> Result<Vec<PathBuf>, ReportError> {
    let files: Vec<PathBuf> = index
        .then_some("index")
        .into_iter()
        .chain(names)
        .map(|name| folder.join(format!("{name}.html")))
        .collect();
    for path in &files {
        if path.symlink_metadata().is_ok() && !records::text::read(path).is_ok_and(|text| text.contains(MARK))
        {
            return Err(ReportError::NotOurs { path: path.clone() });
        }
    }
    Ok(files)
}

/// Writes a page for every optimizer into `folder`, `NAME.html`, and with `index` a list of them. `measured` says how costs were
/// measured. Gives the files.
///
/// # Errors
/// If a file of that name is there that is none of ours, or cannot be written.
pub fn specimen_pages(
    folder: &Path,
    specimens: &[Specimen],
    index: bool,
    measured: &str,
) -> Result<Vec<PathBuf>, ReportError> {
    let shown: Vec<Shown<'_>> = specimens.iter().map(Specimen::shown).collect();
    let mut texts = Vec::new();
    if index {
        texts.push(("index.html".to_owned(), pages::specimens(&shown, measured, MARK)?));
    }
    for one in &shown {
        texts.push((one.page.clone(), pages::specimen(one, index, measured, MARK)?));
    }
    let files = specimen_places(folder, specimens.iter().map(|it| it.card.name.as_str()), index)?;
    for (file, (_, text)) in files.iter().zip(&texts) {
        write_atomically(file, text.as_bytes())?;
    }
    Ok(files)
}
