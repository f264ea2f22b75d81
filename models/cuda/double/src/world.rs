//! The state that the three libraries share. They are libraries of C, whose functions have nothing else to keep it in.

use crate::driver::Kernel;
use crate::graph::{Capture, Node};
use crate::memory::Memory;
use cuda::host::Launcher;
use libloading::Library;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Codes of `CUresult` in cuda.h.
pub(crate) mod code {
    pub const SUCCESS: u32 = 0;
    pub const INVALID_VALUE: u32 = 1;
    pub const OUT_OF_MEMORY: u32 = 2;
    pub const NOT_INITIALIZED: u32 = 3;
    pub const INVALID_DEVICE: u32 = 101;
    pub const INVALID_IMAGE: u32 = 200;
    pub const INVALID_CONTEXT: u32 = 201;
    pub const INVALID_HANDLE: u32 = 400;
    pub const ILLEGAL_STATE: u32 = 401;
    pub const NOT_FOUND: u32 = 500;
    pub const LAUNCH_FAILED: u32 = 719;
    pub const CAPTURE_UNSUPPORTED: u32 = 900;
    pub const CAPTURE_INVALIDATED: u32 = 901;
    pub const CAPTURE_WRONG_THREAD: u32 = 908;
}

/// The one context and the one stream, as handles.
pub(crate) const CONTEXT: usize = 0xC0;
pub(crate) const STREAM: usize = 0x50;

/// What the stream has to do; it says what went wrong.
pub(crate) type Work = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// The same, of which a kernel's arguments are known.
#[derive(Clone)]
pub(crate) enum Task {
    Kernel(Kernel),
    Other(Work),
}

/// A kernel of a loaded module.
pub(crate) struct Function {
    pub name: String,
    /// Where its code is.
    pub module: usize,
    pub launch: Launcher,
    /// Bytes of each argument.
    pub widths: Vec<u8>,
}

#[derive(Default)]
pub(crate) struct World {
    pub initialised: bool,
    pub retained: u32,
    pub streams: u32,
    pub memory: Memory,
    pub modules: BTreeMap<usize, Arc<Library>>,
    pub functions: BTreeMap<usize, Arc<Function>>,
    pub programs: BTreeMap<usize, crate::nvrtc::Program>,
    pub handles: u32,
    pub workspace: bool,
    next: usize,
    queue: Vec<Task>,
    pub capture: Option<Capture>,
    /// Graphs, and those that can be started.
    pub graphs: BTreeMap<usize, Vec<Node>>,
    pub started: BTreeMap<usize, Vec<Node>>,
    /// What every call answers since one has failed.
    pub lost: Option<u32>,
    calls: u64,
    log: Option<File>,
}

static WORLD: Mutex<Option<World>> = Mutex::new(None);

thread_local! {
    /// Whether the context is current on this thread.
    static CURRENT: Cell<bool> = const { Cell::new(false) };
}

pub(crate) fn set_current(is_current: bool) {
    CURRENT.set(is_current);
}

/// The state, for as long as this lives.
pub(crate) struct Entered(MutexGuard<'static, Option<World>>);

impl std::ops::Deref for Entered {
    type Target = World;
    #[expect(clippy::expect_used, reason = "`enter` has put it there")]
    fn deref(&self) -> &World {
        self.0.as_ref().expect("the state is there")
    }
}

impl std::ops::DerefMut for Entered {
    #[expect(clippy::expect_used, reason = "`enter` has put it there")]
    fn deref_mut(&mut self) -> &mut World {
        self.0.as_mut().expect("the state is there")
    }
}

/// A number of the environment.
pub(crate) fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The state, whatever it is in.
pub(crate) fn enter() -> Entered {
    let mut world = WORLD.lock().unwrap_or_else(PoisonError::into_inner);
    world.get_or_insert_with(|| World {
        log: std::env::var_os("DOUBLE_LOG")
            .and_then(|file| File::options().create(true).append(true).open(file).ok()),
        ..World::default()
    });
    Entered(world)
}

/// The state for a call that may fail, and does if it is its turn.
pub(crate) fn call() -> Result<Entered, u32> {
    let mut world = enter();
    if let Some(code) = world.lost {
        return Err(code);
    }
    world.calls += 1;
    if setting("DOUBLE_FAIL_AT") == Some(world.calls) {
        world.lost = Some(code::LAUNCH_FAILED);
        return Err(code::LAUNCH_FAILED);
    }
    Ok(world)
}

/// The state for a call that needs the context.
pub(crate) fn call_in_context() -> Result<Entered, u32> {
    let world = call()?;
    match (world.initialised, CURRENT.get()) {
        (false, _) => Err(code::NOT_INITIALIZED),
        (_, false) => Err(code::INVALID_CONTEXT),
        _ => Ok(world),
    }
}

impl World {
    /// A handle that none was before.
    pub fn handle(&mut self) -> usize {
        self.next += 16;
        0x1000 + self.next
    }

    /// Has something done when it is its turn, or captured.
    pub fn enqueue(&mut self, task: Task) {
        let handle = self.handle();
        match &mut self.capture {
            Some(capture) => capture.push(handle, task),
            None => self.queue.push(task),
        }
    }

    /// Whether there is something to do; a device that is lost does nothing any more.
    pub fn is_at_work(&self) -> bool {
        self.lost.is_none() && !self.queue.is_empty()
    }

    /// Does what was asked for so far.
    pub fn drain(&mut self) {
        for task in std::mem::take(&mut self.queue) {
            let problem = match task {
                Task::Kernel(kernel) => kernel.run(),
                Task::Other(work) => work(),
            };
            if let Some(problem) = problem {
                self.say(format_args!("problem {problem}"));
                self.lost = Some(code::LAUNCH_FAILED);
                return;
            }
        }
    }

    pub fn say(&mut self, line: std::fmt::Arguments<'_>) {
        if let Some(log) = &mut self.log {
            // A log that cannot be written is no reason to fail.
            let _ = writeln!(log, "{line}");
        }
    }
}

/// What C is answered.
pub(crate) fn answer(result: Result<(), u32>) -> u32 {
    result.err().unwrap_or(code::SUCCESS)
}
