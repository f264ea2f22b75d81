//! Self-attention with several heads, causal or not.

use crate::Real;
use crate::product::{Part, Strided, Transposed, Workspace, multiply};
use crate::softmax::{differentiate, softmax};
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// Queries taken together under a causal mask: keys after the last of them are left out of their products.
const BLOCK: usize = 32;

/// `softmax(q kᵀ / √size) v` of every head of every sequence, `size = width / heads`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attention {
    /// Positions of a sequence.
    pub time: usize,
    /// Length of a query, a key and a value, all heads together.
    pub width: usize,
    /// Heads; a divisor of the width.
    pub heads: usize,
    /// Whether a position attends to itself and those before it only.
    pub causal: bool,
}

impl Attention {
    /// Numbers per sequence that [`Attention::backward`] needs: what every position attends to, by head.
    pub fn kept(&self) -> usize {
        self.heads * self.time * self.time
    }

    /// `y [n, time, width]` from `qkv [n, time, 3 · width]`: a position's query, key and value side by side, each
    /// `[heads, size]`. Sets `kept [n, heads, time, time]`; some of what the mask leaves out stays as it is.
    pub fn forward<F: Real>(&self, qkv: &[F], y: &mut [F], kept: &mut [F], workspace: &mut Workspace<F>) {
        let (width, time) = (self.width, self.time);
        let sequences = qkv.chunks_exact(3 * width * time).zip(y.chunks_exact_mut(width * time));
        for ((qkv, y), kept) in sequences.zip(kept.chunks_exact_mut(self.kept())) {
            for (head, kept) in kept.chunks_exact_mut(time * time).enumerate() {
                let [q, k, v] = self.factors(qkv, head);
                for (queries, keys) in self.blocks() {
                    let weights = &mut kept[queries.start * time..queries.end * time];
                    let out = Part { out: weights, stride: time, add: false };
                    multiply(q.rows(queries.clone()), Transposed(k.rows(0..keys)), out, workspace);
                    let instructions = workspace.instructions;
                    instructions.dispatch(Attend {
                        attention: self,
                        queries: queries.clone(),
                        keys,
                        weights,
                    });
                    let weights = Strided { data: weights, rows: queries.len(), columns: keys, stride: time };
                    let out = &mut y[queries.start * width + head * self.size()..];
                    multiply(weights, v.rows(0..keys), Part { out, stride: width, add: false }, workspace);
                }
            }
        }
    }

    /// Sets `dqkv [n, time, 3 · width]` from `dy [n, time, width]`.
    pub fn backward<F: Real>(
        &self,
        qkv: &[F],
        kept: &[F],
        dy: &[F],
        dqkv: &mut [F],
        workspace: &mut Workspace<F>,
    ) {
        let (width, time) = (self.width, self.time);
        let mut scratch = std::mem::take(&mut workspace.scratch);
        scratch.resize(time * time, F::ZERO);
        dqkv.fill(F::ZERO);
        let sequences = qkv.chunks_exact(3 * width * time).zip(dqkv.chunks_exact_mut(3 * width * time));
        let upstream = kept.chunks_exact(self.kept()).zip(dy.chunks_exact(width * time));
        for ((qkv, dqkv), (kept, dy)) in sequences.zip(upstream) {
            for (head, kept) in kept.chunks_exact(time * time).enumerate() {
                let [q, k, v] = self.factors(qkv, head);
                let dy = Strided { data: &dy[head * self.size()..], stride: width, ..q };
                for (queries, keys) in self.blocks() {
                    let (q, dy) = (q.rows(queries.clone()), dy.rows(queries.clone()));
                    let weights = &kept[queries.start * time..queries.end * time];
                    let gradient = &mut scratch[..weights.len()];
                    let out = Part { out: gradient, stride: time, add: false };
                    multiply(dy, Transposed(v.rows(0..keys)), out, workspace);
                    let instructions = workspace.instructions;
                    let rows = queries.len();
                    let pass =
                        Differentiate { attention: self, queries: queries.clone(), keys, weights, gradient };
                    instructions.dispatch(pass);
                    let weights = Strided { data: weights, rows, columns: keys, stride: time };
                    let gradient = Strided { data: gradient, ..weights };
                    multiply(gradient, k.rows(0..keys), self.part(dqkv, head, 0, queries.start), workspace);
                    multiply(Transposed(gradient), q, self.part(dqkv, head, 1, 0), workspace);
                    multiply(Transposed(weights), dy, self.part(dqkv, head, 2, 0), workspace);
                }
            }
        }
        workspace.scratch = scratch;
    }

    /// Length of a query of one head.
    fn size(&self) -> usize {
        self.width / self.heads
    }

    /// What the products of queries and keys are multiplied by.
    fn scale<F: Real>(&self) -> F {
        F::from_f64(1.0 / (self.size() as f64).sqrt())
    }

    /// A head's queries, keys and values in a sequence, each `[time, size]`.
    fn factors<'a, F>(&self, qkv: &'a [F], head: usize) -> [Strided<'a, F>; 3] {
        [0, 1, 2].map(|place| Strided {
            data: &qkv[place * self.width + head * self.size()..],
            rows: self.time,
            columns: self.size(),
            stride: 3 * self.width,
        })
    }

    /// Where the gradient of a head's queries, keys or values (`place` 0, 1, 2) is added up, from position `first` on.
    fn part<'a, F>(&self, dqkv: &'a mut [F], head: usize, place: usize, first: usize) -> Part<'a, F> {
        let stride = 3 * self.width;
        Part { out: &mut dqkv[first * stride + place * self.width + head * self.size()..], stride, add: true }
    }

    /// Queries taken together, and how many keys they attend to.
    fn blocks(&self) -> impl Iterator<Item = (Range<usize>, usize)> {
        let (time, block) = (self.time, if self.causal { BLOCK } else { self.time });
        (0..time).step_by(block).map(move |start| {
            let end = time.min(start + block);
            (start..end, end)
        })
    }

    /// How many keys a query attends to, of those of its block.
    fn valid(&self, query: usize, keys: usize) -> usize {
        if self.causal { query + 1 } else { keys }
    }
}

/// The softmax of a block of queries, to be compiled for each instruction set.
struct Attend<'a, F> {
    attention: &'a Attention,
    queries: Range<usize>,
    keys: usize,
    /// A row of `time` numbers per query.
    weights: &'a mut [F],
}

impl<F: Real> WithSimd for Attend<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let scale = self.attention.scale();
        let rows = self.weights.chunks_exact_mut(self.attention.time);
        for (query, row) in self.queries.zip(rows) {
            softmax(simd, scale, &mut row[..self.keys], self.attention.valid(query, self.keys));
        }
    }
}

/// The softmax of a block of queries backwards, to be compiled for each instruction set.
struct Differentiate<'a, F> {
    attention: &'a Attention,
    queries: Range<usize>,
    keys: usize,
    /// A row of `time` numbers per query.
    weights: &'a [F],
    /// The same.
    gradient: &'a mut [F],
}

impl<F: Real> WithSimd for Differentiate<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (scale, time) = (self.attention.scale(), self.attention.time);
        let rows = self.weights.chunks_exact(time).zip(self.gradient.chunks_exact_mut(time));
        for (query, (weights, gradient)) in self.queries.zip(rows) {
            let valid = self.attention.valid(query, self.keys);
            differentiate(simd, scale, &weights[..self.keys], &mut gradient[..self.keys], valid);
        }
    }
}
