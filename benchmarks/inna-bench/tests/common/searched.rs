//! A folder with the study `searched`, and what is done there.

use super::{bench, configs, stderr};
use std::path::PathBuf;
use std::process::Output;

pub struct Searched {
    pub folder: tempfile::TempDir,
    pub configs: PathBuf,
}

impl Searched {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let configs = configs(folder.path());
        Self { folder, configs }
    }

    pub fn edit(&self, file: &str, old: &str, new: &str) {
        let path = self.configs.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{old}");
        std::fs::write(path, text.replace(old, new)).unwrap();
    }

    pub fn call(&self, verb: &str, more: &[&str]) -> Output {
        let common = [verb, "searched", "--configs", self.configs.to_str().unwrap()];
        bench(self.folder.path(), &[&common[..], more].concat())
    }

    pub fn done(&self, verb: &str, more: &[&str]) -> String {
        let output = self.call(verb, more);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stderr(&output) + &String::from_utf8_lossy(&output.stdout)
    }

    pub fn found(&self) -> String {
        std::fs::read_to_string(self.configs.join("tuned/searched.yaml")).unwrap()
    }
}
