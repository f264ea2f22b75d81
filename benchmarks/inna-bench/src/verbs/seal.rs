//! `inna-bench seal`.

use crate::Ending;
use crate::arguments::Seal;
use crate::printed::Sealed;
use crate::terminal;
use anyhow::{Result, bail};
use records::{Store, StoreError};
use std::io::Write;

pub(crate) fn run(arguments: &Seal) -> Result<Ending> {
    let store = Store::existing(&arguments.folder)?;
    let runs = store.list();
    if runs.is_empty() {
        bail!("{} holds no records; name the folder of a store", arguments.folder.display());
    }
    let mut out = terminal::stdout();
    let (mut sealed, mut damaged) = (0, Vec::new());
    for (task, id) in &runs {
        match store.seal(task, id) {
            Ok(is_new) => sealed += usize::from(is_new),
            Err(error @ StoreError::Damaged { .. }) => {
                if !arguments.json {
                    writeln!(out, "{error}")?;
                }
                damaged.push(error.to_string());
            }
            Err(error) => return Err(error.into()),
        }
    }
    let is_whole = damaged.is_empty();
    if arguments.json {
        let value =
            Sealed { store: store.root().display().to_string(), records: runs.len(), sealed, damaged };
        writeln!(out, "{}", terminal::json(&value)?)?;
    } else {
        writeln!(
            out,
            "{sealed} of {} records have got digests, {} are damaged and left as they are",
            runs.len(),
            damaged.len()
        )?;
    }
    Ok(if is_whole { Ending::Done } else { Ending::CheckFailed })
}
