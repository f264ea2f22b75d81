//! Which elements share scalars: all of them, or those of a tensor.

use crate::{Layout, Scope};
use std::ops::Range;

/// Neighbouring elements that are stepped with the same scalars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Their places.
    pub range: Range<usize>,
    /// Whether weight decay acts on them.
    pub decayed: bool,
}

/// The fewest segments for `layout`: one, if neither the scope nor the decay tells tensors apart. `matrices_only` keeps
/// weight decay from everything that is no matrix.
pub(crate) fn segments(layout: &Layout, scope: Scope, matrices_only: bool) -> Vec<Segment> {
    if scope == Scope::All && !matrices_only {
        return vec![Segment { range: 0..layout.len(), decayed: true }];
    }
    let mut segments: Vec<Segment> = Vec::new();
    for slot in layout.slots() {
        let next = Segment { range: slot.range(), decayed: !matrices_only || slot.is_matrix() };
        match segments.last_mut() {
            Some(last) if scope == Scope::All && last.decayed == next.decayed => {
                last.range.end = next.range.end
            }
            _ => segments.push(next),
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_are_joined_where_nothing_tells_them_apart() {
        let layout =
            Layout::new([("w", vec![3, 4]), ("v", vec![2, 2]), ("b", vec![5]), ("conv", vec![2, 3, 3, 4])]);
        let ends = |scope, matrices_only| -> Vec<(usize, bool)> {
            segments(&layout, scope, matrices_only).iter().map(|s| (s.range.end, s.decayed)).collect()
        };
        assert_eq!(ends(Scope::All, false), [(93, true)]);
        assert_eq!(ends(Scope::All, true), [(16, true), (21, false), (93, true)]);
        assert_eq!(ends(Scope::Tensor, false), [(12, true), (16, true), (21, true), (93, true)]);
        assert_eq!(ends(Scope::Tensor, true), [(12, true), (16, true), (21, false), (93, true)]);
    }
}
