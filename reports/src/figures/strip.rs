//! Final values run by run, with mean and interval.

use super::breadth::breadth;
use super::canvas::{DrawError, Frame, Hold, LINE, MARGIN, sheet};
use super::ink::Ink;
use super::labels::wrapped;
use super::room::{NARROW, Room};
use crate::drawing::StripPlot;

/// Height of a row, pixels.
const ROW: f64 = 36.0;

pub(super) fn draw(plot: &StripPlot, room: Room, description: &str) -> Result<String, DrawError> {
    let longest = plot.rows.iter().map(|r| breadth(&r.label)).fold(0.0, f64::max);
    // On a small screen names stand above the rows.
    let (width, left, right) = match room {
        Room::Wide => (580.0, 20.0 + longest, 24.0),
        Room::Narrow => (NARROW, 14.0, 14.0),
    };
    let name = |label: &str| match room {
        Room::Wide => Vec::new(),
        Room::Narrow => wrapped(label, width - 2.0 * MARGIN),
    };
    let names: Vec<Vec<String>> = plot.rows.iter().map(|row| name(&row.label)).collect();
    let above = LINE * names.iter().map(Vec::len).sum::<usize>() as f64;
    let height = 60.0 + above + ROW * plot.rows.len() as f64;
    let frame = Frame { room, width, height, left, right, top: 8.0, bottom: 46.0 };
    // There is no name above.
    let none = crate::drawing::Axis { label: String::new(), ..plot.x.clone() };
    let frame = frame.with_titles(&plot.x, &none);
    // Rows are placed on the sheet; the vertical axis is a formality.
    sheet(frame, &plot.x, (0.0, 1.0), description, "", |canvas| {
        canvas.x_axis(&plot.x)?;
        let mut below = frame.top;
        for (row, name) in plot.rows.iter().zip(&names) {
            for line in name {
                let place = [MARGIN, below + 0.5 * LINE];
                canvas.text(line, place, Hold::Left, Ink::text().of(&row.stroke))?;
                below += LINE;
            }
            let y = below + 0.5 * ROW;
            below += ROW;
            if room == Room::Wide {
                canvas.text(&row.label, [frame.left - 10.0, y], Hold::Right, Ink::text().of(&row.stroke))?;
            }
            let ink = || Ink::entry(&row.stroke, false);
            let at = |canvas: &super::canvas::Canvas, value: f64| canvas.place([value, 0.0])[0];
            if let Some([low, high]) = row.region {
                let (low, middle, high) = (at(canvas, low), at(canvas, 0.5 * (low + high)), at(canvas, high));
                canvas.block([[low, y - 16.0], [high, y + 16.0]], Ink::text(), 0.08)?;
                canvas.line(&[[middle, y - 16.0], [middle, y + 16.0]], Ink::muted(), 0.6, 1.0)?;
            }
            if let Some([low, high]) = row.interval {
                let (low, high) = (at(canvas, low), at(canvas, high));
                canvas.line(&[[low, y], [high, y]], ink(), 0.9, 2.0)?;
                for end in [low, high] {
                    canvas.line(&[[end, y - 5.0], [end, y + 5.0]], ink(), 0.9, 2.0)?;
                }
            }
            for (k, dot) in row.dots.iter().enumerate() {
                // Equal values stay apart; the offset follows the place in the list and means nothing.
                let offset = [-6.0, 3.0, 7.0, -3.0, 0.0][k % 5];
                let x = at(canvas, dot.value);
                canvas.dot([x, y + offset], 4.0, ink().marked(dot.mark.as_ref()), 0.5, true)?;
            }
            if let Some(mean) = row.mean {
                let x = at(canvas, mean);
                canvas.line(&[[x, y - 12.0], [x, y + 12.0]], ink(), 1.0, 3.0)?;
            }
        }
        Ok(())
    })
}
