//! Settings and circumstances that two reports do not share.

use super::earlier::{Earlier, Named, Task};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Something that is set or was so, before and after.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Setting {
    /// Heading of the task; none for the whole study.
    pub task: Option<String>,
    /// Name of the entry; none for the whole task.
    pub entry: Option<String>,
    /// Name.
    pub name: String,
    /// Value before; none if it was not said.
    pub before: Option<String>,
    /// Value after.
    pub after: Option<String>,
}

/// Settings of tasks and entries that both sides have, and the margin.
pub(super) fn settings(before: &Earlier, after: &Earlier) -> Vec<Setting> {
    let mut found = Vec::new();
    for task in &after.tasks {
        let Some(old) = before.task(&task.name) else { continue };
        let mut differing = |entry: Option<&str>, before: &[Named], after: &[Named]| {
            found.extend(differences(before, after).into_iter().map(|(name, before, after)| Setting {
                task: Some(task.title.clone()),
                entry: entry.map(String::from),
                name,
                before,
                after,
            }));
        };
        let listed = |of: &Task| {
            let Task { settings, margin, reference, measure, metric, .. } = of;
            let points = measure.as_ref().map_or("percentage points", |measure| &measure.differences);
            let (margin_name, metric) =
                (format!("margin, {points}"), Some(metric.clone()).filter(|it| !it.is_empty()));
            let mut all = settings.to_vec();
            let extra = [(margin_name.as_str(), margin), ("reference", reference), ("judged by", &metric)];
            for (name, value) in extra {
                // A task's own settings say the same.
                let key = name.split(',').next().unwrap_or(name);
                if let (Some(value), false) = (value, settings.iter().any(|s| s.name == key)) {
                    all.push(Named { name: name.into(), value: value.clone() });
                }
            }
            all
        };
        differing(None, &listed(old), &listed(task));
        for entry in &task.entries {
            let Some(old) = old.entry(&entry.key) else { continue };
            let with_optimizer = |hyper: &[Named], optimizer: &str| {
                let optimizer = Named { name: "optimizer".into(), value: optimizer.into() };
                std::iter::once(optimizer).chain(hyper.to_vec()).collect::<Vec<_>>()
            };
            differing(
                Some(&entry.title),
                &with_optimizer(&old.hyper, &old.optimizer),
                &with_optimizer(&entry.hyper, &entry.optimizer),
            );
        }
    }
    found
}

/// The study, its seed, and what its runs were made with.
pub(super) fn circumstances(before: &Earlier, after: &Earlier) -> Vec<Setting> {
    let listed = |report: &Earlier| {
        let mut all = vec![Named { name: "study".into(), value: report.study.clone() }];
        let seed = report.provenance.master_seed;
        all.extend(seed.map(|seed| Named { name: "master seed".into(), value: seed.to_string() }));
        all.extend(report.provenance.facts.iter().cloned());
        all
    };
    differences(&listed(before), &listed(after))
        .into_iter()
        .map(|(name, before, after)| Setting { task: None, entry: None, name, before, after })
        .collect()
}

/// Names whose values differ, in the order of the second list, then what only the first has.
fn differences(before: &[Named], after: &[Named]) -> Vec<(String, Option<String>, Option<String>)> {
    let old: BTreeMap<&str, &str> = before.iter().map(|n| (n.name.as_str(), n.value.as_str())).collect();
    let new: BTreeMap<&str, &str> = after.iter().map(|n| (n.name.as_str(), n.value.as_str())).collect();
    let lost = before.iter().filter(|n| !new.contains_key(n.name.as_str()));
    after
        .iter()
        .chain(lost)
        .map(|n| n.name.as_str())
        .map(|name| (name, old.get(name).copied(), new.get(name).copied()))
        .filter(|(_, before, after)| before != after)
        .map(|(name, before, after)| (name.into(), before.map(String::from), after.map(String::from)))
        .collect()
}
