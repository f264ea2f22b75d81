//! Matrix products whose factors are packed from where they lie and whose result goes where it is needed.
//!
//! A convolution's patches are never written out as a matrix: a few rows of them are packed at a time, right before
//! they are used, and the gradient with respect to them is added to the image straight from the registers' tile.
//!
//! **The order of summation is part of the definition.** Every element of a product is
//!
//! ```text
//! ((b₁ + b₂) + b₃) + …      bᵢ = fma(aₖ, bₖ, … fma(a₁, b₁, 0))   over blocks of consecutive terms
//! ```
//!
//! with as few blocks of at most [`DEPTH`] terms as possible, of equal length but for the last,
//! whatever the width of the vectors, the number of registers or the size of the caches, so a product has the same bits
//! on every processor. (Without a fused multiply-add in hardware it is emulated: the same bits, slowly.)

mod left;
mod packed;
mod panels;
mod right;
mod sink;
mod strided;
mod tile;

pub(crate) use left::{Left, Rows, RowsTransposed};
pub use packed::Packed;
pub(crate) use right::{Columns, Right};
pub(crate) use sink::{Add, Block, Sink, Store};
pub(crate) use strided::{Part, Strided, Transposed};

use crate::Real;
use panels::Panels;
use pulp::{Arch, Simd, WithSimd};
use std::ops::Range;

/// The most consecutive terms that are summed in registers before they are added to the result.
pub(crate) const DEPTH: usize = 256;

/// Numbers copied at once when packing.
pub(crate) const GROUP: usize = 16;

/// Distance between the rows of a packed panel of the left factor: not a power of two, so that they do not compete for
/// the same places in the cache, and with room for the excess of [`copy`].
pub(crate) const STRIDE: usize = DEPTH + GROUP;

/// Copies `len` numbers and, where both slices go on, up to [`GROUP`] − 1 more: whole groups take no call and no loop over
/// single numbers. For packing from left to right, where what comes next overwrites the excess.
#[inline(always)]
pub(crate) fn copy<F: Copy>(to: &mut [F], from: &[F], len: usize) {
    let whole = len.next_multiple_of(GROUP);
    match (to.get_mut(..whole), from.get(..whole)) {
        (Some(to), Some(from)) => {
            for (to, from) in to.as_chunks_mut::<GROUP>().0.iter_mut().zip(from.as_chunks::<GROUP>().0) {
                *to = *from;
            }
        }
        _ => to[..len].copy_from_slice(&from[..len]),
    }
}

/// Buffers of the packed factors and of images with a border, reused from product to product, and the instruction set
/// products are computed with: the widest that the processor has.
#[derive(Clone, Debug, Default)]
pub struct Workspace<F> {
    pub(crate) instructions: Arch,
    /// What a kernel needs between two products.
    pub(crate) scratch: Vec<F>,
    left: Vec<F>,
    right: Vec<F>,
    tile: Vec<F>,
    bordered: Vec<F>,
}

impl<F: Real> Workspace<F> {
    /// Makes room; returns the three buffers, each starting on a cache line.
    fn take(&mut self, left: usize, right: usize, tile: usize) -> (&mut [F], &mut [F], &mut [F]) {
        (aligned(&mut self.left, left), aligned(&mut self.right, right), aligned(&mut self.tile, tile))
    }

    /// Lends `len` numbers for images with a border, of whatever values, beside the rest of the workspace.
    pub(crate) fn with_border<T>(&mut self, len: usize, work: impl FnOnce(&mut [F], &mut Self) -> T) -> T {
        let mut buffer = std::mem::take(&mut self.bordered);
        let result = work(aligned(&mut buffer, len), self);
        self.bordered = buffer;
        result
    }
}

fn aligned<F: Real>(buffer: &mut Vec<F>, len: usize) -> &mut [F] {
    let skip = make_room(buffer, len);
    &mut buffer[skip..skip + len]
}

