//! A process at work on a store, and how others see whether it lives.
//!
//! Every process that writes to a store has a folder of its own, `STORE/.sessions/NAME/`, where it drafts what it writes. The
//! file `alive` in it is proof of life, twice over: the process holds a lock on it, which dies with the process, and it counts
//! a beat in it. On the machine that made it, the lock decides, at once. From another machine, or where the file system has no
//! locks, the beat decides: one that has not changed for the time that the session itself has declared belongs to a dead
//! process. No clocks are compared.

use crate::StoreError;
use crate::draft::{is_left, is_old, unique};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Folder of the sessions in a store.
pub(crate) const SESSIONS: &str = ".sessions";
/// The proof of life in a session's folder.
const ALIVE: &str = "alive";

/// How a process proves that it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Whether a file lock is tried for. Without one only the beat counts.
    pub locks: bool,
    /// A beat that has not changed for so long is that of a dead process. It is counted six times in this.
    pub patience: Duration,
}

impl Default for Lease {
    /// Locks, and a minute: longer than the attribute caches of network file systems.
    fn default() -> Self {
        Self { locks: true, patience: Duration::from_secs(60) }
    }
}

/// First line of the proof of life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Proof {
    machine: String,
    process: u32,
    locked: bool,
    patience_ms: u64,
}

/// What is known of a session by its beat.
#[derive(Debug)]
struct Seen {
    beat: u64,
    since: Instant,
    patience: Duration,
    /// Whether the beat has changed under our eyes.
    has_beaten: bool,
}

/// This process's presence in a store; its folder is gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Session {
    root: PathBuf,
    name: String,
    is_locked: bool,
    /// Others whose beat decides, as they were last seen.
    seen: Mutex<BTreeMap<String, Seen>>,
    end: Option<Sender<()>>,
    heart: Option<JoinHandle<()>>,
}

impl Session {
    /// Begins a session in the store at `root`, which is made if need be.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub fn begin(root: &Path, lease: Lease) -> Result<Self, StoreError> {
        let name = unique();
        fs::create_dir_all(root).map_err(|e| StoreError::io("making", root, e))?;
        // Another session may be removing the folder of all, as the last that was in it, or take a draft for a dead one's.
        let mut tries = 0;
        let (mut file, is_locked, start) = loop {
            tries += 1;
            match introduce(&root.join(SESSIONS), &name, lease) {
                Err((_, _, error))
                    if tries <= 10_000
                        && [ErrorKind::NotFound, ErrorKind::AlreadyExists].contains(&error.kind()) => {}
                Err((action, path, error)) => return Err(StoreError::io(action, &path, error)),
                Ok(introduced) => break introduced,
            }
        };

