//! Figures as SVG, drawn from the view with plotters.
//!
//! Plotters' SVG backend counts in whole pixels and knows neither dashes nor `currentColor`. So figures are drawn
//! four times too large (quarter pixels), every style gets a colour of its own as a token, and the tokens are
//! replaced by what was meant at the end ([`ink`]).

mod canvas;
mod cells;
mod chart;
mod csv;
mod curves;
mod ink;
mod labels;
mod legend;
mod levels;
mod strip;

pub(crate) use csv::csv;

use crate::drawing::{Figure, Plot};
use crate::error::ReportError;
use records::text::visible;

/// The figure as an `<svg>` element: no fixed size, readable on light and dark, with a title for those who do not
/// see it.
///
/// # Errors
/// If plotters fails, which would be a defect.
pub fn svg(figure: &Figure) -> Result<String, ReportError> {
    let drawn = match &figure.plot {
        Plot::Curves(plot) => curves::draw(plot, &figure.description),
        Plot::Strip(plot) => strip::draw(plot, &figure.description),
        Plot::Levels(plot) => levels::draw(plot, &figure.description),
        Plot::Chart(plot) => chart::draw(plot, &figure.description),
    };
    let drawn =
        drawn.map_err(|e| ReportError::Figure { name: figure.name.clone(), reason: e.to_string() })?;
    // Every drawing goes through here: XML has no way to hold a control character.
    Ok(visible(&drawn).into_owned())
}
