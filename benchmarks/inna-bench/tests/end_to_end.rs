//! The binary as a user meets it: a study from nothing to pages, again, interrupted, and with bad input.
#![allow(clippy::unwrap_used)]

mod common;

use common::{CONFIGS, ROOT, bench, forge, spoiled, stderr, tiny};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Fingerprint by run, from every `run.json` under the store.
fn fingerprints(store: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for task in std::fs::read_dir(store).unwrap().flatten().filter(|task| task.file_name() != "quarantine") {
        for run in std::fs::read_dir(task.path()).into_iter().flatten().flatten() {
            // Checkpoints, and what is in the quarantine, are no records.
            let Ok(text) = std::fs::read_to_string(run.path().join("run.json")) else { continue };
            let record: serde_json::Value = serde_json::from_str(&text).unwrap();
            let fingerprint = record["fingerprint"].as_str().unwrap().to_owned();
            found.insert(run.file_name().to_string_lossy().into_owned(), fingerprint);
        }
    }
    found
}

#[test]
fn from_a_study_to_pages_and_only_what_is_missing_the_second_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = tiny(folder.path(), "run", &["--jobs", "2"]);
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    assert!(stderr(&first).contains("7 of 7 runs to train"), "{}", stderr(&first));
    assert!(stderr(&first).contains("2 of them diverged"), "{}", stderr(&first));
    let before = fingerprints(&folder.path().join("store"));
    assert_eq!(before.len(), 7);

    let lost = before.keys().find(|id| id.starts_with("sgd")).unwrap();
    std::fs::remove_dir_all(folder.path().join("store/small").join(lost)).unwrap();
    let second = tiny(folder.path(), "run", &[]);
    assert!(stderr(&second).contains("1 of 7 runs to train"), "{}", stderr(&second));
    assert_eq!(fingerprints(&folder.path().join("store")), before, "repeated bit for bit");

    let third = tiny(folder.path(), "run", &[]);
    assert!(stderr(&third).contains("nothing to train"), "{}", stderr(&third));

    let report = tiny(folder.path(), "report", &[]);
    assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
    let index = std::fs::read_to_string(folder.path().join("reports/out/tiny/index.html")).unwrap();
    assert!(index.contains("Tiny &lt;b&gt;study&lt;") && !index.contains("<b>study</b>"), "escaped");
    assert!(index.contains("diverged"));
}

#[test]
fn verify_repeats_runs_and_notices_what_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = tiny(folder.path(), "verify", &[]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(stderr(&nothing).contains("make one with `inna-bench run`"), "{}", stderr(&nothing));
    // A store with nothing of this study.
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let nothing = tiny(folder.path(), "verify", &["--store", "empty"]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(stderr(&nothing).contains("inna-bench run tiny"), "{}", stderr(&nothing));
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let good = tiny(folder.path(), "verify", &["--sample", "3"]);
    let text = String::from_utf8_lossy(&good.stdout).into_owned();
    assert_eq!(good.status.code(), Some(0), "{text}{}", stderr(&good));
    assert_eq!(text.matches("same bits").count(), 3, "{text}");
    assert_eq!(std::fs::read_dir(folder.path().join("store")).unwrap().count(), 2, "nothing is left behind");

    // Another loss in the record, as from another program.
    std::fs::read_dir(folder.path().join("store/small"))
        .unwrap()
        .flatten()
        .for_each(|run| forge(&run.path()));
    let bad = tiny(folder.path(), "verify", &["--sample", "7", "--quiet"]);
    let text = String::from_utf8_lossy(&bad.stdout).into_owned();
    assert_eq!(bad.status.code(), Some(1), "{text}");
    assert_eq!(text.matches("DIFFERENT").count(), 6, "{text}");
}

#[test]
fn threads_jobs_and_populations_do_not_change_a_bit() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for (i, share) in
        [["--jobs", "1", "--threads", "1"], ["--jobs", "1", "--threads", "2"]].iter().enumerate()
    {
        for replicas in ["1", "3"] {
            let store = format!("store-{i}-{replicas}");
            let mut more = share.to_vec();
            more.extend(["--replicas", replicas, "--store", &store, "--quiet"]);
            let output = tiny(folder.path(), "run", &more);
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            all.push(fingerprints(&folder.path().join(store)));
        }
    }
    assert_eq!(all[0].len(), 7);
    assert!(all.iter().all(|one| *one == all[0]));
}

