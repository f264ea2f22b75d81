//! Where and by what a run was made: the one list that the page of runs and the page of provenance print.

use crate::words::Fact;
use records::Record;

pub(crate) const SUITE_VERSION: &str = "suite version";
pub(crate) const CODE_DIGEST: &str = "code digest";
pub(crate) const DEVICE: &str = "device and precision";
pub(crate) const ACCELERATOR: &str = "accelerator";
pub(crate) const DATA_DIGEST: &str = "data digest";
const TOGETHER: &str = "trained together with";
const RESUMED: &str = "stopped and went on";

/// The circumstances of a run, less what does not apply to it.
pub(crate) fn circumstances(record: &Record) -> Vec<Fact> {
    let of = &record.provenance;
    let several = |n: usize, of_what: &str| format!("{n} {of_what}{}", if n == 1 { "" } else { "s" });
    let facts = [
        ("machine", format!("{}, {}", of.machine.cpu, several(of.machine.cores, "core"))),
        ("vector extensions", of.machine.features.clone()),
        ("system", of.machine.system.clone()),
        (DEVICE, format!("{}, {}", of.device, of.precision)),
        (ACCELERATOR, of.accelerator.clone().unwrap_or_default()),
        (
            "share of the machine",
            format!("{} for each of {} side by side", several(of.threads, "thread"), several(of.jobs, "job")),
        ),
        (TOGETHER, if of.population > 1 { several(of.population - 1, "other") } else { String::new() }),
        (RESUMED, if of.resumptions > 0 { several(of.resumptions as usize, "time") } else { String::new() }),
        (SUITE_VERSION, of.suite_version.clone()),
        ("compiler", of.compiler.clone()),
        (CODE_DIGEST, of.code_digest.clone()),
        (DATA_DIGEST, record.specification.data_digest.clone()),
    ];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    facts.map(|(name, value)| Fact { name: name.into(), value }).collect()
}

/// Whether it says something of the single run rather than of where runs are made.
pub(crate) fn is_of_the_run(fact: &Fact) -> bool {
    [TOGETHER, RESUMED].contains(&fact.name.as_str())
}
