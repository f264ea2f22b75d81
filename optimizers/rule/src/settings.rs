//! From a parameter struct to a [`Method`].

use crate::conformance::{Reduction, Translation};
use crate::cuda::{SegmentKernels, Step, Variant};
use crate::elementwise::{self, Parts, Sweep};
use crate::expression::Traced;
use crate::hyper::{check_finite, check_no_list, without_negative_zeros};
use crate::practice::Practice;
use crate::sweep::Compiled;
use crate::{
    Float, HyperError, Invariance, Layout, Method, Optimizer, PRACTICE, Parameter, Program, Rule, Schedule,
    cuda, mathml, nearest,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::fmt::Debug;
use std::sync::Arc;

/// The hyper-parameters of an optimizer. The struct derives `Serialize`, `Deserialize` with
/// `#[serde(deny_unknown_fields, default)]`, and implements `Default`; its fields are the keys of
/// [`Settings::PARAMETERS`].
pub trait Settings: Serialize + DeserializeOwned + Default + Debug + Clone + Send + Sync + 'static {
    /// The name in the catalogue, which is that of the crate.
    const NAME: &'static str;
    /// The name in a report.
    const TITLE: &'static str;
    /// Paper and equation.
    const REFERENCE: &'static str;
    /// The parameter table; numbers are checked against it.
    const PARAMETERS: &'static [Parameter];
    /// What other implementations call it and its parameters, for their recorded trajectories.
    const TRANSLATIONS: &'static [Translation] = &[];

    /// The largest relative error of single precision after fifty steps on a quadratic.
    const F32_LIMIT: f64 = 1e-4;

    /// What its path follows; [`Invariance::Translation`] only where nothing decays.
    const INVARIANCES: &'static [Invariance] = &[Invariance::Permutation, Invariance::Translation];

    /// What it is with certain settings.
    const REDUCTIONS: &'static [Reduction] = &[];

    /// The learning rate γ₀.
    fn learning_rate(&self) -> f64;

    /// Its schedule.
    fn schedule(&self) -> &Schedule;

    /// Conditions between parameters.
    fn check(&self) -> Result<(), HyperError> {
        Ok(())
    }

    /// See [`Method::warnings`].
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// These settings without weight decay, for tensors that are to have none.
    fn without_decay(&self) -> Self {
        let mut values = to_map(self);
        values.insert("weight_decay".into(), 0.0.into());
        serde_json::from_value(Value::Object(values)).unwrap_or_else(|_| self.clone())
    }
}

/// The [`Method`] of checked [`Settings`].
#[derive(Clone, Debug)]
pub struct Configured<P> {
    settings: P,
    practice: Practice,
}

impl<P: Settings + Rule> Configured<P> {
    /// Checks every parameter against its range, then the conditions between them.
    pub fn new(settings: P) -> Result<Self, HyperError> {
        check_ranges(P::PARAMETERS, &to_map(&settings))?;
        settings.check()?;
        Ok(Self { settings, practice: Practice::default() })
    }

    /// Parses a map of hyper-parameters; `null` is the empty map, and what is missing takes its default.
    pub fn parse(hyper: &Value) -> Result<Self, HyperError> {
        let (given, practice) = given(P::PARAMETERS, hyper)?;
        let settings: P = read(P::PARAMETERS, &given)?;
        practice.check(&to_map(&settings))?;
        let average = practice.average.unwrap_or_default();
        let words = "not with an optimizer that is evaluated at an average of its own";
        HyperError::unless(practice.average.is_none() || !settings.averages(), "average", average, words)?;
        Ok(Self { practice, ..Self::new(settings)? })
    }

    /// The parameters.
    pub fn settings(&self) -> &P {
        &self.settings
    }

    fn parts<F: Float>(&self, total_steps: u64) -> Parts<'_, F> {
        let undecayed = (self.practice.matrices_only)
            .then(|| Box::new(Compiled(self.settings.without_decay())) as Box<dyn Sweep<F>>);
        Parts {
            rule: Box::new(Compiled(self.settings.clone())),
            undecayed,
            learning_rate: self.settings.learning_rate(),
            schedule: self.settings.schedule(),
            practice: self.practice,
            total_steps,
        }
    }
}

/// Checks every value against the range of its parameter.
pub(crate) fn check_ranges(parameters: &[Parameter], values: &Map<String, Value>) -> Result<(), HyperError> {
    parameters.iter().try_for_each(|parameter| {
        parameter.range.check(&parameter.key, values.get(&*parameter.key).unwrap_or(&Value::Null))
    })
}

