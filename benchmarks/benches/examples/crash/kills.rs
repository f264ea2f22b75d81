//! Processes killed at random moments.

use crate::place::{Outcome, Place, YOUNG, entries, files};
use std::fs;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub fn kills_of_run(place: &mut Place) -> Outcome<String> {
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
        place.settle(&store)?;
    }
    Ok(format!("run: {kills} kills survived in {rounds} rounds, every record as undisturbed"))
}

pub fn shared_store(place: &mut Place) -> Outcome<String> {
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
        place.settle(&store)?;
    }
    Ok(format!("shared stores: {processes} processes, {kills} killed, all others ended well"))
}

/// Tasks of a job array, each as the script that `submit` writes runs it, killed as a node that is lost kills them, or told to end as
/// `scancel` tells them; what is cut off is started anew. (With a Slurm around them: `make slurm`.)
pub fn kills_of_tasks(place: &mut Place) -> Outcome<String> {
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
                // Told to end before the script listens, a task ends by the signal, as any program does.
                let is_cut_off = is_lost || status.signal() == Some(15);
                let ended = matches!(status.code(), Some(0 | 130)) || (running && is_cut_off);
                if !ended {
                    return Err(format!("a task on {store} ended with {status}").into());
                }
            }
        }
        place.settle(&store)?;
    }
    Ok(format!(
        "submit's tasks: {kills} kills and {told} orders to end survived in {round} rounds, every record as undisturbed"
    ))
}

/// Workers of `run --isolate`: a kill costs a population, and its message is gone when the population has been made up for.
pub fn kills_of_workers(place: &mut Place) -> Outcome<String> {
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
        // Listed by the thread that has started them.
        let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        let lists: Vec<String> = lists.collect();
        let children: Vec<&str> = lists.iter().flat_map(|list| list.split_whitespace()).collect();
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
        place.settle(&store)?;
    }
    some(kills, "workers")?;
    Ok(format!("workers: {kills} kills survived, {told} messages left, every record as undisturbed"))
}

pub fn kills_of_report(place: &mut Place) -> Outcome<String> {
    let most = place.time(&["report", "crash", "--store", "whole", "-o", "pages"])?;
    let mut kills = 0;
    for _ in 0..8 * place.scale {
        kills += usize::from(place.kill(&["report", "crash", "--store", "whole", "-o", "again"], most)?);
    }
    some(kills, "report")?;
    std::thread::sleep(YOUNG);
    place.expect(&["report", "crash", "--store", "whole", "-o", "again"], 0)?;
    let (pages, again) = (files(&place.folder.join("pages"))?, files(&place.folder.join("again"))?);
    match again.iter().find(|(path, bytes)| pages.get(*path) != Some(bytes)) {
        Some((path, _)) => Err(format!("report: {} differs or is left", path.display()).into()),
        None if again.len() != pages.len() => Err("report: files are missing".into()),
        None => Ok(format!("report: {kills} kills survived, {} files as undisturbed", pages.len())),
    }
}

pub fn kills_of_tune(place: &mut Place) -> Outcome<String> {
    let words = |store: &'static str| ["tune", "searched", "--store", store, "--quiet"];
    let tuned = place.configs.join("tuned");
    let most = place.time(&words("tuned-whole"))?;
    let whole = files(&tuned)?;
    fs::remove_dir_all(&tuned)?;
    let mut kills = 0;
    for _ in 0..5 * place.scale {
        if place.kill(&words("tuned-killed"), most)? {
            kills += 1;
        } else {
            // Of a search that has ended there is nothing left to kill: the next one begins anew.
            for folder in [&place.folder.join("tuned-killed"), &tuned] {
                if folder.exists() {
                    fs::remove_dir_all(folder)?;
                }
            }
        }
    }
    some(kills, "tune")?;
    place.expect(&words("tuned-killed"), 0)?;
    if files(&tuned)? != whole {
        return Err("tune: what was found is not as undisturbed".into());
    }
    Ok(format!("tune: {kills} kills survived, the same values found"))
}

/// A campaign in which nothing was killed has shown nothing.
fn some(kills: usize, what: &str) -> Outcome<()> {
    match kills {
        0 => {
            Err(format!("{what}: everything ended before it was killed; nothing has been tried, call again")
                .into())
        }
        _ => Ok(()),
    }
}
