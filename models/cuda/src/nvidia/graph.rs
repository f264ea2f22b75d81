//! Work that is asked for again and again, as a graph of the driver's: what costs the host a call for every kernel costs it one, and one
//! more for each kernel whose arguments have changed.

use crate::device::lock;
use crate::nvidia::failed;
use crate::{DeviceError, Shape};
use cudarc::driver::result::{self as driver, DriverError};
use cudarc::driver::sys;
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;

/// The first driver that has all that is asked of it here.
pub(super) const DRIVER: i32 = 12_030;

/// A kernel's launch as the driver is given it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Launch {
    pub function: sys::CUfunction,
    pub shape: Shape,
    pub values: Vec<u64>,
}

impl Launch {
    /// Starts it, or has it recorded.
    ///
    /// # Safety
    /// The values must be those of the kernel's arguments.
    pub unsafe fn start(&self, stream: sys::CUstream) -> Result<(), DeviceError> {
        let ([gx, gy], [bx, by]) = (self.shape.grid, self.shape.block);
        let mut values = self.values.clone();
        let mut places = places(&mut values);
        // SAFETY: the caller's promise; the driver copies the arguments before it returns.
        unsafe { driver::launch_kernel(self.function, (gx, gy, 1), (bx, by, 1), 0, stream, &mut places) }
            .map_err(|e| failed("launching a kernel", e))
    }
}

fn places(values: &mut [u64]) -> Vec<*mut c_void> {
    values.iter_mut().map(|value| std::ptr::from_mut(value).cast()).collect()
}

/// A call of a recorded piece of work.
enum Call {
    Launch(Launch, sys::CUgraphNode),
    /// A product, by all it was asked for with.
    Product(Vec<u64>),
}

/// A piece of work that can be started by one call.
struct Graph {
    graph: sys::CUgraph,
    /// What is started.
    exec: sys::CUgraphExec,
    calls: Vec<Call>,
}

impl Graph {
    fn new(graph: sys::CUgraph, calls: Vec<Call>) -> Result<Self, DeviceError> {
        // SAFETY: a graph that was just recorded.
        let made = unsafe { driver::graph::instantiate(graph, sys::CUgraphInstantiate_flags(0)) };
        match made {
            Ok(exec) => Ok(Self { graph, exec, calls }),
            Err(error) => {
                // SAFETY: this function's own.
                let _ = unsafe { driver::graph::destroy(graph) };
                Err(failed("cuGraphInstantiate", error))
            }
        }
    }

    /// Brings call number `place` up to date.
    fn renew(&mut self, place: usize, launch: Launch) -> Result<(), DeviceError> {
        let Some(Call::Launch(last, node)) = self.calls.get_mut(place) else { return Err(other_work()) };
        if (last.function, last.shape) != (launch.function, launch.shape) {
            return Err(other_work());
        }
        if *last == launch {
            return Ok(());
        }
        let ([gx, gy], [bx, by]) = (launch.shape.grid, launch.shape.block);
        let mut values = launch.values.clone();
        let mut places = places(&mut values);
        let parameters = sys::CUDA_KERNEL_NODE_PARAMS_v2_st {
            func: launch.function,
            gridDimX: gx,
            gridDimY: gy,
            gridDimZ: 1,
            blockDimX: bx,
            blockDimY: by,
            blockDimZ: 1,
            sharedMemBytes: 0,
            kernelParams: places.as_mut_ptr(),
            extra: std::ptr::null_mut(),
            kern: std::ptr::null_mut(),
            ctx: std::ptr::null_mut(),
        };
        // SAFETY: a node of the graph that is started; the driver copies the arguments before it returns.
        unsafe { sys::cuGraphExecKernelNodeSetParams_v2(self.exec, *node, &raw const parameters) }
            .result()
            .map_err(|e| failed("cuGraphExecKernelNodeSetParams", e))?;
        *last = launch;
        Ok(())
    }

    fn start(&self, stream: sys::CUstream) -> Result<(), DeviceError> {
        // SAFETY: both are alive.
        unsafe { driver::graph::launch(self.exec, stream) }.map_err(|e| failed("cuGraphLaunch", e))
    }
}

