//! What is carried from place to place: stores merged, studies in one file; and what is cleaned away.
#![allow(clippy::unwrap_used)]

mod common;

use common::{CONFIGS, bench, fingerprints, forge, spoiled, stderr, tiny};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Every file and link below a folder, by its path in it; empty folders too.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = PathBuf::from(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            let inside = tree(&entry.path());
            if inside.is_empty() {
                found.insert(name.join(""), Vec::new());
            }
            found.extend(inside.into_iter().map(|(path, bytes)| (name.join(path), bytes)));
        } else {
            found.insert(name, std::fs::read(entry.path()).unwrap_or_default());
        }
    }
    found
}

/// The records of a task in a store, sorted.
fn runs(store: &Path, task: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(store.join(task)).unwrap().flatten();
    let mut runs: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    runs.sort();
    runs
}

/// Parts of a study that were trained apart, some of them twice, are the study.
#[test]
fn parts_of_a_study_from_several_stores_are_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    for more in [
        &["--store", "whole"][..],
        &["--store", "a", "--task", "toy"],
        &["--store", "b", "--task", "small", "--seeds", "1"],
        &["--store", "c", "--task", "small"],
    ] {
        let run = tiny(folder.path(), "run", &[&["--quiet"], more].concat());
        assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    }
    let sources = ["a", "b", "c"].map(|name| tree(&folder.path().join(name)));
    let merge =
        |more: &[&str]| bench(folder.path(), &[&["merge", "a", "b", "c", "--store", "all"], more].concat());

    let dry = merge(&["--dry-run"]);
    assert_eq!(dry.status.code(), Some(0), "{}", stderr(&dry));
    assert!(
        stdout(&dry).contains("all: 7 runs would be stored, 3 were there with the same bits, 0 with others"),
        "{}",
        stdout(&dry)
    );
    assert!(!folder.path().join("all").exists());

    let merged = merge(&[]);
    assert_eq!(merged.status.code(), Some(0), "{}", stderr(&merged));
    let sentence = "all: 7 runs stored, 3 were there with the same bits, 0 with others, 0 cannot be used.";
    assert!(stdout(&merged).contains(sentence), "{}", stdout(&merged));
    let before = tree(&folder.path().join("all"));
    let again: serde_json::Value = serde_json::from_slice(&merge(&["--json"]).stdout).unwrap();
    let counts = |key: &str| -> Vec<u64> {
        again["sources"].as_array().unwrap().iter().map(|source| source[key].as_u64().unwrap()).collect()
    };
    assert_eq!((counts("new"), counts("equal")), (vec![0, 0, 0], vec![1, 3, 6]));
    assert_eq!(tree(&folder.path().join("all")), before);
    assert_eq!(["a", "b", "c"].map(|name| tree(&folder.path().join(name))), sources);

    let plan = tiny(folder.path(), "plan", &["--store", "all"]);
    assert!(stdout(&plan).contains("All 7 runs are in all: nothing to train."), "{}", stdout(&plan));
    assert_eq!(tiny(folder.path(), "report", &["--store", "whole", "-o", "w"]).status.code(), Some(0));
    let report = tiny(folder.path(), "report", &["--store", "all", "-o", "p", "--compare", "w"]);
    let same = "\n7 runs are the same bit for bit.\n";
    assert!(stdout(&report).contains(same), "{}", stdout(&report));

    // A store that is merged into nothing has the bytes that it had.
    let copy = bench(folder.path(), &["merge", "whole", "--store", "copy"]);
    assert_eq!(copy.status.code(), Some(0), "{}", stderr(&copy));
    assert_eq!(tree(&folder.path().join("copy")), tree(&folder.path().join("whole")));
}

