//! Names of files that nothing shares, and titles that tell what they are the titles of.

use crate::words::text::slug;
use records::text::visible;
use records::{Manifest, TaskKind};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a name, at most: with an extension it is still one that a list of files can hold.
const LONGEST: usize = 80;

/// The names, no two of them alike, in a file system that does not tell `A` from `a` neither. Of those that are alike the
/// first stays as it is and the others get a number; whoever is not among them keeps its name.
pub(crate) fn distinct(wanted: impl Iterator<Item = String>) -> Vec<String> {
    let wanted: Vec<String> = wanted.map(|name| name.chars().take(LONGEST).collect()).collect();
    let natural: BTreeSet<String> = wanted.iter().map(|name| name.to_lowercase()).collect();
    let mut taken = BTreeSet::new();
    let mut free = |name: String| {
        if taken.insert(name.to_lowercase()) {
            return name;
        }
        let mut is_free = |name: &String| {
            let name = name.to_lowercase();
            !natural.contains(&name) && taken.insert(name)
        };
        let free = (2_u64..).map(|k| format!("{name}-{k}")).find(|name| is_free(name));
        free.unwrap_or(name)
    };
    wanted.into_iter().map(&mut free).collect()
}

/// File of a task's page.
pub(crate) fn task_page(manifest: &Manifest, task: &str) -> String {
    page("task", manifest.tasks.iter().map(|card| card.name.as_str()), task)
}

/// File of the page of a task's runs.
pub(crate) fn runs_page(manifest: &Manifest, task: &str) -> String {
    page("runs", manifest.tasks.iter().map(|card| card.name.as_str()), task)
}

/// File of an optimizer's page.
pub(crate) fn optimizer_page(manifest: &Manifest, optimizer: &str) -> String {
    page("optimizer", manifest.optimizers.iter().map(|card| card.name.as_str()), optimizer)
}

fn page<'a>(kind: &str, all: impl Iterator<Item = &'a str> + Clone, name: &str) -> String {
    let names = distinct(all.clone().map(slug));
    let own = all.zip(names).find(|(other, _)| *other == name).map_or_else(|| slug(name), |(_, own)| own);
    format!("{kind}-{own}.html")
}

/// The study with titles by which its tasks, entries and optimizers can be told apart: what shares its title with another, or
/// has none, is called by its key too. Entries meet on a task and, over all of them, in the general table.
pub(crate) fn told_apart(manifest: &Manifest) -> Cow<'_, Manifest> {
    let mut told = Cow::Borrowed(manifest);
    let of_tasks = titles(manifest.tasks.iter().map(|card| (card.name.as_str(), card.title.as_str())));
    let of_cards = titles(manifest.optimizers.iter().map(|card| (card.name.as_str(), card.title.as_str())));
    let entries = |tasks: &[usize]| {
        let cards = tasks.iter().map(|k| &manifest.tasks[*k]);
        titles(cards.flat_map(|card| &card.entries).map(|entry| (entry.key.as_str(), entry.title.as_str())))
    };
    let networks = |k: &usize| matches!(manifest.tasks[*k].kind, TaskKind::Training { .. });
    let together: Vec<usize> = (0..manifest.tasks.len()).filter(networks).collect();
    let of_networks = entries(&together);
    for k in 0..manifest.tasks.len() {
        let of_entries = if networks(&k) { of_networks.clone() } else { entries(&[k]) };
        if let Some(title) = of_tasks.get(manifest.tasks[k].name.as_str()) {
            told.to_mut().tasks[k].title.clone_from(title);
        }
        for (place, entry) in manifest.tasks[k].entries.iter().enumerate() {
            if let Some(title) = of_entries.get(entry.key.as_str()) {
                told.to_mut().tasks[k].entries[place].title.clone_from(title);
            }
        }
    }
    for (k, card) in manifest.optimizers.iter().enumerate() {
        if let Some(title) = of_cards.get(card.name.as_str()) {
            told.to_mut().optimizers[k].title.clone_from(title);
        }
    }
    told
}

/// New titles by key, of those whose title is another's as well.
fn titles<'a>(all: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<&'a str, String> {
    // A key may come several times: an entry on several tasks is one competitor.
    let mut now: BTreeMap<&str, String> = BTreeMap::new();
    let mut new: BTreeSet<&str> = BTreeSet::new();
    for (key, title) in all {
        now.entry(key).or_insert_with(|| title.into());
    }
    // A new title may be a third's; keys differ, so that this ends.
    for _ in 0..now.len() {
        let mut keys: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (key, title) in &now {
            keys.entry(visible(title).trim().to_owned()).or_default().push(key);
        }
        let alike: Vec<&str> = keys
            .iter()
            .filter(|(title, keys)| keys.len() > 1 || title.is_empty())
            .flat_map(|(_, keys)| keys.clone())
            .collect();
        if alike.is_empty() {
            break;
        }
        for key in alike {
            let title = now.entry(key).or_default();
            *title = if title.trim().is_empty() { key.into() } else { format!("{title} ({key})") };
            new.insert(key);
        }
    }
    now.retain(|key, _| new.contains(key));
    now
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distinct_of(names: &[&str]) -> Vec<String> {
        distinct(names.iter().map(|name| name.to_string()))
    }

    #[test]
    fn names_that_are_alike_get_numbers() {
        assert_eq!(distinct_of(&["a", "b"]), ["a", "b"]);
        assert_eq!(distinct_of(&["a-b", "A-B", "a-b", "c"]), ["a-b", "A-B-2", "a-b-3", "c"]);
        // Who is alone with its name keeps it.
        assert_eq!(distinct_of(&["a", "a", "a-2"]), ["a", "a-3", "a-2"]);
        let long = "x".repeat(300);
        let names = distinct_of(&[&long, &long]);
        assert_eq!((names[0].len(), names[1].len()), (80, 82));
    }

    #[test]
    fn titles_that_are_alike_get_keys() {
        let of = |all: &[(&str, &str)]| {
            let given: Vec<(String, String)> =
                all.iter().map(|(k, t)| (k.to_string(), t.to_string())).collect();
            let new = titles(given.iter().map(|(k, t)| (k.as_str(), t.as_str())));
            new.into_iter().map(|(key, title)| format!("{key}: {title}")).collect::<Vec<_>>()
        };
        assert!(of(&[("a", "A"), ("b", "B"), ("a", "A")]).is_empty());
        assert_eq!(
            of(&[("low", "SGD"), ("high", "SGD"), ("x", "X")]),
            ["high: SGD (high)", "low: SGD (low)"]
        );
        // What looks alike is alike, and a title may already be what another would be called.
        assert_eq!(of(&[("a", "T\u{1b}"), ("b", "T\u{7}")]), ["a: T\u{1b} (a)", "b: T\u{7} (b)"]);
        let all = of(&[("a", "T"), ("b", "T"), ("c", "T (a)"), ("d", " ")]);
        assert_eq!(all, ["a: T (a) (a)", "b: T (b)", "c: T (a) (c)", "d: d"]);
    }
}
