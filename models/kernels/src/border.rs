//! Images with a border of zeros around them: what a convolution with padding sees.

use crate::Real;

/// Images `[n, height, width, channels]` inside larger ones.
#[derive(Clone, Copy)]
pub(crate) struct Border {
    /// Rows of an image without its border.
    pub height: usize,
    /// Numbers of a row without its border: columns times channels.
    pub line: usize,
    /// Rows of the border above, and as many below.
    pub rows: usize,
    /// Numbers of the border at the left of every row, and as many at the right.
    pub margin: usize,
}

impl Border {
    /// Numbers of a row with its border.
    fn wide(&self) -> usize {
        self.line + 2 * self.margin
    }

    /// Numbers that images of `len` numbers have with their borders.
    pub fn len(&self, len: usize) -> usize {
        len / (self.height * self.line) * (self.height + 2 * self.rows) * self.wide()
    }

    /// The part of a bordered image that holds rows of the image, as numbers from its start.
    fn inside(&self) -> std::ops::Range<usize> {
        self.rows * self.wide()..(self.rows + self.height) * self.wide()
    }

    /// Sets `bordered` to the images `x` and zeros around them.
    pub fn add<F: Real>(&self, x: &[F], bordered: &mut [F]) {
        let (wide, inside) = (self.wide(), self.inside());
        let images = bordered.chunks_exact_mut((self.height + 2 * self.rows) * wide);
        for (to, from) in images.zip(x.chunks_exact(self.height * self.line)) {
            to[..inside.start].fill(F::ZERO);
            to[inside.end..].fill(F::ZERO);
            let lines = to[inside.clone()].chunks_exact_mut(wide);
            for (to, from) in lines.zip(from.chunks_exact(self.line)) {
                to[..self.margin].fill(F::ZERO);
                to[self.margin..self.margin + self.line].copy_from_slice(from);
                to[self.margin + self.line..].fill(F::ZERO);
            }
        }
    }

    /// Sets `x` to the images without what is around them in `bordered`.
    pub fn crop<F: Real>(&self, bordered: &[F], x: &mut [F]) {
        let wide = self.wide();
        let images = bordered.chunks_exact((self.height + 2 * self.rows) * wide);
        for (from, to) in images.zip(x.chunks_exact_mut(self.height * self.line)) {
            let lines = from[self.inside()].chunks_exact(wide);
            for (from, to) in lines.zip(to.chunks_exact_mut(self.line)) {
                to.copy_from_slice(&from[self.margin..self.margin + self.line]);
            }
        }
    }
}
