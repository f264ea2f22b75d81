//! The result in a few sentences, none stronger than the data.

use crate::view::results::Progress;
use crate::view::results::sentences::{compared, published};
use crate::view::task::TaskView;
use records::Manifest;

/// The sentences of the first page.
/// `same` are those about tasks that are one problem.
pub(crate) fn findings(
    manifest: &Manifest,
    tasks: &[TaskView],
    progress: &Progress,
    same: Vec<String>,
) -> Vec<String> {
    let joint: Vec<String> = manifest.joint.iter().flat_map(|joint| joint.remarks.clone()).collect();
    if progress.planned == 0 && !manifest.exhibits.is_empty() {
        return Vec::new();
    }
    if progress.done + progress.diverged == 0 {
        let none =
            format!("There are no results yet: none of the {} planned runs has been made.", progress.planned);
        return std::iter::once(none).chain(joint).collect();
    }
    let mut sentences = Vec::new();
    for task in tasks {
        sentences.extend(published(&task.published).into_iter().map(|s| format!("{}: {s}", task.title)));
    }
    let met = tasks.iter().flat_map(|task| task.comparisons.iter().map(|c| (task.title.as_str(), c)));
    sentences.extend(compared(&met.collect::<Vec<_>>()));
    sentences.extend(same);
    for task in tasks {
        sentences.extend(task.same.iter().map(|s| format!("{}: {s}", task.title)));
        let open = task.comparisons.iter().filter(|c| c.sentence.is_none() && !c.same_runs);
        let unsaid: Vec<usize> = open.map(|c| c.n).collect();
        let Some(n) = unsaid.iter().min() else { continue };
        let which = match (unsaid.len(), task.comparisons.len()) {
            (some, all) if some == all => String::new(),
            (some, all) => format!("{some} of {all} comparisons "),
        };
        sentences.push(format!(
            "{}: {which}exploratory, n = {n}; below {} common seeds nothing is said about which does better.",
            task.title,
            stats::verdict::FEWEST_PAIRS
        ));
    }
    if progress.diverged > 0 {
        sentences.push(match progress.diverged {
            1 => "One run diverged; it is kept, listed and counted.".into(),
            k => format!("{k} runs diverged; they are kept, listed and counted."),
        });
    }
    if progress.missing > 0 {
        sentences.push(format!(
            "{} of {} planned runs {} missing, so everything here is preliminary.",
            progress.missing,
            progress.planned,
            if progress.missing == 1 { "is" } else { "are" }
        ));
    }
    sentences.extend(joint);
    sentences
}
