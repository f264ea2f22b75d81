//! Graphs: what a stream is asked for while it is captured, started as a whole.

use crate::driver::{Kernel, is_possible};
use crate::world::{Entered, STREAM, Task, answer, call_in_context, code, enter};
use std::ffi::{c_int, c_uint, c_void};
use std::sync::Arc;
use std::thread::ThreadId;

/// The mode of a capture that minds the calls of its own thread alone.
const THREAD_LOCAL: c_int = 1;
/// Codes of `CUstreamCaptureStatus`.
const NONE: c_int = 0;
const ACTIVE: c_int = 1;
const INVALIDATED: c_int = 2;

/// A node, by its handle, and what it does.
#[derive(Clone)]
pub(crate) struct Node {
    handle: usize,
    task: Task,
}

/// A capture under way.
pub(crate) struct Capture {
    thread: ThreadId,
    nodes: Vec<Node>,
    is_valid: bool,
    /// The handle of the last node, where the caller of `cuStreamGetCaptureInfo` is sent to.
    last: Box<usize>,
}

impl Capture {
    /// Takes up what comes next on the stream.
    pub fn push(&mut self, handle: usize, task: Task) {
        *self.last = handle;
        self.nodes.push(Node { handle, task });
    }
}

/// The state for a call that a thread must not make while it captures; the capture is lost if it does.
pub(crate) fn call_outside_of_own_capture() -> Result<Entered, u32> {
    let me = std::thread::current().id();
    outside(|capture| capture.thread == me)
}

/// The state for a call that nobody must make while the stream is captured; likewise.
pub(crate) fn call_outside_of_capture() -> Result<Entered, u32> {
    outside(|_| true)
}

fn outside(is_hurt: impl Fn(&Capture) -> bool) -> Result<Entered, u32> {
    let mut world = call_in_context()?;
    match world.capture.as_mut().filter(|capture| is_hurt(capture)) {
        Some(capture) => {
            capture.is_valid = false;
            Err(code::CAPTURE_UNSUPPORTED)
        }
        None => Ok(world),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn cuStreamBeginCapture_v2(stream: usize, mode: c_int) -> u32 {
    answer(call_in_context().and_then(|mut world| {
        if stream != STREAM || mode != THREAD_LOCAL {
            return Err(code::INVALID_VALUE);
        }
        if world.capture.is_some() {
            return Err(code::ILLEGAL_STATE);
        }
        let thread = std::thread::current().id();
        world.capture = Some(Capture { thread, nodes: Vec::new(), is_valid: true, last: Box::new(0) });
        Ok(())
    }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuStreamEndCapture(stream: usize, graph: *mut usize) -> u32 {
    let mut world = enter();
    // SAFETY: the caller's handle.
    unsafe { graph.write(0) };
    // Even where the device is lost, the stream is given back.
    let Some(capture) = world.capture.take().filter(|_| stream == STREAM) else { return code::ILLEGAL_STATE };
    if capture.thread != std::thread::current().id() {
        return code::CAPTURE_WRONG_THREAD;
    }
    if let Some(lost) = world.lost {
        return lost;
    }
    if !capture.is_valid {
        return code::CAPTURE_INVALIDATED;
    }
    let handle = world.handle();
    world.graphs.insert(handle, capture.nodes);
    // SAFETY: the caller's handle.
    unsafe { graph.write(handle) };
    code::SUCCESS
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuStreamGetCaptureInfo_v3(
    stream: usize,
    status: *mut c_int,
    _id: *mut u64,
    _graph: *mut usize,
    nodes: *mut *const usize,
    edges: *mut *const c_void,
    count: *mut usize,
) -> u32 {
    answer(call_in_context().and_then(|world| {
        if stream != STREAM {
            return Err(code::INVALID_VALUE);
        }
        let (is, last, n) = match &world.capture {
            None => (NONE, std::ptr::null(), 0),
            Some(capture) if !capture.is_valid => (INVALIDATED, std::ptr::null(), 0),
            Some(capture) => (ACTIVE, &raw const *capture.last, capture.nodes.len().min(1)),
        };
        // SAFETY: the caller's places; what `last` points to is there as long as the capture is.
        unsafe {
            status.write(is);
            nodes.write(last);
            edges.write(std::ptr::null());
            count.write(n);
        }
        Ok(())
    }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuGraphInstantiateWithFlags(exec: *mut usize, graph: usize, flags: u64) -> u32 {
    answer(call_in_context().and_then(|mut world| {
        let nodes = world.graphs.get(&graph).cloned().ok_or(code::INVALID_HANDLE)?;
        if flags != 0 {
            return Err(code::INVALID_VALUE);
        }
        world.say(format_args!("graph of {} nodes", nodes.len()));
        let handle = world.handle();
        world.started.insert(handle, nodes);
        // SAFETY: the caller's handle.
        unsafe { exec.write(handle) };
        Ok(())
    }))
}

/// `CUDA_KERNEL_NODE_PARAMS_v2`.
#[repr(C)]
pub struct Parameters {
    function: usize,
    grid: [c_uint; 3],
    block: [c_uint; 3],
    shared_bytes: c_uint,
    arguments: *const *const c_void,
    extra: *const c_void,
    kernel: usize,
    context: usize,
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuGraphExecKernelNodeSetParams_v2(
    exec: usize,
    node: usize,
    parameters: *const Parameters,
) -> u32 {
    answer(call_in_context().and_then(|mut world| {
        // SAFETY: the caller's structure.
        let Parameters { function, grid, block, shared_bytes, arguments, .. } = unsafe { parameters.read() };
        let function = Arc::clone(world.functions.get(&function).ok_or(code::INVALID_HANDLE)?);
        if !is_possible(grid, block, shared_bytes) {
            return Err(code::INVALID_VALUE);
        }
        // SAFETY: the caller has a pointer for each argument.
        let kernel = unsafe { Kernel::new(function, grid, block, arguments) };
        // A node is the graph's, which has to be there still.
        if !world.graphs.values().flatten().any(|known| known.handle == node) {
            return Err(code::INVALID_VALUE);
        }
        let nodes = world.started.get_mut(&exec).ok_or(code::INVALID_HANDLE)?;
        let node = nodes.iter_mut().find(|other| other.handle == node).ok_or(code::INVALID_VALUE)?;
        match &mut node.task {
            Task::Kernel(last) if Arc::ptr_eq(&last.function, &kernel.function) => *last = kernel,
            _ => return Err(code::INVALID_VALUE),
        }
        Ok(())
    }))
}

#[unsafe(no_mangle)]
pub extern "C" fn cuGraphLaunch(exec: usize, stream: usize) -> u32 {
    answer(call_outside_of_capture().and_then(|mut world| {
        let nodes = world.started.get(&exec).cloned().ok_or(code::INVALID_HANDLE)?;
        if stream != STREAM {
            return Err(code::INVALID_VALUE);
        }
        world.say(format_args!("launch of {} nodes", nodes.len()));
        nodes.into_iter().for_each(|node| world.enqueue(node.task));
        Ok(())
    }))
}

#[unsafe(no_mangle)]
pub extern "C" fn cuGraphExecDestroy(exec: usize) -> u32 {
    let mut world = enter();
    world.started.remove(&exec).map_or(code::INVALID_HANDLE, |_| world.lost.unwrap_or(code::SUCCESS))
}

#[unsafe(no_mangle)]
pub extern "C" fn cuGraphDestroy(graph: usize) -> u32 {
    let mut world = enter();
    world.graphs.remove(&graph).map_or(code::INVALID_HANDLE, |_| world.lost.unwrap_or(code::SUCCESS))
}
