//! Functions of single numbers.

use super::{Done, Operators, Rows, whole, word};
use crate::Buffer;
use kernels::Activation;

impl Operators {
    /// `y [rows, columns] = f(x)`; they may be one buffer.
    pub fn activation(
        &self,
        function: Activation,
        rows: Rows,
        columns: usize,
        x: &Buffer,
        y: &Buffer,
    ) -> Done {
        let numbers = rows.all() * columns;
        let arguments = [
            whole::<f32>(x, numbers),
            whole::<f32>(y, numbers),
            word(place(function)),
            word(columns),
            word(rows.all()),
        ];
        self.launch("activation", rows.all(), columns, &arguments)
    }

    /// `dx = dy · f′(x)` where `f(x)` is `y`; `dx` and `dy` may be one buffer.
    pub fn activation_backward(
        &self,
        function: Activation,
        rows: Rows,
        columns: usize,
        [x, y]: [&Buffer; 2],
        dy: &Buffer,
        dx: &Buffer,
    ) -> Done {
        let numbers = rows.all() * columns;
        let arguments = [
            whole::<f32>(x, numbers),
            whole::<f32>(y, numbers),
            whole::<f32>(dy, numbers),
            whole::<f32>(dx, numbers),
            word(place(function)),
            word(columns),
            word(rows.all()),
        ];
        self.launch("activation_backward", rows.all(), columns, &arguments)
    }

    /// A rectifier over what it is given.
    pub fn rectify(&self, rows: Rows, columns: usize, y: &Buffer) -> Done {
        self.activation(Activation::Rectifier, rows, columns, y, y)
    }

    /// Turns `dy` into the gradient before the rectifier that gave `y`.
    pub fn unrectify(&self, rows: Rows, columns: usize, y: &Buffer, dy: &Buffer) -> Done {
        self.activation_backward(Activation::Rectifier, rows, columns, [y, y], dy, dy)
    }
}

/// What the kernels call a function.
fn place(function: Activation) -> usize {
    match function {
        Activation::Rectifier => 0,
        Activation::Gelu => 1,
        Activation::GeluTanh => 2,
        Activation::Tanh => 3,
        Activation::Silu => 4,
    }
}
