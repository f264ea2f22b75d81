//! What `--json` prints, as types: the JSON Schema of each command's value is made from what it is written from.

mod checks;
mod listings;
mod plans;
mod reports;
mod runs;
mod stores;
mod tasks;
mod times;

pub(crate) use checks::{Checked, Comparison, Engine, Parted, Specimen, SpecimenCheck, SpecimenCost, Trace};
pub(crate) use listings::{DataFile, DataSet, Info, Listing, Named};
pub(crate) use plans::{Comparisons, Planned, PlannedRun, Shared, SketchedTask, Trials, Unplanned, Whole};
pub(crate) use reports::{Archived, Changed, Page, Reported};
pub(crate) use runs::{Explained, ExplainedRun, ExplainedStudy, RepeatedRun, Trained, Tuned, Verified};
pub(crate) use stores::{Cleaned, Conflict, Held, KeptTiming, Litter, Merged, MergedStore, Sealed};
pub(crate) use tasks::{Array, FailedTask, Job, Nothing, Status, StatusRuns, Submitted, TaskGroup};
pub(crate) use times::{Step, StudyTimes};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// Makes a schema.
type Maker = fn() -> Value;

/// The commands that print JSON, with the schema of what they print.
const COMMANDS: [(&str, Maker); 21] = [
    ("list", of::<Listing>),
    ("plan", of::<Planned>),
    ("run", of::<Trained>),
    ("tune", of::<Tuned>),
    ("verify", of::<Verified>),
    ("explain", of::<Explained>),
    ("report", of::<Reported>),
    ("archive", of::<Archived>),
    ("merge", of::<Merged>),
    ("clean", of::<Cleaned>),
    ("seal", of::<Sealed>),
    ("submit", of::<Submitted>),
    ("status", of::<Status>),
    ("check", of::<Checked>),
    ("check engine", of::<Engine>),
    ("time step", of::<Step>),
    ("time study", of::<StudyTimes>),
    ("data list", of::<Vec<DataSet>>),
    ("data fetch", of::<Vec<DataFile>>),
    ("data verify", of::<Vec<DataFile>>),
    ("info", of::<Info>),
];

/// Names of the commands that print JSON.
pub(crate) fn commands() -> Vec<&'static str> {
    COMMANDS.iter().map(|(command, _)| *command).collect()
}

/// The JSON Schema (draft 2020-12) of what a command prints with `--json`.
pub(crate) fn schema(command: &str) -> Option<Value> {
    COMMANDS.iter().find(|(name, _)| *name == command).map(|(_, schema)| schema())
}

fn of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>().to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// JSON has no such numbers, and a comparison that fails may have them.
    #[test]
    fn what_is_not_finite_is_null_and_the_schemas_say_so() {
        let comparison = Comparison {
            name: "x".into(),
            difference: f64::NAN,
            limit: 1.0,
            passed: false,
            detail: String::new(),
        };
        assert!(serde_json::to_value(&comparison).unwrap()["difference"].is_null());
        let nullable = |command: &str, kind: &str, key: &str| {
            let schema = schema(command).unwrap();
            let types =
                schema["$defs"][kind]["properties"][key]["type"].as_array().cloned().unwrap_or_default();
            assert!(types.contains(&"null".into()), "{kind}.{key}: {types:?}");
        };
        nullable("check engine", "Comparison", "difference");
        nullable("check", "Trace", "f64_error");
        nullable("check", "Trace", "f32_error");
        nullable("check", "SpecimenCost", "time_over_sgd");
    }
}
