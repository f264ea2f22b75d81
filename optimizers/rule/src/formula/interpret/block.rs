//! Operations on the elements of a block.

use super::code::{Code, Operand, Operation, Place, Way};
use crate::Float;
use crate::expression::Node;
use crate::sweep::Scalars;

/// What the operations on a block read and write.
pub(super) struct Block<'a, F> {
    pub theta: &'a mut [F],
    pub g: &'a [F],
    pub states: Vec<&'a mut [F]>,
    pub scalars: &'a Scalars<F>,
}

/// What stands at a place: a number for each element, or one for all.
pub(super) enum Standing<'a, F> {
    Each(&'a [F]),
    All(F),
}

/// What an operation reads.
enum Values<'a, F> {
    Each(&'a [F]),
    /// Each times a number.
    Scaled(F, &'a [F]),
    /// What stands where the result goes.
    Own,
    /// That times a number.
    OwnScaled(F),
    All(F),
    /// The square of each, or its root, times a number; in sums alone.
    Square(F, &'a [F]),
    Root(F, &'a [F]),
}

/// Runs `$body` for what `$values` is, with `$read`, which makes the factor of element `i` of `$len` of its number and what stands in
/// the place of the result. One loop for each kind, over indices that are known to be inside: that is what the compiler vectorises.
macro_rules! reading {
    ($values:expr, $len:expr, $read:ident, $body:expr $(, $kind:ident: $function:expr)*) => {
        match $values {
            Values::Each(values) => {
                let values = &values[..$len];
                let $read = |i: usize, _: F| values[i];
                $body
            }
            Values::Scaled(by, values) => {
                let values = &values[..$len];
                let $read = |i: usize, _: F| by * values[i];
                $body
            }
            Values::Own => {
                let $read = |_: usize, old: F| old;
                $body
            }
            Values::OwnScaled(by) => {
                let $read = |_: usize, old: F| by * old;
                $body
            }
            Values::All(x) => {
                let $read = |_: usize, _: F| x;
                $body
            }
            $(Values::$kind(by, values) => {
                let values = &values[..$len];
                let $read = |i: usize, _: F| by * $function(values[i]);
                $body
            })*
            // Not made for what is read so.
            #[allow(unreachable_patterns)]
            Values::Square(..) | Values::Root(..) => unreachable!("a square or root outside of a sum"),
        }
    };
}

// Loops over indices, since the compiler makes a tenth less of iterators here.
#[expect(clippy::needless_range_loop)]
#[inline(always)]
fn one<F: Float>(to: &mut [F], a: Values<'_, F>, f: impl Fn(F) -> F) {
    let len = to.len();
    reading!(a, len, read, {
        for i in 0..len {
            to[i] = f(read(i, to[i]));
        }
    });
}

#[expect(clippy::needless_range_loop)]
#[inline(always)]
fn two<F: Float>(to: &mut [F], a: Values<'_, F>, b: Values<'_, F>, f: impl Fn(F, F) -> F) {
    let len = to.len();
    reading!(a, len, left, {
        reading!(b, len, right, {
            for i in 0..len {
                to[i] = f(left(i, to[i]), right(i, to[i]));
            }
        });
    });
}

/// The same of operands that may be squares and roots.
#[expect(clippy::needless_range_loop)]
#[inline(always)]
fn sum<F: Float>(to: &mut [F], a: Values<'_, F>, b: Values<'_, F>, f: impl Fn(F, F) -> F) {
    let len = to.len();
    let square = |x: F| x * x;
    reading!(a, len, left, {
        reading!(b, len, right, {
            for i in 0..len {
                to[i] = f(left(i, to[i]), right(i, to[i]));
            }
        }, Square: square, Root: F::sqrt);
    }, Square: square, Root: F::sqrt);
}

impl<F: Float> Block<'_, F> {
    /// What an operand is; `to` is where the result goes, whose numbers have been taken away from the block.
    #[inline(always)]
    fn values<'b>(&'b self, operand: Operand, to: Place, registers: &'b [Vec<F>]) -> Values<'b, F> {
        let by = operand.times.map(|by| self.scalars[by]);
        if operand.place == to {
            return by.map_or(Values::Own, Values::OwnScaled);
        }
        // Multiplied by 1 a number keeps its bits.
        let one = by.unwrap_or(F::from_f64(1.0));
        match (self.at(operand.place, registers), operand.way) {
            (Standing::Each(values), Way::Square) => Values::Square(one, values),
            (Standing::Each(values), Way::Root) => Values::Root(one, values),
            (Standing::Each(values), Way::Plain) => {
                by.map_or(Values::Each(values), |by| Values::Scaled(by, values))
            }
            (Standing::All(value), Way::Plain) => Values::All(one * value),
            (Standing::All(value), Way::Square) => Values::All(one * (value * value)),
            (Standing::All(value), Way::Root) => Values::All(one * value.sqrt()),
        }
    }

    /// What stands at a place.
    #[inline(always)]
    pub fn at<'b>(&'b self, place: Place, registers: &'b [Vec<F>]) -> Standing<'b, F> {
        let len = self.g.len();
        match place {
            Place::Theta => Standing::Each(self.theta),
            Place::Gradient => Standing::Each(self.g),
            Place::State(i) => Standing::Each(self.states[i]),
            Place::Register(r) => Standing::Each(&registers[r][..len]),
            Place::Scalar(i) => Standing::All(self.scalars[i]),
            Place::Zero => Standing::All(F::default()),
        }
    }

    /// Runs all operations, and moves what is not where it belongs.
    #[inline(always)]
    pub fn run(&mut self, code: &Code, registers: &mut [Vec<F>]) {
        for operation in &code.operations {
            // What is written is taken out for as long as the rest is read.
            match operation.to {
                Place::Register(r) => {
                    let mut out = std::mem::take(&mut registers[r]);
                    self.apply(operation, &mut out[..self.g.len()], registers);
                    registers[r] = out;
                }
                Place::State(i) => {
                    let out = std::mem::take(&mut self.states[i]);
                    self.apply(operation, out, registers);
                    self.states[i] = out;
                }
                Place::Theta => {
                    let out = std::mem::take(&mut self.theta);
                    self.apply(operation, out, registers);
                    self.theta = out;
                }
                Place::Gradient | Place::Scalar(_) | Place::Zero => {}
            }
        }
        // One result may be the old value of another's place: all are read before any is written.
        let len = self.g.len();
        let found: Vec<Vec<F>> = code
            .moves
            .iter()
            .map(|&(_, from)| match self.at(from, registers) {
                Standing::Each(values) => values.to_vec(),
                Standing::All(value) => vec![value; len],
            })
            .collect();
        for (&(to, _), found) in code.moves.iter().zip(found) {
            match to {
                Place::State(i) => self.states[i].copy_from_slice(&found),
                _ => self.theta.copy_from_slice(&found),
            }
        }
    }

    #[inline(always)]
    fn apply(&self, operation: &Operation, to: &mut [F], registers: &[Vec<F>]) {
        let a = self.values(operation.a, operation.to, registers);
        let b = self.values(operation.b, operation.to, registers);
        match operation.node {
            Node::Add(..) => sum(to, a, b, |a, b| a + b),
            Node::Sub(..) => sum(to, a, b, |a, b| a - b),
            Node::Mul(..) => two(to, a, b, |a, b| a * b),
            Node::Div(..) => two(to, a, b, |a, b| a / b),
            Node::Maximum(..) => two(to, a, b, F::maximum),
            Node::Neg(_) => one(to, a, |a| -a),
            Node::Sqrt(_) => one(to, a, F::sqrt),
            Node::Abs(_) => one(to, a, F::abs),
            Node::Sign(_) => one(to, a, F::sign),
            Node::Positive(_) => one(to, a, F::positive),
            Node::Input(_) => {}
        }
    }
}
