//! The file that holds what searches have found: several studies may write into one.

use super::Tune;
use crate::tuned::{self, Tuned};
use crate::{ConfigError, HarnessError, Plan};
use records::Tuning;
use std::collections::BTreeMap;
use std::path::PathBuf;

impl Tune {
    /// Writes what was found where the study reads it, beside what other studies found there. Returns the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, plan: &Plan, found: &BTreeMap<String, Tuning>) -> Result<PathBuf, HarnessError> {
        let path = self.path.clone();
        // As it is now: another search may have written to it meanwhile.
        let mut tasks = if path.exists() { Tuned::at(path.clone())?.tasks } else { self.known.clone() };
        // Found under the digest that the same problem had while the margin was part of it: found in the same way.
        for (name, tuning) in &mut tasks {
            let [digest, former] = self.problems(plan, name)?;
            if tuning.problem == former {
                tuning.problem = digest;
            }
        }
        merge(&mut tasks, found);
        let text = serde_yaml::to_string(&tasks)
            .map_err(|e| ConfigError::new(path.display().to_string(), e.to_string()))?;
        let head = "# Written by `inna-bench tune`: what a study's `tuned` values are, and every trial behind them.\n";
        records::write_atomically(&path, format!("{head}{text}").as_bytes())?;
        Ok(path)
    }

    /// The digest of what the trials of a task train, and its former one; empty for a task that is not searched here.
    pub(super) fn problems(&self, plan: &Plan, task: &str) -> Result<[String; 2], HarnessError> {
        let Some(task) = plan.tasks.iter().find(|planned| planned.name == *task) else {
            return Ok([String::new(), String::new()]);
        };
        let problem = &task.problem;
        Ok(tuned::problems(&problem.task(), None, problem.data_digest(), self.study.master_seed)?)
    }
}

/// Takes `found` into `tasks`: other entries of a task stay as long as they were searched for in the same way.
fn merge(tasks: &mut BTreeMap<String, Tuning>, found: &BTreeMap<String, Tuning>) {
    for (name, new) in found {
        let same = |old: &Tuning| {
            (&old.criterion, old.epochs, &old.repetitions, &old.problem, old.refine, old.drawn)
                == (&new.criterion, new.epochs, &new.repetitions, &new.problem, new.refine, new.drawn)
        };
        let mut merged = new.clone();
        if let Some(old) = tasks.get(name).filter(|old| same(old)) {
            let kept =
                old.searches.iter().filter(|s| !new.searches.iter().any(|other| other.entry == s.entry));
            merged.searches.extend(kept.cloned());
        }
        merged.searches.sort_by(|a, b| a.entry.cmp(&b.entry));
        tasks.insert(name.clone(), merged);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Configs, Scale};
    use records::Search;
    use serde_json::Value;
    use std::path::Path;

    #[test]
    fn what_others_found_stays_unless_it_was_found_in_another_way() {
        let search = |entry: &str, chosen: f64| Search {
            entry: entry.into(),
            hyper: "learning_rate".into(),
            settings: Value::Null,
            reason: String::new(),
            chosen,
            others: BTreeMap::new(),
            space: BTreeMap::new(),
            extensions: 0,
            on_edge: false,
            trials: Vec::new(),
        };
        let tuning = |epochs: u32, searches: Vec<Search>| Tuning {
            criterion: "train_loss".into(),
            epochs,
            repetitions: vec![9],
            problem: "p".into(),
            refine: 0,
            drawn: 0,
            searches,
        };
        let old = BTreeMap::from([
            ("a".to_owned(), tuning(5, vec![search("adam", 1.0), search("sgd", 2.0)])),
            ("b".to_owned(), tuning(5, vec![search("adam", 3.0)])),
        ]);
        let chosen = |tasks: &BTreeMap<String, Tuning>, task: &str| -> Vec<(String, f64)> {
            tasks[task].searches.iter().map(|s| (s.entry.clone(), s.chosen)).collect()
        };
        let mut tasks = old.clone();
        merge(
            &mut tasks,
            &BTreeMap::from([("a".to_owned(), tuning(5, vec![search("sgd", 7.0), search("inna", 8.0)]))]),
        );
        assert_eq!(chosen(&tasks, "a"), [("adam".into(), 1.0), ("inna".into(), 8.0), ("sgd".into(), 7.0)]);
        assert_eq!(chosen(&tasks, "b"), [("adam".into(), 3.0)]);
        // One entry had more chances than the others.
        let mut tasks = old.clone();
        let refined = Tuning { refine: 2, ..tuning(5, vec![search("sgd", 7.0)]) };
        merge(&mut tasks, &BTreeMap::from([("a".to_owned(), refined)]));
        assert_eq!(chosen(&tasks, "a"), [("sgd".into(), 7.0)]);
        let mut tasks = old;
        merge(&mut tasks, &BTreeMap::from([("a".to_owned(), tuning(6, vec![search("sgd", 7.0)]))]));
        assert_eq!(chosen(&tasks, "a"), [("sgd".into(), 7.0)]);
    }

    /// Files of found values that were written while the margin was part of a task's digest are added to, not replaced.
    #[test]
    fn what_was_found_under_the_former_digest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs");
        for file in [
            "studies/quick.yaml",
            "studies/inna-2021/fig1.yaml",
            "tasks/nin-shapes.yaml",
            "tasks/inna-toy.yaml",
            "tasks/softmax-shapes.yaml",
            "tasks/noisy-quadratic.yaml",
        ] {
            let place = folder.path().join(file);
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            std::fs::copy(root.join(file), place).unwrap();
        }
        for kind in ["optimizers", "published", "tuned"] {
            std::fs::create_dir_all(folder.path().join(kind)).unwrap();
            for file in std::fs::read_dir(root.join(kind)).unwrap().flatten() {
                std::fs::copy(file.path(), folder.path().join(kind).join(file.file_name())).unwrap();
            }
        }
        let configs = Configs::open(folder.path(), catalogue::ALL).unwrap();
        let tune = Tune::new(&configs, "quick", &Scale::default()).unwrap();
        let plan = tune.plan(&configs, Path::new("data")).unwrap();
        let [digest, former] = tune.problems(&plan, "nin-shapes").unwrap();
        let before = Tuned::at(tune.path.clone()).unwrap().tasks.remove("nin-shapes").unwrap();
        let mut old = before.clone();
        old.problem = former;
        let text = serde_yaml::to_string(&BTreeMap::from([("nin-shapes", &old)])).unwrap();
        std::fs::write(&tune.path, text).unwrap();
        let another = Search { entry: "another".into(), ..old.searches[0].clone() };
        let found = Tuning { problem: digest.clone(), searches: vec![another], ..old };
        tune.write(&plan, &BTreeMap::from([("nin-shapes".to_owned(), found)])).unwrap();
        let after = Tuned::at(tune.path.clone()).unwrap().tasks.remove("nin-shapes").unwrap();
        assert_eq!((after.searches.len(), after.problem), (before.searches.len() + 1, digest));
    }
}
