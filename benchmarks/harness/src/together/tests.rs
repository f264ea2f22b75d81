use super::*;
use records::{
    Anchor, Curve, Entry, FORMAT, Formula, Machine, Name, OptimizerChoice, Outcome, Provenance, Search,
    Specification, TaskCard, TaskKind, Tuning,
};
use serde_json::{Value, json};

fn entry(key: &str, learning_rate: f64) -> Entry {
    Entry {
        key: key.into(),
        title: key.to_uppercase(),
        optimizer: "sgd".into(),
        hyper: json!({ "learning_rate": learning_rate }),
        colour: "#0072b2".into(),
        dash: "solid".into(),
        panel: None,
        remark: None,
        states: Vec::new(),
        formula: Formula { mathml: "<math></math>".into(), reference: "R".into() },
    }
}

fn card(name: &str, margin: f64, entries: &[(&str, f64)]) -> TaskCard {
    TaskCard {
        name: name.into(),
        role: name.into(),
        title: format!("Task {name}"),
        description: "D".into(),
        kind: TaskKind::Training {
            classes: 10,
            train_examples: 60,
            validation_examples: 0,
            test_examples: 30,
            example: "image".into(),
            loss_unit: "nats".into(),
            classifies: true,
            measure: None,
            epochs: 2,
            batch_size: 16,
            parameters: 100,
            margin,
        },
        remarks: Vec::new(),
        track: None,
        elsewhere: Vec::new(),
        entries: entries.iter().map(|(key, rate)| entry(key, *rate)).collect(),
        published: Vec::new(),
        settings: json!({"batch_size": 16, "margin": margin, "model": {"name": "mlp", "hidden": [4]}}),
        paper: Vec::new(),
        selections: Vec::new(),
        choices: Vec::new(),
        tuning: None,
        reference: None,
        anchor: Some(Anchor { value: 0.9, source: "S".into() }),
    }
}

fn specification(task: &str, entry: &Entry, repetition: u64) -> Specification {
    Specification {
        task: Name::new(task).unwrap(),
        task_settings: json!({"batch_size": 16}),
        data_digest: "d".into(),
        optimizer: OptimizerChoice { name: entry.optimizer.clone(), hyper: entry.hyper.clone() },
        master_seed: 1,
        repetition,
    }
}

fn record(specification: Specification, fingerprint: &str) -> Record {
    Record {
        format: FORMAT,
        id: specification.id().unwrap(),
        specification,
        outcome: Outcome::Finished,
        fingerprint: fingerprint.into(),
        provenance: Provenance {
            suite_version: "0".into(),
            code_digest: "c".into(),
            code: BTreeMap::new(),
            compiler: "rustc".into(),
            machine: Machine { cpu: "x".into(), cores: 1, features: "none".into(), system: "linux".into() },
            device: "cpu".into(),
            accelerator: None,
            precision: "f32".into(),
            threads: 1,
            jobs: 1,
            started_unix_s: 7,
            training_s: 1.0,
            evaluation_s: 0.5,
            population: 1,
            resumptions: 0,
            state_bytes: 0,
            parameters: 1,
        },
        curve: Curve::Epochs(Vec::new()),
    }
}

/// A study of these tasks, all repetitions planned and made.
fn study(name: &str, repetitions: std::ops::Range<u64>, tasks: Vec<TaskCard>) -> Part {
    let mut manifest: Manifest = serde_json::from_value(json!({
        "study": name, "title": format!("Study {name}"), "question": "Q", "source": format!("of {name}\n"), "master_seed": 1,
        "tasks": [], "runs": [],
    }))
    .unwrap();
    let mut records = Vec::new();
    for card in &tasks {
        for repetition in repetitions.clone() {
            for entry in &card.entries {
                let specification = specification(&card.name, entry, repetition);
                let id = specification.id().unwrap();
                let task = specification.task.clone();
                manifest.runs.push(PlannedRun { id, task, entry: entry.key.clone(), repetition });
                records.push(record(specification, "f"));
            }
        }
    }
    manifest.tasks = tasks;
    Part { manifest, records }
}

fn remarks(part: &Part) -> String {
    part.manifest.joint.as_ref().unwrap().remarks.join("\n")
}

