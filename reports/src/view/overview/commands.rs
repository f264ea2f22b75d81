//! What to type to make a study's results and pages again.

use records::{JointStudy, Manifest};
use schemars::JsonSchema;
use serde::Serialize;

/// Commands for a study.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Commands {
    /// Make what is missing: the search for values, where there is one, and the runs. None for a rehearsal, since
    /// without its options they would start the full training.
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
        let command = |verb: &str, study: &str| format!("inna-bench {verb} {study}");
        let searched = manifest.tasks.iter().any(|task| task.tuning.is_some());
        let alone = [JointStudy { name: study.clone(), searched }];
        let studies = manifest.joint.as_ref().map_or(&alone[..], |joint| &joint.studies);
        let names = studies.iter().map(|study| study.name.as_str()).collect::<Vec<_>>().join(" ");
        let together = if manifest.joint.is_some() { " --together" } else { "" };
        let make: Vec<String> = studies
            .iter()
            .flat_map(|study| [(study.searched, "tune"), (true, "run")].map(|step| (step, &study.name)))
            .filter(|((is_needed, _), _)| *is_needed)
            .map(|((_, verb), name)| command(verb, name))
            .collect();
        let pages: Vec<String> = make.iter().cloned().chain([command("report", &names) + together]).collect();
        let verify = studies.iter().map(|study| command("verify", &study.name));
        let verify = pages.iter().cloned().chain(verify).collect();
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
