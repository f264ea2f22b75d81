//! What to type to make a study's results and pages again.

use records::Manifest;
use schemars::JsonSchema;
use serde::Serialize;

/// Commands for a study.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Commands {
    /// Make the runs that are missing, with the values that the manifest has: a search that was made need not be made again. None for
    /// a rehearsal, since without its options they would start the full training.
    pub make: Vec<String>,
    /// These, then the pages.
    pub pages: Vec<String>,
    /// These, then the check of a sample of the runs.
    pub verify: Vec<String>,
    /// What else to give, or for a rehearsal, what to do.
    pub options: String,
}

impl Commands {
    pub(crate) fn new(manifest: &Manifest) -> Self {
        let study = &manifest.study;
        // Its trainings are shorter than the study says, by options that a manifest does not hold.
        if manifest.rehearsal {
            return Self {
                make: Vec::new(),
                pages: Vec::new(),
                verify: Vec::new(),
                options: format!(
                    "run and report {study} with the same --task, --seeds, --epochs and --per-class as before"
                ),
            };
        }
        let command = |verb: &str| format!("inna-bench {verb} {study}");
        let make = vec![command("run")];
        let pages: Vec<String> = make.iter().cloned().chain([command("report")]).collect();
        let verify = pages.iter().cloned().chain([command("verify")]).collect();
        Self {
            make,
            pages,
            verify,
            options: "with the same --task, --seeds and --device as before, if any".into(),
        }
    }

    /// The next step in a line.
    pub(crate) fn line(&self) -> String {
        let make = self.make.join(", then ");
        if make.is_empty() { self.options.clone() } else { format!("{make} ({})", self.options) }
    }
}
