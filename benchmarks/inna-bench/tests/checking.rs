//! `check`: the conformance kit, recorded trajectories, other implementations, and the pages of optimizers.
#![allow(clippy::unwrap_used)]

mod common;

use common::{bench, stderr, stdout};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

fn configs() -> String {
    Path::new(common::ROOT).join("configs").to_str().unwrap().to_owned()
}

#[test]
fn every_optimizer_conforms_and_has_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let places = ["--configs", &configs(), "--json", "-o", "pages"];
    let checked = bench(folder.path(), &[&["check", "all"], &places[..]].concat());
    assert_eq!(checked.status.code(), Some(0), "{}", stdout(&checked));
    let all: Vec<Value> = serde_json::from_str(&stdout(&checked)).unwrap();
    let of = |name: &str| all.iter().find(|one| one["optimizer"] == name).unwrap();
    let bytes = |name: &str| of(name)["cost"]["state_bytes_per_parameter"].as_f64().unwrap();
    // A number in single precision takes four bytes.
    assert_eq!([bytes("sgd"), bytes("lion"), bytes("adam"), bytes("adan")], [0.0, 4.0, 8.0, 16.0]);
    assert!(all.iter().all(|one| one["passed"] == true));
    // Twelve of all, three landscapes, and what each declares: SGD two invariances, Adam a reduction more.
    let checks = |name: &str| of(name)["checks"].as_array().unwrap().len();
    assert_eq!([checks("sgd"), checks("adam"), checks("lion"), checks("lamb")], [17, 18, 18, 16]);
    let claims = |name: &str, claim: &str| {
        of(name)["checks"].as_array().unwrap().iter().any(|check| check["name"] == claim)
    };
    assert!(
        claims("ademamix", "with α = 0 it is AdamW")
            && claims("lion", "the scale of the gradients does not matter")
    );

    let page = |name: &str| fs::read_to_string(folder.path().join("pages").join(name)).unwrap();
    let index = page("index.html");
    for one in &all {
        let name = one["optimizer"].as_str().unwrap();
        assert!(index.contains(&format!("href=\"{name}.html\"")), "{name}");
        assert!(page(&format!("{name}.html")).contains("<math"), "{name}");
    }
    // What somebody else has written is not written over.
    fs::write(folder.path().join("pages/lion.html"), "mine").unwrap();
    let refused = bench(folder.path(), &["check", "lion", "-o", "pages"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("choose another folder with -o"), "{}", stderr(&refused));
    assert_eq!(page("lion.html"), "mine");
}

/// Every recorded trajectory that an optimizer's own tests have, through the program.
#[test]
fn recorded_trajectories_are_followed() {
    let mut followed = 0;
    let optimizers = Path::new(common::ROOT).join("optimizers");
    for crate_of in fs::read_dir(&optimizers).unwrap().flatten() {
        let name = crate_of.file_name().into_string().unwrap();
        for trace in fs::read_dir(crate_of.path().join("tests/traces")).into_iter().flatten().flatten() {
            let path = trace.path().to_str().unwrap().to_owned();
            let checked = bench(&optimizers, &["check", &name, "--trace", &path]);
            assert_eq!(checked.status.code(), Some(0), "{path}: {}{}", stdout(&checked), stderr(&checked));
            followed += 1;
        }
    }
    assert_eq!(followed, 31);
}

/// A script that is given `$1`, the gradients, and `$2`, where the answer goes.
fn script(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("script");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn against(folder: &Path, text: &str) -> Output {
    script(folder, text);
    let hyper = r#"{"learning_rate": 0.1, "momentum": 0.5}"#;
    bench(folder, &["check", "sgd", "--hyper", hyper, "--against", "script"])
}

/// SGD with momentum on the gradients that a script is given, written out here.
fn sgd(problem: &Value) -> Value {
    let numbers = |value: &Value| -> Vec<f64> {
        value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    };
    let mut steps = vec![json!({}); problem["gradients"].as_array().unwrap().len()];
    for (name, initial) in problem["initial"].as_object().unwrap() {
        let mut theta = numbers(initial);
        let mut momentum = vec![0.0; theta.len()];
        for (step, gradients) in steps.iter_mut().zip(problem["gradients"].as_array().unwrap()) {
            for ((theta, momentum), g) in theta.iter_mut().zip(&mut momentum).zip(numbers(&gradients[name])) {
                *momentum = 0.5 * *momentum + g;
                *theta -= 0.1 * *momentum;
            }
            step[name] = json!(theta);
        }
    }
    json!({ "expected": steps })
}

/// Words that `check` and its pages have for something else.
#[test]
fn names_that_mean_something_else_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["all", "engine", "index"] {
        let configs = common::configs(folder.path());
        let formula = "formula: {parameters: {learning_rate: {default: 0.1, range: '> 0', meaning: step}}, \
                       step: [\"theta' = theta - gamma*g\"]}\n";
        let file = configs.join(format!("optimizers/{name}.yaml"));
        fs::write(&file, formula).unwrap();
        let refused = bench(folder.path(), &["check", "mine", "--configs", configs.to_str().unwrap()]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains("is a word of `inna-bench check`"), "{}", stderr(&refused));
        fs::remove_file(file).unwrap();
        let refused = bench(folder.path(), &["new", "optimizer", name]);
        assert!(stderr(&refused).contains("is the name of something else"), "{}", stderr(&refused));
    }
}

