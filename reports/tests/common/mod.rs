//! A small study made by formula, nothing random: three entries trained on images (one of whose runs diverges and
//! one of which is missing) and two minimisers of a function.
// Each test file uses a part of it; clippy exempts test functions from `unwrap_used`, not their helpers.
#![allow(dead_code, clippy::unwrap_used)]

pub mod given;
pub mod measures;
pub mod paper;

use records::*;
use reports::{Built, Earlier, Options, build, build_with};
use serde_json::{Value, json};
use tempfile::TempDir;

pub fn entry(key: &str, title: &str, colour: &str, dash: &str, panel: Option<&str>) -> Entry {
    Entry {
        key: key.into(),
        title: title.into(),
        optimizer: key.split('-').next().unwrap().into(),
        hyper: json!({"learning_rate": 0.01, "alpha": 0.5}),
        colour: colour.into(),
        dash: dash.into(),
        panel: panel.map(String::from),
        remark: panel.filter(|p| p.contains('-')).map(|_| "the values printed in the paper".into()),
        states: if key == "sgd" { vec![] } else { vec!["psi".into()] },
        formula: Formula {
            mathml: format!("<math><msub><mi>θ</mi><mi>k</mi></msub><mo>=</mo><mtext>{key}</mtext></math>"),
            reference: "A. Author, eq. 12".into(),
        },
    }
}

/// What the study says of an optimizer.
pub fn card(name: &str) -> OptimizerCard {
    OptimizerCard {
        name: name.into(),
        title: name.to_uppercase(),
        words: format!("How {name} works & why."),
        reference: "A. Author, eq. 12".into(),
        source: format!("optimizers/{name}"),
        parameters: vec![ParameterCard {
            key: "learning_rate".into(),
            meaning: "the step size".into(),
            accepted: "> 0".into(),
            default: json!(0.1),
        }],
        searches: vec![SearchCard {
            hyper: "learning_rate".into(),
            values: vec![json!(0.01), json!(0.1), json!(1)],
            reason: "decades around the default".into(),
        }],
        checks: vec![
            CheckCard { name: "it falls".into(), passed: true, detail: "2 to 1".into() },
            CheckCard { name: "it flies".into(), passed: false, detail: "1 < 2".into() },
        ],
    }
}

pub fn function_value(x: f64, y: f64) -> f64 {
    100.0 * (y - x.abs()).powi(2) + (1.0 - x).abs()
}

/// The study, with `seeds` repetitions of the classification task.
pub fn manifest(seeds: u64) -> Manifest {
    let size = [89, 49];
    let grid =
        |i: usize, j: usize| function_value(-2.2 + 4.4 * i as f64 / 88.0, -0.2 + 2.4 * j as f64 / 48.0);
    let values = (0..size[0] * size[1]).map(|k| grid(k % size[0], k / size[0])).collect();
    let images = TaskCard {
        name: "nin-shapes".into(),
        title: "Shapes".into(),
        description: "A small network in network on procedural images.".into(),
        kind: TaskKind::Training {
            classes: 10,
            train_examples: 4000,
            validation_examples: 0,
            test_examples: 1000,
            example: "image".into(),
            loss_unit: "nats".into(),
            classifies: true,
            measure: None,
            epochs: 12,
            batch_size: 32,
            parameters: 967_096,
            margin: 0.003,
        },
        remarks: vec![],
        track: None,
        elsewhere: Vec::new(),
        entries: vec![
            entry("sgd", "SGD", "#cc3399", "dotted", None),
            entry("adam", "Adam", "#e69f00", "dashed", None),
            entry("inna", "INNA (0.5, 0.1)", "#0072b2", "solid", None),
        ],
        published: vec![],
        settings: json!({"data": {"name": "shapes"}, "model": {"name": "nin", "classes": 10}, "epochs": 12}),
        role: String::new(),
        paper: vec![],
        selections: vec![],
        choices: vec![],
        tuning: None,
        reference: None,
        anchor: Some(Anchor { value: 0.7, source: "a number made up for this study".into() }),
    };
    let toy = TaskCard {
        name: "toy".into(),
        title: "Figure 1".into(),
        description: "The two-dimensional problem of the paper.".into(),
        kind: TaskKind::Function {
            formula: "J(θ) = 100 (θ₂ − |θ₁|)² + |1 − θ₁|".into(),
            function: "inna-toy".into(),
            start: [-1.0, 1.5],
            minimiser: [1.0, 1.0],
            steps: 88_000,
            grid: Some(Grid { x: [-2.2, 2.2], y: [-0.2, 2.2], size, values }),
        },
        remarks: vec![],
        track: None,
        elsewhere: Vec::new(),
        entries: vec![
            entry("inna-a", "INNA (0.3, 0.01)", "#e69f00", "solid", Some("a")),
            entry("inna-b", "INNA (0.3, 0.1)", "#0072b2", "dashed", Some("b")),
            entry("inna-c", "INNA (1.3, 0.1)", "#c8102e", "dotted", Some("c")),
            entry("inna-ap", "INNA (0.5, 0.01)", "#e69f00", "solid", Some("a-printed")),
            entry("inna-bp", "INNA (0.5, 0.1)", "#0072b2", "dashed", Some("b-printed")),
        ],
        published: vec![PublishedCurve {
            entry: "inna-a".into(),
            figure: String::new(),
            band: vec![],
            incomparable: None,
            metric: "log10_value".into(),
            x: (0..=88).map(|k| f64::from(k) * 1000.0).collect(),
            y: (0..=88).map(|k| trajectory_row(0, k).value.log10() + 1e-3).collect(),
            tolerance: 0.01,
            source: "Castera et al. 2021, figure 1 (d), read from the vector drawing".into(),
        }],
        settings: Value::Object(Default::default()),
        role: String::new(),
        paper: vec![],
        selections: vec![],
        choices: vec![],
        tuning: None,
        anchor: None,
        reference: None,
    };
    let mut manifest = Manifest {
        study: "quick".into(),
        title: "Does <script>alert(1)</script> & INNA keep up?".into(),
        question: "How does INNA compare with \"SGD\" & Adam?".into(),
        source: "title: <b>quick</b>\n".into(),
        master_seed: 20_210_101,
        tasks: vec![images, toy],
        runs: vec![],
        stale: vec![],
        figures: vec![],
        claims: None,
        label: None,
        rehearsal: false,
        choices: vec![],
        theory: vec![],
        exhibits: vec![],
        optimizers: ["adam", "inna", "sgd"].map(card).to_vec(),
        timings: vec![],
        joint: None,
    };
    manifest.timings.push(timing(
        &manifest.tasks[0],
        "cpu",
        &[("sgd", 28.0), ("adam", 28.0), ("inna", 28.0)],
    ));
    for (task, seeds) in [(0, seeds), (1, 1)] {
        for e in manifest.tasks[task].entries.clone() {
            for repetition in 0..seeds {
                let task = manifest.tasks[task].name.clone();
                let id = specification(&task, &e, repetition).id().unwrap();
                manifest.runs.push(PlannedRun { id, task: name(&task), entry: e.key.clone(), repetition });
            }
        }
    }
    manifest
}

