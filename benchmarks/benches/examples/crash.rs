//! Kills, damages and misspells what it can, and prints how much of that came to light: `make crash`.
//!
//! Every campaign ends with a command that runs undisturbed, and what it leaves must be what a store leaves that nobody touched.
//! Exit code 1 if anything did not hold. The seed of all draws is printed; the moments of the kills are those of the machine.

use records::{Name, Store};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn Error>>;

const STUDY: &str = "
title: Crash
question: Does it survive?
master_seed: 1
tasks:
  - task: small
    epochs: 40
    repetitions: 6
    entries:
      - {optimizer: sgd, hyper: {learning_rate: 0.05}}
      - {optimizer: adam}
      - {optimizer: sgd, key: wild, title: Wild, hyper: {learning_rate: 1.0e+30}}
  - task: toy
    repetitions: 1
    entries:
      - {optimizer: inna, hyper: {learning_rate: 1.0e-4}}
";

/// Draws, xorshift64*.
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n.max(1)
    }
}

/// Where things are, and how much is to be tried.
struct Place {
    binary: PathBuf,
    configs: PathBuf,
    folder: PathBuf,
    draws: Draws,
    scale: usize,
}

fn main() -> Outcome<()> {
    let short = std::env::args().any(|word| word == "--short");
    let example = std::env::current_exe()?;
    let release = example.parent().and_then(Path::parent).ok_or("no folder of the build")?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir()?;
    let configs = folder.path().join("configs");
    copy(&root.join("benchmarks/inna-bench/tests/configs"), &configs)?;
    fs::write(configs.join("studies/crash.yaml"), STUDY)?;
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.subsec_nanos();
    let mut out = std::io::stdout().lock();
    writeln!(out, "seed {seed}")?;
    let mut place = Place {
        binary: release.join("inna-bench"),
        configs,
        folder: folder.path().to_owned(),
        draws: Draws(u64::from(seed) | 1 << 40),
        scale: if short { 1 } else { 6 },
    };
    place.expect(&["run", "crash", "--store", "whole", "--quiet"], 0)?;
    let mut failures = 0;
    for campaign in [
        kills_of_run,
        shared_store,
        kills_of_tasks,
        kills_of_workers,
        kills_of_report,
        kills_of_tune,
        flips,
        checkpoint_flips,
        mutations,
    ] {
        let line = campaign(&mut place);
        match line {
            Ok(line) => writeln!(out, "ok      {line}")?,
            Err(error) => {
                failures += 1;
                writeln!(out, "FAILED  {error}")?;
            }
        }
    }
    if failures > 0 { Err(format!("{failures} campaigns failed").into()) } else { Ok(()) }
}

impl Place {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(&self.folder).args(words).arg("--configs").arg(&self.configs);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn start(&self, words: &[&str]) -> Outcome<Child> {
        Ok(self.command(words).spawn()?)
    }

    fn expect(&self, words: &[&str], code: i32) -> Outcome<()> {
        let status = self.command(words).status()?;
        if status.code() == Some(code) {
            return Ok(());
        }
        Err(format!("inna-bench {} ended with {status}, expected {code}", words.join(" ")).into())
    }

    /// Milliseconds that a command takes, undisturbed.
    fn time(&self, words: &[&str]) -> Outcome<usize> {
        let clock = Instant::now();
        self.expect(words, 0)?;
        Ok(usize::try_from(clock.elapsed().as_millis())?.max(2))
    }

    /// Kills a command after up to `most` milliseconds; false if it had ended by itself.
    fn kill(&mut self, words: &[&str], most: usize) -> Outcome<bool> {
        let mut child = self.start(words)?;
        std::thread::sleep(Duration::from_millis(self.draws.below(most) as u64));
        let was_running = child.try_wait()?.is_none();
        child.kill()?;
        child.wait()?;
        Ok(was_running)
    }

    /// What a store holds, times left out.
    fn content(&self, store: &str) -> Outcome<BTreeMap<String, String>> {
        let store = Store::open(self.folder.join(store));
        let mut content = BTreeMap::new();
        for (task, id) in store.list() {
            let record = store.read(&task, &id)?.ok_or("a record is gone")?;
            let curve = record.curve.to_csv();
            let masked: Vec<String> = curve
                .lines()
                .map(|line| {
                    let cells: Vec<&str> = line.split(',').collect();
                    let is_time = |i: usize| i == 2 && cells.len() == 10;
                    cells
                        .iter()
                        .enumerate()
                        .filter(|(i, _)| !is_time(*i))
                        .map(|(_, cell)| format!("{cell},"))
                        .collect()
                })
                .collect();
            let text = format!("{:?} {} {}", record.outcome, record.fingerprint, masked.join("\n"));
            content.insert(format!("{task}/{id}"), text);
        }
        Ok(content)
    }

