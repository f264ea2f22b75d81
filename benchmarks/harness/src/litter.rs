//! What lies in a store and is no result: how large it is, and its removal.
//!
//! Nothing here follows a link: a link is a file of its own, and what it leads to is somebody else's.

use crate::checkpoint::{EXTENSION, Unusable, runs_of};
use records::{Aside, Name, Store, StoreError};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between two looks at whether other processes live.
const LOOK: Duration = Duration::from_millis(100);

/// A kind of things in a store that are no results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Litter {
    /// What populations go on from that were stopped.
    Checkpoints,
    /// Records of other code, whose runs were made again.
    Superseded,
    /// What was found damaged.
    Quarantine,
    /// Records of other stores that say otherwise than those that are used.
    Conflicts,
    /// Messages of trainings that ended badly.
    Failures,
    /// What was submitted to a cluster, and the logs of its jobs.
    Logs,
}

/// Things of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pile {
    /// Number of files, links among them.
    pub files: u64,
    /// Their sizes in bytes; of a link its own.
    pub bytes: u64,
}

/// Something that was not removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What.
    pub path: PathBuf,
    /// Why not.
    pub reason: String,
}

impl Litter {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Checkpoints, Self::Superseded, Self::Quarantine, Self::Conflicts, Self::Failures, Self::Logs];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Checkpoints => "checkpoints",
            Self::Superseded => "superseded",
            Self::Quarantine => "quarantine",
            Self::Conflicts => "conflicts",
            Self::Failures => "failures",
            Self::Logs => "logs",
        }
    }

    /// What it is, in a line.
    pub fn description(self) -> &'static str {
        match self {
            Self::Checkpoints => "what stopped trainings go on from",
            Self::Superseded => "records of other code, made again",
            Self::Quarantine => "what was found damaged",
            Self::Conflicts => "records of other stores that say otherwise",
            Self::Failures => "messages of trainings that ended badly",
            Self::Logs => "scripts and logs of jobs on a cluster",
        }
    }

    /// The folder in a store that holds nothing else; checkpoints lie beside records.
    fn folder(self) -> Option<&'static str> {
        match self {
            Self::Checkpoints => None,
            Self::Superseded => Some(Aside::Superseded.folder()),
            Self::Quarantine => Some(Aside::Damaged.folder()),
            Self::Conflicts => Some(Aside::Conflicting.folder()),
            Self::Failures => Some("failures"),
            Self::Logs => Some("slurm"),
        }
    }

    /// What there is of it in a store.
    ///
    /// # Errors
    /// If a folder cannot be listed.
    pub fn pile(self, store: &Store) -> Result<Pile, StoreError> {
        let mut pile = Pile::default();
        match self.folder() {
            Some(folder) => pile.add(&store.root().join(folder))?,
            None => checkpoints(store)?.iter().try_for_each(|(_, path)| pile.add(path))?,
        }
        Ok(pile)
    }

    /// Removes it, but for what a living process may need; gives what is gone and what is not.
    ///
    /// # Errors
    /// If something cannot be removed.
    pub fn remove(self, store: &Store) -> Result<(Pile, Vec<Held>), StoreError> {
        let (mut gone, mut held) = (Pile::default(), Vec::new());
        let Some(name) = self.folder() else {
            for (task, path) in checkpoints(store)? {
                remove_checkpoint(store, &task, &path, &mut gone, &mut held)?;
            }
            return Ok((gone, held));
        };
        let folder = store.root().join(name);
        let keep = |reason: &str| Held { path: folder.clone(), reason: reason.into() };
        let is_shared = store.is_shared()?;
        // No task can have that name, but a store may come from anywhere.
        if store.list().iter().any(|(task, _)| *task == *name) {
            held.push(keep("it holds records"));
        } else if self == Self::Logs && is_shared && folder.exists() {
            held.push(keep("another process works on this store, which may be a job that writes there"));
        } else if is_folder(&folder)? && is_shared {
            // The folder itself stays for what the other may be putting there.
            for path in entries(&folder)? {
                gone.remove(&path)?;
            }
        } else {
            gone.remove(&folder)?;
        }
        Ok((gone, held))
    }
}

