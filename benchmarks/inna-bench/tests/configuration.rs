//! Configurations that mean nothing, or something else than they seem to, as a user meets them; and that every file is answered.
#![allow(clippy::unwrap_used)]

mod common;

use common::{CONFIGS, bench, spoiled, stderr};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

/// A copy of the small configurations, to be changed.
fn copied(folder: &Path) -> PathBuf {
    let configs = spoiled(folder, "studies/tiny.yaml", "Tiny", "Tiny");
    std::fs::create_dir_all(configs.join("optimizers")).unwrap();
    configs
}

/// The study of one task.
fn study(configs: &Path, task: &str) -> String {
    let path = configs.join("one.yaml");
    std::fs::write(&path, format!("title: T\nquestion: Q\nmaster_seed: 1\ntasks:\n  - {{{task}}}\n"))
        .unwrap();
    path.display().to_string()
}

fn verb(configs: &Path, arguments: &[&str]) -> Output {
    bench(configs, &[arguments, &["--configs", "."]].concat())
}

fn refused(configs: &Path, arguments: &[&str], expected: &[&str]) {
    let output = verb(configs, arguments);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    for part in expected {
        assert!(message.contains(part), "`{part}` in {message}");
    }
}

#[test]
fn settings_that_come_to_nothing_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let configs = copied(folder.path());
    let search = "criterion: train_loss_running, epochs: 2, first_repetition: 10, repetitions: 1";
    for (task, expected) in [
        (
            "task: small, repetitions: 1, entries: [{optimizer: adam, hyper: {eps: 1e-46}}]",
            &["eps", "single precision"][..],
        ),
        (
            "task: small, repetitions: 1, entries: [{optimizer: sgd, hyper: {learning_rate: 0.1, learning_rate: 0.3}}]",
            &["one.yaml", "line 5", "learning_rate", "twice"],
        ),
        (
            "task: small, repetitions: 1, entries: [{optimizer: sgd, hyper: {learning_rate: .inf}}]",
            &["one.yaml", ".inf is not a finite number"],
        ),
        (
            "task: small, repetitions: 1, entries: [{optimizer: sgd, hyper: {learning_rate: 0.5}, grid: {learning_rate: [0.1]}}]",
            &["grid.learning_rate", "0.5"],
        ),
        (
            "task: small, repetitions: 1, entries: [{optimizer: sgd, hyper: {dampening: 0.5}}]",
            &["dampening", "momentum > 0"],
        ),
        (
            "task: small, repetitions: 1, entries: [{optimizer: inna, hyper: {initial_velocity: beta}}, {optimizer: inna, key: b, hyper: {initial_velocity: 0.1}}]",
            &["entry `b` takes the very steps of `inna`", "initial_velocity"],
        ),
        (
            "task: small, repetitions: 1, entries: [{optimizer: sgd, hyper: {schedule: {kind: step, every: 8, factor: 0.5}}}]",
            &["`schedule.every`: 8", "8 steps"],
        ),
        (
            "task: small, repetitions: 1, entries: [{optimizer: sgd, hyper: {schedule: {kind: warmup, steps: 9, then: {kind: cosine}}}}]",
            &["`schedule.steps`: 9", "8 steps"],
        ),
        (
            "task: small, repetitions: 1, selections: [{name: best, of: [sgd], lowest: validation_loss}], entries: [{optimizer: sgd}]",
            &["validation_loss", "validation_per_class"],
        ),
        (
            &format!(
                "task: small, repetitions: 1, tuning: {{{}}}, entries: [{{optimizer: sgd}}]",
                search.replace("epochs: 2", "epochs: 3")
            ),
            &["tuning.epochs: 3", "2 epochs"],
        ),
        (
            "task: toy, epochs: 3, repetitions: 1, entries: [{optimizer: sgd}]",
            &["toy: epochs", "leave it out"],
        ),
        (
            "task: small, repetitions: 1, entries: [{optimizer: sgd, title: A}, {optimizer: adam, title: A}]",
            &["`sgd` and `adam` have the title `A`"],
        ),
        (
            "task: ../tasks/small, repetitions: 1, entries: [{optimizer: sgd}]",
            &["../tasks/small", "not usable as a name"],
        ),
        (
            "task: small, repetitions: 1, entries: [{optimizer: sgd, key: ../x}]",
            &["../x", "not usable as a name"],
        ),
        ("task: small, repetitions: 1, entries: [{optimizer: ../x}]", &["unknown optimizer `../x`"]),
    ] {
        refused(&configs, &["plan", &study(&configs, task)], expected);
    }
    // Double precision has the numbers that single precision lacks.
    let fine =
        study(&configs, "task: toy, repetitions: 1, entries: [{optimizer: adam, hyper: {eps: 1e-46}}]");
    let output = verb(&configs, &["plan", &fine]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));

    // A search inside the warm-up: 8 steps of 100.
    std::fs::copy(
        Path::new(CONFIGS).join("optimizers/adagrad.yaml"),
        configs.join("optimizers/adagrad.yaml"),
    )
    .unwrap();
    let warm = study(
        &configs,
        &format!(
            "task: small, epochs: 100, repetitions: 1, tuning: {{{search}}}, entries: [{{optimizer: adagrad, hyper: {{learning_rate: tuned, \
         schedule: {{kind: warmup, steps: 100, then: {{kind: constant}}}}}}}}]"
        ),
    );
    let text = std::fs::read_to_string(&warm).unwrap();
    std::fs::write(&warm, format!("tuned: found\n{text}")).unwrap();
    refused(&configs, &["tune", &warm], &["8 steps of a trial", "warm-up of 100 steps", "8 %"]);

    // One whose trials never get to the first drop is said, and found all the same.
    let text = std::fs::read_to_string(&warm).unwrap();
    let step = text.replace(
        "{kind: warmup, steps: 100, then: {kind: constant}}",
        "{kind: step, every: 100, factor: 0.5}",
    );
    std::fs::write(&warm, step).unwrap();
    let output = verb(&configs, &["tune", &warm]);
    assert!(output.status.success(), "{}", stderr(&output));
    let output = verb(&configs, &["plan", &warm]);
    let said = "small, adagrad: in the trials of its search: key `schedule.every`: 100 is out of range";
    assert!(output.status.success() && stderr(&output).contains(said), "{}", stderr(&output));
    let found = configs.join("tuned/found.yaml");
    let text = std::fs::read_to_string(&found).unwrap();
    let chosen = text.lines().find(|line| line.contains("chosen:")).unwrap();
    std::fs::write(
        &found,
        text.replace(chosen, &format!("{}chosen: 0.123", &chosen[..chosen.find("chosen").unwrap()])),
    )
    .unwrap();
    refused(&configs, &["plan", &warm], &["found.yaml", "chosen: 0.123 is the value of no trial"]);

    let batch = spoiled(folder.path(), "tasks/small.yaml", "batch_size: 16", "batch_size: 61");
    refused(&batch, &["plan", "tiny"], &["small.yaml", "batch_size: 61", "60 training examples"]);
    let rehearsal = verb(&batch, &["plan", "tiny", "--per-class", "2"]);
    assert_eq!(rehearsal.status.code(), Some(0), "{}", stderr(&rehearsal));
}

