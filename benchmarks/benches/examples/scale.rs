//! From a store of 10 000 runs of 200 epochs to pages: seconds and peak memory of every stage.
//!
//! `scale [FOLDER [TASKS ENTRIES SEEDS EPOCHS]]` makes the store by formula where FOLDER has none, then measures.

use records::{
    Curve, EpochRow, Manifest, Outcome, PlannedRun, Record, Specification, Store, TaskKind, digest_hex,
};
use reports::{Options, Stage};
use serde_json::json;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[path = "../../../reports/tests/common/mod.rs"]
mod common;

/// How much of everything there is.
struct Size {
    tasks: usize,
    entries: usize,
    seeds: u64,
    epochs: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let folder = arguments.first().map_or_else(|| target.join("scale"), PathBuf::from);
    let number = |k: usize, default: usize| arguments.get(k).map_or(Ok(default), |text| text.parse());
    let size = Size {
        tasks: number(1, 10)?,
        entries: number(2, 50)?,
        seeds: number(3, 20)? as u64,
        epochs: number(4, 200)? as u32,
    };
    let manifest = manifest(&size)?;
    let store = Store::open(folder.join("store"));
    write(&store, &manifest, &size)?;
    measure(&store, manifest, &folder.join("report"))
}

/// Tasks that differ in name, entries that differ in a hyper-parameter.
fn manifest(size: &Size) -> Result<Manifest, records::IdentityError> {
    let mut manifest = common::manifest(0);
    manifest.runs.clear();
    manifest.tasks.truncate(1);
    let mut task = manifest.tasks.remove(0);
    if let TaskKind::Training { epochs, .. } = &mut task.kind {
        *epochs = size.epochs;
    }
    let colours = ["#cc3399", "#e69f00", "#0072b2", "#009e73", "#d55e00"];
    let dashes = ["solid", "dashed", "dotted", "dash-dot"];
    task.entries = (0..size.entries)
        .map(|k| {
            let title = format!("INNA, step {k}");
            let mut entry =
                common::entry(&format!("inna-{k:02}"), &title, colours[k % 5], dashes[k % 4], None);
            entry.hyper = json!({"learning_rate": 0.001 * (k + 1) as f64, "alpha": 0.5, "beta": 0.1});
            entry
        })
        .collect();
    for t in 0..size.tasks {
        task.name = format!("shapes-{t:02}");
        task.title = format!("Shapes, variant {t}");
        for entry in &task.entries {
            for repetition in 0..size.seeds {
                let specification = specification(&task.name, entry, repetition, size);
                let id = specification.id()?;
                let run = PlannedRun { id, task: specification.task, entry: entry.key.clone(), repetition };
                manifest.runs.push(run);
            }
        }
        manifest.tasks.push(task.clone());
    }
    Ok(manifest)
}

/// Of a training of so many epochs.
fn specification(task: &str, entry: &records::Entry, repetition: u64, size: &Size) -> Specification {
    let mut specification = common::specification(task, entry, repetition);
    specification.task_settings["epochs"] = size.epochs.into();
    specification
}

/// Every planned run but one in 499; one in 97 diverges half-way.
fn write(store: &Store, manifest: &Manifest, size: &Size) -> Result<(), Box<dyn Error>> {
    let entries: BTreeMap<&str, (usize, &records::Entry)> =
        manifest.tasks[0].entries.iter().enumerate().map(|(k, e)| (e.key.as_str(), (k, e))).collect();
    let begun = Instant::now();
    let mut written = 0;
    for (i, run) in manifest.runs.iter().enumerate() {
        if i % 499 == 498 || store.holds(&run.task, &run.id) {
            continue;
        }
        let (k, entry) = entries[run.entry.as_str()];
        let diverged = i % 97 == 96;
        let last = if diverged { size.epochs / 2 } else { size.epochs };
        let rows = (0..=last).map(|epoch| row(i, k, epoch, size.epochs)).collect();
        let mut record = common::record(&run.task, entry, run.repetition, diverged, Curve::Epochs(rows));
        record.specification = specification(&run.task, entry, run.repetition, size);
        record.id = run.id.clone();
        record.fingerprint = digest_hex(run.id.as_bytes()).repeat(2);
        if diverged {
            let step = 125 * u64::from(last);
            record.outcome = Outcome::Diverged { step, reason: "training loss is NaN".into() };
        }
        store.write(&record)?;
        written += 1;
    }
    if written > 0 {
        let (root, taken) = (store.root().display(), seconds(begun));
        writeln!(std::io::stdout(), "{written} runs written to {root} in {taken:.1} s")?;
    }
    Ok(())
}

