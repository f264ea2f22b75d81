//! A study, its configurations and its store on a cluster.
#![allow(clippy::unwrap_used)]

use crate::common::{CONFIGS, bench, stderr};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// How long something may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

pub struct Site {
    folder: tempfile::TempDir,
    study: &'static str,
    store: &'static str,
    cluster: String,
    configs: String,
}

/// Calls a command of Slurm; gives what it prints.
pub fn slurm(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(command).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{command}: {error}; `make slurm` runs these tests"));
    assert!(output.status.success(), "{command} {arguments:?}: {}", stderr(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Site {
    /// For a study of the small configurations, with a store of that name and these settings of the cluster.
    pub fn new(study: &'static str, store: &'static str, settings: &str) -> Self {
        assert!(
            std::env::var_os("SLURM_CONF").is_some(),
            "SLURM_CONF names no Slurm; `make slurm` starts one"
        );
        let folder = tempfile::tempdir().unwrap();
        let configs = folder.path().join("configs");
        for kind in ["studies", "tasks", "optimizers"] {
            std::fs::create_dir_all(configs.join(kind)).unwrap();
            for file in std::fs::read_dir(Path::new(CONFIGS).join(kind)).unwrap().flatten() {
                std::fs::copy(file.path(), configs.join(kind).join(file.file_name())).unwrap();
            }
        }
        let cluster = folder.path().join("cluster.yaml");
        std::fs::write(&cluster, settings).unwrap();
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        Self { folder, study, store, cluster: text(cluster), configs: text(configs) }
    }

    /// For a study of so many runs, each of which takes about that long on one core.
    pub fn lasting(store: &'static str, settings: &str, each: Duration, seeds: u64) -> Self {
        const EPOCHS: f64 = 300.0;
        let site = Self::new("lasting", store, settings);
        let task = std::fs::read_to_string(Path::new(CONFIGS).join("tasks/small.yaml")).unwrap();
        let write = |epochs: f64| {
            let task = task.replace("epochs: 2", &format!("epochs: {epochs:.0}"));
            std::fs::write(Path::new(&site.configs).join("tasks/lasting.yaml"), task).unwrap();
        };
        let study = format!(
            "title: Lasting\nquestion: Does it go on?\nmaster_seed: 1\ntasks:\n  - task: lasting\n    repetitions: {seeds}\n    \
             entries:\n      - {{optimizer: inna, hyper: {{learning_rate: 0.01}}}}\n"
        );
        std::fs::write(Path::new(&site.configs).join("studies/lasting.yaml"), study).unwrap();
        write(EPOCHS);
        let trial = site
            .call("run", &["--seeds", "1", "--jobs", "1", "--threads", "1", "--quiet", "--store", "trial"]);
        assert!(trial.status.success(), "{}", stderr(&trial));
        // By the record, which does not count what else keeps a process busy.
        let seconds: f64 = records(&site.folder.path().join("trial"))
            .values()
            .flat_map(|record| ["training_s", "evaluation_s"].map(|key| record["provenance"][key].as_f64()))
            .flatten()
            .sum();
        write((EPOCHS * each.as_secs_f64() / seconds).max(EPOCHS));
        site
    }

    pub fn cluster(&self) -> &str {
        &self.cluster
    }

    pub fn store(&self) -> PathBuf {
        self.folder.path().join(self.store)
    }

    /// Calls a verb on the study.
    pub fn call(&self, verb: &str, more: &[&str]) -> Output {
        let mut arguments = vec![verb, self.study, "--configs", &self.configs];
        if !more.contains(&"--store") {
            arguments.extend(["--store", self.store]);
        }
        arguments.extend(more);
        bench(self.folder.path(), &arguments)
    }

    /// Submits what is missing; the record of the submission.
    pub fn submit(&self, more: &[&str]) -> Value {
        let common = ["--executor", "slurm", "--json", "--cluster", &self.cluster];
        let output = self.call("submit", &[&common[..], more].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub fn status(&self) -> Value {
        let output = self.call("status", &["--json"]);
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Waits for something, asking for the status meanwhile.
    pub fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) {
        let clock = Instant::now();
        loop {
            let status = self.status();
            if holds(&status) {
                return;
            }
            if clock.elapsed() > PATIENCE {
                panic!("not after {PATIENCE:?}: {what}\n{}{status:#}", slurm("squeue", &["--states=all"]));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Whether no job waits, runs, or is being taken down.
    pub fn is_idle(&self) -> bool {
        slurm("squeue", &["--noheader"]).trim().is_empty()
    }

    /// The text of a task's log of the latest job.
    pub fn log(&self, status: &Value, task: u64) -> String {
        let job = status["jobs"].as_array().unwrap().last().unwrap();
        let folder = job["folder"].as_str().unwrap();
        std::fs::read_to_string(Path::new(folder).join(format!("{}_{task}.out", job["job"]))).unwrap()
    }

    /// Trains the study undisturbed in a store of its own; its fingerprints.
    pub fn reference(&self) -> BTreeMap<String, String> {
        let run = self.call("run", &["--quiet", "--store", "reference"]);
        assert!(run.status.success(), "{}", stderr(&run));
        records(&self.folder.path().join("reference"))
            .into_iter()
            .map(|(id, record)| (id, fingerprint(&record)))
            .collect()
    }

    /// The fingerprints of what the tasks have stored.
    pub fn fingerprints(&self) -> BTreeMap<String, String> {
        records(&self.store()).into_iter().map(|(id, record)| (id, fingerprint(&record))).collect()
    }

    /// How often stored runs went on from a checkpoint.
    pub fn resumptions(&self) -> u64 {
        records(&self.store())
            .values()
            .map(|record| record["provenance"]["resumptions"].as_u64().unwrap())
            .sum()
    }

    /// Checkpoints in the store.
    pub fn checkpoints(&self) -> usize {
        let files = std::fs::read_dir(self.store().join(self.study)).into_iter().flatten().flatten();
        files.filter(|file| file.path().extension().is_some_and(|e| e == "checkpoint")).count()
    }
}

fn fingerprint(record: &Value) -> String {
    record["fingerprint"].as_str().unwrap().to_owned()
}

/// Every record of a store.
fn records(store: &Path) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for task in std::fs::read_dir(store).unwrap().flatten() {
        for run in std::fs::read_dir(task.path()).into_iter().flatten().flatten() {
            // Submissions, drafts and checkpoints are no runs.
            if let Ok(text) = std::fs::read_to_string(run.path().join("run.json")) {
                found.insert(
                    run.file_name().to_string_lossy().into_owned(),
                    serde_json::from_str(&text).unwrap(),
                );
            }
        }
    }
    found
}
