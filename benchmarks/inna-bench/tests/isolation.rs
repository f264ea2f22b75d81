//! `--isolate`: a process for every population, what becomes of those that are killed, and of those whose parent is.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use common::{CONFIGS, bench, configs, fingerprints, spoiled, stderr, tiny};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Longer than anything here takes that ends.
const PATIENCE: Duration = Duration::from_secs(60);

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let clock = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(clock.elapsed() < PATIENCE, "waiting for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A study that takes seconds, in a folder of its own, and the process that trains it with the workers it has.
struct Training {
    folder: tempfile::TempDir,
    words: Vec<String>,
}

impl Training {
    fn new(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", "epochs: 80");
        let common = ["run", "tiny", "--task", "small", "--isolate", "--checkpoint-every", "0", "--configs"];
        let words = common.iter().map(|word| (*word).to_owned());
        let words = words.chain([configs.to_str().unwrap().to_owned()]);
        let words = words.chain(more.iter().map(|word| (*word).to_owned())).collect();
        Self { folder, words }
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    fn run(&self, more: &[&str]) -> Output {
        let words: Vec<&str> = self.words.iter().map(String::as_str).chain(more.iter().copied()).collect();
        bench(self.folder.path(), &words)
    }

    fn start(&self) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inna-bench"));
        command.current_dir(self.folder.path()).args(&self.words).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// A worker that has come as far as a checkpoint.
    fn worker(&self, parent: &Child) -> u32 {
        wait_for("a checkpoint", || self.checkpoint());
        wait_for("a worker", || children(parent.id()).first().copied())
    }

    fn checkpoint(&self) -> Option<PathBuf> {
        let entries = std::fs::read_dir(self.store().join("small")).ok()?.flatten();
        entries.map(|e| e.path()).find(|path| path.extension().is_some_and(|e| e == "checkpoint"))
    }

    /// What a run leaves that nobody disturbs and that has no other processes.
    fn undisturbed(&self) -> std::collections::BTreeMap<String, String> {
        let words = self.words.iter().filter(|word| *word != "--isolate").map(String::as_str);
        let words: Vec<&str> = words.chain(["--store", "whole", "--quiet"]).collect();
        assert_eq!(bench(self.folder.path(), &words).status.code(), Some(0));
        fingerprints(&self.folder.path().join("whole"))
    }
}

/// Processes that a process has started, by whichever of its threads.
fn children(pid: u32) -> Vec<u32> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map(|id| id.parse().unwrap()).collect::<Vec<_>>()).collect()
}

/// Whether a process still does something: an orphan may be left as a zombie where nobody waits for it.
fn lives(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['Z', 'X']))
}

fn send(signal: &str, pid: u32) {
    assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success());
}

fn failures(store: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(store.join("failures")).into_iter().flatten().flatten().map(|e| e.path()).collect()
}

#[test]
fn isolated_runs_leave_what_others_leave() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let expected = fingerprints(&folder.path().join("store"));
    for (store, more) in [("alone", &["--jobs", "2"][..]), ("together", &["--jobs", "1", "--replicas", "4"])]
    {
        let output = tiny(folder.path(), "run", &[&["--isolate", "--store", store][..], more].concat());
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(0), "{message}");
        assert!(message.contains("[7/7] ") && message.contains("7 runs trained"), "{message}");
        assert!(message.contains("2 of them diverged"), "{message}");
        let store = folder.path().join(store);
        assert_eq!(fingerprints(&store), expected);
        let left: Vec<_> = std::fs::read_dir(&store).unwrap().flatten().map(|e| e.file_name()).collect();
        assert!(left.iter().all(|name| name == "small" || name == "toy"), "{left:?}");
    }
    let populations = |store: &str| -> Vec<u64> {
        let runs = std::fs::read_dir(folder.path().join(store).join("small")).unwrap().flatten();
        let mut sizes: Vec<u64> = runs
            .map(|run| {
                let text = std::fs::read_to_string(run.path().join("run.json")).unwrap();
                let record: serde_json::Value = serde_json::from_str(&text).unwrap();
                record["provenance"]["population"].as_u64().unwrap()
            })
            .collect();
        sizes.sort();
        sizes
    };
    assert_eq!(populations("together"), [2, 2, 4, 4, 4, 4]);
    assert_eq!(tiny(folder.path(), "run", &["--isolate", "--quiet"]).status.code(), Some(0));
    let refused = tiny(folder.path(), "verify", &["--isolate"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("unexpected argument '--isolate'"), "{}", stderr(&refused));
}

