//! Randomness as a pure function.
//!
//! Every draw of the suite (initial weights, order of the data, dropout, procedural images, bootstrap) is
//! `f(master seed, task, stream name, repetition, step, index)`. A [`Stream`] is the first four of these
//! hashed to a key; a counter-based generator, Philox4x32-10, turns `(step, index)` into 128 random bits.
//! There is no generator to share, advance or restore: two runs with the same key see the same numbers,
//! whatever else runs beside them, and a run resumed at step `k` needs nothing but `k`.
//!
//! The optimizer's name is deliberately not part of a key, so that the runs of one repetition start from the
//! same weights and see the same batches: repetitions are blocks, comparisons are paired.

mod draws;
mod philox;

pub use draws::Draws;
pub use philox::philox4x32;

/// A named source of random numbers; see the crate documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
}

impl Stream {
    /// The stream `name` (say `"init/conv1.weight"`) of `repetition` of `task` under `master_seed`.
    pub fn new(master_seed: u64, task: &str, name: &str, repetition: u64) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&master_seed.to_le_bytes());
        for text in [task, name] {
            // The length first: ("ab", "c") and ("a", "bc") are different streams.
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.update(&repetition.to_le_bytes());
        let mut word = [0u8; 8];
        hasher.finalize_xof().fill(&mut word);
        let bits = u64::from_le_bytes(word);
        Self { key: [bits as u32, (bits >> 32) as u32] }
    }

    /// The generator's key, for kernels that draw the same numbers on another device.
    pub fn key(&self) -> [u32; 2] {
        self.key
    }

    /// 128 random bits at `(step, index)`.
    #[inline]
    pub fn block(&self, step: u64, index: u64) -> [u32; 4] {
        philox4x32([index as u32, (index >> 32) as u32, step as u32, (step >> 32) as u32], self.key)
    }

    /// The blocks at `(step, first)` to `(step, first + N − 1)`, word by word: `[w][i]` is word `w` of block `first + i`.
    #[inline(always)]
    pub fn blocks<const N: usize>(&self, step: u64, first: u64) -> [[u32; N]; 4] {
        let index = |i: usize| first + i as u64;
        let low = std::array::from_fn(|i| index(i) as u32);
        let high = std::array::from_fn(|i| (index(i) >> 32) as u32);
        philox::many([low, high, [step as u32; N], [(step >> 32) as u32; N]], self.key)
    }

    /// The numbers of `step`, one after the other from index 0.
    pub fn draws(&self, step: u64) -> Draws {
        Draws::new(*self, step)
    }

    /// A uniformly random order of `0..n` (Fisher–Yates), the one of `step`.
    pub fn permutation(&self, step: u64, n: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n as u32).collect();
        let mut draws = self.draws(step);
        for i in (1..n).rev() {
            order.swap(i, draws.below(i as u32 + 1) as usize);
        }
        order
    }
}

#[cfg(test)]
mod tests;
