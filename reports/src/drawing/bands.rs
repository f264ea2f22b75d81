//! How many bands are seen at a time: more of them cover each other and the lines.

use super::figure::{Figure, Plot};

/// Entries whose bands are seen together; of more, the page shows the bands of some.
const SEEN: usize = 4;

/// Whether a drawing has more bands than are seen together.
pub(crate) fn is_crowded(plot: &Plot) -> bool {
    let bands = match plot {
        Plot::Curves(plot) => plot.series.iter().filter(|series| series.band.len() > 1).count(),
        Plot::Chart(plot) => plot.lines.iter().filter(|line| line.band.len() > 1).count(),
        Plot::Strip(_) | Plot::Levels(_) => 0,
    };
    bands > SEEN
}

/// What a caption says of figures whose bands are not all seen; nothing if there are none of them.
pub(crate) fn remark<'a>(mut figures: impl Iterator<Item = &'a Figure>) -> Option<&'static str> {
    figures.any(|figure| is_crowded(&figure.plot)).then_some(
        "Bands are seen of at most four entries at a time: of the one pointed at in the list of entries, or of those left \
         when others are hidden; their ends are in the CSV of the figure.",
    )
}
