//! What one comparison of a claim comes to on a function: two numbers without randomness.

use super::evidence::EvidenceView;
use crate::tables::{Line, Tables, schema::curves};
use crate::words::text::{minus, significant};
use polars::prelude::PolarsResult;
use records::{Comparison, Entry, Relation, TaskCard};
use stats::claim::{Assertion, judge_exact};
use std::collections::BTreeMap;

pub(super) fn evidence(
    tables: &Tables,
    task: &TaskCard,
    comparison: &Comparison,
    pair: [&Entry; 2],
    steps: u64,
    text: String,
) -> PolarsResult<EvidenceView> {
    let column = |name: &str| tables.lines(&task.name, curves::STEP, name);
    let (values, first, second) = (column(curves::VALUE)?, column(curves::THETA1)?, column(curves::THETA2)?);
    let range = range_of(&comparison.at, steps);
    let measured = |entry: &Entry| -> Option<f64> {
        let inside = |lines: &BTreeMap<(String, u64), Line>| {
            let line = lines.iter().find(|((key, _), _)| *key == entry.key)?.1;
            let (from, to) = range?;
            let points = line.points.iter().filter(|p| p.0 >= from && p.0 <= to);
            Some((line.diverged, points.map(|p| p.1).collect::<Vec<f64>>()))
        };
        match comparison.metric.as_str() {
            "log10_value" => log10_value(inside(&values)?, comparison.at.len() == 1),
            "crossings" => {
                let (theta1, theta2) = (inside(&first)?, inside(&second)?);
                (!theta1.0).then(|| crossings(&theta1.1, &theta2.1) as f64)
            }
            "turns" => inside(&first).filter(|theta1| !theta1.0).map(|theta1| turns(&theta1.1) as f64),
            _ => None,
        }
    };
    let (Some(a), Some(b)) = (measured(pair[0]), measured(pair[1])) else {
        return Ok(EvidenceView::empty(text, "not measured on both".into()));
    };
    if a == f64::INFINITY && b == f64::INFINITY {
        return Ok(EvidenceView::empty(text, "both diverged: neither is ahead".into()));
    }
    let assertion = match comparison.is {
        Relation::Lower => Assertion::Lower,
        Relation::Higher => Assertion::Higher,
        Relation::Equivalent => Assertion::Within(0.0),
    };
    let decision = judge_exact(a, b, assertion);
    let print = |x: f64| match comparison.metric.as_str() {
        "log10_value" if x == f64::INFINITY => "diverged".to_string(),
        "log10_value" => minus(&format!("{x:.3}")),
        _ => significant(x, 6).split('.').next().unwrap_or_default().to_string(),
    };
    Ok(EvidenceView {
        values: Some([print(a), print(b)]),
        verdict: decision.word(),
        remark: Some("deterministic".into()),
        decision,
        ..EvidenceView::empty(text, String::new())
    })
}

/// First and last step that a place in the budget stands for. A value at a moment is the last recorded by then;
/// counts are from the start to there.
fn range_of(at: &[f64], steps: u64) -> Option<(f64, f64)> {
    let (first, last) = (*at.first()?, *at.last()?);
    let place = |share: f64| share * steps as f64;
    let start = if at.len() == 1 { 0.0 } else { place(first) - 1e-9 };
    Some((start, place(last) + 1e-9))
}

/// Mean of log₁₀ over the points, or the last of them; a diverged run is worse than any number.
fn log10_value((diverged, points): (bool, Vec<f64>), last: bool) -> Option<f64> {
    if diverged {
        return Some(f64::INFINITY);
    }
    let logs: Vec<f64> = points.iter().map(|x| x.max(f64::MIN_POSITIVE).log10()).collect();
    if last { logs.last().copied() } else { stats::mean(&logs) }
}

/// Sign changes of θ₂ − |θ₁|: how often the valley of the function is crossed.
fn crossings(theta1: &[f64], theta2: &[f64]) -> usize {
    sign_changes(theta1.iter().zip(theta2).map(|(x, y)| y - x.abs()))
}

/// Sign changes of successive differences: how often the coordinate turns round.
fn turns(theta1: &[f64]) -> usize {
    sign_changes(theta1.windows(2).map(|w| w[1] - w[0]))
}

/// Changes of sign; zeros have none and are skipped.
fn sign_changes(values: impl Iterator<Item = f64>) -> usize {
    let signs: Vec<bool> = values.filter(|v| *v != 0.0).map(|v| v > 0.0).collect();
    signs.windows(2).filter(|w| w[0] != w[1]).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossings_and_turns_of_a_path_drawn_by_hand() {
        // θ₂ − |θ₁|: 0.5, −1, 0, −1, 1, 1 crosses twice: touching zero is no crossing.
        let theta1 = [-1.0, -2.0, -1.0, 2.0, 1.0, 1.0];
        let theta2 = [1.5, 1.0, 1.0, 1.0, 2.0, 2.0];
        assert_eq!(crossings(&theta1, &theta2), 2);
        // Differences −1, 1, 3, −1, 0: two turns.
        assert_eq!(turns(&theta1), 2);
        assert_eq!((turns(&[1.0]), crossings(&[], &[])), (0, 0));
    }

    #[test]
    fn values_at_a_moment_and_over_a_range() {
        assert_eq!(log10_value((false, vec![100.0, 1.0, 0.1]), true), Some(-1.0));
        assert_eq!(log10_value((false, vec![100.0, 1.0, 0.1]), false), Some(1.0 / 3.0));
        assert_eq!(log10_value((true, vec![1.0]), true), Some(f64::INFINITY));
        assert_eq!(log10_value((false, vec![]), true), None);
        assert_eq!(range_of(&[0.5], 1000).map(|r| r.0), Some(0.0));
        let (first, last) = range_of(&[0.25, 0.5], 1000).unwrap();
        assert!(first < 250.0 && first > 249.0 && last > 500.0 && last < 501.0);
    }
}
