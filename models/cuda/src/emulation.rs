//! A device made of the machine's C compiler: the kernels' own text, one thread after the other.

mod guarded;

use crate::device::{Compiled, lock};
use crate::host::{self, Launcher, PRELUDE, missing};
use crate::{Argument, Device, DeviceError, Kernel, Precision, Product, Shape};
use guarded::Memory;
use libloading::Library;
use std::ffi::CString;
#[cfg(unix)]
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Mutex;

const MULTIPLY: &str = include_str!("emulation/multiply.c");

type Multiply =
    unsafe extern "C" fn(*const f32, *const f32, *mut f32, usize, usize, usize, i32, i32, i32) -> i32;

/// The emulated device. It notices writes just past the end of a buffer.
pub struct Emulation {
    compiler: String,
    version: String,
    memory: Memory,
    multiply: Multiply,
    compiled: Compiled,
    kernels: Mutex<Vec<Launcher>>,
    // The code behind `multiply` and `kernels`.
    libraries: Mutex<Vec<Library>>,
}

impl Emulation {
    /// Finds the compiler: `$CC`, or else `cc`.
    ///
    /// # Errors
    /// If there is none, or it does not make a shared library that can be loaded.
    pub fn open() -> Result<Self, DeviceError> {
        let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
        let version =
            Command::new(&compiler).arg("--version").output().map_err(|e| missing(&compiler, &e))?;
        let version = String::from_utf8_lossy(&version.stdout).lines().next().unwrap_or_default().to_owned();
        let library = build(&compiler, &format!("{PRELUDE}\n{MULTIPLY}"))?;
        // SAFETY: the symbol has this signature in multiply.c.
        let multiply = unsafe { library.get::<Multiply>(b"multiply") };
        let multiply = *multiply.map_err(|e| DeviceError::Compilation { log: e.to_string() })?;
        let (kernels, libraries) = (Mutex::new(Vec::new()), Mutex::new(vec![library]));
        let compiled = Compiled::default();
        Ok(Self { compiler, version, memory: Memory::default(), multiply, compiled, kernels, libraries })
    }

    /// Bytes of all buffers there are.
    pub fn allocated_bytes(&self) -> usize {
        self.memory.bytes()
    }

    fn load(&self, source: &str, names: &[&str]) -> Result<Vec<Kernel>, DeviceError> {
        let text = host::text(source, names)?;
        let library = build(&self.compiler, &text)?;
        let (mut kernels, mut libraries) = (lock(&self.kernels), lock(&self.libraries));
        let mut found = Vec::new();
        for name in names {
            let symbol = CString::new(format!("launch_{name}")).unwrap_or_default();
            // SAFETY: `signature::launcher` wrote it with this signature.
            let launcher = unsafe { library.get::<Launcher>(symbol.as_bytes_with_nul()) };
            kernels.push(*launcher.map_err(|e| DeviceError::Compilation { log: e.to_string() })?);
            found.push(Kernel(kernels.len() - 1));
        }
        libraries.push(library);
        Ok(found)
    }
}

/// Compiles C to a shared library and loads it.
fn build(compiler: &str, source: &str) -> Result<Library, DeviceError> {
    // A folder that only this user can look into: nobody else can put another library in the place of ours. It is gone when
    // this function ends; loaded, the library needs no name any more.
    let mut folder = tempfile::Builder::new();
    folder.prefix("inna-bench-");
    #[cfg(unix)]
    folder.permissions(PermissionsExt::from_mode(0o700));
    let folder = folder.tempdir().map_err(|e| DeviceError::NoFolder { reason: e.to_string() })?;
    let file = folder.path().join("kernels.so");
    host::compile(compiler, source, &file)?;
    // SAFETY: the library was made from our own source and runs nothing when loaded.
    let library = unsafe { Library::new(&file) };
    library.map_err(|e| DeviceError::Compilation { log: e.to_string() })
}

// SAFETY: `Memory` allocates from the heap and keeps what it gave until `free`.
unsafe impl Device for Emulation {
    fn kind(&self) -> &'static str {
        "emulated"
    }

    fn description(&self) -> String {
        format!("kernels emulated on the CPU, {}", self.version)
    }

    fn free_bytes(&self) -> Result<usize, DeviceError> {
        // Populations that would keep an emulation busy for hours fit in here.
        Ok(1 << 30)
    }

    fn allocate(&self, bytes: usize) -> Result<u64, DeviceError> {
        self.memory.allocate(bytes)
    }

    unsafe fn free(&self, address: u64, _: usize) {
        self.memory.free(address);
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
        let launcher = lock(&self.kernels)[kernel.0];
        let values: Vec<u64> = arguments.iter().map(Argument::bits).collect();
        let places: Vec<*const u64> = values.iter().map(std::ptr::from_ref).collect();
        let [gx, gy] = shape.grid;
        let [bx, by] = shape.block;
        // SAFETY: the caller's promise; the launcher reads each value at its own width, low bytes first.
        let problem = unsafe { host::problem(launcher([gx, gy, bx, by].as_ptr(), places.as_ptr())) };
        problem.map_or(Ok(()), |reason| Err(DeviceError::Call { call: "a kernel", reason }))
    }

    unsafe fn multiply(&self, product: &Product<'_>, precision: Precision) -> Result<(), DeviceError> {
        let Product { rows, terms, columns, .. } = *product;
        for replica in 0..product.replicas {
            let at = |m: &crate::device::Matrix<'_>| m.buffer.address((m.offset + replica * m.stride) * 4);
            // SAFETY: the caller's promise.
            let failed = unsafe {
                (self.multiply)(
                    at(&product.left) as *const f32,
                    at(&product.right) as *const f32,
                    at(&product.out) as *mut f32,
                    rows,
                    terms,
                    columns,
                    product.left_transposed.into(),
                    product.right_transposed.into(),
                    (!precision.is_f32()).into(),
                )
            };
            if failed != 0 {
                return Err(DeviceError::Memory { bytes: 4 * (rows + columns) * terms, free: 0 });
            }
        }
        Ok(())
    }

    unsafe fn write(&self, address: u64, bytes: &[u8]) -> Result<(), DeviceError> {
        // SAFETY: the caller's promise.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), address as *mut u8, bytes.len()) };
        Ok(())
    }

    unsafe fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), DeviceError> {
        // SAFETY: the caller's promise.
        unsafe { std::ptr::copy_nonoverlapping(address as *const u8, bytes.as_mut_ptr(), bytes.len()) };
        self.synchronize()
    }

    unsafe fn clear(&self, address: u64, bytes: usize) -> Result<(), DeviceError> {
        // SAFETY: the caller's promise.
        unsafe { std::ptr::write_bytes(address as *mut u8, 0, bytes) };
        Ok(())
    }

    fn synchronize(&self) -> Result<(), DeviceError> {
        self.memory.check()
    }
}
