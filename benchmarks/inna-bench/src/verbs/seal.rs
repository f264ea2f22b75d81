//! `inna-bench seal`.

use crate::Ending;
use crate::arguments::Seal;
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
    let (mut sealed, mut damaged) = (0, 0);
    for (task, id) in &runs {
        match store.seal(task, id) {
            Ok(is_new) => sealed += usize::from(is_new),
            Err(error @ StoreError::Damaged { .. }) => {
                damaged += 1;
                writeln!(out, "{error}")?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    writeln!(
        out,
        "{sealed} of {} records have got digests, {damaged} are damaged and left as they are",
        runs.len()
    )?;
    Ok(if damaged == 0 { Ending::Done } else { Ending::CheckFailed })
}
