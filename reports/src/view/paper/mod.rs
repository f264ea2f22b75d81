//! The paper page: its claims decided, its figures made again, and what it leaves open.

mod claims;
mod evidence;
mod factor;
mod figures;
mod lines;
mod names;
mod runs;
mod trajectories;

pub use claims::{ClaimTaskView, ClaimView, VerdictCounts};
pub use evidence::EvidenceView;
pub use figures::{LegendView, PanelView, PaperFigureView};
pub use lines::{PaperLineView, PublishedLineView};
pub use names::{CandidateView, SelectionView};

use crate::drawing::Figure;
use crate::tables::Tables;
use crate::words::names::distinct;
use crate::words::text::value;
use polars::prelude::PolarsResult;
use records::{Choice, Erratum, Manifest};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

/// A paper, figure by figure and claim by claim.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct PaperView {
    /// The paper, where claims name it.
    pub source: Option<String>,
    /// Whether the claims are those of several papers.
    pub several: bool,
    /// How the claims came out.
    pub counts: VerdictCounts,
    /// The claims.
    pub claims: Vec<ClaimView>,
    /// Entries chosen by result.
    pub selections: Vec<SelectionView>,
    /// What is printed and does not fit what is drawn.
    pub errata: Vec<ErratumView>,
    /// The figures.
    pub figures: Vec<PaperFigureView>,
    /// Where the published curves come from.
    pub sources: BTreeSet<String>,
    /// What the paper leaves open.
    pub choices: Vec<ChoiceView>,
}

/// Something printed that the paper's own figures contradict.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct ErratumView {
    /// Where.
    pub place: String,
    /// What is printed.
    pub printed: String,
    /// What was found, and how.
    pub found: String,
}

impl From<&Erratum> for ErratumView {
    fn from(erratum: &Erratum) -> Self {
        Self { place: erratum.place.clone(), printed: erratum.printed.clone(), found: erratum.found.clone() }
    }
}

/// A setting that a paper leaves open.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct ChoiceView {
    /// Heading of the task it is made for; none for the whole study.
    pub task: Option<String>,
    /// The setting.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Why this one.
    pub reason: String,
}

impl PaperView {
    /// The page, if the study has anything for it.
    pub(super) fn new(manifest: &Manifest, tables: &Tables) -> PolarsResult<Option<Self>> {
        if manifest.figures.is_empty() && manifest.claims.is_none() {
            return Ok(None);
        }
        let listed = manifest.claims.as_ref();
        let claims = listed
            .map_or(&[][..], |c| &c.claims)
            .iter()
            .map(|claim| claims::claim(manifest, tables, claim))
            .collect::<PolarsResult<Vec<_>>>()?;
        let mut figures = manifest
            .figures
            .iter()
            .map(|figure| figures::figure(manifest, tables, figure))
            .collect::<PolarsResult<Vec<_>>>()?;
        let names = distinct(figures.iter().map(|figure| figure.name.clone()));
        figures.iter_mut().zip(names).for_each(|(figure, name)| figure.name = name);
        let choice = |task: Option<&str>, c: &Choice| ChoiceView {
            task: task.map(String::from),
            key: c.key.clone(),
            value: value(&c.value),
            reason: c.reason.clone(),
        };
        let mut choices: Vec<ChoiceView> = manifest.choices.iter().map(|c| choice(None, c)).collect();
        for task in &manifest.tasks {
            choices.extend(task.choices.iter().map(|c| choice(Some(&task.title), c)));
        }
        Ok(Some(Self {
            source: listed.map(|c| c.source.clone()),
            several: claims.iter().any(|claim| claim.source.is_some()),
            counts: VerdictCounts::of(&claims),
            claims,
            selections: names::selections(manifest, tables)?,
            errata: listed.into_iter().flat_map(|c| &c.errata).map(ErratumView::from).collect(),
            sources: if figures.iter().any(|f| f.published) {
                manifest.tasks.iter().flat_map(|t| &t.paper).map(|c| c.source.clone()).collect()
            } else {
                BTreeSet::new()
            },
            figures,
            choices,
        }))
    }

    /// The same as [`Self::drawings`].
    pub(super) fn drawings_mut(&mut self) -> impl Iterator<Item = &mut Figure> {
        self.figures.iter_mut().flat_map(|f| &mut f.panels).map(|p| &mut p.figure)
    }

    /// Everything drawn on the page.
    pub(crate) fn drawings(&self) -> impl Iterator<Item = &Figure> {
        self.figures.iter().flat_map(|f| &f.panels).map(|p| &p.figure)
    }
}
