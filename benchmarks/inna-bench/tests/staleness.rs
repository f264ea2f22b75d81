//! Runs that other code made, and why a run is done, reused, stale or missing.

mod common;

use common::{bench, spoiled, stderr, stdout, tiny};
use records::{Name, Record, Store};
use std::path::Path;
use std::process::Command;

/// The stored runs of a task whose names begin so.
#[allow(clippy::unwrap_used)] // Test functions are exempt, not their helpers.
fn stored(store: &Path, task: &str, start: &str) -> Vec<Record> {
    let store = Store::open(store);
    let task = Name::new(task).unwrap();
    let ids = store.list().into_iter().filter(|(name, id)| *name == task && id.starts_with(start));
    ids.map(|(task, id)| store.read(&task, &id).unwrap().unwrap()).collect()
}

/// Makes a stored run that of another program.
#[allow(clippy::unwrap_used)]
fn rewrite(store: &Path, mut record: Record, change: impl Fn(&mut Record)) {
    let store = Store::open(store);
    std::fs::remove_dir_all(store.folder(&record.specification.task, &record.id)).unwrap();
    change(&mut record);
    store.write(&record).unwrap();
}

#[test]
fn runs_of_changed_code_are_stale_and_trained_again_unless_they_are_to_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let text = stdout(&tiny(folder.path(), "explain", &[]));
    assert!(text.ends_with("7 runs: 7 done.\n"), "{text}");

    let store = folder.path().join("store");
    let before = stored(&store, "small", "inna-r0").remove(0);
    let parts: Vec<&str> = before.provenance.code.keys().map(String::as_str).collect();
    assert_eq!(parts, ["data", "inna", "kernels", "models", "packages", "rule", "streams", "training"]);
    rewrite(&store, before.clone(), |record| {
        record.provenance.code_digest = "another".into();
        record.provenance.code.insert("inna".into(), "another".into());
        record.fingerprint.replace_range(..8, "00000000");
    });
    // Another build, but for this run the same code.
    rewrite(&store, stored(&store, "small", "inna-r1").remove(0), |record| {
        record.provenance.code_digest = "another".into();
    });
    rewrite(&store, stored(&store, "toy", "inna").remove(0), |record| {
        record.provenance.code_digest = "another".into();
        record.provenance.code.clear();
    });

    let text = stdout(&tiny(folder.path(), "explain", &[]));
    let now = &before.provenance.code["inna"];
    for line in [
        &format!(
            "  inna                     seed 0: stale, the code of `inna` has changed (another then, {now} now)"
        ),
        "  inna                     seed 1: reused, made by another build, whose code for it is the same",
        "  inna                     seed 0: reused, made by a build that did not note its code by parts",
        "  sgd                      2 seeds: done",
        "7 runs: 4 done, 2 reused, 1 stale.",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    let plan = stdout(&tiny(folder.path(), "plan", &[]));
    assert!(plan.contains("1 of 7 runs to train") && plan.contains("(inna has changed since)"), "{plan}");
    let kept = stdout(&tiny(folder.path(), "plan", &["--keep-stale"]));
    assert!(kept.contains("nothing to train") && kept.contains("they are kept as they are"), "{kept}");
    assert!(stderr(&tiny(folder.path(), "run", &["--keep-stale"])).contains("nothing to train"));

    let report = tiny(folder.path(), "report", &[]);
    assert!(
        stderr(&report).contains("1 runs were made by other code than this program's"),
        "{}",
        stderr(&report)
    );
    let page = std::fs::read_to_string(folder.path().join("reports/out/tiny/provenance.html")).unwrap();
    assert!(page.contains("(inna has changed since)"));
    let runs = std::fs::read_to_string(folder.path().join("reports/out/tiny/runs-small.html")).unwrap();
    assert_eq!(runs.matches("made by other code: inna<").count(), 1);
    assert!(page.contains("2 versions of the code of `inna`"));

    let run = tiny(folder.path(), "run", &[]);
    assert_eq!(run.status.code(), Some(0));
    assert!(stderr(&run).contains("1 runs trained"), "{}", stderr(&run));
    let text = stdout(&tiny(folder.path(), "explain", &[]));
    assert!(text.ends_with("7 runs: 5 done, 2 reused.\n"), "{text}");
    assert_eq!(stored(&store, "small", "inna-r0")[0].fingerprint, before.fingerprint);
    let aside: Vec<_> =
        std::fs::read_dir(store.join("superseded")).unwrap().flatten().map(|e| e.path()).collect();
    let [old, reason] = &aside[..] else {
        // In any order.
        panic!("{aside:?}")
    };
    let (old, reason) = if old.is_dir() { (old, reason) } else { (reason, old) };
    let old = std::fs::read_to_string(old.join("run.json")).unwrap();
    assert!(old.contains("\"fingerprint\": \"00000000"), "{old}");
    let reason = std::fs::read_to_string(reason).unwrap();
    assert_eq!(reason, "it was made by other code than the program that made it again: inna\n");
    assert_eq!(tiny(folder.path(), "verify", &["--sample", "7"]).status.code(), Some(0));
}