/// Two records of a run with other bits are both kept, one of them apart, however often they meet.
#[test]
fn what_differs_is_kept_apart_once_and_said_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    assert_eq!(bench(folder.path(), &["merge", "store", "--store", "other"]).status.code(), Some(0));
    let forged = runs(&path("other"), "small").remove(0);
    forge(&forged);
    let missing = runs(&path("store"), "toy").remove(0);
    std::fs::remove_dir_all(&missing).unwrap();
    let (mine, theirs) = (fingerprints(&path("store")), tree(&path("other")));
    let id = forged.file_name().unwrap().to_str().unwrap().to_owned();

    let before = tree(folder.path());
    let dry = bench(folder.path(), &["merge", "other", "--dry-run"]);
    assert_eq!(dry.status.code(), Some(1));
    assert!(stdout(&dry).contains("it would be kept apart"), "{}", stdout(&dry));
    assert_eq!(tree(folder.path()), before);

    for (round, place) in
        ["; kept apart in store/conflicts/", "; it is kept apart already, in store/conflicts/"]
            .iter()
            .enumerate()
    {
        let merged = bench(folder.path(), &["merge", "other"]);
        assert_eq!(merged.status.code(), Some(1), "{}", stderr(&merged));
        let text = stdout(&merged);
        let words = format!(
            "small/{id} of other is DIFFERENT in what the curves do not show, made with the same sources"
        );
        assert!(text.contains(&words) && text.contains(place), "{text}");
        let counts = format!(
            "store: {} runs stored, {} were there with the same bits, 1 with others",
            1 - round,
            5 + round
        );
        assert!(text.contains(&counts), "the rest is merged: {text}");
        assert_eq!(std::fs::read_dir(path("store/conflicts")).unwrap().count(), 2, "a record and its reason");
    }
    assert_eq!(tree(&path("other")), theirs);
    let mut now = fingerprints(&path("store"));
    now.retain(|run, _| mine.contains_key(run));
    assert_eq!(now, mine, "what was there stays");
    let kept = std::fs::read_dir(path("store/conflicts")).unwrap().flatten().map(|entry| entry.path());
    let (records, reasons): (Vec<PathBuf>, Vec<PathBuf>) = kept.partition(|path| path.is_dir());
    for file in ["run.json", "epochs.csv"] {
        assert_eq!(std::fs::read(records[0].join(file)).unwrap(), std::fs::read(forged.join(file)).unwrap());
    }
    let reason = std::fs::read_to_string(&reasons[0]).unwrap();
    let other = std::fs::canonicalize(path("other")).unwrap();
    assert!(
        reason.contains(other.to_str().unwrap()) && reason.contains("in what the curves do not show"),
        "{reason}"
    );

    // It is no run: nothing counts it.
    let plan = tiny(folder.path(), "plan", &[]);
    assert!(stdout(&plan).contains("All 7 runs are in store: nothing to train."), "{}", stdout(&plan));
    let value: serde_json::Value =
        serde_json::from_slice(&bench(folder.path(), &["merge", "other", "--json"]).stdout).unwrap();
    let conflict = &value["sources"][0]["conflicts"][0];
    assert_eq!((conflict["id"].as_str(), conflict["known"].as_bool()), (Some(id.as_str()), Some(true)));
}

/// Into a store that is being trained, by two processes at once.
#[test]
fn stores_are_merged_into_one_that_others_work_on() {
    let folder = tempfile::tempdir().unwrap();
    let whole = tiny(folder.path(), "run", &["--quiet", "--seeds", "9", "--store", "whole"]);
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
    let start = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inna-bench"));
        command.current_dir(folder.path()).args(words).args(["--store", "live"]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    let train = ["run", "tiny", "--configs", CONFIGS, "--seeds", "9", "--jobs", "1", "--replicas", "1"];
    let trainer = start(&train);
    let first = folder.path().join("live/toy");
    while runs_so_far(&first) == 0 {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let mergers = [start(&["merge", "whole", "--json"]), start(&["merge", "whole", "--json"])];
    let mut stored = 0;
    for merger in mergers {
        let output = merger.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let count = |key: &str| value["sources"][0][key].as_u64().unwrap();
        assert_eq!(count("new") + count("equal"), 36);
        stored += count("new");
    }
    let output = trainer.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let trained = stderr(&output).lines().filter(|line| line.starts_with('[')).count() as u64;
    // One that is trained while it is merged counts for both, and the first of them stays.
    assert!(trained + stored >= 36 && stored > 0 && trained > 0, "{trained} trained, {stored} merged");
    assert_eq!(fingerprints(&folder.path().join("live")), fingerprints(&folder.path().join("whole")));
    let left: Vec<PathBuf> = tree(&folder.path().join("live")).into_keys().collect();
    let there: Vec<PathBuf> = tree(&folder.path().join("whole")).into_keys().collect();
    assert_eq!(left, there);
}

/// Finished runs in the folder of a task, which may not be there yet.
fn runs_so_far(task: &Path) -> usize {
    std::fs::read_dir(task).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir()).count()
}

#[test]
fn damage_in_a_source_is_named_and_stays_there() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet", "--store", "a"]).status.code(), Some(0));
    let damaged = runs(&folder.path().join("a"), "small");
    std::fs::write(damaged[1].join("epochs.csv"), "nothing").unwrap();
    std::fs::remove_file(damaged[2].join("run.json")).unwrap();
    let before = tree(&folder.path().join("a"));
    let merged = bench(folder.path(), &["merge", "a"]);
    assert_eq!(merged.status.code(), Some(1), "{}", stderr(&merged));
    let text = stdout(&merged);
    for run in &damaged[1..3] {
        let name = run.strip_prefix(folder.path()).unwrap().to_str().unwrap();
        assert!(text.contains(name), "{name}: {text}");
    }
    assert!(text.contains("5 runs stored") && text.contains("2 cannot be used"), "{text}");
    assert_eq!(text.matches("it is not copied and stays where it is").count(), 2, "{text}");
    assert_eq!(tree(&folder.path().join("a")), before);
    assert_eq!(fingerprints(&folder.path().join("store")).len(), 5);
}

