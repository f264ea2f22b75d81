//! No key is read over, and every text is answered.

use super::{configs, names};
use crate::reader::parse;
use crate::{EntrySettings, OptimizerFile, Study, TaskFile};
use records::{Claims, Tuning};
use serde_yaml::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use streams::Stream;

/// Nothing but the text that a task asks its user for.
static DATA: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("text.txt"), "To be, or not to be.\n".repeat(1000)).unwrap();
    folder
});

/// Reads a text as a file of a kind, as far as that goes without the others.
fn read(kind: &str, text: &str) -> Result<(), String> {
    let said = |e: crate::ConfigError| e.to_string();
    match kind {
        "studies" => {
            let mut study: Study = parse("f", text).map_err(said)?;
            study.spread("f").map_err(said)?;
            study.check("f").map_err(said)?;
            for entry in study.tasks.iter().flat_map(|task| &task.entries).flat_map(EntrySettings::expand) {
                let mut hyper = entry.hyper.clone();
                entry.open().for_each(|name| drop(hyper.remove(name)));
                let hyper = hyper.into_iter().collect();
                catalogue::ALL
                    .parse(&entry.optimizer, &serde_json::Value::Object(hyper))
                    .map_err(|e| said(crate::ConfigError::new("f", e.to_string())))?;
            }
        }
        "tasks" => {
            let task: TaskFile = parse("f", text).map_err(said)?;
            task.check("f").map_err(said)?;
            if let crate::Task::Training(settings) = &task.task {
                settings.network("f", DATA.path()).map_err(said)?;
            }
        }
        "optimizers" => drop(parse::<OptimizerFile>("f", text).map_err(said)?),
        "tuned" => drop(parse::<BTreeMap<String, Tuning>>("f", text).map_err(said)?),
        _ => drop(parse::<Claims>("f", text).map_err(said)?),
    }
    Ok(())
}

/// Kind, name and text of every YAML file that is shipped.
fn shipped() -> Vec<(&'static str, String, String)> {
    let configs = configs();
    let text = |kind: &str, name: &str| {
        std::fs::read_to_string(configs.root().join(kind).join(format!("{name}.yaml"))).unwrap()
    };
    let mut all = vec![("published", "inna-2021-claims".to_owned(), text("published", "inna-2021-claims"))];
    for kind in ["studies", "tasks", "optimizers", "tuned"] {
        all.extend(names(&configs, kind).into_iter().map(|name| (kind, name.clone(), text(kind, &name))));
    }
    all
}

/// Puts `zzz: 1` into the `n`th map; false if there are fewer. Maps whose keys are anybody's are left out.
fn spoil(value: &mut Value, n: &mut usize) -> bool {
    match value {
        Value::Mapping(map) => {
            if *n == 0 {
                map.insert("zzz".into(), 1.into());
                return true;
            }
            *n -= 1;
            map.iter_mut().any(|(key, value)| {
                let free = ["value", "values", "others", "space", "settings", "defaults"]
                    .iter()
                    .any(|free| key.as_str() == Some(free));
                !free && spoil(value, n)
            })
        }
        Value::Sequence(items) => items.iter_mut().any(|value| spoil(value, n)),
        _ => false,
    }
}

#[test]
fn unknown_keys_are_refused_at_every_level() {
    for (kind, name, text) in shipped() {
        read(kind, &text).unwrap_or_else(|e| panic!("{kind}/{name}: {e}"));
        let whole: Value = serde_yaml::from_str(&text).unwrap();
        for level in 0.. {
            let mut spoiled = whole.clone();
            let mut left = level;
            if !spoil(&mut spoiled, &mut left) {
                assert!(level > 0, "{kind}/{name}");
                break;
            }
            let text = serde_yaml::to_string(&spoiled).unwrap();
            let message = read(kind, &text).expect_err(&format!("{kind}/{name}, map {level}: {text}"));
            // A map of maps says that 1 is none, a layer that it has two names.
            let said = ["zzz", "invalid type", "exactly one name"];
            assert!(said.iter().any(|part| message.contains(part)), "{message}");
        }
    }
}

