use crate::reader::parse;
use crate::{ConfigError, Study};
use records::Track;

fn study(task: &str) -> Result<Study, ConfigError> {
    let text = format!("{{title: t, question: q, master_seed: 1, tasks: [{{{task}}}]}}");
    let study: Study = parse("s.yaml", &text)?;
    study.check("s.yaml").map(|()| study)
}

const ENTRIES: &str = "entries: [{optimizer: sgd}]";

#[test]
fn names_of_files_are_names() {
    for path in ["../../evil", "/abs/evil", "../tasks/h", "./h", "a/b", "a b", "''", "'..'", "ü"] {
        let message = study(&format!("task: {path}, repetitions: 1, {ENTRIES}")).unwrap_err().to_string();
        assert!(message.contains("not usable as a name") && message.contains("tasks[0]"), "{message}");
    }
    let top = |more: &str| -> Result<Study, ConfigError> {
        parse("s.yaml", &format!("{{title: t, question: q, master_seed: 1, theory: [stability], {more}}}"))
    };
    for more in
        ["tuned: ../../../escaped", "tuned: a/b", "figures: {file: ../x.yaml}", "claims: {file: /etc/passwd}"]
    {
        let message = top(more).unwrap_err().to_string();
        assert!(message.contains("not usable as a name"), "{more}: {message}");
    }
    assert!(top("tuned: a.b-c_1").is_ok());
}

fn spread(text: &str) -> Result<Study, ConfigError> {
    let mut study: Study = parse("s.yaml", &format!("{{title: t, question: q, master_seed: 1, {text}}}"))?;
    study.spread("s.yaml")?;
    study.check("s.yaml").map(|()| study)
}

const TUNING: &str = "tuning: {criterion: train_loss, epochs: 1, first_repetition: 9, repetitions: 1}";

#[test]
fn what_a_study_says_for_all_tasks_is_each_ones() {
    let space = "space: {schedule: {values: [{kind: constant}, {kind: cosine}], reason: r}}";
    let open = "hyper: {learning_rate: tuned, schedule: tuned}";
    let study = spread(&format!(
        "tuned: t, track: {{kind: tuned, trials: 8, {space}}}, entries: [{{optimizer: sgd, {open}}}, {{optimizer: adam, {open}}}], \
         tasks: [{{task: a, repetitions: 2, {TUNING}}}, {{task: b, repetitions: 1, {TUNING}, entries: [{{optimizer: inna, {open}}}]}}]"
    ))
    .unwrap();
    let names = |i: usize| study.tasks[i].entries.iter().map(|entry| entry.name()).collect::<Vec<_>>();
    assert_eq!((names(0), names(1)), (vec!["sgd", "adam"], vec!["inna"]));
    for task in &study.tasks {
        let tuning = task.tuning.as_ref().unwrap();
        assert_eq!((tuning.trials, tuning.space["schedule"].values.len()), (Some(8), 2));
        assert_eq!(task.track, Some(Track::Tuned { trials: 8 }));
    }
    let defaults = "track: {kind: defaults}, entries: [{optimizer: sgd}], tasks: [{task: a, repetitions: 2}]";
    assert_eq!(spread(defaults).unwrap().tasks[0].track, Some(Track::Defaults {}));
}

