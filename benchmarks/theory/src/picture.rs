//! Parts of panels: axes, lines of few points, level sets.

use crate::text::significant;
use records::{Background, ExhibitAxis, ExhibitLine, Grid};

/// INNA.
pub(crate) const BLUE: &str = "#0072b2";
/// SGD.
pub(crate) const PINK: &str = "#cc79a7";
/// Adam.
pub(crate) const ORANGE: &str = "#e69f00";
/// Adagrad.
pub(crate) const VERMILION: &str = "#d55e00";
/// Further lines.
pub(crate) const GREEN: &str = "#009e73";
/// Further lines.
pub(crate) const SKY: &str = "#56b4e9";
/// What theory says.
pub(crate) const BLACK: &str = "#000000";

/// Points of a line at most: no screen shows more, and every point is a few dozen bytes of the report.
const MOST_POINTS: usize = 400;
/// How far a left-out point may lie from its line, as a part of the picture's size.
const TOLERANCE: f64 = 5e-4;

/// A linear axis.
pub(crate) fn linear(label: &str, range: Option<[f64; 2]>) -> ExhibitAxis {
    ExhibitAxis { label: label.into(), logarithmic: false, range }
}

/// A logarithmic axis.
pub(crate) fn logarithmic(label: &str, range: Option<[f64; 2]>) -> ExhibitAxis {
    ExhibitAxis { label: label.into(), logarithmic: true, range }
}

/// A line through `points`, thinned for the given axes.
pub(crate) fn line(
    label: &str,
    [colour, dash]: [&str; 2],
    points: &[[f64; 2]],
    axes: [&ExhibitAxis; 2],
) -> ExhibitLine {
    let points = thinned(points, axes);
    ExhibitLine { label: label.into(), colour: colour.into(), dash: dash.into(), marks: false, points }
}

/// Rings at all of `points`.
pub(crate) fn rings(label: &str, colour: &str, points: &[[f64; 2]]) -> ExhibitLine {
    let points = points.iter().map(rounded).collect();
    ExhibitLine { label: label.into(), colour: colour.into(), dash: "solid".into(), marks: true, points }
}

/// `count` of the points, equally far apart along the path.
pub(crate) fn spaced(points: &[[f64; 2]], count: usize) -> Vec<[f64; 2]> {
    let steps = points.windows(2).map(|pair| crate::drive::distance(pair[0], pair[1]));
    let gap = steps.clone().sum::<f64>() / count.max(2).saturating_sub(1) as f64;
    let mut chosen: Vec<_> = points.first().copied().into_iter().collect();
    let mut travelled = 0.0;
    for (step, point) in steps.zip(&points[1..]) {
        travelled += step;
        // A hair less, so that rounding does not lose the last one.
        if travelled >= gap * chosen.len() as f64 * (1.0 - 1e-9) && chosen.len() < count {
            chosen.push(*point);
        }
    }
    chosen
}

/// Level sets of `f` in a window, on a square grid of `SIDE` by `SIDE` values.
pub(crate) fn levels(f: impl Fn([f64; 2]) -> f64, x: [f64; 2], y: [f64; 2]) -> Option<Background> {
    const SIDE: usize = 45;
    let at = |range: [f64; 2], i: usize| range[0] + (range[1] - range[0]) * i as f64 / (SIDE - 1) as f64;
    let values = (0..SIDE * SIDE).map(|i| significant(f([at(x, i % SIDE), at(y, i / SIDE)]), 4)).collect();
    Some(Background::Levels { grid: Grid { x, y, size: [SIDE, SIDE], values } })
}

/// `count` numbers from `low` to `high`, equally far apart in the logarithm.
pub(crate) fn geometric(low: f64, high: f64, count: usize) -> Vec<f64> {
    let ratio = libm::log(high / low) / (count - 1) as f64;
    (0..count).map(|i| significant(low * libm::exp(ratio * i as f64), 5)).collect()
}

fn rounded([x, y]: &[f64; 2]) -> [f64; 2] {
    [significant(*x, 5), significant(*y, 5)]
}