impl Drop for Graph {
    fn drop(&mut self) {
        // Nothing can be done about failures here.
        // SAFETY: both are this value's own; what is under way of it ends undisturbed.
        unsafe {
            let _ = driver::graph::exec_destroy(self.exec);
            let _ = driver::graph::destroy(self.graph);
        }
    }
}

/// What is done with what is asked for.
enum Mode {
    /// It is recorded, and not started.
    Recording(Vec<Call>),
    /// It is compared with what was recorded, of which so many calls have come.
    Repeating(Graph, usize),
}

#[derive(Default)]
struct Turn {
    /// The thread whose work is recorded or repeated; others wait.
    owner: Option<ThreadId>,
    mode: Option<Mode>,
    /// Threads that wait for the device, during which nothing can be recorded.
    waiting: usize,
    graphs: BTreeMap<u64, Graph>,
    numbers: u64,
}

/// Who may ask a stream for something, and the graphs that were recorded on it.
#[derive(Default)]
pub(super) struct Graphs {
    turn: Mutex<Turn>,
    changed: Condvar,
}

impl Graphs {
    /// A number that nobody else has.
    pub fn number(&self) -> u64 {
        let mut turn = lock(&self.turn);
        turn.numbers += 1;
        turn.numbers
    }

    /// Gives up the graph of a number.
    pub fn forget(&self, number: u64) {
        drop(lock(&self.turn).graphs.remove(&number));
    }

    /// The turn, once no other thread has it.
    fn turn(&self, is_free: impl Fn(&Turn) -> bool) -> MutexGuard<'_, Turn> {
        let me = std::thread::current().id();
        let is_others = |turn: &mut Turn| turn.owner.is_some_and(|owner| owner != me) || !is_free(turn);
        self.changed.wait_while(lock(&self.turn), is_others).unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a kernel started, recorded, or brought up to date.
    ///
    /// # Safety
    /// The values must be those of the kernel's arguments.
    pub unsafe fn launch(&self, stream: sys::CUstream, launch: Launch) -> Result<(), DeviceError> {
        let mut turn = self.turn(|_| true);
        match &mut turn.mode {
            // SAFETY: the caller's promise.
            None => unsafe { launch.start(stream) },
            Some(Mode::Recording(calls)) => {
                // SAFETY: the caller's promise.
                unsafe { launch.start(stream)? };
                let node = recorded(stream).map_err(|e| failed("cuStreamGetCaptureInfo", e))?;
                calls.push(Call::Launch(launch, node));
                Ok(())
            }
            Some(Mode::Repeating(graph, place)) => {
                *place += 1;
                graph.renew(*place - 1, launch)
            }
        }
    }

    /// Has a product, known by `key`, started or recorded by `start`; one that is repeated has to be the same.
    pub fn multiply(
        &self,
        key: Vec<u64>,
        start: impl FnOnce() -> Result<(), DeviceError>,
    ) -> Result<(), DeviceError> {
        let mut turn = self.turn(|_| true);
        match &mut turn.mode {
            None => start(),
            Some(Mode::Recording(calls)) => {
                calls.push(Call::Product(key));
                start()
            }
            Some(Mode::Repeating(graph, place)) => {
                *place += 1;
                match &graph.calls.get(*place - 1) {
                    Some(Call::Product(last)) if *last == key => Ok(()),
                    _ => Err(other_work()),
                }
            }
        }
    }

    /// Whether this thread's work is being recorded or repeated.
    pub fn is_mine(&self) -> bool {
        lock(&self.turn).owner == Some(std::thread::current().id())
    }

    /// Has something else done on the stream, which cannot be part of what is repeated.
    pub fn outside<T>(&self, work: impl FnOnce() -> Result<T, DeviceError>) -> Result<T, DeviceError> {
        let turn = self.turn(|_| true);
        if turn.mode.is_some() { Err(other_work()) } else { work() }
    }

    /// Waits by `wait`, while others may ask for more.
    pub fn wait(&self, wait: impl FnOnce() -> Result<(), DeviceError>) -> Result<(), DeviceError> {
        let mut turn = self.turn(|_| true);
        if turn.mode.is_some() {
            return Err(other_work());
        }
        turn.waiting += 1;
        drop(turn);
        let waited = wait();
        lock(&self.turn).waiting -= 1;
        self.changed.notify_all();
        waited
    }