/// The map that `hyper` is, its keys known, without what belongs to [`PRACTICE`]; and that.
pub(crate) fn given(
    parameters: &[Parameter],
    hyper: &Value,
) -> Result<(Map<String, Value>, Practice), HyperError> {
    let given = match hyper {
        Value::Null => &Map::new(),
        Value::Object(map) => map,
        other => return Err(HyperError::NotAMap { found: other.to_string() }),
    };
    for (key, value) in given {
        let Some(parameter) = parameters.iter().chain(PRACTICE).find(|p| p.key == *key) else {
            let keys = || parameters.iter().chain(PRACTICE).map(|p| &*p.key);
            return Err(HyperError::UnknownKey {
                key: key.clone(),
                nearest: nearest(key, keys()).map(str::to_owned),
                accepted: keys().map(str::to_owned).collect(),
            });
        };
        check_no_list(key, value, &parameter.range)?;
        check_finite(key, value, &parameter.range)?;
    }
    let mut given = match without_negative_zeros(&Value::Object(given.clone())) {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    let practice = Practice::take(&mut given)?;
    Ok((given, practice))
}

/// Reads settings, one key at a time, so that the parser's message belongs to its key.
pub(crate) fn read<P: DeserializeOwned>(
    parameters: &[Parameter],
    given: &Map<String, Value>,
) -> Result<P, HyperError> {
    for (key, value) in given {
        let accepted = parameters.iter().find(|p| p.key == *key).map(|p| p.range.to_string());
        let alone = Map::from_iter([(key.clone(), value.clone())]);
        serde_json::from_value::<P>(Value::Object(alone)).map_err(|e| HyperError::WrongType {
            key: key.clone(),
            value: value.to_string(),
            accepted: accepted.unwrap_or_default(),
            reason: e.to_string(),
        })?;
    }
    let all = Value::Object(given.clone());
    serde_json::from_value(all.clone()).map_err(|e| {
        let keys: Vec<_> = given.keys().cloned().collect();
        HyperError::WrongType {
            key: keys.join(", "),
            value: all.to_string(),
            accepted: "one configuration".into(),
            reason: e.to_string(),
        }
    })
}

/// The settings as a map of JSON values; empty if they do not serialise to a map.
pub(crate) fn to_map<P: Serialize>(settings: &P) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// The methods of [`Method`] that say what stands in `settings: P` and `practice`, whatever kind of rule `P` is.
macro_rules! described_by_settings {
    () => {
        fn name(&self) -> &str {
            P::NAME
        }
        fn title(&self) -> &str {
            P::TITLE
        }
        fn reference(&self) -> &str {
            P::REFERENCE
        }
        fn learning_rate(&self) -> f64 {
            self.settings.learning_rate()
        }
        fn schedule(&self) -> &$crate::Schedule {
            self.settings.schedule()
        }
        fn hyper(&self) -> $crate::serde_json::Value {
            let mut hyper = $crate::settings::to_map(&self.settings);
            self.practice.put(&mut hyper);
            $crate::serde_json::Value::Object(hyper)
        }
        fn warnings(&self) -> Vec<String> {
            self.settings.warnings()
        }
        fn f32_limit(&self) -> f64 {
            P::F32_LIMIT
        }
        fn practice(&self) -> $crate::Practice {
            self.practice
        }
        fn invariances(&self) -> Vec<$crate::Invariance> {
            $crate::invariance::held(P::INVARIANCES, &self.hyper(), $crate::Method::fallback(self))
        }
    };
}
pub(crate) use described_by_settings;

impl<P: Settings + Rule> Method for Configured<P> {
    described_by_settings!();

    fn states(&self) -> Vec<String> {
        let own = self.settings.states().iter().map(ToString::to_string);
        own.chain(self.practice.states()).collect()
    }
    fn evaluates_elsewhere(&self) -> bool {
        self.settings.averages() || self.practice.average.is_some()
    }
    fn optimizer_f32(&self, layout: &Layout, total_steps: u64) -> Box<dyn Optimizer<f32>> {
        elementwise::single(self.parts(total_steps), layout)
    }
    fn optimizer_f64(&self, layout: &Layout, total_steps: u64) -> Box<dyn Optimizer<f64>> {
        elementwise::double(self.parts(total_steps), layout)
    }
    fn mathml(&self) -> String {
        mathml::render(&Program::of(&self.settings), &self.practice.lines())
    }
    fn cuda_source(&self) -> Option<String> {
        let program = Program::of(&self.settings);
        (self.practice.is_plain() && program.is_elementwise()).then(|| cuda::source(&program, P::NAME))
    }
    fn segment_kernels(&self, total_steps: u64) -> Option<SegmentKernels> {
        let variant = |settings: P| {
            let step = Step {
                recalled: Traced::recalled(&settings),
                concluded: Traced::concluded(&settings),
                width: settings.scalars().len(),
                memory: settings.memory().iter().map(|(name, first)| ((*name).to_owned(), *first)).collect(),
            };
            let program = Program::of(&settings);
            let scalars = Arc::new(move |k| {
                let gamma = settings.learning_rate() * settings.schedule().factor(k, total_steps);
                Rule::scalars_at(&settings, k, gamma)
            });
            Variant { program, step, scalars }
        };
        let undecayed = self.practice.matrices_only.then(|| self.settings.without_decay());
        let all = [self.settings.clone()].into_iter().chain(undecayed);
        Some(SegmentKernels::new(P::NAME, all.map(variant).collect()))
    }
    fn memory(&self) -> Vec<(String, f64)> {
        let all = if P::SUMS.is_empty() { self.settings.memory() } else { &[] };
        all.iter().map(|(name, first)| ((*name).to_owned(), *first)).collect()
    }
    fn scalars_at(&self, k: u64, total_steps: u64, memory: &mut [f64]) -> Vec<f64> {
        let gamma = self.settings.learning_rate() * self.settings.schedule().factor(k, total_steps);
        let mut scalars = Rule::scalars_at(&self.settings, k, gamma);
        if P::SUMS.is_empty() {
            self.settings.recall(memory, &mut scalars);
            self.settings.conclude(&[], memory, &mut scalars);
        }
        scalars
    }
}
