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
    /// Searches for the values once more; none of several studies put together, each of which has its own report.
    pub search: Option<String>,
    /// Measures how long steps take.
    pub time: String,
    /// What else to give, or for a rehearsal, what to do.
    pub options: String,
}

impl Commands {
    pub(crate) fn new(manifest: &Manifest) -> Self {
        let study = &manifest.study;
        let command = |verb: &str, study: &str| format!("inna-bench {verb} {study}");
        let alone = std::slice::from_ref(study);
        let studies = manifest.joint.as_ref().map_or(alone, |joint| &joint.studies);
        let names = studies.join(" ");
        let time = command("time study", &names);
        // Its trainings are shorter than the study says, by options that a manifest does not hold.
        if manifest.rehearsal {
            return Self {
                make: Vec::new(),
                pages: Vec::new(),
                verify: Vec::new(),
                search: None,
                time,
                options: format!(
                    "run and report {} with the same --task, --seeds, --epochs and --per-class as before",
                    studies.join(" and ")
                ),
            };
        }
        let together = if manifest.joint.is_some() { " --together" } else { "" };
        let make: Vec<String> = studies.iter().map(|study| command("run", study)).collect();
        let pages: Vec<String> = make.iter().cloned().chain([command("report", &names) + together]).collect();
        let verify = studies.iter().map(|study| command("verify", study));
        let verify = pages.iter().cloned().chain(verify).collect();
        Self {
            make,
            pages,
            verify,
            search: manifest.joint.is_none().then(|| command("tune", study)),
            time,
            options: "with the same --task, --seeds and --device as before, if any".into(),
        }
    }

    /// The next step in a line.
    pub(crate) fn line(&self) -> String {
        let make = self.make.join(", then ");
        if make.is_empty() { self.options.clone() } else { format!("{make} ({})", self.options) }
    }
}
