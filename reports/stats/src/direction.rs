//! Which of two values is the better one.

use std::cmp::Ordering;

/// Whether larger or smaller values are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// As for an accuracy.
    Larger,
    /// As for a loss, an error, or a cost.
    Smaller,
}

impl Direction {
    /// By how much `value` is better than `baseline`; negative if it is worse.
    pub fn gain(self, value: f64, baseline: f64) -> f64 {
        match self {
            Self::Larger => value - baseline,
            Self::Smaller => baseline - value,
        }
    }

    /// Whether `value` is at `target` or better. What is not a number is not.
    pub fn reaches(self, value: f64, target: f64) -> bool {
        match self {
            Self::Larger => value >= target,
            Self::Smaller => value <= target,
        }
    }

    /// The order from worse to better.
    pub fn compare(self, a: f64, b: f64) -> Ordering {
        match self {
            Self::Larger => a.total_cmp(&b),
            Self::Smaller => b.total_cmp(&a),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions() {
        assert_eq!((Direction::Larger.gain(3.0, 1.0), Direction::Smaller.gain(3.0, 1.0)), (2.0, -2.0));
        assert!(Direction::Larger.reaches(1.0, 1.0) && Direction::Smaller.reaches(1.0, 1.0));
        assert!(Direction::Larger.reaches(2.0, 1.0) && !Direction::Smaller.reaches(2.0, 1.0));
        assert!(!Direction::Larger.reaches(f64::NAN, 1.0) && !Direction::Smaller.reaches(f64::NAN, 1.0));
        assert_eq!(Direction::Larger.compare(1.0, 2.0), Ordering::Less);
        assert_eq!(Direction::Smaller.compare(1.0, 2.0), Ordering::Greater);
    }
}
