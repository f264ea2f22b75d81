//! A trajectory on level sets.

use super::canvas::{Canvas, DrawError, Frame, sheet};
use super::ink::Ink;
use super::room::{NARROW, Room};
use crate::drawing::{Level, LevelsPlot, Point};

pub(super) fn draw(plot: &LevelsPlot, room: Room, description: &str) -> Result<String, DrawError> {
    let (width, height) = if room == Room::Narrow { (NARROW, 260.0) } else { (500.0, 330.0) };
    let frame = Frame { room, width, height, left: 46.0, right: 14.0, top: 28.0, bottom: 46.0 };
    let frame = frame.with_titles(&plot.x, &plot.y);
    sheet(frame, &plot.x, (plot.y.low, plot.y.high), description, "", |canvas| {
        canvas.y_axis(&plot.y)?;
        canvas.x_axis(&plot.x)?;
        paths(canvas, &plot.levels)?;
        canvas.curve(&plot.path, Ink::entry(&plot.stroke, true), 1.0, 1.75)?;
        cross(canvas, plot.start, [[6.0, 0.0], [0.0, 6.0]])?;
        cross(canvas, plot.minimiser, [[5.0, 5.0], [5.0, -5.0]])
    })
}

/// Level sets, coloured from the lowest to the highest.
pub(super) fn paths(canvas: &mut Canvas, levels: &[Level]) -> Result<(), DrawError> {
    // The darkest end of the map is left out: it would vanish on a dark page.
    for level in levels {
        for path in &level.paths {
            canvas.curve(path, Ink::scale(viridis(0.12 + 0.88 * level.place)), 0.7, 1.0)?;
        }
    }
    Ok(())
}

/// Two strokes through a point of the axes, on top of everything.
fn cross(canvas: &mut Canvas, at: Point, strokes: [Point; 2]) -> Result<(), DrawError> {
    let [x, y] = canvas.place(at);
    for [dx, dy] in strokes {
        canvas.line(&[[x - dx, y - dy], [x + dx, y + dy]], Ink::text(), 1.0, 2.5)?;
    }
    Ok(())
}

/// The colour map viridis at `place` in `[0, 1]`, linear between nine of its 256 entries (matplotlib).
pub(super) fn viridis(place: f64) -> [u8; 3] {
    const STOPS: [[u8; 3]; 9] = [
        [68, 1, 84],
        [71, 44, 122],
        [59, 81, 139],
        [44, 113, 142],
        [33, 144, 141],
        [39, 173, 129],
        [92, 200, 99],
        [170, 220, 50],
        [253, 231, 37],
    ];
    let position = place.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let below = (position.floor() as usize).min(STOPS.len() - 2);
    let share = position - below as f64;
    let mix = |k: usize| {
        let (a, b) = (f64::from(STOPS[below][k]), f64::from(STOPS[below + 1][k]));
        (a + (b - a) * share).round() as u8
    };
    [mix(0), mix(1), mix(2)]
}

#[cfg(test)]
mod tests {
    use super::viridis;

    /// `matplotlib.colormaps["viridis"](x, bytes=True)` at both ends and the middle.
    #[test]
    fn ends_and_middle_of_the_colour_map() {
        assert_eq!(viridis(0.0), [68, 1, 84]);
        assert_eq!(viridis(0.5), [33, 144, 141]);
        assert_eq!(viridis(1.0), [253, 231, 37]);
    }
}
