use super::{Backward, Forward, Operator};
use kernels::{Real, multiply_by};

/// Numbers multiplied by fixed factors, one for each number of an example: curvature that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// The factors, as many as an example has numbers.
    pub factors: Vec<f64>,
}

impl Scaling {
    fn apply<F: Real>(&self, numbers: &mut [F]) {
        let factors: Vec<F> = self.factors.iter().map(|&factor| F::from_f64(factor)).collect();
        numbers.chunks_exact_mut(factors.len()).for_each(|row| multiply_by(&factors, row));
    }
}

impl Operator for Scaling {
    fn in_place(&self) -> bool {
        true
    }

    fn reads_input(&self) -> bool {
        false
    }

    fn forward<F: Real>(&self, pass: Forward<'_, F>) {
        self.apply(pass.y);
    }

    fn backward<F: Real>(&self, pass: Backward<'_, F>) {
        self.apply(pass.dy);
    }
}