/// A grid that is extended, by workers that have to extend it alike.
#[test]
fn a_search_finds_the_same_with_a_process_for_every_trial() {
    let found = |more: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let configs = configs(folder.path());
        let words = ["tune", "searched", "--configs", configs.to_str().unwrap()];
        let output = bench(folder.path(), &[&words[..], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let text = std::fs::read_to_string(configs.join("tuned/searched.yaml")).unwrap();
        (text, stderr(&output).matches("lies on its edge").count())
    };
    let (text, extensions) = found(&["--isolate"]);
    assert!(extensions > 0);
    assert_eq!((text, extensions), found(&[]));
}

/// A crash costs the population that it happens to; its message is kept until its runs are there.
#[test]
fn a_worker_that_is_killed_takes_its_own_population_and_no_other() {
    for (signal, words, replicas) in
        [("-SEGV", "killed by signal 11 (SIGSEGV)", 1), ("-KILL", "killed by signal 9 (SIGKILL)", 2)]
    {
        let training = Training::new(&["--jobs", "1", "--replicas", &replicas.to_string()]);
        let parent = training.start();
        let worker = training.worker(&parent);
        // A first SIGSEGV that no fault has caused is taken by Rust's own handler, which looks for stack overflows.
        wait_for("the end of the worker", || {
            let id = worker.to_string();
            let _ = Command::new("kill").args([signal, &id]).stderr(Stdio::null()).status().unwrap();
            (!lives(worker)).then_some(())
        });
        let output = parent.wait_with_output().unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{message}");
        let runs = if replicas == 1 { "1 run" } else { "2 runs" };
        assert!(
            message.contains(&format!("small: {runs} failed: {words}; see store/failures/")),
            "{message}"
        );
        assert!(message.contains(&format!("{runs} failed; why: store/failures")), "{message}");
        assert!(message.contains(&format!("{} runs trained", 6 - replicas)), "{message}");
        let stored = fingerprints(&training.store()).len();
        assert_eq!(stored, 6 - replicas);
        let [file] = &failures(&training.store())[..] else { panic!("one file: {message}") };
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains(words) && text.contains(" seed 0\n"), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with("  small/")).count(), replicas, "{text}");
        assert!(signal == "-SEGV" || text.contains("no memory left"), "{text}");

        // The command in the file trains just these runs, from their checkpoint; or the next run does.
        assert!(training.checkpoint().is_some());
        if replicas == 1 {
            let again = text.lines().find(|line| line.starts_with("  cd ")).unwrap();
            let output = Command::new("sh").args(["-c", again]).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{again}: {}", stderr(&output));
            assert_eq!(fingerprints(&training.store()).len(), 6);
        }
        assert_eq!(training.run(&[]).status.code(), Some(0));
        assert_eq!(fingerprints(&training.store()), training.undisturbed());
        assert!(training.checkpoint().is_none());
        assert!(!training.store().join("failures").exists(), "its runs are there now");
    }
}

/// A record that was not whole is no run that somebody else has stored, however the training ends that was to replace it.
#[test]
fn what_was_damaged_is_lacking_until_it_is_made_again() {
    let training = Training::new(&["--jobs", "1"]);
    assert_eq!(training.run(&["--quiet"]).status.code(), Some(0));
    let damaged = common::runs(&training.store(), "small")[0].join("epochs.csv");
    let text = std::fs::read_to_string(&damaged).unwrap();
    std::fs::write(&damaged, text.replacen('1', "2", 1)).unwrap();

    let mut command = Command::new(env!("CARGO_BIN_EXE_inna-bench"));
    let words = training.words.iter().filter(|word| *word != "--isolate");
    let child =
        command.current_dir(training.folder.path()).args(words).stderr(Stdio::piped()).spawn().unwrap();
    wait_for("a checkpoint", || training.checkpoint());
    send("-TERM", child.id());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert!(stderr(&output).contains("Stopped. 5 of 6 runs"), "{}", stderr(&output));

    let parent = training.start();
    send("-KILL", training.worker(&parent));
    let output = parent.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(failures(&training.store()).len(), 1, "{}", stderr(&output));
    assert_eq!(training.run(&[]).status.code(), Some(0));
    assert_eq!(fingerprints(&training.store()), training.undisturbed());
    assert!(!training.store().join("failures").exists());
}

#[test]
fn a_failure_is_said_even_if_nothing_else_is() {
    let training = Training::new(&["--jobs", "1", "--seeds", "1", "--quiet"]);
    let parent = training.start();
    send("-ABRT", training.worker(&parent));
    let output = parent.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output), "1 run failed; why: store/failures\n");
    assert_eq!(fingerprints(&training.store()).len(), 2);
}

