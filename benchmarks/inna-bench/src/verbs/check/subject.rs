//! An optimizer that is checked.

use crate::printed;
use anyhow::{Context, Result};
use harness::OptimizerFiles;
use records::CheckCard;
use reports::Specimen;
use rule::Method;
use rule::conformance::{self, Check, Cost};
use serde_json::json;

/// How costs are measured, for a page.
pub(super) const MEASURED: &str = "Measured in single precision on one thread of the machine that made this page: eight matrices of \
                                   128 × 64 with their biases, in turn with plain SGD, the median of nine rounds of ten updates.";

/// An optimizer with what was found.
pub(super) struct Subject {
    pub name: String,
    pub checks: Vec<Check>,
    pub cost: Cost,
    method: Box<dyn Method>,
}

impl Subject {
    /// Checks and measures `method`.
    pub fn new(name: &str, method: Box<dyn Method>) -> Result<Self> {
        let mut checks = conformance::run(method.as_ref());
        checks.extend(catalogue::ALL.reductions(name));
        let sgd = catalogue::ALL.parse("sgd", &json!({}))?;
        let cost = conformance::cost(method.as_ref(), sgd.as_ref()).context("measuring its updates")?;
        Ok(Self { name: name.to_owned(), checks, cost, method })
    }

    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }

    pub fn cost_in_words(&self) -> String {
        let Cost { state_bytes_per_parameter, times: [median, least, most], parameters } = self.cost;
        format!(
            "{state_bytes_per_parameter:.2} bytes per parameter beside it; an update of {parameters} takes {median:.1} times plain \
             SGD's ({least:.1} to {most:.1})"
        )
    }

    /// It for `--json`.
    pub fn printed(&self) -> printed::Specimen {
        let check = |check: &Check| printed::SpecimenCheck {
            name: check.name.to_owned(),
            passed: check.passed,
            detail: check.detail.clone(),
        };
        let Cost { parameters, state_bytes_per_parameter, times: [median, least, most] } = self.cost;
        printed::Specimen {
            optimizer: self.name.clone(),
            passed: self.passed(),
            checks: self.checks.iter().map(check).collect(),
            cost: printed::SpecimenCost {
                parameters,
                state_bytes_per_parameter,
                time_over_sgd: median,
                time_over_sgd_least: least,
                time_over_sgd_most: most,
            },
        }
    }

    /// What its page shows.
    pub fn specimen(&self, files: &OptimizerFiles) -> Result<Specimen> {
        let mut card =
            files.card(&self.name).with_context(|| format!("optimizer `{}` has no card", self.name))?;
        let check =
            |c: &Check| CheckCard { name: c.name.to_owned(), passed: c.passed, detail: c.detail.clone() };
        card.checks = self.checks.iter().map(check).collect();
        Ok(Specimen {
            card,
            mathml: self.method.mathml(),
            states: self.method.states(),
            state_bytes_per_parameter: self.cost.state_bytes_per_parameter,
            times: self.cost.times,
        })
    }
}
