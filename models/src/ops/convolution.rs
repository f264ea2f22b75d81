use super::{Backward, Forward, Operator};
use kernels::{Conv, Real};

impl Operator for Conv {
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
        let (height, width) = self.output();
        height * width * self.weights()
    }

    fn transposed(&self) -> usize {
        self.weights()
    }

    fn transpose<F: Real>(&self, weight: &[F], transposed: &mut [F]) {
        Conv::transpose(self, weight, transposed);
    }

    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        let (weight, bias) = pass.parameters.split_at(self.weights());
        let bias = Some(bias).filter(|bias| !bias.is_empty());
        Conv::forward(self, pass.x, weight, bias, pass.y, pass.workspace);
    }

    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        let Backward { x, dy, workspace, .. } = pass;
        let (dweight, dbias) = pass.gradient.split_at_mut(self.weights());
        let dbias = Some(dbias).filter(|dbias| !dbias.is_empty());
        self.add_parameter_gradient(x, dy, dweight, dbias, workspace);
        if let Some(dx) = pass.dx {
            self.input_gradient(
                dy,
                &pass.transposed[..self.transposed()],
                pass.gated.then_some(x),
                dx,
                workspace,
            );
        }
    }
}
