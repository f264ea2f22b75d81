//! The questions the report asks its tables: lazy polars queries, answers in ordered maps.

use super::Tables;
use super::schema::{self, curves, runs};
use polars::prelude::{DataFrame, DataType, Expr, IntoLazy, LazyFrame, PolarsResult, col, lit};
use std::collections::BTreeMap;

/// How many runs of an entry are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs the study plans.
    pub planned: u64,
    /// Runs that spent their budget.
    pub done: u64,
    /// Runs that diverged.
    pub diverged: u64,
    /// Runs without a record.
    pub missing: u64,
}

/// The primary metric of one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The seed block.
    pub repetition: u64,
    /// The metric as it enters estimates; a diverged training has the worst that its measure knows.
    pub value: f64,
    /// Whether the run diverged.
    pub diverged: bool,
}

/// How a planned run stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    /// [`schema::DONE`], [`schema::DIVERGED`] or [`schema::MISSING`].
    pub status: &'static str,
    /// The primary metric as it enters estimates, if there is one.
    pub score: Option<f64>,
}

/// What an entry costs, averaged over its runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Median seconds of training.
    pub training_s: Option<f64>,
    /// Bytes of optimizer state per parameter.
    pub state_bytes_per_parameter: Option<f64>,
}

/// A metric over runs of an entry at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Epochs or steps.
    pub x: f64,
    /// Runs measured there.
    pub n: u64,
    /// Mean.
    pub mean: f64,
    /// Smallest.
    pub low: f64,
    /// Largest.
    pub high: f64,
}

/// One run's measurements.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Whether the run diverged.
    pub diverged: bool,
    /// Pairs of x and metric, finite, by increasing x.
    pub points: Vec<(f64, f64)>,
}

impl Tables {
    /// States of the runs by entry.
    ///
    /// # Errors
    /// If polars fails, which would be a defect.
    pub fn counts(&self, task: &str) -> PolarsResult<BTreeMap<String, Counts>> {
        let is = |status: &str| {
            col(schema::STATUS).eq(lit(status.to_string())).cast(DataType::Float64).sum().alias(status)
        };
        let table = self
            .runs_of(task)
            .with_column(lit(1.0).alias("one"))
            .group_by([col(schema::ENTRY)])
            .agg([
                col("one").sum().alias("planned"),
                is(schema::DONE),
                is(schema::DIVERGED),
                is(schema::MISSING),
            ])
            .collect()?;
        let entries = texts(&table, schema::ENTRY)?;
        let columns = ["planned", schema::DONE, schema::DIVERGED, schema::MISSING]
            .iter()
            .map(|name| numbers(&table, name))
            .collect::<PolarsResult<Vec<_>>>()?;
        let cell = |c: usize, i: usize| columns[c][i].unwrap_or(0.0) as u64;
        Ok(entries
            .into_iter()
            .enumerate()
            .map(|(i, entry)| {
                let counts = Counts {
                    planned: cell(0, i),
                    done: cell(1, i),
                    diverged: cell(2, i),
                    missing: cell(3, i),
                };
                (entry, counts)
            })
            .collect())
    }

    /// Primary metric of every run made, by entry, by increasing repetition.
    ///
    /// # Errors
    /// If polars fails, which would be a defect.
    pub fn scores(&self, task: &str) -> PolarsResult<BTreeMap<String, Vec<Score>>> {
        let table = self
            .runs_of(task)
            .filter(col(runs::SCORE).is_not_null())
            .sort([schema::ENTRY, schema::REPETITION], Default::default())
            .select([
                col(schema::ENTRY),
                col(schema::REPETITION).cast(DataType::Float64),
                col(schema::STATUS),
                col(runs::SCORE),
            ])
            .collect()?;
        let (repetitions, values) = (numbers(&table, schema::REPETITION)?, numbers(&table, runs::SCORE)?);
        let statuses = texts(&table, schema::STATUS)?;
        let mut scores: BTreeMap<String, Vec<Score>> = BTreeMap::new();
        for (i, entry) in texts(&table, schema::ENTRY)?.into_iter().enumerate() {
            if let (Some(repetition), Some(value)) = (repetitions[i], values[i]) {
                let diverged = statuses[i] == schema::DIVERGED;
                scores.entry(entry).or_default().push(Score {
                    repetition: repetition as u64,
                    value,
                    diverged,
                });
            }
        }
        Ok(scores)
    }

