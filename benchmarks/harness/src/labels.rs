//! Titles of entries: what tells the entries of one optimizer apart stands in them.

use crate::EntrySettings;
use records::{Entry, setting_words};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Gives every entry its title: the study's; or the optimizer's, with the values of a grid, or with the hyper-parameters in
/// which it differs from the optimizer's other entries (values that were searched for only where nothing else does).
///
/// # Errors
/// If two entries have one title after that.
pub(crate) fn title(entries: &mut [Entry], settings: &[EntrySettings]) -> Result<(), String> {
    let mut alike: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, (entry, settings)) in entries.iter_mut().zip(settings).enumerate() {
        match (&settings.title, &settings.tried) {
            (Some(title), Some(tried)) => entry.title = format!("{title}, {tried}"),
            (None, Some(tried)) => entry.title = format!("{}, {tried}", settings.optimizer),
            (Some(title), None) => entry.title.clone_from(title),
            (None, None) => alike.entry(settings.optimizer.clone()).or_default().push(i),
        }
    }
    for group in alike.values().filter(|group| group.len() > 1) {
        let hypers: Vec<&Value> = group.iter().map(|&i| &entries[i].hyper).collect();
        let all = differing(&hypers);
        let open: BTreeSet<&str> = group.iter().flat_map(|&i| settings[i].open()).collect();
        let fixed: Vec<String> = all.iter().filter(|key| !open.contains(key.as_str())).cloned().collect();
        let titles = |keys: &[String]| -> Vec<String> {
            group.iter().map(|&i| with_values(&entries[i], keys)).collect()
        };
        let mut given = titles(&fixed);
        if given.iter().collect::<BTreeSet<_>>().len() < given.len() {
            given = titles(&all);
        }
        for (&i, title) in group.iter().zip(given) {
            entries[i].title = title;
        }
    }
    // What nobody wrote and still is another's gets its key.
    let counts = count(entries);
    for (entry, _) in entries.iter_mut().zip(settings).filter(|(_, settings)| settings.title.is_none()) {
        if counts.get(plain(&entry.title).as_str()).is_some_and(|count| *count > 1) {
            entry.title = format!("{} ({})", entry.title, entry.key);
        }
    }
    let mut seen = BTreeMap::new();
    for entry in entries.iter() {
        if let Some(other) = seen.insert(plain(&entry.title), &entry.key) {
            return Err(format!(
                "entries `{other}` and `{}` have the title `{}`; give one of them another `title`",
                entry.key, entry.title
            ));
        }
    }
    Ok(())
}

/// Keys in which some of the maps differ, sorted.
pub(crate) fn differing(hypers: &[&Value]) -> Vec<String> {
    let keys: BTreeSet<&String> =
        hypers.iter().filter_map(|hyper| hyper.as_object()).flat_map(|m| m.keys()).collect();
    let differs = |key: &str| hypers.windows(2).any(|pair| pair[0].get(key) != pair[1].get(key));
    keys.into_iter().filter(|key| differs(key)).cloned().collect()
}

fn count(entries: &[Entry]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for entry in entries {
        *counts.entry(plain(&entry.title)).or_default() += 1;
    }
    counts
}

/// A title as readers see it: spaces are one.
pub(crate) fn plain(title: &str) -> String {
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn with_values(entry: &Entry, keys: &[String]) -> String {
    let values =
        keys.iter().filter_map(|key| Some(format!(", {key} {}", setting_words(entry.hyper.get(key)?))));
    format!("{}{}", entry.title, values.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizers::OptimizerFile;
    use crate::{competitors, manifest};

    /// Titles of the entries of a task, or why there are none.
    fn titles(text: &str) -> Result<Vec<String>, String> {
        let given: Vec<EntrySettings> = serde_yaml::from_str(text).unwrap();
        let settings: Vec<EntrySettings> = given.iter().flat_map(EntrySettings::expand).collect();
        let shared = OptimizerFile { catalogue: catalogue::ALL, ..OptimizerFile::default() };
        let mut entries: Vec<Entry> = settings
            .iter()
            .map(|settings| {
                // As if the search had found this.
                let mut filled = settings.clone();
                settings.open().for_each(|name| drop(filled.hyper.insert(name.to_owned(), 0.5.into())));
                let method = competitors::method(&filled, &shared).unwrap();
                manifest::entry(settings.name().to_owned(), settings, method.as_ref())
            })
            .collect();
        title(&mut entries, &settings)?;
        Ok(entries.into_iter().map(|entry| entry.title).collect())
    }

    #[test]
    fn what_differs_stands_in_the_title() {
        for (text, expected) in [
            ("[{optimizer: sgd}, {optimizer: adam, key: b}]", vec!["SGD", "Adam"]),
            (
                "[{optimizer: sgd, key: low, hyper: {learning_rate: 0.01}}, {optimizer: sgd, key: high, hyper: {learning_rate: 1e30}}]",
                vec!["SGD, learning_rate 0.01", "SGD, learning_rate 1e30"],
            ),
            (
                "[{optimizer: sgd, hyper: {learning_rate: tuned}}, {optimizer: sgd, key: b, hyper: {learning_rate: tuned, momentum: 0.9}}]",
                vec!["SGD, momentum 0", "SGD, momentum 0.9"],
            ),
            (
                "[{optimizer: inna}, {optimizer: inna, key: b, hyper: {schedule: {kind: step, every: 5, factor: 0.5}}}]",
                vec!["INNA, schedule power 0.5", "INNA, schedule step 5 0.5"],
            ),
            ("[{optimizer: sgd}, {optimizer: sgd, key: b}]", vec!["SGD (sgd)", "SGD (b)"]),
            (
                "[{optimizer: sgd, grid: {momentum: [0, 0.5]}}, {optimizer: sgd, key: b, grid: {momentum: [0]}}]",
                vec![
                    "sgd, momentum 0 (sgd-momentum-0)",
                    "sgd, momentum 0.5",
                    "sgd, momentum 0 (b-momentum-0)",
                ],
            ),
            ("[{optimizer: sgd, title: Adam}, {optimizer: adam}]", vec!["Adam", "Adam (adam)"]),
        ] {
            assert_eq!(titles(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn titles_that_were_given_twice_are_refused() {
        for text in [
            "[{optimizer: sgd, title: A}, {optimizer: adam, title: A}]",
            "[{optimizer: sgd, title: A  b}, {optimizer: adam, title: ' A b'}]",
            "[{optimizer: sgd, title: A, grid: {momentum: [0]}}, {optimizer: sgd, key: b, title: A, grid: {momentum: [0]}}]",
        ] {
            let message = titles(text).unwrap_err();
            assert!(message.contains("have the title") && message.contains("`title`"), "{message}");
        }
    }
}
