//! Time limits.

use serde::{Deserialize, Serialize};
use std::fmt;

const ACCEPTED: &str = "minutes, or text like \"01:30:00\" (hours), \"2-12\" (days and hours), \"1-00:30:00\", from one minute to a year";

/// A time limit in whole minutes, written as Slurm writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "String")]
pub struct TimeLimit {
    minutes: u32,
}

/// The longest one: a year.
const MOST_MINUTES: u32 = 366 * 24 * 60;

#[derive(Deserialize)]
#[serde(untagged, expecting = "a time limit: minutes, or text like \"01:30:00\"")]
enum Written {
    Minutes(u64),
    Text(String),
}

impl TimeLimit {
    /// So many minutes, within what is accepted.
    pub const fn minutes(minutes: u32) -> Self {
        Self {
            minutes: if minutes < 1 {
                1
            } else if minutes > MOST_MINUTES {
                MOST_MINUTES
            } else {
                minutes
            },
        }
    }

    /// The shortest one that lasts `seconds`.
    pub fn of_seconds(seconds: f64) -> Self {
        // A float that is too large, or none, becomes the nearest integer there is.
        Self::minutes((seconds / 60.0).ceil() as u32)
    }

    /// The forms of `sbatch --time`; seconds are rounded up to minutes.
    fn parse(text: &str) -> Option<u64> {
        let number = |part: &str| -> Option<u64> {
            (!part.is_empty() && part.len() <= 6 && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse().ok())?
        };
        let (days, clock) = match text.split_once('-') {
            Some((days, clock)) => (Some(number(days)?), clock),
            None => (None, text),
        };
        let parts = clock.split(':').map(number).collect::<Option<Vec<_>>>()?;
        let [hours, minutes, seconds] = match (days, &parts[..]) {
            (None, &[minutes]) => [0, minutes, 0],
            (None, &[minutes, seconds]) => [0, minutes, seconds],
            (Some(_), &[hours]) => [hours, 0, 0],
            (Some(_), &[hours, minutes]) => [hours, minutes, 0],
            (_, &[hours, minutes, seconds]) => [hours, minutes, seconds],
            _ => return None,
        };
        Some(days.unwrap_or(0) * 24 * 60 + hours * 60 + minutes + seconds.div_ceil(60))
    }
}

impl TryFrom<Written> for TimeLimit {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let (minutes, said) = match written {
            Written::Minutes(minutes) => (Some(minutes), minutes.to_string()),
            Written::Text(text) => (Self::parse(&text), format!("{text:?}")),
        };
        let minutes = minutes.and_then(|minutes| u32::try_from(minutes).ok());
        match minutes {
            Some(minutes) if (1..=MOST_MINUTES).contains(&minutes) => Ok(Self { minutes }),
            _ => Err(format!("{said} is no time limit; accepted: {ACCEPTED}")),
        }
    }
}

impl From<TimeLimit> for String {
    fn from(limit: TimeLimit) -> Self {
        limit.to_string()
    }
}

impl fmt::Display for TimeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, hours, minutes) = (self.minutes / 1440, self.minutes / 60 % 24, self.minutes % 60);
        if days > 0 {
            write!(f, "{days}-")?;
        }
        write!(f, "{hours:02}:{minutes:02}:00")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<TimeLimit, String> {
        serde_yaml::from_str(yaml).map_err(|e| e.to_string())
    }

    #[test]
    fn every_form_of_slurm_is_read_and_one_is_written() {
        for (yaml, shown) in [
            ("90", "01:30:00"),
            ("\"90\"", "01:30:00"),
            ("\"1:30\"", "00:02:00"),
            ("\"01:30:00\"", "01:30:00"),
            ("02:00:01", "02:01:00"),
            ("2-12", "2-12:00:00"),
            ("0-00:05", "00:05:00"),
            ("1-00:30:00", "1-00:30:00"),
        ] {
            let limit = read(yaml).unwrap();
            assert_eq!(limit.to_string(), shown, "{yaml}");
            assert_eq!(read(&format!("\"{shown}\"")).unwrap(), limit);
        }
        for bad in [
            "0",
            "-5",
            "\"\"",
            "\"1:2:3:4\"",
            "\"2 h\"",
            "\"1-\"",
            "UNLIMITED",
            "999999999",
            "[1]",
            "1.5",
            "\"-1\"",
            "\"1--2\"",
            "\"+5\"",
        ] {
            assert!(read(bad).is_err_and(|message| message.contains("01:30:00")), "{bad}: {:?}", read(bad));
        }
    }

    #[test]
    fn seconds_are_rounded_up_within_what_is_accepted() {
        let minutes = |seconds| TimeLimit::of_seconds(seconds).minutes;
        assert_eq!([minutes(0.0), minutes(60.0), minutes(60.1), minutes(3600.0)], [1, 1, 2, 60]);
        assert_eq!([minutes(f64::INFINITY), minutes(f64::NAN)], [MOST_MINUTES, 1]);
    }
}