/// What a worker says before it ends is in the file: here that no checkpoint can be written, for none may be so long.
#[test]
fn the_message_of_a_worker_is_kept() {
    let training = Training::new(&["--jobs", "1"]);
    let limited = "ulimit -f 16; trap '' XFSZ; exec \"$@\"";
    let mut command = Command::new("bash");
    command.args(["-c", limited, "bash", env!("CARGO_BIN_EXE_inna-bench")]).args(&training.words);
    let output = command.current_dir(training.folder.path()).output().unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("4 runs failed; why: store/failures"), "{message}");
    let files = failures(&training.store());
    assert_eq!(files.len(), 4, "{message}");
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        let said = text.lines().any(|line| line.starts_with("  | inna-bench: writing store/small/"));
        assert!(said && text.contains("exit status 2 (an error)"), "{text}");
    }
    assert_eq!(fingerprints(&training.store()).len(), 2, "those that diverge need none");
    assert_eq!(training.run(&[]).status.code(), Some(0));
    assert!(!training.store().join("failures").exists());
}

/// Nothing tells a worker that its parent was killed but the end of its stdin.
#[test]
fn a_worker_ends_soon_after_its_parent_was_killed() {
    let training = Training::new(&["--jobs", "1"]);
    let mut parent = training.start();
    let worker = training.worker(&parent);
    parent.kill().unwrap();
    parent.wait().unwrap();
    let clock = Instant::now();
    wait_for("the end of the worker", || (!lives(worker)).then_some(()));
    assert!(clock.elapsed() < Duration::from_secs(5), "{:?}", clock.elapsed());
    assert!(fingerprints(&training.store()).len() < 6);
    assert_eq!(training.run(&[]).status.code(), Some(0));
    assert_eq!(fingerprints(&training.store()), training.undisturbed());
}

#[test]
fn a_parent_that_is_asked_to_stop_leaves_no_worker() {
    let training = Training::new(&["--jobs", "2"]);
    let parent = training.start();
    training.worker(&parent);
    let workers = wait_for("both workers", || Some(children(parent.id())).filter(|all| all.len() == 2));
    send("-TERM", parent.id());
    let output = parent.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert!(stderr(&output).contains("the same command goes on"), "{}", stderr(&output));
    assert!(workers.iter().all(|worker| !lives(*worker)));
    assert!(failures(&training.store()).is_empty());
    assert!(training.checkpoint().is_some(), "it is there to go on from");
    assert_eq!(training.run(&["--quiet"]).status.code(), Some(0));
    assert_eq!(fingerprints(&training.store()), training.undisturbed());
}

/// Isolated runs beside others on one store: every run once.
#[test]
fn isolated_processes_share_a_store_with_others() {
    let training = Training::new(&["--jobs", "2", "--seeds", "4"]);
    let processes: Vec<Child> = (0..2)
        .map(|k| {
            let words = training.words.iter().filter(|word| k == 0 || *word != "--isolate");
            let mut command = Command::new(env!("CARGO_BIN_EXE_inna-bench"));
            command.current_dir(training.folder.path()).args(words).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let outputs: Vec<Output> = processes.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    let mut trained = 0;
    for output in &outputs {
        assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
        trained += stderr(output).lines().filter(|line| line.starts_with('[')).count();
    }
    assert_eq!(trained, 12, "every run once");
    assert_eq!(fingerprints(&training.store()), training.undisturbed());
}

/// A worker without the orders of a parent does nothing and says so.
#[test]
fn a_worker_wants_an_order_that_it_can_carry_out() {
    let folder = tempfile::tempdir().unwrap();
    let worker = |verb: &str, order: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
            .current_dir(folder.path())
            .args(["--worker", verb, "tiny", "--configs", CONFIGS])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // One that refuses its verb does not read.
        let _ = child.stdin.take().unwrap().write_all(order.as_bytes());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{order}");
        stderr(&output)
    };
    assert!(worker("run", "").contains("no order on stdin"));
    assert!(
        worker("run", "{\"task\": \"small\", \"runs\": [\"sgd-r0-0\"]}\n").contains("0 of 1 runs of small")
    );
    assert!(worker("run", "{\"task\": \"large\", \"runs\": [\"a\"]}\n").contains("--task large"));
    assert!(worker("plan", "").contains("--worker is what"));
    assert!(!folder.path().join("store").exists());
}