#[test]
fn what_is_no_store_to_merge_is_refused_before_anything_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let run = tiny(folder.path(), "run", &["--quiet", "--task", "toy", "--store", "a"]);
    assert_eq!(run.status.code(), Some(0));
    for (words, why) in [
        (&["merge", "a", "none"][..], "there is no store at none to merge"),
        (&["merge", "a", "empty"], "empty holds no records"),
        (&["merge", "a", "./a/../a", "--store", "a"], "a is the store that others are merged into"),
        (&["merge"], "STORE"),
    ] {
        let refused = bench(folder.path(), words);
        assert_eq!(refused.status.code(), Some(2), "{words:?}");
        assert!(stderr(&refused).contains(why), "{}", stderr(&refused));
        assert!(!folder.path().join("store").exists());
    }
}

/// Runs the binary with its temporary files in a folder of its own, and finds that empty afterwards.
fn tidily(folder: &Path, arguments: &[&str]) -> Output {
    let place = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_inna-bench"));
    let output = command.current_dir(folder).args(arguments).env("TMPDIR", place.path()).output().unwrap();
    assert_eq!(tree(place.path()), BTreeMap::new(), "{arguments:?}");
    output
}

/// One file is all that another machine needs, and what it makes of it is what the first one made.
#[test]
fn a_study_in_one_file_renders_itself_elsewhere() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let made = tidily(folder.path(), &["archive", "tiny", "--configs", CONFIGS]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    assert!(stdout(&made).contains("tiny.tar.gz holds 7 of 7 runs and their pages"), "{}", stdout(&made));
    let report = tiny(folder.path(), "report", &["--records", "-o", "here"]);
    assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
    let here = tree(&folder.path().join("here"));
    assert!(here.contains_key(Path::new("index.html")) && here.keys().any(|path| path.starts_with("store")));
    // The list knows of records only where they are beside the pages.
    let pages = |mut files: BTreeMap<PathBuf, Vec<u8>>| {
        files.retain(|path, _| !path.starts_with("store") && path != Path::new("files.json"));
        files
    };

    std::fs::rename(folder.path().join("tiny.tar.gz"), elsewhere.path().join("tiny.tar.gz")).unwrap();
    drop(folder);
    let path = |name: &str| elsewhere.path().join(name);
    let render = |more: &[&str]| {
        let output = tidily(elsewhere.path(), &[&["report", "tiny.tar.gz"], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(
            stderr(&output).contains("The pages are those in tiny.tar.gz, byte for byte."),
            "{}",
            stderr(&output)
        );
        output
    };
    let shown = render(&["-o", "pages"]);
    assert!(stdout(&shown).contains("5 of 7 runs done, 2 diverged, 0 missing."), "{}", stdout(&shown));
    assert_eq!(pages(tree(&path("pages"))), pages(here.clone()));
    render(&["-o", "records", "--records"]);
    assert_eq!(tree(&path("records")), here);
    render(&[]);
    assert_eq!(pages(tree(&path("reports/out/tiny"))), pages(here.clone()));

    // By hand.
    assert!(
        Command::new("tar")
            .current_dir(elsewhere.path())
            .args(["xzf", "tiny.tar.gz"])
            .status()
            .unwrap()
            .success()
    );
    let mut unpacked = tree(&path("tiny"));
    assert!(unpacked.remove(Path::new("archive.json")).is_some());
    assert_eq!(unpacked, here);
    let again = bench(elsewhere.path(), &["report", "tiny/manifest.json", "-o", "again"]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert_eq!(pages(tree(&path("again"))), pages(here));
    // And packed again from there.
    let packed =
        tidily(elsewhere.path(), &["archive", "tiny/manifest.json", "-o", "new/again.tar.gz", "--json"]);
    assert_eq!(packed.status.code(), Some(0), "{}", stderr(&packed));
    let value: serde_json::Value = serde_json::from_slice(&packed.stdout).unwrap();
    assert_eq!((&value["file"], &value["runs"]), (&"new/again.tar.gz".into(), &7.into()));
    assert_eq!(value["bytes"].as_u64(), Some(std::fs::metadata(path("new/again.tar.gz")).unwrap().len()));
    assert_eq!(std::fs::read(path("new/again.tar.gz")).unwrap(), std::fs::read(path("tiny.tar.gz")).unwrap());

    for (more, why) in [
        (&["--store", "tiny/store"][..], "brings its own records"),
        (&["--seeds", "1"], "has the size it was made with"),
    ] {
        let refused = bench(elsewhere.path(), &[&["report", "tiny.tar.gz"], more].concat());
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains(why), "{}", stderr(&refused));
    }
}

/// The same records are the same file, whenever and wherever it is made, and nothing of the machine is in it.
#[test]
fn the_same_records_give_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let archive = |more: &[&str]| {
        let made = tidily(folder.path(), &[&["archive", "tiny", "--configs", CONFIGS], more].concat());
        assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    };
    archive(&[]);
    let first = std::fs::read(folder.path().join("tiny.tar.gz")).unwrap();
    assert_eq!(bench(folder.path(), &["merge", "store", "--store", "copy"]).status.code(), Some(0));
    // Files have their times in seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    archive(&["--store", "copy", "-o", "other.tar.gz"]);
    assert!(std::fs::read(folder.path().join("other.tar.gz")).unwrap() == first);

    assert_eq!((first[3], &first[4..8]), (0, &[0; 4][..]), "neither name nor time in the header of gzip");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&first[..]));
    let mut paths = Vec::new();
    for entry in archive.entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        let numbers =
            (header.mtime().unwrap(), header.uid().unwrap(), header.gid().unwrap(), header.mode().unwrap());
        assert_eq!(numbers, (0, 0, 0, 0o644));
        assert_eq!((header.username().unwrap(), header.groupname().unwrap()), (Some(""), Some("")));
        paths.push(String::from_utf8(entry.path_bytes().into_owned()).unwrap());
    }
    assert_eq!(paths.remove(0), "tiny/archive.json");
    assert!(paths.is_sorted() && paths.iter().all(|path| path.starts_with("tiny/")), "{paths:?}");
}

