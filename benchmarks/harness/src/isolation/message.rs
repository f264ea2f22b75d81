//! What a process and its workers say to each other, in lines of JSON.

use crate::{HarnessError, PlannedTask, Run};
use records::Name;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Steps are told no more often than this.
const TOLD: Duration = Duration::from_millis(100);

/// What a worker is to train: the first line on its stdin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The task.
    pub task: Name,
    /// Names of the runs, which train together.
    pub runs: Vec<Name>,
    /// Whether the end of stdin means that whoever gave the order is gone. By hand it does not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub watched: bool,
}

impl Order {
    /// To train `runs` of `task`.
    pub(crate) fn of(task: &PlannedTask, runs: &[&Run]) -> Self {
        let runs = runs.iter().map(|run| run.id.clone()).collect();
        Self { task: task.name.clone(), runs, watched: true }
    }

    /// The same for whoever wants to see it again.
    pub(crate) fn by_hand(&self) -> Self {
        Self { watched: false, ..self.clone() }
    }
}

/// The order on stdin.
///
/// # Errors
/// If there is none.
pub fn order() -> Result<Order, HarnessError> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).map_err(|e| e.to_string());
    let order = read.and_then(|_| serde_json::from_str(&line).map_err(|e| e.to_string()));
    order.map_err(|reason| HarnessError::Order {
        reason: format!(
            "no order on stdin ({reason}). It is what `run --isolate` starts; by itself it wants a line like \
             {{\"task\": \"…\", \"runs\": [\"…\"]}}"
        ),
    })
}

/// Sets `stop` when stdin ends: the other end of the pipe is closed on purpose, or by the end of the process that had it.
pub fn watch(stop: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        stop.store(true, Ordering::Relaxed);
    });
}

/// What a worker says, a line each on its stdout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Message {
    /// It has planned the same and begins.
    Ready,
    /// Steps taken since it last said so; less than none if they are to be taken again.
    Steps(i64),
    /// Something in passing.
    Note(String),
    /// A run has been stored.
    Run {
        /// How it ended.
        text: String,
        /// Whether it diverged.
        diverged: bool,
    },
}

/// A worker's stdout.
pub(crate) struct Reporter(Mutex<Pending>);

struct Pending {
    out: Box<dyn Write + Send>,
    steps: i64,
    told: Instant,
}

impl Reporter {
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Self(Mutex::new(Pending { out: Box::new(out), steps: 0, told: Instant::now() }))
    }

    pub fn steps(&self, steps: i64) {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pending.steps += steps;
        if pending.told.elapsed() >= TOLD {
            pending.flush();
        }
    }

    pub fn say(&self, message: &Message) {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pending.flush();
        pending.line(message);
    }

    pub fn flush(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush();
    }
}

impl Pending {
    fn flush(&mut self) {
        self.told = Instant::now();
        match std::mem::take(&mut self.steps) {
            0 => {}
            steps => self.line(&Message::Steps(steps)),
        }
    }

    fn line(&mut self, message: &Message) {
        // In one piece; of a reader that is gone the end of stdin tells.
        let Ok(mut line) = serde_json::to_string(message) else { return };
        line.push('\n');
        let _ = self.out.write_all(line.as_bytes()).and_then(|()| self.out.flush());
    }
}

impl std::fmt::Debug for Reporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reporter")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn steps_are_gathered_and_told_before_anything_else() {
        let out = Shared::default();
        let reporter = Reporter::new(out.clone());
        reporter.say(&Message::Ready);
        reporter.steps(3);
        reporter.steps(4);
        reporter.say(&Message::Note("a\nb".into()));
        reporter.steps(-2);
        reporter.flush();
        reporter.say(&Message::Run { text: "t".into(), diverged: true });
        let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        let said: Vec<Message> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let run = Message::Run { text: "t".into(), diverged: true };
        let expected =
            [Message::Ready, Message::Steps(7), Message::Note("a\nb".into()), Message::Steps(-2), run];
        assert_eq!(said, expected);
    }

    #[test]
    fn an_order_by_hand_needs_no_more_than_names() {
        let order: Order = serde_json::from_str(r#"{"task": "t", "runs": ["a", "b"]}"#).unwrap();
        assert!(!order.watched && order.runs.len() == 2);
        assert!(serde_json::from_str::<Order>(r#"{"task": "../t", "runs": []}"#).is_err());
    }
}
