//! A worker, as the process that started it sees it.

use super::Message;
use super::ending::{Bad, Ended, hint, is_interrupted, words};
use super::message::Order;
use crate::{Context, HarnessError};
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Between two looks at whether to stop.
const LOOK: Duration = Duration::from_millis(50);
/// A signal to all processes reaches one before the other, but not long before.
const GRACE: Duration = Duration::from_millis(500);
/// What is kept of stderr: its end.
const KEPT: usize = 8 << 10;

/// What is started for every population.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program, as it is called by hand.
    pub file: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

impl Program {
    fn command(&self) -> Command {
        // On Linux the very program that runs here, even if a new build has taken its place meanwhile.
        let itself = PathBuf::from("/proc/self/exe");
        let same = cfg!(target_os = "linux") && itself.exists();
        let mut command = Command::new(if same { &itself } else { &self.file });
        #[cfg(unix)]
        std::os::unix::process::CommandExt::arg0(&mut command, &self.file);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// Has a worker train what is ordered, shows what it says, and calls `stored` for every run that it has stored, with whether the
/// run diverged. If the training is to stop, so is the worker.
///
/// # Errors
/// If it cannot be started or cannot begin: then nor could any other.
pub(super) fn train(
    program: &Program,
    order: &Order,
    context: &Context<'_>,
    stored: impl FnMut(bool),
) -> Result<Ended, HarnessError> {
    let fails = |reason: String| HarnessError::Worker { reason };
    let mut child = program
        .command()
        .spawn()
        .map_err(|e| fails(format!("{} cannot be started ({e})", program.file.display())))?;
    let line = serde_json::to_string(order)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (sender, receiver) = channel::<Message>();
    let (is_ready, said) = std::thread::scope(|scope| {
        let said = scope.spawn(move || stderr.map(end_of).unwrap_or_default());
        scope.spawn(move || {
            for line in stdout.into_iter().flat_map(|out| BufReader::new(out).split(b'\n')) {
                // Something else may write to stdout, say a library.
                let Ok(line) = line else { break };
                if let Ok(message) = serde_json::from_slice(&line)
                    && sender.send(message).is_err()
                {
                    break;
                }
            }
        });
        let stdin = stdin.and_then(|mut stdin| {
            // If it is dead already, that is seen below.
            writeln!(stdin, "{line}").and_then(|()| stdin.flush()).ok().map(|()| stdin)
        });
        let is_ready = listen(&receiver, stdin, context, stored);
        (is_ready, said.join().unwrap_or_default())
    });
    let status = child.wait().map_err(|e| fails(format!("its end cannot be seen ({e})")))?;
    judge(status, said, is_ready, context)
}

/// Shows what a worker says until it has no more to say; closes its stdin when it is to stop. Whether it has begun.
fn listen(
    messages: &Receiver<Message>,
    mut stdin: Option<ChildStdin>,
    context: &Context<'_>,
    mut stored: impl FnMut(bool),
) -> bool {
    let mut is_ready = false;
    loop {
        match messages.recv_timeout(LOOK) {
            Ok(Message::Ready) => is_ready = true,
            Ok(Message::Steps(steps)) => match u64::try_from(steps) {
                Ok(steps) => context.progress.steps(steps),
                Err(_) => context.progress.back(steps.unsigned_abs()),
            },
            Ok(Message::Note(text)) => context.progress.note(&text),
            Ok(Message::Run { text, diverged }) => {
                stored(diverged);
                context.progress.run(&text, diverged);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return is_ready,
        }
        if context.stopped() {
            drop(stdin.take());
        }
    }
}

fn judge(
    status: ExitStatus,
    said: String,
    is_ready: bool,
    context: &Context<'_>,
) -> Result<Ended, HarnessError> {
    if status.success() {
        return Ok(Ended::Well);
    }
    if is_interrupted(status) {
        if !context.stopped() {
            std::thread::sleep(GRACE);
        }
        if context.stopped() {
            return Ok(Ended::Stopped);
        }
    }
    if !is_ready && status.code() == Some(2) {
        // It said why, in words meant for whoever called this process.
        let said = said.trim();
        let reason = said.strip_prefix("inna-bench: ").unwrap_or(said).to_owned();
        return Err(HarnessError::Worker { reason });
    }
    Ok(Ended::Badly(Bad { how: words(status), hint: hint(status), said }))
}

/// The end of a text, read to its end.
fn end_of(mut stream: impl Read) -> String {
    let (mut kept, mut bytes) = (Vec::new(), [0; 4096]);
    while let Ok(read) = stream.read(&mut bytes) {
        if read == 0 {
            break;
        }
        kept.extend_from_slice(&bytes[..read]);
        let beyond = kept.len().saturating_sub(KEPT);
        kept.drain(..beyond);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_long_text_is_kept() {
        let text = format!("{}the end", "x".repeat(3 * KEPT));
        let kept = end_of(text.as_bytes());
        assert!(kept.len() == KEPT && kept.ends_with("the end"));
        assert_eq!(end_of(&b"\xff short"[..]), "\u{fffd} short");
    }
}
