//! The files under `configs/optimizers`, and the optimizers of a plan for display.

use crate::entry::check_looks;
use crate::reader::{self, WRITTEN};
use crate::{ConfigError, Configs};
use records::{OptimizerCard, ParameterCard, SearchCard, TaskCard};
use rule::formula::{Formula, FormulaMethod, FormulaSource};
use rule::{Catalogue, CatalogueError, Method, Parameter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What studies share about an optimizer: a file under `configs/optimizers`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptimizerFile {
    /// Its name in a report, of an optimizer that is a formula.
    #[serde(default)]
    pub title: Option<String>,
    /// Paper and equation, of an optimizer that is a formula.
    #[serde(default)]
    pub reference: Option<String>,
    /// The update rule, if no crate has it.
    #[serde(default)]
    pub formula: Option<FormulaSource>,
    /// The formula as a rule.
    #[serde(skip)]
    pub rule: Option<Arc<Formula>>,
    /// The optimizers with a crate, of which it is one if it is no formula.
    #[serde(skip)]
    pub catalogue: Catalogue,
    /// The idea of the update rule in a few sentences, for its page.
    #[serde(default)]
    pub words: String,
    /// `#rrggbb`.
    #[serde(default)]
    pub colour: Option<String>,
    /// `solid`, `dashed`, `dotted`, `dash-dot`.
    #[serde(default)]
    pub dash: Option<String>,
    /// Hyper-parameters that studies start from.
    #[serde(default)]
    pub defaults: BTreeMap<String, Value>,
    /// What a search tries, with the reason.
    #[serde(default)]
    pub search: BTreeMap<String, SearchRange>,
}

/// Values of one hyper-parameter worth trying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchRange {
    /// The values.
    pub values: Vec<Value>,
    /// Why these.
    pub reason: String,
}

/// Names that no optimizer may have: words of `inna-bench check`, and the list of the optimizers' pages.
pub const TAKEN: [&str; 3] = ["all", "engine", "index"];

/// Values of a search, at most, before it extends them.
const MOST_VALUES: usize = 100;

/// Every file under `configs/optimizers`, read once; optimizers need have none.
#[derive(Clone, Debug)]
pub struct OptimizerFiles {
    catalogue: Catalogue,
    files: BTreeMap<String, OptimizerFile>,
    none: OptimizerFile,
}

impl OptimizerFiles {
    /// Reads the files.
    ///
    /// # Errors
    /// If one cannot be used, or is no optimizer's: what it says would be without effect.
    pub fn read(configs: &Configs) -> Result<Self, ConfigError> {
        let catalogue = configs.optimizers();
        let mut files = BTreeMap::new();
        for listed in configs.listing("optimizers") {
            let source = listed.usable()?;
            let shown = source.to_string();
            let (mut file, text): (OptimizerFile, String) = reader::read_as("optimizer", source, WRITTEN)?;
            file.catalogue = catalogue;
            let family = catalogue.find(&listed.name);
            let refuse = |message: String| ConfigError::new(shown.clone(), message);
            if file.formula.is_some() {
                if family.is_some() {
                    let message = format!(
                        "`{}` is an optimizer with a crate; give the formula another name",
                        listed.name
                    );
                    return Err(refuse(message));
                }
                file.read_formula(&listed.name, &text).map_err(refuse)?;
                let parameters =
                    file.rule.iter().flat_map(|rule| &rule.parameters).cloned().collect::<Vec<_>>();
                file.check(&parameters).map_err(refuse)?;
                files.insert(listed.name, file);
                continue;
            }
            let Some(family) = family else {
                let near = rule::nearest(&listed.name, catalogue.names())
                    .map(|near| format!(" (did you mean `{near}`?)"))
                    .unwrap_or_default();
                let message = format!(
                    "there is no optimizer `{}`{near}, so nothing reads this file; rename or remove it, or give it a `formula`",
                    listed.name
                );
                return Err(refuse(message));
            };
            if file.title.is_some() || file.reference.is_some() {
                let message =
                    "`title` and `reference` are for a `formula`; those of a crate are in its source";
                return Err(refuse(message.into()));
            }
            file.check(&family.parameters).map_err(refuse)?;
            files.insert(listed.name, file);
        }
        Ok(Self { files, ..Self::none(catalogue) })
    }