        let (end, ended) = channel();
        let heart = std::thread::spawn(move || {
            let mut beat = 0_u64;
            // The channel closes when the session ends.
            while ended.recv_timeout(lease.patience / 6) == Err(RecvTimeoutError::Timeout) {
                beat += 1;
                // A disk that is full for a while must not stop a training; the lock still holds.
                let _ = file.seek(SeekFrom::Start(start)).and_then(|_| write!(file, "{beat:020}"));
            }
        });
        let seen = Mutex::new(BTreeMap::new());
        Ok(Self { root: root.to_owned(), name, is_locked, seen, end: Some(end), heart: Some(heart) })
    }

    /// Its name: no other session has it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its folder.
    pub fn folder(&self) -> PathBuf {
        self.root.join(SESSIONS).join(&self.name)
    }

    /// Whether its proof of life is still there: others remove that of a process that seemed dead to them.
    pub fn is_there(&self) -> bool {
        self.folder().join(ALIVE).is_file()
    }

    /// Whether it holds a file lock.
    pub fn is_locked(&self) -> bool {
        self.is_locked
    }

    /// Whether the session `name` lives, as far as can be told: one that is in doubt does.
    pub fn lives(&self, name: &str) -> bool {
        if name == self.name {
            return true;
        }
        let path = self.root.join(SESSIONS).join(name).join(ALIVE);
        // Bytes, not text: what is damaged proves nothing, and its beat does not change.
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => return error.kind() != ErrorKind::NotFound,
        };
        let mut lines = text.lines();
        let proof: Option<Proof> = lines.next().and_then(|line| serde_json::from_str(line).ok());
        let beat: u64 = lines.next().and_then(|line| line.parse().ok()).unwrap_or(0);
        let patience = proof
            .as_ref()
            .map_or(Lease::default().patience, |proof| Duration::from_millis(proof.patience_ms));
        if let Some(proof) = &proof
            && proof.locked
            && proof.machine == machine()
        {
            // Shared, so that two that look at the same time do not take each other's lock for its own.
            match File::open(&path).map(|file| file.try_lock_shared()) {
                Ok(Ok(())) => return false,
                Ok(Err(TryLockError::WouldBlock)) => return true,
                _ => {}
            }
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.get_mut(name) {
            Some(known) if known.beat == beat => known.since.elapsed() <= known.patience,
            Some(known) => {
                *known = Seen { beat, since: Instant::now(), patience, has_beaten: true };
                true
            }
            None => {
                let first = Seen { beat, since: Instant::now(), patience, has_beaten: false };
                seen.insert(name.to_owned(), first);
                true
            }
        }
    }

    /// Whether a session counts as living only because it has not been watched for long enough.
    pub fn is_in_doubt(&self) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.values().any(|known| !known.has_beaten && known.since.elapsed() <= known.patience)
    }

    /// Whether another session lives in the store, as far as can be told: one that is in doubt does.
    pub fn has_company(&self) -> bool {
        let entries = fs::read_dir(self.root.join(SESSIONS)).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        // What has not got its name yet claims nothing. All are looked at: those in doubt are watched from now on.
        let others = names.filter(|name| *name != self.name && !name.starts_with('.'));
        others.filter(|name| self.lives(name)).count() > 0
    }

    /// Removes what dead sessions have left in the store; gives their number.
    pub fn sweep(&self) -> usize {
        let all = self.root.join(SESSIONS);
        let entries = fs::read_dir(&all).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let is_removed = |name: &String| {
            let folder = all.join(name);
            if !name.starts_with('.') {
                return !self.lives(name) && fs::remove_dir_all(folder).is_ok();
            }
            // What has not got its name yet is being begun, or was stopped while it was. One that is empty is removed only while it
            // is: whoever was about to write into it begins again.
            let proof = folder.join(ALIVE);
            if proof.exists() {
                is_left(&proof) && fs::remove_dir_all(folder).is_ok()
            } else {
                is_old(&folder) && fs::remove_dir(folder).is_ok()
            }
        };
        names.filter(is_removed).count()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(heart) = self.heart.take() {
            let _ = heart.join();
        }
        let _ = fs::remove_dir_all(self.folder());
        // Gone with the last session.
        let _ = fs::remove_dir(self.root.join(SESSIONS));
    }
}

/// Makes the folder of the session `name`, with its proof of life in it, locked where that is possible: under another name first, so
/// that whoever sees a session sees its proof. Gives the open file, whether it is locked and where its beat stands, or what could not
/// be done.
fn introduce(
    all: &Path,
    name: &str,
    lease: Lease,
) -> Result<(File, bool, u64), (&'static str, PathBuf, std::io::Error)> {
    let draft = all.join(format!(".{name}"));
    let path = draft.join(ALIVE);
    fs::create_dir_all(&draft).map_err(|e| ("making", draft.clone(), e))?;
    let writing = |e| ("writing", path.clone(), e);
    let mut file = File::create(&path).map_err(writing)?;
    let is_locked = lease.locks && file.try_lock().is_ok();
    let proof = Proof {
        machine: machine(),
        process: std::process::id(),
        locked: is_locked,
        patience_ms: u64::try_from(lease.patience.as_millis()).unwrap_or(u64::MAX),
    };
    let line = serde_json::to_string(&proof).map_err(|e| writing(e.into()))?;
    write!(file, "{line}\n{:020}\n", 0).map_err(writing)?;
    let folder = all.join(name);
    fs::rename(&draft, &folder).map_err(|e| ("naming", folder.clone(), e))?;
    Ok((file, is_locked, line.len() as u64 + 1))
}

