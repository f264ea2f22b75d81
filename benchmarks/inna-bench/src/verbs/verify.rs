//! `inna-bench verify`.

use super::training::Trainer;
use crate::Ending;
use crate::arguments::{Places, Verify};
use crate::terminal;
use anyhow::{Result, bail};
use harness::{Repeated, compare};
use records::{Record, Store};
use serde_json::json;
use std::io::Write;

pub(crate) fn run(places: &Places, arguments: &Verify) -> Result<Ending> {
    let training = &arguments.training();
    // Nothing is written: a store that can only be read will do.
    let store = Store::existing(places.store_folder())?;
    let mut plan = places.plan(&training.study, &training.size, true)?;
    plan.adopt(&store)?;
    if let Some(unknown) =
        arguments.runs.iter().find(|name| plan.manifest.runs.iter().all(|run| run.id != name.as_str()))
    {
        bail!(
            "the study `{}` has no run `{unknown}`; its runs and their names: inna-bench explain {}",
            training.study,
            training.study
        );
    }
    let trainer = Trainer::new(training)?;
    let survey = store.survey(&plan.manifest.runs)?;
    let damaged: Vec<String> = survey.damaged.iter().map(|damage| damage.reason.clone()).collect();
    let stored = plan.sample(survey, trainer.compute(), &arguments.runs, usize::from(arguments.sample));
    let mut out = terminal::stdout();
    for reason in damaged.iter().filter(|_| !arguments.json) {
        writeln!(out, "{reason}")?;
    }
    // None of those that were asked for may pass without having been looked at.
    let absent = arguments.runs.iter().find(|name| stored.iter().all(|record| record.id != name.as_str()));
    if stored.is_empty() || absent.is_some() {
        bail!(
            "{} holds no run {}of `{}` that can be repeated to the bit with --device {}; make some with: inna-bench run {} (on a \
             GPU with --replicas 1, for a population of another size may round otherwise)",
            store.root().display(),
            absent.map(|name| format!("`{name}` ")).unwrap_or_default(),
            training.study,
            trainer.compute().kind(),
            training.study
        );
    }
    let Some(again) = trainer.repeat(&plan, arguments.prefix)? else {
        if !training.quiet {
            terminal::say("Stopped; nothing has been verified.");
        }
        return Ok(Ending::Interrupted);
    };
    let (mut differ, mut all) = (0, Vec::new());
    for stored in &stored {
        let Some(again) = again
            .iter()
            .find(|again| (&again.specification.task, &again.id) == (&stored.specification.task, &stored.id))
        else {
            bail!("{}/{} was not repeated", stored.specification.task, stored.id);
        };
        let repeated = compare(stored, again, arguments.prefix);
        if arguments.json {
            let (what, circumstances) = match repeated {
                Repeated::Same => (Vec::new(), Vec::new()),
                Repeated::Differs { what, circumstances } => (what, circumstances),
            };
            differ += usize::from(!what.is_empty());
            let epochs = arguments.prefix.filter(|epochs| is_shorter(stored, *epochs));
            all.push(json!({ "task": stored.specification.task, "id": stored.id, "same": what.is_empty(),
                             "epochs": epochs, "differs": what, "circumstances": circumstances }));
            continue;
        }
        let verdict = match (repeated, arguments.prefix) {
            (Repeated::Same, _) if training.quiet => continue,
            (Repeated::Same, Some(epochs)) if is_shorter(stored, epochs) => {
                format!("same bits, as far as epoch {epochs}")
            }
            (Repeated::Same, _) => "same bits".to_owned(),
            (Repeated::Differs { what, circumstances }, _) => {
                differ += 1;
                let also = match &circumstances[..] {
                    [] => "with the same sources, compiler, processor and accelerator".into(),
                    names => format!("made with another {}", names.join(", another ")),
                };
                format!("DIFFERENT {}, {also}", what.join(", "))
            }
        };
        writeln!(out, "{}/{}: {verdict}", stored.specification.task, stored.id)?;
    }
    if arguments.json {
        let value = json!({ "study": plan.manifest.study, "store": store.root().display().to_string(), "runs": all,
                            "damaged": damaged });
        writeln!(out, "{}", terminal::json(value)?)?;
    }
    Ok(if differ == 0 && damaged.is_empty() { Ending::Done } else { Ending::CheckFailed })
}

/// Whether so many epochs are a part of the run only.
fn is_shorter(stored: &Record, epochs: u32) -> bool {
    stored.specification.task_settings["epochs"].as_u64().is_some_and(|all| u64::from(epochs) < all)
}
