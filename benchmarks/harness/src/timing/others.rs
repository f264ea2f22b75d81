//! What other processes do to a machine while something is measured on it.
//!
//! The system counts for how long its processors worked, and for how long they worked for this process: the rest was for others.
//! Time that a virtual machine's processors were taken away for is others', too.

use std::time::Duration;

/// Processor time of others, in cores, above which a machine is not idle. An idle system takes 0.01 to 0.03 for itself. As much as a
/// tenth of one core, should it be the core in use, makes a step a tenth longer: more than the rules of most optimizers differ by.
pub const MOST_OTHERS_CORES: f64 = 0.1;
/// For how long a machine is looked at before something is measured.
pub const LOOK: Duration = Duration::from_secs(1);
/// Ticks that a look has to last: of a tenth of them a third of the limit would be a single one.
const FEWEST_TICKS: u64 = 25;

/// Times that the system has counted up to a moment, in its ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessorTimes {
    /// At work, all processors together.
    busy: u64,
    /// At work or not.
    all: u64,
    /// At work for this process.
    own: u64,
    /// Number of processors.
    cores: u64,
}

impl ProcessorTimes {
    /// Of this moment; none where the system does not say.
    pub fn now() -> Option<Self> {
        let read = |path: &str| std::fs::read_to_string(path).ok();
        Self::parse(&read("/proc/stat")?, &read("/proc/self/stat")?)
    }

    /// From the texts of `/proc/stat` and `/proc/self/stat`.
    fn parse(system: &str, process: &str) -> Option<Self> {
        let is_of_a_core = |line: &&str| {
            line.strip_prefix("cpu").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        let cores = system.lines().filter(is_of_a_core).count() as u64;
        let line = system.lines().find_map(|line| line.strip_prefix("cpu "))?;
        let times: Vec<u64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
        // Time of guests is in that of users already.
        let [user, nice, kernel, idle, waiting, interrupts, soft_interrupts, stolen] = *times.get(..8)?
        else {
            return None;
        };
        let busy = user + nice + kernel + interrupts + soft_interrupts + stolen;
        // The name in brackets may hold anything; times of user and kernel are the 12th and 13th of what follows.
        let (_, rest) = process.rsplit_once(')')?;
        let own =
            rest.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<Vec<u64>, _>>().ok()?;
        let own = if own.len() == 2 { own.iter().sum() } else { return None };
        Some(Self { busy, all: busy + idle + waiting, own, cores })
    }

    /// Processor time that others took since an earlier moment, in cores; none if that was too short a time ago to say.
    pub fn others_since(&self, earlier: &Self) -> Option<f64> {
        let all = self.all.checked_sub(earlier.all)?;
        if self.cores == 0 || all < FEWEST_TICKS * self.cores {
            return None;
        }
        // Counted at different moments: a tick less than nothing is nothing.
        let busy = self.busy.checked_sub(earlier.busy)?;
        let others = busy.saturating_sub(self.own.checked_sub(earlier.own)?);
        Some(others as f64 / all as f64 * self.cores as f64)
    }
}

/// Looks at what others do for a while in which this process does nothing, in cores; none where that cannot be known.
pub fn look_at_others() -> Option<f64> {
    let before = ProcessorTimes::now()?;
    std::thread::sleep(LOOK);
    ProcessorTimes::now()?.others_since(&before)
}

/// Whether so much of others is too much for an idle machine. What is not known is not.
pub fn is_busy(others_cores: Option<f64>) -> bool {
    others_cores.is_some_and(|cores| cores > MOST_OTHERS_CORES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(total: &str, own: &str) -> ProcessorTimes {
        let system = format!("cpu  {total}\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu1 1 2 3 4 5 6 7 8 9 10\nctxt 5\n");
        let process = format!("77 (a ) 1 2) S 1 2 3 4 5 6 7 8 9 10 {own} 300 400 20 0 1");
        ProcessorTimes::parse(&system, &process).unwrap()
    }

    /// Four seconds of two processors are 800 ticks. At work: 150 + 10 + 60 + 5 + 5 + 20 = 250, of which this process 140 + 30:
    /// others have 80 of 800, two tenths of a core.
    #[test]
    fn others_are_what_is_left_of_the_time_at_work() {
        let before = at("1000 20 300 9000 100 7 8 9 0 0", "500 60");
        let after = at("1150 30 360 9530 120 12 13 29 40 0", "640 90");
        let others = after.others_since(&before).unwrap();
        assert!((others - 0.2).abs() < 1e-12, "{others}");
        assert!(is_busy(Some(others)) && !is_busy(Some(0.1)) && !is_busy(None));
    }

    #[test]
    fn what_cannot_be_said_is_not() {
        let before = at("1000 20 300 9000 100 7 8 9 0 0", "500 60");
        // 49 ticks of two processors: a quarter of a second has 50.
        assert_eq!(at("1000 20 300 9049 100 7 8 9 0 0", "500 60").others_since(&before), None);
        // This process took a tick more than all together did, as they are not counted at one moment.
        let after = at("1001 20 300 9099 100 7 8 9 0 0", "502 60");
        assert_eq!(after.others_since(&before), Some(0.0));
        // A system that counts nothing, or something else.
        let nothing = at("0 0 0 0 0 0 0 0 0 0", "0 0");
        assert_eq!(nothing.others_since(&nothing), None);
        assert_eq!(before.others_since(&after), None);
        for (system, process) in [("", ""), ("cpu  1 2 3\ncpu0 1\n", "1 (x) S"), ("cpu  a b", "")] {
            assert_eq!(ProcessorTimes::parse(system, process), None);
        }
    }
}