#[test]
fn another_implementation_is_followed_or_parted_from() {
    let folder = tempfile::tempdir().unwrap();
    let keep = format!("cp \"$1\" '{}/problem.json'", folder.path().display());
    let failed = against(folder.path(), &format!("{keep}; echo no such optimizer >&2; exit 3"));
    assert_eq!(failed.status.code(), Some(2));
    assert!(stderr(&failed).contains("exit status: 3:\nno such optimizer"), "{}", stderr(&failed));

    let problem: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("problem.json")).unwrap()).unwrap();
    assert_eq!(problem["hyper"]["momentum"], 0.5);
    assert_eq!(
        (problem["shapes"]["weight"].clone(), problem["optimizer"].clone()),
        (json!([6, 8]), json!("sgd"))
    );
    let mut answer = sgd(&problem);
    let give = format!("cp '{}/answer.json' \"$2\"", folder.path().display());
    let put = |answer: &Value| fs::write(folder.path().join("answer.json"), answer.to_string()).unwrap();
    put(&answer);
    let same = against(folder.path(), &give);
    assert_eq!(same.status.code(), Some(0), "{}{}", stdout(&same), stderr(&same));
    assert!(stdout(&same).contains("ok      sgd against script (50 steps): f64 "), "{}", stdout(&same));

    let off = answer["expected"][7]["bias"][2].as_f64().unwrap() + 1e-6;
    answer["expected"][7]["bias"][2] = json!(off);
    put(&answer);
    let other = against(folder.path(), &give);
    assert_eq!(other.status.code(), Some(1), "{}", stderr(&other));
    assert!(stdout(&other).contains("they part at step 7 (the first is 0), in `bias`"), "{}", stdout(&other));
    let said = stderr(&other);
    assert!(
        said.contains("double precision") && said.contains("the gradients and the answer are in "),
        "{said}"
    );
    let kept = said.split("the answer are in ").nth(1).unwrap().lines().next().unwrap();
    fs::remove_dir_all(kept).unwrap();

    answer["expected"][3].as_object_mut().unwrap().remove("weight");
    put(&answer);
    for (text, expected) in [
        (give.as_str(), "expected[3]: tensor `weight` has 0 elements, expected 48"),
        ("true", "it has written no answer"),
        ("echo '{\"expected\": []}' > \"$2\"", "`gradients` has 50 steps and `expected` 0"),
        ("echo oh > \"$2\"", "its answer is {\"expected\": "),
    ] {
        let refused = against(folder.path(), text);
        assert_eq!(refused.status.code(), Some(2), "{text}");
        assert!(stderr(&refused).contains(expected), "{text}: {}", stderr(&refused));
    }
    // What is evaluated elsewhere has to be compared there, too.
    script(folder.path(), &give);
    let averaged = ["check", "sgd", "--hyper", r#"{"average": 0.5}"#, "--against", "script"];
    put(&sgd(&problem));
    let refused = bench(folder.path(), &averaged);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("as \"evaluation\""), "{}", stderr(&refused));
    let mut short = sgd(&problem);
    short["evaluation"] = json!([short["expected"][0]]);
    put(&short);
    let refused = bench(folder.path(), &averaged);
    assert!(stderr(&refused).contains("`evaluation` has 1 steps and `expected` 50"), "{}", stderr(&refused));
    let missing = bench(folder.path(), &["check", "sgd", "--against", "nothing.py"]);
    assert!(stderr(&missing).contains("there is no such file"), "{}", stderr(&missing));
}

/// The script of the documentation is the one that is there.
#[test]
fn the_documented_script_is_the_one_that_is_there() {
    let read = |path: &str| fs::read_to_string(Path::new(common::ROOT).join(path)).unwrap();
    let script = read("benchmarks/peers/against.py");
    let shown = read("docs/ADDING-AN-OPTIMIZER.md");
    let shown = shown.split("```python\n").nth(1).unwrap().split("```").next().unwrap().to_owned();
    assert!(script.ends_with(&shown), "{shown}");
}