/// What `explain` says of what is not there is which input is to blame.
#[test]
fn a_missing_run_is_held_against_what_is_like_it() {
    let folder = tempfile::tempdir().unwrap();
    let text = stdout(&tiny(folder.path(), "explain", &[]));
    assert!(text.contains("missing, and nothing like it is there") && !folder.path().join("store").exists());
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let configs = spoiled(folder.path(), "tasks/small.yaml", "batch_size: 16", "batch_size: 8");
    let explain = ["explain", "tiny", "--configs", configs.to_str().unwrap()];
    let text = stdout(&bench(folder.path(), &explain));
    let why = "missing; what is there differs in task small: batch_size (8 planned, 16 there)";
    assert!(text.lines().any(|line| line == format!("  sgd-wild                 2 seeds: {why}")), "{text}");
    let value: serde_json::Value = {
        let output = bench(folder.path(), &[&explain[..], &["--json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let missing: Vec<_> =
        value["runs"].as_array().unwrap().iter().filter(|r| r["state"] == "missing").collect();
    assert_eq!(missing.len(), 6);
    assert_eq!(missing[0]["nearest"]["differences"][0]["input"], "task small: batch_size");

    let study = std::fs::read_to_string(configs.join("studies/tiny.yaml")).unwrap();
    let study = study.replace("momentum: 0.9", "momentum: 0.8");
    std::fs::write(configs.join("studies/tiny.yaml"), study).unwrap();
    let small = configs.join("tasks/small.yaml");
    std::fs::write(
        &small,
        std::fs::read_to_string(&small).unwrap().replace("batch_size: 8", "batch_size: 16"),
    )
    .unwrap();
    let text = stdout(&bench(folder.path(), &explain));
    assert!(
        text.contains("  sgd                      2 seeds: missing; what is there differs in optimizer sgd: momentum (0.8 planned, 0.9 there)\n"),
        "{text}"
    );
}

#[test]
fn a_run_is_explained_by_its_name_the_beginning_of_it_or_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let run = stored(&folder.path().join("store"), "small", "inna-r1").remove(0);
    let explain = |what: &str, configs: &str| bench(folder.path(), &["explain", what, "--configs", configs]);
    let texts: Vec<String> = [run.id.as_str(), "inna-r1", &format!("store/small/{}", run.id)]
        .map(|what| stdout(&explain(what, common::CONFIGS)))
        .into();
    assert!(texts[0].starts_with(&format!("store/small/{}\n", run.id)), "{}", texts[0]);
    assert!(texts[0].contains("  settings     as the task's file has it\n"), "{}", texts[0]);
    assert!(
        texts[0].contains("  code         the same as this program's (data, inna, kernels"),
        "{}",
        texts[0]
    );
    assert!(texts.iter().all(|text| *text == texts[0]));
    let several = explain("small/inna", common::CONFIGS);
    assert_eq!(several.status.code(), Some(2));
    assert!(
        stderr(&several).contains("2 runs begin with `small/inna`: small/inna-r0-"),
        "{}",
        stderr(&several)
    );
    let nothing = explain("adamw", common::CONFIGS);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(stderr(&nothing).contains("`adamw` is neither a study"), "{}", stderr(&nothing));
    let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", "epochs: 3");
    let text = stdout(&explain(&run.id, configs.to_str().unwrap()));
    assert!(
        text.contains("differs from the task's file in task small: epochs (3 in the file, 2 in the run)"),
        "{text}"
    );
}

/// A run in another store is that which its folder names, though the usual one has a run of that name too.
#[test]
fn a_run_is_explained_from_the_store_that_its_path_leads_into() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet", "--seeds", "1"]).status.code(), Some(0));
    let run = stored(&folder.path().join("store"), "small", "inna-r0").remove(0);
    assert_eq!(bench(folder.path(), &["merge", "store", "--store", "other"]).status.code(), Some(0));
    common::forge(&folder.path().join("other/small").join(&*run.id));
    let explain = |more: &[&str]| {
        bench(folder.path(), &[&["explain", "--configs", common::CONFIGS][..], more].concat())
    };
    let at = format!("other/small/{}", run.id);
    let absolute = folder.path().join(&at);
    for what in [&at[..], "other/small/inna-r0", &format!("./{at}/"), absolute.to_str().unwrap()] {
        for store in [&[][..], &["--store", "other"]] {
            let text = stdout(&explain(&[&[what], store].concat()));
            assert!(
                text.contains("  fingerprint  00000000") && text.contains("other/small/"),
                "{what}: {text}"
            );
        }
    }
    let inside = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
        .current_dir(folder.path().join("other"))
        .args(["explain", &format!("small/{}", run.id), "--configs", common::CONFIGS])
        .output()
        .unwrap();
    assert!(stdout(&inside).contains("  fingerprint  00000000"), "{}", stderr(&inside));
    for (more, why) in [
        (&[&at[..], "--store", "store"][..], "lies in the store other, and --store names store"),
        (&["none/small/inna-r0"], "none is no folder"),
        (&["other/small/adamw"], "nor a run in other"),
    ] {
        let refused = explain(more);
        assert_eq!(refused.status.code(), Some(2), "{more:?}");
        assert!(stderr(&refused).contains(why), "{}", stderr(&refused));
    }
}
