//! An NVIDIA GPU: driver, NVRTC and cuBLAS through `cudarc`, all loaded when the device is opened.

mod compiler;
mod gemm;
mod graph;

use crate::device::{Compiled, Matrix, lock};
use crate::{Argument, Device, DeviceError, Kernel, Precision, Product, Shape};
use cudarc::cublas::sys::{cublasComputeType_t, cublasGemmAlgo_t, cublasHandle_t, cublasOperation_t};
use cudarc::cublas::{result as blas, sys as blas_sys};
use cudarc::driver::result::{self as driver, DriverError};
use cudarc::driver::sys::{self as driver_sys, CUdevice_attribute};
use gemm::Gemm;
use graph::{Graphs, Launch};
use std::ffi::{CString, c_void};
use std::sync::Mutex;

/// Scratch memory of cuBLAS, fixed so that its choices depend on nothing else: what its manual recommends for Hopper.
const WORKSPACE_BYTES: usize = 32 << 20;

/// The oldest driver that has the functions called here; cuBLAS may ask for a newer one.
const OLDEST_DRIVER: i32 = 12_000;

/// The first GPU that the driver shows (`CUDA_VISIBLE_DEVICES` chooses), one stream, one cuBLAS handle.
pub struct Nvidia {
    device: driver_sys::CUdevice,
    context: driver_sys::CUcontext,
    stream: driver_sys::CUstream,
    blas: cublasHandle_t,
    workspace: u64,
    architecture: String,
    description: String,
    compiled: Compiled,
    loaded: Mutex<Loaded>,
    graphs: Graphs,
    /// Whether the driver has all that graphs take.
    has_graphs: bool,
}

#[derive(Default)]
struct Loaded {
    modules: Vec<driver_sys::CUmodule>,
    functions: Vec<driver_sys::CUfunction>,
}

// SAFETY: the driver's handles may be used from any thread that has made the context current, which every call does;
// cuBLAS handles likewise, one call at a time, which a lock sees to.
unsafe impl Send for Nvidia {}
// SAFETY: as above.
unsafe impl Sync for Nvidia {}

