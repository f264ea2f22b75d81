//! Where each parameter tensor lies in the flat buffer of a replica.

/// A named tensor in the flat buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorSpot {
    /// `conv1.weight`, `dense1.bias`, …
    pub name: String,
    /// `[kernel, kernel, in, out]` for convolutions, `[in, out]` for dense layers, `[out]` for biases.
    pub shape: Vec<usize>,
    /// Index of its first number.
    pub offset: usize,
}

impl TensorSpot {
    /// Numbers in the tensor.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// Its place in the flat buffer.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.size()
    }
}

/// All parameter tensors of a network, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    tensors: Vec<TensorSpot>,
    size: usize,
}

impl Layout {
    /// The tensors, by offset.
    pub fn tensors(&self) -> &[TensorSpot] {
        &self.tensors
    }

    /// Number of parameters.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Appends a tensor and returns its place.
    pub fn push(&mut self, name: String, shape: Vec<usize>) -> std::ops::Range<usize> {
        let spot = TensorSpot { name, shape, offset: self.size };
        let range = spot.range();
        self.size = range.end;
        self.tensors.push(spot);
        range
    }
}
