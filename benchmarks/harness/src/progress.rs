//! What the terminal shows while runs train.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use records::text::visible;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

/// One bar over all steps with the time left, and a line per finished run; without a terminal, lines only.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    quiet: bool,
    runs: usize,
    finished: AtomicUsize,
}

impl Progress {
    /// For `runs` runs of `steps` steps in all; `quiet` shows nothing.
    pub fn new(runs: usize, steps: u64, quiet: bool) -> Self {
        let visible = !quiet && std::io::stderr().is_terminal();
        let target =
            if visible { ProgressDrawTarget::stderr_with_hz(4) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(steps), target);
        let style = "{msg} [{bar:32}] {human_pos}/{human_len} steps, {elapsed} gone, {eta} to go";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style.progress_chars("=> "));
        }
        let progress = Self { bar, quiet, runs, finished: AtomicUsize::new(0) };
        progress.bar.set_message(format!("0/{runs} runs"));
        progress
    }

    /// Shows nothing, counts nothing.
    pub fn silent() -> Self {
        Self::new(0, 0, true)
    }

    pub(crate) fn steps(&self, steps: u64) {
        self.bar.inc(steps);
    }

    /// Says something in passing.
    pub(crate) fn note(&self, text: &str) {
        if self.quiet {
            return;
        }
        // Titles are those of others. What cannot be said is lost: a training goes on without a reader of its log.
        let text = visible(text);
        if self.bar.is_hidden() {
            let _ = std::io::stderr().write_all(format!("{text}\n").as_bytes());
        } else {
            self.bar.println(text);
        }
    }

    /// A run has ended.
    pub(crate) fn run(&self, description: &str) {
        let finished = self.finished.fetch_add(1, Ordering::Relaxed) + 1;
        self.bar.set_message(format!("{finished}/{} runs", self.runs));
        self.note(&format!("[{finished}/{}] {description}", self.runs));
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
