//! Numbers of one step in sequence, and the distributions the suite needs.

use crate::Stream;

/// Successive draws of a [`Stream`] at one step.
#[derive(Clone, Debug)]
pub struct Draws {
    stream: Stream,
    step: u64,
    index: u64,
    block: [u32; 4],
    used: usize,
    spare: Option<f64>,
}

impl Draws {
    pub(crate) fn new(stream: Stream, step: u64) -> Self {
        Self { stream, step, index: 0, block: [0; 4], used: 4, spare: None }
    }

    /// 32 random bits.
    #[inline]
    pub fn bits(&mut self) -> u32 {
        if self.used == 4 {
            self.block = self.stream.block(self.step, self.index);
            self.index += 1;
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    /// Uniform on `[0, 1)`, 53 bits.
    pub fn uniform(&mut self) -> f64 {
        let high = u64::from(self.bits()) << 32;
        let bits = high | u64::from(self.bits());
        (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform on `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Uniform on `0..n` without bias (Lemire's rejection). `n` must not be 0.
    pub fn below(&mut self, n: u32) -> u32 {
        debug_assert!(n > 0, "an empty range has no element to draw");
        let threshold = n.wrapping_neg() % n;
        loop {
            let product = u64::from(self.bits()) * u64::from(n);
            if product as u32 >= threshold {
                return (product >> 32) as u32;
            }
        }
    }

    /// Standard normal (Box–Muller). The logarithm and the circle functions are portable software, so that
    /// initial weights are the same bits on every machine.
    pub fn normal(&mut self) -> f64 {
        if let Some(second) = self.spare.take() {
            return second;
        }
        // 1 - u lies in (0, 1], where the logarithm is finite.
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        let angle = 2.0 * std::f64::consts::PI * self.uniform();
        self.spare = Some(radius * libm::sin(angle));
        radius * libm::cos(angle)
    }
}