#[test]
fn bad_configurations_are_refused_with_file_key_and_remedy() {
    let (study, small, toy) = ("studies/tiny.yaml", "tasks/small.yaml", "tasks/toy.yaml");
    for (file, old, new, expected) in [
        (study, "optimizer: inna", "optimizer: imna", vec!["imna", "did you mean `inna`?"]),
        (
            study,
            "learning_rate: 0.05}",
            "learnin_rate: 0.05}",
            vec!["learnin_rate", "did you mean `learning_rate`?"],
        ),
        (study, "learning_rate: 0.05}", "learning_rate: fast}", vec!["learning_rate", "a number > 0"]),
        (study, "learning_rate: 0.05}", "learning_rate: -1}", vec!["learning_rate", "a number > 0"]),
        (study, "repetitions: 2", "repetitions: 0", vec!["tiny.yaml", "repetitions", "1 to 10000"]),
        (
            study,
            "repetitions: 2",
            "repetitions: 2\n    reference: adma",
            vec!["small", "reference", "`adma`", "accepted: inna"],
        ),
        (study, "task: toy", "task: toi", vec!["toi", "did you mean `toy`?"]),
        (study, "master_seed: 1", "master_sed: 1", vec!["tiny.yaml", "master_sed"]),
        (small, "batch_size: 16", "batch_size: 0", vec!["small.yaml", "batch_size", "1 to 65536"]),
        (small, "epochs: 2", "epochs: two", vec!["small.yaml", "two"]),
        (small, "width: 0.05", "width: -1", vec!["small.yaml", "model.width", "above 0"]),
        (small, "margin: 0.02", "margin: 0.02\nmargn: 1", vec!["small.yaml", "margn"]),
        (small, "train_per_class: 6", "train_per_class: 99999999", vec!["small", "train_per_class"]),
        (
            small,
            "data: {name: shapes}",
            "data: {name: cifar10}",
            vec!["cifar-10-batches-bin", "fetch cifar10"],
        ),
        (
            small,
            "margin: 0.02",
            "margin: 0.02\nanchor: {accuracy: 0.1, source: guessing}",
            vec!["small.yaml", "anchor.accuracy", "guessing"],
        ),
        (
            small,
            "margin: 0.02",
            "margin: 0.02\nanchor: {accuracy: 54, source: percent}",
            vec!["small.yaml", "anchor.accuracy", "at most 1"],
        ),
        (toy, "steps:", "anchor: {accuracy: 0.5, source: x}\nsteps:", vec!["toy.yaml", "anchor", "leave"]),
        (toy, "record_every: 100", "record_every: 0", vec!["toy.yaml", "record_every"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let configs = spoiled(folder.path(), file, old, new);
        let output = bench(folder.path(), &["run", "tiny", "--configs", configs.to_str().unwrap()]);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{new}: {message}");
        for part in expected {
            assert!(message.contains(part), "`{part}` in the answer to `{new}`: {message}");
        }
        assert!(!message.trim().contains('\n'), "one paragraph: {message}");
        assert!(message.matches("is missing").count() < 2, "a cause is said once: {message}");
    }
}

#[test]
fn unknown_names_and_unusable_places_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let message = stderr(&bench(folder.path(), &["plan", "tinny", "--configs", CONFIGS]));
    assert!(message.contains("did you mean `tiny`?"), "{message}");
    let output = bench(folder.path(), &["plan", "tiny"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--configs"), "{}", stderr(&output));
    // A store that cannot be: its name is taken by a file.
    std::fs::write(folder.path().join("taken"), "").unwrap();
    let output = tiny(folder.path(), "run", &["--store", "taken"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("taken") && stderr(&output).contains("--store"), "{}", stderr(&output));
}

/// Every verb that reads a damaged record names it and counts it as missing; only `run` changes the store.
#[test]
fn a_damaged_record_is_named_put_away_and_trained_again() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let store = folder.path().join("store");
    let before = fingerprints(&store);
    let first = |task: &str| std::fs::read_dir(store.join(task)).unwrap().flatten().next().unwrap().path();
    let (toy, small) = (first("toy").join("run.json"), first("small").join("epochs.csv"));
    for file in [&toy, &small] {
        let mut bytes = std::fs::read(file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(file, bytes).unwrap();
    }
    let named = |text: &str| {
        [&toy, &small]
            .iter()
            .all(|file| text.contains(file.strip_prefix(folder.path()).unwrap().to_str().unwrap()))
    };
    let stdout = |output: &std::process::Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let plan = tiny(folder.path(), "plan", &[]);
    assert!(named(&stdout(&plan)) && stdout(&plan).contains("2 of 7 runs to train"), "{}", stdout(&plan));
    let report = tiny(folder.path(), "report", &[]);
    assert_eq!(report.status.code(), Some(0));
    assert!(named(&stderr(&report)) && stdout(&report).contains("2 missing"), "{}", stdout(&report));
    let verify = tiny(folder.path(), "verify", &[]);
    assert_eq!(verify.status.code(), Some(1));
    assert!(named(&stdout(&verify)), "{}", stdout(&verify));
    assert!(!store.join("quarantine").exists());
    let run = tiny(folder.path(), "run", &[]);
    assert_eq!(run.status.code(), Some(0));
    assert!(named(&stderr(&run)) && stderr(&run).contains("2 runs trained"), "{}", stderr(&run));
    assert_eq!(fingerprints(&store), before);
    assert_eq!(std::fs::read_dir(store.join("quarantine")).unwrap().count(), 4, "two folders, two reasons");
    assert_eq!(tiny(folder.path(), "verify", &["--sample", "7"]).status.code(), Some(0));
}

/// Several processes on one store: every run is trained once, by one of them, and all end well; with leases as with locks.
#[test]
fn processes_share_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let whole = tiny(folder.path(), "run", &["--quiet", "--seeds", "9", "--store", "whole"]);
    assert_eq!(whole.status.code(), Some(0));
    for (processes, proof) in [(2, "lock"), (3, "lease"), (8, "lock")] {
        let store = format!("{processes}-{proof}");
        let children: Vec<_> = (0..processes)
            .map(|_| {
                let mut command = Command::new(env!("CARGO_BIN_EXE_inna-bench"));
                command.current_dir(folder.path()).args([
                    "run",
                    "tiny",
                    "--configs",
                    CONFIGS,
                    "--seeds",
                    "9",
                ]);
                command.args(["--jobs", "1", "--store", &store]).stderr(std::process::Stdio::piped());
                if proof == "lease" {
                    command.args(["--lease", "5"]);
                }
                command.spawn().unwrap()
            })
            .collect();
        let outputs: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        let trained: usize = outputs
            .iter()
            .map(|output| {
                assert_eq!(output.status.code(), Some(0), "{store}: {}", stderr(output));
                stderr(output).lines().filter(|line| line.starts_with('[')).count()
            })
            .sum();
        let store = folder.path().join(store);
        let there = fingerprints(&store);
        assert_eq!(there, fingerprints(&folder.path().join("whole")));
        assert_eq!(trained, there.len(), "every run once");
        let left: Vec<_> =
            std::fs::read_dir(&store).unwrap().flatten().map(|entry| entry.file_name()).collect();
        assert!(left.iter().all(|name| name == "small" || name == "toy"), "{left:?}");
    }
}

/// A process that proves that it lives by a lease alone is killed: whoever comes next waits until that is known, and trains its run,
/// even if it was to train one population and to wait for nothing.
#[cfg(unix)]
#[test]
fn a_claim_by_lease_ends_when_it_has_run_out() {
    let folder = tempfile::tempdir().unwrap();
    let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", "epochs: 2000");
    let configs = configs.to_str().unwrap();
    let words = ["run", "tiny", "--task", "small", "--jobs", "1", "--lease", "2", "--configs", configs];
    let mut first = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
        .current_dir(folder.path())
        .args(words)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !folder.path().join("store/.claims/small").is_dir() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let next = bench(folder.path(), &[&words[..], &["--seeds", "1", "--populations", "3"]].concat());
    assert_eq!(next.status.code(), Some(0));
    assert!(stderr(&next).contains("3 runs trained"), "{}", stderr(&next));
}

/// The margin decides what a report says of a difference, and no training.
#[test]
fn a_margin_is_no_part_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let configs = spoiled(folder.path(), "tasks/small.yaml", "margin: 0.02", "margin: 0.03");
    let plan = bench(folder.path(), &["plan", "tiny", "--configs", configs.to_str().unwrap()]);
    let text = String::from_utf8_lossy(&plan.stdout).into_owned();
    assert!(text.contains("All 7 runs are in store: nothing to train."), "{text}");
}

/// What cannot be written to can be read, and what is not there is not made.
#[test]
fn plan_report_and_verify_write_nothing_into_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let plan = tiny(folder.path(), "plan", &[]);
    assert_eq!(plan.status.code(), Some(0));
    for verb in ["report", "verify"] {
        let output = tiny(folder.path(), verb, &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("there is no store at store"), "{}", stderr(&output));
    }
    assert!(!folder.path().join("store").exists());
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let listing = || {
        let find = Command::new("find")
            .arg(folder.path().join("store"))
            .args(["-printf", "%p %T@\n"])
            .output()
            .unwrap();
        String::from_utf8(find.stdout).unwrap()
    };
    let before = listing();
    for verb in ["plan", "report", "verify"] {
        assert_eq!(tiny(folder.path(), verb, &[]).status.code(), Some(0), "{verb}");
    }
    assert_eq!(tiny(folder.path(), "verify", &["--prefix", "1", "--sample", "7"]).status.code(), Some(0));
    assert_eq!(listing(), before);
}

#[test]
fn a_write_that_fails_is_said_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let before = fingerprints(&folder.path().join("store"));
    let limited = "ulimit -f 1; trap '' XFSZ; exec \"$@\"";
    let binary = env!("CARGO_BIN_EXE_inna-bench");
    let output = Command::new("bash")
        .args(["-c", limited, "bash", binary, "report", "tiny", "--configs", CONFIGS])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("writing"), "{}", stderr(&output));
    assert_eq!(fingerprints(&folder.path().join("store")), before);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_a_store_that_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", "epochs: 60");
    let arguments = ["run", "tiny", "--jobs", "1", "--configs", configs.to_str().unwrap()];
    let child = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
        .current_dir(folder.path())
        .args(arguments)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Once the first run is stored, interrupt.
    let toy = folder.path().join("store/toy");
    while !toy.is_dir() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert!(stderr(&output).contains("the same command goes on"), "{}", stderr(&output));
    let rest = bench(folder.path(), &arguments);
    assert_eq!(rest.status.code(), Some(0), "{}", stderr(&rest));
    assert_eq!(fingerprints(&folder.path().join("store")).len(), 7);
}

