//! `y = x W + b`, with or without a rectifier: dense layers, and the heart of convolutions.

use crate::combine::{Copy, RectifiedSum, Sum, combine};
use crate::product::{
    Add, Block, Columns, Packed, Right, Rows, RowsTransposed, Sink, Store, Strided, Transposed, Workspace,
    multiply,
};
use crate::transpose::transpose;
use crate::{Real, add};
use pulp::{Arch, Simd};
use std::ops::Range;

/// An affine map from `inputs` to `outputs` numbers, applied to every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Affine {
    /// Length of an input row.
    pub inputs: usize,
    /// Length of an output row.
    pub outputs: usize,
    /// Whether `max(0, ·)` follows.
    pub relu: bool,
}

impl Affine {
    /// `y [rows, outputs] = relu(x [rows, inputs] · weight [inputs, outputs] + bias [outputs])`.
    pub fn forward<F: Real>(
        &self,
        x: &[F],
        weight: &[F],
        bias: &[F],
        y: &mut [F],
        workspace: &mut Workspace<F>,
    ) {
        let right = Columns::new(weight, self.outputs);
        multiply(Rows::new(x, self.inputs), right, Activate { y, bias, relu: self.relu }, workspace);
    }

    /// The same with what [`Affine::pack`] makes of the weight: the same bits.
    pub fn forward_packed<F: Real>(
        &self,
        x: &[F],
        weight: &Packed<F>,
        bias: &[F],
        y: &mut [F],
        workspace: &mut Workspace<F>,
    ) {
        multiply(Rows::new(x, self.inputs), weight, Activate { y, bias, relu: self.relu }, workspace);
    }

    /// Packs the weight as products read it, once for all shards of a step.
    pub fn pack<F: Real>(&self, weight: &[F], packed: &mut Packed<F>) {
        packed.pack(Columns::new(weight, self.outputs), Arch::new());
    }

    /// Packs the transposed weight.
    pub fn pack_transposed<F: Real>(&self, weight: &[F], packed: &mut Packed<F>) {
        let (rows, columns) = (self.inputs, self.outputs);
        packed.pack(Transposed(Strided { data: weight, rows, columns, stride: columns }), Arch::new());
    }

    /// Adds this shard's part to the gradients of weight and bias; `dy` is the gradient before the rectifier.
    pub fn add_parameter_gradient<F: Real>(
        &self,
        x: &[F],
        dy: &[F],
        dweight: &mut [F],
        dbias: &mut [F],
        workspace: &mut Workspace<F>,
    ) {
        let right = Upstream::new(dy, dbias);
        let out = Add { out: dweight, columns: self.outputs };
        multiply(RowsTransposed::new(x, self.inputs), right, out, workspace);
    }

    /// Sets the gradient of some `rows` of the weight, `dweight [rows, outputs]`, over a whole batch `x` and `dy`.
    pub fn weight_gradient<F: Real>(
        &self,
        x: &[F],
        dy: &[F],
        rows: Range<usize>,
        dweight: &mut [F],
        workspace: &mut Workspace<F>,
    ) {
        let Some(data) = x.get(rows.start..).filter(|x| !x.is_empty()) else { return dweight.fill(F::ZERO) };
        let (images, columns) = (x.len() / self.inputs, rows.len());
        let left = Transposed(Strided { data, rows: images, columns, stride: self.inputs });
        let out = Store { out: dweight, columns: self.outputs, mask: None };
        multiply(left, Columns::new(dy, self.outputs), out, workspace);
    }

    /// Adds this shard's part to the gradient of the bias alone.
    pub fn add_bias_gradient<F: Real>(&self, dy: &[F], dbias: &mut [F]) {
        dy.chunks_exact(self.outputs).for_each(|dy| add(dy, dbias));
    }

    /// Sets `transposed [outputs, inputs]`, which [`Affine::input_gradient`] takes: made once for all shards of a step.
    pub fn transpose<F: Real>(&self, weight: &[F], transposed: &mut [F]) {
        transpose(weight, self.outputs, transposed);
    }

    /// `dx = dy · weightᵀ`, and zero where `x` is not positive if `x` is given: that is the gradient before the rectifier
    /// that `x` came out of.
    pub fn input_gradient<F: Real>(
        &self,
        dy: &[F],
        transposed: &[F],
        x: Option<&[F]>,
        dx: &mut [F],
        workspace: &mut Workspace<F>,
    ) {
        let right = Columns::new(transposed, self.inputs);
        let out = Store { out: dx, columns: self.inputs, mask: x };
        multiply(Rows::new(dy, self.outputs), right, out, workspace);
    }

    /// The same with what [`Affine::pack_transposed`] makes of the weight: the same bits.
    pub fn input_gradient_packed<F: Real>(
        &self,
        dy: &[F],
        transposed: &Packed<F>,
        x: Option<&[F]>,
        dx: &mut [F],
        workspace: &mut Workspace<F>,
    ) {
        let out = Store { out: dx, columns: self.inputs, mask: x };
        multiply(Rows::new(dy, self.outputs), transposed, out, workspace);
    }
}

/// `y = relu(product + bias)`.
pub(crate) struct Activate<'a, F> {
    pub y: &'a mut [F],
    pub bias: &'a [F],
    pub relu: bool,
}

impl<F: Real> Sink<F> for Activate<'_, F> {
    #[inline(always)]
    fn put<S: Simd>(&mut self, simd: S, row: usize, column: usize, sums: &mut [F], block: Block) {
        let start = row * self.bias.len() + column;
        let y = &mut self.y[start..start + sums.len()];
        let before = if block.first { &self.bias[column..column + sums.len()] } else { &*y };
        // In the tile, which is at hand, rather than in `y`.
        if block.last && self.relu {
            combine(simd, RectifiedSum, sums, before);
        } else {
            combine(simd, Sum, sums, before);
        }
        combine(simd, Copy, y, sums);
    }
}

/// The upstream gradient as a right factor; the gradient of the bias, its column sums, is added up while it is packed.
pub(crate) struct Upstream<'a, F> {
    dy: Columns<'a, F>,
    dbias: &'a mut [F],
}

impl<'a, F> Upstream<'a, F> {
    /// `dy [rows, outputs]`, `dbias [outputs]`.
    pub fn new(dy: &'a [F], dbias: &'a mut [F]) -> Self {
        Self { dy: Columns::new(dy, dbias.len()), dbias }
    }
}

impl<F: Real> Right<F> for Upstream<'_, F> {
    fn terms(&self) -> usize {
        self.dy.terms()
    }

    fn columns(&self) -> usize {
        self.dy.columns()
    }

    #[inline(always)]
    fn pack<S: Simd>(&mut self, simd: S, terms: Range<usize>, column: usize, width: usize, panel: &mut [F]) {
        self.dy.pack(simd, terms, column, width, panel);
        let end = self.dbias.len().min(column + width);
        let dbias = &mut self.dbias[column..end];
        for row in panel.chunks_exact(width) {
            combine(simd, Sum, dbias, &row[..dbias.len()]);
        }
    }
}
