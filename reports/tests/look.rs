mod common;
use common::paper::study;
use common::{entry, records};
use records::*;
use std::path::Path;

#[test]
fn look() {
    let full = study(5);
    reports::build(&full, &records(&full), Path::new("/tmp/look/small")).unwrap();
    // A large one, like the paper.
    let mut big = study(0);
    big.runs.clear();
    let toy = big.tasks.remove(1);
    let base = big.tasks.remove(0);
    big.tasks.push(toy);
    let mut all = Vec::new();
    let names = ["inna-01-01", "inna-05-01", "inna-05-05", "inna-05-10"];
    let titles = ["INNA (0.1, 0.1)", "INNA (0.5, 0.1)", "INNA (0.5, 0.5)", "INNA (0.5, 1.0)"];
    let colours = ["#1b2a6b", "#2f7bd9", "#00c878", "#1b7837"];
    let dashes = ["dash-dot", "dashed", "solid", "dotted"];
    let mut panels = (Vec::new(), Vec::new());
    for (d, role) in ["cifar10", "cifar100", "mnist"].iter().enumerate() {
        let mut t = base.clone();
        t.name = format!("{role}-nin");
        t.role = role.to_string();
        t.title = ["CIFAR-10", "CIFAR-100", "MNIST"][d].into();
        t.selections.clear();
        t.paper.clear();
        if let TaskKind::Classification { epochs, classes, .. } = &mut t.kind { *epochs = 60; *classes = [10, 100, 10][d]; }
        t.tuning = None;
        t.entries = (0..4).map(|k| entry(names[k], titles[k], colours[k], dashes[k], None)).collect();
        let floor = [-0.5, -0.3, -2.2][d];
        let start = [0.362, 0.663, 0.362][d];
        let top = [0.8, 0.5, 0.995][d];
        let f = |k: usize, e: f64, r: f64| {
            let rate = 0.02 + 0.008 * k as f64;
            start + (floor - start) * (1.0 - (-rate * e).exp()) + 0.03 * r * (e / 60.0) + 0.01 * ((e * 1.7 + r * 3.0 + k as f64).sin())
        };
        let a = |k: usize, e: f64, r: f64| 0.1 + (top - 0.1) * (1.0 - (-(0.05 + 0.02 * k as f64) * e).exp()) + 0.006 * r + 0.004 * ((e + r + k as f64).sin());
        for (k, e) in t.entries.clone().iter().enumerate() {
            for r in 0..5u64 {
                let rows = (0..=60).map(|ep| { let x = f64::from(ep); EpochRow {
                    epoch: ep, step: u64::from(ep), elapsed_s: 1.0, learning_rate: None,
                    train_loss_running: (ep > 0).then(|| 10f64.powf(f(k, x, r as f64 - 2.0))),
                    train_loss: 10f64.powf(f(k, x, r as f64 - 2.0)), validation_loss: None, validation_accuracy: None,
                    test_loss: 1.0, test_accuracy: a(k, x, r as f64 - 2.0) } }).collect();
                let rec = common::record(&t.name, e, r, false, Curve::Epochs(rows));
                big.runs.push(PlannedRun { id: rec.id.clone(), task: t.name.clone(), entry: e.key.clone(), repetition: r });
                all.push(rec);
            }
            for (metric, loss) in [("log10_train_loss", true), ("test_accuracy", false)] {
                let x: Vec<f64> = (0..=200).map(f64::from).collect();
                let y: Vec<f64> = x.iter().map(|x| if loss { f(k, *x, 0.0) * 0.9 + 0.02 } else { a(k, *x, 0.0) - 0.03 }).collect();
                let band = y.iter().map(|y| if loss { [y - 0.08, y + 0.08] } else { [y - 0.02, y + 0.02] }).collect();
                t.paper.push(PublishedCurve { entry: titles[k].into(), figure: "fig2".into(), metric: metric.into(), x, y, band, incomparable: None, tolerance: 0.01, source: "figure 2".into() });
            }
        }
        let lines: Vec<PaperLine> = (0..4).map(|k| PaperLine { entry: names[k].into(), run: Some(titles[k].into()), title: None, colour: None, dash: None }).collect();
        panels.0.push(PaperPanel { task: role.to_string(), title: t.title.clone(), metric: "train_loss_running".into(), published: "fig2".into(), range: [[-1.1, 0.4], [-0.4, 0.67], [-3.0, 0.5]][d], lines: lines.clone() });
        panels.1.push(PaperPanel { task: role.to_string(), title: t.title.clone(), metric: "test_accuracy".into(), published: "fig2".into(), range: [[0.1, 0.8], [0.0, 0.5], [0.95, 1.0]][d], lines });
        big.tasks.push(t);
    }
    big.figures[0].panels = panels.0.into_iter().chain(panels.1).collect();
    big.figures[0].columns = 3;
    // 36 entries of a grid.
    let mut grid = base.clone();
    grid.name = "prop".into(); grid.role = "prop".into(); grid.title = "INNAprop".into();
    grid.paper.clear(); grid.selections.clear(); grid.tuning = None; grid.entries.clear();
    for k in 0..36 {
        let l = [0.1_f64, 0.5, 0.9, 2.0, 3.0, 4.0];
        let (a, b) = (l[k % 6], l[k / 6]);
        let mut e = entry(&format!("p{k}"), &format!("INNAprop ({a}, {b})"), "#0072b2", "solid", None);
        e.optimizer = "innaprop".into();
        e.hyper = serde_json::json!({"alpha": a, "beta": b});
        for r in 0..3u64 {
            let diverged = a * b > 9.0 || (k == 10 && r == 1);
            let rows = (0..=12).map(|ep| { let x = f64::from(ep); EpochRow { epoch: ep, step: 1, elapsed_s: 1.0, learning_rate: None, train_loss_running: None, train_loss: 2.3 * (-0.1 * x).exp(), validation_loss: None, validation_accuracy: None, test_loss: 1.0, test_accuracy: 0.1 + 0.05 * x * (-(a - 0.5).abs() * 0.2 - (b - 0.9).abs() * 0.2).exp() } }).collect();
            let rec = common::record("prop", &e, r, diverged, Curve::Epochs(rows));
            big.runs.push(PlannedRun { id: rec.id.clone(), task: "prop".into(), entry: e.key.clone(), repetition: r });
            all.push(rec);
        }
        grid.entries.push(e);
    }
    big.tasks.push(grid);
    // A fine map.
    let n = 80;
    let axis = |label: &str| ExhibitAxis { label: label.into(), logarithmic: false, range: None };
    let c = |k: usize| 0.05 + 2.0 * k as f64 / n as f64;
    big.exhibits[0].panels.push(ExhibitPanel { title: "A fine map".into(), description: "fine".into(), x: axis("α"), y: axis("β"), lines: vec![],
        background: Some(Background::Cells(Cells { x: (0..n).map(c).collect(), y: (0..n).map(c).collect(), values: (0..n*n).map(|k| { let (a, b) = (c(k % n), c(k / n)); (a * b < 2.0).then(|| (a - b).powi(2) + 1e-6) }).collect(), legend: "rate".into(), none: "diverged".into(), print: false })) });
    let built = reports::build(&big, &all, Path::new("/tmp/look/big")).unwrap();
    for (p, s) in built.files { if p.extension().is_some_and(|e| e == "html" || e == "json") { println!("{} {s}", p.display()); } }
}
