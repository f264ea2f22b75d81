//! Self-attention: products of each head's queries, keys and values, a softmax between them.

use super::{Done, Operators, whole, word};
use crate::device::Matrix;
use crate::{Argument, Buffer, Product};
use Argument::{F32, U32};
use kernels::Attention;

/// The heads' matrices in a room, in this order: queries, keys and values; what comes out, or its gradient; the gradients of
/// queries, keys and values. Behind them is room for the gradient of what is attended to.
const QUERIES: usize = 0;
const KEYS: usize = 1;
const VALUES: usize = 2;
const OUTPUT: usize = 3;
const GRADIENT: usize = 4;
const PARTS: usize = 7;

/// Numbers of the room that the passes over one sequence need.
pub(crate) fn room_of(attention: &Attention) -> usize {
    PARTS * attention.time * attention.width + attention.kept()
}

/// The place where some sequences are worked on.
#[derive(Clone, Copy)]
struct Room<'a> {
    attention: &'a Attention,
    sequences: usize,
    buffer: &'a Buffer,
}

impl<'a> Room<'a> {
    fn offset(&self, part: usize) -> usize {
        part * self.sequences * self.attention.time * self.attention.width
    }

    /// A part from its first number on as an argument, with its `parts - 1` neighbours.
    fn argument(&self, part: usize, parts: usize) -> Argument<'a> {
        assert!(
            self.offset(part + parts) * 4 <= self.buffer.bytes(),
            "a room for the heads of all sequences"
        );
        Argument::Buffer(self.buffer, self.offset(part) * 4)
    }

    /// Every head's `[time, size]` of a part.
    fn part(&self, part: usize) -> Matrix<'a> {
        let Attention { time, width, heads, .. } = *self.attention;
        Matrix { buffer: self.buffer, offset: self.offset(part), stride: time * (width / heads) }
    }

    /// The gradient of what is attended to.
    fn weights(&self) -> Matrix<'a> {
        self.weights_at(self.buffer, self.offset(PARTS))
    }

    /// Every head's `[keys, queries]`.
    fn weights_at<'b>(&self, buffer: &'b Buffer, offset: usize) -> Matrix<'b> {
        let time = self.attention.time;
        Matrix { buffer, offset, stride: time * time }
    }
}

impl Operators {
    /// `y [sequences, time, width]` from `qkv [sequences, time, 3 · width]`. Sets `weights [sequences, heads, keys, queries]`,
    /// what every position attends to; the room is that of [`room_of`] for each sequence.
    pub fn attention(
        &self,
        attention: &Attention,
        sequences: usize,
        qkv: &Buffer,
        y: &Buffer,
        weights: &Buffer,
        room: &Buffer,
    ) -> Done {
        let room = Room { attention, sequences, buffer: room };
        let attended = room.weights_at(weights, 0);
        self.split_heads(room, qkv, QUERIES, 3)?;
        self.by_keys(room, [room.part(KEYS), room.part(QUERIES)], attended)?;
        let arguments = [
            whole::<f32>(weights, sequences * attention.kept()),
            F32(scale(attention)),
            U32(attention.causal.into()),
            word(sequences * attention.heads),
        ];
        self.launch("attention", sequences * attention.heads, attention.time, &arguments)?;
        self.of_queries(room, attended, room.part(VALUES), room.part(OUTPUT))?;
        self.merge_heads(room, y, OUTPUT, 1)
    }