/// The points that the eye needs: Douglas–Peucker in the coordinates of the picture, with a tolerance that grows
/// until at most [`MOST_POINTS`] are left. What an axis cannot show is dropped.
fn thinned(points: &[[f64; 2]], axes: [&ExhibitAxis; 2]) -> Vec<[f64; 2]> {
    let shown = |p: &&[f64; 2]| {
        p.iter().zip(axes).all(|(value, axis)| value.is_finite() && (!axis.logarithmic || *value > 0.0))
    };
    let points: Vec<[f64; 2]> = points.iter().filter(shown).copied().collect();
    let unit = |axis: usize| {
        let scale = |v: f64| if axes[axis].logarithmic { libm::log(v) } else { v };
        let values: Vec<f64> = points.iter().map(|p| scale(p[axis])).collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let [low, high] = match axes[axis].range {
            Some([low, high]) => [scale(low), scale(high)],
            None => [low, high],
        };
        // A constant coordinate has no extent to divide by.
        let extent = if high > low { high - low } else { 1.0 };
        values.into_iter().map(|v| (v - low) / extent).collect::<Vec<f64>>()
    };
    let (x, y) = (unit(0), unit(1));
    let mut tolerance = TOLERANCE;
    loop {
        let kept = kept(&x, &y, tolerance);
        if kept.len() <= MOST_POINTS {
            return kept.into_iter().map(|i| rounded(&points[i])).collect();
        }
        tolerance *= 1.25;
    }
}

/// Indices that Douglas–Peucker keeps, ascending.
fn kept(x: &[f64], y: &[f64], tolerance: f64) -> Vec<usize> {
    let Some(last) = x.len().checked_sub(1) else { return Vec::new() };
    let mut keep = vec![false; x.len()];
    (keep[0], keep[last]) = (true, true);
    let mut open = vec![(0, last)];
    while let Some((a, b)) = open.pop() {
        let (dx, dy) = (x[b] - x[a], y[b] - y[a]);
        let length = (dx * dx + dy * dy).sqrt();
        let away = |i: usize| {
            let (px, py) = (x[i] - x[a], y[i] - y[a]);
            if length > 0.0 { (px * dy - py * dx).abs() / length } else { (px * px + py * py).sqrt() }
        };
        let farthest = (a + 1..b).map(|i| (away(i), i)).max_by(|p, q| p.0.total_cmp(&q.0));
        if let Some((_, i)) = farthest.filter(|(away, _)| *away > tolerance) {
            keep[i] = true;
            open.extend([(a, i), (i, b)]);
        }
    }
    (0..x.len()).filter(|i| keep[*i]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_needs_two_points_and_a_corner_three() {
        let axis = linear("", None);
        let straight: Vec<_> = (0..1000).map(|i| [f64::from(i), 2.0 * f64::from(i)]).collect();
        assert_eq!(thinned(&straight, [&axis, &axis]), [[0.0, 0.0], [999.0, 1998.0]]);
        let corner: Vec<_> = (0..101).map(|i| [f64::from(i), (f64::from(i) - 50.0).abs()]).collect();
        assert_eq!(thinned(&corner, [&axis, &axis]), [[0.0, 50.0], [50.0, 0.0], [100.0, 50.0]]);
    }

    #[test]
    fn a_logarithmic_axis_drops_what_it_cannot_show() {
        let (x, y) = (linear("", None), logarithmic("", None));
        let points = [[0.0, 1.0], [1.0, 0.0], [2.0, 100.0], [3.0, f64::NAN]];
        assert_eq!(thinned(&points, [&x, &y]), [[0.0, 1.0], [2.0, 100.0]]);
    }

    #[test]
    fn a_wild_line_is_cut_to_size() {
        let axis = linear("", None);
        let wild: Vec<_> = (0..5000).map(|i| [f64::from(i), f64::from(i * i % 97)]).collect();
        assert!(thinned(&wild, [&axis, &axis]).len() <= MOST_POINTS);
    }

    #[test]
    fn rings_are_equally_far_apart() {
        let points: Vec<_> = (0..=100).map(|i| [f64::from(i), 0.0]).collect();
        assert_eq!(spaced(&points, 5), [0.0, 25.0, 50.0, 75.0, 100.0].map(|x| [x, 0.0]));
    }
}
