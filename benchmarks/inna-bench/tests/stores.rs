//! What a store survives: kills, damage, several processes at once; and what none of that costs.

mod common;

use common::{CONFIGS, bench, fingerprints, spoiled, stderr, tiny};
use std::process::Command;

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
    let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", "epochs: 400");
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
fn plan_and_report_write_nothing_into_a_store_and_verify_only_what_it_remembers() {
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
    let listing = |but: &[&str]| {
        let find = Command::new("find")
            .arg(folder.path().join("store"))
            .args(but)
            .args(["-printf", "%p %T@\n"])
            .output()
            .unwrap();
        String::from_utf8(find.stdout).unwrap()
    };
    let before = listing(&[]);
    for verb in ["plan", "report"] {
        assert_eq!(tiny(folder.path(), verb, &[]).status.code(), Some(0), "{verb}");
    }
    assert_eq!(listing(&[]), before);
    let but = ["-mindepth", "1", "-name", ".verified", "-prune", "-o"];
    let before = listing(&but);
    assert_eq!(tiny(folder.path(), "verify", &[]).status.code(), Some(0));
    assert_eq!(tiny(folder.path(), "verify", &["--prefix", "1", "--sample", "7"]).status.code(), Some(0));
    assert_eq!(listing(&but), before);
}

