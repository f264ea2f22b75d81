//! Tasks that are no classification of images, through the binary: sequences of tokens, and numbers that are to be given back.
#![allow(clippy::unwrap_used)]

mod common;

use common::{bench, stderr};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

/// A causal network of one block over the sentences of a grammar.
const SENTENCES: &str = "\
title: Sentences
description: Next tokens.
kind: training
data: {name: grammar, seed: 3, context: 12, train: 64, validation: 16, test: 32}
normalisation: none
model:
  name: layers
  layers:
    - embedding: {vocabulary: 24, width: 8}
    - positions
    - residual: {layers: [{layer-norm: {}}, {attention: {heads: 2, causal: true}}]}
    - linear: {units: 24}
measure: {of: loss}
initialisation: {law: glorot_normal}
batch_size: 16
epochs: 2
margin: 0.05
";

/// Curves through two numbers and back.
const AUTOENCODER: &str = "\
title: Curves
description: Back again.
kind: training
data: {name: curves, seed: 3}
selection: {train_per_class: 40, validation_per_class: 8, test_per_class: 8}
augmentation: {pad: 2, flip: true}
normalisation: unit
model:
  name: layers
  layers:
    - dense: {units: 2}
    - dense: {units: 784}
loss: {name: binary_cross_entropy}
measure: {of: loss, chance: 600}
initialisation: {law: glorot_normal}
batch_size: 16
epochs: 2
margin: 1
";

const STUDY: &str = "\
title: Other tasks
question: Do they go all the way?
master_seed: 5
tasks:
  - {task: one, repetitions: 2, entries: [{optimizer: adam}, {optimizer: sgd, hyper: {learning_rate: 0.001}}]}
  - {task: two, repetitions: 2, entries: [{optimizer: adam}, {optimizer: sgd, hyper: {learning_rate: 0.001}}]}
";

fn configs(folder: &Path, one: &str, two: &str) -> PathBuf {
    let configs = common::configs(folder);
    fs::write(configs.join("tasks/one.yaml"), one).unwrap();
    fs::write(configs.join("tasks/two.yaml"), two).unwrap();
    fs::write(configs.join("studies/other.yaml"), STUDY).unwrap();
    configs
}

fn verb(folder: &Path, configs: &Path, arguments: &[&str]) -> Output {
    bench(folder, &[arguments, &["--configs", configs.to_str().unwrap()]].concat())
}

fn done(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
}

