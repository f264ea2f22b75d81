//! The statistics of the report: pure functions over slices, one idea per module.
//!
//! Nothing here knows what a run or a table is. The rules that the report follows (which test, which interval,
//! which words) are in [`verdict`]; everything else is arithmetic with its source named beside it.

mod best_of;
mod blocks;
pub mod bootstrap;
pub mod claim;
mod direction;
mod holm;
mod iqm;
mod letters;
mod moments;
mod normal;
mod optimism;
mod paired;
mod power;
mod probability;
pub mod profile;
mod rank_sum;
mod ratio;
mod resolution;
pub mod runtime;
mod score;
mod seeds;
pub mod sensitivity;
mod sign_flip;
mod student;
pub mod verdict;
pub mod win;

pub use best_of::{expected_best, expected_best_curve};
pub use blocks::treatments_p;
pub use bootstrap::{iqm_interval, stratified_interval};
pub use direction::Direction;
pub use holm::holm;
pub use iqm::interquartile_mean;
pub use letters::letters;
pub use moments::{correlation, mean, median, quantile, standard_deviation, variance};
pub use normal::{normal_cdf, normal_quantile};
pub use optimism::{Optimism, optimism};
pub use paired::{Paired, paired};
pub use power::{difference_spread, noether_pairs, pairs_to_resolve};
pub use probability::probability_better;
pub use profile::{Profile, unstable_pairs};
pub use rank_sum::{rank_sum_p, ranks_lower};
pub use ratio::{geometric_mean_ratio, geometric_mean_ratio_interval};
pub use resolution::{Resolution, resolution};
pub use runtime::{Outcome, expected_runtime, first_crossing, penalised_mean, share_reached};
pub use score::{Anchors, optimality_gap};
pub use seeds::{SeedCorrelation, seed_correlation};
pub use sensitivity::{Sensitivity, sensitivity};
pub use sign_flip::{EXACT_LIMIT, sign_flip_p};
pub use student::{Interval, mean_interval, t_cdf, t_p, t_quantile};
pub use win::{Win, wilson_interval, win};

#[cfg(test)]
mod tests;