/// Room for `len` numbers from a cache line's first on; gives how many lie before it.
fn make_room<F: Real>(buffer: &mut Vec<F>, len: usize) -> usize {
    const LINE: usize = 64;
    let spare = LINE / size_of::<F>();
    if buffer.len() < len + spare {
        buffer.resize(len + spare, F::ZERO);
    }
    buffer.as_ptr().align_offset(LINE).min(spare)
}

/// The length of the blocks that so many terms are summed in.
#[inline(always)]
fn depth(terms: usize) -> usize {
    terms.div_ceil(terms.div_ceil(DEPTH).max(1))
}

/// Computes the product of `left [rows, terms]` and `right [terms, columns]` and hands it to `sink`, on this thread.
/// Parallelism lies above, over shards of a batch, where it needs no synchronisation inside a layer.
pub(crate) fn multiply<F: Real>(
    left: impl Left<F>,
    right: impl Right<F>,
    sink: impl Sink<F>,
    workspace: &mut Workspace<F>,
) {
    workspace.instructions.dispatch(Product { left, right, sink, workspace });
}

/// A product to be computed on some instruction set.
pub(crate) struct Product<'a, F, L, R, O> {
    pub left: L,
    pub right: R,
    pub sink: O,
    pub workspace: &'a mut Workspace<F>,
}

impl<F: Real, L: Left<F>, R: Right<F>, O: Sink<F>> WithSimd for Product<'_, F, L, R, O> {
    type Output = ();

    // The tile's sums and one row of the right factor fill the registers.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT >= 32 { self.compute::<S, 12>(simd) } else { self.compute::<S, 6>(simd) }
    }
}

impl<F: Real, L: Left<F>, R: Right<F>, O: Sink<F>> Product<'_, F, L, R, O> {
    #[inline(always)]
    fn compute<S: Simd, const HEIGHT: usize>(self, simd: S) {
        let Self { left, mut right, mut sink, workspace } = self;
        let (rows, terms, columns) = (left.rows(), left.terms(), right.columns());
        assert_eq!(terms, right.terms(), "inner dimensions");
        let panels = Panels::new(columns, F::lanes::<S>());
        let depth = depth(terms);
        // Room for one tile, or for those of a whole row of panels.
        let across = if O::OVERLAPS { panels.total() } else { panels.wide };
        let room = if right.packed(0..0).is_some() { 0 } else { panels.total() * depth };
        let (packed_left, buffer, tiles) = workspace.take(HEIGHT * STRIDE, room, HEIGHT * across);
        for from in (0..terms).step_by(depth.max(1)) {
            let block = from..terms.min(from + depth);
            if room > 0 {
                for (panel, packed) in panels.split_mut(buffer, block.len()) {
                    right.pack(simd, block.clone(), panel.start, panel.len(), packed);
                }
            }
            let packed_right = right.packed(block.clone()).unwrap_or(buffer);
            let place = Block { first: from == 0, last: block.end == terms };
            for row in (0..rows).step_by(HEIGHT) {
                let count = HEIGHT.min(rows - row);
                left.pack::<HEIGHT>(row, count, block.clone(), packed_left);
                let mut put = |i: usize, panel: &Range<usize>, tile: &mut [F]| {
                    let valid = panel.len().min(columns - panel.start);
                    let sums = &mut tile[i * panel.len()..][..valid];
                    sink.put(simd, row + i, panel.start, sums, place);
                };
                for (panel, packed) in panels.split(packed_right, block.len()) {
                    let start = if O::OVERLAPS { HEIGHT * panel.start } else { 0 };
                    let tile = &mut tiles[start..start + HEIGHT * panel.len()];
                    if panel.len() == panels.wide {
                        tile::compute::<F, S, L, HEIGHT, 2>(simd, packed_left, packed, tile);
                    } else {
                        tile::compute::<F, S, L, HEIGHT, 1>(simd, packed_left, packed, tile);
                    }
                    if !O::OVERLAPS {
                        (0..count).for_each(|i| put(i, &panel, tile));
                    }
                }
                if O::OVERLAPS {
                    for i in 0..count {
                        for (panel, _) in panels.split(packed_right, block.len()) {
                            put(i, &panel, &mut tiles[HEIGHT * panel.start..]);
                        }
                    }
                }
            }
        }
    }
}