    /// Whether the store holds what the undisturbed one does, and nothing else.
    fn compare(&self, store: &str) -> Outcome<()> {
        let (whole, there) = (self.content("whole")?, self.content(store)?);
        let differs = whole.iter().filter(|(run, text)| there.get(*run) != Some(text)).count();
        if differs > 0 || there.len() != whole.len() {
            return Err(format!(
                "{store}: {} runs, {differs} of {} not as undisturbed",
                there.len(),
                whole.len()
            )
            .into());
        }
        let mut left = entries(&self.folder.join(store))?;
        left.retain(|name| !["small", "toy"].contains(&name.as_str()));
        left.extend(
            entries(&self.folder.join(store).join("small"))?.into_iter().filter(|name| name.starts_with('.')),
        );
        match left.first() {
            Some(name) => Err(format!("{store}: {name} is left").into()),
            None => Ok(()),
        }
    }
}

fn kills_of_run(place: &mut Place) -> Outcome<String> {
    let (mut kills, mut rounds) = (0, 0);
    while kills < 15 * place.scale {
        rounds += 1;
        let store = format!("killed-{rounds}");
        // Where a machine is so busy that a run hardly begins before it is killed, it does not end either.
        for _ in 0..20 {
            let replicas = (1 + place.draws.below(3)).to_string();
            let words = [
                "run",
                "crash",
                "--store",
                &store,
                "--quiet",
                "--checkpoint-every",
                "0",
                "--replicas",
                &replicas,
            ];
            if !place.kill(&words, 400)? {
                break;
            }
            kills += 1;
        }
        place.expect(&["run", "crash", "--store", &store, "--quiet"], 0)?;
        place.compare(&store)?;
    }
    Ok(format!("run: {kills} kills survived in {rounds} rounds, every record as undisturbed"))
}

fn shared_store(place: &mut Place) -> Outcome<String> {
    let (mut kills, mut processes) = (0, 0);
    for round in 0..2 * place.scale {
        let store = format!("shared-{round}");
        let words = ["run", "crash", "--store", &store, "--quiet", "--jobs", "1", "--checkpoint-every", "0"];
        let n = [2, 3, 8][round % 3];
        let mut children = (0..n).map(|_| place.start(&words)).collect::<Outcome<Vec<Child>>>()?;
        for child in children.iter_mut().take(n / 2) {
            std::thread::sleep(Duration::from_millis(place.draws.below(200) as u64));
            if child.try_wait()?.is_none() {
                kills += 1;
            }
            child.kill()?;
            child.wait()?;
        }
        for child in children.iter_mut().skip(n / 2) {
            let status = child.wait()?;
            if !status.success() {
                return Err(format!("one of {n} processes on {store} ended with {status}").into());
            }
        }
        processes += n;
        // Checkpoints of the killed that nobody went on from are left to the next that begins.
        place.expect(&["run", "crash", "--store", &store, "--quiet"], 0)?;
        place.compare(&store)?;
    }
    Ok(format!("shared stores: {processes} processes, {kills} killed, all others ended well"))
}

/// Tasks of a job array, each as the script that `submit` writes runs it, killed as a node that is lost kills them, or told to end as
/// `scancel` tells them; what is cut off is started anew. (With a Slurm around them: `make slurm`.)
fn kills_of_tasks(place: &mut Place) -> Outcome<String> {
    let (mut kills, mut told, mut round) = (0, 0, 0);
    while kills + told < 10 * place.scale {
        round += 1;
        let store = format!("tasks-{round}");
        let words =
            ["submit", "crash", "--executor", "slurm", "--dry-run", "--store", &store, "--replicas", "2"];
        let script =
            place.command(&words).args(["--checkpoint-every", "0"]).stdout(Stdio::piped()).output()?;
        if !script.status.success() {
            return Err(format!("submit --dry-run ended with {}", script.status).into());
        }
        let script = String::from_utf8(script.stdout)?;
        for start in 0..5 {
            let task = |index: usize| -> Outcome<Child> {
                let mut task = Command::new("bash");
                task.args(["-c", &script]).env("SLURM_ARRAY_TASK_ID", index.to_string());
                task.env("SLURM_RESTART_COUNT", start.to_string());
                // What belongs to a task ends with it.
                task.current_dir(&place.folder).process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
                Ok(task.spawn()?)
            };
            let tasks = (0..3).map(task).collect::<Outcome<Vec<Child>>>()?;
            for mut task in tasks {
                std::thread::sleep(Duration::from_millis(place.draws.below(200) as u64));
                let is_lost = place.draws.below(2) == 0;
                let running = task.try_wait()?.is_none();
                if running {
                    let (signal, whom) = if is_lost {
                        ("-KILL", format!("-{}", task.id()))
                    } else {
                        ("-TERM", task.id().to_string())
                    };
                    Command::new("kill").args([signal, "--", &whom]).stderr(Stdio::null()).status()?;
                    *(if is_lost { &mut kills } else { &mut told }) += 1;
                }
                let status = task.wait()?;
                let ended = matches!(status.code(), Some(0 | 130)) || (running && is_lost);
                if !ended {
                    return Err(format!("a task on {store} ended with {status}").into());
                }
            }
        }
        place.expect(&["run", "crash", "--store", &store, "--quiet"], 0)?;
        place.compare(&store)?;
    }
    Ok(format!(
        "submit's tasks: {kills} kills and {told} orders to end survived in {round} rounds, every record as undisturbed"
    ))
}