/// Whether it will take a while to know of some process on the store if it lives: [`know_the_living`] waits for that.
///
/// # Errors
/// If the store cannot be written.
pub fn is_in_doubt(store: &Store) -> Result<bool, StoreError> {
    Ok(store.is_shared()? && store.is_in_doubt()?)
}

/// Waits until it is known of every process on the store whether it lives. What a dead one had claimed is free then.
///
/// # Errors
/// If the store cannot be written.
pub fn know_the_living(store: &Store) -> Result<(), StoreError> {
    while is_in_doubt(store)? {
        std::thread::sleep(LOOK);
    }
    store.sweep()
}

/// The checkpoints in a store, with their tasks.
fn checkpoints(store: &Store) -> Result<Vec<(Name, PathBuf)>, StoreError> {
    let mut found = Vec::new();
    for folder in entries(store.root())? {
        let name = folder.file_name().and_then(|name| name.to_str()).and_then(|name| Name::new(name).ok());
        let Some(task) = name.filter(|name| !name.starts_with('.')) else { continue };
        let is_own = Litter::ALL.iter().any(|litter| litter.folder() == Some(task.as_str()));
        if is_own || !is_folder(&folder)? {
            continue;
        }
        for path in entries(&folder)? {
            if path.extension().is_some_and(|e| e == EXTENSION) && !is_folder(&path)? {
                found.push((task.clone(), path));
            }
        }
    }
    Ok(found)
}

/// Removes a checkpoint if none of its runs is claimed. The claims are held until it is gone, so that nobody goes on from it
/// meanwhile.
fn remove_checkpoint(
    store: &Store,
    task: &Name,
    path: &Path,
    gone: &mut Pile,
    held: &mut Vec<Held>,
) -> Result<(), StoreError> {
    let mut claims = Vec::new();
    let reason = match runs_of(path) {
        Ok(None) => return Ok(()),
        Ok(Some(runs)) => {
            let mut taken = None;
            for run in runs {
                match store.claim(task, &run)? {
                    Some(claim) => claims.push(claim),
                    None => {
                        taken = Some(format!("another process trains {task}/{run}, which it holds"));
                        break;
                    }
                }
            }
            taken
        }
        Err(Unusable::Unreadable(error)) => Some(error.to_string()),
        Err(Unusable::Damaged(damaged)) => store.is_shared()?.then(|| {
            format!(
                "whose it is cannot be told ({}), and another process works on this store",
                damaged.reason
            )
        }),
    };
    match reason {
        Some(reason) => held.push(Held { path: path.into(), reason }),
        None => gone.remove(path)?,
    }
    drop(claims);
    Ok(())
}

impl Pile {
    /// Counts what lies at `path`, and below.
    fn add(&mut self, path: &Path) -> Result<(), StoreError> {
        let Some(found) = look(path)? else { return Ok(()) };
        if found.is_dir() {
            return entries(path)?.iter().try_for_each(|path| self.add(path));
        }
        self.files += 1;
        self.bytes += found.len();
        Ok(())
    }

    /// Removes what lies at `path`, and counts it.
    fn remove(&mut self, path: &Path) -> Result<(), StoreError> {
        let Some(found) = look(path)? else { return Ok(()) };
        self.add(path)?;
        let removed = if found.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        match removed {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            other => other.map_err(|e| failed("removing", path, e)),
        }
    }
}

/// What lies at a path, a link for itself; `None` if nothing does.
fn look(path: &Path) -> Result<Option<fs::Metadata>, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("looking at", path, error)),
    }
}

/// Whether a folder lies there, and no link to one.
fn is_folder(path: &Path) -> Result<bool, StoreError> {
    Ok(look(path)?.is_some_and(|found| found.is_dir()))
}

/// What a folder holds, sorted; nothing if it is gone.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect()),
    };
    let mut listed: Vec<PathBuf> = listed.map_err(|e| failed("listing", folder, e))?;
    listed.sort();
    Ok(listed)
}

