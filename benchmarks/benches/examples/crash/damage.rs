//! Files damaged and misspelt.

use crate::place::{Outcome, Place, entries, files};
use records::{Name, Store};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Flipped bits and cut ends of records.
pub fn flips(place: &mut Place) -> Outcome<String> {
    let store = Store::open(place.folder.join("whole"));
    let runs: Vec<(Name, Name)> = store.list();
    let (mut found, mut made) = (0, 0);
    for k in 0..200 * place.scale {
        let (task, id) = &runs[place.draws.below(runs.len())];
        let names = entries(&store.folder(task, id))?;
        let path = store.folder(task, id).join(&names[place.draws.below(names.len())]);
        let whole = fs::read(&path)?;
        let mut bytes = whole.clone();
        if k % 4 == 0 {
            bytes.truncate(place.draws.below(whole.len()));
        } else {
            bytes[place.draws.below(whole.len())] ^= 1 << place.draws.below(8);
        }
        fs::write(&path, bytes)?;
        made += 1;
        found += usize::from(store.read(task, id).is_err());
        fs::write(&path, whole)?;
    }
    place.compare("whole")?;
    if found < made {
        return Err(format!("records: {found} of {made} flips and cuts found").into());
    }
    Ok(format!("records: {found} of {made} flips and cuts found"))
}

/// Flipped bits and cut ends of checkpoints: put away, and the runs as undisturbed.
pub fn checkpoint_flips(place: &mut Place) -> Outcome<String> {
    let (mut made, mut found) = (0, 0);
    while made < 6 * place.scale {
        let words =
            ["run", "crash", "--store", "flipped", "--quiet", "--checkpoint-every", "0", "--jobs", "1"];
        let _ = fs::remove_dir_all(place.folder.join("flipped"));
        let small = place.folder.join("flipped/small");
        let checkpoint = || entries(&small).ok()?.into_iter().find(|name| name.ends_with(".checkpoint"));
        let mut child = place.start(&[&words[..], &["--replicas", "18"]].concat())?;
        while checkpoint().is_none() && child.try_wait()?.is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill()?;
        child.wait()?;
        // On its way from one to the next it may have come to the end.
        let Some(name) = checkpoint() else { continue };
        let mut bytes = fs::read(small.join(&name))?;
        let length = bytes.len();
        if made % 4 == 0 {
            bytes.truncate(place.draws.below(length));
        } else {
            bytes[place.draws.below(length)] ^= 1 << place.draws.below(8);
        }
        fs::write(small.join(&name), &bytes)?;
        made += 1;
        place.expect(&["run", "crash", "--store", "flipped", "--quiet"], 0)?;
        let quarantine = place.folder.join("flipped/quarantine");
        found += usize::from(files(&quarantine).is_ok_and(|kept| kept.values().any(|kept| *kept == bytes)));
        fs::remove_dir_all(quarantine)?;
        place.compare("flipped")?;
    }
    if found < made {
        return Err(format!("checkpoints: {found} of {made} flips and cuts found").into());
    }
    Ok(format!("checkpoints: {found} of {made} flips and cuts found, every record as undisturbed"))
}

/// Mutated configurations: refused or planned, within seconds, and never a panic.
pub fn mutations(place: &mut Place) -> Outcome<String> {
    let files: Vec<PathBuf> = ["studies/crash.yaml", "tasks/small.yaml", "tasks/toy.yaml"]
        .iter()
        .map(|file| place.configs.join(file))
        .collect();
    let words = [
        "1e400",
        "-1",
        "{",
        "[[",
        "99999999999",
        ".nan",
        "''",
        "&a",
        "*a",
        "../x",
        "\u{1b}[31m",
        "0",
        "null",
        "~",
    ];
    let (mut refused, mut planned) = (0, 0);
    for _ in 0..60 * place.scale {
        let file = &files[place.draws.below(files.len())];
        let whole = fs::read_to_string(file)?;
        let mut lines: Vec<String> = whole.lines().map(str::to_owned).collect();
        let line = place.draws.below(lines.len());
        match place.draws.below(4) {
            0 => drop(lines.remove(line)),
            1 => lines.insert(line, lines[place.draws.below(lines.len())].clone()),
            2 => {
                let word = words[place.draws.below(words.len())];
                let value = lines[line].split_once(':').map(|(key, _)| format!("{key}: {word}"));
                lines[line] = value.unwrap_or_else(|| word.into());
            }
            _ => {
                let cut = lines[line].char_indices().map(|(i, _)| i).nth(place.draws.below(20)).unwrap_or(0);
                lines[line].truncate(cut);
            }
        }
        fs::write(file, lines.join("\n"))?;
        let clock = Instant::now();
        let status = place.command(&["plan", "crash", "--store", "mutated"]).status()?;
        let text = fs::read_to_string(file)?;
        fs::write(file, whole)?;
        match status.code() {
            Some(0) => planned += 1,
            Some(2) => refused += 1,
            _ => return Err(format!("plan ended with {status} for {}:\n{text}", file.display()).into()),
        }
        if clock.elapsed() > Duration::from_secs(5) {
            return Err(format!("plan took {:.1} s for:\n{text}", clock.elapsed().as_secs_f64()).into());
        }
    }
    Ok(format!(
        "configurations: {refused} of {} mutations refused, the others planned, none otherwise",
        refused + planned
    ))
}
