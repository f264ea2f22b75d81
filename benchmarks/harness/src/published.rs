//! Published curves as they are kept under `configs/published`: CSV whose comment lines (`#`) name the source.

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
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    let header: Vec<&str> = lines.next().map(|(_, line)| line.split(',').collect()).unwrap_or_default();
    let column = |name: &str| {
        header
            .iter()
            .position(|&h| h == name)
            .ok_or_else(|| ConfigError::new(&file, format!("no column `{name}` in the header {header:?}")))
    };
    let (panel, x, y) = (column("panel")?, column("k")?, column("log10_J")?);
    let mut panels: BTreeMap<&str, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for (n, line) in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |i: usize| {
            cells.get(i).and_then(|cell| cell.parse::<f64>().ok()).ok_or_else(|| {
                ConfigError::new(&file, format!("line {}: no number in column {}", n + 1, i + 1))
            })
        };
        let (xs, ys) = panels.entry(cells.get(panel).copied().unwrap_or_default()).or_default();
        xs.push(number(x)?);
        ys.push(number(y)?);
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