/// Whatever is there is archived, and said; of nothing there is no archive. What stood there is replaced whole, or not at all.
#[test]
fn an_archive_says_what_it_lacks_and_is_there_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let archive =
        |more: &[&str]| tidily(folder.path(), &[&["archive", "tiny", "--configs", CONFIGS], more].concat());
    std::fs::create_dir(folder.path().join("store")).unwrap();
    let none = archive(&[]);
    assert_eq!(none.status.code(), Some(2));
    assert!(stderr(&none).contains("store holds none of the 7 runs of `tiny`"), "{}", stderr(&none));
    assert_eq!(tiny(folder.path(), "run", &["--quiet", "--seeds", "1"]).status.code(), Some(0));
    std::fs::create_dir(folder.path().join("folder.tar.gz")).unwrap();
    for (more, why) in [
        (&["-o", "tiny.zip"][..], "tiny.zip does not end in .tar.gz"),
        (&["-o", "folder.tar.gz"], "writing folder.tar.gz failed"),
        (&["--store", "nowhere"], "there is no store at nowhere"),
    ] {
        let refused = archive(more);
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains(why), "{}", stderr(&refused));
    }
    let left: Vec<PathBuf> =
        tree(folder.path()).into_keys().filter(|path| !path.starts_with("store")).collect();
    assert_eq!(left, [PathBuf::from("folder.tar.gz/")]);

    let some = archive(&[]);
    assert_eq!(some.status.code(), Some(0), "{}", stderr(&some));
    assert!(stdout(&some).contains("holds 4 of 7 runs"), "{}", stdout(&some));
    let report = bench(folder.path(), &["report", "tiny.tar.gz", "-o", "pages"]);
    assert!(stdout(&report).contains("3 missing"), "{}", stdout(&report));

    let file = folder.path().join("tiny.tar.gz");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, "what stood there").unwrap();
    // Killed while it is written, or as soon as it is.
    std::fs::create_dir(folder.path().join("temporary")).unwrap();
    let drafts = || {
        let names = std::fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.file_name());
        names.filter(|name| name.to_string_lossy().ends_with(".part")).count()
    };
    for _ in 0..5 {
        let before = drafts();
        let mut child = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
            .current_dir(folder.path())
            .args(["archive", "tiny", "--configs", CONFIGS])
            .env("TMPDIR", folder.path().join("temporary"))
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        while drafts() == before && child.try_wait().unwrap().is_none() {}
        child.kill().unwrap();
        child.wait().unwrap();
        let there = std::fs::read(&file).unwrap();
        assert!(there == whole || there == b"what stood there", "{} bytes", there.len());
    }
    assert_eq!(archive(&[]).status.code(), Some(0));
    assert!(std::fs::read(&file).unwrap() == whole);
}

