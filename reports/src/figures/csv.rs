//! What a figure draws as comma-separated values, in the units of the data.

use crate::view::{
    ChartPlot, CurveLine, CurvesPlot, Figure, Ground, LevelsPlot, Look, Plot, StripPlot, Stroke,
};

/// The table beside a figure's drawing: one row per point, interval or cell; `docs/FORMAT.md` has the columns.
pub(crate) fn csv(figure: &Figure) -> String {
    let mut table = Table::default();
    match &figure.plot {
        Plot::Curves(plot) => curves(plot, &mut table),
        Plot::Strip(plot) => strip(plot, &mut table),
        Plot::Levels(plot) => levels(plot, &mut table),
        Plot::Chart(plot) => chart(plot, &mut table),
    }
    table.0
}

/// Rows of text, written as RFC 4180 has it with line feeds.
#[derive(Default)]
struct Table(String);

impl Table {
    fn row<const N: usize>(&mut self, cells: [String; N]) {
        for (k, cell) in cells.iter().enumerate() {
            if k > 0 {
                self.0.push(',');
            }
            if cell.contains([',', '"', '\n', '\r']) {
                self.0.push('"');
                self.0.push_str(&cell.replace('"', "\"\""));
                self.0.push('"');
            } else {
                self.0.push_str(cell);
            }
        }
        self.0.push('\n');
    }

    fn head<const N: usize>(&mut self, names: [&str; N]) {
        self.row(names.map(String::from));
    }
}

/// The shortest text that reads back; empty for what is no number.
fn number(x: f64) -> String {
    if x.is_finite() { (x + 0.0).to_string() } else { String::new() }
}

/// A drawn coordinate in the units of the data. A picture resolves no more than five digits.
fn back(x: f64, logarithmic: bool) -> String {
    if !logarithmic {
        return number(x);
    }
    number(format!("{:.4e}", 10_f64.powf(x)).parse().unwrap_or(f64::NAN))
}

fn key(stroke: &Stroke) -> String {
    stroke.entry.clone().unwrap_or_default()
}

fn curves(plot: &CurvesPlot, table: &mut Table) {
    table.head([
        "entry",
        "label",
        "line",
        "repetition",
        "epoch",
        "step",
        "second",
        "value",
        "low",
        "high",
        "n",
    ]);
    for series in &plot.series {
        for row in &series.data {
            let (line, repetition) = match row.line {
                CurveLine::Mean => ("mean", String::new()),
                CurveLine::Run(repetition) => ("run", repetition.to_string()),
                CurveLine::Published => ("published", String::new()),
            };
            let bound = |k: usize| row.runs.map(|(ends, _)| number(ends[k])).unwrap_or_default();
            table.row([
                key(&series.stroke),
                series.label.clone(),
                line.into(),
                repetition,
                number(row.at.epoch),
                number(row.at.step),
                number(row.at.second),
                number(row.value),
                bound(0),
                bound(1),
                row.runs.map(|(_, n)| n.to_string()).unwrap_or_default(),
            ]);
        }
    }
}

fn strip(plot: &StripPlot, table: &mut Table) {
    table.head(["entry", "label", "run", "value", "mean", "low", "high"]);
    for row in &plot.rows {
        let [low, high] = row.interval.map_or([f64::NAN; 2], |ends| ends);
        let [mean, low, high] = [row.mean.unwrap_or(f64::NAN), low, high].map(number);
        for (k, value) in row.values.iter().enumerate() {
            table.row([
                key(&row.stroke),
                row.label.clone(),
                (k + 1).to_string(),
                number(*value),
                mean.clone(),
                low.clone(),
                high.clone(),
            ]);
        }
    }
}

fn levels(plot: &LevelsPlot, table: &mut Table) {
    table.head(["entry", "label", "point", "x", "y"]);
    let mut row = |kind: &str, [x, y]: [f64; 2]| {
        table.row([key(&plot.stroke), plot.label.clone(), kind.into(), number(x), number(y)]);
    };
    plot.path.iter().for_each(|p| row("path", *p));
    row("start", plot.start);
    row("minimiser", plot.minimiser);
}

fn chart(plot: &ChartPlot, table: &mut Table) {
    table.head(["kind", "entry", "label", "piece", "x", "y", "low", "high", "value"]);
    let x = |v: f64| back(v, plot.x.logarithmic);
    let y = |v: f64| back(v, plot.y.logarithmic);
    let none = String::new;
    for line in &plot.lines {
        let start = [key(&line.stroke), line.label.clone()];
        let mut row = |kind: &str, piece: usize, cells: [String; 4]| {
            let [entry, label] = start.clone();
            let [x, y, low, high] = cells;
            table.row([kind.into(), entry, label, (piece + 1).to_string(), x, y, low, high, none()]);
        };
        for (piece, points) in line.pieces.iter().enumerate() {
            points.iter().for_each(|p| row(word(line.look), piece, [x(p[0]), y(p[1]), none(), none()]));
        }
        line.band.iter().for_each(|b| row("band", 0, [x(b[0]), none(), y(b[1]), y(b[2])]));
        for (piece, edge) in line.edges.iter().enumerate() {
            edge.iter().for_each(|p| row("published edge", piece, [x(p[0]), y(p[1]), none(), none()]));
        }
    }
    if let Some(Ground::Cells(map)) = &plot.ground {
        let centres = |edges: &[f64]| edges.windows(2).map(|e| 0.5 * (e[0] + e[1])).collect::<Vec<f64>>();
        let (columns, rows) = (centres(&map.columns), centres(&map.rows));
        for (k, value) in map.values.iter().enumerate() {
            let column = columns.get(k % columns.len().max(1)).copied().unwrap_or(f64::NAN);
            let row = rows.get(k / columns.len().max(1)).copied().unwrap_or(f64::NAN);
            let value = value.map(|v| back(v, map.scale.logarithmic)).unwrap_or_default();
            table.row(["cell".into(), none(), none(), none(), x(column), y(row), none(), none(), value]);
        }
    }
}

fn word(look: Look) -> &'static str {
    match look {
        Look::Line | Look::MarkedLine => "line",
        Look::Marks | Look::Discs => "point",
        Look::Published => "published",
    }
}
