//! Changes in words, and numbers as they are printed beside them.

use super::RunCounts;
use super::earlier::Task;
use crate::words::text::{minus, percent, significant};

/// One sentence about the runs: counts of what they did, those that did nothing first.
pub(super) fn runs(counts: &RunCounts) -> String {
    let parts = [
        (counts.same, "is the same bit for bit", "are the same bit for bit"),
        (counts.other_results, "has another result", "have other results"),
        (counts.other_settings, "has other settings", "have other settings"),
        (counts.new, "is new", "are new"),
        (counts.gone, "is gone", "are gone"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(count, ..)| *count > 0)
        .enumerate()
        .map(|(i, (count, one, many))| {
            let noun = match (i, *count) {
                (0, 1) => " run",
                (0, _) => " runs",
                _ => "",
            };
            format!("{count}{noun} {}", if *count == 1 { one } else { many })
        })
        .collect();
    if said.is_empty() { "Neither side has a run.".into() } else { joined(&said) + "." }
}

/// The sentence of two reports that do not differ.
pub(super) fn nothing(counts: &RunCounts) -> String {
    let runs = match counts.same {
        0 => return "Nothing changed; neither side has a run.".into(),
        1 => "the one run is the same bit for bit".to_string(),
        n => format!("all {n} runs are the same bit for bit"),
    };
    format!("Nothing changed: {runs}, and so is everything computed from them.")
}

/// One sentence about everything else: what stands before the count, the count, and what is counted.
pub(super) fn others(parts: &[(&str, usize, &str, &str)]) -> String {
    let said: Vec<String> = parts
        .iter()
        .filter(|(_, count, ..)| *count > 0)
        .map(|(before, count, one, many)| {
            format!("{before} {count} {}", if *count == 1 { one } else { many }).trim().to_string()
        })
        .collect();
    let total: usize = parts.iter().map(|part| part.1).sum();
    match total {
        0 => "No estimate, verdict, setting or circumstance differs.".into(),
        _ => {
            // "the result of 2 entries differs", "3 settings differ".
            let verb = if said.len() == 1 && (total == 1 || said[0].starts_with("the ")) {
                "differs"
            } else {
                "differ"
            };
            let sentence = format!("{} {verb}.", joined(&said));
            let mut letters = sentence.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        }
    }
}

/// `a, b and c`.
fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// How the primary metric of a task is printed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Unit {
    /// A fraction, printed as a percentage; differences in percentage points.
    Percent,
    /// A number as it is.
    Plain,
    /// A number with its unit: it stands in one column with others.
    With(String),
}

impl Unit {
    pub(super) fn of(task: &Task) -> Self {
        match &task.measure {
            Some(measure) if measure.unit == "%" => Self::Percent,
            Some(measure) => Self::With(measure.unit.clone()),
            // Of a report that knows no measures.
            None if task.kind == "classification" => Self::Percent,
            None => Self::Plain,
        }
    }

    pub(super) fn print(&self, x: f64) -> String {
        match self {
            Self::Percent => percent(x),
            Self::Plain | Self::With(_) => self.whole(significant(x, 4)),
        }
    }

    /// A difference with its sign and three digits that count, however small it is.
    pub(super) fn difference(&self, x: f64) -> String {
        let scaled = if *self == Self::Percent { 100.0 * x } else { x };
        let text = significant(scaled, 3);
        self.whole(if scaled > 0.0 { format!("+{text}") } else { minus(&text) })
    }

    fn whole(&self, number: String) -> String {
        match self {
            Self::With(unit) => format!("{number} {unit}"),
            Self::Percent | Self::Plain => number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_count_and_agree_in_number() {
        let mut counts = RunCounts { same: 24, other_results: 3, new: 1, gone: 2, ..RunCounts::default() };
        assert_eq!(
            runs(&counts),
            "24 runs are the same bit for bit, 3 have other results, 1 is new and 2 are gone."
        );
        counts = RunCounts { other_results: 1, ..RunCounts::default() };
        assert_eq!(runs(&counts), "1 run has another result.");
        assert_eq!(runs(&RunCounts::default()), "Neither side has a run.");
        assert_eq!(
            others(&[("the result of", 2, "entry", "entries"), ("", 1, "setting", "settings")]),
            "The result of 2 entries and 1 setting differ."
        );
        assert_eq!(others(&[("the result of", 2, "entry", "entries")]), "The result of 2 entries differs.");
        assert_eq!(others(&[("", 3, "setting", "settings")]), "3 settings differ.");
    }

    #[test]
    fn small_differences_are_not_rounded_away() {
        assert_eq!(Unit::Percent.difference(0.1234 - 0.1233), "+0.0100");
        assert_eq!(Unit::Percent.difference(-1e-9), "\u{2212}1.00 × 10⁻⁷");
        assert_eq!(Unit::Plain.difference(0.0), "0");
        assert_eq!(Unit::With("nats".into()).difference(-0.5), "\u{2212}0.500 nats");
    }
}
