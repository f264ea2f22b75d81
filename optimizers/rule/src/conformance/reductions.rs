//! What an optimizer claims to be with certain settings: another one.

use super::Check;
use super::checks::STEPS;
use super::probe::{normal, small_layout};
use super::trace::relative_error;
use crate::{Family, HyperError, Lookup};
use serde_json::Value;

/// With these settings the optimizer takes the steps of another.
#[derive(Clone, Copy, Debug)]
pub struct Reduction {
    /// The claim in a few words, such as `beta1 = 0 is RMSprop with corrected bias`.
    pub claim: &'static str,
    /// The optimizer's settings.
    pub with: fn() -> Value,
    /// The other optimizer.
    pub is: &'static str,
    /// Its settings.
    pub of: fn() -> Value,
    /// The largest relative error of fifty steps in double precision; 0 where the steps are the same to the bit.
    pub limit: f64,
}

/// Checks what `family` declares; `lookup` finds the other optimizers.
pub fn reductions(family: &Family, lookup: Lookup<'_>) -> Vec<Check> {
    family.reductions.iter().map(|reduction| check(family, reduction, lookup)).collect()
}

fn check(family: &Family, reduction: &Reduction, lookup: Lookup<'_>) -> Check {
    let limit = reduction.limit;
    let (passed, detail) = match error(family, reduction, lookup) {
        Ok(error) => (error <= limit, format!("relative error {error:.1e}, limit {limit:.0e}")),
        Err(refused) => (false, refused.to_string()),
    };
    Check { name: reduction.claim, passed, detail }
}

fn error(family: &Family, reduction: &Reduction, lookup: Lookup<'_>) -> Result<f64, HyperError> {
    let ours = family.parse_with(&(reduction.with)(), lookup)?;
    let other = lookup(reduction.is, &(reduction.of)())?;
    let layout = small_layout();
    let mut thetas = [normal::<f64>("theta", 0, layout.len()), normal("theta", 0, layout.len())];
    let mut optimizers = [ours.optimizer_f64(&layout, STEPS), other.optimizer_f64(&layout, STEPS)];
    let mut worst = 0.0;
    for step in 0..STEPS {
        let gradient = normal::<f64>("gradient", step, layout.len());
        for (optimizer, theta) in optimizers.iter_mut().zip(&mut thetas) {
            optimizer.step(theta, &gradient);
        }
        worst = f64::max(worst, relative_error(&thetas[0], &thetas[1]));
    }
    Ok(worst)
}
