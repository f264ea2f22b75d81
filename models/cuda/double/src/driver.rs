//! libcuda.

use crate::graph::{call_outside_of_capture, call_outside_of_own_capture};
use crate::world::{
    CONTEXT, Function, STREAM, Task, answer, call, call_in_context, code, enter, set_current, setting,
};
use cuda::host;
use libloading::Library;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::io::Write;
use std::sync::Arc;

/// Bytes of the device's memory if nothing else is said.
const MEMORY: u64 = 12 << 30;
/// The attributes that tell the compute capability, by their numbers in cuda.h; the double is of 9.0.
const ATTRIBUTES: [(u32, c_int); 2] = [(75, 9), (76, 0)];

#[unsafe(no_mangle)]
pub extern "C" fn cuInit(flags: c_uint) -> u32 {
    answer(call().and_then(|mut world| {
        world.initialised = true;
        match setting("DOUBLE_INIT").and_then(|code| u32::try_from(code).ok()) {
            Some(code) if code != code::SUCCESS => Err(code),
            _ if flags != 0 => Err(code::INVALID_VALUE),
            _ => Ok(()),
        }
    }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDriverGetVersion(version: *mut c_int) -> u32 {
    // SAFETY: the caller's integer.
    unsafe { version.write(setting("DOUBLE_DRIVER").map_or(13000, |version| version as c_int)) };
    code::SUCCESS
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGetCount(count: *mut c_int) -> u32 {
    answer(call().and_then(|world| {
        if !world.initialised {
            return Err(code::NOT_INITIALIZED);
        }
        // SAFETY: the caller's integer.
        unsafe { count.write(1) };
        Ok(())
    }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGet(device: *mut c_int, ordinal: c_int) -> u32 {
    answer(call().and_then(|_| {
        if ordinal != 0 {
            return Err(code::INVALID_DEVICE);
        }
        // SAFETY: the caller's integer.
        unsafe { device.write(0) };
        Ok(())
    }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGetName(name: *mut c_char, length: c_int, _device: c_int) -> u32 {
    answer(call().and_then(|_| {
        let text = c"Double of a GPU".to_bytes_with_nul();
        if usize::try_from(length).is_ok_and(|length| length < text.len()) {
            return Err(code::INVALID_VALUE);
        }
        // SAFETY: the caller has so many bytes.
        unsafe { std::ptr::copy_nonoverlapping(text.as_ptr().cast(), name, text.len()) };
        Ok(())
    }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGetAttribute(value: *mut c_int, attribute: u32, _device: c_int) -> u32 {
    answer(call().and_then(|_| {
        let known = ATTRIBUTES.iter().find(|(number, _)| *number == attribute).ok_or(code::INVALID_VALUE)?;
        // SAFETY: the caller's integer.
        unsafe { value.write(known.1) };
        Ok(())
    }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDevicePrimaryCtxRetain(context: *mut usize, _device: c_int) -> u32 {
    answer(call().and_then(|mut world| {
        if !world.initialised {
            return Err(code::NOT_INITIALIZED);
        }
        world.retained += 1;
        // SAFETY: the caller's handle.
        unsafe { context.write(CONTEXT) };
        Ok(())
    }))
}

#[unsafe(no_mangle)]
pub extern "C" fn cuDevicePrimaryCtxRelease_v2(_device: c_int) -> u32 {
    let mut world = enter();
    if world.retained == 0 {
        return code::INVALID_CONTEXT;
    }
    world.retained -= 1;
    let [buffers, modules, streams, handles] =
        [world.memory.count(), world.modules.len(), world.streams as usize, world.handles as usize];
    let graphs = world.graphs.len() + world.started.len();
    world.say(format_args!(
        "left buffers {buffers} modules {modules} streams {streams} handles {handles} graphs {graphs}"
    ));
    code::SUCCESS
}

#[unsafe(no_mangle)]
pub extern "C" fn cuCtxSetCurrent(context: usize) -> u32 {
    answer(call().and_then(|world| {
        if context != CONTEXT || world.retained == 0 {
            return Err(code::INVALID_CONTEXT);
        }
        set_current(true);
        Ok(())
    }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuStreamCreate(stream: *mut usize, flags: c_uint) -> u32 {
    answer(call_in_context().and_then(|mut world| {
        if flags > 1 {
            return Err(code::INVALID_VALUE);
        }
        world.streams += 1;
        // SAFETY: the caller's handle.
        unsafe { stream.write(STREAM) };
        Ok(())
    }))
}

#[unsafe(no_mangle)]
pub extern "C" fn cuStreamDestroy_v2(stream: usize) -> u32 {
    let mut world = enter();
    if stream != STREAM || world.streams == 0 {
        return code::INVALID_HANDLE;
    }
    world.streams -= 1;
    world.lost.unwrap_or(code::SUCCESS)
}

#[unsafe(no_mangle)]
pub extern "C" fn cuStreamSynchronize(stream: usize) -> u32 {
    answer(call_outside_of_capture().and_then(|mut world| {
        if stream != STREAM {
            return Err(code::INVALID_HANDLE);
        }
        world.drain();
        world.lost.map_or(Ok(()), Err)
    }))
}

fn capacity() -> u64 {
    setting("DOUBLE_MEMORY").unwrap_or(MEMORY)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemGetInfo_v2(free: *mut usize, total: *mut usize) -> u32 {
    answer(call_in_context().map(|world| {
        let all = capacity() as usize;
        // SAFETY: the caller's numbers.
        unsafe {
            free.write(all.saturating_sub(world.memory.bytes()));
            total.write(all);
        }
    }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemAlloc_v2(address: *mut u64, bytes: usize) -> u32 {
    answer(call_outside_of_own_capture().and_then(|mut world| {
        if bytes == 0 {
            return Err(code::INVALID_VALUE);
        }
        if (world.memory.bytes() + bytes) as u64 > capacity() {
            return Err(code::OUT_OF_MEMORY);
        }
        let new = world.memory.allocate(bytes).ok_or(code::OUT_OF_MEMORY)?;
        // SAFETY: the caller's address.
        unsafe { address.write(new) };
        Ok(())
    }))
}

/// Waits for nothing: that the driver does is custom, and promised nowhere. What is still needed is not given back.
#[unsafe(no_mangle)]
pub extern "C" fn cuMemFree_v2(address: u64) -> u32 {
    // What fails gives nothing back, but it is gone with the device.
    let failed = call_outside_of_own_capture().err();
    let mut world = enter();
    if failed == Some(code::CAPTURE_UNSUPPORTED) || world.is_at_work() {
        return code::INVALID_VALUE;
    }
    match (world.memory.free(address), failed) {
        (false, _) => code::INVALID_VALUE,
        (true, failed) => failed.unwrap_or(code::SUCCESS),
    }
}

/// A copy or a setting of `bytes` from `address` on, once it is its turn.
fn later(address: u64, bytes: usize, stream: usize, work: impl Fn() + Send + Sync + 'static) -> u32 {
    answer(call_outside_of_capture().and_then(|mut world| {
        if stream != STREAM {
            return Err(code::INVALID_HANDLE);
        }
        if bytes > 0 && !world.memory.holds(address, bytes) {
            return Err(code::INVALID_VALUE);
        }
        world.enqueue(Task::Other(Arc::new(move || {
            work();
            None
        })));
        Ok(())
    }))
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemcpyHtoDAsync_v2(to: u64, from: *const c_void, bytes: usize, stream: usize) -> u32 {
    let from = from as usize;
    later(to, bytes, stream, move || {
        // SAFETY: inside a buffer; the caller keeps the source until the stream has been waited for.
        unsafe { std::ptr::copy_nonoverlapping(from as *const u8, to as *mut u8, bytes) };
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemcpyDtoHAsync_v2(to: *mut c_void, from: u64, bytes: usize, stream: usize) -> u32 {
    let to = to as usize;
    later(from, bytes, stream, move || {
        // SAFETY: as above, the other way round.
        unsafe { std::ptr::copy_nonoverlapping(from as *const u8, to as *mut u8, bytes) };
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn cuMemsetD8Async(to: u64, value: u8, bytes: usize, stream: usize) -> u32 {
    later(to, bytes, stream, move || {
        // SAFETY: inside a buffer.
        unsafe { (to as *mut u8).write_bytes(value, bytes) };
    })
}

/// Bytes of an ELF file, whose last part is the table of sections.
unsafe fn elf_length(image: *const u8) -> Option<usize> {
    // SAFETY: the header of a whole image, which the caller promises.
    let header = unsafe { std::slice::from_raw_parts(image, 64) };
    let number = |at: usize, bytes: usize| {
        header[at..at + bytes].iter().rev().fold(0, |n, &b| n << 8 | usize::from(b))
    };
    header.starts_with(b"\x7fELF").then(|| number(0x28, 8) + number(0x3A, 2) * number(0x3C, 2))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuModuleLoadData(module: *mut usize, image: *const c_void) -> u32 {
    answer(call_outside_of_own_capture().and_then(|mut world| {
        // SAFETY: the caller's image is whole.
        let length = unsafe { elf_length(image.cast()) }.ok_or(code::INVALID_IMAGE)?;
        // SAFETY: as above.
        let bytes = unsafe { std::slice::from_raw_parts(image.cast::<u8>(), length) };
        let loaded = tempfile::NamedTempFile::new().and_then(|mut file| {
            file.write_all(bytes)?;
            // SAFETY: made from our own kernels by `nvrtc`; it runs nothing when loaded.
            unsafe { Library::new(file.path()) }.map_err(std::io::Error::other)
        });
        let library = loaded.map_err(|_| code::INVALID_IMAGE)?;
        let handle = world.handle();
        world.modules.insert(handle, Arc::new(library));
        // SAFETY: the caller's handle.
        unsafe { module.write(handle) };
        Ok(())
    }))
}

#[unsafe(no_mangle)]
pub extern "C" fn cuModuleUnload(module: usize) -> u32 {
    let mut world = enter();
    if world.is_at_work() {
        return code::INVALID_VALUE;
    }
    match world.modules.remove(&module) {
        Some(_) => {
            world.functions.retain(|_, function| function.module != module);
            world.lost.unwrap_or(code::SUCCESS)
        }
        None => code::INVALID_HANDLE,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuModuleGetFunction(
    function: *mut usize,
    module: usize,
    name: *const c_char,
) -> u32 {
    answer(call_in_context().and_then(|mut world| {
        let library = Arc::clone(world.modules.get(&module).ok_or(code::INVALID_HANDLE)?);
        // SAFETY: the caller's text.
        let name = unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned();
        // SAFETY: `nvrtc` wrote these symbols with these types.
        let (launch, widths) = unsafe {
            let launch = library.get(format!("launch_{name}\0").as_bytes()).map_err(|_| code::NOT_FOUND)?;
            let widths = library
                .get::<*const u8>(format!("widths_{name}\0").as_bytes())
                .map_err(|_| code::NOT_FOUND)?;
            // The symbol is the array; a zero ends it.
            let first = widths.try_as_raw_ptr().ok_or(code::NOT_FOUND)?.cast::<u8>();
            let widths: Vec<u8> = (0..).map(|i| *first.add(i)).take_while(|&width| width != 0).collect();
            (*launch, widths)
        };
        let handle = world.handle();
        world.functions.insert(handle, Arc::new(Function { name, module, launch, widths }));
        // SAFETY: the caller's handle.
        unsafe { function.write(handle) };
        Ok(())
    }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuLaunchKernel(
    function: usize,
    grid_x: c_uint,
    grid_y: c_uint,
    grid_z: c_uint,
    block_x: c_uint,
    block_y: c_uint,
    block_z: c_uint,
    shared_bytes: c_uint,
    stream: usize,
    arguments: *const *const c_void,
    _extra: *const c_void,
) -> u32 {
    answer(call_in_context().and_then(|mut world| {
        let function = Arc::clone(world.functions.get(&function).ok_or(code::INVALID_HANDLE)?);
        let (grid, block) = ([grid_x, grid_y, grid_z], [block_x, block_y, block_z]);
        if stream != STREAM {
            return Err(code::INVALID_HANDLE);
        }
        if !is_possible(grid, block, shared_bytes) {
            return Err(code::INVALID_VALUE);
        }
        world.say(format_args!("kernel {} {grid_x} {grid_y} {block_x} {block_y}", function.name));
        // SAFETY: the caller has a pointer for each argument.
        let kernel = unsafe { Kernel::new(function, grid, block, arguments) };
        world.enqueue(Task::Kernel(kernel));
        Ok(())
    }))
}

/// Whether a launch is within the limits.
pub(crate) fn is_possible(grid: [c_uint; 3], block: [c_uint; 3], shared_bytes: c_uint) -> bool {
    let threads: u64 = block.into_iter().map(u64::from).product();
    (1..=0x7FFF_FFFF).contains(&grid[0])
        && (1..=65_535).contains(&grid[1])
        && grid[2] == 1
        && block[2] == 1
        && (1..=1024).contains(&threads)
        && shared_bytes <= 48 << 10
}

/// A launch of a kernel with its arguments.
#[derive(Clone)]
pub(crate) struct Kernel {
    pub function: Arc<Function>,
    /// Grid x, y and block x, y.
    shape: [u32; 4],
    values: Vec<u64>,
}

impl Kernel {
    /// Copies the arguments, each at its own width.
    ///
    /// # Safety
    /// There must be a pointer for each, to as many bytes as the kernel's signature says.
    pub unsafe fn new(
        function: Arc<Function>,
        [gx, gy, _]: [c_uint; 3],
        [bx, by, _]: [c_uint; 3],
        arguments: *const *const c_void,
    ) -> Self {
        let value = |(i, &width): (usize, &u8)| {
            let mut word = [0u8; 8];
            // SAFETY: the caller's promise.
            unsafe {
                std::ptr::copy_nonoverlapping(
                    (*arguments.add(i)).cast::<u8>(),
                    word.as_mut_ptr(),
                    width.into(),
                )
            };
            u64::from_le_bytes(word)
        };
        let values = function.widths.iter().enumerate().map(value).collect();
        Self { function, shape: [gx, gy, bx, by], values }
    }

    /// What it has done that it must not.
    pub fn run(&self) -> Option<String> {
        let places: Vec<*const u64> = self.values.iter().map(std::ptr::from_ref).collect();
        // SAFETY: a launcher with as many arguments; that they are right is what is tested.
        unsafe { host::problem((self.function.launch)(self.shape.as_ptr(), places.as_ptr())) }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuGetErrorString(error: u32, text: *mut *const c_char) -> u32 {
    let words = match error {
        code::INVALID_VALUE => c"invalid argument",
        code::OUT_OF_MEMORY => c"out of memory",
        100 => c"no CUDA-capable device is detected",
        code::INVALID_CONTEXT => c"invalid device context",
        code::LAUNCH_FAILED => c"unspecified launch failure",
        803 => c"system has unsupported display driver / cuda driver combination",
        _ => c"another error",
    };
    // SAFETY: the caller's pointer; the text lives for ever.
    unsafe { text.write(words.as_ptr()) };
    code::SUCCESS
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuGetErrorName(_error: u32, text: *mut *const c_char) -> u32 {
    // SAFETY: the caller's pointer; the text lives for ever.
    unsafe { text.write(c"CUDA_ERROR".as_ptr()) };
    code::SUCCESS
}
