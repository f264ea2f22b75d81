//! Studies in one file.
#![allow(clippy::unwrap_used)]

mod archives;
mod common;

use archives::{Member, file, listed, members, pack};
use common::{CONFIGS, bench, fingerprints, stderr, stdout, tiny, tree};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs the binary with its temporary files in a folder of its own, and finds that empty afterwards.
fn tidily(folder: &Path, arguments: &[&str]) -> Output {
    let place = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_inna-bench"));
    let output = command.current_dir(folder).args(arguments).env("TMPDIR", place.path()).output().unwrap();
    assert_eq!(tree(place.path()), BTreeMap::new(), "{arguments:?}");
    output
}

/// The same without the links from runs to their records, which pages of an archive do not have: they are the same wherever they are
/// made, whether or not the records are put beside them.
fn unlinked(mut files: BTreeMap<PathBuf, Vec<u8>>) -> BTreeMap<PathBuf, Vec<u8>> {
    for (path, bytes) in &mut files {
        let name = path.to_string_lossy();
        if name != "report.json" && !name.starts_with("runs-") {
            continue;
        }
        let text = String::from_utf8(std::mem::take(bytes)).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with("<dt>record</dt>")).map(|line| {
            match line.split_once("\"record\": ") {
                Some((before, value)) => {
                    format!("{before}\"record\": null{}", if value.ends_with(',') { "," } else { "" })
                }
                None => line.to_owned(),
            }
        });
        *bytes = lines.collect::<Vec<_>>().join("\n").into_bytes();
    }
    files
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
        unlinked(files)
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
    let unlisted = |mut files: BTreeMap<PathBuf, Vec<u8>>| {
        files.remove(Path::new("files.json"));
        unlinked(files)
    };
    assert_eq!(unlisted(tree(&path("records"))), unlisted(here.clone()));
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
    assert_eq!(unlisted(unpacked), unlisted(here.clone()));
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
    let pending =
        Member { kind: tar::EntryType::GNULongName, ..file("././@LongLink", b"tiny/words to nobody") };
    case("a path and no member", with(&[pending]), "it is named, and missing");
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
    // A bit of every fiftieth part. Compressed data have bits that say nothing (of codes that are not used, and those that fill a byte
    // up): with one of them changed, what comes out is what was made, and it is said to be.
    let mut refusals = 0;
    for place in (10..whole.len()).step_by(whole.len() / 50) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (place % 8);
        std::fs::write(&path, bytes).unwrap();
        let refused = tidily(folder.path(), &["report", "bad.tar.gz", "-o", "pages"]);
        let pages = folder.path().join("pages");
        if refused.status.success() {
            assert!(stderr(&refused).contains("byte for byte"), "byte {place}: {}", stderr(&refused));
            std::fs::remove_dir_all(pages).unwrap();
            continue;
        }
        assert_eq!(refused.status.code(), Some(2), "byte {place}: {}", stderr(&refused));
        assert!(!pages.exists());
        refusals += 1;
    }
    assert!(refusals >= 45, "{refusals}");
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
    #[cfg(unix)]
    {
        // One that is not waited for, where the archive has a page that is not written here.
        assert!(
            Command::new("mkfifo").arg(folder.path().join("pages/more.html")).status().unwrap().success()
        );
        let report = tidily(folder.path(), &["report", "bad.tar.gz", "-o", "pages"]);
        assert!(stderr(&report).contains("among them more.html"), "{}", stderr(&report));
    }
    let missing = tidily(folder.path(), &["report", "none.tar.gz"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("none.tar.gz cannot be read"), "{}", stderr(&missing));
}

/// The pages of a rehearsal are not put in the place of the study's, and a study in a sub-folder has one place, wherever it comes from.
#[test]
fn the_pages_of_an_archive_go_where_those_of_its_study_do() {
    let folder = tempfile::tempdir().unwrap();
    let configs = common::configs(folder.path());
    std::fs::create_dir(configs.join("studies/sub")).unwrap();
    std::fs::rename(configs.join("studies/tiny.yaml"), configs.join("studies/sub/tiny.yaml")).unwrap();
    let size = ["--epochs", "1", "--seeds", "1"];
    for (more, out) in [(&size[..], "sub/tiny-rehearsal"), (&size[2..], "sub/tiny")] {
        for verb in [&["run", "sub/tiny", "--quiet"][..], &["archive", "sub/tiny", "-o", "s.tar.gz"]] {
            let made = bench(folder.path(), &[verb, more].concat());
            assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
        }
        let planned = [&["report", "sub/tiny"][..], more].concat();
        for words in [&planned[..], &["report", "s.tar.gz"]] {
            let made = bench(folder.path(), words);
            assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
            let index = Path::new("reports/out").join(out).join("index.html");
            let said = format!("Pages: {}", index.display());
            assert!(stdout(&made).contains(&said), "{words:?}: {}", stdout(&made));
            std::fs::remove_dir_all(folder.path().join("reports")).unwrap();
        }
    }
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