/// Whatever the machine has, the driver may show no GPU.
#[test]
fn without_a_gpu_cuda_is_refused_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["run", "tiny"][..], &["plan", "tiny"], &["check", "engine"], &["time", "step"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
            .current_dir(folder.path())
            .env("CUDA_VISIBLE_DEVICES", "")
            .args(arguments)
            .args(["--configs", CONFIGS, "--device", "cuda"])
            .output()
            .unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains("--device cpu"), "{arguments:?}: {message}");
    }
}

/// Losses of every epoch of every run, by run.
fn losses(store: &Path) -> BTreeMap<String, Vec<f64>> {
    let mut found = BTreeMap::new();
    for run in std::fs::read_dir(store.join("small")).unwrap().flatten() {
        let text = std::fs::read_to_string(run.path().join("epochs.csv")).unwrap();
        let losses = text.lines().skip(1).map(|line| line.split(',').nth(5).unwrap().parse().unwrap());
        found.insert(run.file_name().to_string_lossy().into_owned(), losses.collect());
    }
    found
}

/// The device's engine, from the study to the record, on the emulated device: the CPU's curves, whatever the population.
#[test]
fn a_device_trains_what_the_cpu_trains() {
    let folder = tempfile::tempdir().unwrap();
    for (store, more) in [
        ("cpu", &["--device", "cpu"][..]),
        ("together", &["--device", "emulated"]),
        ("alone", &["--device", "emulated", "--replicas", "1"]),
    ] {
        let more = [more, &["--quiet", "--store", store]].concat();
        let output = tiny(folder.path(), "run", &more);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }
    let [cpu, together] = ["cpu", "together"].map(|store| losses(&folder.path().join(store)));
    assert_eq!(cpu.len(), 6);
    for (run, expected) in &cpu {
        assert_eq!(together[run].len(), expected.len(), "{run}");
        for (a, b) in together[run].iter().zip(expected) {
            assert!((a - b).abs() < 1e-4 * b, "{run}: {a} and {b}");
        }
    }
    let [together, alone] = ["together", "alone"].map(|store| fingerprints(&folder.path().join(store)));
    assert_eq!(together, alone);

    // TF32 exists on devices only, and is another run.
    let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", "epochs: 2\nprecision: tf32");
    let configs = configs.to_str().unwrap();
    let refused = bench(folder.path(), &["run", "tiny", "--configs", configs]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("precision: tf32"), "{}", stderr(&refused));
    let arguments =
        ["run", "tiny", "--configs", configs, "--device", "emulated", "--store", "tf32", "--quiet"];
    assert_eq!(bench(folder.path(), &arguments).status.code(), Some(0));
    let coarse = losses(&folder.path().join("tf32"));
    assert!(coarse.keys().all(|run| !cpu.contains_key(run)), "the precision is part of a run's name");
}

