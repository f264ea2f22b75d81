//! What is kept of a submission: `STORE/slurm/<study>-<when>/`.

use super::{SlurmError, TimeLimit};
use crate::Scale;
use records::{Name, NameError, Store, StoreError, write_atomically};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The script within a submission's folder.
const SCRIPT: &str = "script.sh";
/// The record within a submission's folder.
const RECORD: &str = "submission.json";

/// One job array that was submitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Submission {
    /// The study, by name or absolute path.
    pub study: String,
    /// Slurm's number of the array.
    pub job: u64,
    /// The cluster, if Slurm named it.
    pub cluster: Option<String>,
    /// When, in seconds since 1970.
    pub submitted_unix_s: u64,
    /// Its tasks.
    pub tasks: u32,
    /// Tasks that run at the same time, at most.
    pub tasks_at_once: Option<u32>,
    /// Populations that each trains, at most.
    pub populations_per_task: u32,
    /// Runs of a population, at most.
    pub runs_per_population: usize,
    /// Time limit of a task.
    #[schemars(with = "String")]
    pub time_limit: TimeLimit,
    /// The size of the study that was asked for.
    pub scale: Scale,
    /// The program of every task and its arguments.
    pub command: Vec<String>,
}

/// The submissions that a store knows.
#[derive(Clone, Debug)]
pub struct Submissions {
    root: PathBuf,
}

impl Submissions {
    /// Of a store. Its folders have absolute paths: what is said of them is read elsewhere, too.
    pub fn of(store: &Store) -> Self {
        let root = store.root().join("slurm");
        Self { root: std::path::absolute(&root).unwrap_or(root) }
    }

    /// A study's name as part of a path: sub-folders become dashes.
    ///
    /// # Errors
    /// If other characters of it cannot be in a file's name.
    pub fn name(study: &str) -> Result<Name, NameError> {
        Name::new(study.replace('/', "-"))
    }

    /// A folder for a submission at that time, of which there is none yet. It is not made.
    pub fn folder(&self, name: &Name, unix_s: u64) -> PathBuf {
        let stamp = format!("{name}-{}", stamp(unix_s).replace([' ', ':'], "-"));
        let mut folder = self.root.join(&stamp);
        for number in 2.. {
            if !folder.exists() {
                break;
            }
            folder = self.root.join(format!("{stamp}-{number}"));
        }
        folder
    }

    /// Makes the folder with the script in it; gives the script's path.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn begin(&self, folder: &Path, script: &str) -> Result<PathBuf, StoreError> {
        let path = folder.join(SCRIPT);
        write_atomically(&path, script.as_bytes())?;
        Ok(path)
    }

    /// Adds the record of what became of it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn record(&self, folder: &Path, submission: &Submission) -> Result<(), SlurmError> {
        let path = folder.join(RECORD);
        let unreadable = |reason: String| SlurmError::Unreadable { path: path.clone(), reason };
        let text = serde_json::to_string_pretty(submission).map_err(|e| unreadable(e.to_string()))?;
        write_atomically(&path, (text + "\n").as_bytes()).map_err(|e| unreadable(e.to_string()))
    }

    /// All of a study, oldest first, with their folders.
    ///
    /// # Errors
    /// If a record is there and cannot be read.
    pub fn read(&self, study: &str) -> Result<Vec<(PathBuf, Submission)>, SlurmError> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.root).into_iter().flatten().flatten() {
            let path = entry.path().join(RECORD);
            let unreadable = |reason: String| SlurmError::Unreadable { path: path.clone(), reason };
            let text = match records::text::read(&path) {
                // Another folder, or a submission that was refused while its folder could not be removed.
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                    continue;
                }
                read => read.map_err(|e| unreadable(e.to_string()))?,
            };
            let submission: Submission =
                serde_json::from_str(&text).map_err(|e| unreadable(e.to_string()))?;
            if submission.study == study {
                found.push((entry.path(), submission));
            }
        }
        found.sort_by_key(|(_, submission)| (submission.submitted_unix_s, submission.job));
        Ok(found)
    }
}

