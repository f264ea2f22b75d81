//! The parts of a plan that the report shows.

use crate::measure::{loss_unit, measure};
use crate::{EntrySettings, Problem};
use models::Function;
use records::{Entry, Formula, Grid, TaskKind};
use rule::Method;

/// An entry as the report shows it; what it looks like is decided when all of a study are known.
pub(crate) fn entry(key: String, settings: &EntrySettings, method: &dyn Method) -> Entry {
    Entry {
        key,
        title: settings.title.clone().unwrap_or_else(|| method.title().to_owned()),
        optimizer: settings.optimizer.clone(),
        hyper: method.hyper(),
        colour: String::new(),
        dash: String::new(),
        panel: settings.panel.clone(),
        remark: settings.remark.clone(),
        states: method.states(),
        formula: Formula { mathml: method.mathml(), reference: method.reference().to_owned() },
    }
}

pub(crate) fn kind(problem: &Problem) -> TaskKind {
    match problem {
        Problem::Training { settings, images, network, .. } => TaskKind::Training {
            classes: network.classes(),
            train_examples: images.train,
            validation_examples: images.validation,
            test_examples: images.test,
            epochs: settings.epochs,
            batch_size: settings.batch_size,
            parameters: network.parameters() as u64,
            margin: settings.margin,
            example: settings.data.example().into(),
            loss_unit: loss_unit(network.objective(), settings.data.example()),
            classifies: settings.loss.classifies(),
            measure: measure(settings, network.objective(), settings.data.example(), images.floor),
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
