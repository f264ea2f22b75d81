//! The right factor cut into panels.

use std::ops::Range;

/// How columns are cut into panels: two registers wide, the last one register if that is enough.
#[derive(Clone, Copy)]
pub(super) struct Panels {
    /// Columns of a wide panel.
    pub wide: usize,
    wide_count: usize,
    narrow: usize,
}

impl Panels {
    #[inline(always)]
    pub fn new(columns: usize, lanes: usize) -> Self {
        let (wide_count, rest) = (columns / (2 * lanes), columns % (2 * lanes));
        match rest {
            0 => Self { wide: 2 * lanes, wide_count, narrow: 0 },
            _ if rest <= lanes => Self { wide: 2 * lanes, wide_count, narrow: lanes },
            _ => Self { wide: 2 * lanes, wide_count: wide_count + 1, narrow: 0 },
        }
    }

    /// Columns of all panels.
    pub fn total(self) -> usize {
        self.wide * self.wide_count + self.narrow
    }

    /// The columns of each panel with its packed numbers, `[terms, columns]`.
    #[inline(always)]
    pub fn split<F>(self, packed: &[F], terms: usize) -> impl Iterator<Item = (Range<usize>, &[F])> {
        let (wide, narrow) = packed[..self.total() * terms].split_at(self.wide_count * self.wide * terms);
        let wide = wide.chunks_exact(self.wide * terms);
        wide.chain((self.narrow > 0).then_some(narrow))
            .enumerate()
            .map(move |(i, packed)| (self.columns(i), packed))
    }

    /// The same, to be written.
    #[inline(always)]
    pub fn split_mut<F>(
        self,
        packed: &mut [F],
        terms: usize,
    ) -> impl Iterator<Item = (Range<usize>, &mut [F])> {
        let (wide, narrow) = packed[..self.total() * terms].split_at_mut(self.wide_count * self.wide * terms);
        let wide = wide.chunks_exact_mut(self.wide * terms);
        wide.chain((self.narrow > 0).then_some(narrow))
            .enumerate()
            .map(move |(i, packed)| (self.columns(i), packed))
    }

    #[inline(always)]
    fn columns(self, panel: usize) -> Range<usize> {
        let start = panel * self.wide;
        start..start + if panel < self.wide_count { self.wide } else { self.narrow }
    }
}
