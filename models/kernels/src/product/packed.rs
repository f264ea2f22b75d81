//! Right factors that are packed once for many products.

use super::panels::Panels;
use super::{Right, depth, make_room};
use crate::Real;
use pulp::{Arch, Simd, WithSimd};
use std::ops::Range;

/// A right factor in the panels that products read: blocks of terms one behind the other, as [`super::multiply`] would pack each. For
/// this processor's vectors only, and never stored.
#[derive(Clone, Debug, Default)]
pub struct Packed<F> {
    terms: usize,
    columns: usize,
    /// Columns of all panels.
    total: usize,
    /// Numbers before the first panel, which begins on a cache line.
    skip: usize,
    data: Vec<F>,
}

impl<F: Real> Packed<F> {
    /// Packs `right` in place of what was there.
    pub(crate) fn pack(&mut self, right: impl Right<F>, instructions: Arch) {
        instructions.dispatch(Pack { right, packed: self });
    }
}

impl<F: Real> Right<F> for &Packed<F> {
    fn terms(&self) -> usize {
        self.terms
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn packed(&self, terms: Range<usize>) -> Option<&[F]> {
        Some(&self.data[self.skip + self.total * terms.start..][..self.total * terms.len()])
    }

    #[inline(always)]
    fn pack<S: Simd>(&mut self, _: S, _: Range<usize>, _: usize, _: usize, _: &mut [F]) {}
}

/// [`Packed::pack`], to be compiled for each instruction set.
struct Pack<'a, F, R> {
    right: R,
    packed: &'a mut Packed<F>,
}

impl<F: Real, R: Right<F>> WithSimd for Pack<'_, F, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { mut right, packed } = self;
        let (terms, columns) = (right.terms(), right.columns());
        let panels = Panels::new(columns, F::lanes::<S>());
        packed.skip = make_room(&mut packed.data, panels.total() * terms);
        let room = &mut packed.data[packed.skip..];
        for from in (0..terms).step_by(depth(terms).max(1)) {
            let block = from..terms.min(from + depth(terms));
            let to = &mut room[panels.total() * from..panels.total() * block.end];
            for (panel, to) in panels.split_mut(to, block.len()) {
                right.pack(simd, block.clone(), panel.start, panel.len(), to);
            }
        }
        (packed.terms, packed.columns, packed.total) = (terms, columns, panels.total());
    }
}
