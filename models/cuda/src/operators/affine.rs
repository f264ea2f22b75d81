//! Matrix products, biases and rectifiers: dense layers, and the heart of convolutions.

use super::{Done, Operators, Parameters, Rows, Stretches, whole, word};
use crate::device::Matrix;
use crate::{Argument, Buffer, Product};
use Argument::{U32, U64};

impl Operators {
    /// `y [rows, columns] = x [rows, terms] · weight`, the weight at `offset` in each replica's parameters.
    pub fn affine(
        &self,
        rows: Rows,
        [terms, columns]: [usize; 2],
        x: &Buffer,
        parameters: Parameters<'_>,
        offset: usize,
        y: &Buffer,
    ) -> Done {
        let product = Product {
            left: dense(x, rows, terms),
            left_transposed: false,
            right: parameters.at(offset),
            right_transposed: false,
            out: dense(y, rows, columns),
            rows: rows.per_replica,
            terms,
            columns,
            replicas: rows.replicas,
        };
        product.start(self.precision)
    }

    /// `dx [rows, terms] = dy [rows, columns] · weightᵀ`.
    pub fn affine_input_gradient(
        &self,
        rows: Rows,
        [terms, columns]: [usize; 2],
        dy: &Buffer,
        parameters: Parameters<'_>,
        offset: usize,
        dx: &Buffer,
    ) -> Done {
        let product = Product {
            left: dense(dy, rows, columns),
            left_transposed: false,
            right: parameters.at(offset),
            right_transposed: true,
            out: dense(dx, rows, terms),
            rows: rows.per_replica,
            terms: columns,
            columns: terms,
            replicas: rows.replicas,
        };
        product.start(self.precision)
    }

    /// The weight's gradient `xᵀ · dy`, put at `offset` in each replica's gradient.
    pub fn affine_weight_gradient(
        &self,
        rows: Rows,
        [terms, columns]: [usize; 2],
        x: &Buffer,
        dy: &Buffer,
        gradient: Parameters<'_>,
        offset: usize,
    ) -> Done {
        let product = Product {
            left: dense(x, rows, terms),
            left_transposed: true,
            right: dense(dy, rows, columns),
            right_transposed: false,
            out: gradient.at(offset),
            rows: terms,
            terms: rows.per_replica,
            columns,
            replicas: rows.replicas,
        };
        product.start(self.precision)
    }

    /// Adds the bias at `offset` to `y [rows, columns]`; a rectifier if `relu`.
    pub fn add_bias(
        &self,
        rows: Rows,
        columns: usize,
        y: &Buffer,
        parameters: Parameters<'_>,
        offset: usize,
        relu: bool,
    ) -> Done {
        let arguments = [
            whole::<f32>(y, rows.all() * columns),
            parameters.part(rows.replicas, offset, columns),
            word(columns),
            word(rows.per_replica),
            U64(parameters.pitch as u64),
            U32(relu.into()),
            word(rows.all()),
        ];
        self.launch("add_bias", rows.all(), columns, &arguments)
    }

    /// Turns `dy` into the gradient before the rectifier that gave `y`, if `relu`, and puts the bias's at `offset`.
    #[allow(clippy::too_many_arguments)] // one kernel's operands
    pub fn bias_gradient(
        &self,
        rows: Rows,
        columns: usize,
        (y, relu): (&Buffer, bool),
        dy: &Buffer,
        partial: &Buffer,
        gradient: Parameters<'_>,
        offset: usize,
    ) -> Done {
        let Stretches { length, count } = Stretches::of(rows.per_replica);
        let parts = rows.replicas * count;
        let to = gradient.part(rows.replicas, offset, columns);
        // A single part is the whole.
        let (out, pitch) = match count {
            1 => (to, gradient.pitch),
            _ => (whole::<f32>(partial, parts * columns), columns),
        };
        let arguments = [
            whole::<f32>(dy, rows.all() * columns),
            whole::<f32>(y, rows.all() * columns),
            out,
            word(columns),
            word(rows.per_replica),
            word(length),
            word(count),
            U64(pitch as u64),
            U32(relu.into()),
            word(parts),
        ];
        self.launch("bias_partials", parts, columns, &arguments)?;
        if count == 1 {
            return Ok(());
        }
        let arguments = [
            whole::<f32>(partial, parts * columns),
            gradient.part(rows.replicas, offset, columns),
            word(columns),
            word(count),
            U64(gradient.pitch as u64),
            word(rows.replicas),
        ];
        self.launch("bias_gradient", rows.replicas, columns, &arguments)
    }
}

impl<'a> Parameters<'a> {
    fn at(self, offset: usize) -> Matrix<'a> {
        Matrix { buffer: self.buffer, offset, stride: self.pitch }
    }
}

fn dense<'a>(buffer: &'a Buffer, rows: Rows, columns: usize) -> Matrix<'a> {
    Matrix { buffer, offset: 0, stride: rows.per_replica * columns }
}
