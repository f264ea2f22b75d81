//! An optimizer's page: what it is, what it costs, how it did.

use crate::drawing::{Figure, Stroke};
use crate::view::results::{RuleView, StepTimes, family, rules, sentences, step_times};
use crate::view::task::TaskView;
use crate::view::tuning::{Criterion, SearchView, Sought, TuningView};
use crate::words::Fact;
use crate::words::names::optimizer_page;
use crate::words::text::value;
use records::{CheckCard, Manifest, OptimizerCard, ParameterCard};
use schemars::JsonSchema;
use serde::Serialize;

/// An optimizer.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct OptimizerView {
    /// Name.
    pub name: String,
    /// Name in a heading.
    pub title: String,
    /// File of its page.
    pub page: String,
    /// The idea of its update rule.
    pub words: String,
    /// Paper and equation.
    pub reference: String,
    /// Folder of its implementation.
    pub source: String,
    /// The rules of its entries, each once.
    pub rules: Vec<RuleView>,
    /// Its hyper-parameters.
    pub parameters: Vec<ParameterView>,
    /// What it costs.
    pub cost: Vec<Fact>,
    /// Its entries, task by task.
    pub uses: Vec<UseView>,
    /// How the times of steps were measured, task by task; tasks with the same words together.
    pub timed: Vec<String>,
    /// Sentences about comparisons it takes part in.
    pub findings: Vec<String>,
    /// Searches behind its values, with the task they were made on.
    pub searches: Vec<SearchOf>,
    /// How its results depend on the value searched for, and on how many values are tried.
    pub figures: Vec<Figure>,
    /// The conformance kit's checks.
    pub checks: Vec<CheckView>,
    /// How many of them passed.
    pub passed: usize,
}

/// A hyper-parameter.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ParameterView {
    /// Key.
    pub key: String,
    /// What it is.
    pub meaning: String,
    /// What is accepted.
    pub accepted: String,
    /// Default.
    pub default: String,
}

/// An entry of the optimizer on a task.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct UseView {
    /// Heading of the task.
    pub task: String,
    /// Its page.
    pub page: String,
    /// Key of the entry.
    pub entry: String,
    /// Name of the entry.
    pub title: String,
    /// Colour and dash.
    pub stroke: Stroke,
    /// What is measured.
    pub metric: String,
    /// Mean, printed.
    pub mean: Option<String>,
    /// How far the 95 % interval goes, printed.
    pub around: Option<String>,
    /// Runs that enter.
    pub n: usize,
    /// Runs that diverged.
    pub diverged: u64,
    /// Verdict against the reference of the task; none for the reference itself.
    pub verdict: Option<&'static str>,
    /// Whether it is the reference.
    pub is_reference: bool,
    /// Median milliseconds per step, printed.
    pub step_ms: Option<String>,
    /// Smallest and largest, printed.
    pub step_range: Option<[String; 2]>,
    /// The median over that of plain SGD on the task.
    pub step_ratio: Option<String>,
}

/// A search and its task.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct SearchOf {
    /// Heading of the task.
    pub task: String,
    /// The search.
    pub search: SearchView,
}

/// A check.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct CheckView {
    /// What must hold.
    pub name: String,
    /// Whether it does.
    pub passed: bool,
    /// What was measured.
    pub detail: String,
}

impl From<&ParameterCard> for ParameterView {
    fn from(card: &ParameterCard) -> Self {
        Self {
            key: card.key.clone(),
            meaning: card.meaning.clone(),
            accepted: card.accepted.clone(),
            default: value(&card.default),
        }
    }
}

impl From<&CheckCard> for CheckView {
    fn from(card: &CheckCard) -> Self {
        Self { name: card.name.clone(), passed: card.passed, detail: card.detail.clone() }
    }
}

/// What the pages of the optimizers are made from.
pub(crate) struct Workshop<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) tasks: &'a [TaskView],
    pub(crate) times: &'a StepTimes,
    pub(crate) tuning: &'a [TuningView],
}