fn failed(action: &'static str, path: &Path, source: std::io::Error) -> StoreError {
    StoreError::Io { action, path: path.into(), source, option: "--store" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(root: &Path, files: &[(&str, &str)]) {
        for (file, content) in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }

    fn all(root: &Path) -> Vec<(u64, u64)> {
        let store = Store::open(root);
        let piles = Litter::ALL.map(|litter| litter.pile(&store).unwrap());
        piles.map(|pile| (pile.files, pile.bytes)).into()
    }

    #[test]
    fn every_kind_is_counted_and_removed_for_itself() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        put(
            root,
            &[
                ("t/.a.checkpoint", "1234"),
                ("t/.b.part", "a draft"),
                ("t/r/run.json", "{}"),
                ("u/.c.checkpoint", "12"),
                ("superseded/t.r.1/run.json", "123"),
                ("superseded/t.r.1.reason.txt", "12"),
                ("quarantine/t..x.checkpoint.2", "12345"),
                ("conflicts/t.r.3/epochs.csv", "1"),
                ("failures/t.r.txt", "123456"),
                ("slurm/quick-1/script.sh", "1234567"),
                ("notes.txt", "mine"),
            ],
        );
        let mut left = vec![(2, 6), (2, 5), (1, 5), (1, 1), (1, 6), (1, 7)];
        assert_eq!(all(root), left);
        let store = Store::open(root);
        for (k, litter) in Litter::ALL.into_iter().enumerate() {
            let (gone, held) = litter.remove(&store).unwrap();
            assert_eq!(((gone.files, gone.bytes), held), (left[k], Vec::new()), "{}", litter.name());
            left[k] = (0, 0);
            assert_eq!(all(root), left);
        }
        drop(store);
        let entries = |path: &Path| -> Vec<String> {
            let names = entries(path).unwrap().into_iter();
            names.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(entries(root), ["notes.txt", "t", "u"]);
        assert_eq!(entries(&root.join("t")), [".b.part", "r"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_go_and_what_they_lead_to_stays() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (root, other) = (folder.path().join("store"), folder.path().join("other"));
        put(&other, &[("a", "precious"), ("u/.x.checkpoint", "precious"), ("big", "precious")]);
        put(&root, &[("quarantine/t.r.1/run.json", "{}"), ("t/r/run.json", "{}")]);
        symlink(&other, root.join("quarantine/t.r.1/link")).unwrap();
        symlink(other.join("a"), root.join("quarantine/file")).unwrap();
        symlink(&other, root.join("conflicts")).unwrap();
        symlink(other.join("u"), root.join("u")).unwrap();
        symlink(other.join("big"), root.join("t/.y.checkpoint")).unwrap();
        let store = Store::open(&root);
        assert_eq!(Litter::Quarantine.pile(&store).unwrap().files, 3);
        let gone = Litter::ALL.map(|litter| litter.remove(&store).unwrap().0.files);
        assert_eq!(gone, [1, 0, 3, 1, 0, 0]);
        for file in ["a", "u/.x.checkpoint", "big"] {
            assert_eq!(fs::read_to_string(other.join(file)).unwrap(), "precious");
        }
        assert!(root.join("u").is_symlink() && !root.join("conflicts").is_symlink());
        assert!(root.join("t/r/run.json").is_file());
    }

    #[test]
    fn records_stay_wherever_they_are() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), &[("failures/r/run.json", "{}"), ("slurm/r/run.json", "{}")]);
        let store = Store::open(folder.path());
        for litter in [Litter::Failures, Litter::Logs] {
            let (gone, held) = litter.remove(&store).unwrap();
            assert_eq!((gone, held[0].reason.as_str()), (Pile::default(), "it holds records"));
        }
        assert!(folder.path().join("failures/r/run.json").is_file());
        assert!(folder.path().join("slurm/r/run.json").is_file());
    }

    #[test]
    fn what_another_process_may_need_stays() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        put(root, &[("t/.a.checkpoint", "damaged"), ("slurm/q-1/1_0.out", "log"), ("quarantine/x", "1")]);
        let other = Store::open(root);
        other.is_shared().unwrap();
        let store = Store::open(root);
        let kept: Vec<usize> = Litter::ALL.iter().map(|l| l.remove(&store).unwrap().1.len()).collect();
        assert_eq!(kept, [1, 0, 0, 0, 0, 1]);
        assert!(root.join("t/.a.checkpoint").is_file() && root.join("slurm/q-1/1_0.out").is_file());
        assert!(root.join("quarantine").is_dir(), "for what the other may put there");
        assert!(!root.join("quarantine/x").exists());
        drop(other);
        let gone: u64 = Litter::ALL.iter().map(|l| l.remove(&store).unwrap().0.files).sum();
        assert_eq!(gone, 2);
    }
}
