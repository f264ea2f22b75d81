//! Studies made of studies, a paper's figures and claims, and the curves they are held against.

use super::{configs, names};
use crate::task::PaperCurves;
use crate::{Configs, EntrySettings, Study, Task, TaskFile, paper};
use records::{Entry, Formula, Name, PublishedCurve, TaskCard, TaskKind};
use serde_json::Value;

fn curves(dataset: &str) -> Vec<PublishedCurve> {
    let file = PaperCurves {
        file: Name::new("inna-2021-curves.csv").unwrap(),
        dataset: dataset.into(),
        incomparable: None,
        source: "the paper".into(),
    };
    paper::curves(&configs(), &file).unwrap()
}

/// Numbers of the digest of the paper's figures: ADAM's accuracy on CIFAR-10 after 200 epochs and its band.
#[test]
fn published_curves_are_those_of_the_figures() {
    let all = curves("cifar10");
    let find = |figure: &str, metric: &str, run: &str| {
        all.iter()
            .find(|c| (c.figure.as_str(), c.metric.as_str(), c.entry.as_str()) == (figure, metric, run))
            .unwrap()
    };
    let adam = find("fig3", "test_accuracy", "ADAM");
    assert_eq!(adam.x.last(), Some(&200.0));
    assert!((adam.y.last().unwrap() - 0.8164).abs() < 5e-5);
    let [low, high] = adam.band.last().unwrap();
    assert!((low - 0.8057).abs() < 5e-5 && (high - 0.8219).abs() < 5e-5);
    let inna = find("fig2", "log10_train_loss", "INNA(0.1;0.1)");
    assert!((inna.y[15] - 0.182).abs() < 5e-4, "{}", inna.y[15]);
    // Empty cells, outside the axes, are left out: MNIST's accuracy below 0.95.
    let mnist = curves("mnist");
    let late = mnist.iter().find(|c| c.metric == "test_accuracy" && c.entry == "INNA(0.5;1.0)").unwrap();
    assert!(late.x[0] > 100.0, "{}", late.x[0]);
    assert_eq!(mnist.iter().chain(&all).chain(&curves("cifar100")).filter(|c| c.x.len() > 1).count(), 66);
}

/// A task's card as far as figures and claims look at it.
fn card(task: &crate::StudyTask, file: &TaskFile, configs: &Configs) -> TaskCard {
    let entry = |settings: &EntrySettings| Entry {
        key: settings.name().into(),
        title: String::new(),
        optimizer: settings.optimizer.clone(),
        hyper: Value::Null,
        colour: String::new(),
        dash: String::new(),
        panel: None,
        remark: None,
        states: Vec::new(),
        formula: Formula { mathml: String::new(), reference: String::new() },
    };
    let paper = file.paper.iter().flat_map(|p| paper::curves(configs, p).unwrap()).collect();
    TaskCard {
        name: task.task.to_string(),
        role: task.role.clone().unwrap_or_else(|| task.task.to_string()),
        title: String::new(),
        description: String::new(),
        kind: match &file.task {
            Task::Function(function) => crate::manifest::kind(&crate::Problem::Function(function.clone())),
            Task::Training(_) => TaskKind::Training {
                classes: 10,
                train_examples: 1,
                // A search for the best on them needs some.
                validation_examples: usize::from(
                    task.tuning.as_ref().is_some_and(|tuning| tuning.criterion.starts_with("validation_")),
                ),
                test_examples: 1,
                example: "image".into(),
                loss_unit: "nats".into(),
                classifies: true,
                measure: None,
                epochs: 1,
                batch_size: 1,
                parameters: 1,
                margin: 0.1,
            },
        },
        remarks: Vec::new(),
        track: None,
        elsewhere: Vec::new(),
        entries: task.entries.iter().flat_map(EntrySettings::expand).map(|e| entry(&e)).collect(),
        published: Vec::new(),
        settings: Value::Null,
        paper,
        selections: task.selections.clone(),
        choices: Vec::new(),
        tuning: None,
        anchor: None,
        reference: None,
    }
}