/// Entry and repetition of the planned runs of a task.
fn planned(part: &Part, task: &str) -> Vec<(String, u64)> {
    let runs = part.manifest.runs.iter().filter(|run| run.task.as_str() == task);
    runs.map(|run| (run.entry.clone(), run.repetition)).collect()
}

fn keys(card: &TaskCard) -> Vec<&str> {
    card.entries.iter().map(|entry| entry.key.as_str()).collect()
}

#[test]
fn what_is_shared_is_there_once_and_what_is_not_is_said() {
    let a = study(
        "a",
        0..2,
        vec![card("t", 0.02, &[("sgd", 0.1), ("fast", 0.5)]), card("alone", 0.02, &[("sgd", 0.1)])],
    );
    let b = study("x/b", 1..3, vec![card("t", 0.02, &[("mine", 0.7), ("plain", 0.1)])]);
    let joint = together(&[a.clone(), b.clone()]).unwrap();
    let manifest = &joint.manifest;
    assert_eq!((manifest.study.as_str(), manifest.title.as_str()), ("a+x-b", "Study a and Study x/b"));
    assert_eq!(manifest.tasks.len(), 1);
    let task = &manifest.tasks[0];
    // `plain` of b has the settings of a's `sgd`: one entry, of the first one's name.
    assert_eq!((keys(task), task.reference.as_deref()), (vec!["sgd", "fast", "mine"], Some("sgd")));
    let runs = [("sgd", 0), ("fast", 0), ("sgd", 1), ("fast", 1), ("mine", 1), ("sgd", 2), ("mine", 2)];
    assert_eq!(planned(&joint, "t"), runs.map(|(key, k)| (key.to_owned(), k)));
    // The run of repetition 1 that both have is there once.
    assert_eq!(joint.records.len(), 7);
    let said = remarks(&joint);
    for sentence in [
        "Entries of a and x/b, put together on the task that they share.",
        "Task t: the reference is SGD, as in a,",
        "Left out: only a has `alone`.",
    ] {
        assert!(said.contains(sentence), "{sentence} not in {said}");
    }
    // Looks of different studies were chosen without an eye on each other.
    let looks: BTreeSet<_> = task.entries.iter().map(|entry| (&entry.colour, &entry.dash)).collect();
    assert_eq!(looks.len(), 3);
    let (kept, had) = (&task.entries[0], &a.manifest.tasks[0].entries[0]);
    assert_eq!((&kept.colour, &kept.dash, &kept.title), (&had.colour, &had.dash, &had.title));
    // The other way round the other one's names and reference count.
    let joint = together(&[b, a]).unwrap();
    let task = &joint.manifest.tasks[0];
    assert_eq!((keys(task), task.reference.as_deref()), (vec!["mine", "plain", "fast"], Some("mine")));
}

#[test]
fn one_key_with_other_settings_is_told_apart_by_study() {
    let a = study("a", 0..1, vec![card("t", 0.02, &[("sgd", 0.1), ("fast", 0.5)])]);
    let b = study("b", 0..1, vec![card("t", 0.02, &[("sgd", 0.2)])]);
    let joint = together(&[a, b]).unwrap();
    let task = &joint.manifest.tasks[0];
    assert_eq!((keys(task), task.reference.as_deref()), (vec!["sgd-a", "fast", "sgd-b"], Some("sgd-a")));
    let titles: Vec<&str> = task.entries.iter().map(|entry| entry.title.as_str()).collect();
    assert_eq!(titles, ["SGD (a)", "FAST", "SGD (b)"]);
    let runs = [("sgd-a", 0), ("fast", 0), ("sgd-b", 0)];
    assert_eq!(planned(&joint, "t"), runs.map(|(key, k)| (key.to_owned(), k)));
    assert!(
        remarks(&joint).contains("`sgd` has other settings in a and b (learning_rate: 0.1 and 0.2)"),
        "{}",
        remarks(&joint)
    );
}

