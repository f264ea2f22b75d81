//! Batch, group and layer normalisation, all by the same kernels: they differ in what a mean is one over.

use super::{Done, Operators, Parameters, Rows, Stretches, whole, word};
use crate::{Argument, Buffer};
use Argument::{F32, F64, Null, U64};
use kernels::BatchNorm;
use models::Op;

/// Numbers of a cell's group: mean, inverse deviation, slope and constant.
pub(crate) const NUMBERS: usize = 4;

/// What a normalisation of `[rows, channels]` takes means over: cells of some rows by groups of neighbouring channels.
#[derive(Clone, Copy)]
pub(crate) struct Normalisation {
    /// Length of a row.
    pub channels: usize,
    /// Groups that a row is cut into.
    pub groups: usize,
    /// Rows of a cell.
    pub cell: usize,
    /// What is added to a variance.
    pub eps: f64,
}

/// The parameters of a normalisation: gains at an offset among each replica's, shifts behind them.
#[derive(Clone, Copy)]
pub(crate) struct Gains<'a> {
    pub parameters: Parameters<'a>,
    pub offset: usize,
}

/// Where a batch normalisation keeps its running statistics: means at an offset among each replica's, variances behind them.
#[derive(Clone, Copy)]
pub(crate) struct Running<'a> {
    pub statistics: Parameters<'a>,
    pub offset: usize,
    /// The weight of a batch's statistics.
    pub momentum: f64,
}

impl Normalisation {
    /// What `op` does to batches of so many `rows` of a replica; nothing if it is no normalisation.
    pub fn of(op: &Op, rows: usize) -> Option<Self> {
        match op {
            Op::BatchNorm(norm) => {
                let &BatchNorm { channels, eps, .. } = norm;
                Some(Self { channels, groups: channels, cell: rows, eps })
            }
            Op::GroupNorm(norm) => {
                let &kernels::GroupNorm { positions, channels, groups, eps } = norm;
                Some(Self { channels, groups, cell: positions, eps })
            }
            Op::LayerNorm(rows) => {
                Some(Self { channels: rows.norm.size, groups: 1, cell: 1, eps: rows.norm.eps })
            }
            _ => None,
        }
    }

    /// Numbers in a row of a group.
    fn members(&self) -> usize {
        self.channels / self.groups
    }

    /// Cells of so many rows.
    fn cells(&self, rows: usize) -> usize {
        rows / self.cell
    }

    /// Pairs of sums that stretches of so many rows leave.
    pub fn pairs(&self, rows: usize) -> usize {
        self.cells(rows) * Stretches::of(self.cell).count * self.groups
    }

    /// The numbers of so many rows as an argument.
    fn numbers<'a>(&self, buffer: &'a Buffer, rows: usize) -> Argument<'a> {
        whole::<f32>(buffer, self.cells(rows) * self.groups * NUMBERS)
    }
}

impl Operators {
    /// Sets mean and inverse of every cell in `numbers`, and moves running statistics, if given, towards them.
    pub fn measure(
        &self,
        norm: &Normalisation,
        rows: Rows,
        x: &Buffer,
        partials: &Buffer,
        numbers: &Buffer,
        running: Option<Running<'_>>,
    ) -> Done {
        let (cells, stretches) = (norm.cells(rows.all()), Stretches::of(norm.cell));
        let parts = whole::<f64>(partials, 2 * norm.pairs(rows.all()));
        let arguments = [
            whole::<f32>(x, rows.all() * norm.channels),
            parts,
            word(norm.cell),
            word(stretches.length),
            word(stretches.count),
            word(cells * stretches.count),
        ];
        self.launch("moments", cells * stretches.count, norm.groups, &arguments)?;
        let arguments = [
            parts,
            norm.numbers(numbers, rows.all()),
            running.map_or(Null, |running| running.argument(norm.channels, rows.replicas)),
            F64(norm.eps),
            F64(running.map_or(0.0, |running| running.momentum)),
            word(norm.cell),
            word(stretches.length),
            word(stretches.count),
            U64(running.map_or(0, |running| running.statistics.pitch as u64)),
            word(cells),
        ];
        self.launch("statistics", cells, norm.groups, &arguments)
    }

    /// Sets mean and inverse of every replica's channels in `numbers` by the running statistics.
    pub fn recall(&self, norm: &Normalisation, rows: Rows, running: Running<'_>, numbers: &Buffer) -> Done {
        let arguments = [
            running.argument(norm.channels, rows.replicas),
            norm.numbers(numbers, rows.all()),
            F64(norm.eps),
            U64(running.statistics.pitch as u64),
            word(rows.replicas),
        ];
        self.launch("running_statistics", rows.replicas, norm.channels, &arguments)
    }

    /// `y [rows, channels]` from `x` by the means and inverses in `numbers`.
    pub fn normalise(
        &self,
        norm: &Normalisation,
        rows: Rows,
        x: &Buffer,
        numbers: &Buffer,
        gains: Gains<'_>,
        y: &Buffer,
    ) -> Done {
        let arguments = [
            whole::<f32>(x, rows.all() * norm.channels),
            norm.numbers(numbers, rows.all()),
            gains.argument(norm.channels, rows.replicas),
            whole::<f32>(y, rows.all() * norm.channels),
            word(norm.cell),
            word(rows.per_replica),
            U64(gains.parameters.pitch as u64),
            word(rows.all()),
        ];
        self.launch("normalise", rows.all(), norm.channels, &arguments)
    }

