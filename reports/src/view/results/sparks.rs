//! How one run went, in a picture as small as a word.

use crate::drawing::axis::range;
use crate::drawing::readout::evenly;
use crate::words::text::significant;
use serde::Serialize;

/// Points of a picture.
const POINTS: usize = 40;
/// Its sides.
const SIDES: [f64; 2] = [100.0, 24.0];

/// One metric of one run along its budget, with its first and last value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Spark {
    /// The metric.
    pub name: String,
    /// Its first value, printed.
    pub first: String,
    /// Its last value, printed.
    pub last: String,
    /// Corners of the line in a box of 100 by 24, for the attribute of a `polyline`.
    pub points: String,
}

/// The picture of a line of finite values, which are printed multiplied by `factor`; none of fewer than two.
pub(crate) fn spark(name: &str, line: &[(f64, f64)], factor: f64) -> Option<Spark> {
    let line: Vec<(f64, f64)> =
        line.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let (first, last) = (line.first()?, line.last()?);
    if line.len() < 2 {
        return None;
    }
    let (x, y) = (range(line.iter().map(|p| p.0))?, range(line.iter().map(|p| p.1))?);
    let share = |v: f64, (low, high): (f64, f64)| if high > low { (v - low) / (high - low) } else { 0.5 };
    let corner = |i: usize| {
        let (at, value) = line[i];
        // Downwards on the sheet is downwards on the axis.
        format!("{:.1},{:.1}", SIDES[0] * share(at, x), SIDES[1] * (1.0 - share(value, y)))
    };
    let points: Vec<String> = evenly(line.len(), POINTS).into_iter().map(corner).collect();
    Some(Spark {
        name: name.into(),
        first: significant(factor * first.1, 3),
        last: significant(factor * last.1, 3),
        points: points.join(" "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fills_its_box() {
        let seen = spark("loss", &[(0.0, 4.0), (1.0, f64::NAN), (2.0, 2.0), (4.0, 0.0)], 100.0).unwrap();
        assert_eq!((seen.first.as_str(), seen.last.as_str()), ("400", "0"));
        assert_eq!(seen.points, "0.0,0.0 50.0,12.0 100.0,24.0");
        // What never changes lies in the middle.
        assert_eq!(spark("loss", &[(0.0, 1.0), (1.0, 1.0)], 1.0).unwrap().points, "0.0,12.0 100.0,12.0");
        assert_eq!(spark("loss", &[(0.0, 1.0)], 1.0), None);
    }
}
