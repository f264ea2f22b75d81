//! `inna-bench clean`.

use crate::Ending;
use crate::arguments::{Clean, Litter as Kind, Places};
use crate::{printed, terminal};
use anyhow::Result;
use harness::{Held, Litter, Pile};
use records::Store;
use std::io::Write;

/// A kind of what is no result, and what became of it.
struct Row {
    litter: Litter,
    /// What there was.
    pile: Pile,
    /// What of it was removed, and what could not be; none if nothing was to be.
    gone: Option<(Pile, Vec<Held>)>,
}

pub(crate) fn run(places: &Places, arguments: &Clean) -> Result<Ending> {
    let store = Store::existing(places.store_folder())?;
    store.sweep()?;
    if !arguments.remove.is_empty() && harness::is_in_doubt(&store)? {
        terminal::say("Waiting to know whether a process that was at work on this store lives.");
        harness::know_the_living(&store)?;
    }
    let mut rows = Vec::new();
    for litter in Litter::ALL {
        let pile = litter.pile(&store)?;
        let is_asked = arguments.remove.iter().any(|kind| kind.takes(litter));
        let gone = if is_asked { Some(litter.remove(&store)?) } else { None };
        rows.push(Row { litter, pile, gone });
    }
    let is_shared = store.is_shared()?;
    let mut out = terminal::stdout();
    if arguments.json {
        let value = printed::Cleaned {
            store: store.root().display().to_string(),
            records: store.list().len(),
            shared: is_shared,
            kinds: rows.iter().map(Row::described).collect(),
        };
        writeln!(out, "{}", terminal::json(&value)?)?;
        return Ok(Ending::Done);
    }
    writeln!(out, "{:<12} {:>8} {:>15}", "kind", "files", "bytes")?;
    for Row { litter, pile, gone } in &rows {
        let line = format!("{:<12} {:>8} {:>15}", litter.name(), pile.files, pile.bytes);
        let said = match gone {
            Some((gone, _)) if gone.files == pile.files && gone.files > 0 => "removed".to_owned(),
            Some((gone, _)) if pile.files > 0 => format!("{} files removed", gone.files),
            _ => litter.description().to_owned(),
        };
        writeln!(out, "{line}   {said}")?;
    }
    for Held { path, reason } in rows.iter().filter_map(|row| row.gone.as_ref()).flat_map(|(_, held)| held) {
        writeln!(out, "{} stays: {reason}", path.display())?;
    }
    let records = store.list().len();
    write!(out, "The {records} records of {} stay in any case.", store.root().display())?;
    if is_shared {
        write!(out, " Another process works on this store.")?;
    }
    if rows.iter().any(|row| row.gone.is_none() && row.pile.files > 0) {
        write!(out, " What is listed goes with: inna-bench clean --remove KIND (or all)")?;
    }
    writeln!(out)?;
    Ok(Ending::Done)
}

impl Kind {
    /// Whether it was asked for by this word.
    fn takes(self, litter: Litter) -> bool {
        match self {
            Self::All => true,
            Self::Checkpoints => litter == Litter::Checkpoints,
            Self::Superseded => litter == Litter::Superseded,
            Self::Quarantine => litter == Litter::Quarantine,
            Self::Conflicts => litter == Litter::Conflicts,
            Self::Failures => litter == Litter::Failures,
            Self::Logs => litter == Litter::Logs,
        }
    }
}

impl Row {
    fn described(&self) -> printed::Litter {
        let Self { litter, pile, gone } = self;
        let held = |held: &Held| printed::Held {
            path: held.path.display().to_string(),
            reason: held.reason.clone(),
        };
        printed::Litter {
            kind: litter.name(),
            files: pile.files,
            bytes: pile.bytes,
            removed_files: gone.as_ref().map(|(gone, _)| gone.files),
            removed_bytes: gone.as_ref().map(|(gone, _)| gone.bytes),
            kept: gone.iter().flat_map(|(_, kept)| kept).map(held).collect(),
        }
    }
}
