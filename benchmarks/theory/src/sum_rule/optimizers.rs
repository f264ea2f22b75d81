//! The optimizers that are asked.

use crate::TheoryError;
use crate::drive::{inna, sgd};
use crate::picture::{BLUE, ORANGE, PINK, VERMILION};
use rule::Method;
use serde_json::json;

/// One of them.
pub(crate) struct Competitor {
    /// Its name.
    pub(crate) label: &'static str,
    /// Colour and dash.
    pub(crate) style: [&'static str; 2],
    /// Whether it can move where the gradient is 0.
    pub(crate) inertial: bool,
    /// The optimizer.
    pub(crate) method: Box<dyn Method>,
}

/// All of them, with constant step size `gamma`.
pub(crate) fn competitors(gamma: f64) -> Result<Vec<Competitor>, TheoryError> {
    let constant = json!({ "learning_rate": gamma, "schedule": { "kind": "constant" } });
    let others =
        [("Adam", "adam", [ORANGE, "dashed"], true), ("Adagrad", "adagrad", [VERMILION, "dotted"], false)];
    let mut all = vec![
        Competitor { label: "SGD", style: [PINK, "dash-dot"], inertial: false, method: sgd(gamma)? },
        Competitor {
            label: "INNA (0.5, 0.5)",
            style: [BLUE, "solid"],
            inertial: true,
            method: inna(gamma, [0.5, 0.5], 1.0)?,
        },
    ];
    for (label, name, style, inertial) in others {
        all.push(Competitor { label, style, inertial, method: catalogue::ALL.parse(name, &constant)? });
    }
    Ok(all)
}