/// Shipped files with lines lost, doubled, exchanged, moved, and values that nobody expects: an answer each, in no time.
#[test]
fn mutated_files_are_answered() {
    let odd = [
        "-1",
        "0",
        "1e400",
        ".nan",
        "18446744073709551616",
        "99999999999",
        "1e-320",
        "~",
        "''",
        "[]",
        "{}",
        "true",
        "../../x",
        "&a [*a]",
        "*a",
        "!!float 1",
        "<<",
        "\u{feff}",
        "\t",
        "\"",
        "[[[[",
        "? ",
        "- - -",
        "|",
        "tuned",
        "\u{1b}[31m",
    ];
    let shipped = shipped();
    let clock = Instant::now();
    for round in 0..3000 {
        let mut draws = Stream::new(1, "mutations", "files", round).draws(0);
        let (kind, _, text) = &shipped[draws.below(shipped.len() as u32) as usize];
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for _ in 0..=draws.below(3) {
            let (a, b) = (draws.below(lines.len() as u32) as usize, draws.below(lines.len() as u32) as usize);
            let value = odd[draws.below(odd.len() as u32) as usize];
            match draws.below(6) {
                0 => drop(lines.remove(a)),
                1 => lines.insert(b, lines[a].clone()),
                2 => lines.swap(a, b),
                3 => lines[a].insert(0, ' '),
                4 => lines[a] = lines[a].split_inclusive(": ").next().unwrap_or("").to_owned() + value,
                _ => lines[a].push_str(value),
            }
            if lines.is_empty() {
                lines.push(String::new());
            }
        }
        if let Err(message) = read(kind, &lines.join("\n")) {
            assert!(!message.is_empty() && message.len() < 5000, "{message}");
        }
    }
    assert!(clock.elapsed() < Duration::from_secs(100), "{:?}", clock.elapsed());
}

#[test]
fn long_files_are_answered() {
    let study = |entries: &str| {
        format!(
            "title: t\nquestion: q\nmaster_seed: 1\ntasks: [{{task: a, repetitions: 1, entries: [{entries}]}}]"
        )
    };
    let clock = Instant::now();
    let entries: String = (0..9000)
        .map(|n| format!("{{optimizer: sgd, key: e{n}, hyper: {{learning_rate: {}}}}},", n + 1))
        .collect();
    read("studies", &study(&entries)).unwrap();
    for text in [
        study(&"{optimizer: sgd},".repeat(50_000)),
        study(&format!("{{optimizer: sgd, hyper: {{learning_rate: {}}}}}", "9".repeat(900_000))),
        study(&format!("{{optimizer: {}}}", "x".repeat(900_000))),
        study(&format!("{{optimizer: sgd, hyper: {{{}: 1}}}}", "x".repeat(900_000))),
        study(&format!("{{optimizer: sgd, grid: {{learning_rate: [{}]}}}}", "1,".repeat(400_000))),
        format!("title: t\nquestion: q\nmaster_seed: 1\ntheory: [{}]", "a,".repeat(400_000)),
        format!("title: t\nquestion: q\nmaster_seed: 1\ninclude: [{}]", "a,".repeat(400_000)),
        "? ".repeat(450_000),
        "#\n".repeat(450_000),
        "a: 1\n".repeat(190_000),
        "'".repeat(900_000),
        "&a ".repeat(300_000),
        "*a ".repeat(300_000),
        (0..90_000).map(|n| format!("- &a{n}\n")).collect(),
        (0..90_000).map(|n| format!("k{n}: 1\n")).collect(),
        " \n".repeat(450_000),
        "\"\\x41".repeat(180_000),
        ",".repeat(900_000),
        "a: |\n".to_owned() + &" x\n".repeat(300_000),
    ] {
        let message = read("studies", &text).unwrap_err();
        assert!(message.len() < 5000, "{}", &message[..200]);
    }
    assert!(clock.elapsed() < Duration::from_secs(60), "{:?}", clock.elapsed());
}
