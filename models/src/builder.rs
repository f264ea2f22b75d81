//! Layers put one behind the other: ops, values and the places of parameters.

use crate::network::Node;
use crate::ops::{Keeps, Op, Operator};
use crate::{ModelError, Shape};
use rule::Layout;
use std::collections::BTreeMap;
use std::ops::Range;

/// Parameters of a network, at most: four gigabytes for each of their copies.
const MOST_PARAMETERS: f64 = 1e9;

/// Ops of a network, at most: a thousand layers are the deepest that anybody has trained.
const MOST_OPS: usize = 10_000;

/// Numbers that one image's values and what ops keep of it take, at most: their gradients need as many again at worst, and four shards
/// of eight images are under way at a time.
const MOST_NUMBERS: usize = 20_000_000;

/// A network under construction. Layers are added to the value that came last.
#[derive(Debug)]
pub(crate) struct Builder {
    pub nodes: Vec<Node>,
    pub values: Vec<Shape>,
    pub layout: Layout,
    /// Number of running means and variances.
    pub statistics: usize,
    /// Numbers that one image's values and what is kept of it take.
    pub numbers: usize,
    /// The value that the next layer reads.
    at: usize,
    counts: BTreeMap<&'static str, usize>,
    /// Where in the configuration the layer at hand is written.
    place: String,
}

impl Builder {
    /// Over images of this shape.
    pub fn new(input: Shape) -> Self {
        Self {
            nodes: Vec::new(),
            values: vec![input],
            layout: Layout::default(),
            statistics: 0,
            numbers: input.size(),
            at: 0,
            counts: BTreeMap::new(),
            place: "model".into(),
        }
    }

    /// Shape of the value that the next layer reads.
    pub fn shape(&self) -> Shape {
        self.values[self.at]
    }

    /// The value that the next layer reads.
    pub fn value(&self) -> usize {
        self.at
    }

    /// Goes on from another value.
    pub fn go_on_from(&mut self, value: usize) {
        self.at = value;
    }

    /// 3 for the third layer of a kind.
    pub fn number(&mut self, kind: &'static str) -> usize {
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        *count
    }

    /// Makes room for the tensors of a layer, named `layer.tensor`, one behind the other.
    ///
    /// # Errors
    /// If the network became too large.
    pub fn parameters(
        &mut self,
        layer: &str,
        tensors: &[(&str, Vec<usize>)],
    ) -> Result<Range<usize>, ModelError> {
        // In floating point, where no size overflows, and before anything of that size is asked for.
        let size = |shape: &Vec<usize>| shape.iter().map(|&n| n as f64).product::<f64>();
        let parameters = self.layout.len() as f64 + tensors.iter().map(|(_, shape)| size(shape)).sum::<f64>();
        if parameters > MOST_PARAMETERS {
            return Err(ModelError {
                key: "model".into(),
                value: format!("a network of {parameters:.1e} parameters"),
                accepted: format!("at most {MOST_PARAMETERS:e} are accepted"),
            });
        }
        let start = self.layout.len();
        for (name, shape) in tensors {
            self.layout.push(format!("{layer}.{name}"), shape.clone());
        }
        Ok(start..self.layout.len())
    }

    /// Adds an op behind the value at hand.
    ///
    /// # Errors
    /// If there are too many.
    pub fn push(&mut self, op: Op, shape: Shape, parameters: Range<usize>) -> Result<(), ModelError> {
        let input = self.at;
        self.join(op, vec![input], shape, parameters)
    }

    /// Adds an op that reads these values.
    ///
    /// # Errors
    /// If there are too many.
    pub fn join(
        &mut self,
        op: Op,
        inputs: Vec<usize>,
        shape: Shape,
        parameters: Range<usize>,
    ) -> Result<(), ModelError> {
        if self.nodes.len() == MOST_OPS {
            return Err(self.refusal("one more op", format!("at most {MOST_OPS} are accepted")));
        }
        let Keeps { numbers, bytes } = op.kept();
        self.numbers =
            self.numbers.saturating_add(shape.size()).saturating_add(numbers).saturating_add(bytes / 4);
        if self.numbers > MOST_NUMBERS {
            let value = format!("a network that takes {:.1e} numbers an image", self.numbers as f64);
            return Err(self.refusal(value, format!("at most {:e} are accepted", MOST_NUMBERS as f64)));
        }
        self.values.push(shape);
        self.at = self.values.len() - 1;
        let statistics = self.statistics..self.statistics;
        self.nodes.push(Node { op, inputs, output: self.at, parameters, statistics });
        Ok(())
    }

    /// Gives the last op so many running statistics.
    pub fn keep_statistics(&mut self, count: usize) {
        if let Some(node) = self.nodes.last_mut() {
            node.statistics = self.statistics..self.statistics + count;
            self.statistics += count;
        }
    }

    /// Builds at a place below the present one, as `layers[3].conv`.
    ///
    /// # Errors
    /// Those of `build`.
    pub fn within<T>(
        &mut self,
        place: &str,
        build: impl FnOnce(&mut Self) -> Result<T, ModelError>,
    ) -> Result<T, ModelError> {
        let len = self.place.len();
        self.place.push('.');
        self.place.push_str(place);
        let built = build(self);
        self.place.truncate(len);
        built
    }

    /// What is wrong with the layer at hand.
    pub fn refusal(&self, value: impl Into<String>, accepted: impl Into<String>) -> ModelError {
        ModelError { key: self.place.clone(), value: value.into(), accepted: accepted.into() }
    }
}
