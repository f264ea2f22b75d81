//! Networks that a task writes out layer by layer, through the binary.
#![allow(clippy::unwrap_used)]

mod common;

use common::{bench, fingerprints, spoiled, stderr};
use std::path::{Path, PathBuf};
use std::process::Output;

/// A residual network with batch normalisations, as a task file has it.
const RESIDUAL: &str = "\
model:
  name: layers
  layers:
    - conv: {filters: 4, kernel: 3, stride: 4, padding: 1, bias: false}
    - batch-norm: {}
    - relu
    - repeat:
        times: 2
        layers:
          - residual:
              layers:
                - conv: {filters: 4, kernel: 3, padding: 1}
                - batch-norm: {momentum: 0.2}
                - gelu
          - relu
    - mean-pool
    - dense: {units: 10}";

const NIN: &str = "model: {name: nin, width: 0.05}";

fn verb(folder: &Path, configs: &Path, verb: &str, more: &[&str]) -> Output {
    let arguments = [&[verb, "tiny", "--task", "small", "--configs", configs.to_str().unwrap()], more];
    bench(folder, &arguments.concat())
}

/// The small configurations with such a network and so many epochs.
fn with(folder: &Path, model: &str, epochs: u32) -> PathBuf {
    let configs = spoiled(folder, "tasks/small.yaml", NIN, model);
    let path = configs.join("tasks/small.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, text.replace("epochs: 2", &format!("epochs: {epochs}"))).unwrap();
    configs
}

/// What an evaluation goes by is kept with the parameters: a training that was killed has the bits of one that was not.
#[test]
fn a_network_in_yaml_trains_and_goes_on_with_its_running_statistics() {
    let (whole, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let configs = with(whole.path(), RESIDUAL, 60);
    let done = verb(whole.path(), &configs, "run", &["--quiet"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));

    common::killed_in_the_middle(killed.path(), &configs, "6");
    let goes_on = verb(killed.path(), &configs, "run", &["--quiet", "--replicas", "6", "--jobs", "1"]);
    assert_eq!(goes_on.status.code(), Some(0), "{}", stderr(&goes_on));
    let all = fingerprints(&whole.path().join("store"));
    assert_eq!(all.len(), 6);
    assert_eq!(fingerprints(&killed.path().join("store")), all);
    let report = verb(whole.path(), &configs, "report", &[]);
    assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
    let step = ["time", "step", "--task", "small", "--batch", "8", "--steps", "1", "--json", "--configs"];
    let step = bench(whole.path(), &[&step[..], &[configs.to_str().unwrap()]].concat());
    assert_eq!(step.status.code(), Some(0), "{}", stderr(&step));
    let timed: serde_json::Value = serde_json::from_slice(&step.stdout).unwrap();
    // 3·9·4 without bias; twice 4·9·4 and 4; three gains and shifts; 4·10 and 10.
    assert_eq!(timed["parameters"], 108 + 2 * (144 + 4) + 3 * 8 + 50);
}

/// The task that the documentation shows can be used as it is.
#[test]
fn the_documented_task_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let page = std::fs::read_to_string(Path::new(common::ROOT).join("docs/ADDING-A-TASK.md")).unwrap();
    let task = page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let configs = common::configs(folder.path());
    std::fs::write(configs.join("tasks/small.yaml"), task).unwrap();
    let planned = verb(folder.path(), &configs, "plan", &[]);
    assert_eq!(planned.status.code(), Some(0), "{}", stderr(&planned));
}

#[test]
fn what_is_no_network_is_refused_with_its_place_and_a_remedy() {
    let layers = |text: &str| format!("model: {{name: layers, layers: [{text}]}}");
    for (model, expected) in [
        (layers("{cnov: {filters: 4, kernel: 3}}"), &["unknown variant `cnov` (did you mean `conv`?)"][..]),
        (layers("{conv: {filters: 4, kernal: 3}}"), &["unknown field `kernal` (did you mean `kernel`?)"]),
        (layers("relu, {conv: {filters: 4, kernel: 40}}"), &["model.layers[1].conv", "32 x 32 x 3"]),
        (layers("{dense: {units: 9}}"), &["ends with 1 x 1 x 9", "10 classes"]),
        (layers("{group-norm: {groups: 2}}"), &["model.layers[0].group-norm", "divisor of the 3 channels"]),
        (
            layers("{residual: {layers: [{linear: {units: 5}}]}}"),
            &["model.layers[0].residual", "32 x 32 x 5", "32 x 32 x 3"],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let configs = with(folder.path(), &model, 2);
        let refused = verb(folder.path(), &configs, "plan", &[]);
        let message = stderr(&refused);
        assert_eq!(refused.status.code(), Some(2), "{message}");
        for part in expected.iter().chain(&["small.yaml"]) {
            assert!(message.contains(part), "`{part}` in {message}");
        }
    }
    // An image's numbers are no tokens.
    let folder = tempfile::tempdir().unwrap();
    let tokens = "{embedding: {vocabulary: 9, width: 4}}, mean-pool, {dense: {units: 10}}";
    let configs = with(folder.path(), &layers(tokens), 2);
    let refused = verb(folder.path(), &configs, "plan", &[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("embedding"), "{}", stderr(&refused));
    let step = ["time", "step", "--task", "small", "--configs", configs.to_str().unwrap()];
    assert!(stderr(&bench(folder.path(), &step)).contains("embedding"));
    // 60 images in batches of 59: the last one has a single number of each channel, which has no variance.
    let folder = tempfile::tempdir().unwrap();
    let configs = with(folder.path(), &layers("{dense: {units: 10}}, {batch-norm: {}}"), 2);
    let path = configs.join("tasks/small.yaml");
    let text = std::fs::read_to_string(&path).unwrap().replace("batch_size: 16", "batch_size: 59");
    std::fs::write(path, text).unwrap();
    let refused = verb(folder.path(), &configs, "plan", &[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("makes a batch of a single one"), "{}", stderr(&refused));
}
