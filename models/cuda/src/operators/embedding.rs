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
            word(vocabulary),
            word(width),
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
            word(vocabulary),
            word(width),
            word(tokens.per_replica),
            U64(gradient.pitch as u64),
            word(rows),
        ];
        self.launch("embedding_gradient", rows, width, &arguments)
    }
}
