//! Several studies in one report.

use super::report::{Ingredients, of_one, usual_folder};
use crate::arguments::{Places, Size};
use crate::terminal;
use anyhow::Result;
use harness::Part;

/// What their report is made of; what is left out of it is said.
pub(super) fn together(places: &Places, studies: &[String], size: &Size) -> Result<Ingredients> {
    let (mut parts, mut stores) = (Vec::new(), Vec::new());
    for study in studies {
        let Ingredients { manifest, records, store, .. } = of_one(places, study, size, &mut None)?;
        parts.push(Part { manifest, records });
        stores.push(store);
    }
    // The records were read from one store only if those of every study were.
    stores.dedup();
    let store = stores.pop().flatten().filter(|_| stores.is_empty());
    let Part { manifest, records } = harness::together(&parts)?;
    for remark in manifest.joint.iter().flat_map(|joint| &joint.remarks) {
        terminal::say(format_args!("note: {remark}"));
    }
    let folder = usual_folder(&manifest)?;
    Ok(Ingredients { manifest, records, store, folder })
}
