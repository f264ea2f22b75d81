//! Configuration files, read and checked.

use crate::folder::{self, ConfigSource, Listed};
use crate::reader::{self, MADE, WRITTEN};
use crate::{ConfigError, HarnessError, Study, TaskFile};
use records::{Aside, Name, TIMINGS};
use rule::Catalogue;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Names that no task may have: stores keep the logs of jobs, the messages of trainings that ended badly and the times of steps under
/// them, beside what was set aside.
const RESERVED: [&str; 3] = ["slurm", "failures", TIMINGS];

/// The kinds of configurations, which are the folders of one.
const KINDS: [&str; 6] = ["studies", "tasks", "optimizers", "tuned", "published", "executors"];

/// Files that a program has in itself, as paths under `configs`, with their texts.
pub type BuiltIn = &'static [(&'static str, &'static str)];

/// Configurations: folders like `configs/` (`studies/`, `tasks/`, `optimizers/`, `tuned/`, `published/`, `executors/`), the first of
/// which that has a name is where it is read, and what is built into the program for names that no folder has.
#[derive(Clone, Debug)]
pub struct Configs {
    /// In order of precedence.
    folders: Vec<PathBuf>,
    built_in: BuiltIn,
    optimizers: Catalogue,
}

impl Configs {
    /// Those of one folder alone, about these `optimizers`.
    ///
    /// # Errors
    /// If it is not there, or has none of the kinds.
    pub fn open(root: impl Into<PathBuf>, optimizers: Catalogue) -> Result<Self, HarnessError> {
        let root = root.into();
        if Self::are_in(&root) {
            Ok(Self { folders: vec![root], built_in: &[], optimizers })
        } else {
            Err(HarnessError::NoConfigs(root))
        }
    }

    /// Whether a folder is one of configurations: it has some of the kinds.
    pub fn are_in(folder: &Path) -> bool {
        KINDS.iter().any(|kind| folder.join(kind).is_dir())
    }

    /// Those that are built in alone, about these `optimizers`.
    pub fn built_in(files: BuiltIn, optimizers: Catalogue) -> Self {
        Self { folders: Vec::new(), built_in: files, optimizers }
    }

    /// The optimizers with a crate.
    pub fn optimizers(&self) -> Catalogue {
        self.optimizers
    }

    /// With what is built in behind them.
    pub fn before(self, files: BuiltIn) -> Self {
        Self { built_in: files, ..self }
    }

    /// With the folder of a study that is given by its path behind the others: `tasks/` and `optimizers/` beside it are its own. Of a
    /// study under `studies/` it is the folder around that.
    pub fn beside(&self, study: &str) -> Self {
        let mut all = self.clone();
        if !is_study_file(study) {
            return all;
        }
        let around = Path::new(study).parent().unwrap_or(Path::new(""));
        // Studies are looked for in sub-folders too.
        let studies = around.ancestors().take(folder::DEEPEST + 1);
        let studies = studies.into_iter().find(|it| it.file_name().is_some_and(|name| name == "studies"));
        let folder = studies.and_then(Path::parent).unwrap_or(around);
        if !all.folders.iter().any(|known| known == folder) {
            all.folders.push(folder.into());
        }
        all
    }

    /// The folder that is written to: the first, or `configs` without any.
    pub fn root(&self) -> &Path {
        self.folders.first().map_or(Path::new("configs"), PathBuf::as_path)
    }

    /// The files of a kind (`studies`, `tasks`, `optimizers`, `tuned`), sorted, those that are not read among them; a
    /// study in a sub-folder is `folder/name`.
    pub fn listing(&self, kind: &str) -> Vec<Listed> {
        let folders = self.folders.iter().map(|root| folder::list(&root.join(kind), kind == "studies"));
        let mut all: Vec<Listed> = Vec::new();
        for more in folders.chain([folder::built_in(kind, self.built_in)]) {
            let known: BTreeSet<String> = all.iter().map(|listed| listed.name.clone()).collect();
            all.extend(more.into_iter().filter(|listed| !known.contains(&listed.name)));
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
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
        read_study(short.into(), &ConfigSource::File(path.into()))
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
        let source = self.file("tasks", name)?;
        let (mut task, _): (TaskFile, String) = reader::read_as("task", &source, WRITTEN)?;
        let file = source.to_string();
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
        let here = self.folders.iter().map(|root| root.join("published").join(file));
        let found = here.into_iter().find(|path| path.exists()).map(ConfigSource::File);
        let built_in = || {
            let wanted = format!("published/{file}");
            let (name, text) = self.built_in.iter().find(|(name, _)| *name == wanted)?;
            Some(ConfigSource::BuiltIn { name, text })
        };
        let nowhere = || ConfigSource::File(self.root().join("published").join(file));
        let source = found.or_else(built_in).unwrap_or_else(nowhere);
        Ok((source.to_string(), reader::content(&source, MADE)?))
    }

    /// The file `name` of a kind, if there is one, and the path that a new one is written to, which is its own if that is a file.
    ///
    /// # Errors
    /// If something of that name is there that is not read.
    pub(crate) fn place(
        &self,
        kind: &str,
        name: &Name,
    ) -> Result<(Option<ConfigSource>, PathBuf), ConfigError> {
        let folder = self.root().join(kind);
        visible(name).map_err(|e| ConfigError::new(folder.display().to_string(), e))?;
        let found = self.find(kind, name).map(|listed| listed.usable().cloned()).transpose()?;
        let path = match &found {
            Some(ConfigSource::File(path)) => path.clone(),
            _ => folder.join(format!("{name}.yaml")),
        };
        Ok((found, path))
    }

    /// What there is of a name: the file that is read, or one that is not.
    pub(crate) fn find(&self, kind: &str, name: &str) -> Option<Listed> {
        let mut all: Vec<Listed> =
            self.listing(kind).into_iter().filter(|listed| listed.name == name).collect();
        all.sort_by_key(|listed| listed.problem.is_some());
        all.into_iter().next()
    }

    fn file(&self, kind: &str, name: &str) -> Result<ConfigSource, ConfigError> {
        if let Some(found) = self.find(kind, name) {
            return found.usable().cloned();
        }
        let listing = self.listing(kind);
        let names: Vec<&str> =
            listing.iter().filter(|it| it.problem.is_none()).map(|it| it.name.as_str()).collect();
        let near = rule::nearest(name, names.iter().copied());
        let nearest = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        if self.folders.is_empty() {
            let message = format!(
                "there is no `{name}`; {nearest}{kind} built in: {}. There is no folder configs here: --configs names yours",
                names.join(", ")
            );
            return Err(ConfigError::new("the configurations that are built in", message));
        }
        let also = if self.built_in.is_empty() { "" } else { " and built in" };
        let message = format!("there is no `{name}`; {nearest}{kind} here{also}: {}", names.join(", "));
        Err(ConfigError::new(self.root().join(kind).display().to_string(), message))
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

fn read_study(short: String, source: &ConfigSource) -> Result<(String, Study, String), ConfigError> {
    let (mut study, text): (Study, String) = reader::read_as("study", source, WRITTEN)?;
    study.spread(&source.to_string())?;
    study.check(&source.to_string())?;
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