/// Over several tasks a key is one competitor: a study's, or several studies' with the same settings.
#[test]
fn one_key_on_different_tasks_is_one_entry_only_if_it_is_one_competitor() {
    let joint = |a: [&[(&str, f64)]; 2], b: [&[(&str, f64)]; 2]| {
        let of = |name: &str, [one, two]: [&[(&str, f64)]; 2]| {
            study(name, 0..1, vec![card("t", 0.02, one), card("u", 0.02, two)])
        };
        let joint = together(&[of("a", a), of("x/b", b)]).unwrap().manifest;
        joint.tasks.iter().map(|task| keys(task).join(" ")).collect::<Vec<String>>()
    };
    let r = ("ref", 0.1);
    // Only a has it on t, only b on u: two, unless they are set alike.
    assert_eq!(joint([&[r, ("k", 0.3)], &[r]], [&[r], &[r, ("k", 0.4)]]), ["ref k-a", "ref k-x-b"]);
    assert_eq!(joint([&[r, ("k", 0.3)], &[r]], [&[r], &[r, ("k", 0.3)]]), ["ref k", "ref k"]);
    // As a searched for it, task by task.
    assert_eq!(joint([&[r, ("k", 0.3)], &[r, ("k", 0.4)]], [&[r], &[r]]), ["ref k", "ref k"]);
    // Told apart on both tasks it has one key on both; a key that is there already is not taken.
    assert_eq!(
        joint([&[r, ("k", 0.3), ("k-a", 0.7)], &[r, ("k", 0.4)]], [&[r, ("k", 0.5)], &[r, ("k", 0.6)]]),
        ["ref k-a-2 k-a k-x-b", "ref k-a-2 k-x-b"]
    );
}

/// Whatever a result or a verdict depends on keeps a task out, and is named.
#[test]
fn another_setting_is_refused_by_its_key() {
    let a = || study("a", 0..1, vec![card("t", 0.02, &[("sgd", 0.1)])]);
    type Change = fn(&mut Part);
    let tuning = |criterion: &str| Tuning {
        criterion: criterion.into(),
        epochs: 1,
        repetitions: vec![9],
        problem: "p".into(),
        refine: 0,
        drawn: 0,
        searches: Vec::new(),
    };
    let changes: [(&str, Change); 7] = [
        ("margin: 0.02 in a, 0.05 in b", |b| {
            b.manifest.tasks[0] = card("t", 0.05, &[("sgd", 0.1)]);
        }),
        ("model.hidden: [4] in a, [5] in b", |b| {
            b.manifest.tasks[0].settings["model"]["hidden"] = json!([5]);
        }),
        ("anchor.value: 0.9 in a, none in b", |b| b.manifest.tasks[0].anchor = None),
        ("role: \"t\" in a, \"u\" in b", |b| b.manifest.tasks[0].role = "u".into()),
        ("master_seed: 1 in a, 2 in b", |b| b.manifest.master_seed = 2),
        ("train_images: 60 in a, 59 in b", |b| {
            if let TaskKind::Training { train_examples, .. } = &mut b.manifest.tasks[0].kind {
                *train_examples = 59;
            }
        }),
        ("the data have another digest", |b| b.records[0].specification.data_digest = "e".into()),
    ];
    for (reason, change) in changes {
        let mut b = study("b", 0..1, vec![card("t", 0.02, &[("sgd", 0.1)])]);
        assert!(together(&[a(), b.clone()]).is_ok());
        change(&mut b);
        let error = together(&[a(), b]).unwrap_err();
        let expected = format!("a and b share no task: `t` is not the same in a and b ({reason})");
        assert_eq!(error.to_string(), expected);
    }
    // Searches by other rules; a study without one has nothing to compare.
    let (mut one, mut other) = (a(), study("b", 0..1, vec![card("t", 0.02, &[("mine", 0.3)])]));
    one.manifest.tasks[0].tuning = Some(tuning("train_loss"));
    assert!(together(&[one.clone(), other.clone()]).is_ok());
    other.manifest.tasks[0].tuning = Some(tuning("validation_error"));
    let error = together(&[one, other]).unwrap_err().to_string();
    assert!(error.contains("tuning.criterion: \"train_loss\" in a, \"validation_error\" in b"), "{error}");
}

