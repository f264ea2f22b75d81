//! `inna-bench verify`.

use super::training::Trainer;
use crate::Ending;
use crate::arguments::{Places, Verify};
use crate::terminal;
use anyhow::{Context, Result, bail};
use harness::{Repeated, compare};
use records::Store;
use std::io::Write;

pub(crate) fn run(places: &Places, arguments: &Verify) -> Result<Ending> {
    let training = &arguments.training;
    let store = places.store()?;
    let mut plan = places.plan(&training.study, &training.size, true)?;
    let trainer = Trainer::new(training)?.one_by_one();
    let stored = plan.sample(&store, trainer.compute(), usize::from(arguments.sample))?;
    if stored.is_empty() {
        bail!(
            "{} holds no run of `{}` that can be repeated to the bit with --device {}; make some with: inna-bench run {} (on a \
             GPU with --replicas 1, for a population of another size may round otherwise)",
            store.root().display(),
            training.study,
            trainer.compute().kind(),
            training.study
        );
    }
    // Beside the store, where there is room for records; gone afterwards. A killed process of the same number may have left one.
    let folder = store.root().join(format!(".verify-{}", std::process::id()));
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
    if trained?.is_some() {
        if !training.quiet {
            terminal::say("Stopped; nothing has been verified.");
        }
        return Ok(Ending::Interrupted);
    }
    removed?;
    let mut out = terminal::stdout();
    let mut differ = 0;
    for (stored, again) in stored.iter().zip(&again?) {
        let verdict = match compare(stored, again) {
            Repeated::Same if training.quiet => continue,
            Repeated::Same => "same bits".to_owned(),
            Repeated::Differs { from, circumstances } => {
                differ += 1;
                let from =
                    from.map_or("in what the curves do not show".into(), |from| format!("from {from} on"));
                let also = match &circumstances[..] {
                    [] => "with the same sources, compiler, processor and accelerator".into(),
                    names => format!("made with another {}", names.join(", another ")),
                };
                format!("DIFFERENT {from}, {also}")
            }
        };
        writeln!(out, "{}/{}: {verdict}", stored.specification.task, stored.id)?;
    }
    Ok(if differ == 0 { Ending::Done } else { Ending::CheckFailed })
}