/// A member of an archive as it is to be written, right or not.
#[derive(Clone)]
struct Member {
    path: String,
    kind: tar::EntryType,
    link: &'static str,
    /// As the header says.
    size: u64,
    content: Vec<u8>,
}

fn file(path: &str, content: &[u8]) -> Member {
    Member {
        path: path.into(),
        kind: tar::EntryType::Regular,
        link: "",
        size: content.len() as u64,
        content: content.into(),
    }
}

/// Writes members as they are told, where a library would refuse.
fn pack(members: &[Member]) -> Vec<u8> {
    use std::io::Write;
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for member in members {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..member.path.len()].copy_from_slice(member.path.as_bytes());
        header.as_old_mut().linkname[..member.link.len()].copy_from_slice(member.link.as_bytes());
        header.set_entry_type(member.kind);
        header.set_size(member.size);
        header.set_mode(0o644);
        header.set_cksum();
        out.write_all(header.as_bytes()).unwrap();
        out.write_all(&member.content).unwrap();
        out.write_all(&vec![0; member.content.len().next_multiple_of(512) - member.content.len()]).unwrap();
    }
    out.write_all(&[0; 1024]).unwrap();
    out.finish().unwrap()
}

/// The members of an archive.
fn members(packed: &[u8]) -> Vec<Member> {
    use std::io::Read;
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed));
    let read = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        file(std::str::from_utf8(&entry.path_bytes()).unwrap(), &content)
    };
    archive.entries().unwrap().map(read).collect()
}

/// The members with a list that fits them, whatever they are.
fn listed(mut members: Vec<Member>, also: &[Member]) -> Vec<Member> {
    let mut list: serde_json::Value = serde_json::from_slice(&members[0].content).unwrap();
    members.extend_from_slice(also);
    let files = members[1..].iter().map(|member| {
        serde_json::json!({ "path": member.path.strip_prefix("tiny/").unwrap_or(&member.path), "bytes": member.size,
                            "blake3": blake3::hash(&member.content).to_hex().as_str() })
    });
    list["files"] = files.collect();
    let json = serde_json::to_vec(&list).unwrap();
    members[0] = file("tiny/archive.json", &json);
    members
}

