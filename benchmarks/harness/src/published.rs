//! Published curves of single runs, as they are kept under `configs/published`.

use crate::sheet::Sheet;
use crate::task::PublishedFile;
use crate::{ConfigError, Configs};
use records::{Entry, PublishedCurve};
use std::collections::BTreeMap;

/// Reads the curves of `published` that belong to a panel of `entries`. The file has the columns
/// `panel,k,log10_J` among others; a panel's rows make the curve of the entry of that panel.
pub(crate) fn curves(
    configs: &Configs,
    published: &PublishedFile,
    entries: &[Entry],
) -> Result<Vec<PublishedCurve>, ConfigError> {
    let (file, text) = configs.published(&published.file)?;
    let sheet = Sheet::parse(&file, &text)?;
    let mut panels: BTreeMap<&str, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for row in sheet.rows() {
        let (Some(x), Some(y)) = (row.number("k")?, row.number("log10_J")?) else { continue };
        let (xs, ys) = panels.entry(row.text("panel")?).or_default();
        xs.push(x);
        ys.push(y);
    }
    let of_entry = |entry: &Entry| {
        // Settings as printed are held against what was published, which they may not reproduce.
        let panel = entry.panel.as_deref()?;
        let (x, y) = panels.get(panel.strip_suffix("-printed").unwrap_or(panel))?.clone();
        Some(PublishedCurve {
            entry: entry.key.clone(),
            figure: String::new(),
            metric: "log10_value".into(),
            x,
            y,
            band: Vec::new(),
            incomparable: None,
            tolerance: published.tolerance,
            source: published.source.clone(),
        })
    };
    Ok(entries.iter().filter_map(of_entry).collect())
}
