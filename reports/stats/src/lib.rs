//! The statistics of the report: pure functions over slices, one idea per module.
//!
//! Nothing here knows what a run or a table is. The rules that the report follows (which test, which interval,
//! which words) are in [`verdict`]; everything else is arithmetic with its source named beside it.

pub mod claim;
mod holm;
mod iqm;
mod moments;
mod normal;
mod paired;
mod power;
mod probability;
mod sign_flip;
mod student;
pub mod verdict;

pub use holm::holm;
pub use iqm::interquartile_mean;
pub use moments::{correlation, mean, median, quantile, standard_deviation, variance};
pub use normal::{normal_cdf, normal_quantile};
pub use paired::{Paired, paired};
pub use power::{noether_pairs, pairs_to_resolve};
pub use probability::probability_better;
pub use sign_flip::{EXACT_LIMIT, sign_flip_p};
pub use student::{Interval, mean_interval, t_cdf, t_quantile};

#[cfg(test)]
mod tests;
