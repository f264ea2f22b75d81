//! A paper's figures and claims as files under `configs/published`.

use crate::sheet::Sheet;
use crate::study::Shown;
use crate::task::PaperCurves;
use crate::{ConfigError, Configs, Reason};
use records::{Choice, Claims, PaperFigure, PublishedCurve, TaskCard};
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
    let parsed: Figures = parse(&file, &text)?;
    let figures = only(&file, parsed.figures, &shown.only, |figure| &figure.name)?;
    for figure in &figures {
        for panel in &figure.panels {
            check_metric(&file, &figure.name, &panel.metric, &TRAINING)?;
            let Some(card) = card(cards, &panel.task) else { continue };
            for line in &panel.lines {
                check_entry(&file, &figure.name, card, &line.entry)?;
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
    let mut claims: Claims = parse(&file, &text)?;
    claims.claims = only(&file, claims.claims, &shown.only, |claim| &claim.name)?;
    for claim in &claims.claims {
        if claim.comparisons.is_empty() || claim.tasks.is_empty() {
            return Err(ConfigError::new(
                file,
                format!("{}: tasks and comparisons may not be empty", claim.name),
            ));
        }
        for comparison in &claim.comparisons {
            check_metric(&file, &claim.name, &comparison.metric, &[&TRAINING[..], &FUNCTION].concat())?;
            let shares = &comparison.at;
            let ordered = shares.windows(2).all(|w| w[0] < w[1]);
            if !matches!(shares.len(), 1 | 2) || !ordered || !shares.iter().all(|s| (0.0..=1.0).contains(s)) {
                let message = format!(
                    "{}: comparisons.at: {shares:?} is not usable; one share of the budget or two ascending ones, each \
                     from 0 to 1, are accepted",
                    claim.name
                );
                return Err(ConfigError::new(file, message));
            }
            for role in &claim.tasks {
                let Some(card) = card(cards, role) else { continue };
                check_entry(&file, &claim.name, card, &comparison.entry)?;
                check_entry(&file, &claim.name, card, &comparison.than)?;
            }
        }
    }
    Ok(claims)
}

/// Checks that a task's selections choose among its entries.
pub(crate) fn check_selections(study: &str, card: &TaskCard) -> Result<(), ConfigError> {
    for selection in &card.selections {
        if let Some(key) = selection.of.iter().find(|key| !card.entries.iter().any(|e| e.key == **key)) {
            let message = format!("{}: selection `{}`: no entry `{key}`", card.name, selection.name);
            return Err(ConfigError::new(format!("study `{study}`"), message));
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

fn parse<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, ConfigError> {
    serde_yaml::from_str(text).map_err(|e| ConfigError::new(file, e.to_string()))
}

fn card<'a>(cards: &'a [TaskCard], role: &str) -> Option<&'a TaskCard> {
    cards.iter().find(|card| card.role == role)
}

fn check_entry(file: &str, part: &str, card: &TaskCard, entry: &str) -> Result<(), ConfigError> {
    let keys = card.entries.iter().map(|e| e.key.as_str());
    let mut keys = keys.chain(card.selections.iter().map(|s| s.name.as_str()));
    if keys.clone().any(|key| key == entry) {
        return Ok(());
    }
    let near =
        rule::nearest(entry, keys.by_ref()).map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
    Err(ConfigError::new(file, format!("{part}: task `{}` has no entry `{entry}`{near}", card.name)))
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
