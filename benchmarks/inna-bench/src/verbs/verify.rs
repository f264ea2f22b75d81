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
    let stored = plan.sample(&store, usize::from(arguments.sample))?;
    if stored.is_empty() {
        bail!(
            "{} holds no run of `{}`; make some with: inna-bench run {}",
            places.store.display(),
            training.study,
            training.study
        );
    }
    // Beside the store, where there is room for records; gone afterwards.
    let folder = places.store.join(format!(".verify-{}", std::process::id()));
    let scratch = Store::open(&folder)?;
    let trained = Trainer::new(training).and_then(|trainer| trainer.train(&plan, &scratch));
    let again = plan.records(&scratch);
    std::fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    if !trained? {
        return Ok(Ending::Interrupted);
    }
    let mut out = std::io::stdout().lock();
    let mut differ = 0;
    for (stored, again) in stored.iter().zip(&again?) {
        let verdict = match compare(stored, again) {
            Repeated::Same => "same bits".to_owned(),
            Repeated::Elsewhere { device } => format!("not comparable: made on {device}; repeat it there"),
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
