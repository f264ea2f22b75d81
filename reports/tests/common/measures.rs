//! A study of three tasks that are judged by different measures: an accuracy, a loss per token and a gap to a known minimum.

use super::*;

/// Seeds of every entry: the fewest with which three comparisons can be decided.
pub const SEEDS: usize = 7;

/// What every run ends with, by entry and seed; NaN is a run that diverged.
pub type Ends = [(&'static str, [f64; SEEDS]); 3];

pub const ACCURACIES: Ends = [
    ("sgd", [0.40, 0.41, 0.42, 0.43, 0.44, 0.45, 0.46]),
    ("adam", [0.48, 0.50, 0.52, 0.53, 0.54, 0.56, 0.58]),
    ("inna", [0.44, 0.46, 0.48, 0.48, 0.49, 0.50, 0.52]),
];
/// Nats per token.
pub const LOSSES: Ends = [
    ("sgd", [2.50, 2.52, 2.54, 2.56, 2.58, 2.60, 2.62]),
    ("adam", [2.22, 2.23, 2.24, 2.26, 2.28, 2.29, 2.30]),
    // One diverges, and one ends above where it began, at which a guess is.
    ("inna", [2.0, 2.1, 2.2, 2.3, 2.4, f64::NAN, 5.5]),
];
/// log₁₀ of what the training loss lies above [`MINIMUM`].
pub const GAPS: Ends = [
    ("sgd", [-1.0, -1.1, -1.2, -1.3, -1.4, -1.5, -1.6]),
    ("adam", [-1.9, -2.05, -2.2, -2.3, -2.4, -2.55, -2.7]),
    ("inna", [-1.2, -1.2, -1.1, -1.2, -1.5, -1.6, -1.7]),
];
pub const MINIMUM: f64 = 0.5;

fn kind(example: &str, measure: Option<Measure>, margin: f64) -> TaskKind {
    TaskKind::Training {
        classes: if measure.is_some() { 65 } else { 10 },
        train_examples: 100,
        validation_examples: 0,
        test_examples: 100,
        example: example.into(),
        loss_unit: if example == "sequence" { "nats per token" } else { "nats" }.into(),
        classifies: measure.is_none(),
        measure,
        epochs: 10,
        batch_size: 10,
        parameters: 10,
        margin,
    }
}

/// The state of a training after so many of its ten epochs, on a straight line from a guess to its end.
fn row(epoch: u32, loss: f64, accuracy: Option<f64>) -> EpochRow {
    EpochRow {
        epoch,
        step: 10 * u64::from(epoch),
        elapsed_s: f64::from(epoch),
        learning_rate: None,
        train_loss_running: (epoch > 0).then_some(loss),
        train_loss: loss,
        validation_loss: None,
        validation_accuracy: None,
        test_loss: loss,
        test_accuracy: accuracy,
    }
}

pub fn measures() -> (Manifest, Vec<Record>) {
    let mut study = manifest(0);
    let first = study.tasks.remove(0);
    study.tasks.clear();
    study.runs.clear();
    study.timings.clear();
    let loss = Measure {
        of: Measured::Loss,
        part: Part::Test,
        name: "loss".into(),
        unit: "nats per token".into(),
        chance: 4.0,
        limit: Some(1.5),
    };
    let gap = Measure {
        of: Measured::Gap { minimum: MINIMUM },
        part: Part::Train,
        name: "gap".into(),
        unit: "log₁₀".into(),
        chance: 0.0,
        limit: None,
    };
    let mut records = Vec::new();
    let tasks: [(&str, &str, TaskKind, f64, Ends); 3] = [
        ("shapes", "Shapes", kind("image", None, 0.01), 0.7, ACCURACIES),
        ("letters", "Letters", kind("sequence", Some(loss), 0.02), 2.0, LOSSES),
        ("valley", "Valley", kind("sample", Some(gap), 0.1), -3.0, GAPS),
    ];
    for (task, title, kind, anchor, ends) in tasks {
        let mut card = TaskCard { name: task.into(), title: title.into(), kind, ..first.clone() };
        card.description = format!("{title}, made by formula.");
        card.settings = json!({});
        card.anchor = Some(Anchor { value: anchor, source: "made up".into() });
        for (key, values) in ends {
            let entry = card.entries.iter().find(|entry| entry.key == key).unwrap().clone();
            for (seed, end) in values.into_iter().enumerate() {
                let at = |k: u32| {
                    let share = f64::from(k) / 10.0;
                    match task {
                        "shapes" => row(k, 2.3 - share, Some(0.1 + (end - 0.1) * share)),
                        "letters" => row(k, 4.0 + (end - 4.0) * share, None),
                        _ => row(k, MINIMUM + 10_f64.powf(end * share), None),
                    }
                };
                let diverged = end.is_nan();
                let rows = if diverged { vec![row(0, 4.0, None)] } else { (0..=10).map(at).collect() };
                let record = record(task, &entry, seed as u64, diverged, Curve::Epochs(rows));
                study.runs.push(PlannedRun {
                    id: record.id.clone(),
                    task: name(task),
                    entry: key.into(),
                    repetition: seed as u64,
                });
                records.push(record);
            }
        }
        study.tasks.push(card);
    }
    (study, records)
}
