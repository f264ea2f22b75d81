//! The cells of a heat map and the bar that explains their colours.

use super::breadth::{TEXT, breadth};
use super::canvas::{Canvas, DrawError, Hold, LINE};
use super::ink::Ink;
use super::labels::wrapped;
use super::levels::viridis;
use crate::drawing::{HeatMap, Point};
use std::collections::BTreeMap;

/// Colours told apart; neighbours of one colour in a row are drawn as one.
const SHADES: f64 = 48.0;
/// Lengths below the plotting area.
const GAP: f64 = 6.0;
const TITLE: f64 = 18.0;
const BAR: f64 = 10.0;
const TICKS: f64 = 20.0;
const NONE: f64 = 19.0;

/// Height of the bar with everything around it where there is that much `room` from left to right.
pub(super) fn height(map: &HeatMap, room: f64) -> f64 {
    let more = LINE * wrapped(&map.scale.label, room).len().saturating_sub(1) as f64;
    GAP + TITLE + more + BAR + TICKS + if has_holes(map) { NONE } else { 0.0 }
}

fn has_holes(map: &HeatMap) -> bool {
    map.values.iter().any(Option::is_none)
}

fn shade(map: &HeatMap, value: f64) -> [u8; 3] {
    let place = (value - map.scale.low) / (map.scale.high - map.scale.low);
    viridis((place.clamp(0.0, 1.0) * SHADES).round() / SHADES)
}

pub(super) fn draw(canvas: &mut Canvas, map: &HeatMap) -> Result<(), DrawError> {
    let columns = map.columns.len().saturating_sub(1);
    let rows = map.rows.len().saturating_sub(1);
    let colour = |i: usize, j: usize| Some(shade(map, map.values.get(j * columns + i).copied().flatten()?));
    // By colour: cells of one are drawn as one.
    let mut boxes: BTreeMap<Option<[u8; 3]>, Vec<[Point; 2]>> = BTreeMap::new();
    for j in 0..rows {
        let mut i = 0;
        while i < columns {
            let fill = colour(i, j);
            let mut end = i + 1;
            while end < columns && colour(end, j) == fill {
                end += 1;
            }
            boxes.entry(fill).or_default().push(box_of(canvas, map, [i, end], j));
            i = end;
        }
    }
    for (fill, boxes) in boxes {
        for [a, b] in boxes {
            match fill {
                // Half a pixel further right and down: no seams between the cells.
                Some(rgb) => canvas.block([a, [b[0] + 0.5, b[1] + 0.5]], Ink::cell(rgb), 1.0)?,
                None => canvas.block([a, b], Ink::text(), 0.16)?,
            }
        }
    }
    for k in 0..columns * rows {
        let corners = box_of(canvas, map, [k % columns, k % columns + 1], k / columns);
        match colour(k % columns, k / columns) {
            None => hatch(canvas, corners)?,
            Some(rgb) => words(canvas, map, k, corners, rgb)?,
        }
    }
    Ok(())
}

/// Upper left and lower right corner of the cells of row `j` between two column edges.
fn box_of(canvas: &Canvas, map: &HeatMap, [from, to]: [usize; 2], j: usize) -> [Point; 2] {
    let a = canvas.place([map.columns[from], map.rows[j]]);
    let b = canvas.place([map.columns[to], map.rows[j + 1]]);
    let f = canvas.frame;
    // What lies beyond the axes is not shown.
    let inside = |p: Point| [p[0].clamp(f.left, f.width - f.right), p[1].clamp(f.top, f.height - f.bottom)];
    [inside([a[0].min(b[0]), a[1].min(b[1])]), inside([a[0].max(b[0]), a[1].max(b[1])])]
}

/// A diagonal through a cell without a number, where there is room for one.
fn hatch(canvas: &mut Canvas, [a, b]: [Point; 2]) -> Result<(), DrawError> {
    if b[0] - a[0] < 8.0 || b[1] - a[1] < 8.0 {
        return Ok(());
    }
    canvas.line(&[[a[0] + 2.0, b[1] - 2.0], [b[0] - 2.0, a[1] + 2.0]], Ink::text(), 0.4, 1.0)
}

fn words(
    canvas: &mut Canvas,
    map: &HeatMap,
    k: usize,
    [a, b]: [Point; 2],
    rgb: [u8; 3],
) -> Result<(), DrawError> {
    let (width, height) = (b[0] - a[0], b[1] - a[1]);
    let text = map.texts.get(k).map(String::as_str).unwrap_or_default();
    // Smaller in a small cell; below eight pixels it would not be read.
    let size = (TEXT * (width - 3.0) / breadth(text)).min(TEXT);
    if !text.is_empty() && size >= 8.0 && height > size {
        let middle = [0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])];
        canvas.text_of_size(size, text, middle, Hold::Centre, Ink::on_cell(rgb))?;
    }
    if map.marked.contains(&k) {
        let (x, y) = (b[0] - 6.0, a[1] + 6.0);
        for d in [3.0, -3.0] {
            canvas.line(&[[x - 3.0, y - d], [x + 3.0, y + d]], Ink::on_cell(rgb), 1.0, 1.5)?;
        }
    }
    Ok(())
}

/// The bar of colours with its numbers, from `top` downwards.
pub(super) fn scale(canvas: &mut Canvas, map: &HeatMap, top: f64) -> Result<(), DrawError> {
    let (left, right) = (canvas.frame.left, canvas.frame.width - canvas.frame.right);
    let top = top + GAP;
    let title = wrapped(&map.scale.label, right - left);
    for (k, row) in title.iter().enumerate() {
        canvas.text(row, [left, top + 8.0 + LINE * k as f64], Hold::Left, Ink::text())?;
    }
    let bar = top + TITLE + LINE * title.len().saturating_sub(1) as f64;
    let steps = SHADES as usize;
    for k in 0..steps {
        let at = |k: usize| left + (right - left) * k as f64 / SHADES;
        let rgb = viridis((k as f64 + 0.5) / SHADES);
        canvas.block([[at(k), bar], [at(k + 1) + 0.5, bar + BAR]], Ink::cell(rgb), 1.0)?;
    }
    let mut free = f64::NEG_INFINITY;
    for tick in &map.scale.ticks {
        let share = (tick.at - map.scale.low) / (map.scale.high - map.scale.low);
        let x = left + (right - left) * share;
        let half = 0.5 * breadth(&tick.text);
        canvas.line(&[[x, bar + BAR], [x, bar + BAR + 3.0]], Ink::text(), 0.6, 1.0)?;
        if x - half > free {
            canvas.text(&tick.text, [x, bar + BAR + 11.0], Hold::Centre, Ink::muted())?;
            free = x + half + 2.0;
        }
    }
    if has_holes(map) {
        let y = bar + BAR + TICKS;
        let corners = [[left, y + 2.0], [left + 18.0, y + 15.0]];
        canvas.block(corners, Ink::text(), 0.16)?;
        hatch(canvas, corners)?;
        canvas.text(&map.none, [left + 25.0, y + 9.0], Hold::Left, Ink::text())?;
    }
    Ok(())
}
