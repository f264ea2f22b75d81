//! The way in which a study chooses hyper-parameters.

use super::StudyTask;
use crate::EntrySettings;
use crate::optimizers::SearchRange;
use records::Track;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A way of choosing hyper-parameters, the same for every entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TrackSettings {
    /// The optimizers' own defaults: no entry sets anything.
    Defaults {},
    /// Every entry leaves something open, and draws as many points for it.
    Tuned {
        /// See `trials` of a task's `tuning`.
        trials: u32,
        /// See `space` of a task's `tuning`.
        #[serde(default)]
        space: BTreeMap<String, SearchRange>,
    },
    /// As a paper has it.
    Paper {
        /// Which, and where its protocol stands.
        source: String,
    },
}

impl TrackSettings {
    /// Gives a task what the track says of its search.
    pub(super) fn lay_on(&self, task: &mut StudyTask) -> Result<Track, String> {
        match self {
            Self::Defaults {} => {
                let is_set = |entry: &&EntrySettings| !entry.hyper.is_empty() || !entry.grid.is_empty();
                match task.entries.iter().find(is_set) {
                    Some(entry) => Err(format!(
                        "entries: `{}` sets hyper-parameters, and the track is `defaults`; leave them out, or choose another track",
                        entry.name()
                    )),
                    None => Ok(Track::Defaults {}),
                }
            }
            Self::Tuned { trials, space } => {
                let is_closed =
                    |entry: &&EntrySettings| entry.open().next().is_none() || !entry.grid.is_empty();
                if let Some(entry) = task.entries.iter().find(is_closed) {
                    return Err(format!(
                        "entries: `{}` leaves nothing open, or is a grid, and the track is `tuned`; say `tuned` for its learning_rate",
                        entry.name()
                    ));
                }
                let Some(tuning) = &mut task.tuning else {
                    return Err(
                        "tuning: missing, and the track is `tuned`; say how the values are searched for"
                            .into(),
                    );
                };
                if tuning.trials.is_some() || tuning.refine.is_some() || !tuning.space.is_empty() {
                    return Err("tuning: trials, space and refine are the track's, the same on every task; leave them out".into());
                }
                tuning.trials = Some(*trials);
                tuning.space.clone_from(space);
                Ok(Track::Tuned { trials: *trials })
            }
            Self::Paper { source } => Ok(Track::Paper { source: source.clone() }),
        }
    }
}
