//! What is drawn: the data of every figure, in the coordinates of its axes.

pub(crate) mod along;
pub(crate) mod axis;
pub(crate) mod bands;
pub(crate) mod chart;
pub(crate) mod clip;
pub(crate) mod figure;
pub(crate) mod heat;
pub(crate) mod levels;
pub(crate) mod mark;
pub(crate) mod readout;
pub(crate) mod stroke;
pub(crate) mod thinning;

pub use along::{Along, Spacing};
pub use axis::{Axis, Tick};
pub use chart::{ChartLine, ChartPlot, Ground, HeatMap, Look};
pub use figure::{
    CurvesPlot, Figure, FigureGroup, FigureView, LevelsPlot, Plot, RunLine, Series, StripPlot, StripRow,
};
pub use levels::Level;
pub use mark::{Dot, Mark};
pub use readout::{CurveLine, CurveRow, Moment, Readout, ReadoutAxes, ReadoutSeries};
pub use stroke::Stroke;
pub use thinning::Point;
pub(crate) use thinning::simplify;
