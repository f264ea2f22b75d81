//! What `--json` prints has the keys that docs/COMMANDS.md says, and places that a verb ignores are refused.

// Helpers are no test functions, which clippy exempts.
#![allow(clippy::unwrap_used)]

mod common;
#[path = "../../../reports/tests/json_schema/mod.rs"]
mod json_schema;

use common::{CONFIGS, ROOT, bench, schema, stderr, tiny};
use json_schema::faults;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The rows of the table: commands, and the keys of each.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let page = fs::read_to_string(Path::new(ROOT).join("docs/COMMANDS.md")).unwrap();
    let table = page.split("| command | keys |").nth(1).unwrap().split("\n\n").next().unwrap();
    let mut rows = BTreeMap::new();
    for (commands, keys) in table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" | ")) {
        // Words in backticks up to the first `;` or `, each`, which begin words about them.
        let keys = keys.split([';', '|']).next().unwrap();
        let keys = keys.split(", each").next().unwrap().split(", as in").next().unwrap();
        let keys: BTreeSet<String> = keys.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        for command in commands.split("`, `") {
            rows.insert(command.trim_end_matches('`').to_owned(), keys.clone());
        }
    }
    rows
}

/// The command of a row that may say of what: `explain RUN` is `explain`.
fn command(row: &str) -> &str {
    row.trim_end_matches(|c: char| c.is_uppercase() || c == ' ')
}

/// The keys of what was printed, of a list those of its first value.
fn printed(value: &Value) -> BTreeSet<String> {
    let object = match value {
        Value::Array(rows) => rows.first().unwrap(),
        other => other,
    };
    object.as_object().unwrap().keys().cloned().collect()
}

/// The keys of every object that a schema allows at its top, or as an element of a list.
fn described(schema: &Value, root: &Value) -> Vec<BTreeSet<String>> {
    if let Some(place) = schema["$ref"].as_str() {
        return described(root.pointer(place.trim_start_matches('#')).unwrap(), root);
    }
    if let Some(options) = schema["anyOf"].as_array() {
        return options.iter().flat_map(|option| described(option, root)).collect();
    }
    match schema["type"].as_str() {
        Some("array") => described(&schema["items"], root),
        _ => vec![schema["properties"].as_object().unwrap().keys().cloned().collect()],
    }
}

#[test]
fn every_row_of_the_table_is_what_a_schema_describes() {
    for (row, keys) in documented() {
        let schema = schema(command(&row));
        let described = described(&schema, &schema);
        assert!(described.contains(&keys), "{row}: {keys:?} is none of {described:?}");
    }
}

