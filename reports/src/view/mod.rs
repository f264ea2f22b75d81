//! The report as data: everything the pages show, and nothing they do not.
//!
//! Rendered from the tables and the manifest; written as `report.json`; the only thing figures and pages are
//! drawn from. Numbers stand beside their printed form where both are of use. A room per page, of the name of its template;
//! what several pages stand on is in [`results`], and a page may know another whose content it repeats, never the overview.

mod comparisons;
mod method;
mod optimizer;
mod overview;
mod paper;
mod provenance;
mod report;
mod results;
mod runs;
mod task;
mod theory;
mod tuning;

pub use comparisons::{ContestTask, ContestView};
pub use method::{MethodTask, MethodView, SmallestP};
pub use optimizer::{CheckView, OptimizerView, ParameterView, SearchOf, UseView};
pub use overview::{
    Commands, CostView, MatrixCell, MatrixRow, MatrixView, ProfileRow, ProfileView, ScoreView, StandingCell,
    StandingView, StandingsView,
};
pub use paper::{
    CandidateView, ChoiceView, ClaimTaskView, ClaimView, ErratumView, EvidenceView, LegendView, PanelView,
    PaperFigureView, PaperLineView, PaperView, PublishedLineView, SelectionView, VerdictCounts,
};
pub use provenance::ProvenanceView;
pub use report::Report;
pub use results::{
    ComparisonView, Comparisons, ElsewhereView, MeasureView, OursView, Progress, PublishedView, Reach,
    RuleView,
};
pub use runs::{RunView, RunsView};
pub use task::{
    EntryView, Estimate, LadderCell, LadderRow, LadderView, PairEntry, PairsData, PairsView, RunCell,
    SeedsView, TargetView, TaskView,
};
pub use theory::{ExhibitView, FindingView, TableView};
pub use tuning::{DefaultView, OptimismView, ResolutionView, SearchView, TrialRow, TuningView, WidthView};