/// Stopped after a checkpoint, a training goes on from there and ends with the bits of one that was never stopped.
#[cfg(unix)]
#[test]
fn a_stopped_training_goes_on_from_its_checkpoint_bit_for_bit() {
    for (device, epochs) in [("cpu", "epochs: 200"), ("emulated", "epochs: 6")] {
        let folder = tempfile::tempdir().unwrap();
        let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", epochs);
        let common = ["run", "tiny", "--device", device, "--jobs", "1", "--replicas", "6"];
        let arguments =
            [&common[..], &["--configs", configs.to_str().unwrap(), "--checkpoint-every", "0"]].concat();
        let whole = bench(folder.path(), &[&arguments[..], &["--store", "whole", "--quiet"]].concat());
        assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));

        let child = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
            .current_dir(folder.path())
            .args(&arguments)
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let checkpoint = || {
            let entries = std::fs::read_dir(folder.path().join("store/small")).ok()?.flatten();
            entries.map(|e| e.path()).find(|path| path.extension().is_some_and(|e| e == "checkpoint"))
        };
        while checkpoint().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        // What a batch system sends.
        assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
        assert!(checkpoint().is_some(), "it is there to go on from");

        // One of its runs is stored already, as after a kill between two of them.
        let stored = std::fs::read_dir(folder.path().join("whole/small")).unwrap().flatten().next().unwrap();
        let copy = folder.path().join("store/small").join(stored.file_name());
        std::fs::create_dir(&copy).unwrap();
        for file in std::fs::read_dir(stored.path()).unwrap().flatten() {
            std::fs::copy(file.path(), copy.join(file.file_name())).unwrap();
        }

        // Asked for another population, it goes on with the one that was stopped.
        let alone: Vec<&str> = arguments.iter().map(|&word| if word == "6" { "1" } else { word }).collect();
        let rest = bench(folder.path(), &alone);
        assert_eq!(rest.status.code(), Some(0), "{}", stderr(&rest));
        assert!(checkpoint().is_none(), "nothing is left of it");
        assert_eq!(
            fingerprints(&folder.path().join("store")),
            fingerprints(&folder.path().join("whole")),
            "{device}"
        );
        let texts = std::fs::read_dir(folder.path().join("store/small")).unwrap().flatten();
        let resumed = texts.filter(|run| {
            let text = std::fs::read_to_string(run.path().join("run.json")).unwrap();
            text.contains("\"resumptions\": 1")
        });
        assert_eq!(resumed.count(), 5, "{device}");
    }
}

