//! Kills, damages and misspells what it can, and prints how much of that came to light: `make crash`.
//!
//! Every campaign ends with a command that runs undisturbed, and what it leaves must be what a store leaves that nobody touched.
//! Exit code 1 if anything did not hold. The seed of all draws is printed; the moments of the kills are those of the machine.

mod damage;
mod kills;
mod place;

use damage::{checkpoint_flips, flips, mutations};
use kills::{kills_of_report, kills_of_run, kills_of_tasks, kills_of_tune, kills_of_workers, shared_store};
use place::{Draws, Outcome, Place, copy};
use std::fs;
use std::io::Write;
use std::path::Path;

const STUDY: &str = "
title: Crash
question: Does it survive?
master_seed: 1
tasks:
  - task: small
    epochs: 40
    repetitions: 6
    entries:
      - {optimizer: sgd, hyper: {learning_rate: 0.05}}
      - {optimizer: adam}
      - {optimizer: sgd, key: wild, title: Wild, hyper: {learning_rate: 1.0e+30}}
  - task: toy
    repetitions: 1
    entries:
      - {optimizer: inna, hyper: {learning_rate: 1.0e-4}}
";

fn main() -> Outcome<()> {
    let short = std::env::args().any(|word| word == "--short");
    let example = std::env::current_exe()?;
    let release = example.parent().and_then(Path::parent).ok_or("no folder of the build")?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir()?;
    let configs = folder.path().join("configs");
    copy(&root.join("benchmarks/inna-bench/tests/configs"), &configs)?;
    fs::write(configs.join("studies/crash.yaml"), STUDY)?;
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.subsec_nanos();
    let mut out = std::io::stdout().lock();
    writeln!(out, "seed {seed}")?;
    let mut place = Place {
        binary: release.join("inna-bench"),
        configs,
        folder: folder.path().to_owned(),
        draws: Draws(u64::from(seed) | 1 << 40),
        scale: if short { 1 } else { 6 },
    };
    place.expect(&["run", "crash", "--store", "whole", "--quiet"], 0)?;
    let mut failures = 0;
    for campaign in [
        kills_of_run,
        shared_store,
        kills_of_tasks,
        kills_of_workers,
        kills_of_report,
        kills_of_tune,
        flips,
        checkpoint_flips,
        mutations,
    ] {
        let line = campaign(&mut place);
        match line {
            Ok(line) => writeln!(out, "ok      {line}")?,
            Err(error) => {
                failures += 1;
                writeln!(out, "FAILED  {error}")?;
            }
        }
    }
    if failures > 0 { Err(format!("{failures} campaigns failed").into()) } else { Ok(()) }
}