/// An archive may come from anybody: it is used whole and as it was made, or not at all.
#[test]
fn an_archive_that_is_not_what_was_made_is_refused_and_touches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    assert_eq!(tiny(folder.path(), "archive", &["-o", "good.tar.gz"]).status.code(), Some(0));
    let whole = std::fs::read(folder.path().join("good.tar.gz")).unwrap();
    let good = members(&whole);
    let at = |path: &str| good.iter().position(|member| member.path.ends_with(path)).unwrap();
    let changed = |path: &str, change: &dyn Fn(&mut Member)| {
        let mut members = good.clone();
        change(&mut members[at(path)]);
        members
    };
    let with = |members: &[Member]| [&good[..], members].concat();
    let list = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value: serde_json::Value = serde_json::from_slice(&good[0].content).unwrap();
        change(&mut value);
        let mut members = good.clone();
        members[0] = file("tiny/archive.json", &serde_json::to_vec(&value).unwrap());
        members
    };
    let flip = |member: &mut Member| *member.content.last_mut().unwrap() ^= 1;
    let link = |kind: tar::EntryType, path: &str| Member { kind, link: "/etc/passwd", ..file(path, b"") };
    let outside = folder.path().join("outside");
    let absolute = outside.to_str().unwrap();
    let run = good.iter().find(|member| member.path.ends_with("run.json")).unwrap().path.clone();
    let run = run.as_str();
    let huge = 1_u64 << 60;

    let mut cases: Vec<(&str, Vec<u8>, &str)> = Vec::new();
    let mut case =
        |name: &'static str, members: Vec<Member>, why: &'static str| cases.push((name, pack(&members), why));
    for path in ["tiny/../../outside", "../outside", "tiny/store/../../../outside", absolute] {
        case("a path that leads out", with(&[file(path, b"x")]), "it is not on the list");
        case(
            "such a path on the list",
            listed(good.clone(), &[file(path, b"x")]),
            "no path that a report has",
        );
    }
    case("a hidden path", listed(good.clone(), &[file("tiny/.bashrc", b"x")]), "no path that a report has");
    case("a symbolic link", with(&[link(tar::EntryType::Symlink, "tiny/link")]), "it is no plain file");
    case("a hard link", with(&[link(tar::EntryType::Link, "tiny/link")]), "it is no plain file");
    case("a device", with(&[link(tar::EntryType::Char, "tiny/device")]), "it is no plain file");
    case("a folder", with(&[link(tar::EntryType::Directory, "tiny/store")]), "it is no plain file");
    let links = listed(good.clone(), &[link(tar::EntryType::Symlink, "tiny/link")]);
    case("a link on the list", links, "it is no plain file");
    case("another byte in a page", changed("index.html", &flip), "their digest differs");
    case("another byte in a record", changed("epochs.csv", &flip), "their digest differs");
    case(
        "a shorter page",
        changed("index.html", &|m| *m = file(&m.path, b"short")),
        "it has 5 bytes, listed are",
    );
    let mut fewer = good.clone();
    fewer.remove(at("index.html"));
    case("a missing page", fewer, "it is on the list archive.json, and missing");
    case("a member more", with(&[file("tiny/extra.html", b"x")]), "it is not on the list");
    case("a member of another folder", with(&[file("other/index.html", b"x")]), "it is not on the list");
    case("a member twice", with(&[good[at("index.html")].clone()]), "or is there twice");
    case(
        "a file listed twice",
        list(&|v| {
            let first = v["files"][0].clone();
            v["files"].as_array_mut().unwrap().push(first);
        }),
        "it lists a file twice",
    );
    let in_the_way = [file("tiny/store/x", b"x"), file("tiny/store/x/y", b"y")];
    case("a file where a folder is", listed(good.clone(), &in_the_way), "another member is in its place");
    case("no list", good[1..].to_vec(), "the first member has to be the list");
    case("nothing", Vec::new(), "it holds nothing");
    case("a list that is none", changed("archive.json", &|m| *m = file(&m.path, b"{}")), "format");
    case("a later format", list(&|v| v["format"] = 2.into()), "format 2, this version reads 1");
    case("another study", list(&|v| v["study"] = "quick".into()), "it is that of study");
    case("a study that leads out", list(&|v| v["study"] = "..".into()), "not usable as a name");
    case("sizes that are too large", list(&|v| v["files"][0]["bytes"] = huge.into()), "is larger than");
    case(
        "sizes that wrap around",
        list(&|v| {
            v["files"][0]["bytes"] = u64::MAX.into();
            v["files"][1]["bytes"] = 2.into();
        }),
        "is larger than",
    );
    case(
        "a record that is too large",
        list(&|v| {
            let of_run = v["files"]
                .as_array_mut()
                .unwrap()
                .iter_mut()
                .find(|f| run.ends_with(f["path"].as_str().unwrap()));
            of_run.unwrap()["bytes"] = (1_u64 << 30).into();
        }),
        "which is not read",
    );
    let large = |path: &str| changed(path, &|m| m.size = huge);
    case("a page that is larger than listed", large("index.html"), "bytes, listed are");
    case("a list that is too large", large("archive.json"), "are read");
    let name = Member { kind: tar::EntryType::GNULongName, size: huge, ..file("././@LongLink", b"x") };
    case("a path that is too long", [&good[..1], &[name]].concat(), "a path of");
    let pax = Member { kind: tar::EntryType::XHeader, size: huge, ..file("tiny/pax", b"x") };
    case("words about a member", [&good[..1], &[pax]].concat(), "it is no plain file");
    let forged = changed(run, &|m| *m = file(&m.path, b"{}"));
    case("a damaged record under right digests", listed(forged, &[]), "store/");
    let manifest = changed("manifest.json", &|m| *m = file(&m.path, b"{}"));
    case("a manifest that is none", listed(manifest, &[]), "manifest.json");
    let none: Vec<Member> =
        good.iter().filter(|member| !member.path.starts_with("tiny/store/")).cloned().collect();
    case("no records", listed(none, &[]), "holds none of the study's runs");

    for length in [0, 1, 10, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        cases.push(("a part", whole[..length].to_vec(), "it is no whole archive"));
    }
    let mut flipped = whole.clone();
    let end = flipped.len() - 6;
    flipped[end] ^= 1;
    cases.push(("another checksum", flipped, "it is no whole archive"));
    cases.push(("something behind the end", [&whole[..], b"x"].concat(), "something comes behind its end"));
    cases.push((
        "another archive behind the end",
        [&whole[..], &whole].concat(),
        "something comes behind its end",
    ));
    cases.push(("text", b"no archive at all".to_vec(), "it is no whole archive"));

    let path = folder.path().join("bad.tar.gz");
    let before = tree(folder.path());
    for (name, bytes, why) in cases {
        std::fs::write(&path, bytes).unwrap();
        let refused = tidily(folder.path(), &["report", "bad.tar.gz", "-o", "pages"]);
        let message = stderr(&refused);
        assert_eq!(refused.status.code(), Some(2), "{name}: {message}");
        assert!(
            message.starts_with("inna-bench: bad.tar.gz: ") && message.contains(why),
            "{name}: {message}"
        );
        assert!(message.len() < 1000, "{name}: {message}");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(tree(folder.path()), before, "{name}");
    }
    // A bit of every fiftieth part. Behind the header of gzip there is none that says nothing, but for those that fill the last byte.
    for place in (10..whole.len()).step_by(whole.len() / 50) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (place % 8);
        std::fs::write(&path, bytes).unwrap();
        let refused = tidily(folder.path(), &["report", "bad.tar.gz", "-o", "pages"]);
        assert_eq!(refused.status.code(), Some(2), "byte {place}: {}", stderr(&refused));
        assert!(!folder.path().join("pages").exists());
    }
    // What the others were made of is right.
    for members in [good.clone(), listed(good.clone(), &[file("tiny/more.html", b"x")])] {
        std::fs::write(&path, pack(&members)).unwrap();
        let report = tidily(folder.path(), &["report", "bad.tar.gz", "-o", "pages"]);
        assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
    }
    // A file that this version does not write is one by which the pages differ.
    let report = tidily(folder.path(), &["report", "bad.tar.gz", "-o", "pages"]);
    assert!(
        stderr(&report).contains("1 of the files are not those in bad.tar.gz, among them more.html"),
        "{}",
        stderr(&report)
    );
    let missing = tidily(folder.path(), &["report", "none.tar.gz"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("none.tar.gz cannot be read"), "{}", stderr(&missing));
}

