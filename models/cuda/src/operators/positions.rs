//! Vectors of positions.

use super::{Done, Operators, Parameters, Rows, whole, word};
use crate::{Argument, Buffer};
use Argument::U64;
use models::{Network, Node};

/// A learnt vector for each of `time` positions of a sequence.
#[derive(Clone, Copy)]
pub(crate) struct Places {
    pub time: usize,
    /// Length of a vector.
    pub width: usize,
}

impl Places {
    /// Those of what comes out of a node.
    pub fn of(network: &Network, node: &Node) -> Self {
        let shape = network.values()[node.output];
        Self { time: shape.positions(), width: shape.channels }
    }

    fn size(self) -> usize {
        self.time * self.width
    }
}

impl Operators {
    /// `y [sequences, time, width]`, the table at `offset` in each replica's parameters added to `x`; they may be one buffer.
    pub fn positions(
        &self,
        places: Places,
        sequences: Rows,
        x: &Buffer,
        parameters: Parameters<'_>,
        offset: usize,
        y: &Buffer,
    ) -> Done {
        let Places { time, width } = places;
        let rows = sequences.all() * time;
        let arguments = [
            whole::<f32>(x, rows * width),
            parameters.part(sequences.replicas, offset, places.size()),
            whole::<f32>(y, rows * width),
            word(sequences.per_replica),
            U64(parameters.pitch as u64),
            word(rows),
        ];
        self.launch("positions", rows, width, &arguments)
    }

    /// The table's gradient from `dy [sequences, time, width]`, put at `offset` in each replica's gradient.
    pub fn positions_gradient(
        &self,
        places: Places,
        sequences: Rows,
        dy: &Buffer,
        gradient: Parameters<'_>,
        offset: usize,
    ) -> Done {
        let Places { time, width } = places;
        let rows = sequences.replicas * time;
        let arguments = [
            whole::<f32>(dy, sequences.all() * places.size()),
            gradient.part(sequences.replicas, offset, places.size()),
            word(sequences.per_replica),
            U64(gradient.pitch as u64),
            word(rows),
        ];
        self.launch("positions_gradient", rows, width, &arguments)
    }
}
