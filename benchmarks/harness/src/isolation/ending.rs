//! How a worker ended, in words.

use std::process::ExitStatus;

/// Exit status of a training that was asked to stop.
const INTERRUPTED: i32 = 130;

/// What a worker's end means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It did what it was told, as far as others left it something to do.
    Well,
    /// It was asked to stop, and did.
    Stopped,
    /// It has said what is wrong, or could not even do that.
    Badly(Bad),
}

/// A bad end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bad {
    /// How it ended.
    pub how: String,
    /// What that is often due to.
    pub hint: Option<&'static str>,
    /// The end of what it said on stderr.
    pub said: String,
}

/// Whether it ended as one does that is asked to stop: by itself, or, while it was still starting, by the signal.
pub(super) fn is_interrupted(status: ExitStatus) -> bool {
    // Hang-up, interrupt, terminate.
    status.code() == Some(INTERRUPTED) || signal(status).is_some_and(|signal| [1, 2, 15].contains(&signal))
}

/// How a process ended.
pub(super) fn words(status: ExitStatus) -> String {
    match (status.code(), signal(status)) {
        (Some(2), _) => "exit status 2 (an error)".into(),
        (Some(101), _) => "exit status 101 (a panic)".into(),
        (Some(INTERRUPTED), _) => "exit status 130 (it was told to stop by a signal from elsewhere)".into(),
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => match name(signal) {
            Some(name) => format!("killed by signal {signal} ({name})"),
            None => format!("killed by signal {signal}"),
        },
        (None, None) => status.to_string(),
    }
}

/// What such an end is often due to.
pub(super) fn hint(status: ExitStatus) -> Option<&'static str> {
    match signal(status)? {
        // Abort: also what a stack overflow and a panic within a panic end with.
        6 => Some("An abort; a stack overflow ends like this, too, and says so."),
        9 => Some(
            "Somebody killed it. If nobody did, the system had no memory left (`dmesg` says so): fewer --jobs or --replicas need less.",
        ),
        _ => None,
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}

/// Names of the signals that end a process; those above 9 that differ between systems have Linux' numbers.
fn name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        7 if cfg!(target_os = "linux") => "SIGBUS",
        31 if cfg!(target_os = "linux") => "SIGSYS",
        _ => return None,
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn ends_have_words() {
        // As wait(2) has them: a signal in the low bits, a code in the byte above.
        let raw = ExitStatus::from_raw;
        assert_eq!(words(raw(11)), "killed by signal 11 (SIGSEGV)");
        assert_eq!(words(raw(9)), "killed by signal 9 (SIGKILL)");
        // With the bit of a core dump.
        assert_eq!(words(raw(6 | 0x80)), "killed by signal 6 (SIGABRT)");
        assert_eq!(words(raw(101 << 8)), "exit status 101 (a panic)");
        assert_eq!(words(raw(3 << 8)), "exit status 3");
        assert_eq!(words(raw(40)), "killed by signal 40");
        assert!(hint(raw(9)).is_some_and(|hint| hint.contains("memory")) && hint(raw(0)).is_none());
        for interrupted in [raw(130 << 8), raw(15), raw(1), raw(2)] {
            assert!(is_interrupted(interrupted));
        }
        assert!(!is_interrupted(raw(9)) && !is_interrupted(raw(0)));
    }
}