/// Whatever happens to a checkpoint, it costs the progress of its own population: it is said, kept, and the runs start over.
#[cfg(unix)]
#[test]
fn a_damaged_checkpoint_is_put_away_and_its_runs_start_over() {
    let folder = tempfile::tempdir().unwrap();
    let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", "epochs: 60");
    let common =
        ["run", "tiny", "--task", "small", "--jobs", "1", "--replicas", "6", "--checkpoint-every", "0"];
    let arguments = [&common[..], &["--configs", configs.to_str().unwrap()]].concat();
    let whole = bench(folder.path(), &[&arguments[..], &["--store", "whole", "--quiet"]].concat());
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
    let mut child = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
        .current_dir(folder.path())
        .args(&arguments)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let checkpoint = || {
        let entries = std::fs::read_dir(folder.path().join("store/small")).ok()?.flatten();
        entries.map(|e| e.path()).find(|path| path.extension().is_some_and(|e| e == "checkpoint"))
    };
    let path = loop {
        match checkpoint() {
            Some(path) => break path,
            None => std::thread::sleep(std::time::Duration::from_millis(1)),
        }
    };
    child.kill().unwrap();
    child.wait().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let header = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').nth(3).unwrap().0;
    let flipped = |place: usize, bit: u8| {
        let mut bytes = bytes.clone();
        bytes[place] ^= 1 << bit;
        bytes
    };
    let damaged = [
        flipped(3, 0),
        flipped(30, 5),
        flipped(header / 2, 1),
        flipped(header - 5, 5),
        flipped(header, 2),
        flipped(header + 1, 0),
        flipped((header + bytes.len()) / 2, 3),
        flipped(bytes.len() - 1, 7),
        bytes[..bytes.len() - 1].to_vec(),
        bytes[..header + 1].to_vec(),
        bytes[..10].to_vec(),
        Vec::new(),
        [&bytes[..], b"x"].concat(),
        b"nothing".to_vec(),
    ];
    for (i, content) in damaged.iter().enumerate() {
        let store = folder.path().join("store");
        std::fs::remove_dir_all(&store).unwrap();
        std::fs::create_dir_all(store.join("small")).unwrap();
        std::fs::write(&path, content).unwrap();
        let output = bench(folder.path(), &arguments);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(0), "{i}: {message}");
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(message.contains(name) && message.contains("its runs start over"), "{i}: {message}");
        assert_eq!(fingerprints(&store), fingerprints(&folder.path().join("whole")), "{i}");
        let kept = std::fs::read_dir(store.join("quarantine"))
            .unwrap()
            .flatten()
            .find(|entry| std::fs::read(entry.path()).is_ok_and(|kept| kept == *content));
        assert!(kept.is_some(), "{i}: nothing of it is lost");
    }
}