#[test]
fn what_two_of_three_share_is_there() {
    let t = || card("t", 0.02, &[("sgd", 0.1)]);
    let a = study("a", 0..1, vec![t()]);
    let b = study("b", 0..1, vec![card("t", 0.05, &[("sgd", 0.1)])]);
    let c = study("c", 0..1, vec![card("t", 0.02, &[("mine", 0.3)])]);
    let joint = together(&[a.clone(), b, c]).unwrap();
    assert_eq!(keys(&joint.manifest.tasks[0]), ["sgd", "mine"]);
    let said = remarks(&joint);
    assert!(said.contains("`t` is not the same in a and b (margin: 0.02 in a, 0.05 in b)"), "{said}");
    assert!(said.contains("Task t: without entries of b."), "{said}");
    assert_eq!(together(std::slice::from_ref(&a)).unwrap_err(), TogetherError::Alone);
    assert_eq!(together(&[a.clone(), a]).unwrap_err(), TogetherError::SameName { study: "a".into() });
}

#[test]
fn searches_go_with_their_entries_and_what_is_of_one_study_stays_there() {
    let searched = |name: &str, key: &str, rate: f64| {
        let mut part = study(name, 0..1, vec![card("t", 0.02, &[(key, rate)])]);
        part.manifest.tasks[0].tuning = Some(Tuning {
            criterion: "train_loss".into(),
            epochs: 1,
            repetitions: vec![9],
            problem: "p".into(),
            refine: 0,
            drawn: 0,
            searches: vec![Search {
                entry: key.into(),
                hyper: "learning_rate".into(),
                settings: Value::Null,
                reason: String::new(),
                chosen: rate,
                others: BTreeMap::new(),
                space: BTreeMap::new(),
                extensions: 0,
                on_edge: false,
                trials: Vec::new(),
            }],
        });
        part
    };
    let mut a = searched("a", "sgd", 0.1);
    a.manifest.theory = vec!["energy".into()];
    a.manifest.label = Some("Small.".into());
    let joint = together(&[a, searched("b", "sgd", 0.2)]).unwrap();
    let tuning = joint.manifest.tasks[0].tuning.as_ref().unwrap();
    let found: Vec<(&str, f64)> = tuning.searches.iter().map(|s| (s.entry.as_str(), s.chosen)).collect();
    assert_eq!(found, [("sgd-a", 0.1), ("sgd-b", 0.2)]);
    assert!(joint.manifest.theory.is_empty());
    assert!(remarks(&joint).contains("Left out: the pictures of the theory of a"), "{}", remarks(&joint));
    assert_eq!(joint.manifest.label.as_deref(), Some("a: Small."));
    assert_eq!(joint.manifest.joint.unwrap().studies, ["a", "b"]);
}

/// Of a run with two results the first study's is shown, and it is said.
#[test]
fn two_results_of_one_run_are_said() {
    let one = |name: &str| study(name, 0..1, vec![card("t", 0.02, &[("sgd", 0.1)])]);
    let (a, mut b) = (one("a"), one("b"));
    b.records[0].fingerprint = "g".into();
    let joint = together(&[a, b]).unwrap();
    assert_eq!((joint.records.len(), joint.records[0].fingerprint.as_str()), (1, "f"));
    assert!(remarks(&joint).contains("has another result in b than in a, whose is shown"));
}

/// A task that one study has alone brings no times of steps, and of two timings of a shared one the newer counts.
#[test]
fn times_of_steps_are_those_of_the_shared_tasks() {
    let timing = |task: &str, started: u64| -> Timing {
        serde_json::from_value(json!({
            "format": 1, "task": task, "device": "cpu", "threads": 1,
            "machine": {"cpu": "x", "cores": 1, "features": "none", "system": "linux"},
            "others_cores": null, "busy": false, "started_unix_s": started, "data": "d", "input": [1, 1, 1],
            "classes": 10, "model": {}, "parameters": 100, "batch_size": 16, "precision": "f32", "rounds": 1,
            "steps": 1, "entries": [], "suite_version": "0", "code_digest": "c", "compiler": "rustc",
        }))
        .unwrap()
    };
    let shared = |key: &str, rate: f64| card("t", 0.02, &[(key, rate)]);
    let mut a = study("a", 0..1, vec![shared("sgd", 0.1), card("alone", 0.02, &[("sgd", 0.1)])]);
    let mut b = study("b", 0..1, vec![shared("mine", 0.3)]);
    a.manifest.timings = vec![timing("t", 1), timing("alone", 1)];
    b.manifest.timings = vec![timing("t", 2)];
    assert_eq!(together(&[a, b]).unwrap().manifest.timings, [timing("t", 2)]);
}
