//! A task that several studies have.

use super::likeness::Side;
use super::{Part, listed};
use records::{Entry, PublishedCurve, Search, TaskCard};

/// The task with the entries of all studies that have it.
pub(super) struct Shared {
    /// As the first of the studies has it.
    card: TaskCard,
    /// The studies, by number.
    studies: Vec<usize>,
    pub entries: Vec<Competitor>,
    /// Key of the reference of the first study, as it is there.
    reference: Option<String>,
    /// Entries that were told apart, in a sentence each.
    pub told: Vec<String>,
}

/// An entry of one study or several.
pub(super) struct Competitor {
    pub entry: Entry,
    /// Who has it, under which key.
    pub of: Vec<(usize, String)>,
    searches: Vec<Search>,
    published: Vec<PublishedCurve>,
}

impl Shared {
    pub fn new(study: usize, card: &TaskCard) -> Self {
        let reference = card.reference.clone().filter(|key| card.entries.iter().any(|e| e.key == *key));
        let reference = reference.or_else(|| Some(card.entries.first()?.key.clone()));
        // Figures and claims, which these are for, are a single study's.
        let bare = TaskCard {
            entries: Vec::new(),
            published: Vec::new(),
            paper: Vec::new(),
            selections: Vec::new(),
            choices: Vec::new(),
            ..card.clone()
        };
        let mut shared =
            Self { card: bare, studies: Vec::new(), entries: Vec::new(), reference, told: Vec::new() };
        shared.take_in(study, card);
        shared
    }

    /// Takes the entries of another study in. Equal settings are one entry, whatever they are called.
    pub fn take_in(&mut self, study: usize, card: &TaskCard) {
        self.studies.push(study);
        self.card.track = self.card.track.take().filter(|track| card.track.as_ref() == Some(track));
        self.card.tuning = self.card.tuning.take().or_else(|| card.tuning.clone());
        let new = card.remarks.iter().filter(|remark| !self.card.remarks.contains(remark));
        let new: Vec<String> = new.cloned().collect();
        self.card.remarks.extend(new);
        let new = card.elsewhere.iter().filter(|found| !self.card.elsewhere.contains(found));
        let new: Vec<_> = new.cloned().collect();
        self.card.elsewhere.extend(new);
        for entry in &card.entries {
            let searches = card.tuning.iter().flat_map(|tuning| &tuning.searches);
            let searches: Vec<Search> =
                searches.filter(|search| search.entry == entry.key).cloned().collect();
            let published = card.published.iter().filter(|curve| curve.entry == entry.key);
            let published: Vec<PublishedCurve> = published.cloned().collect();
            let is_same = |there: &&mut Competitor| {
                let one = &there.entry;
                let is_equal = one.optimizer == entry.optimizer && one.hyper == entry.hyper;
                // No two of one study are one.
                is_equal && there.of.iter().all(|(other, _)| *other != study)
            };
            let of = (study, entry.key.clone());
            match self.entries.iter_mut().find(is_same) {
                Some(there) => {
                    there.of.push(of);
                    if there.searches.is_empty() {
                        there.searches = searches;
                    }
                    if there.published.is_empty() {
                        there.published = published;
                    }
                }
                None => {
                    self.entries.push(Competitor { entry: entry.clone(), of: vec![of], searches, published });
                }
            }
        }
    }

    /// What is to be said of it.
    pub fn remarks(&self, parts: &[Part]) -> Vec<String> {
        let title = &self.card.title;
        let study = &parts[self.first()].manifest.study;
        let reference = self.entries.iter().find(|it| it.is_called(self.first(), self.reference.as_deref()));
        let reference = reference.map(|it| {
            format!(
                "{title}: the reference is {}, as in {study}, the first study named that has the task.",
                it.entry.title
            )
        });
        let without = (0..parts.len()).filter(|k| !self.studies.contains(k));
        let without: Vec<String> = without.map(|k| parts[k].manifest.study.clone()).collect();
        let without = (!without.is_empty())
            .then(|| format!("{title}: without entries of {}.", listed(without.into_iter())));
        let told = self.told.iter().map(|told| format!("{title}: {told}"));
        reference.into_iter().chain(without).chain(told).collect()
    }

    /// The task as the report has it.
    pub fn card(self) -> TaskCard {
        let first = self.first();
        let mut card = self.card;
        card.reference = None;
        let mut searches = Vec::new();
        for Competitor { entry, of, searches: own, published } in self.entries {
            let key = entry.key.clone();
            let is_reference =
                of.iter().any(|(study, key)| *study == first && Some(key) == self.reference.as_ref());
            if is_reference {
                card.reference = Some(key.clone());
            }
            searches.extend(own.into_iter().map(|search| Search { entry: key.clone(), ..search }));
            card.published
                .extend(published.into_iter().map(|curve| PublishedCurve { entry: key.clone(), ..curve }));
            card.entries.push(entry);
        }
        if let Some(tuning) = &mut card.tuning {
            tuning.searches = searches;
        }
        card
    }

    pub fn title(&self) -> &str {
        &self.card.title
    }

    pub fn name(&self) -> &str {
        &self.card.name
    }

    /// The first of the studies that have it.
    pub fn first(&self) -> usize {
        self.studies[0]
    }

    pub fn is_shared(&self) -> bool {
        self.studies.len() > 1
    }

    /// The task as `part`, the first of the studies, has it.
    pub fn side<'a>(&'a self, part: &'a Part) -> Side<'a> {
        let own = part.manifest.tasks.iter().find(|card| card.name == self.card.name);
        Side::new(part, own.unwrap_or(&self.card))
    }

    /// The entry that a study has under a key.
    pub fn entry(&self, study: usize, key: &str) -> Option<usize> {
        self.entries.iter().position(|it| it.is_called(study, Some(key)))
    }

    /// Its key in the report.
    pub fn key(&self, entry: usize) -> &str {
        &self.entries[entry].entry.key
    }
}

impl Competitor {
    fn is_called(&self, study: usize, key: Option<&str>) -> bool {
        self.of.iter().any(|(other, own)| *other == study && Some(own.as_str()) == key)
    }

    /// The studies that have it.
    pub fn names(&self, studies: &[&str]) -> Vec<String> {
        self.of.iter().map(|(study, _)| studies[*study].to_owned()).collect()
    }
}