    /// `dqkv` from `dy` and the weights of the forward pass.
    #[allow(clippy::too_many_arguments)] // one op's operands
    pub fn attention_backward(
        &self,
        attention: &Attention,
        sequences: usize,
        qkv: &Buffer,
        weights: &Buffer,
        dy: &Buffer,
        dqkv: &Buffer,
        room: &Buffer,
    ) -> Done {
        let room = Room { attention, sequences, buffer: room };
        let (attended, gradient) = (room.weights_at(weights, 0), room.weights());
        self.split_heads(room, qkv, QUERIES, 3)?;
        self.split_heads(room, dy, OUTPUT, 1)?;
        self.by_keys(room, [room.part(VALUES), room.part(OUTPUT)], gradient)?;
        let numbers = sequences * attention.kept();
        assert!((gradient.offset + numbers) * 4 <= room.buffer.bytes(), "a room for all gradients");
        let arguments = [
            whole::<f32>(weights, numbers),
            Argument::Buffer(room.buffer, gradient.offset * 4),
            F32(scale(attention)),
            U32(attention.causal.into()),
            word(sequences * attention.heads),
        ];
        self.launch("attention_backward", sequences * attention.heads, attention.time, &arguments)?;
        self.of_queries(room, gradient, room.part(KEYS), room.part(GRADIENT + QUERIES))?;
        self.of_keys(room, gradient, room.part(QUERIES), room.part(GRADIENT + KEYS))?;
        self.of_keys(room, attended, room.part(OUTPUT), room.part(GRADIENT + VALUES))?;
        self.merge_heads(room, dqkv, GRADIENT, 3)
    }

    /// Every head's part of `x [sequences, time, parts · width]` into the room, from `part` on.
    fn split_heads(&self, room: Room<'_>, x: &Buffer, part: usize, parts: usize) -> Done {
        let Attention { time, width, .. } = *room.attention;
        let (rows, columns) = (room.sequences * time, parts * width);
        let arguments =
            [whole::<f32>(x, rows * columns), room.argument(part, parts), word(columns), word(rows)];
        self.launch("split_heads", rows, columns, &arguments)
    }

    /// The opposite.
    fn merge_heads(&self, room: Room<'_>, x: &Buffer, part: usize, parts: usize) -> Done {
        let Attention { time, width, .. } = *room.attention;
        let (rows, columns) = (room.sequences * time, parts * width);
        let arguments =
            [room.argument(part, parts), whole::<f32>(x, rows * columns), word(columns), word(rows)];
        self.launch("merge_heads", rows, columns, &arguments)
    }

    /// `out [keys, queries]` of every head: the products of what belongs to keys with what belongs to queries.
    fn by_keys(&self, room: Room<'_>, [keys, queries]: [Matrix<'_>; 2], out: Matrix<'_>) -> Done {
        let Attention { time, width, heads, .. } = *room.attention;
        let product = Product {
            left: keys,
            left_transposed: false,
            right: queries,
            right_transposed: true,
            out,
            rows: time,
            terms: width / heads,
            columns: time,
            replicas: room.sequences * heads,
        };
        product.start(self.precision)
    }

    /// `out [queries, size]` of every head: sums over the keys of `of_keys [keys, size]`.
    fn of_queries(&self, room: Room<'_>, weights: Matrix<'_>, of_keys: Matrix<'_>, out: Matrix<'_>) -> Done {
        self.weighted(room, (weights, true), of_keys, out)
    }

    /// `out [keys, size]` of every head: sums over the queries of `of_queries [queries, size]`.
    fn of_keys(&self, room: Room<'_>, weights: Matrix<'_>, of_queries: Matrix<'_>, out: Matrix<'_>) -> Done {
        self.weighted(room, (weights, false), of_queries, out)
    }

    fn weighted(
        &self,
        room: Room<'_>,
        (left, left_transposed): (Matrix<'_>, bool),
        right: Matrix<'_>,
        out: Matrix<'_>,
    ) -> Done {
        let Attention { time, width, heads, .. } = *room.attention;
        let product = Product {
            left,
            left_transposed,
            right,
            right_transposed: false,
            out,
            rows: time,
            terms: time,
            columns: width / heads,
            replicas: room.sequences * heads,
        };
        product.start(self.precision)
    }
}

/// What the products of queries and keys are multiplied by.
fn scale(attention: &Attention) -> f32 {
    (1.0 / ((attention.width / attention.heads) as f64).sqrt()) as f32
}
