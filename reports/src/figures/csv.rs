//! What a figure draws as comma-separated values, in the units of the data.

use crate::drawing::{
    ChartPlot, CurveLine, CurvesPlot, Figure, Ground, LevelsPlot, Look, Plot, StripPlot, Stroke,
};
use crate::words::text::shortest;

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
    if x.is_finite() { shortest(x) } else { String::new() }
}

/// The same to six digits: `tables/` have all of them.
fn rounded(x: f64) -> String {
    number(format!("{x:.5e}").parse().unwrap_or(f64::NAN))
}

/// A drawn coordinate in the units of the data. Logarithms are kept as a picture resolves them: four digits are left.
fn back(x: f64, logarithmic: bool) -> String {
    if logarithmic {
        number(format!("{:.3e}", 10_f64.powf(x)).parse().unwrap_or(f64::NAN))
    } else {
        number(x)
    }
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
                CurveLine::Limit => ("limit", String::new()),
            };
            let bound = |k: usize| row.runs.map(|(ends, _)| rounded(ends[k])).unwrap_or_default();
            table.row([
                key(&series.stroke),
                series.label.clone(),
                line.into(),
                repetition,
                row.at.epoch.map(number).unwrap_or_default(),
                row.at.step.map(number).unwrap_or_default(),
                row.at.second.map(rounded).unwrap_or_default(),
                rounded(row.value),
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
        for (k, dot) in row.dots.iter().enumerate() {
            table.row([
                key(&row.stroke),
                row.label.clone(),
                (k + 1).to_string(),
                number(dot.value),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::{Axis, ChartLine, CurveRow, Dot, Moment, Series, StripRow};

    fn stroke(entry: &str) -> Stroke {
        Stroke { colour: "#000000".into(), dash: "solid".into(), entry: Some(entry.into()) }
    }

    fn table(plot: Plot) -> String {
        csv(&Figure::new("f".into(), "F".into(), String::new(), plot))
    }

    #[test]
    fn nasty_names_are_quoted() {
        let row = |label: &str, values: &[f64], interval| StripRow {
            label: label.into(),
            stroke: stroke("k,1"),
            dots: values.iter().map(|value| Dot { value: *value, mark: None }).collect(),
            mean: Some(values[0]),
            interval,
            region: None,
        };
        let rows = vec![
            row("INNA (0.5, 0.1)", &[12.5, 13.0], Some([11.0, 14.0])),
            row("a \"quoted\"\nname", &[-0.0], None),
        ];
        let x = Axis::linear("", 0.0, 1.0, false);
        assert_eq!(
            table(Plot::Strip(StripPlot { x, rows })),
            "entry,label,run,value,mean,low,high\n\
             \"k,1\",\"INNA (0.5, 0.1)\",1,12.5,12.5,11,14\n\
             \"k,1\",\"INNA (0.5, 0.1)\",2,13,12.5,11,14\n\
             \"k,1\",\"a \"\"quoted\"\"\nname\",1,0,0,,\n"
        );
    }

    #[test]
    fn means_runs_and_published_values_of_curves() {
        let at = Moment { epoch: Some(2.0), step: Some(250.0), second: Some(7.123_456_7) };
        let row = |line, at, runs| CurveRow { line, at, value: 1.0 / 3.0, runs };
        let series = Series {
            label: "K".into(),
            remark: None,
            stroke: stroke("k"),
            mean: vec![],
            band: vec![],
            runs: vec![],
            published: vec![],
            data: vec![
                row(CurveLine::Mean, at, Some(([0.25, 0.5], 4))),
                row(CurveLine::Run(3), at, None),
                row(CurveLine::Published, Moment::epoch(2.0), None),
            ],
        };
        let axis = || Axis::linear("", 0.0, 1.0, false);
        assert_eq!(
            table(Plot::Curves(CurvesPlot { x: axis(), y: axis(), series: vec![series] })),
            "entry,label,line,repetition,epoch,step,second,value,low,high,n\n\
             k,K,mean,,2,250,7.12346,0.333333,0.25,0.5,4\n\
             k,K,run,3,2,250,7.12346,0.333333,,,\n\
             k,K,published,,2,,,0.333333,,,\n"
        );
    }

    /// What is drawn at −2 on a logarithmic axis is 0.01.
    #[test]
    fn charts_are_written_in_the_units_of_the_data() {
        let (x, y) = (Axis::linear("", 0.0, 9.0, false), Axis::logarithmic("", -3.0, 1.0));
        let line = ChartLine::new("L", stroke("k"), Look::Line, &[[1.0, -2.0], [4.0, 2_f64.log10()]], &x, &y)
            .with_band(&[[1.0, -3.0, 0.0]], &x, &y);
        let chart = ChartPlot { x, y, narrow: false, ground: None, lines: vec![line], legend: true };
        assert_eq!(
            table(Plot::Chart(chart)),
            "kind,entry,label,piece,x,y,low,high,value\nline,k,L,1,1,0.01,,,\nline,k,L,1,4,2,,,\n\
             band,k,L,1,1,,0.001,1,\n"
        );
    }

    #[test]
    fn trajectories_with_their_ends() {
        let axis = || Axis::linear("", 0.0, 1.0, false);
        let plot = LevelsPlot {
            x: axis(),
            y: axis(),
            levels: vec![],
            label: "K".into(),
            stroke: stroke("k"),
            path: vec![[0.5, -0.25]],
            start: [-1.0, 1.5],
            minimiser: [1.0, 1.0],
        };
        assert_eq!(
            table(Plot::Levels(plot)),
            "entry,label,point,x,y\nk,K,path,0.5,-0.25\nk,K,start,-1,1.5\nk,K,minimiser,1,1\n"
        );
    }
}
