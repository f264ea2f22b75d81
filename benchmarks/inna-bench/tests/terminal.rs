//! What is printed: into pipes that nobody reads, onto full disks, about hostile text, under `--quiet`.
#![allow(clippy::unwrap_used)]

mod common;

use common::{CONFIGS, bench, configs, stderr, stdout, tiny};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Characters that act on a terminal, and one that does not.
const HOSTILE: &str = "A\u{1b}[31m\u{7}\u{7f}\u{9b}2J\u{202e}\u{2066}\u{200f}\u{61c} \u{3b2}";
/// What is to be seen of them.
const SEEN: &str = "A\u{fffd}[31m\u{fffd}\u{fffd}\u{fffd}2J\u{fffd}\u{fffd}\u{fffd}\u{fffd} \u{3b2}";
/// The same in YAML.
const YAML: &str = r#""A\e[31m\a\x7f\x9b2J\u202e\u2066\u200f\u061c β""#;

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inna-bench"));
    command.current_dir(folder).args(arguments);
    command
}

/// A pipe whose reader has gone.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

fn runs(store: &Path) -> usize {
    let tasks = std::fs::read_dir(store).unwrap().flatten();
    tasks.map(|task| std::fs::read_dir(task.path()).unwrap().count()).sum()
}

#[test]
fn a_training_goes_on_when_nobody_reads_its_log() {
    let folder = tempfile::tempdir().unwrap();
    for (store, log) in [("closed", closed()), ("full", full())] {
        let arguments = ["run", "tiny", "--configs", CONFIGS, "--store", store];
        let status = command(folder.path(), &arguments).stderr(log).status().unwrap();
        assert_eq!((status.code(), runs(&folder.path().join(store))), (Some(0), 7), "{store}");
    }
    // The reader goes after the first line, as `head -1` does.
    let arguments = ["run", "tiny", "--configs", CONFIGS, "--store", "head"];
    let mut child = command(folder.path(), &arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("note: with 2 seeds none of the 2 comparisons"), "{line}");
    assert_eq!((child.wait().unwrap().code(), runs(&folder.path().join("head"))), (Some(0), 7));

    for log in [closed(), full()] {
        let arguments = ["verify", "tiny", "--configs", CONFIGS, "--store", "head"];
        let output = command(folder.path(), &arguments).stderr(log).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!((output.status.code(), text.matches("same bits").count()), (Some(0), 2), "{text}");
    }
}

#[test]
fn an_error_has_its_exit_code_when_nobody_hears_it() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["plan", "nosuch"][..], &["list", "--nosuch"], &["run"], &["check", "nosuch"], &[]] {
        for log in [closed(), full()] {
            let status = command(folder.path(), arguments).stderr(log).status().unwrap();
            assert_eq!(status.code(), Some(2), "{arguments:?}");
        }
    }
}

