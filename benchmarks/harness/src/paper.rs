//! A paper's figures and claims as files under `configs/published`.

use crate::sheet::Sheet;
use crate::study::Shown;
use crate::suitability::has_column;
use crate::task::PaperCurves;
use crate::{ConfigError, Configs, Reason, reader};
use records::{Choice, Claims, Name, PaperFigure, PublishedCurve, TaskCard};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Columns of a training that a figure or a claim may be about.
const TRAINING: [&str; 6] = [
    "train_loss_running",
    "train_loss",
    "validation_loss",
    "validation_accuracy",
    "test_loss",
    "test_accuracy",
];

/// Quantities of a function's trajectory that a claim may be about.
const FUNCTION: [&str; 3] = ["log10_value", "crossings", "turns"];

/// A file of figures.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Figures {
    figures: Vec<PaperFigure>,
}

/// The curves of a data set, in the order of the file. Values outside the axes of their figure are left out.
pub(crate) fn curves(configs: &Configs, paper: &PaperCurves) -> Result<Vec<PublishedCurve>, ConfigError> {
    let (file, text) = configs.published(&paper.file)?;
    let sheet = Sheet::parse(&file, &text)?;
    let mut curves: Vec<PublishedCurve> = Vec::new();
    // Where a curve is in the list, by figure, metric and run.
    let mut places: BTreeMap<[&str; 3], usize> = BTreeMap::new();
    for row in sheet.rows() {
        let numbers = [row.number("epoch")?, row.number("mean")?, row.number("low")?, row.number("high")?];
        let [Some(epoch), Some(mean), Some(low), Some(high)] = numbers else { continue };
        if row.text("dataset")? != paper.dataset {
            continue;
        }
        let names = [row.text("figure")?, row.text("metric")?, row.text("run")?];
        let place = *places.entry(names).or_insert_with(|| {
            let [figure, metric, run] = names.map(str::to_owned);
            curves.push(PublishedCurve {
                entry: run,
                figure,
                metric,
                x: Vec::new(),
                y: Vec::new(),
                band: Vec::new(),
                incomparable: paper.incomparable.clone(),
                tolerance: 0.0,
                source: paper.source.clone(),
            });
            curves.len() - 1
        });
        let curve = &mut curves[place];
        curve.x.push(epoch);
        curve.y.push(mean);
        curve.band.push([low, high]);
    }
    if curves.is_empty() {
        return Err(ConfigError::new(&file, format!("no curve of dataset `{}`", paper.dataset)));
    }
    Ok(curves)
}

/// The figures that a study shows.
///
/// # Errors
/// If the file cannot be used, or a figure names a line that a task of the study lacks.
pub(crate) fn figures(
    configs: &Configs,
    shown: &Shown,
    cards: &[TaskCard],
) -> Result<Vec<PaperFigure>, ConfigError> {
    let (file, text) = configs.published(&shown.file)?;
    let parsed: Figures = reader::parse(&file, &text)?;
    let figures = only(&file, parsed.figures, &shown.only, |figure| &figure.name)?;
    let known = Known::new(cards);
    for figure in &figures {
        // Part of file names.
        Name::new(figure.name.as_str())
            .map_err(|e| ConfigError::new(&file, format!("figures: name: {e}")))?;
        for panel in &figure.panels {
            check_metric(&file, &figure.name, &panel.metric, &TRAINING)?;
            let Some(card) = card(cards, &panel.task) else { continue };
            check_column(&file, &figure.name, card, &panel.metric)?;
            for line in &panel.lines {
                known.check(&file, &figure.name, card, &line.entry)?;
                let metric =
                    if panel.metric == "test_accuracy" { "test_accuracy" } else { "log10_train_loss" };
                let place = (panel.published.as_str(), metric);
                let known = |run: &str| {
                    card.paper.is_empty()
                        || card
                            .paper
                            .iter()
                            .any(|c| c.entry == run && (c.figure.as_str(), c.metric.as_str()) == place)
                };
                if let Some(run) = line.run.as_deref().filter(|run| !known(run)) {
                    let message = format!(
                        "{}: task `{}`: no published run `{run}` in {}",
                        figure.name, panel.task, panel.published
                    );
                    return Err(ConfigError::new(file, message));
                }
            }
        }
    }
    Ok(figures)
}

/// The claims that a study checks.
///
/// # Errors
/// If the file cannot be used, or a claim compares entries that a task of the study lacks.
pub(crate) fn claims(configs: &Configs, shown: &Shown, cards: &[TaskCard]) -> Result<Claims, ConfigError> {
    let (file, text) = configs.published(&shown.file)?;
    let mut claims: Claims = reader::parse(&file, &text)?;
    claims.claims = only(&file, claims.claims, &shown.only, |claim| &claim.name)?;
    let known = Known::new(cards);
    for claim in &claims.claims {
        if (claim.comparisons.is_empty() && claim.factors.is_empty()) || claim.tasks.is_empty() {
            let message = format!("{}: tasks, and comparisons or factors, may not be empty", claim.name);
            return Err(ConfigError::new(file, message));
        }
        let compared = claim.comparisons.iter();
        let compared = compared.map(|c| ("comparisons", &c.metric, &c.at, vec![&c.entry, &c.than]));
        let factors = claim.factors.iter().map(|f| ("factors", &f.metric, &f.at, f.entries.iter().collect()));
        for (key, metric, at, names) in compared.chain(factors) {
            let metrics =
                if key == "factors" { TRAINING.to_vec() } else { [&TRAINING[..], &FUNCTION].concat() };
            check_metric(&file, &claim.name, metric, &metrics)?;
            check_place(&file, &format!("{}: {key}.at", claim.name), at)?;
            let names: Vec<&String> = names;
            let distinct: BTreeSet<&String> = names.iter().copied().collect();
            if distinct.len() < names.len().max(2) {
                let message = format!("{}: {key}: two or more different entries are accepted", claim.name);
                return Err(ConfigError::new(file, message));
            }
            for role in &claim.tasks {
                let Some(card) = card(cards, role) else { continue };
                check_column(&file, &claim.name, card, metric)?;
                for name in &names {
                    known.check(&file, &claim.name, card, name)?;
                }
            }
        }
    }
    Ok(claims)
}