    /// Has `work` recorded if it is the first time that it comes by this number, and started as a whole. What fails leaves nothing of it.
    pub fn repeat(
        &self,
        stream: sys::CUstream,
        number: u64,
        work: &mut dyn FnMut() -> Result<(), DeviceError>,
    ) -> Result<(), DeviceError> {
        {
            // While somebody waits for the stream nothing can be recorded on it.
            let mut turn = self.turn(|turn| turn.waiting == 0 || turn.graphs.contains_key(&number));
            turn.mode = Some(match turn.graphs.remove(&number) {
                Some(graph) => Mode::Repeating(graph, 0),
                None => {
                    let mode = sys::CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
                    // SAFETY: the stream is alive, and nobody else asks it for something meanwhile.
                    unsafe { driver::stream::begin_capture(stream, mode) }
                        .map_err(|e| failed("cuStreamBeginCapture", e))?;
                    Mode::Recording(Vec::new())
                }
            });
            turn.owner = Some(std::thread::current().id());
        }
        let end = End { graphs: self, stream };
        let done = work();
        end.now(number, done)
    }
}

/// The end of a piece of work, which comes even if the work panics.
struct End<'a> {
    graphs: &'a Graphs,
    stream: sys::CUstream,
}

impl End<'_> {
    fn now(self, number: u64, done: Result<(), DeviceError>) -> Result<(), DeviceError> {
        let mut turn = lock(&self.graphs.turn);
        let graph = match turn.mode.take() {
            Some(Mode::Recording(calls)) => {
                // Whatever has become of the work, the stream has to be given back.
                // SAFETY: this thread has begun it.
                let recorded = unsafe { driver::stream::end_capture(self.stream) };
                if let (Err(_), Ok(graph)) = (&done, recorded) {
                    // SAFETY: nobody else knows of it.
                    let _ = unsafe { driver::graph::destroy(graph) };
                }
                done?;
                Graph::new(recorded.map_err(|e| failed("cuStreamEndCapture", e))?, calls)?
            }
            Some(Mode::Repeating(graph, place)) => {
                done?;
                if place != graph.calls.len() {
                    return Err(other_work());
                }
                graph
            }
            None => return done,
        };
        graph.start(self.stream)?;
        turn.graphs.insert(number, graph);
        Ok(())
    }
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut turn = lock(&self.graphs.turn);
        if let Some(Mode::Recording(_)) = turn.mode.take() {
            // SAFETY: this thread has begun it, and panics.
            let _ = unsafe { driver::stream::end_capture(self.stream) }.map(|graph| {
                // SAFETY: nobody else knows of it.
                unsafe { driver::graph::destroy(graph) }
            });
        }
        turn.owner = None;
        drop(turn);
        self.graphs.changed.notify_all();
    }
}

/// The node of what was recorded last.
fn recorded(stream: sys::CUstream) -> Result<sys::CUgraphNode, DriverError> {
    let mut status = sys::CUstreamCaptureStatus::CU_STREAM_CAPTURE_STATUS_NONE;
    let (mut nodes, mut edges, mut count) = (std::ptr::null(), std::ptr::null(), 0);
    // SAFETY: the stream is alive; what is not wanted may be null.
    unsafe {
        sys::cuStreamGetCaptureInfo_v3(
            stream,
            &raw mut status,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            &raw mut nodes,
            &raw mut edges,
            &raw mut count,
        )
        .result()?;
        // What comes next waits for what came last, and that alone: there is one stream.
        match (status, count) {
            (sys::CUstreamCaptureStatus::CU_STREAM_CAPTURE_STATUS_ACTIVE, 1) => Ok(*nodes),
            _ => Err(DriverError(sys::CUresult::CUDA_ERROR_STREAM_CAPTURE_INVALIDATED)),
        }
    }
}

fn other_work() -> DeviceError {
    let reason = "it asks for other work than before".into();
    DeviceError::Call { call: "repeating a step", reason }
}
