//! Computed pictures of what the theory of INNA says.
//!
//! Each exhibit is one deterministic computation of at most a few seconds: it runs the optimizers of the
//! catalogue, the same code that trains networks, on functions of one or two variables, and compares what comes
//! out with a formula or with a published number. What the catalogue does not have is written out in the exhibit
//! that needs it, which says so.
//!
//! ```
//! let exhibit = theory::exhibit("equivalences")?;
//! assert!(exhibit.findings.iter().all(|finding| finding.holds != Some(false)));
//! # Ok::<(), theory::TheoryError>(())
//! ```

mod damping;
mod drive;
mod energy;
mod equivalences;
mod error;
mod escape;
mod manifolds;
mod picture;
mod quadratic;
mod spirals;
mod stability;
mod sum_rule;
mod text;

pub use error::TheoryError;

use records::Exhibit;

/// What makes an exhibit.
type Make = fn() -> Result<Exhibit, TheoryError>;

/// The one list of exhibits.
const EXHIBITS: [(&str, Make); 8] = [
    (stability::NAME, stability::exhibit),
    (equivalences::NAME, equivalences::exhibit),
    (energy::NAME, energy::exhibit),
    (damping::NAME, damping::exhibit),
    (escape::NAME, escape::exhibit),
    (manifolds::NAME, manifolds::exhibit),
    (spirals::NAME, spirals::exhibit),
    (sum_rule::NAME, sum_rule::exhibit),
];

/// The names of all exhibits, in the order a reader should meet them.
pub fn names() -> [&'static str; 8] {
    EXHIBITS.map(|(name, _)| name)
}

/// Computes the exhibit `name`.
///
/// # Errors
/// If there is no such exhibit, or the catalogue has lost an optimizer or a hyper-parameter that it uses.
pub fn exhibit(name: &str) -> Result<Exhibit, TheoryError> {
    let entry = EXHIBITS.iter().find(|(known, _)| *known == name);
    let (_, make) = entry.ok_or_else(|| TheoryError::Unknown { name: name.to_owned() })?;
    make()
}
