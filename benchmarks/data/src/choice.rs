//! Which of the images there are a selection takes: by the order of the files, without randomness.

use crate::{DataError, Selection};

/// Indices into the training part, ascending.
pub(crate) struct Chosen {
    pub train: Vec<usize>,
    pub validation: Vec<usize>,
}

/// The labels of a part, to choose by.
pub(crate) struct Choice<'a> {
    pub name: &'static str,
    pub classes: usize,
    pub class_names: &'a [String],
    /// What a rehearsal allows at most: a number that equals it is a limit, not a demand.
    pub at_most: Option<usize>,
}

impl Choice<'_> {
    /// What is trained and validated on.
    pub(crate) fn training(&self, labels: &[u8], selection: &Selection) -> Result<Chosen, DataError> {
        let Selection { train_per_class: train, validation_per_class: validation, .. } = *selection;
        for (key, number) in [("train_per_class", train), ("validation_per_class", validation)] {
            if number == Some(0) {
                return Err(DataError::Nothing { key });
            }
        }
        let total = self.counts(labels);
        self.every_class("training", &total)?;
        let (class, available) = scarcest(&total);
        let held_out = match validation {
            Some(limit) if self.is_limit(validation) => limit.min(available - 1).max(1),
            asked => asked.unwrap_or(0),
        };
        let asked = train.filter(|_| !self.is_limit(train));
        let wanted = asked.unwrap_or(1).saturating_add(held_out);
        if wanted > available {
            let (key, besides, wanted, most) = match (asked, validation) {
                (Some(_), Some(_)) => ("train_per_class + validation_per_class", "", wanted, available),
                (Some(_), None) => ("train_per_class", "", wanted, available),
                _ => {
                    let besides = ", with one or more left to train on";
                    ("validation_per_class", besides, held_out, available - 1)
                }
            };
            let (name, part) = (self.name, "training");
            return Err(DataError::TooFew { key, name, besides, class, part, wanted, available, most });
        }
        let mut seen = vec![0; total.len()];
        let mut chosen = Chosen { train: Vec::new(), validation: Vec::new() };
        for (index, &label) in labels.iter().enumerate() {
            let class = usize::from(label);
            if seen[class] >= total[class] - held_out {
                chosen.validation.push(index);
            } else if train.is_none_or(|n| seen[class] < n) {
                chosen.train.push(index);
            }
            seen[class] += 1;
        }
        Ok(chosen)
    }

    /// What is tested on.
    pub(crate) fn test(&self, labels: &[u8], per_class: Option<usize>) -> Result<Vec<usize>, DataError> {
        let Some(wanted) = per_class else { return Ok((0..labels.len()).collect()) };
        if wanted == 0 {
            return Err(DataError::Nothing { key: "test_per_class" });
        }
        let total = self.counts(labels);
        if !self.is_limit(per_class) {
            self.every_class("test", &total)?;
            let (class, available) = scarcest(&total);
            if wanted > available {
                let (key, name, part) = ("test_per_class", self.name, "test");
                let (besides, most) = ("", available);
                return Err(DataError::TooFew { key, name, besides, class, part, wanted, available, most });
            }
        }
        let mut seen = vec![0; total.len()];
        let mut take = |label: u8| {
            seen[usize::from(label)] += 1;
            seen[usize::from(label)] <= wanted
        };
        Ok((0..labels.len()).filter(|&index| take(labels[index])).collect())
    }

    fn is_limit(&self, number: Option<usize>) -> bool {
        number.is_some() && number == self.at_most
    }

    fn counts(&self, labels: &[u8]) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
        counts
    }

    /// Refuses classes without images.
    fn every_class(&self, part: &'static str, counts: &[usize]) -> Result<(), DataError> {
        let Some(class) = counts.iter().position(|&count| count == 0) else { return Ok(()) };
        let missing = counts.iter().filter(|&&count| count == 0).count();
        let class_name = self.class_names.get(class).cloned().unwrap_or_default();
        let (name, classes) = (self.name, counts.len());
        Err(DataError::NoImages { name, part, missing, classes, class, class_name })
    }
}

/// The class with the fewest images, and how many it has.
fn scarcest(counts: &[usize]) -> (usize, usize) {
    counts.iter().copied().enumerate().min_by_key(|&(_, count)| count).unwrap_or((0, 0))
}
