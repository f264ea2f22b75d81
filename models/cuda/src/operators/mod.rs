//! The kernels as functions: arguments in order, shapes of launches, and checks that nothing lies outside its buffer.

mod activation;
mod affine;
mod attention;
mod batch;
mod convolution;
mod dropout;
mod embedding;
mod last;
mod means;
mod normalisation;
mod patches;
mod pieces;
mod pointwise;
mod pools;
mod positions;
mod scaling;
mod scores;
mod shaped;
mod sums;

pub(crate) use attention::room_of;
pub(crate) use convolution::{Collection, Convolution, ConvolutionShape, PoolShape, Stored, Upstream};
pub(crate) use dropout::Masking;
pub(crate) use normalisation::{Gains, NUMBERS, Normalisation, Running};
pub(crate) use patches::writes_windows;
pub(crate) use pieces::Pieces;
pub(crate) use pointwise::{PARTS, Pointwise};
pub(crate) use pools::{Pooling, kinds as pooling_kinds, places, takes_dropout};
pub(crate) use positions::Places;
pub(crate) use scores::{Labels, Logits, Parts, Totals, parts_of};
pub(crate) use shaped::Shaped;

use crate::storage::Storage;
use crate::{Argument, Buffer, Device, DeviceError, Kernel, Precision, Shape};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All kernels that need no shape, but the update rules'.
pub(crate) const SOURCE: &str = concat!(
    include_str!("../kernels/common.cu"),
    include_str!("../kernels/philox.cu"),
    include_str!("../kernels/batch.cu"),
    include_str!("../kernels/pieces.cu"),
    include_str!("../kernels/patches.cu"),
    include_str!("../kernels/bias.cu"),
    include_str!("../kernels/collect.cu"),
    include_str!("../kernels/dropout.cu"),
    include_str!("../kernels/means.cu"),
    include_str!("../kernels/softmax.cu"),
    include_str!("../kernels/scores.cu"),
    include_str!("../kernels/pointwise.cu"),
    include_str!("../kernels/activations.cu"),
    include_str!("../kernels/sums.cu"),
    include_str!("../kernels/last.cu"),
    include_str!("../kernels/scaling.cu"),
);

/// All there is beside the kernels of convolutions, some of it for a shape.
#[cfg(test)]
pub(crate) fn sources() -> Vec<String> {
    let window = &kernels::Window { height: 28, width: 28, channels: 96, kernel: 3, stride: 2 };
    let poolings = pooling_kinds(Precision::Bf16).into_iter().map(|stored| Pooling { window, stored });
    let attention = kernels::Attention { time: 64, width: 96, heads: 3, causal: true };
    let tokens = models::Tokens { vocabulary: 65, embedding: kernels::Embedding { width: 96 } };
    let others = [
        Shaped::Normalisation(Normalisation { channels: 96, groups: 8, cell: 49, eps: 1e-5 }),
        Shaped::Embedding(&tokens),
        Shaped::Positions(Places { time: 64, width: 96 }),
        Shaped::Attention(&attention),
    ];
    let shaped = poolings.map(Shaped::Pooling).chain(others).map(|shaped| shaped.source());
    [SOURCE, scores::SOURCE].into_iter().map(str::to_owned).chain(shaped).collect()
}

const NAMES: [&str; 23] = [
    "gather_images",
    "gather_pieces",
    "patches",
    "patches4",
    "sum_patches",
    "add_bias",
    "bias_partials",
    "bias_gradient",
    "collect",
    "mean_pool",
    "mean_pool_backward",
    "dropout",
    "cross_entropy",
    "pointwise_loss",
    "sum_parts",
    "add_scores",
    "activation",
    "activation_backward",
    "add",
    "copy",
    "last",
    "last_backward",
    "scaling",
];

/// Stretches that rows are cut into to be summed up, at most.
pub(crate) const STRETCHES: usize = 256;

/// Rows of a stretch, at least, where there are so many.
const STRETCH: usize = 32;

/// How rows are cut to be summed up: within each stretch, then over the stretches.
#[derive(Clone, Copy)]
struct Stretches {
    /// Rows of each but the last.
    length: usize,
    count: usize,
}

impl Stretches {
    fn of(rows: usize) -> Self {
        let length = rows.div_ceil(STRETCHES).max(STRETCH);
        Self { length, count: rows.div_ceil(length) }
    }
}

/// The kernels of a device: those that need no shape, and maybe those of an op.
pub(crate) struct Operators {
    pub device: Arc<dyn Device>,
    pub precision: Precision,
    kernels: BTreeMap<&'static str, Kernel>,
}

/// How a batch is taken from images: replica `r` has `images` of them, `orders[r · stride + start ..]`.
#[derive(Clone, Copy)]
pub(crate) struct Selection<'a> {
    pub orders: &'a Buffer,
    pub stride: usize,
    pub start: usize,
    pub images: usize,
    pub replicas: usize,
}

/// The parameters (or gradients, or running statistics) of all replicas, one replica's `pitch` numbers after the other.
#[derive(Clone, Copy)]
pub(crate) struct Parameters<'a> {
    pub buffer: &'a Buffer,
    pub pitch: usize,
}

impl<'a> Parameters<'a> {
    /// `count` numbers from `offset` on of every replica.
    fn part(&self, replicas: usize, offset: usize, count: usize) -> Argument<'a> {
        let end = (replicas - 1) * self.pitch + offset + count;
        assert!(end * 4 <= self.buffer.bytes(), "some numbers end outside of the parameters");
        Argument::Part(self.buffer, offset * 4, replicas * count * 4)
    }
}

/// `rows` rows of each replica.
#[derive(Clone, Copy)]
pub(crate) struct Rows {
    pub per_replica: usize,
    pub replicas: usize,
}

impl Rows {
    pub fn all(self) -> usize {
        self.per_replica * self.replicas
    }
}

/// A whole buffer as an argument; panics if it has less than `numbers` numbers of `T`.
fn whole<T>(buffer: &Buffer, numbers: usize) -> Argument<'_> {
    assert!(
        numbers * size_of::<T>() <= buffer.bytes(),
        "a kernel needs {numbers} numbers, {buffer:?} is there"
    );
    Argument::Part(buffer, 0, numbers * size_of::<T>())
}

/// The same of numbers that are stored so.
fn stored(buffer: &Buffer, numbers: usize, storage: Storage) -> Argument<'_> {
    whole::<u8>(buffer, numbers * storage.bytes())
}

/// A length or count: 32 bits in the kernels, which what a population can hold is far below.
fn word(n: usize) -> Argument<'static> {
    assert!(u32::try_from(n).is_ok(), "{n} is too large for a kernel");
    Argument::U32(n as u32)
}

type Done = Result<(), DeviceError>;

impl Operators {
    pub fn new(device: &Arc<dyn Device>, precision: Precision) -> Result<Self, DeviceError> {
        let mut kernels: BTreeMap<_, _> = NAMES.into_iter().zip(device.compile(SOURCE, &NAMES)?).collect();
        let together = [scores::TOGETHER];
        kernels.extend(together.into_iter().zip(device.compile(scores::SOURCE, &together)?));
        Ok(Self { device: Arc::clone(device), precision, kernels })
    }

    /// Starts a kernel over `rows` and `columns`.
    fn launch(&self, name: &'static str, rows: usize, columns: usize, arguments: &[Argument<'_>]) -> Done {
        // SAFETY: the functions below give each kernel its own arguments and check the buffers it goes through.
        unsafe { self.device.launch(self.kernels[name], Shape::over(rows, columns), arguments) }
    }
}
