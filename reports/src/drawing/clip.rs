//! Lines cut to the rectangle that two axes span.

use super::axis::Axis;
use super::thinning::Point;

/// The pieces of a line through `points` that lie on both axes. A point that is not finite ends a piece; a line
/// that leaves the rectangle is cut at its border (Liang and Barsky 1984), so that it does not seem to run along it.
pub(crate) fn segments(points: &[Point], x: &Axis, y: &Axis) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut open = false;
    if let [only] = points
        && x.holds(only[0])
        && y.holds(only[1])
    {
        return vec![vec![*only]];
    }
    for pair in points.windows(2) {
        let [from, to] = [pair[0], pair[1]];
        let Some((start, end)) = cut(from, to, x, y) else {
            open = false;
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if open && start == from => piece.push(end),
            _ => pieces.push(vec![start, end]),
        }
        open = end == to;
    }
    pieces
}

/// The part of a segment inside the rectangle.
fn cut(from: Point, to: Point, x: &Axis, y: &Axis) -> Option<(Point, Point)> {
    if from.iter().chain(&to).any(|c| !c.is_finite()) {
        return None;
    }
    let along = [to[0] - from[0], to[1] - from[1]];
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (k, axis) in [x, y].into_iter().enumerate() {
        for (p, q) in [(-along[k], from[k] - axis.low), (along[k], axis.high - from[k])] {
            if p == 0.0 {
                if q < 0.0 {
                    return None;
                }
            } else if p < 0.0 {
                enter = enter.max(q / p);
            } else {
                leave = leave.min(q / p);
            }
        }
    }
    if enter > leave {
        return None;
    }
    let at = |share: f64| {
        if share == 0.0 {
            from
        } else if share == 1.0 {
            to
        } else {
            [from[0] + along[0] * share, from[1] + along[1] * share]
        }
    };
    Some((at(enter), at(leave)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis() -> Axis {
        Axis::linear("", 0.0, 10.0, false)
    }

    #[test]
    fn a_line_that_leaves_and_returns_is_two_pieces_cut_at_the_border() {
        let points = [[0.0, 8.0], [2.0, 12.0], [4.0, 8.0], [5.0, 8.0]];
        let pieces = segments(&points, &axis(), &axis());
        assert_eq!(pieces, [vec![[0.0, 8.0], [1.0, 10.0]], vec![[3.0, 10.0], [4.0, 8.0], [5.0, 8.0]]]);
    }

    #[test]
    fn what_is_not_finite_breaks_a_line_and_what_is_outside_vanishes() {
        let points = [[0.0, 1.0], [1.0, 1.0], [2.0, f64::NAN], [3.0, 1.0], [4.0, 1.0]];
        assert_eq!(segments(&points, &axis(), &axis()).len(), 2);
        assert!(segments(&[[0.0, 11.0], [5.0, 12.0]], &axis(), &axis()).is_empty());
        assert_eq!(segments(&[[1.0, 1.0]], &axis(), &axis()), [[[1.0, 1.0]]]);
    }
}
