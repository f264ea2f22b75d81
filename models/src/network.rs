//! A model made concrete: every op's geometry, every parameter's place.

use crate::builder::Builder;
use crate::lanes::LANES;
use crate::ops::{Op, Operator};
use crate::plan::Plan;
use crate::shard::{SHARD, most, shard};
use crate::wide::dense;
use crate::{Model, ModelError, Objective, Shape};
use kernels::{BatchNorm, Real};
use rayon::prelude::*;
use rule::Layout;
use std::ops::Range;

/// Numbers that an op may read and write and still find them in a cache of the second level, roughly. Part of the
/// order of summation, hence the same on every machine.
const NEAR: usize = 300_000;

/// An op with the values that it reads and writes, by number.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it computes.
    pub op: Op,
    /// Values that it reads: one, or two.
    pub inputs: Vec<usize>,
    /// The value that it makes.
    pub output: usize,
    /// Place of its parameters among a replica's, one tensor behind the other.
    pub parameters: Range<usize>,
    /// Place of what it normalises by among a replica's statistics, of a batch normalisation: means, and behind them variances or
    /// what is made of them.
    pub statistics: Range<usize>,
}

/// A network ready to compute: ops in topological order over numbered values, and the layout of a replica's parameters.
#[derive(Clone, Debug)]
pub struct Network {
    nodes: Vec<Node>,
    values: Vec<Shape>,
    plan: Plan,
    head: (usize, usize),
    most: usize,
    stages: Vec<Range<usize>>,
    statistics: usize,
    numbers: usize,
    objective: Objective,
    layout: Layout,
}

impl Network {
    /// Builds `model` for examples of `input` shape; what its end is held against may be a number of classes.
    ///
    /// # Errors
    /// If the model's settings are out of range or do not fit the images.
    pub fn new(model: &Model, input: Shape, objective: impl Into<Objective>) -> Result<Self, ModelError> {
        let objective = objective.into();
        objective.loss.check()?;
        let mut builder = Builder::new(input);
        model.build(&mut builder, &objective)?;
        let Builder { nodes, values, mut layout, statistics, numbers, .. } = builder;
        layout.mark_output();
        let plan = Plan::new(&nodes, &values);
        let stages = stages(&nodes);
        // Where all shards go in stages, few images at a time would not find in the cache what they had left there.
        let head = if stages.len() > 1 { (0, SHARD) } else { head(&nodes, &values) };
        let most = most(layout.len(), numbers);
        Ok(Self { nodes, values, plan, head, most, stages, statistics, numbers, objective, layout })
    }

    /// The ops in order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Shapes of the values for one image; the first is the input's, the last that of the logits.
    pub fn values(&self) -> &[Shape] {
        &self.values
    }

    /// Numbers that the values of one image and what ops keep of it take.
    pub fn numbers_of_image(&self) -> usize {
        self.numbers
    }

    /// Bytes that a training in single precision takes for a batch of so many images on a CPU: for all of them where batch
    /// normalisations need the whole batch, or else for the shards that are under way; and in a wide network for the rows of its dense
    /// layers, which lanes keep and the gradients are made of.
    pub fn batch_bytes(&self, batch_size: usize) -> usize {
        let images = if self.stages.len() > 1 { batch_size } else { batch_size.min(LANES * self.most) };
        let gradients: usize = self.plan.slots.iter().sum();
        let rows = self.nodes.iter().filter(|_| self.is_wide()).filter_map(dense);
        let rows: usize = rows.map(|(affine, _)| 2 * (affine.inputs + affine.outputs)).sum();
        images
            .saturating_mul(4 * (self.numbers + gradients))
            .saturating_add(batch_size.saturating_mul(4 * rows))
    }

    /// Where the numbers of a pass lie.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The transposed weights that backward passes need, in the places of the weights.
    pub(crate) fn transpose<F: Real>(&self, parameters: &[F], mut transposed: &mut [F]) {
        let mut tasks = Vec::new();
        let mut done = 0;
        for node in self.nodes.iter().filter(|node| node.op.transposed() > 0) {
            if self.is_wide() && dense(node).is_some() {
                continue;
            }
            let weight = node.parameters.start..node.parameters.start + node.op.transposed();
            let (place, rest) = transposed[weight.start - done..].split_at_mut(weight.len());
            (transposed, done) = (rest, weight.end);
            tasks.push((&node.op, &parameters[weight], place));
        }
        tasks.into_par_iter().for_each(|(op, weight, place)| op.transpose(weight, place));
    }

    /// The place of some images' numbers in the buffer of a value.
    pub(crate) fn numbers(&self, value: usize, images: &Range<usize>) -> Range<usize> {
        let size = self.values[value].size();
        images.start * size..images.end * size
    }

    /// The ops at the start that work on so many numbers per image that few images at a time keep them near the
    /// processor, and how many images those are.
    pub(crate) fn head(&self) -> (usize, usize) {
        self.head
    }

    /// Whether it is mostly weights: see [`crate::wide`].
    pub(crate) fn is_wide(&self) -> bool {
        self.most > SHARD
    }

    /// The parameters whose gradients lanes add up: all, but in a wide network the weights of dense layers.
    pub(crate) fn summed(&self) -> Vec<Range<usize>> {
        let weights = self.nodes.iter().filter(|_| self.is_wide()).filter_map(dense).map(|(_, place)| place);
        let mut ranges = Vec::new();
        let mut start = 0;
        for weight in weights {
            ranges.push(start..weight.start);
            start = weight.end;
        }
        ranges.push(start..self.parameters());
        ranges
    }