    /// No files: the optimizers of `catalogue` as they are.
    pub fn none(catalogue: Catalogue) -> Self {
        let none = OptimizerFile { catalogue, ..OptimizerFile::default() };
        Self { catalogue, files: BTreeMap::new(), none }
    }

    /// What studies share about an optimizer.
    pub fn of(&self, optimizer: &str) -> &OptimizerFile {
        self.files.get(optimizer).unwrap_or(&self.none)
    }

    /// The optimizers that are formulas, by name.
    pub fn formulas(&self) -> impl Iterator<Item = &Arc<Formula>> {
        self.files.values().filter_map(|file| file.rule.as_ref())
    }

    /// What there is to say of the optimizer `name`, a crate or a formula, without its checks; `None` if there is none.
    pub fn card(&self, name: &str) -> Option<OptimizerCard> {
        subjects(self).find(|subject| subject.name == name).map(|subject| subject.card(self))
    }

    /// The optimizer `name`, a crate or a formula, with hyper-parameters; what is missing takes its default.
    ///
    /// # Errors
    /// If there is no such optimizer, or a hyper-parameter is refused.
    pub fn parse(&self, name: &str, hyper: &Value) -> Result<Box<dyn Method>, CatalogueError> {
        self.of(name).method(name, hyper).map_err(|error| self.beside_formulas(error))
    }

    /// An error that names what there is, the formulas among it.
    pub(crate) fn beside_formulas(&self, error: CatalogueError) -> CatalogueError {
        let CatalogueError::Unknown { name, mut known } = error else { return error };
        known.extend(self.formulas().map(|formula| formula.name.clone()));
        CatalogueError::Unknown { name, known }
    }
}

impl OptimizerFile {
    /// The optimizer `name`, whose file this is if it has one.
    pub(crate) fn method(&self, name: &str, hyper: &Value) -> Result<Box<dyn Method>, CatalogueError> {
        let Some(rule) = &self.rule else { return self.catalogue.parse(name, hyper) };
        match FormulaMethod::parse(Arc::clone(rule), hyper) {
            Ok(method) => Ok(Box::new(method)),
            Err(source) => Err(CatalogueError::Hyper { name: name.to_owned(), source }),
        }
    }

    /// Makes a rule of the formula. `text` is the file's, for the place of a mistake.
    fn read_formula(&mut self, name: &str, text: &str) -> Result<(), String> {
        let Some(source) = &self.formula else { return Ok(()) };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(plain) {
            return Err("the file's name, which is the optimizer's, is made of small letters, digits and -, a letter first".into());
        }
        if TAKEN.contains(&name) {
            return Err(format!(
                "`{name}` is a word of `inna-bench check`; give the file, which is the optimizer's name, another name"
            ));
        }
        let title = self.title.as_deref().unwrap_or(name);
        let reference = self.reference.as_deref().unwrap_or("a formula of this file");
        let rule = Formula::new(name, title, reference, source).map_err(|error| {
            let place = find_value(text, &error.text).map(|at| {
                let before = &text[..at];
                let line = before.matches('\n').count() + 1;
                let column = before.chars().rev().take_while(|c| *c != '\n').count() + error.column + 1;
                format!("line {line}, column {column}: ")
            });
            format!("formula: {}{error}", place.unwrap_or_default())
        })?;
        self.rule = Some(Arc::new(rule));
        Ok(())
    }

    fn check(&self, own: &[Parameter]) -> Result<(), String> {
        check_looks(self.colour.as_deref(), self.dash.as_deref())?;
        let parameters = || own.iter().chain(rule::PRACTICE);
        let known = |key: &str| parameters().any(|parameter| parameter.key == key);
        let defaults = self.defaults.keys().map(|key| ("defaults", key));
        let mut unknown =
            defaults.chain(self.search.keys().map(|key| ("search", key))).filter(|(_, key)| !known(key));
        if let Some((part, key)) = unknown.next() {
            let keys = parameters().map(|parameter| &*parameter.key);
            let near = rule::nearest(key, keys.clone()).map(|near| format!(" (did you mean `{near}`?)"));
            let (near, accepted) = (near.unwrap_or_default(), keys.collect::<Vec<_>>().join(", "));
            return Err(format!("{part}: unknown key `{key}`{near}; accepted: {accepted}"));
        }
        self.search.iter().try_for_each(|(key, range)| {
            range.check().map_err(|message| format!("search.{key}.values: {message}"))
        })
    }
}

