//! The schemas of configurations, from the types that read them: for editors, for the reference, and for messages that name everything
//! that is missing.

mod missing;
mod reference;

pub(crate) use missing::missing;
pub use reference::reference;

use crate::{OptimizerFile, Study, TaskFile};
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// Kinds of configurations that have a schema.
pub const SCHEMAS: [&str; 3] = ["study", "task", "optimizer"];

/// The JSON Schema (draft 2020-12) of a kind of configuration, one of [`SCHEMAS`].
pub fn schema(kind: &str) -> Option<Value> {
    let generator = SchemaSettings::draft2020_12().into_generator();
    Some(match kind {
        "study" => generator.into_root_schema_for::<Study>().to_value(),
        "task" => {
            let mut schema = generator.into_root_schema_for::<TaskFile>();
            // What belongs to a kind stands beside what all have: no other keys than both together.
            schema.insert("unevaluatedProperties".into(), false.into());
            schema.to_value()
        }
        "optimizer" => generator.into_root_schema_for::<OptimizerFile>().to_value(),
        _ => return None,
    })
}

/// What a reference within a schema stands for.
fn resolved<'a>(root: &'a Value, mut schema: &'a Value) -> &'a Value {
    while let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        schema = &root["$defs"][name];
    }
    schema
}
