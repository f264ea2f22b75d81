//! Where each tensor lies in a flat buffer.

/// One named tensor in a flat buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The tensor's name, e.g. `conv1.weight`.
    pub name: String,
    /// Its shape; empty for a scalar.
    pub shape: Vec<usize>,
    /// Index of its first element.
    pub offset: usize,
    /// What it is for, as far as optimizers of matrices tell tensors apart.
    pub role: Role,
}

/// What a tensor is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// A weight inside the network, or anything else.
    #[default]
    Inner,
    /// A table of tokens or positions.
    Embedding,
    /// The weight of the last layer.
    Output,
}

impl Slot {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it has two dimensions or more: weights of layers and tables, not biases and gains.
    pub fn is_matrix(&self) -> bool {
        self.shape.len() >= 2
    }

    /// The elements' indices in the flat buffer.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.len()
    }
}

/// An ordered list of named tensors, one after the other in a flat buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    slots: Vec<Slot>,
    len: usize,
}

impl Layout {
    /// The tensors in the order given.
    pub fn new<S: Into<String>>(tensors: impl IntoIterator<Item = (S, Vec<usize>)>) -> Self {
        let mut layout = Self::default();
        for (name, shape) in tensors {
            layout.push(name, shape);
        }
        layout
    }

    /// Appends a tensor and returns its place.
    pub fn push(&mut self, name: impl Into<String>, shape: Vec<usize>) -> std::ops::Range<usize> {
        let slot = Slot { name: name.into(), shape, offset: self.len, role: Role::default() };
        let range = slot.range();
        self.len = range.end;
        self.slots.push(slot);
        range
    }

    /// Says what the tensor that was pushed last is for.
    pub fn mark(&mut self, role: Role) {
        if let Some(slot) = self.slots.last_mut() {
            slot.role = role;
        }
    }

    /// Says that the last tensor of two dimensions or more is that of the last layer, if it is no table.
    pub fn mark_output(&mut self) {
        let last = self.slots.iter_mut().rev().find(|slot| slot.is_matrix());
        if let Some(slot) = last.filter(|slot| slot.role == Role::Inner) {
            slot.role = Role::Output;
        }
    }

    /// One tensor of `len` elements without structure.
    pub fn flat(len: usize) -> Self {
        Self::new([("theta", vec![len])])
    }

    /// The tensors, in order of offset.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Elements in all.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_follow_one_another() {
        let layout = Layout::new([("w", vec![3, 4]), ("none", vec![0, 7]), ("s", vec![]), ("b", vec![4])]);
        let ranges: Vec<_> = layout.slots().iter().map(Slot::range).collect();
        assert_eq!(ranges, [0..12, 12..12, 12..13, 13..17]);
        assert_eq!(layout.len(), 17);
    }
}
