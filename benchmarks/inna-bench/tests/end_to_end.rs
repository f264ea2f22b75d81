//! The binary as a user meets it: a study from nothing to pages, again, interrupted, and with bad input.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "../../../reports/tests/json_schema/mod.rs"]
mod json_schema;

use common::{CONFIGS, ROOT, bench, fingerprints, schema, spoiled, stderr, tiny};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

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
            "margin: 0.02\nanchor: {value: 0.1, source: guessing}",
            vec!["small.yaml", "anchor.value", "guessing"],
        ),
        (
            small,
            "margin: 0.02",
            "margin: 0.02\nanchor: {value: 54, source: percent}",
            vec!["small.yaml", "anchor.value", "at most 1"],
        ),
        (toy, "steps:", "anchor: {value: 0.5, source: x}\nsteps:", vec!["toy.yaml", "anchor", "leave"]),
        (
            small,
            "margin: 0.02",
            "margin: 0.02\nelsewhere: [{title: X, value: 91.2, optimizer: adam, source: S}]",
            vec!["small.yaml", "elsewhere `X`", "at most 1"],
        ),
        (
            small,
            "margin: 0.02",
            "margin: 0.02\nelsewhere: [{title: X, value: 0.9, optimizer: adamm, source: S}]",
            vec!["small.yaml", "elsewhere `X`", "adamm", "adam"],
        ),
        (
            toy,
            "steps:",
            "elsewhere: [{title: X, value: 1, optimizer: adam, source: S}]\nsteps:",
            vec!["toy.yaml", "elsewhere `X`", "leave it out"],
        ),
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
    let configs = ["--configs", CONFIGS];
    for (arguments, places) in [
        (&["run", "tiny"][..], &configs[..]),
        (&["plan", "tiny"], &configs),
        (&["check", "engine"], &[]),
        (&["time", "step"], &configs),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
            .current_dir(folder.path())
            .env("CUDA_VISIBLE_DEVICES", "")
            .args(arguments)
            .args(places)
            .args(["--device", "cuda"])
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

    // Coarser numbers exist on devices only, and each is another run.
    for precision in ["tf32", "bf16"] {
        let key = format!("epochs: 2\nprecision: {precision}");
        let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", &key);
        let configs = configs.to_str().unwrap();
        let refused = bench(folder.path(), &["run", "tiny", "--configs", configs]);
        assert_eq!(refused.status.code(), Some(2));
        let said = format!("precision: {precision} is arithmetic of GPUs");
        assert!(stderr(&refused).contains(&said), "{}", stderr(&refused));
        let arguments =
            ["run", "tiny", "--configs", configs, "--device", "emulated", "--store", precision, "--quiet"];
        assert_eq!(bench(folder.path(), &arguments).status.code(), Some(0));
        let coarse = losses(&folder.path().join(precision));
        assert!(coarse.keys().all(|run| !cpu.contains_key(run)), "the precision is part of a run's name");
    }
}

/// What would have no effect is refused: cores have nothing to share out on a device, and what repeats runs stores none.
#[test]
fn options_without_an_effect_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for verb in ["plan", "run", "tune", "verify"] {
        for option in ["--jobs", "--threads"] {
            std::fs::create_dir_all(folder.path().join("store")).unwrap();
            let study = if verb == "tune" { "searched" } else { "tiny" };
            let words = [verb, study, "--configs", CONFIGS, "--device", "emulated", option, "2"];
            let refused = bench(folder.path(), &words);
            assert_eq!(refused.status.code(), Some(2), "{verb} {option}");
            let said = format!("{option}: it shares out the cores of a CPU, and --device is emulated");
            assert!(stderr(&refused).contains(&said), "{verb}: {}", stderr(&refused));
        }
    }
    for (option, value) in [("--lease", "5"), ("--populations", "1"), ("--checkpoint-every", "0")] {
        let refused = tiny(folder.path(), "verify", &[option, value]);
        assert_eq!(refused.status.code(), Some(2), "{option}");
        assert!(stderr(&refused).contains("unexpected argument"), "{}", stderr(&refused));
    }
    assert_eq!(tiny(folder.path(), "verify", &["--keep-stale"]).status.code(), Some(2));
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
    assert_eq!(json_schema::faults(&value, &schema("check engine")), Vec::<String>::new());
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