impl Submission {
    /// When it was submitted, as people write it (UTC).
    pub fn submitted(&self) -> String {
        stamp(self.submitted_unix_s)
    }

    /// Runs that `tasks` of its tasks can train.
    pub fn runs_of(&self, tasks: usize) -> usize {
        let per_task = usize::try_from(self.populations_per_task).unwrap_or(usize::MAX);
        tasks.saturating_mul(per_task).saturating_mul(self.runs_per_population)
    }

    /// The log of a task.
    pub fn log(&self, folder: &Path, task: u32) -> PathBuf {
        folder.join(format!("{}_{task}.out", self.job))
    }
}

/// Date and time of day, UTC: `2026-11-26 14:06:47`.
pub(crate) fn stamp(unix_s: u64) -> String {
    let (days, second) = (unix_s / 86_400, unix_s % 86_400);
    // Howard Hinnant's calendar of 400 years that begin in March.
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submission(study: &str, job: u64) -> Submission {
        Submission {
            study: study.into(),
            job,
            cluster: None,
            submitted_unix_s: 1_795_702_007,
            tasks: 4,
            tasks_at_once: None,
            populations_per_task: 2,
            runs_per_population: 3,
            time_limit: TimeLimit::minutes(15),
            scale: Scale { seeds: Some(2), ..Scale::default() },
            command: vec!["inna-bench".into(), "run".into()],
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (unix_s, shown) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (1_709_251_199, "2024-02-29 23:59:59"),
            (1_795_702_007, "2026-11-26 14:06:47"),
            (4_107_542_400, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(stamp(unix_s), shown);
        }
    }

    #[test]
    fn what_was_submitted_is_found_again_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path());
        let all = Submissions::of(&store);
        assert!(all.read("quick").unwrap().is_empty());
        let name = Submissions::name("inna-2021/fig1").unwrap();
        let first = all.folder(&name, 1_795_702_007);
        assert!(first.ends_with("slurm/inna-2021-fig1-2026-11-26-14-06-47"), "{first:?}");
        assert!(!first.exists());
        all.begin(&first, "#!/bin/bash\n").unwrap();
        assert!(all.read("inna-2021/fig1").unwrap().is_empty(), "not submitted yet");
        let second = all.folder(&name, 1_795_702_007);
        assert_ne!(first, second);
        all.record(&second, &submission("inna-2021/fig1", 8)).unwrap();
        all.record(&first, &submission("inna-2021/fig1", 7)).unwrap();
        all.record(&all.folder(&name, 5), &submission("quick", 9)).unwrap();
        std::fs::write(home.path().join("slurm/note.txt"), "mine").unwrap();
        let found = all.read("inna-2021/fig1").unwrap();
        assert_eq!(found.iter().map(|(_, s)| s.job).collect::<Vec<_>>(), [7, 8]);
        assert_eq!(found[0], (first.clone(), submission("inna-2021/fig1", 7)));
        assert_eq!(found[0].1.runs_of(2), 12);
        // What has no end is not waited for.
        #[cfg(unix)]
        {
            std::fs::remove_file(first.join(RECORD)).unwrap();
            let made = std::process::Command::new("mkfifo").arg(first.join(RECORD)).status().unwrap();
            assert!(made.success());
            let pipe = all.read("quick").unwrap_err().to_string();
            assert!(pipe.contains("it is no file of data"), "{pipe}");
            std::fs::remove_file(first.join(RECORD)).unwrap();
        }
        std::fs::write(first.join(RECORD), "{}").unwrap();
        let damaged = all.read("quick").unwrap_err().to_string();
        assert!(damaged.contains("submission.json") && damaged.contains("missing field"), "{damaged}");
        assert!(Submissions::name("../x y").is_err());
    }
}
