//! The probability that one does better than the other.

/// Share of all pairs (one value of each side) in which `a` is larger, ties counting half. `None` if a side is
/// empty.
pub fn probability_better(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let mut won = 0.0;
    for x in a {
        for y in b {
            won += if x > y { 1.0 } else { f64::from(u8::from(x == y)) * 0.5 };
        }
    }
    Some(won / (a.len() * b.len()) as f64)
}
