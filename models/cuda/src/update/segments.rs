//! Steps by segments of the parameters: sums, numbers that are remembered, scalars that are not the same for all tensors.

use super::tools::Tools;
use crate::{Argument, Buffer, Device, DeviceError, Kernel, Shape};
use rule::{Layout, OptimizerState, SegmentKernels};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Where a stretch of a layout lies in the parameters.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Elements of the layout.
    pub layout: Range<usize>,
    /// The place of the first in a replica's parameters.
    pub start: usize,
}

struct Variant {
    terms: Option<[Kernel; 2]>,
    conclude: Kernel,
    step: [Kernel; 2],
}

/// Neighbouring replicas that the same kernels step.
pub(super) struct Segmented {
    device: Arc<dyn Device>,
    /// Of each replica.
    kernels: Vec<SegmentKernels>,
    variants: Vec<Variant>,
    pieces: Vec<Piece>,
    pitch: usize,
    states: Vec<(String, Buffer)>,
    chunks: Buffer,
    chunk_count: usize,
    segments: Buffer,
    segment_count: usize,
    places: usize,
    /// Sums of lanes and of chunks.
    lanes: Buffer,
    parts: Buffer,
    /// What is remembered, and room for what will be.
    memory: Buffer,
    after: Buffer,
    /// `[steps, replicas, variants, width]` of the epoch under way.
    scalars: Buffer,
    rows: Buffer,
}

impl Segmented {
    /// For replicas of the same kernels in order; they step the tensors of `layout`, which lie in `pieces`.
    pub fn new(
        device: &Arc<dyn Device>,
        kernels: Vec<SegmentKernels>,
        layout: &Layout,
        pieces: Vec<Piece>,
        pitch: usize,
    ) -> Result<Self, DeviceError> {
        let Some(one) = kernels.first() else { unreachable!("a group has a replica") };
        let replicas = kernels.len();
        let (mut chunks, mut table) = (Vec::new(), Vec::new());
        let segments = one.segments(layout);
        let places = if one.scope == rule::Scope::Tensor { segments.len() } else { 1 };
        for (number, segment) in segments.iter().enumerate() {
            let first = chunks.len() / 4;
            // What does not decay is of the variant that has none, if there is one.
            let variant = u32::from(!segment.decayed && one.variants.len() > 1);
            for piece in &pieces {
                let within =
                    segment.range.start.max(piece.layout.start)..segment.range.end.min(piece.layout.end);
                for start in within.clone().step_by(SegmentKernels::CHUNK) {
                    let end = within.end.min(start + SegmentKernels::CHUNK);
                    let place = |element: usize| (element - piece.layout.start + piece.start) as u32;
                    chunks.extend([place(start), place(end), number as u32, variant]);
                }
            }
            let counted = if places > 1 { segment.range.len() } else { layout.len() };
            table.extend([first as u32, (chunks.len() / 4) as u32, counted as u32, variant]);
        }
        let (chunk_count, segment_count) = (chunks.len() / 4, segments.len());
        let compile = |variant: &rule::SegmentNames| {
            let names = variant.terms.iter().flatten().chain([&variant.conclude]).chain(&variant.step);
            let names: Vec<&str> = names.map(String::as_str).collect();
            let found = device.compile(&one.source, &names)?;
            let (terms, rest) = found.split_at(if variant.terms.is_some() { 2 } else { 0 });
            let terms = <[Kernel; 2]>::try_from(terms).ok();
            Ok(Variant { terms, conclude: rest[0], step: [rest[1], rest[2]] })
        };
        let variants = one.variants.iter().map(compile).collect::<Result<Vec<_>, DeviceError>>()?;
        let state = |name: &String| Ok((name.clone(), Buffer::zeros::<f32>(device, replicas * pitch)?));
        let states = one.states.iter().map(state).collect::<Result<Vec<_>, DeviceError>>()?;
        let parts = replicas * chunk_count * one.sums;
        let remembered: Vec<f64> = one.memory.iter().map(|(_, first)| *first).collect();
        let memory = remembered.repeat(replicas * places);
        let rows = replicas * segment_count * one.row;
        Ok(Self {
            device: Arc::clone(device),
            variants,
            states,
            chunks: Buffer::from_slice(device, &chunks)?,
            chunk_count,
            segments: Buffer::from_slice(device, &table)?,
            segment_count,
            places,
            lanes: Buffer::zeros::<f64>(device, parts * SegmentKernels::LANES)?,
            parts: Buffer::zeros::<f64>(device, parts)?,
            memory: Buffer::from_slice(device, &memory)?,
            after: Buffer::from_slice(device, &memory)?,
            scalars: Buffer::zeros::<f64>(device, 0)?,
            rows: Buffer::zeros::<f32>(device, rows)?,
            kernels,
            pieces,
            pitch,
        })
    }

    fn one(&self) -> &SegmentKernels {
        &self.kernels[0]
    }

    fn row_of_host(&self) -> usize {
        self.kernels.len() * self.variants.len() * self.one().width
    }

