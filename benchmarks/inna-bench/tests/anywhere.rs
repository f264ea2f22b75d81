//! The program alone: in an empty folder, with configurations of its own.

mod common;

use common::{bench, stderr, stdout};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

/// From an empty folder to the pages of a study of one's own.
#[test]
fn an_empty_folder_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let listed = stdout(&bench(here, &["list", "studies"]));
    assert!(listed.contains("quick") && listed.contains("inna-2021/"), "{listed}");
    let planned = bench(here, &["plan", "quick"]);
    assert_eq!(code(&planned), Some(0), "{}", stderr(&planned));
    let made = bench(here, &["new", "study", "mine", "--optimizer", "inna", "--optimizer", "sgd"]);
    assert_eq!(code(&made), Some(0), "{}", stderr(&made));
    assert!(stdout(&made).contains("inna-bench run mine"), "{}", stdout(&made));
    let again = bench(here, &["new", "study", "mine"]);
    assert!(stderr(&again).contains("there is a study `mine` already"), "{}", stderr(&again));
    // A folder of something else's does not hide what is built in; one that is named is made.
    let other = tempfile::tempdir().unwrap();
    fs::create_dir(other.path().join("configs")).unwrap();
    let planned = bench(other.path(), &["plan", "quick"]);
    assert_eq!(code(&planned), Some(0), "{}", stderr(&planned));
    let made = bench(other.path(), &["new", "study", "own", "--optimizer", "adam", "--configs", "mine"]);
    assert_eq!(code(&made), Some(0), "{}", stderr(&made));
    let planned = bench(other.path(), &["plan", "own", "--configs", "mine"]);
    assert_eq!(code(&planned), Some(0), "{}", stderr(&planned));
    let taken = bench(here, &["new", "study", "quick"]);
    assert!(stderr(&taken).contains("there is a study `quick` already"), "{}", stderr(&taken));
    for verb in ["run", "report"] {
        let done = bench(here, &[verb, "mine", "--seeds", "1", "--epochs", "1"]);
        assert_eq!(code(&done), Some(0), "{verb}: {}", stderr(&done));
    }
    // The pages, and the list of those that there are.
    let there = fs::read_dir(here.join("reports/out")).unwrap().flatten().map(|entry| entry.path());
    let (folders, files): (Vec<_>, Vec<_>) = there.partition(|path| path.is_dir());
    assert!(folders.len() == 1 && files.len() == 1, "{folders:?} {files:?}");
    assert!(folders[0].join("index.html").is_file(), "{folders:?}");
}

/// A study by its path, with a task and a formula beside it and the rest built in.
#[test]
fn a_study_by_its_path_has_its_own_tasks_and_optimizers() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("mine");
    for kind in ["tasks", "optimizers"] {
        fs::create_dir_all(mine.join(kind)).unwrap();
    }
    let built_in = Path::new(common::ROOT).join("configs");
    let task = fs::read_to_string(built_in.join("tasks/noisy-quadratic.yaml")).unwrap();
    fs::write(mine.join("tasks/bowl.yaml"), task.replacen("title: ", "title: My own ", 1)).unwrap();
    let formula = "title: Descent
reference: nowhere
formula:
  parameters: {learning_rate: {default: 0.01, range: '> 0', meaning: step size}}
  step: [\"theta' = theta - gamma*g\"]
";
    fs::write(mine.join("optimizers/descent.yaml"), formula).unwrap();
    let study = "title: Mine
question: Does it run?
master_seed: 1
tasks:
  - {task: bowl, repetitions: 1, epochs: 1, entries: [{optimizer: descent}, {optimizer: sgd}]}
  - {task: softmax-shapes, repetitions: 1, epochs: 1, entries: [{optimizer: descent}, {optimizer: sgd}]}
";
    fs::write(mine.join("study.yaml"), study).unwrap();
    let done = bench(folder.path(), &["run", "mine/study.yaml", "--quiet"]);
    assert_eq!(code(&done), Some(0), "{}", stderr(&done));
    for verb in ["report", "archive", "verify"] {
        let done = bench(folder.path(), &[verb, "mine/study.yaml"]);
        assert_eq!(code(&done), Some(0), "{verb}: {}", stderr(&done));
    }
    for task in ["bowl", "softmax-shapes"] {
        assert_eq!(common::runs(&folder.path().join("store"), task).len(), 2, "{task}");
    }
    // By name nothing of it is known.
    let unknown = bench(folder.path(), &["check", "descent"]);
    assert_eq!(code(&unknown), Some(2), "{}", stdout(&unknown));
    let known = bench(folder.path(), &["check", "descent", "--configs", "mine"]);
    assert_eq!(code(&known), Some(0), "{}", stdout(&known));
}