#[test]
fn files_that_would_not_be_read_are_said() {
    for (file, expected) in [
        ("optimizers/sgd.yml", &["sgd.yml", "rename it to sgd.yaml"][..]),
        ("optimizers/Sgd.yaml", &["Sgd.yaml", "did you mean `sgd`?"]),
        ("optimizers/sdg.yaml", &["sdg.yaml", "did you mean `sgd`?"]),
        ("optimizers/sgd/x", &["optimizers/sgd", "move its files up"]),
        ("optimizers/sgd.yaml/x", &["sgd.yaml", "a folder in place of a file"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let configs = copied(folder.path());
        let path = configs.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "defaults: {learning_rate: 0.7}").unwrap();
        refused(&configs, &["plan", "tiny"], expected);
    }
    let folder = tempfile::tempdir().unwrap();
    let configs = copied(folder.path());
    std::fs::write(configs.join("studies/draft.yaml"), "title: Draft").unwrap();
    std::fs::write(configs.join("studies/x.yml"), "").unwrap();
    refused(&configs, &["plan", "x"], &["x.yml", "rename it to x.yaml"]);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", configs.join("tasks/h.yaml")).unwrap();
        let dangling = study(&configs, "task: h, repetitions: 1, entries: [{optimizer: sgd}]");
        refused(&configs, &["plan", &dangling], &["h.yaml", "a link to something that is not there"]);
    }
    let list = verb(&configs, &["list", "studies"]);
    let text = String::from_utf8_lossy(&list.stdout).into_owned();
    assert_eq!(list.status.code(), Some(0));
    assert!(text.contains("Tiny") && text.contains("draft") && text.contains("cannot be used"), "{text}");
    assert!(stderr(&list).contains("draft.yaml") && stderr(&list).contains("question"), "{}", stderr(&list));
    let json = verb(&configs, &["list", "studies", "--json"]);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let of = |name: &str| {
        value["studies"].as_array().unwrap().iter().find(|it| it["name"] == name).unwrap().clone()
    };
    assert!(of("draft")["error"].as_str().unwrap().contains("question"));
    assert!(of("x")["error"].as_str().unwrap().contains("rename it"));
    assert_eq!(of("tiny")["title"], "Tiny <b>study</b>");

    for (name, expected) in [("my study.yaml", "rename the file"), ("...yaml", "rename the file")] {
        std::fs::copy(configs.join("studies/tiny.yaml"), configs.join(name)).unwrap();
        refused(&configs, &["plan", name], &[name, expected]);
    }
}

