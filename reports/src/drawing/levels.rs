//! Level sets of a function given on a grid.

use super::thinning::{Point, rounded, simplify};
use records::Grid;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// The level set of one value, as paths.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Level {
    /// The value.
    pub value: f64,
    /// Its place among the levels, from 0 (lowest) to 1: what the colour follows.
    pub place: f64,
    /// Connected paths; closed ones repeat their first point.
    pub paths: Vec<Vec<Point>>,
}

/// Level sets of `count` values between the 2 % and the 98 % quantile of the grid, equally far apart, in the
/// logarithm where all values are positive.
pub(crate) fn levels(grid: &Grid, count: usize) -> Vec<Level> {
    let [columns, rows] = grid.size;
    if columns < 2 || rows < 2 || grid.values.len() != columns * rows || count < 2 {
        return Vec::new();
    }
    let positive = grid.values.iter().all(|v| *v > 0.0);
    let forth = |x: f64| if positive { x.log10() } else { x };
    let back = |x: f64| if positive { 10_f64.powf(x) } else { x };
    let ends = stats::quantile(&grid.values, 0.02).zip(stats::quantile(&grid.values, 0.98));
    let Some((low, high)) = ends.map(|(low, high)| (forth(low), forth(high))) else { return Vec::new() };
    let extent = (grid.x[1] - grid.x[0]).abs().max((grid.y[1] - grid.y[0]).abs());
    (0..count)
        .map(|i| {
            let place = i as f64 / (count - 1) as f64;
            let value = back(low + (high - low) * place);
            let paths = level_paths(grid, value)
                .into_iter()
                .map(|path| rounded(&simplify(&path, extent / 1500.0), 4))
                .filter(|path| path.len() > 1)
                .collect();
            Level { value, place, paths }
        })
        .collect()
}

/// An edge of the grid: the cell corner it starts from and whether it goes up. Exact, so that the segments of
/// neighbouring cells meet without comparing coordinates.
type Edge = (usize, usize, bool);

/// Marching squares: the paths on which linear interpolation along the grid's edges equals `value`.
pub(crate) fn level_paths(grid: &Grid, value: f64) -> Vec<Vec<Point>> {
    let [columns, rows] = grid.size;
    let at = |i: usize, j: usize| grid.values[j * columns + i];
    let mut neighbours: BTreeMap<Edge, Vec<Edge>> = BTreeMap::new();
    for j in 0..rows - 1 {
        for i in 0..columns - 1 {
            let corners = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
            if corners.iter().any(|v| !v.is_finite()) {
                continue;
            }
            // Edges below, right, above, left; edge k joins corners k and k + 1.
            let edges = [(i, j, false), (i + 1, j, true), (i, j + 1, false), (i, j, true)];
            let crossed: Vec<usize> =
                (0..4).filter(|&k| (corners[k] > value) != (corners[(k + 1) % 4] > value)).collect();
            let pairs: Vec<(usize, usize)> = match crossed[..] {
                [a, b] => vec![(a, b)],
                // A saddle: the mean of the corners says which two of them belong together.
                [_, _, _, _] if (corners.iter().sum::<f64>() > 4.0 * value) == (corners[0] > value) => {
                    vec![(0, 1), (2, 3)]
                }
                [_, _, _, _] => vec![(3, 0), (1, 2)],
                _ => Vec::new(),
            };
            for (a, b) in pairs {
                neighbours.entry(edges[a]).or_default().push(edges[b]);
                neighbours.entry(edges[b]).or_default().push(edges[a]);
            }
        }
    }
    let place = |(i, j, up): Edge| -> Point {
        let (to_i, to_j) = if up { (i, j + 1) } else { (i + 1, j) };
        let share = (value - at(i, j)) / (at(to_i, to_j) - at(i, j));
        let scale = |range: [f64; 2], k: f64, n: usize| range[0] + (range[1] - range[0]) * k / (n - 1) as f64;
        let (dx, dy) = if up { (0.0, share) } else { (share, 0.0) };
        [scale(grid.x, i as f64 + dx, columns), scale(grid.y, j as f64 + dy, rows)]
    };
    // Open paths first, from an end; what is left is closed.
    let ends: Vec<Edge> = neighbours.iter().filter(|(_, n)| n.len() == 1).map(|(e, _)| *e).collect();
    let mut paths: Vec<Vec<Edge>> = Vec::new();
    for start in ends {
        paths.extend(walk(start, &mut neighbours));
    }
    while let Some(start) = neighbours.iter().find(|(_, n)| !n.is_empty()).map(|(e, _)| *e) {
        paths.extend(walk(start, &mut neighbours));
    }
    paths.into_iter().map(|path| path.into_iter().map(place).collect()).collect()
}

/// Follows the segments from `start` as far as they go, using each once.
fn walk(start: Edge, neighbours: &mut BTreeMap<Edge, Vec<Edge>>) -> Option<Vec<Edge>> {
    let mut path = vec![start];
    let mut here = start;
    while let Some(next) = neighbours.get_mut(&here).and_then(Vec::pop) {
        if let Some(back) = neighbours.get_mut(&next)
            && let Some(i) = back.iter().position(|e| *e == here)
        {
            back.swap_remove(i);
        }
        path.push(next);
        here = next;
    }
    (path.len() > 1).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampled(n: usize, f: impl Fn(f64, f64) -> f64) -> Grid {
        let at = |k: usize| -2.0 + 4.0 * k as f64 / (n - 1) as f64;
        let values = (0..n * n).map(|k| f(at(k % n), at(k / n))).collect();
        Grid { x: [-2.0, 2.0], y: [-2.0, 2.0], size: [n, n], values }
    }

    #[test]
    fn a_circle_is_one_closed_path_of_its_radius() {
        let paths = level_paths(&sampled(81, |x, y| x * x + y * y), 1.0);
        assert_eq!(paths.len(), 1);
        assert_eq!(paths[0].first(), paths[0].last());
        for p in &paths[0] {
            // Linear interpolation of x² on a grid of 0.05 is off by at most h²/8 = 0.0003 in the value.
            assert!((p[0].hypot(p[1]) - 1.0).abs() < 4e-4, "{p:?}");
        }
        let length: f64 = paths[0].windows(2).map(|w| (w[1][0] - w[0][0]).hypot(w[1][1] - w[0][1])).sum();
        assert!((length - std::f64::consts::TAU).abs() < 0.01, "{length}");
    }

    #[test]
    fn a_plane_has_one_open_straight_path() {
        let grid = sampled(9, |x, y| x + y);
        let paths = level_paths(&grid, 0.3);
        assert_eq!(paths.len(), 1);
        assert!(paths[0].iter().all(|p| (p[0] + p[1] - 0.3).abs() < 1e-12));
        assert_ne!(paths[0].first(), paths[0].last());
    }

    #[test]
    fn two_wells_have_two_paths_and_the_levels_are_logarithmic() {
        let wells = |x: f64, y: f64| (x * x - 1.0).powi(2) + y * y + 0.01;
        assert_eq!(level_paths(&sampled(60, wells), 0.3).len(), 2);
        let levels = levels(&sampled(60, wells), 5);
        let ratio = levels[1].value / levels[0].value;
        assert!((levels[4].value / levels[3].value - ratio).abs() < 1e-9 * ratio);
        assert_eq!((levels[0].place, levels[4].place), (0.0, 1.0));
    }
}
