//! What several pages stand on: comparisons and their family, what was measured and when, what is the same under two names.

pub(crate) mod circumstances;
pub(crate) mod clock;
pub(crate) mod elsewhere;
pub(crate) mod family;
mod groups;
pub(crate) mod marks;
pub(crate) mod measured;
pub(crate) mod places;
pub(crate) mod progress;
pub(crate) mod published;
pub(crate) mod quantity;
pub(crate) mod race;
pub(crate) mod reach;
pub(crate) mod rules;
pub(crate) mod sameness;
pub(crate) mod sentences;
pub(crate) mod sparks;
pub(crate) mod step_times;
pub(crate) mod yardstick;

pub use elsewhere::{ElsewhereView, OursView};
pub use family::{ComparisonView, Comparisons};
pub use progress::Progress;
pub use published::PublishedView;
pub use reach::Reach;
pub use rules::RuleView;
pub use yardstick::MeasureView;

pub(super) use race::Race;
pub(super) use step_times::StepTimes;
pub(super) use yardstick::Yardstick;
