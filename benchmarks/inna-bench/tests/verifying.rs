//! Stored runs that are repeated, what is noticed, and what is remembered of it.

// Helpers are no test functions, which clippy exempts.
#![allow(clippy::unwrap_used)]

mod common;

use common::{forge, stderr, tiny};

#[test]
fn verify_repeats_runs_and_notices_what_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = tiny(folder.path(), "verify", &[]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(stderr(&nothing).contains("make one with `inna-bench run`"), "{}", stderr(&nothing));
    // A store with nothing of this study.
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let nothing = tiny(folder.path(), "verify", &["--store", "empty"]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(stderr(&nothing).contains("inna-bench run tiny"), "{}", stderr(&nothing));
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let good = tiny(folder.path(), "verify", &["--sample", "3"]);
    let text = String::from_utf8_lossy(&good.stdout).into_owned();
    assert_eq!(good.status.code(), Some(0), "{text}{}", stderr(&good));
    assert_eq!(text.matches("same bits").count(), 3, "{text}");
    let seen = std::fs::read_dir(folder.path().join("store")).unwrap().flatten();
    let seen = seen.filter(|entry| entry.file_name() != ".verified");
    assert_eq!(seen.count(), 2, "nothing is left behind");
    // One by its name, as the page of the runs says it.
    let name =
        std::fs::read_dir(folder.path().join("store/small")).unwrap().next().unwrap().unwrap().file_name();
    let name = name.to_str().unwrap();
    let one = tiny(folder.path(), "verify", &["--run", name]);
    let text = String::from_utf8_lossy(&one.stdout).into_owned();
    assert_eq!(
        (one.status.code(), text.matches("same bits").count()),
        (Some(0), 1),
        "{text}{}",
        stderr(&one)
    );
    assert!(text.contains(name), "{text}");
    let none = tiny(folder.path(), "verify", &["--run", "sgd-r9-0"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(stderr(&none).contains("has no run `sgd-r9-0`"), "{}", stderr(&none));
    // A run of the plan that is not stored does not pass beside one that is.
    let other = {
        let runs = folder.path().join("store/small");
        let names = std::fs::read_dir(&runs).unwrap().flatten().map(|run| run.file_name());
        let other = names.map(|it| it.into_string().unwrap()).find(|it| it != name).unwrap();
        std::fs::rename(runs.join(&other), folder.path().join("aside")).unwrap();
        other
    };
    let half = tiny(folder.path(), "verify", &["--run", name, "--run", &other]);
    assert_eq!(half.status.code(), Some(2));
    assert!(stderr(&half).contains(&format!("holds no run `{other}` of `tiny`")), "{}", stderr(&half));
    std::fs::rename(folder.path().join("aside"), folder.path().join("store/small").join(&other)).unwrap();

    // Another loss in the record, as from another program.
    std::fs::read_dir(folder.path().join("store/small"))
        .unwrap()
        .flatten()
        .for_each(|run| forge(&run.path()));
    let bad = tiny(folder.path(), "verify", &["--sample", "7", "--quiet"]);
    let text = String::from_utf8_lossy(&bad.stdout).into_owned();
    assert_eq!(bad.status.code(), Some(1), "{text}");
    assert_eq!(text.matches("DIFFERENT").count(), 6, "{text}");
}

/// What this build has repeated on this machine is not repeated; another record, a longer part and `--again` are.
#[test]
fn what_has_been_verified_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let verify = |more: &[&str]| {
        let output = tiny(folder.path(), "verify", &[&["--task", "small"], more].concat());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        // Runs that were repeated are told as they end.
        let repeated = stderr(&output).lines().filter(|line| line.starts_with('[')).count();
        (output.status.code(), text.matches("as it came out").count(), repeated, text)
    };
    let numbers = |(code, remembered, repeated, text): (Option<i32>, usize, usize, String)| {
        assert_eq!(code, Some(0), "{text}");
        (remembered, repeated)
    };
    assert_eq!(numbers(verify(&["--prefix", "1"])), (0, 2));
    assert_eq!(numbers(verify(&["--prefix", "1"])), (2, 0));
    assert_eq!(numbers(verify(&[])), (0, 2), "the whole is more than its beginning");
    assert_eq!(numbers(verify(&[])), (2, 0));
    assert_eq!(numbers(verify(&["--prefix", "1"])), (2, 0), "the beginning is a part of the whole");
    assert_eq!(numbers(verify(&["--again", "--prefix", "1"])), (0, 2));
    assert_eq!(numbers(verify(&[])), (2, 0), "nor does it take its place");
    assert_eq!(numbers(verify(&["--again"])), (0, 2));
    assert_eq!(numbers(verify(&["--sample", "6"])), (2, 4), "those that are new");
    // A record that says otherwise is another record.
    let runs = common::runs(&folder.path().join("store"), "small");
    forge(&runs[0]);
    let (code, remembered, repeated, text) = verify(&["--sample", "6"]);
    assert_eq!((code, remembered, repeated), (Some(1), 5, 1), "{text}");
    assert_eq!(text.matches("DIFFERENT").count(), 1, "{text}");
    // What differs is not remembered as the same, even if it was the same before.
    let remembered = folder.path().join("store/.verified/small");
    assert_eq!(std::fs::read_dir(remembered).unwrap().count(), 5);
    let (code, remembered, repeated, text) = verify(&["--sample", "6"]);
    assert_eq!((code, remembered, repeated), (Some(1), 5, 1), "{text}");
    // What it remembers is no record, and not in the way of one.
    let plan = tiny(folder.path(), "plan", &[]);
    assert!(String::from_utf8_lossy(&plan.stdout).contains("nothing to train"));
}

/// Nothing can be written into a store that is another's.
#[cfg(unix)]
#[test]
fn a_store_that_cannot_be_written_is_verified_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    // In place of the folder: not even root can make it.
    std::fs::write(folder.path().join("store/.verified"), "").unwrap();
    for _ in 0..2 {
        let verify = tiny(folder.path(), "verify", &[]);
        assert_eq!(verify.status.code(), Some(0), "{}", stderr(&verify));
        assert!(!String::from_utf8_lossy(&verify.stdout).contains("as it came out"));
    }
}

/// What differs is told though what was remembered of it cannot be removed.
#[test]
fn a_difference_is_told_whatever_becomes_of_what_was_remembered() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let run = common::runs(&folder.path().join("store"), "small").remove(0);
    forge(&run);
    let name = run.file_name().unwrap().to_str().unwrap();
    // A folder cannot be removed as a file.
    std::fs::create_dir_all(folder.path().join(format!("store/.verified/small/{name}.json"))).unwrap();
    let verify = tiny(folder.path(), "verify", &["--run", name]);
    assert_eq!(verify.status.code(), Some(1), "{}", stderr(&verify));
    assert!(String::from_utf8_lossy(&verify.stdout).contains("DIFFERENT"));
    assert!(stderr(&verify).contains("says still that small/"), "{}", stderr(&verify));
}
