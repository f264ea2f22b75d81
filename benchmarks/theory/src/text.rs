//! Numbers and small tables as text.

use records::{ExhibitTable, Finding};

/// The paper.
pub(crate) const PAPER: &str =
    "Castera, Bolte, Févotte, Pauwels, An Inertial Newton Algorithm for Deep Learning, JMLR 22(134), 2021";

/// The paper on saddle points.
pub(crate) const SADDLE_PAPER: &str =
    "Castera, Inertial Newton Algorithms Avoiding Strict Saddle Points, J. Optim. Theory Appl. 199, 2023";

/// `x` to `digits` significant digits, as a number.
pub(crate) fn significant(x: f64, digits: usize) -> f64 {
    // What is not a number stays what it is.
    format!("{x:.*e}", digits.saturating_sub(1)).parse().unwrap_or(x)
}

/// `x` to `digits` significant digits, as text: plain between 0.001 and 100 000, else with a power of ten.
pub(crate) fn short(x: f64, digits: usize) -> String {
    if x == 0.0 {
        return "0".into();
    }
    let size = significant(x.abs(), digits);
    if !(1e-3..1e5).contains(&size) {
        return signed(x, format!("{size:.*e}", digits.saturating_sub(1)));
    }
    let before = libm::log10(size).floor() as i32;
    // The number itself: the digits before the point are printed even if there are more of them.
    signed(x, format!("{:.*}", (digits as i32 - 1 - before).max(0) as usize, x.abs()))
}

/// `x` with as many digits as it has; with a power of ten below 0.0001.
pub(crate) fn plain(x: f64) -> String {
    let size = x.abs();
    signed(x, if size == 0.0 || size >= 1e-4 { size.to_string() } else { format!("{size:e}") })
}

/// The text of a size with the sign of `x`, as prose prints it.
fn signed(x: f64, size: String) -> String {
    if x < 0.0 { format!("−{size}") } else { size }
}

/// `(0.5, 0.1)`.
pub(crate) fn pair([alpha, beta]: [f64; 2]) -> String {
    format!("({alpha}, {beta})")
}

/// A statement that theory predicts.
pub(crate) fn predicted(holds: bool, text: String) -> Finding {
    Finding { text, holds: Some(holds) }
}

/// A statement that only reports.
pub(crate) fn observed(text: String) -> Finding {
    Finding { text, holds: None }
}

/// A table.
pub(crate) fn table(columns: &[&str], rows: Vec<Vec<String>>) -> Option<ExhibitTable> {
    Some(ExhibitTable { columns: columns.iter().map(|name| (*name).to_owned()).collect(), rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_text() {
        assert_eq!(short(0.2, 3), "0.200");
        assert_eq!(short(0.02249, 3), "0.0225");
        assert_eq!(short(0.9999, 2), "1.0");
        assert_eq!(short(1234.4, 2), "1234");
        assert_eq!(short(8.72e-68, 2), "8.7e-68");
        assert_eq!(short(-1.9012, 3), "−1.90");
        assert_eq!(short(-5.48e-10, 2), "−5.5e-10");
        assert_eq!(short(0.0, 2), "0");
        assert_eq!(plain(-1.9), "−1.9");
        assert_eq!(plain(1e-9), "1e-9");
        assert_eq!(significant(123456.0, 3), 123000.0);
    }
}
