//! The CUDA engine on a double of driver, cuBLAS and NVRTC: what runs on a GPU runs here, from the loading of the libraries to the last
//! buffer that is given back.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod common;

use common::{CONFIGS, stderr};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with the double, in which compiled kernels are kept.
struct Double(tempfile::TempDir);

impl Double {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        double::install(folder.path()).unwrap();
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn log(&self) -> PathBuf {
        self.path().join("log")
    }

    fn run(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_inna-bench"))
            .current_dir(self.path())
            .args(arguments)
            .env("LD_LIBRARY_PATH", self.path())
            .env("DOUBLE_CACHE", self.path())
            .env("DOUBLE_LOG", self.log())
            .envs(settings.iter().copied())
            .output()
            .unwrap()
    }

    /// What the context left behind when it was given back, every time.
    fn left(&self) -> Vec<String> {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let _ = fs::remove_file(self.log());
        log.lines().filter_map(|line| line.strip_prefix("left ")).map(str::to_owned).collect()
    }
}

const NOTHING: &str = "buffers 0 modules 0 streams 0 handles 0 graphs 0";

/// Everything is compared, in every precision, and passes though every product is summed in another order than the CPU's.
#[test]
fn every_comparison_passes() {
    let double = Double::new();
    for (precision, steps) in [("f32", "10"), ("tf32", "2"), ("bf16", "2")] {
        let small = ["--width", "0.05", "--batch", "6", "--replicas", "1", "--steps", steps];
        let words = ["check", "engine", "--device", "cuda", "--json", "--precision", precision];
        let output = double.run(&[&words[..], &small].concat(), &[]);
        let value: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
        let missed: Vec<&Value> =
            value["checks"].as_array().unwrap().iter().filter(|check| check["passed"] != true).collect();
        assert!(missed.is_empty(), "{missed:#?}");
        assert_eq!(output.status.code(), Some(0));
        assert!(value["description"].as_str().unwrap().starts_with("Double of a GPU"), "{value}");
        let log = fs::read_to_string(double.log()).unwrap();
        let count = |start: &str| log.lines().filter(|line| line.starts_with(start)).count();
        // Graphs are recorded and started in every precision, and not only once each.
        assert!(count("graph of") > 0 && count("launch of") >= 3 * count("graph of"), "{precision}");
        assert_eq!(double.left(), [NOTHING]);
    }
}