#[test]
fn a_reader_of_results_may_go_but_a_full_disk_is_said() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &[]).status.code(), Some(0));
    for arguments in [
        &["--help"][..],
        &["run", "--help"],
        &["--version"],
        &["list", "--configs", CONFIGS],
        &["list", "optimizers", "--json", "--configs", CONFIGS],
        &["plan", "tiny", "--configs", CONFIGS],
        &["plan", "tiny", "--json", "--configs", CONFIGS],
        &["verify", "tiny", "--configs", CONFIGS],
        &["report", "tiny", "--configs", CONFIGS],
        &["report", "tiny", "--json", "--configs", CONFIGS],
        &["check", "sgd"],
        &["data", "list"],
        &["info", "--json"],
    ] {
        let unread = command(folder.path(), arguments).stdout(closed()).output().unwrap();
        assert_eq!(unread.status.code(), Some(0), "{arguments:?}: {}", stderr(&unread));
        let spilt = command(folder.path(), arguments).stdout(full()).output().unwrap();
        assert_eq!(spilt.status.code(), Some(2), "{arguments:?}: {}", stderr(&spilt));
        assert!(stderr(&spilt).contains("writing to stdout failed: No space left"), "{}", stderr(&spilt));
        let neither = command(folder.path(), arguments).stdout(full()).stderr(full()).status().unwrap();
        assert_eq!(neither.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_search_leaves_what_it_found_whoever_listens() {
    for (heard, code) in [(closed(), 0), (full(), 2)] {
        let folder = tempfile::tempdir().unwrap();
        let configs = configs(folder.path());
        let arguments = ["tune", "searched", "--configs", configs.to_str().unwrap()];
        let status = command(folder.path(), &arguments).stdout(heard).stderr(closed()).status().unwrap();
        assert_eq!(status.code(), Some(code));
        assert!(configs.join("tuned/searched.yaml").is_file());
    }
}

#[test]
fn quiet_prints_nothing_but_errors() {
    let folder = tempfile::tempdir().unwrap();
    let configs = configs(folder.path());
    for arguments in [["tune", "searched"], ["run", "tiny"], ["run", "searched"], ["verify", "tiny"]] {
        let output = bench(
            folder.path(),
            &[&arguments[..], &["--quiet", "--configs", configs.to_str().unwrap()]].concat(),
        );
        let printed = (String::from_utf8_lossy(&output.stdout).into_owned(), stderr(&output));
        assert_eq!((output.status.code(), printed), (Some(0), Default::default()), "{arguments:?}");
    }
    assert!(configs.join("tuned/searched.yaml").is_file());
    let wrong = tiny(folder.path(), "run", &["-q", "--store", "/dev/null/store"]);
    assert!(
        wrong.status.code() == Some(2) && stderr(&wrong).contains("/dev/null/store"),
        "{}",
        stderr(&wrong)
    );
}

/// Everything printed, and that none of it acts on a terminal.
fn harmless(output: &Output) -> String {
    let text = String::from_utf8([&output.stdout[..], &output.stderr].concat()).unwrap();
    let directions = ['\u{200e}', '\u{200f}', '\u{61c}'];
    let acts = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || directions.contains(&c)
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
    };
    assert!(!text.contains(acts), "{text:?}");
    text
}

#[test]
fn text_of_others_does_not_act_on_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let configs = configs(folder.path());
    for (file, title) in [("studies/tiny.yaml", "\"Tiny <b>study</b>\""), ("tasks/toy.yaml", "Toy")] {
        let text = std::fs::read_to_string(configs.join(file)).unwrap();
        let hostile = text.replacen(&format!("title: {title}"), &format!("title: {YAML}"), 1);
        assert_ne!(hostile, text);
        std::fs::write(configs.join(file), hostile).unwrap();
    }
    let call = |arguments: &[&str]| {
        let output = bench(folder.path(), &[arguments, &["--configs", configs.to_str().unwrap()]].concat());
        (output.status.code(), harmless(&output), output.stdout)
    };
    for arguments in [
        &["list"][..],
        &["plan", "tiny"],
        &["run", "tiny", "--task", "toy"],
        &["report", "tiny", "--task", "toy"],
    ] {
        let (code, text, _) = call(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {text}");
        assert!(arguments[0] == "run" || text.contains(SEEN), "{arguments:?}: {text}");
    }
    let (_, _, printed) = call(&["list", "studies", "--json"]);
    let printed: serde_json::Value = serde_json::from_slice(&printed).unwrap();
    let titles: Vec<_> = printed["studies"].as_array().unwrap().iter().map(|row| &row["title"]).collect();
    assert!(titles.iter().any(|title| *title == HOSTILE), "as it was, by escapes: {titles:?}");

    // Names of others on the command line: in our messages, in clap's, in its suggestions.
    for arguments in [
        &["plan", HOSTILE][..],
        &["run", "tiny", "--store", &format!("/dev/null/{HOSTILE}")],
        &["report", &format!("{HOSTILE}.json")],
        &["list", &format!("--{HOSTILE}")],
        &["list", &format!("--store=~/{HOSTILE}")],
        &[HOSTILE],
    ] {
        let (code, text, _) = call(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {text}");
        assert!(text.contains(SEEN), "{arguments:?}: {text}");
    }
}

#[test]
fn a_path_that_begins_with_a_tilde_is_refused_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    for (verb, option) in [
        ("plan", "--configs=~"),
        ("run", "--store=~/x"),
        ("run", "--data=~/x"),
        ("report", "--output=~/x"),
        ("report", "--splice=~/x"),
        ("report", "--leaderboard=~/x.md"),
        ("report", "--compare=~/x"),
    ] {
        let output = bench(folder.path(), &[verb, "tiny", option]);
        let (name, path) = option.split_once('=').unwrap();
        assert_eq!(output.status.code(), Some(2), "{option}");
        let meant = path.replace('~', "$HOME");
        for said in [name, &meant, &format!("./{path}")] {
            assert!(stderr(&output).contains(said), "{option}: {}", stderr(&output));
        }
    }
    for arguments in
        [&["plan", "~/x.yaml"][..], &["check", "sgd", "--trace", "~ann/x"], &["info", "--data", "~ann"]]
    {
        let output = bench(folder.path(), arguments);
        assert!(output.status.code() == Some(2) && stderr(&output).contains("./~"), "{}", stderr(&output));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no folder of that name");
    // One that is meant.
    let meant = tiny(folder.path(), "run", &["--store=./~", "--task=toy", "--data=a~b"]);
    assert_eq!(meant.status.code(), Some(0), "{}", stderr(&meant));
    assert!(folder.path().join("~/toy").is_dir());
}

#[test]
fn paths_that_are_not_utf8_are_printed_as_far_as_they_can_be() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--task", "toy"]).status.code(), Some(0));
    let odd = OsStr::from_bytes(b"odd\xff");
    for json in [&["--json"][..], &[]] {
        for (arguments, option) in [
            (&["report", "tiny", "--task", "toy", "--configs", CONFIGS][..], "--output"),
            (&["info"][..], "--configs"),
            (&["info"][..], "--store"),
            (&["info"][..], "--data"),
        ] {
            let output =
                command(folder.path(), &[arguments, json].concat()).arg(option).arg(odd).output().unwrap();
            let text = String::from_utf8(output.stdout.clone()).unwrap();
            assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
            assert!(text.contains("odd\u{fffd}"), "{arguments:?}: {text}");
            if !json.is_empty() {
                serde_json::from_str::<serde_json::Value>(&text).unwrap();
            }
        }
    }
    assert!(folder.path().join(odd).join("index.html").is_file());
}

/// Completions name every verb, for every shell; the manual has a page for each.
#[test]
fn shells_and_readers_are_told_of_every_verb() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let text = stdout(&bench(folder.path(), &["completions", shell]));
        assert!(["plan", "explain", "configs"].iter().all(|word| text.contains(word)), "{shell}");
    }
    assert_eq!(bench(folder.path(), &["man", "pages/man1"]).status.code(), Some(0));
    for page in ["inna-bench.1", "inna-bench-run.1", "inna-bench-new-optimizer.1", "inna-bench-new-study.1"] {
        let path = folder.path().join("pages/man1").join(page);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!(text.contains(".SH NAME"), "{text}");
    }
}