/// Names as long as they may be do not fit into the header of a member.
#[test]
fn the_longest_names_are_archived_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let configs = common::configs(folder.path());
    let task = "t".repeat(100);
    std::fs::rename(configs.join("tasks/small.yaml"), configs.join(format!("tasks/{task}.yaml"))).unwrap();
    let study = configs.join("studies/tiny.yaml");
    let text = std::fs::read_to_string(&study).unwrap().replace("task: small", &format!("task: {task}"));
    std::fs::write(&study, text).unwrap();
    let bench = |words: &[&str]| {
        let output = tidily(folder.path(), words);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        output
    };
    bench(&["run", "tiny", "--quiet", "--seeds", "1"]);
    bench(&["archive", "tiny", "--seeds", "1"]);
    let report = bench(&["report", "tiny.tar.gz", "-o", "pages", "--records"]);
    assert!(stdout(&report).contains("0 missing"), "{}", stdout(&report));
    assert_eq!(fingerprints(&folder.path().join("pages/store")), fingerprints(&folder.path().join("store")));
}

/// Only what was named goes, and never a record.
#[test]
fn cleaning_removes_what_is_named_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let missing = bench(folder.path(), &["clean"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("there is no store at store"), "{}", stderr(&missing));
    assert!(!folder.path().join("store").exists());
    assert_eq!(tiny(folder.path(), "run", &["--quiet"]).status.code(), Some(0));
    let store = folder.path().join("store");
    let records = tree(&store);
    let kinds = ["checkpoints", "superseded", "quarantine", "conflicts", "failures", "logs"];
    let files = [
        "small/.0123.checkpoint",
        "superseded/small.r.1/run.json",
        "quarantine/small.r.2.reason.txt",
        "conflicts/small.r.3/epochs.csv",
        "failures/small.r.txt",
        "slurm/tiny-1/script.sh",
    ];
    for (k, file) in files.iter().enumerate() {
        std::fs::create_dir_all(store.join(file).parent().unwrap()).unwrap();
        std::fs::write(store.join(file), vec![b'x'; 1000 + k]).unwrap();
    }
    // What a dead process leaves.
    std::fs::create_dir_all(store.join(".sessions/dead/draft")).unwrap();
    let mut left = tree(&store);
    left.retain(|path, _| !path.starts_with(".sessions"));

    let table = bench(folder.path(), &["clean"]);
    assert_eq!(table.status.code(), Some(0), "{}", stderr(&table));
    for (k, kind) in kinds.iter().enumerate() {
        let row = stdout(&table).lines().find(|line| line.starts_with(kind)).unwrap().to_owned();
        let cells: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(cells[1..3], ["1", (1000 + k).to_string().as_str()], "{row}");
    }
    assert!(stdout(&table).contains("inna-bench clean --remove KIND"), "{}", stdout(&table));
    assert_eq!(tree(&store), left, "what dead processes left is gone, and nothing else");

    for (kind, file) in kinds.iter().zip(files) {
        let removed = bench(folder.path(), &["clean", "--remove", kind, "--json"]);
        assert_eq!(removed.status.code(), Some(0), "{}", stderr(&removed));
        let value: serde_json::Value = serde_json::from_slice(&removed.stdout).unwrap();
        let of = value["kinds"].as_array().unwrap().iter().find(|row| row["kind"] == **kind).unwrap();
        assert_eq!((&of["files"], &of["removed_files"]), (&1.into(), &1.into()), "{value}");
        assert!(left.remove(Path::new(file)).is_some());
        assert_eq!(tree(&store), left, "{kind}");
    }
    assert_eq!(left, records);
    for file in files {
        std::fs::create_dir_all(store.join(file).parent().unwrap()).unwrap();
        std::fs::write(store.join(file), "x").unwrap();
    }
    assert_eq!(bench(folder.path(), &["clean", "--remove", "all"]).status.code(), Some(0));
    assert_eq!(tree(&store), records);
    assert_eq!(bench(folder.path(), &["clean", "--remove", "records"]).status.code(), Some(2));
}

