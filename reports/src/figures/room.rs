//! For how much room a figure is drawn.

/// The room of a drawing: one for windows and paper, one for small screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Labels beside the lines they belong to.
    Wide,
    /// As wide as a small screen at the same size of the text, what is beside the plotting area otherwise below it.
    Narrow,
}

/// Width of a narrow drawing.
pub(super) const NARROW: f64 = 350.0;

impl Room {
    /// How far a line may be from where it should be, in pixels, for fewer points: pages have both drawings.
    pub(super) fn detail(self) -> Option<f64> {
        (self == Self::Narrow).then_some(0.35)
    }
}
