//! How fast networks train on the processor: tried where that takes no longer than an estimate may.

use crate::{product_gflops, time_step};
use models::Network;
use rule::Method;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Operations, activations and parameters of a step that is worth trying: a second and megabytes. A larger one is reckoned.
const TRIED_FLOP: u64 = 4_000_000_000;
const TRIED_ACTIVATIONS: usize = 2_000_000;
const TRIED_PARAMETERS: usize = 5_000_000;
/// What trying may take, all networks together. Those that come later are reckoned from those that were tried.
const TRYING: Duration = Duration::from_millis(1500);
/// Seconds that a parameter takes in every step beside the products. Reckoned as [`super::PARAMETER_S`] was.
const PARAMETER_STEP_S: f64 = 4e-9;

/// Networks that were tried, each once.
#[derive(Default)]
pub(crate) struct Speeds {
    /// Images per second by network, batch and rule.
    tried: BTreeMap<String, f64>,
    spent: Duration,
    /// Operations per second of what was tried last, or of products alone.
    flop_per_s: Option<f64>,
}

impl Speeds {
    /// Images per second of a training on one thread.
    pub fn of(&mut self, network: &Network, method: &dyn Method, batch_size: usize) -> f64 {
        let flop = network.step_flop().max(1);
        let activations = network.numbers_of_image().max(1);
        let affordable = usize::try_from(TRIED_FLOP / flop).unwrap_or(usize::MAX);
        let images = affordable.min(TRIED_ACTIVATIONS / activations).min(batch_size);
        if images == 0 || network.parameters() > TRIED_PARAMETERS || self.spent > TRYING {
            let flop_per_s = *self.flop_per_s.get_or_insert_with(|| 1e9 * product_gflops(1));
            let products = (batch_size as u64 * flop) as f64 / flop_per_s;
            return batch_size as f64 / (products + network.parameters() as f64 * PARAMETER_STEP_S);
        }
        // The operations are those of the network: what it is made of is in its text.
        let what = format!("{images} {} {:?}", method.name(), network.nodes());
        if let Some(speed) = self.tried.get(&what) {
            return *speed;
        }
        let clock = Instant::now();
        let speed = time_step(network, method, images, 1, 1, 2).images_per_s;
        self.spent += clock.elapsed();
        self.flop_per_s = Some(speed * flop as f64);
        self.tried.insert(what, speed);
        speed
    }
}