/// A study, through its threads, checkpoints and evaluations; and again, the same bits.
#[test]
fn a_study_is_trained_and_repeated() {
    let double = Double::new();
    let on = ["--configs", CONFIGS, "--device", "cuda", "--quiet"];
    let run = double.run(&[&["run", "tiny"], &on[..]].concat(), &[]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert_eq!(double.left(), [NOTHING]);
    // Runs of a population cannot be repeated to the bit: once more alone.
    let alone = ["--replicas", "1", "--store", "alone", "--task", "small"];
    let run = double.run(&[&["run", "tiny"], &on[..], &alone].concat(), &[]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let verify = double.run(&[&["verify", "tiny"], &on[..], &alone].concat(), &[]);
    assert_eq!(verify.status.code(), Some(0), "{}", String::from_utf8_lossy(&verify.stdout));
}

/// Steps of few replicas are recorded once and then started as a whole, with the bits of steps that are started kernel by kernel; what a
/// driver is too old for is not asked of it.
#[test]
fn steps_are_repeated_as_graphs() {
    let double = Double::new();
    let study = ["run", "tiny", "--task", "small", "--configs", CONFIGS, "--device", "cuda", "--quiet"];
    let study = [&study[..], &["--replicas", "1", "--store"]].concat();
    let mut trained = Vec::new();
    for (store, settings) in [("graphs", &[][..]), ("old", &[("DOUBLE_DRIVER", "12020")])] {
        let run = double.run(&[&study[..], &[store]].concat(), settings);
        assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
        let log = fs::read_to_string(double.log()).unwrap();
        let count = |start: &str| log.lines().filter(|line| line.starts_with(start)).count();
        let (recorded, started) = (count("graph of"), count("launch of"));
        match store {
            "old" => assert_eq!((recorded, started), (0, 0)),
            // Of every run one, for all of its steps but the first of each kind.
            _ => assert!(recorded > 0 && started > 3 * recorded, "{recorded} graphs, {started} times"),
        }
        assert_eq!(double.left(), [NOTHING]);
        trained.push(fingerprints(&double, store));
    }
    assert_eq!(trained[0], trained[1]);
}

/// Fingerprints of the runs of the task `small` in a store.
fn fingerprints(double: &Double, store: &str) -> Vec<String> {
    let runs = common::runs(&double.path().join(store), "small");
    let of = |run: &PathBuf| {
        let record: Value = serde_json::from_slice(&fs::read(run.join("run.json")).unwrap()).unwrap();
        record["fingerprint"].as_str().unwrap().to_owned()
    };
    runs.iter().map(of).collect()
}

/// Whatever call fails, and with it the device: one sentence, exit code 2, no crash, nothing that hangs.
#[test]
fn every_call_may_fail() {
    let double = Double::new();
    let short = ["run", "tiny", "--task", "small", "--seeds", "1", "--epochs", "1", "--configs", CONFIGS];
    let short = [&short[..], &["--device", "cuda", "--quiet", "--store"]].concat();
    let (mut at, mut failed) = (1u32, 0);
    loop {
        let store = format!("store-{at}");
        let output = double.run(&[&short[..], &[&store]].concat(), &[("DOUBLE_FAIL_AT", &at.to_string())]);
        if output.status.code() == Some(0) {
            break;
        }
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "call {at}: {message}");
        assert!(message.starts_with("inna-bench: ") && message.lines().count() <= 3, "call {at}: {message}");
        assert!(!message.contains("panicked"), "call {at}: {message}");
        failed += 1;
        // All of the first, when the device is opened, and then fewer and fewer.
        at += 1 + at / 10;
    }
    assert!(failed > 30, "{failed} calls failed");
}

/// The script for a machine with a GPU, with a compressed program, and a stand-in for PyTorch that fails every second time: every part is
/// written as it ends, and none stops the others.
#[test]
fn the_script_for_a_gpu_ends_whatever_happens() {
    let double = Double::new();
    let here = double.path();
    let [packed, peer, out] = ["b.xz", "peer.py", "out"].map(|name| here.join(name));
    let xz = "import lzma, shutil, sys\nshutil.copyfileobj(open(sys.argv[1], 'rb'), lzma.open(sys.argv[2], 'wb', preset=0))";
    let python = |arguments: &[&std::ffi::OsStr]| {
        let mut command = Command::new("python3");
        command.args(arguments).env("LD_LIBRARY_PATH", here).env("DOUBLE_CACHE", here);
        command.env("DOUBLE_MEMORY", "150000000").output().unwrap()
    };
    let done =
        python(&["-c".as_ref(), xz.as_ref(), env!("CARGO_BIN_EXE_inna-bench").as_ref(), packed.as_ref()]);
    assert!(done.status.success(), "{}", stderr(&done));
    fs::write(
        &peer,
        "import sys\nprint('{\"images_per_s\": 2.5}') if '--tf32' in sys.argv else sys.exit('no PyTorch')",
    )
    .unwrap();
    let script = format!("{}/benchmarks/peers/gpu.py", common::ROOT);
    let words =
        [script.as_ref(), "--rehearse".as_ref(), "--replicas".as_ref(), "2".as_ref(), "--binary".as_ref()];
    let done = python(
        &[&words[..], &[packed.as_ref(), "--peer".as_ref(), peer.as_ref(), "-o".as_ref(), out.as_ref()]]
            .concat(),
    );
    assert!(done.status.success(), "{}", stderr(&done));
    let parts: Vec<Value> = fs::read_to_string(out.join("parts.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |name: &str| parts.iter().find(|part| part["part"] == name).unwrap_or_else(|| panic!("{name}"));
    assert_eq!(of("check f32, short")["rc"], 0, "{}", fs::read_to_string(out.join("log.txt")).unwrap());
    for name in [
        "suite tf32, 2 replicas",
        "suite bf16, 2 replicas",
        "suite f32, 2 replicas",
        "suite tf32, 1 replica",
        "suite tf32, 1 replica, kernel by kernel",
        "suite f32, 1 replica",
    ] {
        assert!(of(name)["result"]["images_per_s"].as_f64().unwrap() > 0.0, "{name}");
    }
    assert_eq!(of("peer eager")["rc"], 1);
    assert_eq!(of("peer TF32, channels-last")["result"]["images_per_s"], 2.5);
    let table = fs::read_to_string(out.join("table.md")).unwrap();
    assert!(
        table.contains("| over TF32, channels-last |") && table.contains("comparisons passed"),
        "{table}"
    );
}

#[test]
fn what_is_wrong_with_a_device_is_said() {
    let double = Double::new();
    let step = ["time", "step", "--device", "cuda", "--batch", "32", "--steps", "1"];
    for (setting, words) in [
        (("DOUBLE_INIT", "100"), &["no CUDA-capable device"][..]),
        (("DOUBLE_INIT", "803"), &["unsupported display driver"]),
        (("DOUBLE_MEMORY", "50000000"), &["memory"]),
        (
            ("DOUBLE_DRIVER", "11080"),
            &["its driver is for CUDA 11.8, 12.0 or newer is needed: update the driver"],
        ),
        (
            ("DOUBLE_CUBLAS", "1"),
            &["cuBLAS handle", "NOT_INITIALIZED", "driver for CUDA 13.0: does libcublas fit"],
        ),
    ] {
        let output = double.run(&step, &[setting]);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{setting:?}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(words.iter().all(|words| message.contains(words)), "{setting:?}: {message}");
    }
    // One library of three.
    fs::remove_file(double.path().join("libnvrtc.so")).unwrap();
    let output = double.run(&step, &[]);
    assert!(stderr(&output).contains("libnvrtc cannot be loaded"), "{}", stderr(&output));
}

/// A device that is lost in the middle of a population leaves checkpoints from which the same bits come.
#[test]
fn a_lost_device_loses_no_more_than_its_epoch() {
    let double = Double::new();
    let study = ["run", "tiny", "--task", "small", "--seeds", "1", "--configs", CONFIGS, "--device", "cuda"];
    let study = [&study[..], &["--checkpoint-every", "0", "--quiet"]].concat();
    let whole = double.run(&[&study[..], &["--store", "whole"]].concat(), &[]);
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
    let (mut at, mut lost_in_the_middle) = (1000u32, 0);
    loop {
        let lost = double.run(&study, &[("DOUBLE_FAIL_AT", &at.to_string())]);
        if lost.status.code() == Some(0) {
            break;
        }
        lost_in_the_middle += usize::from(common::checkpoint(double.path()).is_some());
        assert_eq!(lost.status.code(), Some(2), "{}", stderr(&lost));
        assert!(!stderr(&lost).contains("panicked"), "{}", stderr(&lost));
        // It goes on from where it was: at some time nothing is left to fail.
        at += 300;
        assert!(at < 100_000, "it never ends");
    }
    assert!(lost_in_the_middle > 0, "no checkpoint was left");
    assert_eq!(fingerprints(&double, "store"), fingerprints(&double, "whole"));
}
