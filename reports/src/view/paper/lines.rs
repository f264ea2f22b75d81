//! A line of a paper's figure in numbers: where ours ends and how far that is from the published band.

use crate::drawing::Stroke;
use crate::tables::Summary;
use crate::view::results::quantity::Quantity;
use records::PublishedCurve;
use schemars::JsonSchema;
use serde::Serialize;

/// A line in numbers.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct PaperLineView {
    /// Name in the legend.
    pub label: String,
    /// Entry that was chosen for it by result, if it was.
    pub chosen: Option<String>,
    /// Colour and dash.
    pub stroke: Stroke,
    /// Finished runs behind the mean.
    pub n: u64,
    /// Diverged runs, which are not in the mean.
    pub diverged: u64,
    /// Mean of our finished runs at the end, printed.
    pub end: Option<String>,
    /// Epoch of that end.
    pub end_epoch: Option<u64>,
    /// The published line; none if there is none, or if it starts where ours has ended.
    pub published: Option<PublishedLineView>,
    /// Epoch that the published line starts at, if ours ends before it.
    pub published_from: Option<u64>,
}

/// A published line in numbers, and ours beside it.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct PublishedLineView {
    /// Epoch that is compared: the last published one that ours reaches.
    pub epoch: u64,
    /// Published value there, printed.
    pub value: String,
    /// Edges of the published band there, printed.
    pub band: Option<[String; 2]>,
    /// Ours there, printed; none without a run.
    pub ours: Option<String>,
    /// Whether ours lies in the band (or, without a band, within the tolerance of the value).
    pub inside: Option<bool>,
    /// The verdict in words: `inside`, `0.052 above`, `1.20 below`.
    pub verdict: Option<String>,
    /// Distance from the band, in the unit that is compared; zero inside.
    pub distance: Option<f64>,
    /// Share of the epochs from 1 on at which our mean lies in the band, printed.
    pub share: Option<String>,
    /// Why no verdict is given.
    pub incomparable: Option<String>,
}

pub(super) fn line_view(
    label: &str,
    chosen: Option<String>,
    stroke: &Stroke,
    ours: &[Summary],
    diverged: u64,
    published: Option<&PublishedCurve>,
    quantity: Quantity,
) -> PaperLineView {
    let end = ours.last();
    let view = published.and_then(|curve| published_view(curve, ours, quantity));
    let start = published.filter(|_| view.is_none()).and_then(|curve| curve.x.first());
    PaperLineView {
        label: label.into(),
        chosen,
        stroke: stroke.clone(),
        n: end.map_or(0, |s| s.n),
        diverged,
        end: end.map(|s| quantity.print(quantity.compared(s.mean))),
        end_epoch: end.map(|s| s.x as u64),
        published: view,
        published_from: start.map(|x| x.ceil() as u64),
    }
}

fn published_view(curve: &PublishedCurve, ours: &[Summary], quantity: Quantity) -> Option<PublishedLineView> {
    let reached = ours.last().map_or(f64::INFINITY, |s| s.x);
    let last = (0..curve.x.len().min(curve.y.len())).rev().find(|i| curve.x[*i] <= reached)?;
    let epoch = curve.x[last];
    let mine = ours.iter().rev().find(|s| s.x <= epoch).map(|s| quantity.compared(s.mean));
    let band = curve.band.get(last);
    let [low, high] =
        band.copied().unwrap_or([curve.y[last] - curve.tolerance, curve.y[last] + curve.tolerance]);
    let distance = mine.map(|m| (m - high).max(low - m).max(0.0));
    let verdict = mine.zip(distance).map(|(m, d)| {
        if d == 0.0 {
            return "inside".to_string();
        }
        let side = if m > high { "above" } else { "below" };
        let tolerated = if band.is_some() && d <= curve.tolerance { ", within the tolerance" } else { "" };
        format!(
            "{} {side}{tolerated}",
            quantity.print_difference(d, quantity.decimals(&[d])).trim_start_matches('+')
        )
    });
    let comparable = curve.incomparable.is_none();
    Some(PublishedLineView {
        epoch: epoch as u64,
        value: quantity.print(curve.y[last]),
        band: band.map(|b| b.map(|v| quantity.print(v))),
        ours: mine.map(|m| quantity.print(m)),
        inside: distance.map(|d| d == 0.0).filter(|_| comparable),
        verdict: verdict.filter(|_| comparable),
        distance: distance.filter(|_| comparable),
        share: share(curve, ours, quantity).filter(|_| comparable),
        incomparable: curve.incomparable.clone(),
    })
}

/// Share of the epochs from 1 on that both have, at which our mean lies in the band.
fn share(curve: &PublishedCurve, ours: &[Summary], quantity: Quantity) -> Option<String> {
    let inside: Vec<bool> = curve
        .x
        .iter()
        .zip(&curve.band)
        .filter(|(x, _)| **x >= 1.0)
        .filter_map(|(x, band)| {
            let mine = quantity.compared(ours.iter().find(|s| s.x == *x)?.mean);
            Some(mine >= band[0] && mine <= band[1])
        })
        .collect();
    let hits = inside.iter().filter(|i| **i).count();
    (!inside.is_empty()).then(|| format!("{:.0} %", 100.0 * hits as f64 / inside.len() as f64))
}
