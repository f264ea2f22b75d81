//! What a whole record looks like, digests apart: it is what its specification says it is.

use crate::{Curve, Outcome, Record};

/// What contradicts itself in a record, if anything does.
pub(crate) fn contradiction(record: &Record) -> Option<String> {
    let wanted = match record.specification.id() {
        Ok(id) => id,
        Err(error) => return Some(format!("its specification names no run: {error}")),
    };
    if wanted != record.id {
        return Some(format!(
            "it says it is run `{}`, but its specification is that of `{wanted}`",
            record.id
        ));
    }
    let (training_s, evaluation_s) = (record.provenance.training_s, record.provenance.evaluation_s);
    if ![training_s, evaluation_s].iter().all(|s| s.is_finite() && *s >= 0.0) {
        return Some(format!("it took {training_s} s of training and {evaluation_s} s of evaluation"));
    }
    let kind = match record.curve {
        Curve::Epochs(_) => "classification",
        Curve::Trajectory(_) => "function",
    };
    if record.specification.task_settings["kind"].as_str().is_some_and(|of_task| of_task != kind) {
        return Some("its curve is not of the kind that its task has".into());
    }
    let Curve::Epochs(rows) = &record.curve else { return trajectory(record) };
    if rows.is_empty() {
        return Some("its curve has no rows".into());
    }
    let settings = &record.specification.task_settings;
    let budget = settings["epochs"].as_u64();
    let every = settings["evaluate_every"].as_u64().unwrap_or(1).max(1);
    // The last epoch is evaluated whether or not its turn has come.
    let last = budget.map(|budget| budget.div_ceil(every));
    let expected = |i: usize| match budget {
        Some(budget) if last == Some(i as u64) => budget,
        _ => (i as u64).saturating_mul(every),
    };
    let turn = rows.iter().enumerate().find(|(i, row)| u64::from(row.epoch) != expected(*i));
    if let Some((i, row)) = turn {
        return Some(format!("row {} of its curve is epoch {}, expected {}", i + 1, row.epoch, expected(i)));
    }
    if rows.windows(2).any(|pair| pair[1].step <= pair[0].step) {
        return Some("the steps of its curve do not ascend".into());
    }
    let is_share = |x: f64| (0.0..=1.0).contains(&x);
    if let Some(row) = rows
        .iter()
        .find(|row| !row.test_accuracy.is_none_or(is_share) || !row.validation_accuracy.is_none_or(is_share))
    {
        return Some(format!("an accuracy of epoch {} is no share", row.epoch));
    }
    let budget = budget?;
    let (rows, all) = (rows.len() as u64, budget.div_ceil(every).saturating_add(1));
    match record.outcome {
        Outcome::Finished if rows != all => {
            Some(format!("it finished {budget} epochs, but its curve has {rows} rows, expected {all}"))
        }
        Outcome::Diverged { .. } if rows > all => {
            Some(format!("its curve has {rows} rows, more than the {all} of its {budget} epochs"))
        }
        _ => None,
    }
}

fn trajectory(record: &Record) -> Option<String> {
    let Curve::Trajectory(rows) = &record.curve else { return None };
    if rows.first().is_none_or(|row| row.step != 0) {
        return Some("its curve does not begin at step 0".into());
    }
    if rows.windows(2).any(|pair| pair[1].step <= pair[0].step) {
        return Some("the steps of its curve do not ascend".into());
    }
    let settings = &record.specification.task_settings;
    let (steps, every) = (settings["steps"].as_u64()?, settings["record_every"].as_u64()?.max(1));
    let (rows, all) = (rows.len() as u64, steps.div_ceil(every).saturating_add(1));
    match record.outcome {
        Outcome::Finished if rows != all => {
            Some(format!("it took {steps} steps, but its curve has {rows} rows, expected {all}"))
        }
        Outcome::Diverged { .. } if rows > all => Some(format!("its curve has {rows} rows, more than {all}")),
        _ => None,
    }
}
