//! Claims: which process trains which run of a store.
//!
//! A claim is an empty file `STORE/.claims/TASK/RUN/SESSION`, worth as much as the session lives. Whoever wants a run puts its
//! file there first and looks for those of others then: of two, at least the later looker sees the other, and whoever sees a
//! living other gives way. So there is never more than one who has seen nobody else, on any file system whose folders can be
//! listed. Of two that see each other the one with the smaller name looks again, so that not both go away.

use crate::session::Session;
use crate::{Name, StoreError};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Folder of the claims in a store.
pub(crate) const CLAIMS: &str = ".claims";
/// Looks of the one with the smaller name, and the time between them.
const LOOKS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(2);

/// A run that only this process may train; given back when dropped.
#[derive(Debug)]
pub struct RunClaim {
    folder: PathBuf,
    session: Arc<Session>,
}

impl RunClaim {
    /// Claims a run of the store at `root`; `None` if another living process has it.
    pub(crate) fn take(
        root: &Path,
        session: &Arc<Session>,
        task: &Name,
        id: &Name,
    ) -> Result<Option<Self>, StoreError> {
        let folder = root.join(CLAIMS).join(task).join(id);
        put(&folder, session.name())?;
        let claim = Self { folder, session: Arc::clone(session) };
        for _ in 0..LOOKS {
            let others = claim.others();
            if others.is_empty() {
                return Ok(Some(claim));
            }
            if others.iter().any(|other| other.as_str() < session.name()) {
                break;
            }
            std::thread::sleep(PAUSE);
        }
        Ok(None)
    }

    /// The living others that want the run; what the dead have left is removed.
    fn others(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut living = Vec::new();
        for name in names.filter(|name| name != self.session.name()) {
            if self.session.lives(&name) {
                living.push(name);
            } else {
                let _ = fs::remove_file(self.folder.join(name));
            }
        }
        living
    }
}

/// Removes the claims of dead sessions from the store at `root`, also to runs that nobody will want again.
pub(crate) fn sweep(root: &Path, session: &Session) {
    let all = root.join(CLAIMS);
    for task in inside(&all) {
        for run in inside(&task) {
            for claim in inside(&run) {
                let name = claim.file_name().and_then(|name| name.to_str());
                if name.is_some_and(|name| !session.lives(name)) {
                    let _ = fs::remove_file(&claim);
                }
            }
            // As far as nothing is in them.
            let _ = fs::remove_dir(&run);
        }
        let _ = fs::remove_dir(&task);
    }
    let _ = fs::remove_dir(&all);
}

fn inside(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// Tries against others that remove the folder meanwhile, before it is given up.
const TRIES: u32 = 10_000;

/// Puts the file of a claim into its folder, which another may be removing.
fn put(folder: &Path, name: &str) -> Result<(), StoreError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match fs::create_dir_all(folder).and_then(|()| fs::File::create(folder.join(name))) {
            Ok(_) => return Ok(()),
            // A folder that goes between two looks at it is now one, now none.
            Err(error)
                if tries < TRIES
                    && [ErrorKind::NotFound, ErrorKind::AlreadyExists].contains(&error.kind()) => {}
            Err(error) => return Err(StoreError::io("writing", folder.join(name), error)),
        }
    }
}

impl Drop for RunClaim {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.folder.join(self.session.name()));
        // Gone with the last one that is in them.
        let mut folder = Some(self.folder.as_path());
        for _ in 0..3 {
            match folder {
                Some(path) if fs::remove_dir(path).is_ok() => folder = path.parent(),
                _ => break,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Lease;
    use std::sync::Mutex;

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    /// Killed between storing a run and giving its claim back: nobody will claim that run again.
    #[test]
    fn claims_of_the_dead_are_swept_and_those_of_the_living_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let session = Arc::new(Session::begin(root, Lease::default()).unwrap());
        let mine = RunClaim::take(root, &session, &name("t"), &name("a")).unwrap().unwrap();
        put(&root.join(CLAIMS).join("t").join("b"), "dead").unwrap();
        fs::create_dir_all(root.join(CLAIMS).join("u").join("c")).unwrap();
        sweep(root, &session);
        assert_eq!(inside(&root.join(CLAIMS).join("t")), std::slice::from_ref(&mine.folder));
        assert_eq!(inside(&root.join(CLAIMS)), [root.join(CLAIMS).join("t")]);
        assert!(mine.folder.join(session.name()).is_file());
        drop(mine);
        assert!(!root.join(CLAIMS).exists());
    }

    /// Eight sessions, each a process of its own as far as the store can see, go for forty runs again and again.
    fn nobody_holds_what_another_holds(locks: bool) {
        let folder = tempfile::tempdir().unwrap();
        let lease = Lease { locks, patience: Duration::from_secs(10) };
        let held = Mutex::new(std::collections::BTreeSet::new());
        let done = Mutex::new(std::collections::BTreeMap::<usize, usize>::new());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let session = Arc::new(Session::begin(folder.path(), lease).unwrap());
                    for round in 0..3 {
                        for k in 0..40 {
                            let run = name(&format!("run{k}"));
                            if done.lock().unwrap().get(&k).is_some_and(|n| *n > round) {
                                continue;
                            }
                            let claim = RunClaim::take(folder.path(), &session, &name("task"), &run).unwrap();
                            if claim.is_some() {
                                assert!(held.lock().unwrap().insert(k), "run {k} is held twice");
                                std::thread::sleep(Duration::from_micros(300));
                                *done.lock().unwrap().entry(k).or_default() += 1;
                                held.lock().unwrap().remove(&k);
                            }
                        }
                    }
                });
            }
        });
        assert_eq!(done.lock().unwrap().len(), 40);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "claims and sessions are left");
    }

    #[test]
    fn a_run_has_one_claimant_with_locks() {
        nobody_holds_what_another_holds(true);
    }

    #[test]
    fn a_run_has_one_claimant_with_leases() {
        nobody_holds_what_another_holds(false);
    }

    #[test]
    fn a_claim_dies_with_its_session() {
        let folder = tempfile::tempdir().unwrap();
        let take = |session: &Arc<Session>| {
            RunClaim::take(folder.path(), session, &name("t"), &name("r")).unwrap().is_some()
        };
        let one = Arc::new(Session::begin(folder.path(), Lease::default()).unwrap());
        let claim = RunClaim::take(folder.path(), &one, &name("t"), &name("r")).unwrap().unwrap();
        let two = Arc::new(Session::begin(folder.path(), Lease::default()).unwrap());
        assert!(!take(&two));
        // The folder of the session is gone, the file of the claim is still there: what a kill and a sweep leave.
        std::mem::forget(claim);
        fs::remove_dir_all(one.folder()).unwrap();
        assert!(take(&two));
    }
}