/// Steps of some entries of a classification task, by their keys: median milliseconds, a quarter less at best and half more at worst.
pub fn timing(task: &TaskCard, device: &str, medians: &[(&str, f64)]) -> Timing {
    let TaskKind::Training { classes, parameters, batch_size, .. } = task.kind else {
        panic!("{} trains no network", task.name)
    };
    let step = |(key, median_ms): &(&str, f64)| {
        let entry = task.entries.iter().find(|entry| entry.key == *key).unwrap();
        StepTime {
            optimizer: entry.optimizer.clone(),
            hyper: entry.hyper.clone(),
            median_ms: *median_ms,
            smallest_ms: 0.75 * median_ms,
            largest_ms: 1.5 * median_ms,
        }
    };
    Timing {
        format: TIMING_FORMAT,
        task: name(&task.name),
        device: name(device),
        accelerator: None,
        threads: 2,
        machine: Machine {
            cpu: "Some CPU".into(),
            cores: 4,
            features: "avx2".into(),
            system: "linux x86_64".into(),
        },
        others_cores: Some(0.02),
        busy: false,
        // 2026-11-25.
        started_unix_s: 1_795_564_800,
        data: "shapes".into(),
        input: [32, 32, 3],
        classes,
        model: task.settings["model"].clone(),
        parameters,
        batch_size,
        precision: "f32".into(),
        rounds: 7,
        steps: 2,
        entries: medians.iter().map(step).collect(),
        suite_version: "0.1.0".into(),
        code_digest: "abcd".into(),
        code: Default::default(),
        compiler: "rustc".into(),
    }
}

/// A name that is one.
pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub fn specification(task: &str, entry: &Entry, repetition: u64) -> Specification {
    Specification {
        task: name(task),
        task_settings: json!({"epochs": 12, "key": entry.key}),
        data_digest: if task == "toy" { String::new() } else { "d1a2".into() },
        optimizer: OptimizerChoice { name: entry.optimizer.clone(), hyper: entry.hyper.clone() },
        master_seed: 20_210_101,
        repetition,
    }
}

/// A spiral into the minimiser: entries differ in how fast.
pub fn trajectory_row(which: usize, k: u32) -> TrajectoryRow {
    let t = f64::from(k) / 88.0;
    let radius = 2.0 * (-(3.0 + which as f64) * t).exp();
    let angle = (9.0 - 2.0 * which as f64) * t + 2.9;
    let (x, y) = (1.0 + radius * angle.cos(), 1.0 + 0.5 * radius * angle.sin());
    TrajectoryRow { step: 1000 * u64::from(k), theta1: x, theta2: y, value: function_value(x, y) }
}