#[test]
fn every_line_and_claim_names_what_its_study_has() {
    let configs = configs();
    let mut lines = 0;
    for name in names(&configs, "studies") {
        let (_, study, _) = configs.assembled(&name).unwrap();
        let cards: Vec<TaskCard> = study
            .tasks
            .iter()
            .map(|task| {
                let (file, shown) = configs.task(&task.task).unwrap();
                let settings = serde_json::to_value(&file.task).unwrap();
                paper::choices(&shown, &file.choices, &settings).unwrap();
                let card = card(task, &file, &configs);
                paper::check_selections(&name, &card).unwrap();
                card
            })
            .collect();
        if let Some(shown) = &study.claims {
            assert!(!paper::claims(&configs, shown, &cards).unwrap().claims.is_empty());
        }
        for panel in study
            .figures
            .iter()
            .flat_map(|f| paper::figures(&configs, f, &cards).unwrap())
            .flat_map(|f| f.panels)
        {
            lines += panel.lines.iter().filter(|line| line.run.is_some()).count();
        }
    }
    // 66 curves: in the whole study, in those of its figures, and in the small one (whose report leaves CIFAR-100 out).
    assert_eq!(lines, 3 * 66);
}

/// The whole paper: 30 settings, each once, though three figures share some of them.
#[test]
fn figures_share_their_runs() {
    let (_, study, text) = configs().assembled("inna-2021").unwrap();
    let sizes: Vec<usize> = study.tasks.iter().map(|task| task.entries.len()).collect();
    assert_eq!(sizes, [5, 10, 10, 10]);
    assert!(text.contains("# inna-2021/fig4"));
}

fn configs_of(studies: &[(&str, &str)]) -> (tempfile::TempDir, Configs) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("studies")).unwrap();
    for (name, text) in studies {
        std::fs::write(folder.path().join(format!("studies/{name}.yaml")), text).unwrap();
    }
    let configs = Configs::open(folder.path(), catalogue::ALL).unwrap();
    (folder, configs)
}

fn study(seed: u64, include: &str, rate: &str) -> String {
    format!(
        "{{title: t, question: q, master_seed: {seed}, include: [{include}], tasks: [{{task: a, repetitions: 2, entries: \
         [{{optimizer: sgd, hyper: {{learning_rate: {rate}}}}}]}}]}}"
    )
}

#[test]
fn studies_that_disagree_are_refused() {
    let assembled = |texts: &[(&str, &str)]| -> Result<Study, String> {
        configs_of(texts).1.assembled("one").map(|(_, study, _)| study).map_err(|e| e.to_string())
    };
    let (one, same, other, seed) =
        (study(1, "two", "1"), study(1, "", "1"), study(1, "", "2"), study(2, "", "1"));
    assert_eq!(assembled(&[("one", &one), ("two", &same)]).unwrap().tasks[0].entries.len(), 1);
    let message = assembled(&[("one", &one), ("two", &other)]).unwrap_err();
    assert!(message.contains("two different entries are called `sgd`"), "{message}");
    let message = assembled(&[("one", &one), ("two", &seed)]).unwrap_err();
    assert!(message.contains("master_seed is 2, here it is 1"), "{message}");
    // Labels add up; what both say of one thing must be the same.
    let with = |text: &str, more: &str| text.replacen('{', &format!("{{{more}, "), 1);
    let labelled = with(&same, "label: small");
    assert_eq!(assembled(&[("one", &one), ("two", &labelled)]).unwrap().label.as_deref(), Some("small"));
    let own = with(&one, "label: mine");
    assert_eq!(assembled(&[("one", &own), ("two", &labelled)]).unwrap().label.as_deref(), Some("mine small"));
    for (ours, theirs, complaint) in [
        (
            "choices: [{key: a, value: 1, reason: r}]",
            "choices: [{key: a, value: 2, reason: r}]",
            "its choice `a`",
        ),
        ("tuned: x", "tuned: y", "`tuned` names another file"),
    ] {
        let (ours, theirs) = (with(&one, ours), with(&same, theirs));
        let message = assembled(&[("one", &ours), ("two", &theirs)]).unwrap_err();
        assert!(message.contains(complaint), "{message}");
    }
    for (key, ours, theirs, complaint) in [
        ("role", "x", "y", "another role"),
        ("epochs", "2", "3", "another role, budget"),
        (
            "selections",
            "[{name: best, of: [sgd], lowest: train_loss}]",
            "[{name: best, of: [], lowest: train_loss}]",
            "two different selections are called `best`",
        ),
    ] {
        let task = |text: &str, value: &str| {
            text.replace("repetitions: 2", &format!("repetitions: 2, {key}: {value}"))
        };
        let (ours, theirs) = (task(&one, ours), task(&same, theirs));
        let message = assembled(&[("one", &ours), ("two", &theirs)]).unwrap_err();
        assert!(message.contains(complaint), "{message}");
    }
    let circle = study(1, "one", "1");
    let message = assembled(&[("one", &one), ("two", &circle)]).unwrap_err();
    assert!(message.contains("include each other"), "{message}");
}
