//! Lines against epochs or steps.

use super::breadth::breadth;
use super::canvas::{Canvas, DrawError, Frame, Hold, LINE, MARGIN, sheet};
use super::ink::Ink;
use super::labels::spread;
use super::legend;
use super::room::{NARROW, Room};
use crate::drawing::{CurvesPlot, Point, RunLine, Series};

/// From this many entries on bands and single runs step back: they overlap to a mud in which no mean is seen.
const CROWD: usize = 6;

pub(super) fn draw(
    plot: &CurvesPlot,
    room: Room,
    description: &str,
    crowd: &str,
) -> Result<String, DrawError> {
    let texts = |s: &Series| breadth(&s.label).max(s.remark.as_deref().map_or(0.0, breadth));
    let longest = plot.series.iter().map(texts).fold(0.0, f64::max);
    let ticks = plot.y.ticks.iter().map(|t| breadth(&t.text)).fold(breadth("00"), f64::max);
    let (width, height, right) = match room {
        Room::Wide => (500.0, 330.0, 36.0 + longest),
        Room::Narrow => (NARROW, 270.0, 14.0),
    };
    let frame = Frame { room, width, height, left: 18.0 + ticks, right, top: 28.0, bottom: 46.0 };
    let bare = frame.with_titles(&plot.x, &plot.y);
    let across = width - 2.0 * MARGIN;
    let items = if room == Room::Narrow { legend::entries(&plot.series, across) } else { Vec::new() };
    let rows = legend::rows(&items, across);
    let below = legend::height(&rows);
    let frame = Frame { height: bare.height + below, bottom: bare.bottom + below, ..bare };
    let (band, run, thin) = if plot.series.len() < CROWD { (0.13, 0.35, 0.75) } else { (0.05, 0.15, 0.5) };
    let attributes = frame.coordinates(&plot.x, &plot.y) + crowd;
    sheet(frame, &plot.x, (plot.y.low, plot.y.high), description, &attributes, |canvas| {
        canvas.y_axis(&plot.y)?;
        canvas.x_axis(&plot.x)?;
        for series in &plot.series {
            if series.band.len() > 1 {
                let upper = series.band.iter().map(|b| [b[0], b[2]]);
                let lower = series.band.iter().rev().map(|b| [b[0], b[1]]);
                let outline: Vec<Point> = upper.chain(lower).collect();
                canvas.area(&outline, Ink::band(&series.stroke), band)?;
            }
        }
        for series in &plot.series {
            // A small screen does not tell so many apart; one that ends early it does.
            let drawn = |line: &&RunLine| room == Room::Wide || plot.series.len() < CROWD || line.diverged;
            for line in series.runs.iter().filter(drawn) {
                let ink = || Ink::entry(&series.stroke, false).marked(line.mark.as_ref());
                canvas.curve(&line.points, ink(), run, thin)?;
                if let Some(last) = line.points.last().filter(|p| line.diverged && p[0] < plot.x.high) {
                    let place = canvas.place(*last);
                    canvas.dot(place, 2.5, ink(), 0.6, true)?;
                }
            }
        }
        for series in &plot.series {
            canvas.curve(&series.mean, Ink::entry(&series.stroke, true), 1.0, 2.25)?;
            for point in &series.published {
                let place = canvas.place(*point);
                canvas.dot(place, 3.5, Ink::entry(&series.stroke, false), 0.9, false)?;
            }
        }
        match room {
            Room::Wide => labels(canvas, &plot.series),
            Room::Narrow => legend::draw(canvas, &rows, [MARGIN, frame.height - below]),
        }
    })
}

/// The names at the right, each led to from where its line ends.
fn labels(canvas: &mut Canvas, series: &[Series]) -> Result<(), DrawError> {
    let frame = canvas.frame;
    let labelled: Vec<(&Series, Point)> =
        series.iter().filter_map(|s| Some((s, canvas.place(end(s)?)))).collect();
    let wanted: Vec<f64> = labelled.iter().map(|(_, place)| place[1]).collect();
    let heights = spread(
        &wanted,
        if series.iter().any(|s| s.remark.is_some()) { 33.0 } else { 17.0 },
        frame.top,
        frame.height - frame.bottom,
    );
    let edge = frame.width - frame.right;
    for ((series, place), y) in labelled.iter().zip(heights) {
        // A line that ends early is led to the edge.
        let end = [[place[0] + 3.0, place[1]], [edge, place[1]]];
        if place[0] + 6.0 < edge {
            canvas.line(&end, Ink::edge(&series.stroke), 0.6, 0.75)?;
        }
        let leader = [[place[0].max(edge) + 3.0, place[1]], [edge + 13.0, y], [edge + 25.0, y]];
        canvas.line(&leader, Ink::entry(&series.stroke, false), 0.9, 1.5)?;
        canvas.text(&series.label, [edge + 30.0, y], Hold::Left, Ink::text().of(&series.stroke))?;
        if let Some(remark) = &series.remark {
            let ink = Ink::text().of(&series.stroke);
            canvas.text(remark, [edge + 30.0, y + LINE], Hold::Left, ink)?;
        }
    }
    Ok(())
}

/// Where the label belongs: the end of the mean, or of the run that goes further.
fn end(series: &Series) -> Option<Point> {
    let runs = series.runs.iter().filter_map(|run| run.points.last());
    let furthest = runs.copied().max_by(|a, b| a[0].total_cmp(&b[0]));
    let mean = series.mean.last().copied();
    let goes_on = mean.zip(furthest).is_some_and(|(mean, run)| run[0] > mean[0]);
    if goes_on { furthest } else { mean.or(furthest) }
}
