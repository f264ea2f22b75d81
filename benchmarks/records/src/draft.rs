//! Files that appear whole or not at all.
//!
//! A file is written under a draft's name beside its place, flushed, renamed, and its folder flushed. The draft is locked while
//! it is written: one that can be locked by somebody else was left by a dead process.

use crate::StoreError;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// The end of a draft's name.
const DRAFT: &str = ".part";
/// A draft younger than this may not have been locked yet.
const YOUNG: Duration = Duration::from_secs(5);
/// Without file locks a draft that nobody has written to for so long belongs to nobody.
const FORGOTTEN: Duration = Duration::from_secs(24 * 3600);

/// Makes a file, lets `content` write it, flushes it to disk and gives its size in bytes, and the file: while it is open it
/// is locked, and nobody takes it for what a dead process has left.
pub(crate) fn fill<E: From<StoreError>>(
    path: &Path,
    permissions: Option<fs::Permissions>,
    content: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(u64, File), E> {
    let io = |e| E::from(StoreError::io("writing", path, e));
    let file = File::create(path).map_err(io)?;
    if let Some(permissions) = permissions {
        // Before the first byte: nobody sees it who may not see the file.
        file.set_permissions(permissions).map_err(io)?;
    }
    // Where there are no locks, age has to tell.
    let _ = file.try_lock();
    let mut file = Watched { file: BufWriter::new(file), failure: None };
    let result = content(&mut file);
    // Whoever encodes may wrap an error of the disk in one of its own, which does not say what to do about it.
    if let Some(failure) = file.failure {
        return Err(io(failure));
    }
    result?;
    let file = file.file.into_inner().map_err(|e| io(e.into_error()))?;
    file.sync_all().map_err(io)?;
    Ok((file.metadata().map_err(io)?.len(), file))
}

/// Makes what has been renamed into `folder` survive a loss of power. Best effort: not every file system can.
pub(crate) fn flush_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// A file that remembers why it could not be written.
struct Watched {
    file: BufWriter<File>,
    failure: Option<io::Error>,
}

impl Watched {
    fn remembered<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            // An interrupted call is repeated by its caller: that is no failure.
            if kind != io::ErrorKind::Interrupted {
                self.failure.get_or_insert(error);
            }
            kind.into()
        })
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.file.write(bytes);
        self.remembered(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.file.flush();
        self.remembered(result)
    }
}

/// Writes a single file so that a reader sees the old content or the new, never a part. A file that is replaced leaves its
/// permissions to the new one.
///
/// # Errors
/// If the folder cannot be made or the file not written.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let write = |file: &mut dyn Write| file.write_all(bytes).map_err(|e| StoreError::io("writing", path, e));
    write_atomically_with(path, write).map(|_| ())
}

/// [`write_atomically`] for what is too large to be held in memory: `content` writes it bit by bit. Gives the size of the
/// file in bytes.
///
/// # Errors
/// If the folder cannot be made or the file not written; the error of `content` if that fails for another reason.
pub fn write_atomically_with<E: From<StoreError>>(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<u64, E> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(|e| StoreError::io("making", folder, e))?;
    let draft = folder.join(format!(".{}{DRAFT}", unique()));
    let permissions = fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|old| old.permissions());
    let result = fill(&draft, permissions, content).and_then(|(size, _locked)| {
        fs::rename(&draft, path).map_err(|e| StoreError::io("naming", path, e))?;
        flush_folder(folder);
        Ok(size)
    });
    if result.is_err() {
        let _ = fs::remove_file(&draft);
    }
    result
}

/// A name that no other process on no other machine has: process, time and a count.
pub(crate) fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{:x}-{:x}-{count:x}", std::process::id(), time.as_nanos())
}

/// Removes the drafts that dead processes have left in `folder` (not below it); gives their number.
pub fn sweep_drafts(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let drafts = entries.filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.starts_with('.') && name.ends_with(DRAFT) && entry.file_type().is_ok_and(|t| t.is_file())
    });
    drafts.filter(|entry| is_left(&entry.path()) && fs::remove_file(entry.path()).is_ok()).count()
}

/// Whether the file `draft` was left by a process that is dead.
pub(crate) fn is_left(draft: &Path) -> bool {
    let Some(age) = age(draft).filter(|age| *age >= YOUNG) else { return false };
    match File::open(draft).map(|file| file.try_lock_shared()) {
        Ok(Ok(())) => true,
        Ok(Err(fs::TryLockError::WouldBlock)) => false,
        _ => age > FORGOTTEN,
    }
}

/// Whether whoever made `path` has had the time to lock what it makes in it.
pub(crate) fn is_old(path: &Path) -> bool {
    age(path).is_some_and(|age| age >= YOUNG)
}

fn age(path: &Path) -> Option<Duration> {
    fs::metadata(path).and_then(|m| m.modified()).ok().map(|t| t.elapsed().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neither an encoder's failure nor the disk's leaves a part behind, and the disk's says what to do.
    #[test]
    fn what_is_written_bit_by_bit_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/file");
        let size = write_atomically_with(&path, |file| {
            (0..1000).for_each(|k| writeln!(file, "{k:09}").unwrap());
            Ok::<_, StoreError>(())
        });
        assert_eq!(size.unwrap(), 10_000);
        let before = fs::read(&path).unwrap();

        /// An encoder's error, which hides the disk's.
        #[derive(Debug)]
        enum Failure {
            Encoding,
            Store(String),
        }
        impl From<StoreError> for Failure {
            fn from(error: StoreError) -> Self {
                Self::Store(error.to_string())
            }
        }
        let result = write_atomically_with(&path, |file| {
            file.write_all(b"half").unwrap();
            Err(Failure::Encoding)
        });
        assert!(matches!(result, Err(Failure::Encoding)));
        assert_eq!(fs::read(&path).unwrap(), before);
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 1);
        // A folder in place of the file: it cannot be named so.
        fs::create_dir(folder.path().join("taken")).unwrap();
        let result = write_atomically_with(&folder.path().join("taken"), |_| Ok::<_, Failure>(()));
        assert!(matches!(result, Err(Failure::Store(text)) if text.contains("taken")));
        // Linux' full disk.
        let full = Path::new("/dev/full");
        if full.exists() {
            let long = [0_u8; 100_000];
            let result = fill(full, None, |file| file.write_all(&long).map_err(|_| Failure::Encoding));
            assert!(matches!(result, Err(Failure::Store(text)) if text.contains("disk is full")));
        }
    }

    #[test]
    fn drafts_of_the_dead_are_swept_and_those_of_the_living_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let old = |name: &str| {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
            file
        };
        drop(old(".dead.part"));
        let living = old(".living.part");
        living.try_lock().unwrap();
        drop(old("result.part"));
        File::create(folder.path().join(".young.part")).unwrap();
        assert_eq!(sweep_drafts(folder.path()), 1);
        for (name, is_there) in
            [(".dead.part", false), (".living.part", true), ("result.part", true), (".young.part", true)]
        {
            assert_eq!(folder.path().join(name).exists(), is_there, "{name}");
        }
    }
}
