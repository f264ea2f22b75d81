//! The folder of configuration files, read and checked.

use crate::{ConfigError, HarnessError, OptimizerFile, Study, TaskFile};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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

    /// Names of the files of a kind (`studies`, `tasks`, `optimizers`), sorted; a study in a sub-folder is
    /// `folder/name`.
    pub fn names(&self, kind: &str) -> Vec<String> {
        let mut names = Vec::new();
        collect(&self.root.join(kind), "", &mut names);
        names.sort();
        names
    }

    /// Reads a study by name or path. Returns it with its short name and its text.
    ///
    /// # Errors
    /// If there is no such study, or it cannot be used.
    pub fn study(&self, name: &str) -> Result<(String, Study, String), ConfigError> {
        let path = Path::new(name);
        let is_path = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        let (short, file) = if is_path {
            let short = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            (short, path.to_path_buf())
        } else {
            (name.to_owned(), self.file("studies", name)?)
        };
        let (study, text): (Study, String) = read(&file)?;
        study.check(&file.display().to_string())?;
        Ok((short, study, text))
    }

    /// Reads a task by name.
    ///
    /// # Errors
    /// If there is no such task, or it cannot be used.
    pub fn task(&self, name: &str) -> Result<(TaskFile, String), ConfigError> {
        let file = self.file("tasks", name)?;
        let (task, _): (TaskFile, String) = read(&file)?;
        let file = file.display().to_string();
        task.check(&file)?;
        Ok((task, file))
    }

    /// Reads the settings that studies share for an optimizer: colour, dash, defaults. Having none is fine.
    ///
    /// # Errors
    /// If the file is there and cannot be used.
    pub fn optimizer(&self, name: &str) -> Result<OptimizerFile, ConfigError> {
        let file = self.root.join("optimizers").join(format!("{name}.yaml"));
        if file.is_file() { Ok(read(&file)?.0) } else { Ok(OptimizerFile::default()) }
    }

    /// Text of a file under `published/`.
    ///
    /// # Errors
    /// If it is not there.
    pub fn published(&self, file: &str) -> Result<(String, String), ConfigError> {
        let path = self.root.join("published").join(file);
        let shown = path.display().to_string();
        std::fs::read_to_string(&path).map(|text| (shown.clone(), text)).map_err(|e| {
            ConfigError::new(shown, format!("cannot be read ({e}); a task names it under `published`"))
        })
    }

    fn file(&self, kind: &str, name: &str) -> Result<PathBuf, ConfigError> {
        let file = self.root.join(kind).join(format!("{name}.yaml"));
        if file.is_file() {
            return Ok(file);
        }
        let names = self.names(kind);
        let nearest = rule::nearest(name, names.iter().map(String::as_str))
            .map(|near| format!("did you mean `{near}`? "))
            .unwrap_or_default();
        let message = format!("there is no `{name}`; {nearest}{kind} here: {}", names.join(", "));
        Err(ConfigError::new(self.root.join(kind).display().to_string(), message))
    }
}

fn collect(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), names);
        } else if let Some(stem) = name.strip_suffix(".yaml") {
            names.push(format!("{prefix}{stem}"));
        }
    }
}

pub(crate) fn read<T: DeserializeOwned>(file: &Path) -> Result<(T, String), ConfigError> {
    let shown = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|e| ConfigError::new(&shown, format!("cannot be read: {e}. Check the path")))?;
    let value = serde_yaml::from_str(&text).map_err(|e| ConfigError::new(&shown, e.to_string()))?;
    Ok((value, text))
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
