//! The legend below a chart.

use super::canvas::{CHARACTER, Canvas, DrawError, Hold};
use super::ink::Ink;
use crate::view::{ChartLine, ChartPlot, Look};

/// Height of a row.
const ROW: f64 = 19.0;
/// Room for the sample before a name and the gap after it.
const SAMPLE: f64 = 34.0;
const GAP: f64 = 22.0;

/// The lines to explain, as many in a row as fit; lines of equal name and look are explained once.
pub(super) fn rows(plot: &ChartPlot, room: f64) -> Vec<Vec<&ChartLine>> {
    let mut rows: Vec<Vec<&ChartLine>> = Vec::new();
    if !plot.legend {
        return rows;
    }
    let mut seen: Vec<&ChartLine> = Vec::new();
    let mut used = f64::INFINITY;
    for line in &plot.lines {
        let same = |s: &&ChartLine| s.label == line.label && s.stroke == line.stroke && s.look == line.look;
        if line.label.is_empty() || seen.iter().any(same) {
            continue;
        }
        seen.push(line);
        let width = width(line);
        if used + width > room {
            rows.push(Vec::new());
            used = 0.0;
        }
        used += width;
        if let Some(row) = rows.last_mut() {
            row.push(line);
        }
    }
    rows
}

fn width(line: &ChartLine) -> f64 {
    SAMPLE + CHARACTER * line.label.chars().count() as f64 + GAP
}

pub(super) fn height(rows: &[Vec<&ChartLine>]) -> f64 {
    if rows.is_empty() { 0.0 } else { 6.0 + ROW * rows.len() as f64 }
}

pub(super) fn draw(canvas: &mut Canvas, rows: &[Vec<&ChartLine>], top: f64) -> Result<(), DrawError> {
    for (i, row) in rows.iter().enumerate() {
        let y = top + ROW * (i as f64 + 0.5);
        let mut x = canvas.frame.left;
        for line in row {
            let ends = [[x, y], [x + SAMPLE - 8.0, y]];
            let middle = [x + 0.5 * (SAMPLE - 8.0), y];
            let solid = || Ink::entry(&line.stroke, false);
            match line.look {
                Look::Line => canvas.line(&ends, Ink::entry(&line.stroke, true), 1.0, 2.0)?,
                Look::MarkedLine => {
                    canvas.line(&ends, Ink::entry(&line.stroke, true), 0.8, 1.5)?;
                    canvas.dot(middle, 2.75, solid(), 0.9, false)?;
                }
                Look::Published => {
                    canvas.line(&ends, solid(), 0.8, 0.75)?;
                    canvas.dot(middle, 2.75, solid(), 0.9, false)?;
                }
                Look::Marks => canvas.dot(middle, 3.0, solid(), 0.9, false)?,
                Look::Discs => canvas.dot(middle, 4.5, solid(), 0.9, true)?,
            }
            canvas.text(&line.label, [x + SAMPLE, y], Hold::Left, Ink::text().of(&line.stroke))?;
            x += width(line);
        }
    }
    Ok(())
}