/// The option, then the variable, then the usual name; a folder of one's own hides what it names and nothing else.
#[test]
fn folders_have_an_order() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let title = |root: &str, title: &str| {
        let text = format!("title: {title}\nquestion: Which?\nmaster_seed: 1\ntheory: [sum-rule]\n");
        fs::create_dir_all(here.join(root).join("studies")).unwrap();
        fs::write(here.join(root).join("studies/quick.yaml"), text).unwrap();
    };
    title("configs", "the usual one");
    title("named", "the variable's");
    title("asked", "the option's");
    let shown = |variable: Option<&str>, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inna-bench"));
        command.current_dir(here).args(["list", "studies"]).args(more).env_remove("INNA_BENCH_CONFIGS");
        variable.map(|folder| command.env("INNA_BENCH_CONFIGS", folder));
        let output = command.output().unwrap();
        (stdout(&output), stderr(&output), code(&output))
    };
    for (variable, more, title) in [
        (None, &[][..], "the usual one"),
        (Some(""), &[], "the usual one"),
        (Some("named"), &[], "the variable's"),
        (Some("named"), &["--configs", "asked"], "the option's"),
    ] {
        let (listed, _, _) = shown(variable, more);
        assert!(listed.contains(title) && listed.contains("inna-2021-small"), "{listed}");
        assert_eq!(listed.matches("quick ").count(), 1, "{listed}");
    }
    let (_, error, code) = shown(Some("nowhere"), &[]);
    assert!(code == Some(2) && error.contains("nowhere"), "{error}");
}

/// Sizes are known without the files; what is missing is said with the remedy.
#[test]
fn a_study_is_planned_without_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let planned = bench(folder.path(), &["plan", "resnet20-check"]);
    assert_eq!(code(&planned), Some(0), "{}", stderr(&planned));
    let text = stdout(&planned);
    // 50 000 images in batches of 128 are 391 steps an epoch; the parameters are the paper's 0.27 M.
    assert!(text.contains("seeds 5") && text.contains("parameters") && text.contains("is missing"), "{text}");
    let json = bench(folder.path(), &["plan", "resnet20-check", "--epochs", "1", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert_eq!((&value["tasks"][0]["steps"], &value["all"]), (&391.into(), &5.into()), "{value}");
    // Before its search too.
    let paper = bench(folder.path(), &["plan", "inna-2021"]);
    assert_eq!(code(&paper), Some(0), "{}", stderr(&paper));
    let parameters = value["tasks"][0]["parameters"].as_u64().unwrap();
    assert!((265_000..275_000).contains(&parameters), "{parameters}");
    let refused = bench(folder.path(), &["run", "resnet20-check"]);
    assert_eq!(code(&refused), Some(2), "{}", stdout(&refused));
}

/// The page about adding an optimizer, command by command from an empty folder; one seed and one epoch in place of ten and all.
#[test]
fn what_the_page_says_of_a_first_study_works() {
    let page = fs::read_to_string(Path::new(common::ROOT).join("docs/ADDING-AN-OPTIMIZER.md")).unwrap();
    let block = |start: &str| page.split(start).nth(1).unwrap().split("```").next().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("configs/optimizers")).unwrap();
    fs::write(folder.path().join("configs/optimizers/signum.yaml"), block("```yaml\n")).unwrap();
    let commands = block("## Its first study\n\n```console\n");
    assert_eq!(commands.lines().count(), 5, "{commands}");
    for line in commands.lines() {
        let mut arguments: Vec<&str> = line.split(' ').skip(1).collect();
        if ["plan", "run", "report"].contains(&arguments[0]) {
            arguments.extend(["--seeds", "1", "--epochs", "1"]);
        }
        let done = bench(folder.path(), &arguments);
        assert_eq!(code(&done), Some(0), "{line}: {}", stderr(&done));
    }
}

/// docs/CONFIG.md is what the types say; every configuration of the suite has what its schema requires and no other keys at its top.
#[test]
fn configurations_and_their_reference_follow_the_schemas() {
    let folder = tempfile::tempdir().unwrap();
    let reference = stdout(&bench(folder.path(), &["schema", "--reference"]));
    let page = fs::read_to_string(Path::new(common::ROOT).join("docs/CONFIG.md")).unwrap();
    assert!(reference == page, "run: inna-bench schema --reference > docs/CONFIG.md");
    for (kind, folder_name) in [("study", "studies"), ("task", "tasks"), ("optimizer", "optimizers")] {
        let schema: serde_json::Value =
            serde_json::from_str(&stdout(&bench(folder.path(), &["schema", kind]))).unwrap();
        assert!(kind != "task" || schema["unevaluatedProperties"] == false);
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().map(|key| key.as_str().unwrap()).collect();
        for file in fs::read_dir(Path::new(common::ROOT).join("configs").join(folder_name)).unwrap().flatten()
        {
            let Ok(text) = fs::read_to_string(file.path()) else { continue };
            let value: serde_json::Value = serde_yaml::from_str(&text).unwrap();
            let lacking: Vec<_> = required.iter().filter(|key| value.get(**key).is_none()).collect();
            assert!(lacking.is_empty(), "{}: {lacking:?}", file.path().display());
            let kinds = ["training", "function"];
            assert!(
                kind != "task" || kinds.contains(&value["kind"].as_str().unwrap()),
                "{}",
                file.path().display()
            );
        }
    }
}
