//! Lines against epochs or steps.

use super::canvas::{CHARACTER, DrawError, Frame, Hold, LINE, sheet};
use super::ink::Ink;
use super::labels::spread;
use crate::drawing::{CurvesPlot, Point, Series};
use unicode_width::UnicodeWidthStr;

/// From this many entries on bands and single runs step back: they overlap to a mud in which no mean is seen.
const CROWD: usize = 6;

pub(super) fn draw(plot: &CurvesPlot, description: &str) -> Result<String, DrawError> {
    let texts =
        |s: &Series| [Some(s.label.as_str()), s.remark.as_deref()].map(|text| text.map_or(0, |t| t.width()));
    let longest = plot.series.iter().flat_map(texts).max().unwrap_or(0);
    let ticks = plot.y.ticks.iter().map(|t| t.text.width()).max().unwrap_or(2);
    let frame = Frame {
        width: 500.0,
        height: 330.0,
        left: 18.0 + CHARACTER * ticks as f64,
        right: 36.0 + CHARACTER * longest as f64,
        top: 28.0,
        bottom: 46.0,
    };
    let frame = frame.with_titles(&plot.x, &plot.y);
    let (band, run, thin) = if plot.series.len() < CROWD { (0.13, 0.35, 0.75) } else { (0.05, 0.15, 0.5) };
    let attributes = frame.coordinates(&plot.x, &plot.y);
    sheet(frame, &plot.x, (plot.y.low, plot.y.high), description, &attributes, |canvas| {
        canvas.y_axis(&plot.y)?;
        canvas.x_axis(&plot.x)?;
        for series in &plot.series {
            if series.band.len() > 1 {
                let upper = series.band.iter().map(|b| [b[0], b[2]]);
                let lower = series.band.iter().rev().map(|b| [b[0], b[1]]);
                let outline: Vec<Point> = upper.chain(lower).collect();
                canvas.area(&outline, Ink::entry(&series.stroke, false), band)?;
            }
        }
        for series in &plot.series {
            for line in &series.runs {
                canvas.curve(&line.points, Ink::entry(&series.stroke, false), run, thin)?;
                if let Some(last) = line.points.last().filter(|p| line.diverged && p[0] < plot.x.high) {
                    let place = canvas.place(*last);
                    canvas.dot(place, 2.5, Ink::entry(&series.stroke, false), 0.6, true)?;
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
        let labelled: Vec<(&Series, Point)> =
            plot.series.iter().filter_map(|s| Some((s, canvas.place(end(s)?)))).collect();
        let wanted: Vec<f64> = labelled.iter().map(|(_, place)| place[1]).collect();
        let heights = spread(
            &wanted,
            if plot.series.iter().any(|s| s.remark.is_some()) { 33.0 } else { 17.0 },
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
    })
}

/// Where the label belongs: the end of the mean, or of the run that goes further.
fn end(series: &Series) -> Option<Point> {
    let runs = series.runs.iter().filter_map(|run| run.points.last());
    let furthest = runs.copied().max_by(|a, b| a[0].total_cmp(&b[0]));
    let mean = series.mean.last().copied();
    let goes_on = mean.zip(furthest).is_some_and(|(mean, run)| run[0] > mean[0]);
    if goes_on { furthest } else { mean.or(furthest) }
}
