//! What a study takes over from another.

use crate::study::MOST_REPETITIONS;
use crate::{EntrySettings, Study};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// A study that is part of another: all of it by its name alone, or some of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Include {
    /// The study's name.
    pub study: String,
    /// Keys of the entries that are taken, on every task that has them; all if it is empty.
    pub entries: Vec<String>,
    /// Names of the tasks that are taken; all if it is empty.
    pub tasks: Vec<String>,
    /// Number of repetitions in place of the study's own.
    pub repetitions: Option<u64>,
    /// Key of the entry that others are compared with, in place of the study's own.
    pub reference: Option<String>,
}

/// The map that some of a study is written as.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Part {
    /// The study's name.
    study: String,
    /// Keys of the entries that are taken, on every task that has them; all if left out.
    #[serde(default)]
    entries: Vec<String>,
    /// Names of the tasks that are taken; all if left out.
    #[serde(default)]
    tasks: Vec<String>,
    /// Number of repetitions in place of the study's own.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10_000))]
    repetitions: Option<u64>,
    /// Key of the entry that others are compared with, in place of the study's own.
    #[serde(default)]
    reference: Option<String>,
}

impl Include {
    /// Leaves of `study` what is taken.
    ///
    /// # Errors
    /// What is asked for and not there, with what is.
    pub(crate) fn cut(&self, study: &mut Study) -> Result<(), String> {
        let Self { entries, tasks, repetitions, reference, .. } = self;
        let all: Vec<&str> = study.tasks.iter().map(|task| &*task.task).collect();
        if let Some(unknown) = tasks.iter().find(|name| !all.contains(&name.as_str())) {
            return Err(format!("it has no task `{unknown}`; accepted: {}", all.join(", ")));
        }
        let mut keys: Vec<&str> =
            study.tasks.iter().flat_map(|task| task.entries.iter().map(EntrySettings::name)).collect();
        keys.sort_unstable();
        keys.dedup();
        if let Some(unknown) = entries.iter().find(|key| !keys.contains(&key.as_str())) {
            return Err(format!("it has no entry `{unknown}`; accepted: {}", keys.join(", ")));
        }
        if let Some(number) = repetitions.filter(|number| !(1..=MOST_REPETITIONS).contains(number)) {
            return Err(format!(
                "repetitions: {number} is out of range; 1 to {MOST_REPETITIONS} is accepted"
            ));
        }
        if !tasks.is_empty() {
            study.tasks.retain(|task| tasks.iter().any(|name| *name == *task.task));
        }
        for task in &mut study.tasks {
            let there = task.entries.iter().map(EntrySettings::name).collect::<Vec<_>>().join(", ");
            if !entries.is_empty() {
                task.entries.retain(|entry| entries.iter().any(|key| key == entry.name()));
                let has = |key: &String| task.entries.iter().any(|entry| entry.name() == key);
                task.selections.retain(|selection| selection.of.iter().all(has));
                // The first of those that are left, unless another is named.
                task.reference = task.reference.take().filter(has);
            }
            if task.entries.is_empty() && !tasks.is_empty() {
                return Err(format!(
                    "`{}` has none of the entries {}; it has: {there}",
                    task.task,
                    entries.join(", ")
                ));
            }
            task.repetitions = repetitions.unwrap_or(task.repetitions);
            let Some(key) = reference.as_ref().filter(|_| !task.entries.is_empty()) else { continue };
            if !task.entries.iter().any(|entry| entry.name() == key) {
                return Err(format!(
                    "reference: `{key}` is not among the entries that are taken of `{}`",
                    task.task
                ));
            }
            task.reference = Some(key.clone());
        }
        study.tasks.retain(|task| !task.entries.is_empty());
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Include {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Include;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the name of a study, or a map of `study`, `entries`, `tasks`, `repetitions`, `reference`")
            }

            fn visit_str<E: Error>(self, study: &str) -> Result<Include, E> {
                Ok(Include { study: study.to_owned(), ..Include::default() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Include, A::Error> {
                let Part { study, entries, tasks, repetitions, reference } =
                    Part::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Include { study, entries, tasks, repetitions, reference })
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl Serialize for Include {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { study, entries, tasks, repetitions, reference } = self.clone();
        if self.entries.is_empty() && self.tasks.is_empty() && repetitions.is_none() && reference.is_none() {
            return serializer.serialize_str(&study);
        }
        Part { study, entries, tasks, repetitions, reference }.serialize(serializer)
    }
}

impl JsonSchema for Include {
    fn schema_name() -> Cow<'static, str> {
        "Include".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let part = generator.subschema_for::<Part>();
        json_schema!({
            "description": "A study that is part of another: all of it by its name alone, or some of it.",
            "anyOf": [{ "type": "string", "description": "All of the study of this name." }, part],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::parse;

    const STUDY: &str = "title: T
question: Q
master_seed: 1
tasks:
  - task: a
    repetitions: 5
    reference: adam
    entries: [{optimizer: adam}, {optimizer: sgd}, {optimizer: inna, key: mine}]
  - {task: b, repetitions: 5, entries: [{optimizer: adam}]}
";

    fn cut(include: &str) -> Result<Study, String> {
        let include: Include = parse("here", include).map_err(|e| e.to_string())?;
        let mut study: Study = parse("there", STUDY).map_err(|e| e.to_string())?;
        include.cut(&mut study).map(|()| study)
    }

    #[test]
    fn entries_seeds_and_reference_are_taken_one_by_one() {
        assert_eq!(cut("whole").unwrap(), parse("there", STUDY).unwrap());
        let study = cut("{study: s, entries: [mine, sgd], repetitions: 9, reference: mine}").unwrap();
        let [task] = &study.tasks[..] else { panic!("{study:?}") };
        let keys: Vec<&str> = task.entries.iter().map(EntrySettings::name).collect();
        assert_eq!((&*task.task, keys, task.repetitions), ("a", vec!["sgd", "mine"], 9));
        assert_eq!(task.reference.as_deref(), Some("mine"));
        // The reference has not been taken: the first of what has.
        assert_eq!(cut("{study: s, entries: [sgd]}").unwrap().tasks[0].reference, None);
        assert_eq!(cut("{study: s, tasks: [b]}").unwrap().tasks.len(), 1);
    }

    #[test]
    fn what_is_not_there_is_said() {
        for (include, words) in [
            ("{study: s, entries: [lion]}", "no entry `lion`; accepted: adam, mine, sgd"),
            ("{study: s, tasks: [c]}", "no task `c`; accepted: a, b"),
            ("{study: s, reference: sgd}", "`sgd` is not among the entries that are taken of `b`"),
            (
                "{study: s, entries: [adam], reference: mine}",
                "`mine` is not among the entries that are taken of `a`",
            ),
            ("{study: s, entries: [sgd], tasks: [b]}", "`b` has none of the entries sgd; it has: adam"),
            ("{study: s, repetitions: 0}", "repetitions: 0 is out of range; 1 to 10000 is accepted"),
            ("{study: s, entry: [adam]}", "did you mean `entries`?"),
            ("[s]", "the name of a study, or a map of"),
        ] {
            let error = cut(include).unwrap_err();
            assert!(error.contains(words), "{include}: {error}");
        }
    }
}
