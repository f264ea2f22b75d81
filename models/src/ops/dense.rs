use super::{Backward, Forward, Operator};
use kernels::{Affine, Real};

impl Operator for Affine {
    fn rectified(&self) -> bool {
        self.relu
    }

    fn reads_output(&self) -> bool {
        self.relu
    }

    fn gates(&self) -> bool {
        true
    }

    fn products(&self) -> usize {
        self.inputs * self.outputs
    }

    fn transposed(&self) -> usize {
        self.inputs * self.outputs
    }

    fn transpose<F: Real>(&self, weight: &[F], transposed: &mut [F]) {
        Affine::transpose(self, weight, transposed);
    }

    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        let (weight, bias) = pass.parameters.split_at(self.inputs * self.outputs);
        match pass.packed {
            Some(packed) => self.forward_packed(pass.x, packed, bias, pass.y, pass.workspace),
            None => Affine::forward(self, pass.x, weight, bias, pass.y, pass.workspace),
        }
    }

    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        let Backward { x, dy, workspace, .. } = pass;
        let (dweight, dbias) = pass.gradient.split_at_mut(self.inputs * self.outputs);
        match pass.rows {
            Some(rows) => {
                rows.keep(x, dy);
                self.add_bias_gradient(dy, dbias);
            }
            None => self.add_parameter_gradient(x, dy, dweight, dbias, workspace),
        }
        let Some(dx) = pass.dx else { return };
        let gate = pass.gated.then_some(x);
        match pass.packed {
            Some(packed) => self.input_gradient_packed(dy, packed, gate, dx, workspace),
            None => self.input_gradient(dy, &pass.transposed[..self.transposed()], gate, dx, workspace),
        }
    }
}
