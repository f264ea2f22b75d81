//! Heat maps: from values at centres to cells.

use super::axis::{Axis, round_to};
use super::chart::HeatMap;
use crate::words::text::significant;

/// Decades between the smallest and the largest value from which the colours follow the logarithm.
const LOGARITHMIC_FROM: f64 = 3.0;

/// The edges of cells around ascending centres: half way between neighbours, and as far beyond the ends.
pub(crate) fn edges(centres: &[f64]) -> Vec<f64> {
    match centres {
        [] => Vec::new(),
        [one] => vec![one - 0.5, one + 0.5],
        [first, second, ..] => {
            let mut edges = vec![first - 0.5 * (second - first)];
            edges.extend(centres.windows(2).map(|w| 0.5 * (w[0] + w[1])));
            let n = centres.len();
            edges.push(centres[n - 1] + 0.5 * (centres[n - 1] - centres[n - 2]));
            edges
        }
    }
}

/// Smallest and largest finite value of several; none if there is none.
pub(crate) fn extent<'a>(values: impl Iterator<Item = &'a Option<f64>>) -> Option<[f64; 2]> {
    values.flatten().filter(|v| v.is_finite()).fold(None, |extent, v| {
        let [low, high] = extent.unwrap_or([*v; 2]);
        Some([low.min(*v), high.max(*v)])
    })
}

/// A heat map of `values` between these edges, coloured between the `ends` of the scale. Values over three decades and more are coloured by their logarithm.
pub(crate) fn map(
    [columns, rows]: [Vec<f64>; 2],
    values: &[Option<f64>],
    legend: &str,
    none: &str,
    ends: Option<[f64; 2]>,
    print: Option<&dyn Fn(f64) -> String>,
) -> HeatMap {
    let cells = columns.len().saturating_sub(1) * rows.len().saturating_sub(1);
    let finite: Vec<Option<f64>> =
        (0..cells).map(|k| values.get(k).copied().flatten().filter(|v| v.is_finite())).collect();
    let [low, high] = ends.unwrap_or([0.0, 1.0]);
    let logarithmic = low > 0.0 && (high / low).log10() >= LOGARITHMIC_FROM;
    let scale = if logarithmic {
        Axis::logarithmic(&format!("{legend} (logarithmic)"), low.log10(), high.log10())
    } else {
        Axis::linear(legend, low, high, false)
    };
    let decimals = (4.0 - (scale.high - scale.low).log10()).ceil().clamp(0.0, 12.0) as i32;
    HeatMap {
        columns,
        rows,
        texts: match print {
            Some(print) => finite.iter().map(|v| v.map(print).unwrap_or_default()).collect(),
            None => Vec::new(),
        },
        values: finite
            .into_iter()
            .map(|v| Some(round_to(if logarithmic { v?.log10() } else { v? }, decimals)))
            .collect(),
        marked: Vec::new(),
        scale,
        none: none.into(),
    }
}

/// A number for a cell: three digits.
pub(crate) fn short(x: f64) -> String {
    significant(x, 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_lie_half_way() {
        assert_eq!(edges(&[1.0, 2.0, 4.0]), [0.5, 1.5, 3.0, 5.0]);
        assert_eq!(edges(&[3.0]), [2.5, 3.5]);
        assert!(edges(&[]).is_empty());
    }

    #[test]
    fn many_decades_are_coloured_by_the_logarithm() {
        let edges = || [vec![0.0, 1.0, 2.0], vec![0.0, 1.0]];
        let map = |values: &[Option<f64>], print: Option<&dyn Fn(f64) -> String>| {
            map(edges(), values, "error", "diverged", extent(values.iter()), print)
        };
        let wide = map(&[Some(1e-4), Some(10.0)], None);
        assert_eq!((wide.values, wide.scale.low), (vec![Some(-4.0), Some(1.0)], -4.0));
        let near = map(&[Some(0.5), None], Some(&short));
        assert_eq!(
            (near.values, near.texts),
            (vec![Some(0.5), None], vec!["0.500".to_string(), String::new()])
        );
        let hole = map(&[Some(f64::INFINITY)], None);
        assert_eq!(hole.values, [None, None]);
    }
}