    /// The gradients of gains and shifts, put at their place among each replica's.
    #[allow(clippy::too_many_arguments)] // one kernel's operands
    pub fn gain_gradient(
        &self,
        norm: &Normalisation,
        rows: Rows,
        x: &Buffer,
        numbers: &Buffer,
        dy: &Buffer,
        partials: &Buffer,
        gradient: Gains<'_>,
    ) -> Done {
        let stretches = Stretches::of(rows.per_replica);
        let parts = rows.replicas * stretches.count;
        let sums = whole::<f64>(partials, 2 * parts * norm.channels);
        let arguments = [
            whole::<f32>(x, rows.all() * norm.channels),
            norm.numbers(numbers, rows.all()),
            whole::<f32>(dy, rows.all() * norm.channels),
            sums,
            word(norm.cell),
            word(rows.per_replica),
            word(stretches.length),
            word(stretches.count),
            word(parts),
        ];
        self.launch("gain_partials", parts, norm.channels, &arguments)?;
        let arguments = [
            sums,
            gradient.argument(norm.channels, rows.replicas),
            word(stretches.count),
            U64(gradient.parameters.pitch as u64),
            word(rows.replicas),
        ];
        self.launch("gain_gradient", rows.replicas, norm.channels, &arguments)
    }

    /// Sets slope and constant of every cell in `numbers`.
    #[allow(clippy::too_many_arguments)] // one kernel's operands
    pub fn lines(
        &self,
        norm: &Normalisation,
        rows: Rows,
        x: &Buffer,
        numbers: &Buffer,
        gains: Gains<'_>,
        dy: &Buffer,
        partials: &Buffer,
    ) -> Done {
        let (cells, stretches) = (norm.cells(rows.all()), Stretches::of(norm.cell));
        let sums = whole::<f64>(partials, 2 * norm.pairs(rows.all()));
        let arguments = [
            whole::<f32>(x, rows.all() * norm.channels),
            norm.numbers(numbers, rows.all()),
            gains.argument(norm.channels, rows.replicas),
            whole::<f32>(dy, rows.all() * norm.channels),
            sums,
            word(norm.cell),
            word(norm.cells(rows.per_replica)),
            word(stretches.length),
            word(stretches.count),
            U64(gains.parameters.pitch as u64),
            word(cells * stretches.count),
        ];
        self.launch("line_partials", cells * stretches.count, norm.groups, &arguments)?;
        let arguments = [
            sums,
            norm.numbers(numbers, rows.all()),
            F64(1.0 / (norm.cell * norm.members()) as f64),
            word(stretches.count),
            word(cells),
        ];
        self.launch("lines", cells, norm.groups, &arguments)
    }

    /// The same of a batch normalisation, from the gradients of its gains and shifts.
    pub fn batch_lines(
        &self,
        norm: &Normalisation,
        rows: Rows,
        gains: Gains<'_>,
        gradient: Gains<'_>,
        numbers: &Buffer,
    ) -> Done {
        assert_eq!(gains.parameters.pitch, gradient.parameters.pitch, "gradients lie as parameters do");
        let arguments = [
            gains.argument(norm.channels, rows.replicas),
            gradient.argument(norm.channels, rows.replicas),
            norm.numbers(numbers, rows.all()),
            F32((1.0 / norm.cell as f64) as f32),
            U64(gains.parameters.pitch as u64),
            word(rows.replicas),
        ];
        self.launch("batch_lines", rows.replicas, norm.channels, &arguments)
    }

    /// `dx [rows, channels]` from `dy` by all four of `numbers`.
    #[allow(clippy::too_many_arguments)] // one kernel's operands
    pub fn normalise_backward(
        &self,
        norm: &Normalisation,
        rows: Rows,
        x: &Buffer,
        numbers: &Buffer,
        gains: Gains<'_>,
        dy: &Buffer,
        dx: &Buffer,
    ) -> Done {
        let arguments = [
            whole::<f32>(x, rows.all() * norm.channels),
            norm.numbers(numbers, rows.all()),
            gains.argument(norm.channels, rows.replicas),
            whole::<f32>(dy, rows.all() * norm.channels),
            whole::<f32>(dx, rows.all() * norm.channels),
            word(norm.cell),
            word(rows.per_replica),
            U64(gains.parameters.pitch as u64),
            word(rows.all()),
        ];
        self.launch("normalise_backward", rows.all(), norm.channels, &arguments)
    }
}

impl<'a> Gains<'a> {
    fn argument(&self, channels: usize, replicas: usize) -> Argument<'a> {
        self.parameters.part(replicas, self.offset, 2 * channels)
    }
}

impl<'a> Running<'a> {
    fn argument(&self, channels: usize, replicas: usize) -> Argument<'a> {
        self.statistics.part(replicas, self.offset, 2 * channels)
    }
}