/// Where a line of a formula begins in the text of its file: a whole value behind `formula:`, quoted or not.
fn find_value(text: &str, value: &str) -> Option<usize> {
    if value.is_empty() {
        return None;
    }
    let from = text.find("formula:")?;
    let whole = |at: &usize| {
        let before = text[..*at].trim_end_matches(['"', '\'']);
        let after = text[at + value.len()..].trim_start_matches(['"', '\'']);
        before.ends_with([' ', '-', '[', '{'])
            && after.trim_start_matches(' ').starts_with(['\n', '\r', ',', '}', ']', '#'])
    };
    text[from..].match_indices(value).map(|(at, _)| from + at).find(whole)
}

impl SearchRange {
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.values.len() > MOST_VALUES {
            return Err(format!("{} values; at most {MOST_VALUES} are accepted", self.values.len()));
        }
        let mut seen = BTreeSet::new();
        for value in &self.values {
            if value.is_null() {
                return Err("null is no value; leave it out".into());
            }
            // 1 and 1.0 are one number.
            let text = value.as_f64().map_or_else(|| value.to_string(), |number| (number + 0.0).to_string());
            if !seen.insert(text) {
                return Err(format!("{value} is listed twice; keep one"));
            }
        }
        Ok(())
    }
}

/// A card of every optimizer that `tasks` compare, in the order of the catalogue.
pub(crate) fn cards(files: &OptimizerFiles, tasks: &[TaskCard]) -> Vec<OptimizerCard> {
    let used: BTreeSet<&str> =
        tasks.iter().flat_map(|task| &task.entries).map(|entry| entry.optimizer.as_str()).collect();
    subjects(files).filter(|subject| used.contains(subject.name)).map(|subject| subject.card(files)).collect()
}

/// Every optimizer, in the order of the catalogue.
fn subjects(files: &OptimizerFiles) -> impl Iterator<Item = Subject<'_>> {
    let compiled = files.catalogue.families().iter().map(|family| Subject {
        name: &family.name,
        title: &family.title,
        reference: &family.reference,
        source: format!("optimizers/{}", family.name),
        parameters: &family.parameters,
        defaults: family.defaults(),
    });
    let formulas = files.formulas().map(|formula| Subject {
        name: &formula.name,
        title: &formula.title,
        reference: &formula.reference,
        source: format!("configs/optimizers/{}.yaml", formula.name),
        parameters: &formula.parameters,
        defaults: FormulaMethod::defaults(formula),
    });
    compiled.chain(formulas)
}

/// An optimizer as its card tells of it.
struct Subject<'a> {
    name: &'a str,
    title: &'a str,
    reference: &'a str,
    source: String,
    parameters: &'a [Parameter],
    defaults: Value,
}

impl Subject<'_> {
    fn card(self, files: &OptimizerFiles) -> OptimizerCard {
        let shared = files.of(self.name).clone();
        let parameter = |parameter: &Parameter| ParameterCard {
            key: parameter.key.to_string(),
            meaning: parameter.meaning.to_string(),
            accepted: parameter.range.to_string(),
            default: self.defaults.get(&*parameter.key).cloned().unwrap_or(Value::Null),
        };
        let search = |(hyper, range): (String, SearchRange)| SearchCard {
            hyper,
            values: range.values,
            reason: range.reason,
        };
        OptimizerCard {
            name: self.name.to_owned(),
            title: self.title.to_owned(),
            words: shared.words,
            reference: self.reference.to_owned(),
            parameters: self.parameters.iter().map(parameter).collect(),
            searches: shared.search.into_iter().map(search).collect(),
            checks: Vec::new(),
            source: self.source,
        }
    }
}
