//! The one list of optimizers: the path dependencies in this crate's `Cargo.toml`.
//!
//! An optimizer is a crate under `optimizers/` that exports `pub static FAMILY: rule::Family`, and one line there.

use rule::{Catalogue, Family};

include!(concat!(env!("OUT_DIR"), "/families.rs"));

/// Every optimizer, by name.
pub const ALL: Catalogue = Catalogue::new(FAMILIES);

/// What the documentation shows of a crate compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/ADDING-AN-OPTIMIZER.md")]
pub struct Documented;

#[cfg(test)]
mod tests;