    /// Puts the host's scalars of `steps` on the device.
    pub fn prepare(&mut self, steps: Range<u64>) -> Result<(), DeviceError> {
        let rows: Vec<f64> =
            steps.flat_map(|k| self.kernels.iter().flat_map(move |kernels| kernels.scalars_at(k))).collect();
        if rows.len() * 8 > self.scalars.bytes() {
            self.scalars = Buffer::zeros::<f64>(&self.device, rows.len())?;
        }
        self.scalars.upload(0, &rows)
    }

    /// Step `k`, whose scalars are in row `row` of those prepared.
    pub fn step(
        &mut self,
        tools: &Tools,
        (k, row): (u64, usize),
        (parameters, gradient): (Argument<'_>, Argument<'_>),
    ) -> Result<(), DeviceError> {
        let (replicas, sums) = (self.kernels.len(), self.one().sums);
        let host = self.row_of_host();
        assert!((row + 1) * host * 8 <= self.scalars.bytes(), "scalars were not prepared");
        let scalars = Argument::Buffer(&self.scalars, row * host * 8);
        let word = |n: usize| Argument::U32(n as u32);
        let states = || self.states.iter().map(|(_, state)| Argument::Buffer(state, 0));
        let which = usize::from(k > 0);
        let over_chunks = Shape::of_chunks(self.chunk_count, replicas);
        let launch = |kernel: Kernel, shape: Shape, arguments: &[Argument<'_>]| {
            // SAFETY: the arguments are those that `rule` documents; the tables name elements of a replica's parameters alone, and
            // the other buffers were made for as many replicas, chunks and segments.
            unsafe { self.device.launch(kernel, shape, arguments) }
        };
        if sums > 0 {
            for terms in self.variants.iter().filter_map(|variant| variant.terms) {
                let mut arguments = vec![parameters, gradient];
                arguments.extend(states());
                arguments.extend([
                    scalars,
                    Argument::Buffer(&self.memory, 0),
                    Argument::Buffer(&self.chunks, 0),
                    Argument::Buffer(&self.lanes, 0),
                    Argument::U64(self.pitch as u64),
                    word(self.chunk_count),
                    word(self.places),
                    word(replicas),
                ]);
                launch(terms[which], over_chunks, &arguments)?;
            }
            tools.fold_lanes(&self.lanes, &self.parts, replicas * self.chunk_count * sums)?;
        }
        for variant in &self.variants {
            let arguments = [
                scalars,
                Argument::Buffer(&self.memory, 0),
                Argument::Buffer(&self.after, 0),
                Argument::Buffer(&self.parts, 0),
                Argument::Buffer(&self.segments, 0),
                Argument::Buffer(&self.rows, 0),
                word(self.chunk_count),
                word(self.segment_count),
                word(self.places),
                word(replicas),
            ];
            launch(variant.conclude, Shape::of_update(self.segment_count, replicas), &arguments)?;
        }
        for variant in &self.variants {
            let mut arguments = vec![parameters, gradient];
            arguments.extend(states());
            arguments.extend([
                Argument::Buffer(&self.rows, 0),
                Argument::Buffer(&self.chunks, 0),
                Argument::U64(self.pitch as u64),
                word(self.chunk_count),
                word(self.segment_count),
                word(replicas),
            ]);
            launch(variant.step[which], over_chunks, &arguments)?;
        }
        std::mem::swap(&mut self.memory, &mut self.after);
        Ok(())
    }

    /// Numbers that are remembered of a replica.
    fn remembered(&self) -> usize {
        self.places * self.one().memory.len()
    }

    /// What a replica's optimizer remembers.
    pub fn export(&self, replica: usize, steps_taken: u64) -> Result<OptimizerState<f32>, DeviceError> {
        let mut states = BTreeMap::new();
        for (name, state) in &self.states {
            let mut all = Vec::new();
            for piece in &self.pieces {
                all.extend(state.download::<f32>(replica * self.pitch + piece.start, piece.layout.len())?);
            }
            states.insert(name.clone(), all);
        }
        let each = self.remembered();
        let numbers = self.memory.download::<f64>(replica * each, each)?;
        let names = self.one().memory.iter().enumerate();
        let count = self.one().memory.len();
        let memory = names.map(|(i, (name, _))| {
            (name.clone(), numbers.iter().skip(i).step_by(count).copied().collect::<Vec<f64>>())
        });
        Ok(OptimizerState { steps_taken, states, memory: memory.collect() })
    }

    /// Continues a replica.
    pub fn import(&mut self, replica: usize, state: &OptimizerState<f32>) -> Result<(), DeviceError> {
        let len: usize = self.pieces.iter().map(|piece| piece.layout.len()).sum();
        for (name, buffer) in &mut self.states {
            let mut values = super::named(&state.states, name, len)?;
            for piece in &self.pieces {
                let (these, others) = values.split_at(piece.layout.len());
                buffer.upload(replica * self.pitch + piece.start, these)?;
                values = others;
            }
        }
        let (each, count) = (self.remembered(), self.one().memory.len());
        let mut numbers = vec![0.0; each];
        for (i, (name, _)) in self.one().memory.iter().enumerate() {
            let values = super::named(&state.memory, name, self.places)?;
            numbers.iter_mut().skip(i).step_by(count).zip(values).for_each(|(to, value)| *to = *value);
        }
        self.memory.upload(replica * each, &numbers)
    }
}