    /// Fingerprints of the runs made, by entry and repetition.
    ///
    /// # Errors
    /// If polars fails, which would be a defect.
    pub fn fingerprints(&self, task: &str) -> PolarsResult<BTreeMap<String, BTreeMap<u64, String>>> {
        let table = self
            .runs_of(task)
            .filter(col(runs::FINGERPRINT).is_not_null())
            .select([
                col(schema::ENTRY),
                col(schema::REPETITION).cast(DataType::Float64),
                col(runs::FINGERPRINT),
            ])
            .collect()?;
        let entries = texts(&table, schema::ENTRY)?.into_iter().zip(numbers(&table, schema::REPETITION)?);
        let mut prints: BTreeMap<String, BTreeMap<u64, String>> = BTreeMap::new();
        for ((entry, repetition), print) in entries.zip(texts(&table, runs::FINGERPRINT)?) {
            prints.entry(entry).or_default().insert(repetition.unwrap_or_default() as u64, print);
        }
        Ok(prints)
    }

    /// State of every planned run, keyed by entry, repetition and name.
    ///
    /// # Errors
    /// If polars fails, which would be a defect.
    pub fn planned(&self, task: &str) -> PolarsResult<BTreeMap<(String, u64, String), State>> {
        let table = self
            .runs_of(task)
            .select([
                col(schema::ENTRY),
                col(schema::REPETITION).cast(DataType::Float64),
                col(runs::ID),
                col(schema::STATUS),
                col(runs::SCORE),
            ])
            .collect()?;
        let scores = numbers(&table, runs::SCORE)?;
        let (ids, statuses) = (texts(&table, runs::ID)?, texts(&table, schema::STATUS)?);
        let repetitions = numbers(&table, schema::REPETITION)?;
        let keys = texts(&table, schema::ENTRY)?.into_iter().zip(repetitions).zip(ids);
        Ok(keys
            .zip(statuses.into_iter().zip(scores))
            .map(|(((entry, repetition), id), (status, score))| {
                let status = [schema::DONE, schema::DIVERGED].into_iter().find(|s| *s == status);
                let state = State { status: status.unwrap_or(schema::MISSING), score };
                ((entry, repetition.unwrap_or_default() as u64, id), state)
            })
            .collect())
    }

