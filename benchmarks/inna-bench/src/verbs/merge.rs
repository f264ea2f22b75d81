//! `inna-bench merge`.

use crate::Ending;
use crate::arguments::{Merge as Arguments, Places};
use crate::{printed, terminal};
use anyhow::Result;
use harness::{Conflict, Merge, Merged, Source};
use records::Name;
use std::io::Write;
use std::path::Path;

pub(crate) fn run(places: &Places, arguments: &Arguments) -> Result<Ending> {
    let store = places.store();
    // All of them first: a wrong name should not be found after hours of copying.
    let sources: Vec<Source> =
        arguments.sources.iter().map(|path| Source::open(path, &store)).collect::<Result<_, _>>()?;
    let mut merge = Merge::into(&store, arguments.dry_run)?;
    let mut out = terminal::stdout();
    let mut all = Vec::new();
    for source in &sources {
        let merged = merge.take(source)?;
        if !arguments.json {
            print(&mut out, source.root(), &merged, arguments.dry_run)?;
        }
        all.push(merged);
    }
    if arguments.json {
        let value = printed::Merged {
            store: store.root().display().to_string(),
            dry_run: arguments.dry_run,
            sources: sources.iter().zip(&all).map(|(s, m)| described(s.root(), m)).collect(),
        };
        writeln!(out, "{}", terminal::json(&value)?)?;
    } else {
        writeln!(out, "{}", summary(store.root(), &all, arguments.dry_run))?;
    }
    Ok(if all.iter().all(Merged::is_whole) { Ending::Done } else { Ending::CheckFailed })
}

/// What is to be said of a source run by run.
fn print(out: &mut impl Write, source: &Path, merged: &Merged, dry: bool) -> Result<()> {
    for reason in &merged.refused {
        writeln!(out, "{reason}; it is not copied and stays where it is")?;
    }
    for reason in &merged.mended {
        let mended = if dry { "would be" } else { "is" };
        writeln!(
            out,
            "{reason}; it {mended} in the quarantine, and that of {} stored in its place",
            source.display()
        )?;
    }
    for Conflict { task, id, what, circumstances, kept, is_known } in &merged.conflicts {
        let made = match &circumstances[..] {
            [] => "made with the same sources, compiler, processor and accelerator".to_owned(),
            names => format!("made with another {}", names.join(", another ")),
        };
        let place = match kept {
            Some(path) if *is_known => format!("it is kept apart already, in {}", path.display()),
            Some(path) => format!("kept apart in {}", path.display()),
            None if *is_known => "it would be kept apart only once".into(),
            None => "it would be kept apart".into(),
        };
        let what = what.join(", ");
        writeln!(out, "{task}/{id} of {} is DIFFERENT {what}, {made}; {place}", source.display())?;
    }
    for (task, device) in &merged.kept_timings {
        writeln!(
            out,
            "the step times of {task} on {device} of {} are not copied: there are some already, which stay",
            source.display()
        )?;
    }
    Ok(())
}

fn summary(store: &Path, all: &[Merged], dry: bool) -> String {
    let sum = |count: &dyn Fn(&Merged) -> usize| all.iter().map(count).sum::<usize>();
    let (new, equal) = (sum(&|m| m.new), sum(&|m| m.equal));
    let (conflicts, refused) = (sum(&|m| m.conflicts.len()), sum(&|m| m.refused.len()));
    let done = if dry { "would be stored" } else { "stored" };
    let mut text = format!(
        "{}: {new} runs {done}, {equal} were there with the same bits, {conflicts} with others, {refused} cannot be used.",
        store.display()
    );
    let timings = sum(&|m| m.new_timings);
    if timings > 0 {
        text.push_str(&format!("\nStep times of {timings} tasks {done} that had none."));
    }
    let unprotected = sum(&|m| m.unprotected);
    if unprotected > 0 {
        text.push_str(&format!(
            "\n{unprotected} of them are of the former format, without digests: damage to them cannot be told. Give them some \
             with: inna-bench seal {}",
            store.display()
        ));
    }
    text
}

fn described(source: &Path, merged: &Merged) -> printed::MergedStore {
    let conflict = |conflict: &Conflict| printed::Conflict {
        task: conflict.task.clone(),
        id: conflict.id.clone(),
        what: conflict.what.clone(),
        circumstances: conflict.circumstances.clone(),
        known: conflict.is_known,
        kept: conflict.kept.as_ref().map(|path| path.display().to_string()),
    };
    let kept =
        |(task, device): &(Name, Name)| printed::KeptTiming { task: task.clone(), device: device.clone() };
    printed::MergedStore {
        store: source.display().to_string(),
        new: merged.new,
        equal: merged.equal,
        unprotected: merged.unprotected,
        mended: merged.mended.clone(),
        conflicts: merged.conflicts.iter().map(conflict).collect(),
        refused: merged.refused.clone(),
        new_timings: merged.new_timings,
        kept_timings: merged.kept_timings.iter().map(kept).collect(),
    }
}
