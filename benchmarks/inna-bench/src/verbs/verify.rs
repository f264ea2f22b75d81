//! `inna-bench verify`.

use super::training::Trainer;
use crate::Ending;
use crate::arguments::{Places, Verify};
use anyhow::{Context, Result, bail};
use harness::{Repeated, compare};
use records::Store;
use std::io::Write;

pub(crate) fn run(places: &Places, arguments: &Verify) -> Result<Ending> {
    let training = &arguments.training;
    let store = places.store()?;
    let mut plan = places.plan(&training.study, &training.size, true)?;
    let trainer = Trainer::new(training)?;
    let stored = plan.sample(&store, trainer.compute(), usize::from(arguments.sample))?;
    if stored.is_empty() {
        bail!(
            "{} holds no run of `{}` that can be repeated to the bit with --device {}; make some with: inna-bench run {} (on a \
             GPU with --replicas 1, for a population of another size may round otherwise)",
            places.store.display(),
            training.study,
            trainer.compute().kind(),
            training.study
        );
    }
    // Beside the store, where there is room for records; gone afterwards. What a killed process left there is not its own.
    let folder = places.store.join(format!(".verify-{}", std::process::id()));
    let remove = || match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", folder.display()))
        }
        _ => Ok(()),
    };
    remove()?;
    let scratch = Store::open(&folder)?;
    let trained = trainer.train(&plan, &scratch);
    let again = plan.records(&scratch);
    let removed = remove();
    if !trained? {
        return Ok(Ending::Interrupted);
    }
    removed?;
    let mut out = std::io::stdout().lock();
    let mut differ = 0;
    for (stored, again) in stored.iter().zip(&again?) {
        let verdict = match compare(stored, again) {
            Repeated::Same => "same bits".to_owned(),
            Repeated::Differs { from, circumstances } => {
                differ += 1;
                let from = from.unwrap_or_else(|| "bits that the curves do not show".into());
                let also = match &circumstances[..] {
                    [] => "nothing else is".into(),
                    names => format!("so is: {}", names.join(", ")),
                };
                format!("DIFFERENT from {from} on; {also}")
            }
        };
        writeln!(out, "{}/{}: {verdict}", stored.specification.task, stored.id)?;
    }
    Ok(if differ == 0 { Ending::Done } else { Ending::CheckFailed })
}
