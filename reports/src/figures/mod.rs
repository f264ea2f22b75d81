//! Figures as SVG, drawn from the view with plotters.
//!
//! Plotters' SVG backend counts in whole pixels and knows neither dashes nor `currentColor`. So figures are drawn
//! four times too large (quarter pixels), every style gets a colour of its own as a token, and the tokens are
//! replaced by what was meant at the end ([`ink`]).

mod breadth;
mod canvas;
mod cells;
mod chart;
mod csv;
mod curves;
mod ink;
mod labels;
mod legend;
mod levels;
mod paths;
mod room;
mod strip;

pub(crate) use csv::csv;
pub use room::Room;

use crate::drawing::bands::is_crowded;
use crate::drawing::{Figure, Plot};
use crate::error::ReportError;
use records::text::visible;

/// A figure drawn for every room.
pub(crate) struct Drawings {
    /// For windows and paper; its file.
    pub(crate) wide: String,
    /// For small screens.
    pub(crate) narrow: String,
}

/// Both drawings of a figure.
pub(crate) fn drawings(figure: &Figure) -> Result<Drawings, ReportError> {
    Ok(Drawings { wide: svg(figure, Room::Wide)?, narrow: svg(figure, Room::Narrow)? })
}

/// The figure as an `<svg>` element: no fixed size, readable on light and dark, with a title for those who do not
/// see it.
///
/// # Errors
/// If plotters fails, which would be a defect.
pub fn svg(figure: &Figure, room: Room) -> Result<String, ReportError> {
    // The page shows the bands of some.
    let crowd = if is_crowded(&figure.plot) { " class=\"crowded\"" } else { "" };
    let drawn = match &figure.plot {
        Plot::Curves(plot) => curves::draw(plot, room, &figure.description, crowd),
        Plot::Strip(plot) => strip::draw(plot, room, &figure.description),
        Plot::Levels(plot) => levels::draw(plot, room, &figure.description),
        Plot::Chart(plot) => chart::draw(plot, room, &figure.description, crowd),
    };
    let drawn =
        drawn.map_err(|e| ReportError::Figure { name: figure.name.clone(), reason: e.to_string() })?;
    // Every drawing goes through here: XML has no way to hold a control character.
    Ok(visible(&drawn).into_owned())
}
