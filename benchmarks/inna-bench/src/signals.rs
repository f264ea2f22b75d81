//! Signals that ask a training to end.

use anyhow::{Context, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What a second signal ends the process with, as shells do for SIGINT.
const INTERRUPTED: i32 = 130;

/// A flag that the first Ctrl-C, SIGTERM or SIGHUP sets: a training stops at its next step. A second one does not wait for the step to
/// end, for the store is valid at any moment.
pub(crate) fn stop_flag() -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM].into_iter().chain(hangup()) {
        // What is registered first is done first: the first signal finds the flag as it was.
        flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&flag))
            .and_then(|_| flag::register(signal, Arc::clone(&flag)))
            .with_context(|| format!("cannot listen for signal {signal}"))?;
    }
    Ok(flag)
}

/// SIGHUP, which a terminal sends that is closed, unless whoever started this wants it ignored: `nohup` does. Where that cannot be
/// seen, it is left alone.
fn hangup() -> Option<i32> {
    #[cfg(target_os = "linux")]
    {
        use signal_hook::consts::SIGHUP;
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        (!ignores(&status, SIGHUP)?).then_some(SIGHUP)
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// Whether a process with this `/proc/PID/status` ignores a signal; none if it does not say.
#[cfg(any(target_os = "linux", test))]
fn ignores(status: &str, signal: i32) -> Option<bool> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
    Some(mask >> (signal - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::ignores;

    #[test]
    fn the_mask_of_ignored_signals_is_read() {
        let status = |mask: &str| {
            format!("Name:\tinna-bench\nSigBlk:\t0000000000000001\nSigIgn:\t{mask}\nSigCgt:\t0\n")
        };
        // SIGPIPE, which is 13, is what Rust ignores.
        assert_eq!(ignores(&status("0000000000001000"), 1), Some(false));
        assert_eq!(ignores(&status("0000000000001000"), 13), Some(true));
        assert_eq!(ignores(&status("0000000000001001"), 1), Some(true));
        assert_eq!(ignores("Name:\tinna-bench\n", 1), None);
        assert_eq!(ignores(&status("?"), 1), None);
    }
}