impl Workshop<'_> {
    /// One page per optimizer that the manifest has a card of.
    pub(crate) fn optimizers(&self) -> Vec<OptimizerView> {
        self.manifest.optimizers.iter().map(|card| self.optimizer(card)).collect()
    }

    fn optimizer(&self, card: &OptimizerCard) -> OptimizerView {
        let is_own = |entry: &records::Entry| entry.optimizer == card.name;
        let rules = self.manifest.tasks.iter().flat_map(|task| &task.entries).filter(|entry| is_own(entry));
        let uses = self.uses(card);
        let searches = self
            .tuning
            .iter()
            .flat_map(|tuning| tuning.searches.iter().map(move |search| (tuning, search)))
            .filter(|(_, search)| uses.iter().any(|of| of.entry == search.key && of.title == search.entry))
            .map(|(tuning, search)| SearchOf { task: tuning.task.clone(), search: search.clone() })
            .collect();
        let mut figures = Vec::new();
        for task in &self.manifest.tasks {
            let Some(tuning) = task.tuning.as_ref() else { continue };
            let criterion = Criterion::new(&tuning.criterion, task);
            let sought =
                Sought { task, tuning, optimizer: Some(&card.name), cards: &self.manifest.optimizers };
            figures.extend(sought.sensitivity(&criterion));
            figures.extend(sought.budget(&criterion));
        }
        OptimizerView {
            name: card.name.clone(),
            title: card.title.clone(),
            page: optimizer_page(self.manifest, &card.name),
            words: card.words.clone(),
            reference: card.reference.clone(),
            source: card.source.clone(),
            rules: rules::distinct(rules),
            parameters: card.parameters.iter().map(ParameterView::from).collect(),
            cost: self.cost(card, &uses),
            findings: self.findings(card),
            timed: self.timed(&uses),
            uses,
            searches,
            figures,
            passed: card.checks.iter().filter(|check| check.passed).count(),
            checks: card.checks.iter().map(CheckView::from).collect(),
        }
    }

    fn uses(&self, card: &OptimizerCard) -> Vec<UseView> {
        let mut uses = Vec::new();
        for (task, planned) in self.tasks.iter().zip(&self.manifest.tasks) {
            let reference = family::reference(planned);
            for entry in task.entries.iter().filter(|entry| entry.optimizer == card.name) {
                uses.push(UseView {
                    task: task.title.clone(),
                    page: task.page.clone(),
                    entry: entry.key.clone(),
                    title: entry.title.clone(),
                    stroke: entry.stroke.clone(),
                    metric: task.metric.clone(),
                    mean: entry.estimate.mean_text.clone(),
                    around: entry.estimate.around.clone(),
                    n: entry.estimate.n,
                    diverged: entry.diverged,
                    verdict: task.comparisons.iter().find(|c| c.entry == entry.key).map(|c| c.verdict),
                    is_reference: task.reference.is_some() && reference.as_deref() == Some(&entry.key),
                    step_ms: self.times.of(&task.name, &entry.key).map(step_times::printed),
                    step_range: self.times.of(&task.name, &entry.key).map(step_times::range),
                    step_ratio: self.times.against_sgd(planned, &entry.key),
                });
            }
        }
        uses
    }

    fn timed(&self, uses: &[UseView]) -> Vec<String> {
        let mut timed: Vec<(String, Vec<&str>)> = Vec::new();
        for task in self
            .tasks
            .iter()
            .filter(|task| uses.iter().any(|it| it.page == task.page && it.step_ms.is_some()))
        {
            let Some(how) = self.times.how(&task.name) else { continue };
            match timed.iter_mut().find(|(words, _)| *words == how) {
                Some((_, titles)) => titles.push(&task.title),
                None => timed.push((how, vec![&task.title])),
            }
        }
        timed.into_iter().map(|(how, titles)| format!("{}: {how}", titles.join(" and "))).collect()
    }

    fn cost(&self, card: &OptimizerCard, uses: &[UseView]) -> Vec<Fact> {
        let fact = |name: &str, value: String| Fact { name: name.into(), value };
        // A network first: a function of two variables is minimised in double precision and in no time.
        let mut tasks: Vec<&TaskView> = self.tasks.iter().collect();
        tasks.sort_by_key(|task| task.kind != "training");
        let entries = tasks.iter().flat_map(|t| &t.entries).filter(|e| e.optimizer == card.name);
        let mut facts = Vec::new();
        if let Some(bytes) = entries.into_iter().find_map(|entry| entry.state_bytes.clone()) {
            facts.push(fact("state, bytes per parameter", bytes));
        }
        let timed = || uses.iter().filter(|used| used.step_ms.is_some());
        if let Some(used) = timed().find(|used| used.step_ratio.is_some()).or(timed().next()) {
            let against =
                used.step_ratio.as_ref().map(|r| format!(", {r} that of plain SGD")).unwrap_or_default();
            let ms = used.step_ms.clone().unwrap_or_default();
            facts.push(fact("step, median", format!("{ms} ms on {}{against}", used.task)));
        }
        facts.push(fact("hyper-parameters", card.parameters.len().to_string()));
        let tuned = || self.manifest.tasks.iter().filter_map(|task| task.tuning.as_ref());
        let own = |key: &str| uses.iter().any(|used| used.entry == key);
        let searches: Vec<_> = tuned().flat_map(|t| &t.searches).filter(|s| own(&s.entry)).collect();
        if !searches.is_empty() {
            let keys =
                searches.iter().flat_map(|search| [&search.hyper].into_iter().chain(search.others.keys()));
            let mut hypers: Vec<&str> = keys.map(String::as_str).collect();
            hypers.sort_unstable();
            hypers.dedup();
            let trials: usize = searches.iter().map(|search| search.trials.len()).sum();
            facts.push(fact("searched for", format!("{}, {trials} trials", hypers.join(", "))));
        }
        facts
    }

    /// What is said of its entries, as challengers and as reference.
    fn findings(&self, card: &OptimizerCard) -> Vec<String> {
        let mut met = Vec::new();
        for (task, planned) in self.tasks.iter().zip(&self.manifest.tasks) {
            let is_own = |key: &str| {
                planned.entries.iter().any(|entry| entry.key == key && entry.optimizer == card.name)
            };
            let is_reference = family::reference(planned).is_some_and(|key| is_own(&key));
            let own = task.comparisons.iter().filter(|c| is_reference || is_own(&c.entry));
            met.extend(own.map(|comparison| (task.title.as_str(), comparison)));
        }
        sentences::compared(&met)
    }
}
