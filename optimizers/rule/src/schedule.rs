//! How the step size changes with the iteration.

use crate::hyper::HyperError;
use crate::number::power;
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// A factor on the learning rate γ₀ as a function of the iteration k = 0, 1, …
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// γₖ = γ₀. Braces, since serde lets unknown keys pass beside a unit variant.
    Constant {},
    /// γₖ = γ₀ / (k+1)^exponent.
    Power {
        /// The exponent, > 0.
        exponent: f64,
    },
    /// Half a cosine from γ₀ at k = 0 to floor·γ₀ at k = the number of steps, constant from there.
    Cosine {
        /// What is left at the end, as a part of γ₀, in [0, 1).
        #[serde(default)]
        floor: f64,
    },
    /// A straight line from γ₀ at k = 0 to floor·γ₀ at k = the number of steps, constant from there.
    Linear {
        /// What is left at the end, as a part of γ₀, in [0, 1).
        #[serde(default)]
        floor: f64,
    },
    /// γ₀, and in the last part of the steps a straight line to 0: with a warm-up before it, warm-up–stable–decay.
    Stable {
        /// The part of the steps in which γₖ falls, in (0, 1).
        decay: f64,
    },
    /// γₖ = γ₀ (k+1)/steps for k < steps, then another schedule that counts from there.
    Warmup {
        /// Length in steps, ≥ 1.
        steps: u64,
        /// What follows; not another warm-up.
        then: Box<Schedule>,
    },
    /// γₖ = γ₀ factor^⌊k/every⌋.
    Step {
        /// Steps between two drops, ≥ 1.
        every: u64,
        /// The factor of each drop, in (0, 1).
        factor: f64,
    },
}

impl Default for Schedule {
    fn default() -> Self {
        Self::Constant {}
    }
}

impl Schedule {
    /// γₖ/γ₀ at iteration `k` of a training of `total_steps` steps. In [0, 1] if [`Schedule::check`] passes.
    pub fn factor(&self, k: u64, total_steps: u64) -> f64 {
        match self {
            Self::Constant {} => 1.0,
            Self::Power { exponent } => 1.0 / power(k as f64 + 1.0, *exponent),
            Self::Cosine { floor } => {
                // k/total would be 0/0 in an empty training.
                let progress = k.min(total_steps) as f64 / total_steps.max(1) as f64;
                floor + (1.0 - floor) * 0.5 * (1.0 + libm::cos(PI * progress))
            }
            Self::Linear { floor } => {
                let left = total_steps.saturating_sub(k) as f64 / total_steps.max(1) as f64;
                floor + (1.0 - floor) * left
            }
            Self::Stable { decay } => {
                let left = total_steps.saturating_sub(k) as f64 / total_steps.max(1) as f64;
                (left / decay).min(1.0)
            }
            Self::Warmup { steps, then } => {
                if k < *steps {
                    (k as f64 + 1.0) / *steps as f64
                } else {
                    then.factor(k - steps, total_steps.saturating_sub(*steps))
                }
            }
            Self::Step { every, factor } => power(*factor, (k / (*every).max(1)) as f64),
        }
    }

    /// Whether every number is in its range, and does something: what changes nothing is `constant`, so that one training has
    /// one name. `key` is where the schedule stands, for the message.
    pub fn check(&self, key: &str) -> Result<(), HyperError> {
        let range = |ok: bool, field: &str, value: f64, accepted: &str| {
            HyperError::unless(ok, &format!("{key}.{field}"), value, accepted)
        };
        match self {
            Self::Constant {} => Ok(()),
            Self::Power { exponent } => {
                // An exponent so small that 1/2^exponent is 1 changes nothing either.
                let acts = exponent.is_finite() && power(2.0, *exponent) > 1.0;
                range(acts, "exponent", *exponent, "a number > 0 (0 has no effect: say kind: constant)")
            }
            Self::Stable { decay } => {
                let inside = *decay > 0.0 && *decay < 1.0;
                range(inside, "decay", *decay, "a number > 0 and < 1 (1 is kind: linear)")
            }
            Self::Cosine { floor } | Self::Linear { floor } => {
                let accepted = "a number in [0, 1) (1 has no effect: say kind: constant)";
                range((0.0..1.0).contains(floor), "floor", *floor, accepted)
            }
            Self::Warmup { steps, then } => {
                range(*steps >= 1, "steps", *steps as f64, "an integer ≥ 1")?;
                let acts = *steps > 1 || **then != Self::Constant {};
                range(acts, "steps", *steps as f64, "an integer ≥ 2 (a single step has no effect)")?;
                let nested = matches!(**then, Self::Warmup { .. });
                HyperError::unless(
                    !nested,
                    &format!("{key}.then"),
                    "a warm-up",
                    "constant, power, cosine, linear, stable or step",
                )?;
                then.check(&format!("{key}.then"))
            }
            Self::Step { every, factor } => {
                range(*every >= 1, "every", *every as f64, "an integer ≥ 1")?;
                let accepted = "a number in (0, 1) (1 has no effect: say kind: constant)";
                range(*factor > 0.0 && *factor < 1.0, "factor", *factor, accepted)
            }
        }
    }

