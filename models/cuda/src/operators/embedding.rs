//! Vectors of tokens.

use super::{Done, Operators, Parameters, Rows, whole, word};
use crate::{Argument, Buffer};
use Argument::U64;
use models::Tokens;

impl Operators {
    /// `y [tokens, width]`, the vectors of `tokens` out of the table at `offset` in each replica's parameters; NaN where the
    /// table has none.
    pub fn embedding(
        &self,
        of: &Tokens,
        tokens: Rows,
        x: &Buffer,
        parameters: Parameters<'_>,
        offset: usize,
        y: &Buffer,
    ) -> Done {
        let &Tokens { vocabulary, embedding: kernels::Embedding { width } } = of;
        let arguments = [
            whole::<f32>(x, tokens.all()),
            parameters.part(tokens.replicas, offset, vocabulary * width),
            whole::<f32>(y, tokens.all() * width),
            word(tokens.per_replica),
            U64(parameters.pitch as u64),
            word(tokens.all()),
        ];
        self.launch("embedding", tokens.all(), width, &arguments)
    }

    /// The table's gradient from `dy [tokens, width]`, put at `offset` in each replica's gradient.
    pub fn embedding_gradient(
        &self,
        of: &Tokens,
        tokens: Rows,
        x: &Buffer,
        dy: &Buffer,
        gradient: Parameters<'_>,
        offset: usize,
    ) -> Done {
        let &Tokens { vocabulary, embedding: kernels::Embedding { width } } = of;
        let rows = tokens.replicas * vocabulary;
        let arguments = [
            whole::<f32>(x, tokens.all()),
            whole::<f32>(dy, tokens.all() * width),
            gradient.part(tokens.replicas, offset, vocabulary * width),
            word(tokens.per_replica),
            U64(gradient.pitch as u64),
            word(rows),
        ];
        self.launch("embedding_gradient", rows, width, &arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::Shaped;
    use crate::{Device, Emulation, Precision};
    use std::sync::Arc;

    #[test]
    fn what_is_no_token_of_the_table_is_nan_and_has_no_gradient() {
        let device: Arc<dyn Device> = Arc::new(Emulation::open().unwrap());
        let of = Tokens { vocabulary: 2, embedding: kernels::Embedding { width: 1 } };
        let operators = Operators::new(&device, Precision::F32).unwrap();
        let operators = operators.with(Shaped::Embedding(&of)).unwrap();
        let there = |values: &[f32]| Buffer::from_slice(&device, values).unwrap();
        let tokens = there(&[1.0, 2.0, -1.0, f32::NAN, 1e30, 0.0]);
        let (table, y) = (there(&[3.0, 5.0]), there(&[0.0; 6]));
        let rows = Rows { per_replica: 6, replicas: 1 };
        operators.embedding(&of, rows, &tokens, Parameters { buffer: &table, pitch: 2 }, 0, &y).unwrap();
        let seen = y.download::<f32>(0, 6).unwrap();
        assert!(seen[1..5].iter().all(|y| y.is_nan()), "{seen:?}");
        assert_eq!((seen[0], seen[5]), (5.0, 3.0));
        let (dy, dtable) = (there(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), there(&[0.0; 2]));
        let gradient = Parameters { buffer: &dtable, pitch: 2 };
        operators.embedding_gradient(&of, rows, &tokens, &dy, gradient, 0).unwrap();
        assert_eq!(dtable.download::<f32>(0, 2).unwrap(), [6.0, 1.0]);
    }
}
