//! Stored step times, for a report.

use crate::surroundings::code;
use crate::terminal;
use anyhow::Result;
use harness::ChangedPart;
use records::{Manifest, Store, StoreError, Timing};

/// Puts the step times that a store has of a study's tasks into its manifest, in place of older ones there. What cannot be used is
/// said and left out.
pub(super) fn take(store: &Store, manifest: &mut Manifest) -> Result<()> {
    let names =
        manifest.joint.as_ref().map_or_else(|| manifest.study.clone(), |joint| joint.studies.join(" "));
    for (task, device) in store.timings()? {
        let Some(card) = manifest.tasks.iter().find(|card| card.name == *task) else { continue };
        let timing = match store.timing(&task, &device) {
            Ok(Some(timing)) => timing,
            Ok(None) => continue,
            Err(error @ (StoreError::DamagedTiming { .. } | StoreError::Newer { .. })) => {
                terminal::say(format_args!("note: {error}; until then the report goes without it"));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if !timing.fits(card) {
            terminal::say(format_args!(
                "note: the step times of {task} on {device} are of another network, batch or data set and left out; measure again with: \
                 inna-bench time study {names}"
            ));
            continue;
        }
        let parts = ChangedPart::names(&code().changed(&timing.code));
        if !parts.is_empty() {
            terminal::say(format_args!(
                "note: the step times of {task} on {device} were measured with other code than this program's ({} changed since); measure \
                 again with: inna-bench time study {names}",
                Vec::from_iter(parts).join(", ")
            ));
        }
        let untimed = card.entries.iter().filter(|entry| timing.of(entry).is_none());
        let untimed: Vec<&str> = untimed.map(|entry| entry.title.as_str()).collect();
        if !untimed.is_empty() {
            terminal::say(format_args!(
                "note: the step times of {task} on {device} lack {}, so that nothing is drawn over seconds; measure all of them with: \
                 inna-bench time study {names}",
                untimed.join(", ")
            ));
        }
        put(manifest, timing);
    }
    Ok(())
}

/// Unless there is a newer one of the task on the device.
fn put(manifest: &mut Manifest, timing: Timing) {
    let is_same = |it: &&mut Timing| (&it.task, &it.device) == (&timing.task, &timing.device);
    match manifest.timings.iter_mut().find(is_same) {
        Some(there) if there.started_unix_s > timing.started_unix_s => {}
        Some(there) => *there = timing,
        None => manifest.timings.push(timing),
    }
}
