//! The numbers of a step that follow from sums, as operations that a device does.

use super::host::Host;
use crate::expression::{Arena, Expr, Input, Traced};
use crate::number::Number;

/// A formula's numbers of a step. What does not follow from sums comes from the host, the parts of what does included.
#[derive(Clone, Debug)]
pub(super) struct Lowered {
    /// Parts that need no sums; behind the formula's own scalars in the host's row.
    pub hidden: Vec<Host>,
    pub recalled: Traced,
    pub concluded: Traced,
}

impl Lowered {
    /// `None` if a power or a logarithm is taken of what follows from sums: devices round these in another way.
    pub fn new(scalars: &[Host]) -> Option<Self> {
        let arena = Arena::default();
        let mut lowering = Lowering { arena: &arena, own: scalars.len(), hidden: Vec::new() };
        let mut concluded = Vec::new();
        for (index, host) in scalars.iter().enumerate() {
            let scalar = arena.input(Input::Scalar(index));
            concluded.push(if host.needs_sums() { lowering.lower(host)?.id() } else { scalar.id() });
        }
        let hidden = lowering.hidden;
        let nodes = arena.into_nodes();
        // The inputs alone: nothing is remembered that scalars could be recalled from.
        let own = Arena::default();
        let scalars = (0..scalars.len()).map(|index| own.input(Input::Scalar(index)).id()).collect();
        let recalled = Traced { nodes: own.into_nodes(), scalars, ..Traced::default() };
        Some(Self { hidden, recalled, concluded: Traced { nodes, scalars: concluded, ..Traced::default() } })
    }
}

struct Lowering<'a> {
    arena: &'a Arena,
    /// Scalars of the formula itself.
    own: usize,
    hidden: Vec<Host>,
}

impl<'a> Lowering<'a> {
    fn lower(&mut self, host: &Host) -> Option<Expr<'a>> {
        if !host.needs_sums() {
            let place = self.hidden.iter().position(|other| other == host).unwrap_or_else(|| {
                self.hidden.push(host.clone());
                self.hidden.len() - 1
            });
            return Some(self.arena.input(Input::Scalar(self.own + place)));
        }
        Some(match host {
            Host::Sum(number) => self.arena.input(Input::Sum(*number)),
            Host::Count => self.arena.input(Input::Count),
            Host::Negative(inner) => -self.lower(inner)?,
            Host::Binary(sign, a, b) => {
                let (a, b) = (self.lower(a)?, self.lower(b)?);
                match sign {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    '/' => a / b,
                    _ => return None,
                }
            }
            Host::Call(name, arguments) => {
                let of = arguments.iter().map(|one| self.lower(one)).collect::<Option<Vec<_>>>()?;
                match (name.as_str(), &of[..]) {
                    ("sqrt", [x]) => x.sqrt(),
                    ("abs", [x]) => x.abs(),
                    ("sign", [x]) => x.sign(),
                    ("max", [a, b]) => a.maximum(*b),
                    ("min", [a, b]) => -(-*a).maximum(-*b),
                    (">", [a, b]) => (*a - *b).positive(),
                    _ => return None,
                }
            }
            _ => return None,
        })
    }
}