/// Every comparison passes on the emulated device, in words and as JSON.
#[test]
fn check_engine_prints_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let common = ["check", "engine", "--device", "emulated", "--steps", "2", "--batch", "2"];
    let table = bench(folder.path(), &common);
    let text = String::from_utf8_lossy(&table.stdout).into_owned();
    assert_eq!(table.status.code(), Some(0), "{text}{}", stderr(&table));
    assert!(text.contains("ok      update INNA") && !text.contains("FAILED"), "{text}");
    let json = bench(folder.path(), &[&common[..], &["--json", "--precision", "tf32"]].concat());
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(value["precision"], "tf32");
    let checks = value["checks"].as_array().unwrap();
    assert!(checks.len() > 50 && checks.iter().all(|check| check["passed"] == true), "{checks:?}");
}

/// Every row of Figure 1 within 1e-3 in log10 J, through the shipped study.
#[test]
fn figure_1_of_the_paper_comes_out() {
    let folder = tempfile::tempdir().unwrap();
    let configs = format!("{ROOT}/configs");
    let arguments = ["run", "inna-2021/fig1", "--configs", &configs, "--quiet"];
    let output = bench(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));

    let published = std::fs::read_to_string(format!("{configs}/published/inna-2021-fig1.csv")).unwrap();
    let alpha_beta = |panel: &str| match panel {
        "a" => (0.3, 0.01),
        "b" => (0.3, 0.1),
        "c" => (1.3, 0.1),
        "a-printed" => (0.5, 0.01),
        _ => (0.5, 0.1),
    };
    let mut ours = BTreeMap::new();
    for run in std::fs::read_dir(folder.path().join("store/inna-toy")).unwrap().flatten() {
        let json = std::fs::read_to_string(run.path().join("run.json")).unwrap();
        let record: serde_json::Value = serde_json::from_str(&json).unwrap();
        let hyper = &record["specification"]["optimizer"]["hyper"];
        let key = format!("{} {}", hyper["alpha"], hyper["beta"]);
        let text = std::fs::read_to_string(run.path().join("trajectory.csv")).unwrap();
        let rows: BTreeMap<u64, f64> = text
            .lines()
            .skip(1)
            .map(|line| {
                let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
                (cells[0] as u64, cells[3].log10())
            })
            .collect();
        ours.insert(key, rows);
    }
    let mut compared = 0;
    for line in published.lines().filter(|line| !line.starts_with('#')).skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let (alpha, beta) = alpha_beta(cells[0]);
        let k: u64 = cells[1].parse().unwrap();
        let theirs: f64 = cells[4].parse().unwrap();
        let value = ours[&format!("{alpha} {beta}")][&k];
        assert!((value - theirs).abs() < 1e-3, "{line}: {value}");
        compared += 1;
    }
    assert_eq!(compared, 5 * 89);
}