fn check_place(file: &str, place: &str, shares: &[f64]) -> Result<(), ConfigError> {
    let ordered = shares.windows(2).all(|w| w[0] < w[1]);
    if matches!(shares.len(), 1 | 2) && ordered && shares.iter().all(|s| (0.0..=1.0).contains(s)) {
        return Ok(());
    }
    let message = format!(
        "{place}: {shares:?} is not usable; one share of the budget or two ascending ones, each from 0 to 1, are accepted"
    );
    Err(ConfigError::new(file, message))
}

/// Checks that a task's selections choose among its entries, and are not called like one.
pub(crate) fn check_selections(study: &str, card: &TaskCard) -> Result<(), ConfigError> {
    let keys: BTreeSet<&str> = card.entries.iter().map(|entry| entry.key.as_str()).collect();
    for selection in &card.selections {
        let refuse = |message: String| {
            let message = format!("{}: selection `{}`: {message}", card.name, selection.name);
            Err(ConfigError::new(format!("study `{study}`"), message))
        };
        if selection.of.is_empty() {
            return refuse("`of` is empty; name the entries to choose from".into());
        }
        if let Some(key) = selection.of.iter().find(|key| !keys.contains(key.as_str())) {
            return refuse(format!("no entry `{key}`"));
        }
        if keys.contains(selection.name.as_str()) {
            return refuse("an entry has this name; give it another".into());
        }
    }
    Ok(())
}

/// A task's open settings with their values.
pub(crate) fn choices(file: &str, reasons: &[Reason], settings: &Value) -> Result<Vec<Choice>, ConfigError> {
    let choice = |reason: &Reason| {
        let value = reason.key.split('.').try_fold(settings, |value, part| value.get(part));
        let value = value.cloned().ok_or_else(|| {
            ConfigError::new(
                file,
                format!("choices: there is no setting `{}` to give a reason for", reason.key),
            )
        })?;
        Ok(Choice { key: reason.key.clone(), value, reason: reason.reason.clone() })
    };
    reasons.iter().map(choice).collect()
}

fn card<'a>(cards: &'a [TaskCard], role: &str) -> Option<&'a TaskCard> {
    cards.iter().find(|card| card.role == role)
}

/// What figures and claims may name, by task: keys of entries, names of selections.
struct Known<'a>(BTreeMap<&'a str, BTreeSet<&'a str>>);

impl<'a> Known<'a> {
    fn new(cards: &'a [TaskCard]) -> Self {
        let names = |card: &'a TaskCard| {
            let keys = card.entries.iter().map(|entry| entry.key.as_str());
            keys.chain(card.selections.iter().map(|selection| selection.name.as_str())).collect()
        };
        Self(cards.iter().map(|card| (card.role.as_str(), names(card))).collect())
    }

    fn check(&self, file: &str, part: &str, card: &TaskCard, entry: &str) -> Result<(), ConfigError> {
        let names = self.0.get(card.role.as_str()).into_iter().flatten().copied();
        if self.0.get(card.role.as_str()).is_some_and(|names| names.contains(entry)) {
            return Ok(());
        }
        let near = rule::nearest(entry, names).map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
        Err(ConfigError::new(file, format!("{part}: task `{}` has no entry `{entry}`{near}", card.name)))
    }
}

/// Refuses what no run of the task measures: a claim about it could never be decided.
fn check_column(file: &str, part: &str, card: &TaskCard, metric: &str) -> Result<(), ConfigError> {
    if has_column(&card.kind, metric) {
        return Ok(());
    }
    let why = if metric.starts_with("validation_") {
        "it holds no images out; give it selection.validation_per_class"
    } else {
        "it is measured in another way"
    };
    Err(ConfigError::new(file, format!("{part}: metric `{metric}`: task `{}` has none: {why}", card.name)))
}

fn check_metric(file: &str, part: &str, metric: &str, accepted: &[&str]) -> Result<(), ConfigError> {
    if accepted.contains(&metric) {
        return Ok(());
    }
    let message = format!("{part}: metric `{metric}` is not known; accepted: {}", accepted.join(", "));
    Err(ConfigError::new(file, message))
}

fn only<T>(
    file: &str,
    parts: Vec<T>,
    names: &[String],
    name: fn(&T) -> &String,
) -> Result<Vec<T>, ConfigError> {
    let mut by_name: BTreeMap<String, T> = BTreeMap::new();
    let mut order = Vec::new();
    for part in parts {
        if by_name.contains_key(name(&part)) {
            return Err(ConfigError::new(
                file,
                format!("two parts are called `{}`; rename one", name(&part)),
            ));
        }
        order.push(name(&part).clone());
        by_name.insert(name(&part).clone(), part);
    }
    if let Some(unknown) = names.iter().find(|n| !by_name.contains_key(*n)) {
        return Err(ConfigError::new(
            file,
            format!("there is no `{unknown}`; here are: {}", order.join(", ")),
        ));
    }
    let wanted: BTreeSet<&String> = names.iter().collect();
    order.retain(|n| wanted.is_empty() || wanted.contains(n));
    Ok(order.iter().filter_map(|n| by_name.remove(n)).collect())
}
