//! Charts: lines, points and bands over two axes, on level sets or cells.

use super::breadth::breadth;
use super::canvas::{Canvas, DrawError, Frame, MARGIN, sheet};
use super::ink::Ink;
use super::room::{NARROW, Room};
use super::{cells, legend, levels};
use crate::drawing::{ChartLine, ChartPlot, Ground, Look, Point};

/// Rings on a published line, at most.
const RINGS: usize = 9;

pub(super) fn draw(
    plot: &ChartPlot,
    room: Room,
    description: &str,
    crowd: &str,
) -> Result<String, DrawError> {
    let ticks = plot.y.ticks.iter().map(|t| breadth(&t.text)).fold(breadth("00"), f64::max);
    let (width, height) = match room {
        Room::Narrow => (NARROW, 270.0),
        Room::Wide if plot.narrow => (380.0, 290.0),
        Room::Wide => (500.0, 330.0),
    };
    let frame = Frame { room, width, height, left: 18.0 + ticks, right: 18.0, top: 28.0, bottom: 46.0 };
    let bare = frame.with_titles(&plot.x, &plot.y);
    // On a small screen the legend needs the whole width.
    let from = if room == Room::Narrow { MARGIN } else { bare.left };
    let across = width - from - if room == Room::Narrow { MARGIN } else { bare.right };
    let items = legend::items(plot, across);
    let rows = legend::rows(&items, across);
    let scale = match &plot.ground {
        Some(Ground::Cells(map)) => cells::height(map, width - bare.left - bare.right),
        _ => 0.0,
    };
    let below = scale + legend::height(&rows);
    let frame = Frame { height: bare.height + below, bottom: bare.bottom + below, ..bare };
    sheet(frame, &plot.x, (plot.y.low, plot.y.high), description, crowd, |canvas| {
        canvas.y_axis(&plot.y)?;
        canvas.x_axis(&plot.x)?;
        if let Some(Ground::Cells(map)) = &plot.ground {
            cells::draw(canvas, map)?;
        }
        if let Some(Ground::Levels { levels }) = &plot.ground {
            levels::paths(canvas, levels)?;
        }
        for line in &plot.lines {
            band(canvas, line)?;
        }
        for line in &plot.lines {
            draw_line(canvas, line)?;
        }
        let floor = frame.height - below;
        if let Some(Ground::Cells(map)) = &plot.ground {
            cells::scale(canvas, map, floor)?;
        }
        legend::draw(canvas, &rows, [from, floor + scale])
    })
}

fn band(canvas: &mut Canvas, line: &ChartLine) -> Result<(), DrawError> {
    if line.band.len() > 1 {
        let upper = line.band.iter().map(|b| [b[0], b[2]]);
        let lower = line.band.iter().rev().map(|b| [b[0], b[1]]);
        let outline: Vec<Point> = upper.chain(lower).collect();
        canvas.area(&outline, Ink::band(&line.stroke), 0.15)?;
    }
    for edge in &line.edges {
        canvas.curve(edge, Ink::edge(&line.stroke), 0.55, 0.75)?;
    }
    Ok(())
}

fn draw_line(canvas: &mut Canvas, line: &ChartLine) -> Result<(), DrawError> {
    let solid = || Ink::entry(&line.stroke, false);
    for piece in &line.pieces {
        match line.look {
            Look::Line => canvas.curve(piece, Ink::entry(&line.stroke, true), 1.0, 2.0)?,
            Look::MarkedLine => canvas.curve(piece, Ink::entry(&line.stroke, true), 0.8, 1.5)?,
            Look::Published => canvas.curve(piece, solid(), 0.8, 0.75)?,
            Look::Marks | Look::Discs => {}
        }
    }
    let points: Vec<Point> = line.pieces.iter().flatten().copied().collect();
    let (every, radius, filled) = match line.look {
        Look::Line => return single_points(canvas, line),
        Look::Published => (points.len().div_ceil(RINGS).max(1), 2.75, false),
        Look::Marks => (1, if points.len() > 300 { 1.0 } else { 3.0 }, points.len() > 300),
        Look::MarkedLine => (1, 2.75, false),
        Look::Discs => (1, 4.5, true),
    };
    for point in points.iter().skip(every / 2).step_by(every) {
        let place = canvas.place(*point);
        canvas.dot(place, radius, solid(), 0.9, filled)?;
    }
    Ok(())
}

/// A line of one point would not be seen.
fn single_points(canvas: &mut Canvas, line: &ChartLine) -> Result<(), DrawError> {
    for piece in &line.pieces {
        if let [only] = piece[..] {
            let place = canvas.place(only);
            canvas.dot(place, 2.5, Ink::entry(&line.stroke, false), 1.0, true)?;
        }
    }
    Ok(())
}