    /// Whether a training of `total_steps` steps gets as far as the schedule's parts: past a warm-up, to a first drop.
    ///
    /// # Errors
    /// The part that is never reached, with its key.
    pub fn check_length(&self, key: &str, total_steps: u64) -> Result<(), HyperError> {
        let reached = |field: &str, steps: u64| {
            let accepted = format!("fewer than the training's {total_steps} steps");
            HyperError::unless(steps < total_steps, &format!("{key}.{field}"), steps, &accepted)
        };
        match self {
            Self::Warmup { steps, then } => {
                reached("steps", *steps)?;
                then.check_length(&format!("{key}.then"), total_steps - steps)
            }
            Self::Step { every, .. } => reached("every", *every),
            Self::Stable { decay } => {
                // A decay shorter than a step is none.
                let acts = decay * total_steps as f64 >= 1.0;
                let accepted = format!("at least one of the training's {total_steps} steps");
                HyperError::unless(acts, &format!("{key}.decay"), decay, &accepted)
            }
            Self::Constant {} | Self::Power { .. } | Self::Cosine { .. } | Self::Linear { .. } => Ok(()),
        }
    }

    /// Steps before the step size is what was set for the first time.
    pub fn warmup(&self) -> u64 {
        if let Self::Warmup { steps, .. } = self { *steps } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(value: serde_json::Value) -> Schedule {
        serde_json::from_value(value).unwrap()
    }

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-15, "{a} is not {b}");
    }

    #[test]
    fn factors_by_hand() {
        close(parse(json!({"kind": "constant"})).factor(7, 10), 1.0);
        close(parse(json!({"kind": "power", "exponent": 0.5})).factor(0, 10), 1.0);
        close(parse(json!({"kind": "power", "exponent": 0.5})).factor(8, 10), 1.0 / 3.0);
        let cosine = parse(json!({"kind": "cosine", "floor": 0.2}));
        close(cosine.factor(0, 12), 1.0);
        close(cosine.factor(4, 12), 0.8); // cos 60° = 1/2
        close(cosine.factor(12, 12), 0.2);
        close(cosine.factor(99, 12), 0.2);
        let linear = parse(json!({"kind": "linear", "floor": 0.2}));
        close(linear.factor(0, 8), 1.0);
        close(linear.factor(6, 8), 0.4);
        close(linear.factor(9, 8), 0.2);
        let stable = parse(json!({"kind": "stable", "decay": 0.25}));
        close(stable.factor(12, 16), 1.0);
        close(stable.factor(14, 16), 0.5);
        close(stable.factor(16, 16), 0.0);
        let step = parse(json!({"kind": "step", "every": 3, "factor": 0.1}));
        close(step.factor(2, 9), 1.0);
        close(step.factor(3, 9), 0.1);
        close(step.factor(8, 9), 0.01);
        let warmup = parse(json!({"kind": "warmup", "steps": 4, "then": {"kind": "cosine"}}));
        close(warmup.factor(0, 16), 0.25);
        close(warmup.factor(3, 16), 1.0);
        close(warmup.factor(4, 16), 1.0);
        close(warmup.factor(8, 16), 0.75);
        close(warmup.factor(16, 16), 0.0);
    }

    #[test]
    fn nonsense_is_refused() {
        let unknown = serde_json::from_value::<Schedule>(json!({"kind": "power", "exponent": 1.0, "q": 2}));
        assert!(unknown.unwrap_err().to_string().contains("unknown field `q`"));
        let unknown = serde_json::from_value::<Schedule>(json!({"kind": "constant", "q": 2}));
        assert!(unknown.unwrap_err().to_string().contains("unknown field `q`"));
        for (value, key) in [
            (json!({"kind": "power", "exponent": -1.0}), "schedule.exponent"),
            (json!({"kind": "power", "exponent": 0.0}), "say kind: constant"),
            (json!({"kind": "power", "exponent": 1e-30}), "say kind: constant"),
            (json!({"kind": "cosine", "floor": 1.5}), "schedule.floor"),
            (json!({"kind": "linear", "floor": 1.0}), "say kind: constant"),
            (json!({"kind": "stable", "decay": 1.0}), "schedule.decay"),
            (json!({"kind": "cosine", "floor": 1.0}), "say kind: constant"),
            (json!({"kind": "step", "every": 5, "factor": 1.0}), "say kind: constant"),
            (json!({"kind": "warmup", "steps": 1, "then": {"kind": "constant"}}), "schedule.steps"),
            (json!({"kind": "step", "every": 0, "factor": 0.5}), "schedule.every"),
            (json!({"kind": "step", "every": 5, "factor": 0.0}), "schedule.factor"),
            (json!({"kind": "warmup", "steps": 0, "then": {"kind": "constant"}}), "schedule.steps"),
            (
                json!({"kind": "warmup", "steps": 2, "then": {"kind": "step", "every": 1, "factor": 7.0}}),
                "schedule.then.factor",
            ),
        ] {
            let message = parse(value).check("schedule").unwrap_err().to_string();
            assert!(message.contains(key), "{message}");
        }
    }

    #[test]
    fn a_part_that_is_never_reached_is_refused() {
        let step = parse(json!({"kind": "step", "every": 10, "factor": 0.5}));
        assert!(step.check_length("schedule", 11).is_ok());
        let message = step.check_length("schedule", 10).unwrap_err().to_string();
        assert!(message.contains("schedule.every") && message.contains("10 steps"), "{message}");
        let stable = parse(json!({"kind": "stable", "decay": 0.1}));
        assert!(stable.check_length("schedule", 10).is_ok() && stable.check_length("schedule", 9).is_err());
        // The last step is in the warm-up, or the first after it.
        let warmup = parse(json!({"kind": "warmup", "steps": 4, "then": {"kind": "cosine"}}));
        assert!(warmup.check_length("schedule", 5).is_ok());
        assert!(warmup.check_length("schedule", 4).is_err());
        let both =
            parse(json!({"kind": "warmup", "steps": 4, "then": {"kind": "step", "every": 6, "factor": 0.5}}));
        assert!(both.check_length("schedule", 11).is_ok());
        let message = both.check_length("schedule", 10).unwrap_err().to_string();
        assert!(message.contains("schedule.then.every"), "{message}");
    }
}
