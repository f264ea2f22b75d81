//! The measurements of a run, one row at a time, and their CSV form.

use crate::StoreError;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// What a run measured on its way.
#[derive(Clone, Debug, PartialEq)]
pub enum Curve {
    /// A network trained on data: one row per epoch, row 0 before the first step.
    Epochs(Vec<EpochRow>),
    /// A function minimised from a point: sampled iterates.
    Trajectory(Vec<TrajectoryRow>),
}

/// The state of a training after `epoch` epochs. Losses are means over examples, or over tokens where every one has a label: in nats,
/// or what the task's loss is measured in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRow {
    /// Epochs completed; 0 is the untrained network.
    pub epoch: u32,
    /// Optimizer steps completed.
    pub step: u64,
    /// Seconds spent training (evaluation and preparation excluded).
    pub elapsed_s: f64,
    /// Step size of the last step, after the schedule; empty before the first.
    pub learning_rate: Option<f64>,
    /// Mean of the mini-batch losses seen during the epoch, dropout active; empty in row 0.
    pub train_loss_running: Option<f64>,
    /// Loss over the training set, re-evaluated without dropout.
    pub train_loss: f64,
    /// Loss over the validation part; empty if the task holds none out.
    pub validation_loss: Option<f64>,
    /// Share of the validation part classified correctly; empty without validation part or classes.
    pub validation_accuracy: Option<f64>,
    /// Loss over the test set.
    pub test_loss: f64,
    /// Share of the test set classified correctly, in `[0, 1]`; empty where nothing is classified.
    pub test_accuracy: Option<f64>,
}

/// An iterate of a two-dimensional problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrajectoryRow {
    /// Steps taken to get here.
    pub step: u64,
    /// First coordinate.
    pub theta1: f64,
    /// Second coordinate.
    pub theta2: f64,
    /// The function there.
    pub value: f64,
}

/// The shortest text that reads back as the same number: with an exponent where that saves a row of zeros.
fn shortest(x: f64) -> String {
    let usual = x == 0.0 || !x.is_finite() || (1e-5..1e16).contains(&x.abs());
    if usual { x.to_string() } else { format!("{x:e}") }
}

impl Curve {
    /// Steps taken until the last row; 0 without rows.
    pub fn steps(&self) -> u64 {
        match self {
            Self::Epochs(rows) => rows.last().map_or(0, |row| row.step),
            Self::Trajectory(rows) => rows.last().map_or(0, |row| row.step),
        }
    }

    /// Forgets all measurements but the last, and gives their memory back.
    pub fn keep_last(&mut self) {
        match self {
            Self::Epochs(rows) => *rows = rows.pop().into_iter().collect(),
            Self::Trajectory(rows) => *rows = rows.pop().into_iter().collect(),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Epochs(rows) => rows.len(),
            Self::Trajectory(rows) => rows.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Name of the file the curve lives in.
    pub fn file_name(&self) -> &'static str {
        match self {
            Self::Epochs(_) => "epochs.csv",
            Self::Trajectory(_) => "trajectory.csv",
        }
    }

    /// The curve as CSV, numbers in the shortest form that reads back exactly.
    pub fn to_csv(&self) -> String {
        let optional = |x: Option<f64>| x.map(shortest).unwrap_or_default();
        let mut out = String::new();
        match self {
            Self::Epochs(rows) => {
                out.push_str(EPOCH_HEADER);
                for r in rows {
                    let _ = write!(
                        out,
                        "\n{},{},{},{},{},{},{},{},{},{}",
                        r.epoch,
                        r.step,
                        shortest(r.elapsed_s),
                        optional(r.learning_rate),
                        optional(r.train_loss_running),
                        shortest(r.train_loss),
                        optional(r.validation_loss),
                        optional(r.validation_accuracy),
                        shortest(r.test_loss),
                        optional(r.test_accuracy)
                    );
                }
            }
            Self::Trajectory(rows) => {
                out.push_str(TRAJECTORY_HEADER);
                for r in rows {
                    let [theta1, theta2, value] = [r.theta1, r.theta2, r.value].map(shortest);
                    let _ = write!(out, "\n{},{theta1},{theta2},{value}", r.step);
                }
            }
        }
        out.push('\n');
        out
    }

    /// Reads what [`Curve::to_csv`] wrote. `file` is named in errors.
    pub fn from_csv(text: &str, file: &std::path::Path) -> Result<Self, StoreError> {
        let bad = |line: usize, reason: String| StoreError::damaged(file, format!("line {line}: {reason}"));
        let mut lines = text.lines();
        let header = lines.next().unwrap_or_default();
        let cells = |n: usize, line: &str| -> Result<Vec<Option<f64>>, StoreError> {
            line.split(',')
                .map(|cell| match cell {
                    "" => Ok(None),
                    cell => cell.parse().map(Some).map_err(|_| bad(n, format!("`{cell}` is not a number"))),
                })
                .collect()
        };
        let need = |n: usize, cell: Option<f64>| cell.ok_or_else(|| bad(n, "an empty cell".into()));
        let whole = |n: usize, cell: Option<f64>| match need(n, cell)? {
            x if x >= 0.0 && x.fract() == 0.0 && x < 2_f64.powi(53) => Ok(x as u64),
            x => Err(bad(n, format!("{x} is not a number of epochs or steps"))),
        };
        match header {
            EPOCH_HEADER => {
                let mut rows = Vec::new();
                for (i, line) in lines.enumerate() {
                    let n = i + 2;
                    let c = cells(n, line)?;
                    let [epoch, step, elapsed, lr, running, train, vloss, vacc, tloss, tacc] = c[..] else {
                        return Err(bad(n, format!("{} cells, 10 expected", c.len())));
                    };
                    rows.push(EpochRow {
                        epoch: u32::try_from(whole(n, epoch)?).map_err(|e| bad(n, e.to_string()))?,
                        step: whole(n, step)?,
                        elapsed_s: need(n, elapsed)?,
                        learning_rate: lr,
                        train_loss_running: running,
                        train_loss: need(n, train)?,
                        validation_loss: vloss,
                        validation_accuracy: vacc,
                        test_loss: need(n, tloss)?,
                        test_accuracy: tacc,
                    });
                }
                Ok(Self::Epochs(rows))
            }
            TRAJECTORY_HEADER => {
                let mut rows = Vec::new();
                for (i, line) in lines.enumerate() {
                    let n = i + 2;
                    let c = cells(n, line)?;
                    let [step, theta1, theta2, value] = c[..] else {
                        return Err(bad(n, format!("{} cells, 4 expected", c.len())));
                    };
                    rows.push(TrajectoryRow {
                        step: whole(n, step)?,
                        theta1: need(n, theta1)?,
                        theta2: need(n, theta2)?,
                        value: need(n, value)?,
                    });
                }
                Ok(Self::Trajectory(rows))
            }
            other => Err(bad(1, format!("`{other}` is not a header this version writes"))),
        }
    }
}

const EPOCH_HEADER: &str = "epoch,step,elapsed_s,learning_rate,train_loss_running,train_loss,validation_loss,validation_accuracy,test_loss,test_accuracy";
const TRAJECTORY_HEADER: &str = "step,theta1,theta2,value";
