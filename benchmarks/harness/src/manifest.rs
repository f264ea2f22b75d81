//! The parts of a plan that the report shows.

use crate::entry::DASHES;
use crate::{EntrySettings, OptimizerFile, Problem};
use models::Function;
use records::{Entry, Formula, Grid, TaskKind};
use rule::Method;
use std::collections::BTreeMap;

/// Colours of optimizers without one of their own: Okabe and Ito's palette for all kinds of colour vision, less
/// black and yellow.
const PALETTE: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"];

pub(crate) fn entry(
    key: String,
    settings: &EntrySettings,
    shared: &OptimizerFile,
    method: &dyn Method,
) -> Entry {
    // From the name, not from the position: an optimizer looks the same in every report.
    let fallback =
        PALETTE[blake3::hash(settings.optimizer.as_bytes()).as_bytes()[0] as usize % PALETTE.len()];
    let colour = settings.colour.clone().or_else(|| shared.colour.clone());
    let dash = settings.dash.clone().or_else(|| shared.dash.clone());
    Entry {
        key,
        title: settings.title.clone().unwrap_or_else(|| method.title().to_owned()),
        optimizer: settings.optimizer.clone(),
        hyper: method.hyper(),
        colour: colour.unwrap_or_else(|| fallback.into()),
        dash: dash.unwrap_or_else(|| "solid".into()),
        panel: settings.panel.clone(),
        remark: settings.remark.clone(),
        states: method.states(),
        formula: Formula { mathml: method.mathml(), reference: method.reference().to_owned() },
    }
}

/// Gives entries that would look the same, as those of a grid do, a colour and a dash each: from the key, so that a setting
/// looks the same in every report that tells it apart at all. Two of many may still coincide; labels do not.
pub(crate) fn tell_apart(entries: &mut [Entry], is_chosen: &[bool]) {
    let mut looks: BTreeMap<(String, String), usize> = BTreeMap::new();
    for entry in entries.iter() {
        *looks.entry((entry.colour.clone(), entry.dash.clone())).or_default() += 1;
    }
    for (entry, is_chosen) in entries.iter_mut().zip(is_chosen) {
        let look = (entry.colour.clone(), entry.dash.clone());
        if *is_chosen || looks.get(&look).is_none_or(|count| *count < 2) {
            continue;
        }
        let hash = blake3::hash(entry.key.as_bytes());
        entry.colour = PALETTE[hash.as_bytes()[0] as usize % PALETTE.len()].into();
        entry.dash = DASHES[hash.as_bytes()[1] as usize % DASHES.len()].into();
    }
}

pub(crate) fn kind(problem: &Problem) -> TaskKind {
    match problem {
        Problem::Classification { settings, images, network, .. } => TaskKind::Classification {
            classes: network.classes(),
            train_images: images.train,
            validation_images: images.validation,
            test_images: images.test,
            epochs: settings.epochs,
            batch_size: settings.batch_size,
            parameters: network.parameters() as u64,
            margin: settings.margin,
        },
        Problem::Function(task) => TaskKind::Function {
            formula: task.function.formula().into(),
            function: serde_json::to_value(task.function)
                .ok()
                .and_then(|name| name.as_str().map(str::to_owned))
                .unwrap_or_default(),
            start: task.start,
            minimiser: task.function.minimiser(),
            steps: task.steps,
            grid: Some(grid(task.function)),
        },
    }
}

/// The function over the window that the paper's Figure 1 shows.
fn grid(function: Function) -> Grid {
    let (x, y, size) = ([-2.2, 2.2], [-0.2, 2.2], [133, 73]);
    let at =
        |range: [f64; 2], i: usize, n: usize| range[0] + (range[1] - range[0]) * i as f64 / (n - 1) as f64;
    let values = (0..size[1])
        .flat_map(|row| (0..size[0]).map(move |column| (row, column)))
        .map(|(row, column)| function.value([at(x, column, size[0]), at(y, row, size[1])]))
        .collect();
    Grid { x, y, size, values }
}