/// Whatever happens to a checkpoint, it costs the progress of its own population: it is said, kept, and the runs start over.
#[cfg(unix)]
#[test]
fn a_damaged_checkpoint_is_put_away_and_its_runs_start_over() {
    let folder = tempfile::tempdir().unwrap();
    let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", "epochs: 20");
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
    let checkpoint = || common::checkpoint(folder.path());
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

/// Stopped after a checkpoint, a training goes on from there and ends with the bits of one that was never stopped.
#[cfg(unix)]
#[test]
fn a_stopped_training_goes_on_from_its_checkpoint_bit_for_bit() {
    // A device trains one population at a time as it is.
    for (device, epochs, jobs) in
        [("cpu", "epochs: 60", &["--jobs", "1"][..]), ("emulated", "epochs: 6", &[])]
    {
        let folder = tempfile::tempdir().unwrap();
        let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", epochs);
        let common = ["run", "tiny", "--device", device, "--replicas", "6"];
        let more = ["--configs", configs.to_str().unwrap(), "--checkpoint-every", "0"];
        let arguments = [&common[..], jobs, &more].concat();
        let whole = bench(folder.path(), &[&arguments[..], &["--store", "whole", "--quiet"]].concat());
        assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));

        let child = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
            .current_dir(folder.path())
            .args(&arguments)
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let checkpoint = || common::checkpoint(folder.path());
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

/// Checkpoints of calls of other sizes hold some of the same runs: each run goes on from one of them, and is trained once.
#[cfg(unix)]
#[test]
fn a_run_that_two_checkpoints_hold_is_trained_once() {
    let folder = tempfile::tempdir().unwrap();
    let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", "epochs: 200");
    let configs = configs.to_str().unwrap();
    let common = ["tiny", "--task", "small", "--configs", configs];
    let training = ["--jobs", "1", "--replicas", "8", "--checkpoint-every", "0"];
    let checkpoints = || {
        let entries = std::fs::read_dir(folder.path().join("store/small")).into_iter().flatten().flatten();
        entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".checkpoint")).count()
    };
    for (number, seeds) in ["2", "1"].into_iter().enumerate() {
        let mut child = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
            .current_dir(folder.path())
            .arg("run")
            .args([&common[..], &training, &["--quiet", "--seeds", seeds]].concat())
            .spawn()
            .unwrap();
        while checkpoints() <= number {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let explained = |seeds: &str| {
        let words = [&["explain"], &common[..], &["--seeds", seeds, "--json"]].concat();
        let output = bench(folder.path(), &words);
        String::from_utf8_lossy(&output.stdout).matches("\"underway\"").count()
    };
    // Of the smaller study only its own checkpoint counts: the other holds runs that it has not.
    assert_eq!((explained("1"), explained("2"), explained("3")), (3, 6, 6));
    let output = bench(folder.path(), &[&["run"], &common[..], &["--seeds", "2", "--jobs", "2"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("6 runs trained") && checkpoints() <= 1, "{}", stderr(&output));
    assert_eq!(
        bench(folder.path(), &[&["run"], &common[..], &["--seeds", "2"]].concat()).status.code(),
        Some(0)
    );
    assert_eq!(checkpoints(), 0, "nobody needs the one that was passed over");
}

/// A part of a search is no search: nothing is chosen, and what was chosen before stays.
#[test]
fn a_search_that_is_not_done_chooses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let configs = common::configs(folder.path());
    let words = ["tune", "searched", "--configs", configs.to_str().unwrap()];
    let tuned = configs.join("tuned");
    let part = bench(folder.path(), &[&words[..], &["--populations", "1"]].concat());
    assert_eq!(part.status.code(), Some(0), "{}", stderr(&part));
    assert!(stderr(&part).contains("nothing is chosen before they are there"), "{}", stderr(&part));
    assert!(!tuned.exists());
    assert_eq!(bench(folder.path(), &words).status.code(), Some(0));
    assert!(tuned.exists());
}

/// Of a record that has lost a file the rest is put away; what is nothing of a record is in the way, which is said before anything is
/// trained.
#[test]
fn what_stands_where_a_run_belongs_is_put_away_or_said_before_a_training() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let store = folder.path().join("store");
    let before = fingerprints(&store);
    let first = || std::fs::read_dir(store.join("toy")).unwrap().flatten().next().unwrap().path();
    std::fs::remove_file(first().join("run.json")).unwrap();
    let run = tiny(folder.path(), "run", &[]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert!(stderr(&run).contains("1 runs trained"), "{}", stderr(&run));
    assert_eq!(fingerprints(&store), before);

    let run = first();
    std::fs::remove_dir_all(&run).unwrap();
    std::fs::create_dir(&run).unwrap();
    std::fs::write(run.join("photo"), "of a cat").unwrap();
    let refused = tiny(folder.path(), "run", &[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("is in the way of a record"), "{}", stderr(&refused));
    assert!(!stderr(&refused).contains("[1/"), "{}", stderr(&refused));
    assert!(run.join("photo").is_file());
}

/// What has no end is not waited for: neither in a store nor among what a report reads.
#[cfg(unix)]
#[test]
fn pipes_are_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let pipe = |path: &std::path::Path| {
        let _ = std::fs::remove_file(path);
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    let run = std::fs::read_dir(folder.path().join("store/toy")).unwrap().flatten().next().unwrap().path();
    pipe(&run.join("trajectory.csv"));
    let plan = String::from_utf8_lossy(&tiny(folder.path(), "plan", &[]).stdout).into_owned();
    assert!(plan.contains("it is no file of data") && plan.contains("1 of 7 runs to train"), "{plan}");
    pipe(&folder.path().join("store/small/.0123456789abcdef.checkpoint"));
    std::fs::create_dir_all(folder.path().join("store/failures")).unwrap();
    pipe(&folder.path().join("store/failures/x.txt"));
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    pipe(&folder.path().join("pipe"));
    for option in ["--compare", "--splice"] {
        let report = tiny(folder.path(), "report", &[option, "pipe"]);
        assert_eq!(report.status.code(), Some(2), "{option}");
    }
    pipe(&folder.path().join("pipe.tar.gz"));
    let report = tiny(folder.path(), "report", &["--store", "store"]);
    assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
    let archive = bench(folder.path(), &["report", "pipe.tar.gz"]);
    assert_eq!(archive.status.code(), Some(2));
    assert!(stderr(&archive).contains("it is no file of data"), "{}", stderr(&archive));
    // In the place of a record that a report has put beside its pages.
    let beside = ["-o", "pages", "--records"];
    assert_eq!(tiny(folder.path(), "report", &beside).status.code(), Some(0));
    let copy = common::runs(&folder.path().join("pages/store"), "toy").remove(0).join("run.json");
    pipe(&copy);
    let report = tiny(folder.path(), "report", &[&beside[..], &["--task", "small"]].concat());
    assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
    assert!(copy.symlink_metadata().is_ok());
}
