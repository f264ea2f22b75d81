//! Optimizers of all kinds and those written as formulas, through the binary.
#![allow(clippy::unwrap_used)]

mod common;

use common::{bench, fingerprints, spoiled, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::Output;

const ENTRIES: &str = "      - {optimizer: sgd, hyper: {learning_rate: 0.05, momentum: 0.9}}\n";

fn verb(folder: &Path, configs: &Path, verb: &str, more: &[&str]) -> Output {
    let arguments = [&[verb, "tiny", "--task", "small", "--configs", configs.to_str().unwrap()], more];
    bench(folder, &arguments.concat())
}

/// The small study with these entries in place of SGD's, and so many epochs.
fn with(folder: &Path, entries: &str, epochs: u32) -> PathBuf {
    let configs = spoiled(folder, "studies/tiny.yaml", ENTRIES, entries);
    let path = configs.join("tasks/small.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, text.replace("epochs: 2", &format!("epochs: {epochs}"))).unwrap();
    configs
}

/// The formula that the documentation begins with.
fn documented() -> String {
    let page = std::fs::read_to_string(Path::new(common::ROOT).join("docs/ADDING-AN-OPTIMIZER.md")).unwrap();
    page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap().to_owned()
}

/// What is remembered between steps, whatever it is, goes through a checkpoint: a training that was killed has the bits of one
/// that was not.
#[test]
fn rules_of_every_kind_go_on_after_a_kill() {
    let entries = "      - {optimizer: prodigy, hyper: {d0: 0.001}}
      - {optimizer: schedule-free, hyper: {learning_rate: 0.01, schedule: {kind: warmup, steps: 5, then: {kind: constant}}}}
      - {optimizer: nadam, hyper: {clip_norm: 1, average: 0.9}}
      - {optimizer: muon, hyper: {learning_rate: 0.01, schedule: {kind: linear}}}
      - {optimizer: soap, hyper: {frequency: 4}}
      - {optimizer: lamb, hyper: {learning_rate: 0.01, decayed: matrices}}
      - {optimizer: signum, hyper: {learning_rate: 0.001}}
";
    let (whole, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let configs = with(whole.path(), entries, 30);
    std::fs::write(configs.join("optimizers/signum.yaml"), documented()).unwrap();
    let done = verb(whole.path(), &configs, "run", &["--quiet"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));

    common::killed_in_the_middle(killed.path(), &configs, "18");
    let goes_on = verb(killed.path(), &configs, "run", &["--quiet", "--replicas", "18", "--jobs", "1"]);
    assert_eq!(goes_on.status.code(), Some(0), "{}", stderr(&goes_on));
    let all = fingerprints(&whole.path().join("store"));
    assert_eq!(all.len(), 18);
    assert_eq!(fingerprints(&killed.path().join("store")), all);
    let report = verb(whole.path(), &configs, "report", &[]);
    assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
    let page = std::fs::read_to_string(whole.path().join("reports/out/tiny/optimizer-signum.html")).unwrap();
    assert!(page.contains("signum.yaml") && page.contains("signSGD with momentum"));
}

/// The documentation's formula is an optimizer like any other, and another text makes other runs.
#[test]
fn the_documented_formula_is_an_optimizer() {
    let folder = tempfile::tempdir().unwrap();
    let configs =
        with(folder.path(), "      - {optimizer: signum, hyper: {learning_rate: 0.01, mu: 0.5}}\n", 2);
    let file = configs.join("optimizers/signum.yaml");
    std::fs::write(&file, documented()).unwrap();
    let places = ["--configs", configs.to_str().unwrap()];
    let listed = bench(folder.path(), &[&["list", "optimizers"], &places[..]].concat());
    assert!(
        stdout(&listed).contains("signSGD with momentum")
            && stdout(&listed).contains("memory of the momentum")
    );
    let checked = bench(folder.path(), &[&["check", "signum"], &places[..]].concat());
    assert_eq!(checked.status.code(), Some(0), "{}", stdout(&checked));
    let step = ["time", "step", "--task", "small", "--optimizer", "signum", "--steps", "1", "--json"];
    let timed = bench(folder.path(), &[&step[..], &places[..]].concat());
    assert_eq!(timed.status.code(), Some(0), "{}", stderr(&timed));

    let run = || {
        let done = verb(folder.path(), &configs, "run", &["--quiet"]);
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        fingerprints(&folder.path().join("store")).len()
    };
    let before = run();
    std::fs::write(&file, documented().replace("gamma*sign(m')", "gamma*sign(m' + 0*g)")).unwrap();
    assert_eq!(run(), before + 2, "both seeds of the changed formula are new runs");
}

#[test]
fn what_is_no_rule_is_refused_with_its_place() {
    for (old, new, expected) in [
        (
            "sign(m')",
            "sgn(m')",
            &["line 11, column 30", "there is no function `sgn` (did you mean `sign`?)"][..],
        ),
        ("m' = mu*m", "m' = my*m", &["line 10, column 12", "there is no `my`"]),
        ("gamma*sign(m')", "gamma*g/m", &["line 11, column 31", "the divisor is 0 at the first step"]),
        ("    - m' = mu*m + (1 - mu)*g\n", "", &["`m'` is read before it is assigned"]),
        ("(1 - mu)*g", "(1 - mu)*m", &["does not depend on the gradient"]),
        ("range: \"> 0\"", "range: positive", &["parameters.learning_rate: range: `positive`"]),
        ("  states: [m]", "  states: [m]\n  stats: [v]", &["unknown field `stats`"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let configs = with(folder.path(), "      - {optimizer: signum}\n", 2);
        let text = documented();
        assert!(text.contains(old), "{old}");
        std::fs::write(configs.join("optimizers/signum.yaml"), text.replace(old, new)).unwrap();
        let refused = verb(folder.path(), &configs, "plan", &[]);
        assert_eq!(refused.status.code(), Some(2), "{new}: {}", stderr(&refused));
        let message = stderr(&refused);
        assert!(message.contains("signum.yaml"), "{message}");
        for words in expected {
            assert!(message.contains(words), "{words} is not in {message}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let configs = with(folder.path(), "      - {optimizer: muon, hyper: {fallback: null}}\n", 2);
    let refused = verb(folder.path(), &configs, "plan", &[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("`fallback`"), "{}", stderr(&refused));
    // The fallback's steps have to end with the training as well.
    let folder = tempfile::tempdir().unwrap();
    let late = "{optimizer: adam, schedule: {kind: warmup, steps: 900, then: {kind: constant}}}";
    let entry = format!("      - {{optimizer: muon, hyper: {{fallback: {late}}}}}\n");
    let configs = with(folder.path(), &entry, 2);
    let refused = verb(folder.path(), &configs, "plan", &[]);
    assert_eq!(refused.status.code(), Some(2), "{}", stdout(&refused));
    assert!(stderr(&refused).contains("`fallback.schedule"), "{}", stderr(&refused));
    std::fs::write(configs.join("optimizers/adam.yaml"), documented()).unwrap();
    let refused = verb(folder.path(), &configs, "plan", &[]);
    assert!(stderr(&refused).contains("give the formula another name"), "{}", stderr(&refused));
}

/// Every kind of rule on a device; what it has no kernels for is stepped by its host, which is said. The runs are those of the CPU up to
/// the order of sums in products, together or one by one.
#[test]
fn a_device_steps_every_kind_of_rule() {
    let entries = "      - {optimizer: muon, hyper: {learning_rate: 0.01}}
      - {optimizer: prodigy, hyper: {d0: 0.001}}
      - {optimizer: schedule-free, hyper: {learning_rate: 0.01, schedule: {kind: warmup, steps: 2, then: {kind: constant}}}}
      - {optimizer: adam, hyper: {clip_norm: 1, average: 0.5, weight_decay: 0.01, decayed: matrices}}
      - {optimizer: shampoo, hyper: {learning_rate: 0.001}}
      - {optimizer: sgd, hyper: {learning_rate: 0.05}}
";
    let (cpu, device, alone) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut finals = Vec::new();
    for (folder, more) in [
        (&cpu, &[][..]),
        (&device, &["--device", "emulated", "--replicas", "14"]),
        (&alone, &["--device", "emulated", "--replicas", "1"]),
    ] {
        let configs = with(folder.path(), entries, 2);
        let done = verb(folder.path(), &configs, "run", more);
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        let says =
            stderr(&done).contains("powers or logarithms of sums, a fallback that clips): Shampoo; the host");
        assert_eq!(says, !more.is_empty(), "{}", stderr(&done));
        finals.push(common::final_losses(&folder.path().join("store")));
    }
    // Those of the study itself among them.
    assert_eq!(finals[0].len(), 14);
    assert_eq!(finals[1], finals[2]);
    for (name, loss) in &finals[0] {
        let others = finals[1][name];
        assert!((loss - others).abs() < 1e-4 * loss, "{name}: {loss} and {others}");
    }
}

/// `new` writes what passes its own checks at once; a name that is taken is refused, and a crate needs a checkout.
#[test]
fn a_new_formula_passes_its_checks() {
    let folder = tempfile::tempdir().unwrap();
    let configs = common::configs(folder.path());
    let places = ["--configs", configs.to_str().unwrap()];
    let new = |more: &[&str]| bench(folder.path(), &[&["new", "optimizer"], more, &places[..]].concat());
    let made = new(&["my-rule"]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    assert!(stdout(&made).contains("inna-bench check my-rule"), "{}", stdout(&made));
    let checked = bench(folder.path(), &[&["check", "my-rule"], &places[..]].concat());
    assert_eq!(checked.status.code(), Some(0), "{}", stdout(&checked));
    for (arguments, words) in [
        (&["my-rule"][..], "is there already"),
        (&["adam"], "there is an optimizer `adam` already"),
        (&["My Rule"], "small letters"),
        (&["other", "--crate"], "--configs: this verb does not look there"),
    ] {
        let refused = new(arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&refused).contains(words), "{arguments:?}: {}", stderr(&refused));
    }
    for (arguments, words) in
        [(&["other", "--crate"][..], "in a checkout"), (&["other", "--matrix"], "in a checkout")]
    {
        let refused = bench(folder.path(), &[&["new", "optimizer"], arguments].concat());
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&refused).contains(words), "{arguments:?}: {}", stderr(&refused));
    }
}

/// A crate is written into the workspace around the working directory, listed, in order.
#[test]
fn a_new_crate_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = folder.path().join("optimizers/catalogue/Cargo.toml");
    std::fs::create_dir_all(catalogue.parent().unwrap()).unwrap();
    let root = Path::new(common::ROOT);
    std::fs::copy(root.join("optimizers/catalogue/Cargo.toml"), &catalogue).unwrap();
    for (name, kind) in [("my-rule", "--crate"), ("my-matrix", "--matrix")] {
        let made = bench(folder.path(), &["new", "optimizer", name, kind]);
        assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
        for file in ["Cargo.toml", "src/lib.rs", "tests/rule.rs"] {
            let text =
                std::fs::read_to_string(folder.path().join("optimizers").join(name).join(file)).unwrap();
            assert!(!text.contains('@'), "{text}");
        }
    }
    let listed = std::fs::read_to_string(&catalogue).unwrap();
    let at = |name: &str| listed.find(&format!("\n{name} = ")).unwrap();
    assert!(at("muon") < at("my-matrix") && at("my-matrix") < at("my-rule") && at("my-rule") < at("nadam"));
}