/// What a training goes on from stays as long as the training lives, whatever that is known by.
#[cfg(unix)]
#[test]
fn a_checkpoint_of_a_living_training_stays() {
    for proof in [&[][..], &["--lease", "2"]] {
        let folder = tempfile::tempdir().unwrap();
        let configs = spoiled(folder.path(), "tasks/small.yaml", "epochs: 2", "epochs: 5000");
        let configs = configs.to_str().unwrap();
        let toy = ["run", "tiny", "--task", "toy", "--quiet", "--configs", configs];
        assert_eq!(bench(folder.path(), &toy).status.code(), Some(0));
        let mut child = Command::new(env!("CARGO_BIN_EXE_inna-bench"))
            .current_dir(folder.path())
            .args(["run", "tiny", "--task", "small", "--jobs", "1", "--replicas", "6"])
            .args(["--checkpoint-every", "0", "--configs", configs])
            .args(proof)
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let checkpoint = || {
            let entries = std::fs::read_dir(folder.path().join("store/small")).ok()?.flatten();
            entries.map(|e| e.path()).find(|path| path.extension().is_some_and(|e| e == "checkpoint"))
        };
        while checkpoint().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let kept = bench(folder.path(), &["clean", "--remove", "all"]);
        let is_there = checkpoint().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        let text = stdout(&kept);
        assert_eq!(kept.status.code(), Some(0), "{}", stderr(&kept));
        assert!(is_there && text.contains(".checkpoint stays: another process trains small/"), "{text}");
        assert!(text.contains("Another process works on this store."), "{text}");

        // Dead, what it left behind goes; its checkpoint, from which another could go on, only when that is asked for.
        assert_eq!(bench(folder.path(), &["clean"]).status.code(), Some(0));
        assert!(checkpoint().is_some());
        assert_eq!(
            folder.path().join("store/.sessions").exists(),
            !proof.is_empty(),
            "a lease takes its time"
        );
        let gone = bench(folder.path(), &["clean", "--remove", "checkpoints"]);
        let text = stdout(&gone);
        assert!(text.lines().any(|row| row.starts_with("checkpoints") && row.ends_with("removed")), "{text}");
        assert!(checkpoint().is_none() && !folder.path().join("store/.sessions").exists());
        assert_eq!(stderr(&gone).contains("Waiting to know"), !proof.is_empty(), "{}", stderr(&gone));
        assert_eq!(fingerprints(&folder.path().join("store")).len(), 1, "the record is there");
    }
}