#[test]
fn a_byte_order_mark_is_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let configs = copied(folder.path());
    std::fs::write(configs.join("optimizers/sgd.yaml"), "words: w").unwrap();
    for file in ["studies/tiny.yaml", "tasks/small.yaml", "optimizers/sgd.yaml"] {
        let text = std::fs::read_to_string(configs.join(file)).unwrap();
        std::fs::write(configs.join(file), format!("\u{feff}{text}")).unwrap();
    }
    let output = verb(&configs, &["plan", "tiny"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn hyper_parameters_on_the_command_line_are_read_as_those_of_files() {
    let folder = tempfile::tempdir().unwrap();
    for (text, expected) in [
        (r#"{"learning_rate": 0.1, "learning_rate": 0.3}"#, "key `learning_rate` is given twice"),
        (r#"{"schedule": {"kind": "power", "exponent": 1e400}}"#, "1e400 is not a finite number"),
        (r#"{"learning_rate": "nan"}"#, "nan is not a finite number"),
        ("[", "--hyper"),
    ] {
        let output = bench(folder.path(), &["check", "sgd", "--hyper", text]);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
    let good = bench(folder.path(), &["check", "sgd", "--hyper", r#"{"learning_rate": 0.1}"#]);
    assert_eq!(good.status.code(), Some(0), "{}", stderr(&good));
}

/// A tie is no reason to look beyond the grid: the middle value is taken, and written.
#[test]
fn a_search_in_which_all_are_equal_takes_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let configs = spoiled(
        folder.path(),
        "tasks/small.yaml",
        "train_per_class: 6",
        "train_per_class: 6, validation_per_class: 3",
    );
    std::fs::create_dir_all(configs.join("optimizers")).unwrap();
    std::fs::write(
        configs.join("optimizers/adam.yaml"),
        "search: {learning_rate: {values: [1.0e-12, 2.0e-12, 3.0e-12], reason: too small to matter}}",
    )
    .unwrap();
    let tie = study(
        &configs,
        "task: small, repetitions: 1, tuning: {criterion: validation_error, epochs: 1, first_repetition: 10, repetitions: 1}, \
         entries: [{optimizer: adam, hyper: {learning_rate: tuned}}]",
    );
    let text = std::fs::read_to_string(&tie).unwrap();
    std::fs::write(&tie, format!("tuned: tie\n{text}")).unwrap();
    let output = verb(&configs, &["tune", &tie]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(
        said.contains("3 values of learning_rate are equally good; 2e-12, the middle one")
            && !said.contains("added"),
        "{said}"
    );
    let found = std::fs::read_to_string(configs.join("tuned/tie.yaml")).unwrap();
    assert!(found.contains("chosen: 2e-12") && found.contains("extensions: 0"), "{found}");
    let quiet = verb(&configs, &["tune", &tie, "--quiet"]);
    assert!(quiet.stdout.is_empty() && quiet.stderr.is_empty(), "{}", stderr(&quiet));
}

/// The largest things that can be asked for: refused, or planned in seconds.
#[test]
fn size_is_answered_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let configs = copied(folder.path());
    let values = |n: u32| (1..=n).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
    let grid = format!(
        "task: toy, repetitions: 1, entries: [{{optimizer: inna, grid: {{learning_rate: [{v}], alpha: [{v}], beta: [{v}]}}}}]",
        v = values(20)
    );
    let mut asked = vec![(study(&configs, &grid), "8000")];
    for (name, hidden) in
        [("wide", "[1000000000000000000]"), ("square", "[100000, 100000]"), ("large", "[20000, 30000]")]
    {
        let small = std::fs::read_to_string(configs.join("tasks/small.yaml")).unwrap();
        let model = format!("model: {{name: mlp, hidden: {hidden}}}");
        let task = small
            .replace("model: {name: nin, width: 0.05}", &model)
            .replace("title: Small", &format!("title: {name}"));
        std::fs::write(configs.join(format!("tasks/{name}.yaml")), task).unwrap();
        let path = configs.join(format!("{name}.yaml"));
        let text = format!(
            "{{title: T, question: Q, master_seed: 1, tasks: [{{task: {name}, repetitions: 1, entries: [{{optimizer: adam}}]}}]}}"
        );
        std::fs::write(&path, text).unwrap();
        asked.push((
            path.display().to_string(),
            if name == "large" { "1 of 1 runs" } else { "parameters is not usable" },
        ));
    }
    // A study of several tasks, each the small one with other texts.
    let many = |name: &str, count: usize, edits: &dyn Fn(usize) -> Vec<(&'static str, String)>| {
        let mut tasks = String::new();
        for number in 0..count {
            let mut task = std::fs::read_to_string(configs.join("tasks/small.yaml")).unwrap();
            for (old, new) in edits(number) {
                task = task.replace(old, &new);
            }
            let task = task.replace("title: Small", &format!("title: {name} {number}"));
            std::fs::write(configs.join(format!("tasks/{name}{number}.yaml")), task).unwrap();
            tasks +=
                &format!("  - {{task: {name}{number}, repetitions: 1, entries: [{{optimizer: adam}}]}}\n");
        }
        let path = configs.join(format!("{name}.yaml"));
        std::fs::write(&path, format!("title: T\nquestion: Q\nmaster_seed: 1\ntasks:\n{tasks}")).unwrap();
        path.display().to_string()
    };
    // All 60 000 images of each.
    let whole = many("whole", 4, &|seed| {
        vec![
            ("data: {name: shapes}", format!("data: {{name: shapes, seed: {seed}}}")),
            ("selection: {train_per_class: 6, test_per_class: 3}", String::new()),
        ]
    });
    asked.push((whole, "its tasks have 240000 images that are made; at most 100000"));
    // Each with a network that has to be timed.
    let narrow = many("narrow", 200, &|number| {
        vec![("width: 0.05", format!("width: 0.05, dropout: 0.{:03}", 100 + number))]
    });
    asked.push((narrow, "200 of 200 runs to train"));
    for (study, expected) in asked {
        let clock = Instant::now();
        let output = verb(&configs, &["plan", &study]);
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(&output));
        assert!(text.contains(expected), "{text}");
        // Ten times what it takes, for machines with other work.
        assert!(clock.elapsed() < Duration::from_secs(40), "{study}: {:?}", clock.elapsed());
    }
}
