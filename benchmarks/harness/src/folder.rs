//! A folder of configurations: which of its files are read, and what keeps the others from it.

use crate::ConfigError;
use records::Name;
use std::path::{Path, PathBuf};

/// Folders within each other that are looked into.
pub(crate) const DEEPEST: usize = 4;

/// Where the text of a configuration is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigSource {
    /// In a file.
    File(PathBuf),
    /// In the program.
    BuiltIn {
        /// As a path under `configs`.
        name: &'static str,
        /// The text.
        text: &'static str,
    },
}

impl std::fmt::Display for ConfigSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::BuiltIn { name, .. } => write!(f, "built in: {name}"),
        }
    }
}

/// A file that is a configuration, or was probably meant to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name as a study would say it: `folder/name`, without the ending.
    pub name: String,
    /// Where it is.
    pub source: ConfigSource,
    /// Why it is not read, with the remedy.
    pub problem: Option<String>,
}

impl Listed {
    /// Where it is, if it is read.
    ///
    /// # Errors
    /// Why it is not.
    pub fn usable(&self) -> Result<&ConfigSource, ConfigError> {
        match &self.problem {
            None => Ok(&self.source),
            Some(problem) => Err(ConfigError::new(self.source.to_string(), problem.clone())),
        }
    }
}

/// What `folder` holds, by name. Only studies have sub-folders.
pub(crate) fn list(folder: &Path, nested: bool) -> Vec<Listed> {
    let mut all = Vec::new();
    collect(folder, "", if nested { DEEPEST } else { 0 }, &mut all);
    all.sort_by_cached_key(|it| (it.name.clone(), it.source.to_string()));
    all
}

/// The files of a kind among those that are built in.
pub(crate) fn built_in(kind: &str, files: &'static [(&'static str, &'static str)]) -> Vec<Listed> {
    let of_kind = files.iter().filter_map(|&(name, text)| {
        let stem = name.strip_prefix(kind)?.strip_prefix('/')?.strip_suffix(".yaml")?;
        Some(Listed { name: stem.to_owned(), source: ConfigSource::BuiltIn { name, text }, problem: None })
    });
    of_kind.collect()
}

fn collect(folder: &Path, prefix: &str, depth: usize, all: &mut Vec<Listed>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, file) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        // Hidden files belong to editors and systems.
        if file.starts_with('.') {
            continue;
        }
        let Some((stem, ending)) = split(&file) else {
            if path.is_dir() && depth > 0 {
                collect(&path, &format!("{prefix}{file}/"), depth - 1, all);
            } else if path.is_dir() {
                let problem = "a folder is not looked into here; move its files up";
                let (name, source) = (format!("{prefix}{file}"), ConfigSource::File(path));
                all.push(Listed { name, source, problem: Some(problem.into()) });
            }
            continue;
        };
        let name = format!("{prefix}{stem}");
        let problem = problem(&path, &name, stem, ending);
        all.push(Listed { name, source: ConfigSource::File(path), problem });
    }
}

/// Parts a file's name if it ends as a configuration does, or as somebody may think it does.
fn split(file: &str) -> Option<(&str, &str)> {
    [".yaml", ".yml", ".yaml.txt", ".yml.txt", ".json"].into_iter().find_map(|ending| {
        let start = file.len().checked_sub(ending.len()).filter(|start| *start > 0)?;
        let (stem, found) = (file.get(..start)?, file.get(start..)?);
        found.eq_ignore_ascii_case(ending).then_some((stem, found))
    })
}

fn problem(path: &Path, name: &str, stem: &str, ending: &str) -> Option<String> {
    if let Some(part) = name.split('/').find_map(|part| Name::new(part).err()) {
        return Some(format!("rename it: {part}"));
    }
    if ending != ".yaml" {
        return Some(format!("only files that end in .yaml are read; rename it to {stem}.yaml"));
    }
    match std::fs::metadata(path) {
        Ok(file) if file.is_file() => None,
        Ok(file) if file.is_dir() => Some("is a folder in place of a file; rename or remove it".into()),
        Ok(_) => Some("is no plain file; replace it by one".into()),
        Err(_) if path.is_symlink() => {
            Some("is a link to something that is not there; mend or remove it".into())
        }
        Err(e) => Some(format!("cannot be looked at: {e}; mend or remove it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_read_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for file in
            ["a.yaml", "b.yml", "C.YAML", "d.yaml.txt", "e.json", "ü.yaml", "README.md", "f.yaml~", ".g.yaml"]
        {
            std::fs::write(at(file), "").unwrap();
        }
        for inner in ["h.yaml", "sub"] {
            std::fs::create_dir(at(inner)).unwrap();
        }
        std::fs::write(at("sub/i.yaml"), "").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("nowhere", at("j.yaml")).unwrap();
        let said = |nested: bool| -> Vec<(String, String)> {
            let all = list(folder.path(), nested).into_iter();
            all.map(|it| (it.name, it.problem.unwrap_or_default())).collect()
        };
        let expected = [
            ("C", "rename it to C.yaml"),
            ("a", ""),
            ("b", "rename it to b.yaml"),
            ("d", "rename it to d.yaml"),
            ("e", "rename it to e.yaml"),
            ("h", "a folder in place of a file"),
            #[cfg(unix)]
            ("j", "a link to something that is not there"),
            ("sub", "move its files up"),
            ("ü", "is not usable as a name"),
        ];
        let found = said(false);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((name, problem), (wanted, part)) in found.iter().zip(expected) {
            assert!(
                name == wanted && problem.contains(part) && problem.is_empty() == part.is_empty(),
                "{found:?}"
            );
        }
        assert!(said(true).contains(&("sub/i".into(), String::new())));
    }
}
