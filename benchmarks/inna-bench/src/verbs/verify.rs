//! `inna-bench verify`.

use super::training::Trainer;
use crate::Ending;
use crate::arguments::{Places, Verify};
use crate::printed::{RepeatedRun, Verified};
use crate::surroundings::duration;
use crate::terminal;
use anyhow::{Context, Result, bail};
use harness::{Repeated, compare};
use records::{Circumstances, Record, Store, Verification};
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) fn run(places: &Places, arguments: &Verify) -> Result<Ending> {
    let training = &arguments.training();
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
    let memory = Memory { store: &store, with: trainer.circumstances(), prefix: arguments.prefix };
    let looks: Vec<Look> = stored
        .iter()
        .map(|record| Look { record, then_s: memory.recall(record).filter(|_| !arguments.again) })
        .collect();
    plan.retain(looks.iter().filter(|look| look.then_s.is_none()).map(|look| look.record));
    let again = match plan.manifest.runs.is_empty() {
        true => Vec::new(),
        false => match trainer.repeat(&plan, arguments.prefix)? {
            Some(again) => again,
            None => {
                if !training.quiet {
                    terminal::say("Stopped; nothing has been verified.");
                }
                return Ok(Ending::Interrupted);
            }
        },
    };
    let mut runs = Vec::new();
    for look in &looks {
        let run = look.at(&again, &memory)?;
        let is_told = !run.same || !training.quiet;
        if is_told && !arguments.json {
            writeln!(out, "{}/{}: {}", run.task, run.id, verdict(&run, memory.now_s()))?;
        }
        runs.push(run);
    }
    let is_remembered = runs.iter().any(|run| run.remembered_unix_s.is_some());
    if is_remembered && !training.quiet {
        terminal::say(
            "note: what this program has repeated before on a machine like this is remembered; --again repeats it",
        );
    }
    let passed = damaged.is_empty() && runs.iter().all(|run| run.same);
    if arguments.json {
        let store = store.root().display().to_string();
        let value = Verified { study: plan.manifest.study, store, runs, damaged };
        writeln!(out, "{}", terminal::json(&value)?)?;
    }
    Ok(if passed { Ending::Done } else { Ending::CheckFailed })
}

/// What this program knows of runs that it has repeated before on a machine like this.
struct Memory<'a> {
    store: &'a Store,
    /// None if nothing can be known of this program.
    with: Option<Circumstances>,
    prefix: Option<u32>,
}

impl Memory<'_> {
    /// When a run was repeated, as far as it would be now.
    fn recall(&self, record: &Record) -> Option<u64> {
        let then = self.store.verification(&record.specification.task, &record.id)?;
        then.covers(record, self.with.as_ref()?, self.epochs(record)).then_some(then.verified_unix_s)
    }

    /// Epochs that are repeated, if it is not the whole run.
    fn epochs(&self, record: &Record) -> Option<u32> {
        self.prefix.filter(|epochs| is_shorter(record, *epochs))
    }

    /// Notes what came of a run. A store that can only be read will do: what is not remembered is repeated the next time. That it remembers
    /// what is not so any more is said; what differs is told in any case.
    fn note(&self, record: &Record, repeated: &Repeated) {
        let (task, id) = (&record.specification.task, &record.id);
        if *repeated != Repeated::Same {
            if let Err(error) = self.store.forget(task, id) {
                terminal::say(format_args!("{error}; it says still that {task}/{id} came out again"));
            }
            return;
        }
        // The whole of it says more than a beginning.
        let known = self.store.verification(task, id).zip(self.with.as_ref());
        let is_whole = known.is_some_and(|(then, with)| then.covers(record, with, None));
        let (Some(with), false) = (&self.with, is_whole && self.epochs(record).is_some()) else {
            return;
        };
        let verification = Verification {
            record: Verification::digest(record),
            with: with.clone(),
            epochs: self.epochs(record),
            verified_unix_s: self.now_s(),
        };
        let _ = self.store.remember(task, id, &verification);
    }

    fn now_s(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_secs())
    }
}

/// A stored run that is looked at.
struct Look<'a> {
    record: &'a Record,
    /// When it was repeated before, if that is enough.
    then_s: Option<u64>,
}

impl Look<'_> {
    /// What comes of it, `again` being what was repeated now.
    fn at(&self, again: &[Record], memory: &Memory<'_>) -> Result<RepeatedRun> {
        let (record, task) = (self.record, &self.record.specification.task);
        let repeated = match self.then_s {
            Some(_) => Repeated::Same,
            None => {
                let again = again
                    .iter()
                    .find(|again| (&again.specification.task, &again.id) == (task, &record.id))
                    .with_context(|| format!("{task}/{} was not repeated", record.id))?;
                compare(record, again, memory.prefix)
            }
        };
        if self.then_s.is_none() {
            memory.note(record, &repeated);
        }
        let (differs, circumstances) = match repeated {
            Repeated::Same => (Vec::new(), Vec::new()),
            Repeated::Differs { what, circumstances } => (what, circumstances),
        };
        Ok(RepeatedRun {
            task: task.clone(),
            id: record.id.clone(),
            same: differs.is_empty(),
            epochs: memory.epochs(record),
            differs,
            circumstances,
            remembered_unix_s: self.then_s,
        })
    }
}

/// It in words.
fn verdict(run: &RepeatedRun, now_s: u64) -> String {
    if !run.same {
        let also = match &run.circumstances[..] {
            [] => "with the same sources, compiler, processor and accelerator".into(),
            names => format!("made with another {}", names.join(", another ")),
        };
        return format!("DIFFERENT {}, {also}", run.differs.join(", "));
    }
    let extent = run.epochs.map_or_else(String::new, |epochs| format!(", as far as epoch {epochs}"));
    let when = run.remembered_unix_s.map_or_else(String::new, |then| {
        format!(", as it came out {} ago", duration(now_s.saturating_sub(then) as f64))
    });
    format!("same bits{extent}{when}")
}

/// Whether so many epochs are a part of the run only.
fn is_shorter(stored: &Record, epochs: u32) -> bool {
    stored.specification.task_settings["epochs"].as_u64().is_some_and(|all| u64::from(epochs) < all)
}
