//! The recipes of the Makefile, with text that a shell would take apart.
#![allow(clippy::unwrap_used)]

mod common;

use common::ROOT;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Notes its arguments, one a line, after a line for itself.
const STAND_IN: &str = "#!/bin/sh\nprintf '%s\\n' \"> ${0##*/}\" \"$@\" >> \"$CALLS\"\n";

/// Runs make with a stand-in for every program of ours. What each was called with.
fn make(
    place: &Path,
    target: &str,
    variables: &[(&str, &str)],
    environment: &[(&str, &str)],
) -> Vec<Vec<String>> {
    for program in ["release/inna-bench", "release/examples/ratios", "release/examples/scale"] {
        let file = place.join(program);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, STAND_IN).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let calls = place.join("calls");
    std::fs::write(&calls, "").unwrap();
    let mut command = Command::new("make");
    for name in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "TIER", "STUDY", "DATA", "DEVICE", "SEEDS"] {
        command.env_remove(name);
    }
    command.args(["-C", ROOT, target, "CARGO=true"]).env("CARGO_TARGET_DIR", place).env("CALLS", &calls);
    command.args(variables.iter().map(|(name, value)| format!("{name}={value}")));
    let output = command.envs(environment.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(calls).unwrap();
    let calls = text.split("> ").skip(1);
    calls.map(|call| call.trim_end_matches('\n').split('\n').map(str::to_owned).collect()).collect()
}

#[test]
fn values_reach_the_programs_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    for (k, hostile) in
        ["my data", "it's", "a;b|c&d>e", "`id`", "\"q\"", "*", "(x)", "a,b", "~", "back\\slash", "# no"]
            .iter()
            .enumerate()
    {
        let place = folder.path().join(format!("{k} {}", hostile.replace('/', "")));
        for given in [
            [&[("DATA", *hostile), ("STUDY", hostile)][..], &[]],
            [&[], &[("DATA", hostile), ("STUDY", hostile)]],
        ] {
            let calls = make(&place, "reproduce", given[0], given[1]);
            assert_eq!(
                calls,
                [
                    vec!["inna-bench", "run", hostile, "--data", hostile, "--device", "cpu"],
                    vec!["inna-bench", "time", "study", hostile, "--device", "cpu", "--when-idle"],
                    vec!["inna-bench", "report", hostile, "--data", hostile],
                    vec!["inna-bench", "verify", hostile, "--data", hostile],
                ]
            );
        }
        assert_eq!(make(&place, "bench", &[], &[]), [["ratios"], ["scale"]]);
        assert_eq!(make(&place, "readme", &[], &[]).len(), 1);
        let published = std::fs::read_dir(Path::new(ROOT).join("reports/published")).unwrap().flatten();
        let published = published.filter(|entry| entry.path().is_dir()).count();
        assert_eq!(make(&place, "published", &[], &[]).len(), published);
    }
}

#[test]
fn a_dollar_is_itself_in_the_environment_and_written_twice_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("$HOME");
    for (variables, environment) in
        [(&[("DATA", "$$HOME")][..], &[][..]), (&[][..], &[("DATA", "$HOME")][..])]
    {
        let calls = make(&place, "reproduce", variables, environment);
        assert_eq!(calls[0], ["inna-bench", "run", "quick", "--data", "$HOME", "--device", "cpu"]);
    }
}

#[test]
fn a_study_with_a_search_is_tuned_first_and_only_a_cpu_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let verbs = |variables: &[(&str, &str)]| {
        let calls = make(folder.path(), "reproduce", variables, &[]);
        calls.iter().map(|call| call[1].clone()).collect::<Vec<_>>()
    };
    assert_eq!(verbs(&[]), ["run", "time", "report", "verify"]);
    assert_eq!(verbs(&[("TIER", "small")]), ["tune", "run", "time", "report", "verify"]);
    assert_eq!(verbs(&[("STUDY", "inna-2021/fig2"), ("DEVICE", "cuda")]), ["tune", "run", "time", "report"]);
    // One word of a name is another name.
    assert_eq!(verbs(&[("STUDY", "my inna-2021")]), ["run", "time", "report", "verify"]);
    let calls = make(folder.path(), "reproduce", &[("SEEDS", "3")], &[]);
    assert_eq!(calls[2], ["inna-bench", "report", "quick", "--data", "data", "--seeds", "3"]);
}
