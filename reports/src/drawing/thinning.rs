//! Fewer points for the same picture.

use super::axis::round_to;

/// A point of a plot.
pub type Point = [f64; 2];

/// At most about `limit` points of a graph: from each of `limit / 2` equal stretches of the list the lowest and
/// the highest stay, in order, so that no dip or peak is lost; so do the first point and the last.
pub(crate) fn thin_graph(points: &[Point], limit: usize) -> Vec<Point> {
    kept(points, limit).into_iter().map(|i| points[i]).collect()
}

/// The places of the points that [`thin_graph`] keeps.
pub(crate) fn kept(points: &[Point], limit: usize) -> Vec<usize> {
    if points.len() <= limit || limit < 4 {
        return (0..points.len()).collect();
    }
    let stretch = points.len().div_ceil(limit / 2);
    let mut kept = vec![0, points.len() - 1];
    for start in (0..points.len()).step_by(stretch) {
        let range = start..(start + stretch).min(points.len());
        let by_height = |a: &usize, b: &usize| points[*a][1].total_cmp(&points[*b][1]);
        kept.extend(range.clone().min_by(by_height));
        kept.extend(range.max_by(by_height));
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// A path in the plane without the points that lie within `tolerance` of the line through their neighbours
/// (Ramer 1972; Douglas and Peucker 1973). Equal units on both axes are assumed.
pub(crate) fn simplify(points: &[Point], tolerance: f64) -> Vec<Point> {
    if points.len() < 3 {
        return points.to_vec();
    }
    let mut keep = vec![false; points.len()];
    keep[0] = true;
    keep[points.len() - 1] = true;
    let mut open = vec![(0, points.len() - 1)];
    while let Some((first, last)) = open.pop() {
        let far = (first + 1..last)
            .map(|i| (i, distance(points[i], points[first], points[last])))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((middle, away)) = far
            && away > tolerance
        {
            keep[middle] = true;
            open.push((first, middle));
            open.push((middle, last));
        }
    }
    points.iter().zip(keep).filter(|(_, keep)| *keep).map(|(p, _)| *p).collect()
}

/// Distance of `p` from the segment `a`–`b`.
fn distance(p: Point, a: Point, b: Point) -> f64 {
    let along = [b[0] - a[0], b[1] - a[1]];
    let length = along[0] * along[0] + along[1] * along[1];
    let share = if length > 0.0 {
        (((p[0] - a[0]) * along[0] + (p[1] - a[1]) * along[1]) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (p[0] - a[0] - share * along[0]).hypot(p[1] - a[1] - share * along[1])
}

/// Points rounded to what a picture resolves.
pub(crate) fn rounded(points: &[Point], decimals: i32) -> Vec<Point> {
    points.iter().map(|p| [round_to(p[0], decimals), round_to(p[1], decimals)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_dip_survives_thinning() {
        let mut points: Vec<Point> = (0..5000).map(|i| [f64::from(i), 1.0]).collect();
        points[3217][1] = -7.0;
        let thin = thin_graph(&points, 300);
        assert!(thin.len() <= 302, "{}", thin.len());
        assert!(thin.contains(&[3217.0, -7.0]));
        assert_eq!((thin[0], thin[thin.len() - 1]), (points[0], points[4999]));
        assert!(thin.windows(2).all(|w| w[0][0] < w[1][0]));
    }

    #[test]
    fn a_straight_path_needs_two_points_and_a_corner_three() {
        let mut path: Vec<Point> = (0..=10).map(|i| [f64::from(i), 0.0]).collect();
        assert_eq!(simplify(&path, 0.01), [[0.0, 0.0], [10.0, 0.0]]);
        path.extend((1..=10).map(|i| [10.0, f64::from(i)]));
        assert_eq!(simplify(&path, 0.01), [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]]);
    }
}