#[test]
fn a_track_is_kept_to() {
    let open = "{optimizer: sgd, hyper: {learning_rate: tuned}}";
    let task = |more: &str| format!("tasks: [{{task: a, repetitions: 2{more}}}]");
    for (text, complaint) in [
        (
            format!("track: {{kind: defaults}}, entries: [{open}], {}", task("")),
            "tasks[0] (a).entries: `sgd` sets hyper-parameters, and the track is `defaults`",
        ),
        (
            format!("track: {{kind: tuned, trials: 8}}, entries: [{{optimizer: sgd}}], {}", task("")),
            "tasks[0] (a).entries: `sgd` leaves nothing open",
        ),
        (
            format!("track: {{kind: tuned, trials: 8}}, entries: [{open}], {}", task("")),
            "tasks[0] (a).tuning: missing, and the track is `tuned`",
        ),
        (
            format!(
                "track: {{kind: tuned, trials: 8}}, entries: [{open}], {}",
                task(&format!(", {}", TUNING.replace("repetitions: 1}", "repetitions: 1, trials: 16}")))
            ),
            "tuning: trials, space and refine are the track's",
        ),
        (
            format!("track: {{kind: tuned, trials: 1}}, entries: [{open}], {}", task(&format!(", {TUNING}"))),
            "track.trials: 1 is out of range",
        ),
        (
            format!("entries: [{open}], {}", task(", entries: [{optimizer: adam}]")),
            "entries: every task lists its own",
        ),
        ("entries: [{optimizer: sgd}], theory: [stability]".into(), "entries: there is no task of this file"),
        ("track: {kind: defaults}, theory: [stability]".into(), "track: is of the tasks of this file"),
        (
            format!(
                "track: {{kind: tuned, trials: 8, space: {{shedule: {{values: [1, 2], reason: r}}}}}}, entries: [{open}], {}",
                task(&format!(", {TUNING}"))
            ),
            "space.shedule: no entry leaves shedule open",
        ),
        (task(""), "entries: empty; name at least one optimizer"),
        ("track: {kind: best}, theory: [stability]".into(), "track"),
    ] {
        let message = spread(&text).unwrap_err().to_string();
        assert!(message.contains(complaint), "{message}");
    }
}

#[test]
fn sums_and_products_are_bounded_before_they_are_made() {
    let values = format!("[{}]", (1..60).map(|n| n.to_string()).collect::<Vec<_>>().join(", "));
    let grid: Vec<String> = ["a", "b", "c", "d"].iter().map(|key| format!("{key}: {values}")).collect();
    for (task, complaint) in [
        (format!("repetitions: 0, {ENTRIES}"), "repetitions: 0"),
        (format!("repetitions: 10001, {ENTRIES}"), "repetitions: 10001"),
        (format!("repetitions: 1, epochs: 0, {ENTRIES}"), "epochs: 0"),
        (format!("repetitions: 1, epochs: 4294967295, {ENTRIES}"), "epochs: 4294967295"),
        (
            format!("repetitions: 1, first_repetition: 18446744073709551615, {ENTRIES}"),
            "first_repetition: 18446744073709551615",
        ),
        (
            format!("repetitions: 1, entries: [{{optimizer: sgd, grid: {{{}}}}}]", grid.join(", ")),
            "entries: 12117361 with those of the grids; at most 10000",
        ),
        (
            format!(
                "repetitions: 1, tuning: {{criterion: train_loss, epochs: 100001, first_repetition: 9, repetitions: 1}}, {ENTRIES}"
            ),
            "tuning.epochs: 100001",
        ),
        (
            format!(
                "repetitions: 1, tuning: {{criterion: train_loss, epochs: 1, first_repetition: 18446744073709551615, repetitions: 2}}, {ENTRIES}"
            ),
            "tuning.first_repetition",
        ),
        (
            format!(
                "repetitions: 1, tuning: {{criterion: train_loss, epochs: 1, first_repetition: 9, repetitions: 1, refine: 0}}, {ENTRIES}"
            ),
            "tasks[0] (a).tuning.refine: 0 is out of range; 1 to 10 is accepted",
        ),
        (
            format!(
                "repetitions: 1, tuning: {{criterion: train_loss, epochs: 1, first_repetition: 9, repetitions: 1, refine: 11}}, {ENTRIES}"
            ),
            "tuning.refine: 11",
        ),
    ] {
        let message = study(&format!("task: a, {task}")).unwrap_err().to_string();
        assert!(message.contains(complaint), "{message}");
    }
    assert!(
        study(&format!("task: a, repetitions: 1, first_repetition: 9007199254740993, {ENTRIES}")).is_ok()
    );
}
