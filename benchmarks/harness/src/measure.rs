//! What a task is judged by, as its file says it, and as the report needs it.

use crate::{ConfigError, Training};
use models::{Loss, Objective};
use records::{Measure, Measured, Part};
use serde::{Deserialize, Serialize};

/// What a task is judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasureSettings {
    /// The quantity.
    pub of: Judged,
    /// The part of the data that it is taken from.
    #[serde(default = "test")]
    pub part: Part,
    /// The least that the loss can be, of a gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<f64>,
    /// What a guess comes to, in the unit of the measure; left out, that of equal chances for all classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<f64>,
    /// The best that can be expected of anybody, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
}

/// Quantities that a task may be judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Judged {
    /// Share of labels predicted correctly.
    Accuracy,
    /// The loss.
    Loss,
    /// log₁₀ of what the loss lies above its minimum.
    Gap,
}

fn test() -> Part {
    Part::Test
}

impl MeasureSettings {
    /// Settings that contradict the loss, or one another.
    ///
    /// # Errors
    /// The first of them.
    pub(crate) fn check(&self, file: &str, loss: &Loss) -> Result<(), ConfigError> {
        let refuse = |message: &str| Err(ConfigError::new(file, message));
        match self.of {
            Judged::Accuracy if !loss.classifies() => {
                refuse("measure.of: accuracy, but the loss is not of labels; `loss` or `gap` is accepted")
            }
            Judged::Accuracy if self.part == Part::Train => {
                refuse("measure.part: train, but accuracies are of the test part; leave it out")
            }
            Judged::Gap if self.minimum.is_none() => refuse(
                "measure.minimum: missing; the least that the loss can be is what a gap is measured from",
            ),
            Judged::Accuracy | Judged::Loss if self.minimum.is_some() => {
                refuse("measure.minimum: only a gap has one; give `limit` in place of it, or leave it out")
            }
            Judged::Loss | Judged::Gap
                if self.chance.is_none() && !(loss.classifies() && self.of == Judged::Loss) =>
            {
                refuse(
                    "measure.chance: missing; what a guess comes to (predicting the mean, or no step at all) is score 0, and what a \
                     diverged run counts as",
                )
            }
            _ => {
                let numbers = [("minimum", self.minimum), ("chance", self.chance), ("limit", self.limit)];
                let odd = numbers.iter().find(|(_, number)| number.is_some_and(|x| !x.is_finite()));
                match odd {
                    Some((key, _)) => refuse(&format!("measure.{key}: a finite number is accepted")),
                    None => Ok(()),
                }
            }
        }
    }
}

/// Unit of the losses of a task's curves; `example` is what an example is called.
pub(crate) fn loss_unit(objective: &Objective, example: &str) -> String {
    match objective.loss {
        Loss::CrossEntropy { .. } if objective.labels > 1 => "nats per token".into(),
        Loss::CrossEntropy { .. } => "nats".into(),
        Loss::SquaredError { .. } => format!("squares per {example}"),
        Loss::BinaryCrossEntropy {} => format!("nats per {example}"),
    }
}

/// What a task says that it is judged by; none if it says nothing and means its accuracy. `floor` is the least loss on the test part that can be expected of anybody, where the data tell it.
pub(crate) fn measure(
    settings: &Training,
    objective: &Objective,
    example: &str,
    floor: Option<f64>,
) -> Option<Measure> {
    let own = settings.measure.as_ref()?;
    let of = match own.of {
        Judged::Accuracy => Measured::Accuracy,
        Judged::Loss => Measured::Loss,
        Judged::Gap => Measured::Gap { minimum: own.minimum.unwrap_or_default() },
    };
    let (name, unit, chance) = match of {
        Measured::Accuracy => ("accuracy", "%".into(), 1.0 / objective.classes as f64),
        Measured::Loss => ("loss", loss_unit(objective, example), (objective.classes as f64).ln()),
        Measured::Gap { .. } => ("loss above its minimum", "log₁₀".into(), 0.0),
    };
    let floor = floor.filter(|_| of == Measured::Loss && own.part == Part::Test);
    Some(Measure {
        of,
        part: own.part,
        name: name.into(),
        unit,
        chance: own.chance.unwrap_or(chance),
        limit: own.limit.or(floor),
    })
}