/// What the pages say of the least loss on the first task.
fn limit(pages: &Path) -> f64 {
    let manifest = fs::read_to_string(pages.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    manifest["tasks"][0]["kind"]["measure"]["limit"].as_f64().unwrap()
}

#[test]
fn sequences_and_autoencoders_go_from_the_file_to_the_pages() {
    let folder = tempfile::tempdir().unwrap();
    let configs = configs(folder.path(), SENTENCES, AUTOENCODER);
    done(&verb(folder.path(), &configs, &["run", "other", "--quiet"]));
    done(&verb(folder.path(), &configs, &["verify", "other", "--sample", "4"]));
    done(&verb(folder.path(), &configs, &["report", "other", "-o", "pages"]));
    let report = fs::read_to_string(folder.path().join("pages/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let [one, two] = [0, 1].map(|i| &report["tasks"][i]["measure"]);
    assert_eq!(
        (one["unit"].as_str(), two["unit"].as_str()),
        (Some("nats per token"), Some("nats per image"))
    );
    // What the grammar itself has on the test part: below what any short training reaches, and a number on the page.
    let runs = fs::read_to_string(folder.path().join("pages/tables/runs.csv")).unwrap();
    let mut lines = runs.lines();
    let heads: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = |name: &str| heads.iter().position(|head| *head == name).unwrap();
    let losses: Vec<f64> = lines
        .map(|line| line.split(',').collect::<Vec<_>>())
        .filter(|cells| cells[place("task")] == "one")
        .map(|cells| cells[place("final_test_loss")].parse().unwrap())
        .collect();
    let limit = limit(&folder.path().join("pages"));
    assert_eq!(losses.len(), 4);
    assert!(limit > 0.5 && losses.iter().all(|loss| *loss > limit), "{limit} {losses:?}");
    let page = fs::read_to_string(folder.path().join("pages/one.html"))
        .or_else(|_| fs::read_to_string(folder.path().join("pages/task-one.html")))
        .unwrap();
    assert!(page.contains("nats per token") && !page.contains("images"), "a page of sequences");
}

/// Curves are stored without accuracies, and say so to whoever reads them.
#[test]
fn what_does_not_classify_has_no_accuracy() {
    let folder = tempfile::tempdir().unwrap();
    let configs = configs(folder.path(), SENTENCES, AUTOENCODER);
    done(&verb(folder.path(), &configs, &["run", "other", "--task", "two", "--quiet"]));
    let runs = fs::read_dir(folder.path().join("store/two")).unwrap();
    let curves: Vec<String> =
        runs.filter_map(|run| fs::read_to_string(run.unwrap().path().join("epochs.csv")).ok()).collect();
    assert_eq!(curves.len(), 4);
    for line in curves.iter().flat_map(|curve| curve.lines().skip(1)) {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!((cells[7], cells[9], cells[8].is_empty()), ("", "", false), "{line}");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_a_remedy() {
    for (task, from, to, expected) in [
        (SENTENCES, "vocabulary: 24, width", "vocabulary: 23, width", "24 tokens"),
        (SENTENCES, "vocabulary: 24, width", "vocabulary: 257, width", "at most 256"),
        (SENTENCES, "heads: 2", "heads: 3", "divisor of the width 8"),
        (SENTENCES, "normalisation: none", "normalisation: unit", "normalisation: none"),
        (SENTENCES, "linear: {units: 24}", "dense: {units: 24}", "at each of the 12 positions"),
        (SENTENCES, "context: 12", "context: 0", "data.context"),
        (SENTENCES, "name: grammar", "name: gramar", "did you mean `grammar`"),
        (
            SENTENCES,
            "normalisation: none",
            "normalisation: none\naugmentation: {pad: 1}",
            "tokens, not images",
        ),
        (
            SENTENCES,
            "measure: {of: loss}",
            "loss: {name: squared_error}\nmeasure: {of: loss, chance: 1}",
            "no target",
        ),
        (SENTENCES, "of: loss}", "of: loss, part: middle}", "middle"),
        (AUTOENCODER, "normalisation: unit", "normalisation: standard", "`unit`"),
        (AUTOENCODER, "measure: {of: loss, chance: 600}", "measure: {of: accuracy}", "not of labels"),
        (
            AUTOENCODER,
            "measure: {of: loss, chance: 600}",
            "measure: {of: gap, chance: 600}",
            "measure.minimum",
        ),
        (AUTOENCODER, "measure: {of: loss, chance: 600}", "measure: {of: loss}", "measure.chance"),
        (AUTOENCODER, "measure: {of: loss, chance: 600}\n", "", "measure: missing"),
        (AUTOENCODER, "units: 784", "units: 783", "784 numbers"),
        (AUTOENCODER, "pad: 2", "pad: 17", "augmentation.pad"),
        (AUTOENCODER, "dense: {units: 2}", "embedding: {vocabulary: 256, width: 4}", "the data are images"),
    ] {
        assert!(task.contains(from), "{from}");
        let folder = tempfile::tempdir().unwrap();
        let spoiled = task.replacen(from, to, 1).replace("title: Curves", "title: Others");
        let configs = configs(folder.path(), &spoiled, AUTOENCODER);
        let refused = verb(folder.path(), &configs, &["plan", "other"]);
        let message = stderr(&refused);
        assert_eq!(refused.status.code(), Some(2), "{to}: {message}");
        assert!(message.contains(expected) && message.contains("one"), "`{expected}` in {message}");
    }
}

/// A text of the user's, where it is looked for, and what it must be.
#[test]
fn a_text_of_the_users() {
    let folder = tempfile::tempdir().unwrap();
    let task = SENTENCES
        .replace(
            "grammar, seed: 3, context: 12, train: 64, validation: 16, test: 32",
            "text, file: mine.txt, context: 12",
        )
        .replace("vocabulary: 24", "vocabulary: 4")
        .replace("units: 24", "units: 4");
    let configs = configs(folder.path(), &task, AUTOENCODER);
    let missing = verb(folder.path(), &configs, &["plan", "other"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("data/mine.txt"), "{}", stderr(&missing));
    fs::create_dir_all(folder.path().join("data")).unwrap();
    fs::write(folder.path().join("data/mine.txt"), "abba ").unwrap();
    let short = verb(folder.path(), &configs, &["plan", "other"]);
    assert_eq!(short.status.code(), Some(2));
    assert!(stderr(&short).contains("13"), "{}", stderr(&short));
    fs::write(folder.path().join("data/mine.txt"), "abba\n".repeat(400)).unwrap();
    let task = task.replace("vocabulary: 4", "vocabulary: 3").replace("units: 4", "units: 3");
    fs::write(configs.join("tasks/one.yaml"), task).unwrap();
    done(&verb(folder.path(), &configs, &["run", "other", "--task", "one", "--quiet"]));
}

/// The shipped GPT knows the grammar to 5 % of its entropy after one short training, and no more than the grammar itself.
#[test]
fn a_small_gpt_comes_near_the_entropy_of_the_grammar_and_not_below() {
    let folder = tempfile::tempdir().unwrap();
    let configs = common::configs(folder.path());
    let shipped = Path::new(common::ROOT).join("configs/tasks/gpt-grammar.yaml");
    fs::copy(shipped, configs.join("tasks/gpt-grammar.yaml")).unwrap();
    let study = "\
title: Entropy
question: How near?
master_seed: 5
tasks:
  - task: gpt-grammar
    repetitions: 1
    entries: [{optimizer: adam, hyper: {learning_rate: 0.01, schedule: {kind: cosine}}}]
";
    fs::write(configs.join("studies/other.yaml"), study).unwrap();
    done(&verb(folder.path(), &configs, &["run", "other", "--quiet"]));
    done(&verb(folder.path(), &configs, &["report", "other", "-o", "pages"]));
    let limit = limit(&folder.path().join("pages"));
    let run = common::runs(&folder.path().join("store"), "gpt-grammar").remove(0);
    let curve = fs::read_to_string(run.join("epochs.csv")).unwrap();
    let losses: Vec<f64> =
        curve.lines().skip(1).map(|line| line.split(',').nth(8).unwrap().parse().unwrap()).collect();
    assert!(losses.iter().all(|loss| *loss > limit), "{limit}: {losses:?}");
    assert!(losses.last().unwrap() / limit < 1.05, "{limit}: {losses:?}");
}