    /// State of every planned run, keyed by entry and repetition.
    ///
    /// # Errors
    /// If polars fails, which would be a defect.
    pub fn statuses(&self, task: &str) -> PolarsResult<BTreeMap<(String, u64), &'static str>> {
        let planned = self.planned(task)?;
        Ok(planned
            .into_iter()
            .map(|((entry, repetition, _), state)| ((entry, repetition), state.status))
            .collect())
    }

    /// Mean of a numeric column of the runs over the finished ones, by entry.
    ///
    /// # Errors
    /// If polars fails, which would be a defect.
    pub fn final_means(&self, task: &str, column: &str) -> PolarsResult<BTreeMap<String, f64>> {
        self.finished(task, column, col(column).mean())
    }

    /// An aggregate of a numeric column over the finished runs, by entry.
    fn finished(&self, task: &str, column: &str, aggregate: Expr) -> PolarsResult<BTreeMap<String, f64>> {
        let table = self
            .runs_of(task)
            .filter(col(schema::STATUS).eq(lit(schema::DONE)).and(col(column).is_not_null()))
            .group_by([col(schema::ENTRY)])
            .agg([aggregate])
            .collect()?;
        let values = numbers(&table, column)?;
        let entries = texts(&table, schema::ENTRY)?;
        Ok(entries.into_iter().zip(values).filter_map(|(entry, value)| Some((entry, value?))).collect())
    }

    /// Cost of every entry that has at least one run; time is over finished runs only.
    ///
    /// # Errors
    /// If polars fails, which would be a defect.
    pub fn costs(&self, task: &str) -> PolarsResult<BTreeMap<String, Cost>> {
        // One slow run says nothing of the others.
        let times = self.finished(task, runs::TRAINING_S, col(runs::TRAINING_S).median())?;
        let ratio =
            col(runs::STATE_BYTES).cast(DataType::Float64) / col(runs::PARAMETERS).cast(DataType::Float64);
        let table = self
            .runs_of(task)
            .filter(col(runs::PARAMETERS).gt(lit(0_u64)))
            .group_by([col(schema::ENTRY)])
            .agg([ratio.mean().alias(runs::STATE_BYTES)])
            .collect()?;
        let ratios = numbers(&table, runs::STATE_BYTES)?;
        Ok(texts(&table, schema::ENTRY)?
            .into_iter()
            .zip(ratios)
            .map(|(entry, state_bytes_per_parameter)| {
                let training_s = times.get(&entry).copied();
                (entry, Cost { training_s, state_bytes_per_parameter })
            })
            .collect())
    }

    /// A metric over the finished runs of each entry, by increasing `x`.
    ///
    /// # Errors
    /// If polars fails, which would be a defect.
    pub fn summary(&self, task: &str, x: &str, metric: &str) -> PolarsResult<BTreeMap<String, Vec<Summary>>> {
        let finished = self.curves_of(task).filter(col(schema::STATUS).eq(lit(schema::DONE)));
        Self::summarised(finished, x, metric)
    }

    /// A metric over all runs made of each entry, by increasing `x`, as long as each of them has a value: where the first
    /// ends early, a mean would go on as one of the others.
    ///
    /// # Errors
    /// If polars fails, which would be a defect.
    pub fn joint_summary(
        &self,
        task: &str,
        x: &str,
        metric: &str,
    ) -> PolarsResult<BTreeMap<String, Vec<Summary>>> {
        let counts = self.counts(task)?;
        let finite = self.curves_of(task).filter(col(metric).is_finite());
        let mut summary = Self::summarised(finite, x, metric)?;
        for (entry, points) in &mut summary {
            let made = counts.get(entry).map_or(0, |counts| counts.done + counts.diverged);
            let joint = points.iter().take_while(|point| point.n == made).count();
            points.truncate(joint);
        }
        summary.retain(|_, points| !points.is_empty());
        Ok(summary)
    }

    fn summarised(curves: LazyFrame, x: &str, metric: &str) -> PolarsResult<BTreeMap<String, Vec<Summary>>> {
        let table = curves
            .filter(col(metric).is_not_null())
            .with_column(col(x).cast(DataType::Float64))
            .group_by([col(schema::ENTRY), col(x)])
            .agg([
                col(metric).count().cast(DataType::Float64).alias("n"),
                col(metric).mean().alias("mean"),
                col(metric).min().alias("low"),
                col(metric).max().alias("high"),
            ])
            .sort([schema::ENTRY, x], Default::default())
            .collect()?;
        let columns = [x, "n", "mean", "low", "high"]
            .iter()
            .map(|name| numbers(&table, name))
            .collect::<PolarsResult<Vec<_>>>()?;
        let mut summary: BTreeMap<String, Vec<Summary>> = BTreeMap::new();
        for (i, entry) in texts(&table, schema::ENTRY)?.into_iter().enumerate() {
            let cell = |c: usize| columns[c][i].filter(|v| v.is_finite());
            let (Some(x), Some(n), Some(mean), Some(low), Some(high)) =
                (cell(0), cell(1), cell(2), cell(3), cell(4))
            else {
                continue;
            };
            let point = Summary { x, n: n as u64, mean, low, high };
            summary.entry(entry).or_default().push(point);
        }
        Ok(summary)
    }

    /// A metric run by run, keyed by entry and repetition.
    ///
    /// # Errors
    /// If polars fails, which would be a defect.
    pub fn lines(&self, task: &str, x: &str, metric: &str) -> PolarsResult<BTreeMap<(String, u64), Line>> {
        let table = self
            .curves_of(task)
            .select([
                col(curves::STEP).cast(DataType::Float64),
                col(x).cast(DataType::Float64).alias("x"),
                col(metric).alias("y"),
            ])
            .collect()?;
        let steps = numbers(&table, curves::STEP)?;
        let (xs, ys) = (numbers(&table, "x")?, numbers(&table, "y")?);
        let mut lines: BTreeMap<(String, u64), (bool, Vec<Measurement>)> = BTreeMap::new();
        let mut first = 0;
        // A run's rows lie together: no row has to be asked whose it is.
        for span in self.places.get(task).map_or(&[][..], |place| &place.spans) {
            let rows = first..first + span.rows;
            first = rows.end;
            let measured: Vec<Measurement> =
                rows.filter_map(|i| Some((steps[i]?, xs[i].unwrap_or(f64::NAN), ys[i]?))).collect();
            if !measured.is_empty() {
                let line = lines.entry((span.entry.clone(), span.repetition)).or_default();
                line.0 = span.diverged;
                line.1.extend(measured);
            }
        }
        let finite = |(_, x, y): Measurement| (x.is_finite() && y.is_finite()).then_some((x, y));
        Ok(lines
            .into_iter()
            .map(|(key, (diverged, mut measured))| {
                measured.sort_by(|a, b| a.0.total_cmp(&b.0));
                (key, Line { diverged, points: measured.into_iter().filter_map(finite).collect() })
            })
            .collect())
    }

    /// The runs of a task.
    fn runs_of(&self, task: &str) -> LazyFrame {
        let (first, count) = self.places.get(task).map_or((0, 0), |place| place.runs);
        self.runs.slice(first as i64, count).lazy()
    }

    /// The measurements of a task.
    fn curves_of(&self, task: &str) -> LazyFrame {
        let (first, count) = self.places.get(task).map_or((0, 0), |place| place.curves);
        self.curves.slice(first as i64, count).lazy()
    }
}

/// Step, x and metric.
type Measurement = (f64, f64, f64);

fn texts(table: &DataFrame, column: &str) -> PolarsResult<Vec<String>> {
    Ok(table.column(column)?.str()?.iter().map(|cell| cell.unwrap_or_default().to_string()).collect())
}

fn numbers(table: &DataFrame, column: &str) -> PolarsResult<Vec<Option<f64>>> {
    Ok(table.column(column)?.f64()?.iter().collect())
}