/// A measurement with as many digits as a real one; runs differ a little, entries a little more.
fn row(run: usize, entry: usize, epoch: u32, epochs: u32) -> EpochRow {
    let t = f64::from(epoch) / f64::from(epochs.max(1));
    let noise = ((run as f64) * 12.9898 + f64::from(epoch) * 78.233).sin() * 0.01;
    let loss = 2.302 * (-(2.0 + 0.05 * entry as f64) * t).exp() * (1.0 + noise);
    let accuracy = 0.1 + (0.6 + 0.002 * entry as f64) * (1.0 - (-3.0 * t).exp()) + noise;
    EpochRow {
        epoch,
        step: 125 * u64::from(epoch),
        elapsed_s: 3.517 * f64::from(epoch) * (1.0 + noise),
        learning_rate: (epoch > 0).then_some(0.01 / f64::from(epoch.max(1)).sqrt()),
        train_loss_running: (epoch > 0).then_some(loss * 1.07),
        train_loss: loss,
        validation_loss: Some(loss * 1.11),
        validation_accuracy: Some(accuracy * 0.97),
        test_loss: loss * 1.13,
        test_accuracy: Some(accuracy),
    }
}

fn measure(store: &Store, manifest: Manifest, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut table = Table::new();
    let survey = store.survey(&manifest.runs)?;
    // What is not read would not be measured.
    if let Some(damage) = survey.damaged.first() {
        return Err(damage.reason.clone().into());
    }
    let records: Vec<Record> = survey.records;
    let n = records.len();
    table.row("reading the store");
    let mut watch = |stage| {
        table.row(match stage {
            Stage::Tables => "tables",
            Stage::View => "view",
            Stage::Figures => "figures",
            Stage::TableFiles => "files of the tables",
            Stage::Pages => "pages",
            Stage::Data => "report.json, manifest.json",
        });
    };
    let options = Options { watch: Some(&mut watch), ..Options::default() };
    let built = reports::build_with(&manifest, records, out, options)?;
    let mut shown = std::io::stdout().lock();
    writeln!(shown, "{n} runs. Resident memory: at the end of a stage, and the most during it.")?;
    table.print(&mut shown)?;
    writeln!(shown, "\n| file | MB |\n| --- | --- |")?;
    let mut files = built.files;
    files.retain(|(path, size)| path.extension().is_none_or(|e| e != "svg") || *size > 500_000);
    for (path, size) in files {
        let (name, megabytes) = (path.strip_prefix(out).unwrap_or(&path).display(), size as f64 / 1e6);
        writeln!(shown, "| {name} | {megabytes:.2} |")?;
    }
    Ok(())
}

fn seconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64()
}

/// What each stage took.
struct Table {
    rows: Vec<Row>,
    since: (Instant, Option<f64>),
}

/// A stage: seconds on the clock and of all cores together, MB at its end and at most.
struct Row {
    name: &'static str,
    seconds: f64,
    cores: Option<f64>,
    end: Option<f64>,
    peak: Option<f64>,
}

impl Table {
    fn new() -> Self {
        forget_peak();
        Self { rows: Vec::new(), since: (Instant::now(), processor()) }
    }

    fn row(&mut self, name: &'static str) {
        self.rows.push(Row {
            name,
            seconds: seconds(self.since.0),
            cores: processor().zip(self.since.1).map(|(now, then)| now - then),
            end: memory("VmRSS"),
            peak: memory("VmHWM"),
        });
        forget_peak();
        self.since = (Instant::now(), processor());
    }

    fn print(&self, out: &mut impl Write) -> std::io::Result<()> {
        let text = |x: Option<f64>, decimals: usize| {
            x.map_or_else(|| "unknown".into(), |x| format!("{x:.decimals$}"))
        };
        writeln!(
            out,
            "| stage | s | s of a core | MB at its end | MB at most |\n| --- | --- | --- | --- | --- |"
        )?;
        for row in &self.rows {
            let (cores, end, peak) = (text(row.cores, 1), text(row.end, 0), text(row.peak, 0));
            writeln!(out, "| {} | {:.1} | {cores} | {end} | {peak} |", row.name, row.seconds)?;
        }
        let total: f64 = self.rows.iter().map(|row| row.seconds).sum();
        let cores: Option<f64> = self.rows.iter().map(|row| row.cores).sum();
        let peak = self.rows.iter().filter_map(|row| row.peak).max_by(f64::total_cmp);
        writeln!(out, "| all | {total:.1} | {} | | {} |", text(cores, 1), text(peak, 0))
    }
}

/// Seconds that this process has had of all cores, in Linux' hundredths.
fn processor() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may hold anything; user and system time are the 12th and 13th after it.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Some(ticks.sum::<Result<f64, _>>().ok()? / 100.0)
}

/// A line of `/proc/self/status`, MB.
fn memory(name: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? * 1024.0 / 1e6)
}

/// Peaks count from here on; where the system refuses, from the start of the process.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
