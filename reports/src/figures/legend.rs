//! The legend below a drawing.

use super::breadth::breadth;
use super::canvas::{Canvas, DrawError, Hold, LINE};
use super::ink::Ink;
use super::labels::wrapped;
use crate::drawing::{ChartLine, ChartPlot, Look, Point, Series, Stroke};

/// Height of a row.
const ROW: f64 = 19.0;
/// Room for the sample before a name and the gap after it.
const SAMPLE: f64 = 34.0;
const GAP: f64 = 22.0;

/// What the legend says about lines of one look, in rows.
pub(super) struct Item<'a> {
    stroke: &'a Stroke,
    look: Look,
    text: Vec<String>,
}

/// The entries of a figure of curves.
pub(super) fn entries(series: &[Series], room: f64) -> Vec<Item<'_>> {
    let item = |series: &Series| {
        let whole = match &series.remark {
            Some(remark) => format!("{}: {remark}", series.label),
            None => series.label.clone(),
        };
        wrapped(&whole, room - SAMPLE)
    };
    let seen = series.iter().filter(|series| !series.is_empty());
    seen.map(|s| Item { stroke: &s.stroke, look: Look::Line, text: item(s) }).collect()
}

/// The lines of a chart to explain; lines of equal look are explained once.
pub(super) fn items(plot: &ChartPlot, room: f64) -> Vec<Item<'_>> {
    let mut kinds: Vec<(&ChartLine, Vec<&str>)> = Vec::new();
    for line in plot.lines.iter().filter(|line| plot.legend && !line.label.is_empty()) {
        let same = |(seen, _): &&mut (&ChartLine, _)| seen.stroke == line.stroke && seen.look == line.look;
        match kinds.iter_mut().find(same) {
            Some((_, labels)) if labels.contains(&line.label.as_str()) => {}
            Some((_, labels)) => labels.push(&line.label),
            None => kinds.push((line, vec![line.label.as_str()])),
        }
    }
    kinds
        .into_iter()
        .map(|(line, labels)| Item {
            stroke: &line.stroke,
            look: line.look,
            text: wrapped(&joined(&labels), room - SAMPLE),
        })
        .collect()
}

/// Labels as one: `theory, SGD` and `theory, INNA` are `theory: SGD; INNA`.
fn joined(labels: &[&str]) -> String {
    let head = |label: &&str| label.split_once(", ").map(|(head, _)| head.to_string());
    let common = labels.first().and_then(head).filter(|head| !head.contains('('));
    match common {
        Some(common) if labels.len() > 1 && labels.iter().all(|l| head(l).as_ref() == Some(&common)) => {
            let rest: Vec<&str> = labels.iter().map(|l| &l[common.len() + 2..]).collect();
            format!("{common}: {}", rest.join("; "))
        }
        _ => labels.join("; "),
    }
}

/// As many in a row as fit.
pub(super) fn rows<'a, 'b>(items: &'b [Item<'a>], room: f64) -> Vec<Vec<&'b Item<'a>>> {
    let mut rows: Vec<Vec<&Item>> = Vec::new();
    let mut used = f64::INFINITY;
    for item in items {
        let width = width(item);
        if used + width > room {
            rows.push(Vec::new());
            used = 0.0;
        }
        used += width + GAP;
        if let Some(row) = rows.last_mut() {
            row.push(item);
        }
    }
    rows
}

fn width(item: &Item) -> f64 {
    SAMPLE + item.text.iter().map(|row| breadth(row)).fold(0.0, f64::max)
}

/// Height of one row of items: that of the item of most lines.
fn row_height(row: &[&Item]) -> f64 {
    let lines = row.iter().map(|item| item.text.len()).max().unwrap_or(1).max(1);
    ROW + LINE * (lines - 1) as f64
}

pub(super) fn height(rows: &[Vec<&Item>]) -> f64 {
    if rows.is_empty() { 0.0 } else { 6.0 + rows.iter().map(|row| row_height(row)).sum::<f64>() }
}

pub(super) fn draw(canvas: &mut Canvas, rows: &[Vec<&Item>], [left, top]: Point) -> Result<(), DrawError> {
    let mut below = top;
    for row in rows {
        let y = below + 0.5 * ROW;
        below += row_height(row);
        let mut x = left;
        for item in row {
            let ends = [[x, y], [x + SAMPLE - 8.0, y]];
            let middle = [x + 0.5 * (SAMPLE - 8.0), y];
            let solid = || Ink::entry(item.stroke, false);
            match item.look {
                Look::Line => canvas.line(&ends, Ink::entry(item.stroke, true), 1.0, 2.0)?,
                Look::MarkedLine => {
                    canvas.line(&ends, Ink::entry(item.stroke, true), 0.8, 1.5)?;
                    canvas.dot(middle, 2.75, solid(), 0.9, false)?;
                }
                Look::Published => {
                    canvas.line(&ends, solid(), 0.8, 0.75)?;
                    canvas.dot(middle, 2.75, solid(), 0.9, false)?;
                }
                Look::Marks => canvas.dot(middle, 3.0, solid(), 0.9, false)?,
                Look::Discs => canvas.dot(middle, 4.5, solid(), 0.9, true)?,
            }
            for (k, text) in item.text.iter().enumerate() {
                let place = [x + SAMPLE, y + LINE * k as f64];
                canvas.text(text, place, Hold::Left, Ink::text().of(item.stroke))?;
            }
            x += width(item) + GAP;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn labels_of_one_look_are_one_label() {
        assert_eq!(joined(&["theory, SGD", "theory, INNA (0.5, 1)"]), "theory: SGD; INNA (0.5, 1)");
        assert_eq!(joined(&["theory, SGD"]), "theory, SGD");
        assert_eq!(joined(&["INNA (1, 2)", "INNA (1, 3)"]), "INNA (1, 2); INNA (1, 3)");
        assert_eq!(joined(&["theory, SGD", "practice, SGD"]), "theory, SGD; practice, SGD");
    }
}