impl Nvidia {
    /// Opens the first GPU.
    ///
    /// # Errors
    /// If the driver, a library or a GPU is missing; the message says which and what to do.
    pub fn open() -> Result<Self, DeviceError> {
        compiler::require_libraries()?;
        let no_gpu = |e: DriverError| DeviceError::NoGpu { reason: text(e) };
        driver::init().map_err(no_gpu)?;
        if driver::device::get_count().map_err(no_gpu)? == 0 {
            return Err(DeviceError::NoGpu { reason: "the driver lists none".into() });
        }
        let version = driver_version();
        if version < OLDEST_DRIVER {
            let reason = format!(
                "its driver is for CUDA {}, {} or newer is needed: update the driver",
                dotted(version),
                dotted(OLDEST_DRIVER)
            );
            return Err(DeviceError::NoGpu { reason });
        }
        let device = driver::device::get(0).map_err(no_gpu)?;
        // SAFETY: a device that the driver has just named; the context is released when this is dropped.
        let context = unsafe { driver::primary_ctx::retain(device) }.map_err(no_gpu)?;
        // SAFETY: a context that was just retained.
        unsafe { driver::ctx::set_current(context) }.map_err(no_gpu)?;
        let attribute = |which| {
            // SAFETY: a device that the driver has just named.
            unsafe { driver::device::get_attribute(device, which) }.map_err(no_gpu)
        };
        let major = attribute(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?;
        let minor = attribute(CUdevice_attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?;
        if major < 8 {
            let reason =
                format!("compute capability {major}.{minor}, 8.0 or higher is needed (Ampere and later)");
            return Err(DeviceError::NoGpu { reason });
        }
        let name = driver::device::get_name(device).map_err(no_gpu)?;
        let stream = driver::stream::create(driver::stream::StreamKind::NonBlocking)
            .map_err(|e| failed("creating a stream", e))?;
        let handle = blas::create_handle().map_err(|e| {
            let driver = dotted(version);
            let fit = "does libcublas fit it, and is there memory left?";
            let reason = format!("{:?} with a driver for CUDA {driver}: {fit}", e.0);
            DeviceError::Call { call: "creating a cuBLAS handle", reason }
        })?;
        let mut opened = Self {
            device,
            context,
            stream,
            blas: handle,
            workspace: 0,
            architecture: format!("sm_{major}{minor}"),
            description: String::new(),
            compiled: Compiled::default(),
            loaded: Mutex::default(),
            graphs: Graphs::default(),
            has_graphs: version >= graph::DRIVER,
        };
        opened.workspace = opened.allocate(WORKSPACE_BYTES)?;
        // SAFETY: handle and stream are alive as long as `opened` is, the workspace too.
        unsafe {
            blas::set_stream(handle, stream.cast()).map_err(|e| refused("cublasSetStream", e))?;
            blas_sys::cublasSetWorkspace_v2(handle, opened.workspace as *mut c_void, WORKSPACE_BYTES)
                .result()
                .map_err(|e| refused("cublasSetWorkspace", e))?;
        }
        opened.description = format!("{name}, {}", versions(handle));
        Ok(opened)
    }

    fn load(&self, source: &str, names: &[&str]) -> Result<Vec<Kernel>, DeviceError> {
        self.bind()?;
        let image = compiler::cubin(source, &self.architecture)?;
        let mut loaded = lock(&self.loaded);
        // SAFETY: the image is a complete cubin, which the driver copies.
        let module = unsafe { driver::module::load_data(image.as_ptr().cast()) }
            .map_err(|e| failed("loading kernels", e))?;
        loaded.modules.push(module);
        let mut kernels = Vec::new();
        for name in names {
            let symbol = CString::new(*name).unwrap_or_default();
            // SAFETY: the module was just loaded and is unloaded only with the device.
            let function = unsafe { driver::module::get_function(module, symbol) };
            loaded.functions.push(function.map_err(|e| failed("finding a kernel", e))?);
            kernels.push(Kernel(loaded.functions.len() - 1));
        }
        Ok(kernels)
    }

    /// Waits for all that the stream was asked for.
    fn waited(&self) -> Result<(), DeviceError> {
        // SAFETY: the stream is alive as long as `self` is.
        unsafe { driver::stream::synchronize(self.stream) }.map_err(|e| failed("waiting for the device", e))
    }

    fn bind(&self) -> Result<(), DeviceError> {
        // SAFETY: the context is retained as long as `self` is there.
        unsafe { driver::ctx::set_current(self.context) }.map_err(|e| failed("cuCtxSetCurrent", e))
    }
}

impl Drop for Nvidia {
    fn drop(&mut self) {
        // Nothing can be done about failures here: the process is about to lose the device anyway.
        // SAFETY: every handle is this value's own, and buffers hold the device through an `Arc`.
        unsafe {
            let _ = self.bind();
            let _ = driver::stream::synchronize(self.stream);
            let _ = blas::destroy_handle(self.blas);
            let _ = driver::free_sync(self.workspace);
            if let Ok(loaded) = self.loaded.get_mut() {
                for module in loaded.modules.drain(..) {
                    let _ = driver::module::unload(module);
                }
            }
            let _ = driver::stream::destroy(self.stream);
            let _ = driver::primary_ctx::release(self.device);
        }
    }
}

// SAFETY: the driver allocates, in a context that lives as long as the value.
unsafe impl Device for Nvidia {
    fn kind(&self) -> &'static str {
        "cuda"
    }

    fn description(&self) -> String {
        self.description.clone()
    }

    fn free_bytes(&self) -> Result<usize, DeviceError> {
        self.bind()?;
        Ok(driver::mem_get_info().map_err(|e| failed("cuMemGetInfo", e))?.0)
    }

    fn allocate(&self, bytes: usize) -> Result<u64, DeviceError> {
        self.bind()?;
        // SAFETY: the memory is cleared on the stream before anything on the stream can read it.
        unsafe {
            let address = driver::malloc_sync(bytes).map_err(|e| match e.0 {
                driver_sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY => {
                    DeviceError::Memory { bytes, free: self.free_bytes().unwrap_or(0) }
                }
                // A kernel that failed earlier is reported by whatever call comes next.
                _ => failed("cuMemAlloc", e),
            })?;
            if let Err(error) = self.clear(address, bytes) {
                let _ = driver::free_sync(address);
                return Err(error);
            }
            Ok(address)
        }
    }

    unsafe fn free(&self, address: u64, _: usize) {
        // That `cuMemFree` waits for the device is custom, and promised nowhere: nothing under way may lose its memory. A device that
        // cannot be waited for has nothing under way any more. Nor may it happen within what is repeated, where nothing can be waited for:
        // then what is lost is the memory.
        if self.graphs.is_mine() {
            return;
        }
        let _ = self.synchronize();
        if self.bind().is_ok() {
            // SAFETY: the caller's promise.
            let _ = unsafe { driver::free_sync(address) };
        }
    }

    fn compile(&self, source: &str, names: &[&str]) -> Result<Vec<Kernel>, DeviceError> {
        self.compiled.get(source, names, || self.load(source, names))
    }

    unsafe fn launch(
        &self,
        kernel: Kernel,
        shape: Shape,
        arguments: &[Argument<'_>],
    ) -> Result<(), DeviceError> {
        self.bind()?;
        let function = lock(&self.loaded).functions[kernel.0];
        let launch = Launch { function, shape, values: arguments.iter().map(Argument::bits).collect() };
        // SAFETY: the caller's promise.
        unsafe { self.graphs.launch(self.stream, launch) }
    }

    unsafe fn multiply(&self, product: &Product<'_>, precision: Precision) -> Result<(), DeviceError> {
        self.bind()?;
        let compute = match precision {
            Precision::F32 => cublasComputeType_t::CUBLAS_COMPUTE_32F,
            Precision::Tf32 | Precision::Bf16 => cublasComputeType_t::CUBLAS_COMPUTE_32F_FAST_TF32,
        };
        let operation = |transposed| match transposed {
            false => cublasOperation_t::CUBLAS_OP_N,
            true => cublasOperation_t::CUBLAS_OP_T,
        };
        let gemm = Gemm::from(product);
        let at = |m: &Matrix<'_>| m.buffer.address(m.offset * 4) as *const c_void;
        let number = blas_sys::cudaDataType_t::CUDA_R_32F;
        let (one, zero) = (1.0f32, 0.0f32);
        let key = gemm.key(product.replicas, precision);
        // SAFETY: the caller's promise; the factors are read from the host at once; the handle
        // and its workspace are used by one thread at a time, whose turn it is.
        self.graphs.multiply(key, || unsafe {
            blas::gemm_strided_batched_ex(
                self.blas,
                operation(gemm.a_transposed),
                operation(gemm.b_transposed),
                gemm.m as i32,
                gemm.n as i32,
                gemm.k as i32,
                (&raw const one).cast(),
                at(&gemm.a),
                number,
                gemm.lda as i32,
                gemm.a.stride as i64,
                at(&gemm.b),
                number,
                gemm.ldb as i32,
                gemm.b.stride as i64,
                (&raw const zero).cast(),
                at(&gemm.c).cast_mut(),
                number,
                gemm.ldc as i32,
                gemm.c.stride as i64,
                product.replicas as i32,
                compute,
                cublasGemmAlgo_t::CUBLAS_GEMM_DEFAULT,
            )
            .map_err(|e| refused("cublasGemmStridedBatchedEx", e))
        })
    }

    unsafe fn write(&self, address: u64, bytes: &[u8]) -> Result<(), DeviceError> {
        self.bind()?;
        // SAFETY: the caller's promise; `bytes` has been read when the synchronisation is over. Uploads happen between
        // epochs, where there is nothing to overlap with.
        self.graphs.wait(|| unsafe {
            driver::memcpy_htod_async(address, bytes, self.stream)
                .map_err(|e| failed("copying to the device", e))?;
            self.waited()
        })
    }

    unsafe fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), DeviceError> {
        self.bind()?;
        // SAFETY: the caller's promise; the copy is over after the synchronisation.
        self.graphs.wait(|| unsafe {
            driver::memcpy_dtoh_async(bytes, address, self.stream)
                .map_err(|e| failed("copying from the device", e))?;
            self.waited()
        })
    }

    unsafe fn clear(&self, address: u64, bytes: usize) -> Result<(), DeviceError> {
        self.bind()?;
        // SAFETY: the caller's promise.
        self.graphs.outside(|| unsafe {
            driver::memset_d8_async(address, 0, bytes, self.stream).map_err(|e| failed("cuMemsetD8Async", e))
        })
    }

    fn synchronize(&self) -> Result<(), DeviceError> {
        self.bind()?;
        self.graphs.wait(|| self.waited())
    }

    fn number(&self) -> u64 {
        self.graphs.number()
    }

    fn repeat(
        &self,
        number: u64,
        work: &mut dyn FnMut() -> Result<(), DeviceError>,
    ) -> Result<(), DeviceError> {
        if !self.has_graphs {
            return work();
        }
        self.bind()?;
        self.graphs.repeat(self.stream, number, work)
    }

    fn forget(&self, number: u64) {
        if self.bind().is_ok() {
            self.graphs.forget(number);
        }
    }
}

fn failed(call: &'static str, error: DriverError) -> DeviceError {
    DeviceError::Call { call, reason: text(error) }
}

fn refused(call: &'static str, error: blas::CublasError) -> DeviceError {
    DeviceError::Call { call, reason: format!("{:?}", error.0) }
}

/// The driver's own words.
fn text(error: DriverError) -> String {
    error.error_string().map_or_else(|_| format!("{error:?}"), |s| s.to_string_lossy().into_owned())
}

/// The newest CUDA that the driver knows, 12030 being 12.3; 0 if it does not say.
fn driver_version() -> i32 {
    let mut version = 0;
    // SAFETY: writes one integer.
    let _ = unsafe { driver_sys::cuDriverGetVersion(&raw mut version) };
    version
}

/// 12.3 of 12030.
fn dotted(version: i32) -> String {
    format!("{}.{}", version / 1000, version % 1000 / 10)
}

/// Versions of the libraries: results have the same bits only among machines that agree on GPU and cuBLAS.
fn versions(handle: cublasHandle_t) -> String {
    let (driver, mut blas) = (driver_version(), 0);
    // SAFETY: writes one integer. What cannot be read is shown as 0.
    unsafe {
        let _ = blas_sys::cublasGetVersion_v2(handle, &raw mut blas);
    }
    format!("driver for CUDA {}, cuBLAS {blas}, NVRTC {}", dotted(driver), compiler::version())
}