#[test]
fn every_command_prints_the_keys_that_are_documented_and_what_its_schema_says() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let cluster = format!("{ROOT}/configs/executors/slurm.yaml");
    let mut rows = documented();
    let told = |row: &str, words: &[&str]| -> Value {
        let output = bench(here, &[words, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{row}: {}", stderr(&output));
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(faults(&value, &schema(command(row))), Vec::<String>::new(), "{row}: {value}");
        value
    };
    let study: [(&str, &[&str]); 9] = [
        ("plan", &["tiny"]),
        ("run", &["tiny"]),
        ("tune", &["searched", "--epochs", "1"]),
        ("verify", &["tiny"]),
        ("explain STUDY", &["tiny"]),
        ("report", &["tiny"]),
        ("archive", &["tiny"]),
        ("status", &["tiny"]),
        ("submit", &["tiny", "--executor", "slurm", "--dry-run", "--cluster", &cluster]),
    ];
    for (row, words) in study {
        let value = told(row, &[&[command(row)], words, &["--configs", CONFIGS]].concat());
        assert_eq!(Some(printed(&value)), rows.remove(row), "{row}");
    }
    // Beside what the table says: what it was compared with, a run that is looked up again, runs that stand otherwise.
    let report = ["report", "tiny", "--configs", CONFIGS, "--compare", "reports/out/tiny"];
    assert_eq!(printed(&told("report", &report)), ["changes", "files"].map(str::to_owned).into());
    assert!(
        told("verify", &["verify", "tiny", "--configs", CONFIGS])["runs"][0]["remembered_unix_s"].is_u64()
    );
    let more = ["tiny", "--configs", CONFIGS, "--seeds", "9"];
    told("explain STUDY", &[&["explain"], &more[..]].concat());
    told("plan", &[&["plan"], &more[..]].concat());
    let submit = ["submit", "--executor", "slurm", "--dry-run", "--cluster", &cluster];
    assert!(told("submit", &[&submit, &more[..]].concat())["script"].is_string());
    told("list", &["list", "tasks"]);
    told("check", &["check", "all"]);
    let run = common::runs(&here.join("store"), "small").remove(0);
    let run = run.to_str().unwrap().to_owned();
    let other: [(&str, &[&str]); 10] = [
        ("explain RUN", &["explain", &run]),
        ("merge", &["merge", "store", "--store", "other"]),
        ("clean", &["clean", "--remove", "all"]),
        ("seal", &["seal", "store"]),
        ("list", &["list"]),
        ("info", &["info"]),
        ("data list", &["data", "list"]),
        ("check", &["check", "sgd"]),
        ("time step", &["time", "step", "--task", "small", "--steps", "1", "--configs", CONFIGS]),
        (
            "time study",
            &["time", "study", "tiny", "--rounds", "1", "--steps", "1", "--busy", "--configs", CONFIGS],
        ),
    ];
    for (row, words) in other {
        assert_eq!(Some(printed(&told(row, words))), rows.remove(row), "{row}");
    }
    // Tried where the engine is.
    rows.remove("check engine");
    // What is made has no files to check. Files with published checksums cannot be made for a test: their rows are held to the schema.
    for verb in ["fetch", "verify"] {
        let row = format!("data {verb}");
        assert_eq!(told(&row, &["data", verb, "shapes"]), Value::Array(Vec::new()));
        rows.remove(&row);
    }
    assert!(rows.is_empty(), "not tried: {rows:?}");
}

/// What the numbers are: six runs of which one diverges, then none to train, then a record that differs.
#[test]
fn training_and_repeating_are_told_to_programs() {
    let folder = tempfile::tempdir().unwrap();
    let told = |verb: &str, more: &[&str]| -> (Option<i32>, Value) {
        let output = tiny(folder.path(), verb, &[more, &["--json"]].concat());
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
    };
    let (ending, first) =
        told("run", &["--task", "small", "--populations", "1", "--jobs", "1", "--replicas", "1"]);
    assert_eq!((ending, &first["runs"], &first["left"]), (Some(0), &6.into(), &5.into()), "{first}");
    let (_, rest) = told("run", &["--task", "small"]);
    assert_eq!(
        (&rest["kept"], &rest["diverged"], &rest["left"]),
        (&1.into(), &2.into(), &0.into()),
        "{rest}"
    );
    let (_, again) = told("run", &["--task", "small"]);
    assert_eq!((&again["kept"], &again["finished"]), (&6.into(), &0.into()), "{again}");
    let words = ["tune", "searched", "--epochs", "1", "--json", "--store", "tuned", "--configs", CONFIGS];
    let tuned = bench(folder.path(), &words);
    let tuned: Value = serde_json::from_slice(&tuned.stdout).unwrap();
    // The grid, and what its edge was extended by.
    assert_eq!(tuned["training"]["kept"], 0, "{tuned}");
    assert_eq!(tuned["training"]["finished"], tuned["training"]["runs"], "{tuned}");
    common::forge(&common::runs(&folder.path().join("store"), "small")[0]);
    let (ending, repeated) = told("verify", &["--task", "small", "--sample", "6"]);
    assert_eq!(ending, Some(1), "{repeated}");
    let runs = repeated["runs"].as_array().unwrap();
    assert_eq!(runs.iter().filter(|run| run["same"] == false).count(), 1, "{repeated}");
    assert_eq!(runs.len(), 6, "{repeated}");
}

#[test]
fn places_that_a_verb_ignores_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (words, option) in [
        (&["list"][..], "--store"),
        (&["list"], "--data"),
        (&["clean"], "--configs"),
        (&["merge", "a"], "--data"),
        (&["seal", "store"], "--store"),
        (&["data", "list"], "--store"),
        (&["check", "engine"], "--configs"),
        (&["new", "study", "mine"], "--data"),
        (&["new", "optimizer", "mine", "--crate"], "--configs"),
        (&["time", "step"], "--store"),
        (&["completions", "bash"], "--configs"),
        (&["schema", "study"], "--data"),
    ] {
        let refused = bench(folder.path(), &[words, &[option, "somewhere"]].concat());
        assert_eq!(refused.status.code(), Some(2), "{words:?} {option}");
        let message = stderr(&refused);
        assert!(message.contains(&format!("{option}: this verb does not look there")), "{message}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// What an earlier report left, and a single run, are complete without them.
#[test]
fn places_beside_what_is_complete_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    assert_eq!(tiny(folder.path(), "archive", &[]).status.code(), Some(0));
    assert_eq!(tiny(folder.path(), "report", &["-o", "pages"]).status.code(), Some(0));
    let task = fs::read_dir(folder.path().join("store/toy")).unwrap().flatten();
    let run = task.map(|entry| entry.file_name().into_string().unwrap()).min().unwrap();
    let (archive, manifest, run) = ("tiny.tar.gz", "pages/manifest.json", format!("toy/{run}"));
    for (verb, what, option) in [
        ("report", archive, "--configs"),
        ("report", archive, "--data"),
        ("report", manifest, "--configs"),
        ("archive", manifest, "--data"),
        ("explain", &run, "--data"),
    ] {
        let refused = bench(folder.path(), &[verb, what, option, CONFIGS]);
        assert_eq!(refused.status.code(), Some(2), "{verb} {what} {option}");
        let message = stderr(&refused);
        assert!(
            message.contains(option) && message.contains(&format!("{what} needs nothing from there")),
            "{message}"
        );
    }
}

/// Studies with the same runs say so; what is trained for one is there for the other.
#[test]
fn studies_that_share_runs_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let configs = common::configs(folder.path());
    let part = "title: Part
question: Which?
master_seed: 1
include:
  - {study: tiny, tasks: [small], entries: [inna, sgd]}
";
    fs::write(configs.join("studies/part.yaml"), part).unwrap();
    fs::write(configs.join("studies/seeded.yaml"), part.replace("master_seed: 1", "master_seed: 2")).unwrap();
    let plan = |study: &str, more: &[&str]| -> Value {
        let words = ["plan", study, "--json", "--configs", configs.to_str().unwrap()];
        serde_json::from_slice(&bench(folder.path(), &[&words, more].concat()).stdout).unwrap()
    };
    // Two entries and two seeds.
    assert_eq!(plan("part", &[])["shared"], serde_json::json!([{ "study": "tiny", "runs": 4 }]));
    assert_eq!(plan("tiny", &[])["shared"], serde_json::json!([{ "study": "part", "runs": 4 }]));
    assert_eq!(plan("tiny", &["--task", "toy"])["shared"], serde_json::json!([]));
    assert_eq!(plan("part", &["--epochs", "1"])["shared"], serde_json::json!([]));
}