fn epoch_row(which: usize, repetition: u64, epoch: u32) -> EpochRow {
    let t = f64::from(epoch);
    let wobble = 0.004 * ((repetition * 7 + which as u64 * 3 + u64::from(epoch)) % 5) as f64;
    let speed = [0.16, 0.34, 0.27][which];
    let top = [0.62, 0.71, 0.725][which];
    EpochRow {
        epoch,
        step: 125 * u64::from(epoch),
        elapsed_s: 3.5 * t,
        learning_rate: (epoch > 0).then_some(0.01),
        train_loss_running: (epoch > 0).then_some(2.4 * (-speed * t).exp() + wobble),
        train_loss: 2.302 * (-speed * t).exp() * (1.0 + 4.0 * wobble),
        validation_loss: None,
        validation_accuracy: None,
        test_loss: 1.2,
        test_accuracy: Some(
            0.1 + (top - 0.1) * (1.0 - (-1.4 * speed * t).exp()) + if epoch > 0 { wobble } else { 0.0 },
        ),
    }
}

/// The records of all planned runs but the last of Adam; the last run of SGD diverges in epoch 4.
pub fn records(manifest: &Manifest) -> Vec<Record> {
    let mut records = Vec::new();
    for task in &manifest.tasks {
        for (which, e) in task.entries.iter().enumerate() {
            let planned: Vec<_> =
                manifest.runs.iter().filter(|r| r.task == task.name && r.entry == e.key).collect();
            for run in &planned {
                let last = run.repetition as usize + 1 == planned.len() && planned.len() > 1;
                if last && e.key == "adam" {
                    continue;
                }
                let diverged = last && e.key == "sgd";
                let curve = if task.name == "toy" {
                    Curve::Trajectory((0..=88).map(|k| trajectory_row(which, k)).collect())
                } else {
                    let epochs = if diverged { 4 } else { 12 };
                    Curve::Epochs((0..=epochs).map(|k| epoch_row(which, run.repetition, k)).collect())
                };
                records.push(record(&task.name, e, run.repetition, diverged, curve));
            }
        }
    }
    records
}

pub fn record(task: &str, e: &Entry, repetition: u64, diverged: bool, curve: Curve) -> Record {
    let specification = specification(task, e, repetition);
    Record {
        format: FORMAT,
        id: specification.id().unwrap(),
        outcome: if diverged {
            Outcome::Diverged { step: 511, reason: "training loss is NaN".into() }
        } else {
            Outcome::Finished
        },
        fingerprint: digest_hex(format!("{task}{}{repetition}", e.key).as_bytes()),
        provenance: Provenance {
            suite_version: "0.1.0".into(),
            code_digest: "0123456789abcdef".into(),
            code: std::collections::BTreeMap::new(),
            compiler: "rustc 1.95.0".into(),
            machine: Machine {
                cpu: "A processor".into(),
                cores: 2,
                features: "avx2 fma".into(),
                system: "linux x86_64".into(),
            },
            device: "cpu".into(),
            accelerator: None,
            precision: "f32".into(),
            threads: 1,
            jobs: 2,
            started_unix_s: 1_795_479_901 + 60 * repetition,
            training_s: 42.0,
            evaluation_s: 3.25,
            population: 1,
            resumptions: 0,
            state_bytes: if e.key == "sgd" { 0 } else { 4 * 967_096 },
            parameters: 967_096,
        },
        specification,
        curve,
    }
}

/// A page without its style sheet, drawings, scripts, and the policy that has their hashes.
pub fn words(page: &str) -> String {
    let mut text = page.to_string();
    let policy = ("<meta http-equiv=\"Content-Security-Policy\"", ">\n");
    for (open, close) in [policy, ("<style>", "</style>"), ("<script", "</script>"), ("<svg", "</svg>")] {
        while let Some(start) = text.find(open) {
            let end = start + text[start..].find(close).unwrap() + close.len();
            text.replace_range(start..end, "");
        }
    }
    text
}

/// Whether a page has a script that is neither data nor the one of every page.
pub fn runs_scripts(html: &str) -> bool {
    let own = "</div>\n<script>\n(() => {\n\"use strict\";\n";
    html.replace("<script type=\"application/json\" class=\"readout\">", "")
        .replace("<script type=\"application/json\" class=\"pairs\">", "")
        .replacen(own, "", 1)
        .contains("<script")
}

pub fn made(manifest: &Manifest, records: &[Record]) -> (Built, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (build(manifest, records, folder.path()).unwrap(), folder)
}

/// The report of `after`, compared with that of `before`.
pub fn compared(before: (&Manifest, &[Record]), after: (&Manifest, &[Record])) -> (Built, TempDir) {
    let (_, there) = made(before.0, before.1);
    let earlier = Earlier::read(there.path()).unwrap();
    let here = tempfile::tempdir().unwrap();
    let options = Options { earlier: Some(&earlier), ..Options::default() };
    let built = build_with(after.0, after.1.to_vec(), here.path(), options).unwrap();
    (built, here)
}

pub fn read(folder: &TempDir, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).unwrap()
}