    /// Examples of one shard at most.
    pub(crate) fn most(&self) -> usize {
        self.most
    }

    /// Examples of every shard but the last, of so many.
    pub(crate) fn shard(&self, examples: usize) -> usize {
        shard(self.most, examples)
    }

    /// The ops from one batch normalisation to the next: each stage but the first begins with one.
    pub(crate) fn stages(&self) -> &[Range<usize>] {
        &self.stages
    }

    /// A node and its batch normalisation, if it is one.
    pub(crate) fn norm(&self, node: usize) -> Option<(&Node, &BatchNorm)> {
        let node = self.nodes.get(node)?;
        if let Op::BatchNorm(norm) = &node.op { Some((node, norm)) } else { None }
    }

    /// The fewest positions of an image that a batch normalisation averages over; none without one.
    pub fn normalised_positions(&self) -> Option<usize> {
        let norms = (0..self.nodes.len()).filter_map(|i| self.norm(i));
        norms.map(|(node, _)| self.values[node.output].positions()).min()
    }

    /// Number of running means and variances.
    pub fn statistics(&self) -> usize {
        self.statistics
    }

    /// Those before the first step: means of 0 and variances of 1.
    pub fn running<F: Real>(&self) -> Vec<F> {
        let mut running = vec![F::ZERO; self.statistics];
        for (node, norm) in (0..self.nodes.len()).filter_map(|i| self.norm(i)) {
            running[node.statistics.start + norm.channels..node.statistics.end].fill(F::ONE);
        }
        running
    }

    /// What batch normalisations normalise by in an evaluation: the running means, and inverse deviations in place of the variances.
    pub(crate) fn inverse<F: Real>(&self, running: &[F]) -> Vec<F> {
        let mut statistics = running.to_vec();
        for (node, norm) in (0..self.nodes.len()).filter_map(|i| self.norm(i)) {
            let variance = node.statistics.start + norm.channels..node.statistics.end;
            norm.inverse_deviation(&running[variance.clone()], &mut statistics[variance]);
        }
        statistics
    }

    /// Names, shapes and places of the parameters: `[kernel, kernel, in, out]` for convolutions, `[in, out]` for dense
    /// layers, `[out]` for biases.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.layout.len()
    }

    /// Shape of an input image.
    pub fn input(&self) -> Shape {
        self.values[0]
    }

    /// What its end is held against.
    pub fn objective(&self) -> &Objective {
        &self.objective
    }

    /// Numbers that it ends with for each thing it predicts: classes, or the numbers of an example.
    pub fn classes(&self) -> usize {
        self.outputs() / self.objective.predictions()
    }

    /// Numbers that it ends with.
    pub fn outputs(&self) -> usize {
        self.values.last().map_or(0, |end| end.size())
    }

    /// Tokens that its embedding has; none without one.
    pub fn vocabulary(&self) -> Option<usize> {
        let embeddings = self.nodes.iter().filter_map(|node| match &node.op {
            Op::Embedding(tokens) => Some(tokens.vocabulary),
            _ => None,
        });
        embeddings.min()
    }

    /// Number of dropout layers: each has a stream of its own.
    pub fn dropouts(&self) -> usize {
        self.nodes.iter().filter(|node| matches!(node.op, Op::Dropout(_))).count()
    }

    /// Floating-point operations of a training step's matrix products over one image: three times those of a forward pass, less the
    /// gradients of inputs that nobody asks for.
    pub fn step_flop(&self) -> u64 {
        let steps = self.nodes.iter().zip(&self.plan.steps);
        let products =
            steps.map(|(node, step)| 2 * node.op.products() as u64 * if step.dx.is_some() { 3 } else { 2 });
        products.sum()
    }
}

/// See [`Network::head`]. The head ends where one value passes from it to the rest.
fn head(nodes: &[Node], values: &[Shape]) -> (usize, usize) {
    let numbers = |node: &Node| {
        let inputs: usize = node.inputs.iter().map(|&value| values[value].size()).sum();
        inputs + values[node.output].size()
    };
    let at_once = |node: &Node| (NEAR / numbers(node)).clamp(1, SHARD);
    // The last op that reads each value; the network's input has no gradient, so that it may be read on both sides.
    let mut last = vec![0; values.len()];
    nodes.iter().enumerate().for_each(|(i, node)| node.inputs.iter().for_each(|&value| last[value] = i));
    let crossing = |cut: usize| nodes[..cut].iter().filter(|node| last[node.output] >= cut).count();
    let wide = nodes.iter().rposition(|node| at_once(node) < SHARD).map_or(0, |i| i + 1);
    let cut = (0..=wide)
        .rev()
        .find(|&cut| cut == 0 || cut < nodes.len() && crossing(cut) == 1 || cut == nodes.len());
    let cut = cut.unwrap_or(0);
    (cut, nodes[..cut].iter().map(at_once).min().unwrap_or(SHARD))
}

/// See [`Network::stages`].
fn stages(nodes: &[Node]) -> Vec<Range<usize>> {
    let norms = nodes.iter().enumerate().filter(|(_, node)| matches!(node.op, Op::BatchNorm(_)));
    let mut starts: Vec<usize> = std::iter::once(0).chain(norms.map(|(i, _)| i)).collect();
    starts.push(nodes.len());
    starts.windows(2).map(|ends| ends[0]..ends[1]).collect()
}
