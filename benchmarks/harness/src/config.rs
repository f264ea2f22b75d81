//! The folder of configuration files, read and checked.

use crate::folder::{self, Listed};
use crate::reader::{self, MADE, WRITTEN};
use crate::{ConfigError, HarnessError, Study, TaskFile};
use records::{Aside, Name, TIMINGS};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Names that no task may have: stores keep the logs of jobs, the messages of trainings that ended badly and the times of steps under
/// them, beside what was set aside.
const RESERVED: [&str; 3] = ["slurm", "failures", TIMINGS];

/// `configs/`: `studies/`, `tasks/`, `optimizers/`, `published/`, `executors/`.
#[derive(Clone, Debug)]
pub struct Configs {
    root: PathBuf,
}

impl Configs {
    /// Opens the folder.
    ///
    /// # Errors
    /// If it is not there.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, HarnessError> {
        let root = root.into();
        if root.join("studies").is_dir() { Ok(Self { root }) } else { Err(HarnessError::NoConfigs(root)) }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The files of a kind (`studies`, `tasks`, `optimizers`, `tuned`), sorted, those that are not read among them; a
    /// study in a sub-folder is `folder/name`.
    pub fn listing(&self, kind: &str) -> Vec<Listed> {
        folder::list(&self.root.join(kind), kind == "studies")
    }

    /// Reads a study by name or path. Returns it with its short name and its text.
    ///
    /// # Errors
    /// If there is no such study, or it cannot be used.
    pub fn study(&self, name: &str) -> Result<(String, Study, String), ConfigError> {
        if !is_study_file(name) {
            return self.named_study(name);
        }
        let path = Path::new(name);
        // The short name becomes that of the report's folder.
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let short = visible(&stem).map_err(|e| ConfigError::new(name, format!("rename the file: {e}")))?;
        read_study(short.into(), path)
    }

    /// Reads a study under `studies` by name.
    ///
    /// # Errors
    /// If there is no such study, or it cannot be used.
    pub(crate) fn named_study(&self, name: &str) -> Result<(String, Study, String), ConfigError> {
        read_study(name.to_owned(), &self.file("studies", name)?)
    }

    /// Reads a task by name.
    ///
    /// # Errors
    /// If there is no such task, or it cannot be used.
    pub fn task(&self, name: &str) -> Result<(TaskFile, String), ConfigError> {
        let file = self.file("tasks", name)?;
        let (mut task, _): (TaskFile, String) = reader::read(&file, WRITTEN)?;
        let file = file.display().to_string();
        if RESERVED.contains(&name) || Aside::ALL.iter().any(|aside| aside.folder() == name) {
            return Err(ConfigError::new(
                file,
                format!("`{name}` is a name of the store's own; rename the file"),
            ));
        }
        task.check(&file)?;
        task.normalise();
        Ok((task, file))
    }

    /// Text of a file under `published/`.
    ///
    /// # Errors
    /// If it is not there.
    pub(crate) fn published(&self, file: &Name) -> Result<(String, String), ConfigError> {
        let path = self.root.join("published").join(file);
        Ok((path.display().to_string(), reader::text(&path, MADE)?))
    }

    /// Where the file `name` of a kind is, or would be.
    ///
    /// # Errors
    /// If something of that name is there that is not read.
    pub(crate) fn place(&self, kind: &str, name: &Name) -> Result<PathBuf, ConfigError> {
        visible(name).map_err(|e| ConfigError::new(self.root.join(kind).display().to_string(), e))?;
        let found = self.find(kind, name).map(|listed| listed.usable().map(Path::to_path_buf)).transpose()?;
        Ok(found.unwrap_or_else(|| self.root.join(kind).join(format!("{name}.yaml"))))
    }

    /// What there is of a name: the file that is read, or one that is not.
    pub(crate) fn find(&self, kind: &str, name: &str) -> Option<Listed> {
        let mut all: Vec<Listed> =
            self.listing(kind).into_iter().filter(|listed| listed.name == name).collect();
        all.sort_by_key(|listed| listed.problem.is_some());
        all.into_iter().next()
    }

    fn file(&self, kind: &str, name: &str) -> Result<PathBuf, ConfigError> {
        if let Some(found) = self.find(kind, name) {
            return found.usable().map(Path::to_path_buf);
        }
        let listing = self.listing(kind);
        let names: Vec<&str> =
            listing.iter().filter(|it| it.problem.is_none()).map(|it| it.name.as_str()).collect();
        let near = rule::nearest(name, names.iter().copied());
        let nearest = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let message = format!("there is no `{name}`; {nearest}{kind} here: {}", names.join(", "));
        Err(ConfigError::new(self.root.join(kind).display().to_string(), message))
    }
}

/// Whether what a study is called by is the path of its file rather than its name.
///
/// ```
/// assert!(harness::is_study_file("mine/Study.YAML") && !harness::is_study_file("inna-2021/fig1"));
/// ```
pub fn is_study_file(study: &str) -> bool {
    let ending = Path::new(study).extension();
    ending.is_some_and(|e| e.eq_ignore_ascii_case("yaml") || e.eq_ignore_ascii_case("yml"))
}

/// A name that is not hidden.
fn visible(text: &str) -> Result<Name, String> {
    let name = Name::new(text).map_err(|e| e.to_string())?;
    if text.starts_with('.') {
        Err(format!("`{text}` begins with a point, as hidden files do"))
    } else {
        Ok(name)
    }
}

fn read_study(short: String, file: &Path) -> Result<(String, Study, String), ConfigError> {
    let (study, text): (Study, String) = reader::read(file, WRITTEN)?;
    study.check(&file.display().to_string())?;
    Ok((short, study, text))
}

/// Lays `over` on `under`, key by key.
pub(crate) fn overlay(
    under: &BTreeMap<String, serde_json::Value>,
    over: &BTreeMap<String, serde_json::Value>,
) -> serde_json::Value {
    let mut merged = under.clone();
    merged.extend(over.clone());
    serde_json::Value::Object(merged.into_iter().collect())
}
