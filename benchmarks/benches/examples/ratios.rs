//! Prints what the last run of the benchmarks measured: medians, rates, and the rate over that of the group's yardstick.

use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

/// One benchmark's result.
struct Measured {
    name: String,
    milliseconds: f64,
    /// Elements or bytes per second.
    rate: Option<(f64, &'static str)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let folder = target.join("criterion");
    let mut groups: BTreeMap<String, Vec<Measured>> = BTreeMap::new();
    for group in entries(&folder)? {
        for benchmark in entries(&group)? {
            let new = benchmark.join("new");
            if new.join("benchmark.json").is_file() {
                let (group, measured) = read(&new)?;
                groups.entry(group).or_default().push(measured);
            }
        }
    }
    if groups.is_empty() {
        return Err(format!("no results under {}; run: make bench", folder.display()).into());
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "| benchmark | ms | rate | of the yardstick |\n| --- | --- | --- | --- |")?;
    for (group, mut measured) in groups {
        writeln!(out, "| **{group}** | | | |")?;
        measured.sort_by(|a, b| (a.name != "yardstick", &a.name).cmp(&(b.name != "yardstick", &b.name)));
        let yardstick = measured.iter().find(|m| m.name == "yardstick").and_then(|m| m.rate);
        for Measured { name, milliseconds, rate } in measured {
            let ratio = match (rate, yardstick) {
                (Some((rate, _)), Some((best, _))) => format!("{:.2}", rate / best),
                _ => String::new(),
            };
            let rate = rate.map(|(rate, unit)| scaled(rate, unit)).unwrap_or_default();
            writeln!(out, "| {name} | {milliseconds:.4} | {rate} | {ratio} |")?;
        }
    }
    Ok(())
}

/// The folders in a folder, sorted.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let listing =
        std::fs::read_dir(folder).map_err(|e| format!("{}: {e}; run: make bench", folder.display()))?;
    let mut paths: Vec<PathBuf> =
        listing.flatten().map(|entry| entry.path()).filter(|p| p.is_dir()).collect();
    paths.sort();
    Ok(paths)
}

fn read(folder: &Path) -> Result<(String, Measured), Box<dyn Error>> {
    let json = |name: &str| -> Result<Value, Box<dyn Error>> {
        Ok(serde_json::from_str(&std::fs::read_to_string(folder.join(name))?)?)
    };
    let (benchmark, estimates) = (json("benchmark.json")?, json("estimates.json")?);
    let text = |key: &str| benchmark[key].as_str().unwrap_or_default().to_owned();
    let nanoseconds = estimates["median"]["point_estimate"].as_f64().ok_or("estimates.json has no median")?;
    let rate = [("Elements", ""), ("Bytes", "B")].into_iter().find_map(|(kind, unit)| {
        let count = benchmark["throughput"][kind].as_f64()?;
        Some((count / nanoseconds * 1e9, unit))
    });
    Ok((text("group_id"), Measured { name: text("function_id"), milliseconds: nanoseconds * 1e-6, rate }))
}

fn scaled(rate: f64, unit: &str) -> String {
    let (value, prefix) = match rate {
        r if r >= 1e9 => (r * 1e-9, "G"),
        r if r >= 1e6 => (r * 1e-6, "M"),
        r if r >= 1e3 => (r * 1e-3, "k"),
        r => (r, ""),
    };
    format!("{value:.1} {prefix}{unit}/s")
}
