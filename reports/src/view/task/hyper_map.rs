//! A heat map over two hyper-parameters, where a task's entries are a grid of them.

use super::EntryView;
use crate::drawing::heat::{edges, extent, map};
use crate::drawing::{Axis, ChartPlot, Figure, FigureGroup, Ground, Plot, Tick};
use crate::view::results::Yardstick;
use crate::words::text::{minus, plain, slug};
use records::{Entry, TaskCard};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The two that a grid may be made of.
const NAMES: [&str; 2] = ["alpha", "beta"];
/// Fewest values of each.
const FEWEST: usize = 3;

/// The map of every optimizer whose entries differ by exactly these two, on a full grid. `means` are what the task is
/// judged by, over finished runs.
pub(crate) fn maps(
    (task, yardstick): (&TaskCard, &Yardstick),
    entries: &[EntryView],
    means: &BTreeMap<String, f64>,
) -> Vec<FigureGroup> {
    let mut optimizers: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in &task.entries {
        optimizers.entry(&entry.optimizer).or_default().push(entry);
    }
    optimizers
        .into_iter()
        .filter_map(|(name, group)| group_map((task, yardstick), name, &grid(&group)?, entries, means))
        .collect()
}

/// The entries of a grid by their two values.
struct HyperGrid<'a> {
    values: [Vec<f64>; 2],
    at: Vec<(f64, f64, &'a Entry)>,
}

fn grid<'a>(entries: &[&'a Entry]) -> Option<HyperGrid<'a>> {
    let mut at = Vec::new();
    let mut rest = BTreeSet::new();
    for entry in entries {
        let Value::Object(hyper) = &entry.hyper else { return None };
        let mut others = hyper.clone();
        let [a, b] = NAMES.map(|name| others.remove(name).and_then(|v| v.as_f64()));
        rest.insert(Value::Object(others).to_string());
        at.push((a?, b?, *entry));
    }
    let distinct = |f: fn(&(f64, f64, &'a Entry)) -> f64| {
        let mut values: Vec<f64> = at.iter().map(f).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        values
    };
    let values = [distinct(|p| p.0), distinct(|p| p.1)];
    let pairs: BTreeSet<[u64; 2]> = at.iter().map(|p| [p.0.to_bits(), p.1.to_bits()]).collect();
    let full = pairs.len() == values[0].len() * values[1].len() && pairs.len() == at.len();
    let large = values.iter().all(|v| v.len() >= FEWEST);
    (rest.len() == 1 && full && large).then_some(HyperGrid { values, at })
}

fn group_map(
    (task, yardstick): (&TaskCard, &Yardstick),
    optimizer: &str,
    grid: &HyperGrid,
    entries: &[EntryView],
    means: &BTreeMap<String, f64>,
) -> Option<FigureGroup> {
    let (mut values, mut diverged, mut finished) = (Vec::new(), Vec::new(), BTreeSet::new());
    for b in &grid.values[1] {
        for a in &grid.values[0] {
            let entry = grid.at.iter().find(|p| p.0 == *a && p.1 == *b)?.2;
            let view = entries.iter().find(|e| e.key == entry.key)?;
            // The mean of those that finished: a diverged run among them is marked, not averaged in.
            if view.diverged > 0 {
                diverged.push(values.len());
            }
            finished.insert(view.done);
            values.push(means.get(&entry.key).map(|m| yardstick.scaled(*m)));
        }
    }
    let n = finished.first().zip(finished.last()).map(|(low, high)| {
        if low == high {
            format!("n = {low} finished runs in each cell")
        } else {
            format!("n = {low} to {high} finished runs in a cell")
        }
    })?;
    let index = |values: &[f64]| (0..values.len()).map(|k| k as f64).collect::<Vec<f64>>();
    let axis = |label: &str, values: &[f64]| Axis {
        label: label.into(),
        low: -0.5,
        high: values.len() as f64 - 0.5,
        logarithmic: false,
        minor: Vec::new(),
        ticks: values.iter().enumerate().map(|(k, v)| Tick { at: k as f64, text: plain(*v) }).collect(),
    };
    let [alphas, betas] = &grid.values;
    // Many cells are small ones.
    let decimals = yardstick.differences().decimals - usize::from(alphas.len() > 4);
    let print = |x: f64| minus(&format!("{x:.decimals$}"));
    let (name, metric) = (yardstick.name(), yardstick.final_name());
    let mut heat = map(
        [edges(&index(alphas)), edges(&index(betas))],
        &values,
        &format!("{} (mean)", yardstick.with_unit(&metric)),
        "no finished run",
        extent(values.iter()),
        Some(&print),
    );
    heat.marked = diverged.iter().copied().filter(|k| values[*k].is_some()).collect();
    Some(FigureGroup {
        heading: format!("{optimizer}: {metric} over α and β"),
        caption: format!(
            "Mean {name} at the end of the budget over the finished runs, {n}. {} The values of α and β are \
             equally spaced here whatever their distance.",
            if diverged.is_empty() {
                "No run diverged."
            } else {
                "A cross in the corner: at least one run diverged, the mean is that of the others; a struck-out cell: \
                 no run finished."
            }
        ),
        figures: vec![Figure::new(
            format!("{}-{}-alpha-beta", slug(&task.name), slug(optimizer)),
            format!("Which α and β end at the {} {name}?", yardstick.best()),
            format!("Mean {metric} on {} for every pair of α and β", task.title),
            Plot::Chart(ChartPlot {
                x: axis("α", alphas),
                y: axis("β", betas),
                narrow: false,
                ground: Some(Ground::Cells(Box::new(heat))),
                lines: Vec::new(),
                legend: false,
            }),
        )],
    })
}
