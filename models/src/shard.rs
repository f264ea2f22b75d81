//! How many examples go through a network together.

use crate::lanes::LANES;

/// Examples of one shard. Small enough that a layer's activations stay near the processor, large enough that its products run at full
/// rate.
pub(crate) const SHARD: usize = 8;

/// The most of a network that is mostly weights.
const WIDE: usize = 60;

/// Products go through as many rows at a time where there are registers enough: one row more takes as long as twelve.
const HEIGHT: usize = 12;

/// Weights that a cache of the second level does not hold: every shard reads them from further away, and so does the gradient come from
/// there and go back. Like [`SHARD`], part of the order of summation, hence the same on every machine.
const FAR: usize = 500_000;

/// Examples of a shard at most, of a network with so many parameters and so many numbers of one example on their way through it.
/// Where the weights are far and a shard of many examples is still less to read than they are, many share what has been read.
pub(crate) fn most(parameters: usize, numbers: usize) -> usize {
    if parameters >= FAR && WIDE * numbers <= parameters { WIDE } else { SHARD }
}

/// Examples of every shard but the last: of many, as many as there is room for; of few, what is an even share for every lane.
pub(crate) fn shard(most: usize, examples: usize) -> usize {
    if most == SHARD { SHARD } else { examples.div_ceil(LANES).next_multiple_of(HEIGHT).clamp(HEIGHT, most) }
}