/// Workers of `run --isolate`: a kill costs a population, and its message is gone when the population has been made up for.
fn kills_of_workers(place: &mut Place) -> Outcome<String> {
    if !Path::new("/proc/self/task").is_dir() {
        return Ok("workers: not tried, for want of /proc to find them in".into());
    }
    let (mut kills, mut round, mut told) = (0, 0, 0);
    while kills < 6 * place.scale && round < 30 * place.scale {
        round += 1;
        let store = format!("isolated-{round}");
        let words =
            ["run", "crash", "--isolate", "--store", &store, "--quiet", "--jobs", "2", "--replicas", "3"];
        let mut parent = place.start(&words)?;
        std::thread::sleep(Duration::from_millis(place.draws.below(600) as u64));
        let pid = parent.id();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let children: Vec<&str> = children.split_whitespace().collect();
        if !children.is_empty() {
            let worker = children[place.draws.below(children.len())];
            kills += usize::from(
                Command::new("kill").args(["-KILL", worker]).stderr(Stdio::null()).status()?.success(),
            );
        }
        let status = parent.wait()?;
        if !matches!(status.code(), Some(0 | 1)) {
            return Err(format!("run --isolate on {store} ended with {status}").into());
        }
        told += entries(&place.folder.join(&store).join("failures")).map_or(0, |files| files.len());
        place.expect(&["run", "crash", "--store", &store, "--quiet"], 0)?;
        place.compare(&store)?;
    }
    Ok(format!("workers: {kills} kills survived, {told} messages left, every record as undisturbed"))
}

fn kills_of_report(place: &mut Place) -> Outcome<String> {
    let most = place.time(&["report", "crash", "--store", "whole", "-o", "pages"])?;
    let mut kills = 0;
    for _ in 0..8 * place.scale {
        kills += usize::from(place.kill(&["report", "crash", "--store", "whole", "-o", "again"], most)?);
    }
    // A draft is taken for one that is being written for a few seconds.
    std::thread::sleep(Duration::from_secs(6));
    place.expect(&["report", "crash", "--store", "whole", "-o", "again"], 0)?;
    let (pages, again) = (files(&place.folder.join("pages"))?, files(&place.folder.join("again"))?);
    match again.iter().find(|(path, bytes)| pages.get(*path) != Some(bytes)) {
        Some((path, _)) => Err(format!("report: {} differs or is left", path.display()).into()),
        None if again.len() != pages.len() => Err("report: files are missing".into()),
        None => Ok(format!("report: {kills} kills survived, {} files as undisturbed", pages.len())),
    }
}

fn kills_of_tune(place: &mut Place) -> Outcome<String> {
    let words = |store: &'static str| ["tune", "searched", "--store", store, "--quiet"];
    let tuned = place.configs.join("tuned");
    let most = place.time(&words("tuned-whole"))?;
    let whole = files(&tuned)?;
    fs::remove_dir_all(&tuned)?;
    let mut kills = 0;
    for _ in 0..5 * place.scale {
        kills += usize::from(place.kill(&words("tuned-killed"), most)?);
    }
    place.expect(&words("tuned-killed"), 0)?;
    if files(&tuned)? != whole {
        return Err("tune: what was found is not as undisturbed".into());
    }
    Ok(format!("tune: {kills} kills survived, the same values found"))
}

/// Flipped bits and cut ends of records.
fn flips(place: &mut Place) -> Outcome<String> {
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
fn checkpoint_flips(place: &mut Place) -> Outcome<String> {
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
fn mutations(place: &mut Place) -> Outcome<String> {
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

/// Names in a folder, sorted.
fn entries(folder: &Path) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> Outcome<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for name in entries(folder)? {
        let path = folder.join(&name);
        if path.is_dir() {
            found.extend(
                files(&path)?.into_iter().map(|(inside, bytes)| (Path::new(&name).join(inside), bytes)),
            );
        } else {
            found.insert(PathBuf::from(name), fs::read(path)?);
        }
    }
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> Outcome<()> {
    for (path, bytes) in files(from)? {
        let path = to.join(path);
        fs::create_dir_all(path.parent().unwrap_or(to))?;
        fs::write(path, bytes)?;
    }
    Ok(())
}
