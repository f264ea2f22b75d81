//! What the terminal shows while runs train.

use crate::isolation::{Message, Reporter};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use records::text::visible;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

/// One bar over all steps with the time left, and a line per finished run; without a terminal, lines only. Of a worker, messages to
/// the process that started it.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    quiet: bool,
    /// How many runs there are, or tasks, and which of the two.
    all: (usize, &'static str),
    finished: AtomicUsize,
    reporter: Option<Reporter>,
}

impl Progress {
    /// For `runs` runs of `steps` steps in all; `quiet` shows nothing.
    pub fn new(runs: usize, steps: u64, quiet: bool) -> Self {
        Self::of((runs, "runs"), steps, quiet)
    }

    /// For `tasks` tasks whose steps are timed; how many steps is to be said by [`Progress::expect`].
    pub fn timing(tasks: usize, quiet: bool) -> Self {
        Self::of((tasks, "tasks"), 0, quiet)
    }

    /// Says how many steps there are in all.
    pub fn expect(&self, steps: u64) {
        self.bar.set_length(steps);
    }

    fn of(all: (usize, &'static str), steps: u64, quiet: bool) -> Self {
        let visible = !quiet && std::io::stderr().is_terminal();
        let target =
            if visible { ProgressDrawTarget::stderr_with_hz(4) } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(steps), target);
        let style = "{msg} [{bar:32}] {human_pos}/{human_len} steps, {elapsed} gone, {eta} to go";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style.progress_chars("=> "));
        }
        let progress = Self { bar, quiet, all, finished: AtomicUsize::new(0), reporter: None };
        progress.bar.set_message(format!("0/{} {}", all.0, all.1));
        progress
    }

    /// Shows nothing, counts nothing.
    pub fn silent() -> Self {
        Self::new(0, 0, true)
    }

    /// Shows nothing here, and tells all of it on `out`: what a worker does.
    pub fn reporting(out: impl Write + Send + 'static) -> Self {
        Self { reporter: Some(Reporter::new(out)), ..Self::silent() }
    }

    /// A worker is about to begin.
    pub(crate) fn ready(&self) {
        self.tell(&Message::Ready);
    }

    /// Tells what a worker has not told yet.
    pub(crate) fn flush(&self) {
        self.reporter.iter().for_each(Reporter::flush);
    }

    fn tell(&self, message: &Message) {
        self.reporter.iter().for_each(|reporter| reporter.say(message));
    }

    pub(crate) fn steps(&self, steps: u64) {
        self.bar.inc(steps);
        self.reporter.iter().for_each(|reporter| reporter.steps(i64::try_from(steps).unwrap_or(i64::MAX)));
    }

    /// Steps that were counted have to be taken again.
    pub(crate) fn back(&self, steps: u64) {
        self.bar.dec(steps);
        self.reporter.iter().for_each(|reporter| reporter.steps(-i64::try_from(steps).unwrap_or(i64::MAX)));
    }

    /// Says something in passing.
    pub(crate) fn note(&self, text: &str) {
        self.tell(&Message::Note(text.to_owned()));
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

    /// A run, or the timing of a task, has ended.
    pub fn run(&self, description: &str, has_diverged: bool) {
        if self.reporter.is_some() {
            return self.tell(&Message::Run { text: description.to_owned(), diverged: has_diverged });
        }
        let finished = self.finished.fetch_add(1, Ordering::Relaxed) + 1;
        let (all, what) = self.all;
        self.bar.set_message(format!("{finished}/{all} {what}"));
        self.note(&format!("[{finished}/{all}] {description}"));
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