/// What tells machines apart: processes that see the same locks see the same.
fn machine() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    boot.map(|id| id.trim().to_owned()).unwrap_or_else(|_| {
        std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(root: &Path, locks: bool) -> Session {
        Session::begin(root, Lease { locks, patience: Duration::from_millis(300) }).unwrap()
    }

    /// Stops the heart and closes the file, as the end of a process does, and leaves the folder.
    fn kill(mut session: Session) -> String {
        drop(session.end.take());
        session.heart.take().unwrap().join().unwrap();
        let name = session.name.clone();
        std::mem::forget(session);
        name
    }

    #[test]
    fn a_lock_tells_at_once_who_is_dead() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (begin(folder.path(), true), begin(folder.path(), true));
        assert!(one.is_locked() && one.lives(two.name()) && two.lives(one.name()));
        fs::write(two.folder().join("draft"), "half").unwrap();
        let dead = kill(two);
        assert!(!one.lives(&dead));
        assert_eq!(one.sweep(), 1);
        assert!(!folder.path().join(SESSIONS).join(dead).exists());
    }

    #[test]
    fn without_locks_a_beat_that_stops_tells_after_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (begin(folder.path(), false), begin(folder.path(), false));
        assert!(!two.is_locked());
        let clock = Instant::now();
        while clock.elapsed() < Duration::from_millis(900) {
            assert!(one.lives(two.name()), "a heart that beats was taken for dead");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(!one.is_in_doubt(), "it has been seen to beat");
        let dead = kill(two);
        assert!(one.lives(&dead), "nobody can know yet");
        std::thread::sleep(Duration::from_millis(500));
        assert!(!one.lives(&dead));
        // Somebody who comes later has to watch it for a while.
        let three = begin(folder.path(), false);
        assert!(three.lives(&dead) && three.is_in_doubt());
        std::thread::sleep(Duration::from_millis(500));
        assert!(!three.lives(&dead) && !three.is_in_doubt());
    }

    /// A process may be killed before its session has its name.
    #[test]
    fn a_session_that_never_began_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let one = begin(folder.path(), true);
        let all = folder.path().join(SESSIONS);
        let old = |path: &Path| {
            let file = File::open(path).unwrap();
            file.set_modified(std::time::SystemTime::now() - Duration::from_secs(60)).unwrap();
            file
        };
        for name in [".no-proof", ".dead", ".living", ".young"] {
            fs::create_dir(all.join(name)).unwrap();
        }
        let files: Vec<File> = [".dead", ".living"]
            .map(|name| {
                fs::write(all.join(name).join(ALIVE), "{}").unwrap();
                old(&all.join(name).join(ALIVE))
            })
            .into();
        files[1].try_lock().unwrap();
        [".no-proof", ".dead", ".living"].iter().for_each(|name| drop(old(&all.join(name))));
        assert_eq!(one.sweep(), 2);
        let there = |name: &str| all.join(name).exists();
        assert_eq!(
            [".no-proof", ".dead", ".living", ".young"].map(there),
            [false, false, true, true],
            "the dead are gone, and only they"
        );
        drop(files);
        assert_eq!(one.sweep(), 1);
    }

    /// Where somebody removes the empty draft of one that begins, it begins again.
    #[test]
    fn a_session_begins_however_often_its_draft_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let all = folder.path().join(SESSIONS);
        std::thread::scope(|scope| {
            let (end, ended) = channel::<()>();
            scope.spawn(move || {
                while ended.try_recv() != Err(std::sync::mpsc::TryRecvError::Disconnected) {
                    for entry in fs::read_dir(&all).into_iter().flatten().flatten() {
                        if entry.file_name().to_string_lossy().starts_with('.') {
                            let _ = fs::remove_dir(entry.path());
                        }
                    }
                }
            });
            for _ in 0..100 {
                let one = begin(folder.path(), true);
                assert!(one.is_there() && one.is_locked());
            }
            drop(end);
        });
    }

    #[test]
    fn a_session_that_ends_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let one = begin(folder.path(), true);
        let name = one.name().to_owned();
        drop(one);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let two = begin(folder.path(), true);
        assert!(!two.lives(&name));
    }
}
