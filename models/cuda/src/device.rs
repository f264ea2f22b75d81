//! What the engine asks of a device: memory, kernels, matrix products.

use crate::DeviceError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Arithmetic of the matrix products, and how values are stored; everything else is in single precision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// Single precision throughout.
    #[default]
    F32,
    /// Factors rounded to 10 bits after the point (NVIDIA's TF32), sums in single precision.
    Tf32,
    /// The same, and what lies between convolutions and poolings (values and their gradients) is stored in 16 bits, 7 of them after
    /// the point (bfloat16).
    Bf16,
}

impl Precision {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::F32, Self::Tf32, Self::Bf16];

    /// Its name in configurations and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Tf32 => "tf32",
            Self::Bf16 => "bf16",
        }
    }

    /// Whether it is single precision throughout; factors of products are rounded otherwise.
    pub fn is_f32(&self) -> bool {
        *self == Self::F32
    }
}

/// A compiled kernel, good for the device that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernel(pub(crate) usize);

/// Threads of a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Blocks along x and y.
    pub grid: [u32; 2],
    /// Threads of a block along x and y.
    pub block: [u32; 2],
}

/// A kernel's argument.
#[derive(Clone, Copy, Debug)]
pub enum Argument<'a> {
    /// The address of a buffer, this many bytes in, of which the kernel goes through all that follow.
    Buffer(&'a Buffer, usize),
    /// The same, of which it goes through so many.
    Part(&'a Buffer, usize, usize),
    /// A null pointer.
    Null,
    /// `unsigned int`.
    U32(u32),
    /// `unsigned long long`.
    U64(u64),
    /// `float`.
    F32(f32),
    /// `double`.
    F64(f64),
}

impl Argument<'_> {
    /// The value in the low bytes of a word: on a little-endian machine its address is the value's.
    pub(crate) fn bits(&self) -> u64 {
        match *self {
            Self::Buffer(buffer, offset) | Self::Part(buffer, offset, _) => buffer.address(offset),
            Self::Null => 0,
            Self::U32(x) => x.into(),
            Self::U64(x) => x,
            Self::F32(x) => x.to_bits().into(),
            Self::F64(x) => x.to_bits(),
        }
    }
}

/// A row-major product of each replica, or of as many parts of each: `out [rows, columns] = left [rows, terms] · right [terms, columns]`, all `f32`.
#[derive(Clone, Copy, Debug)]
pub struct Product<'a> {
    /// Left factor; with `left_transposed` stored as `[terms, rows]`.
    pub left: Matrix<'a>,
    /// Whether it is stored transposed.
    pub left_transposed: bool,
    /// Right factor; with `right_transposed` stored as `[columns, terms]`.
    pub right: Matrix<'a>,
    /// Whether it is stored transposed.
    pub right_transposed: bool,
    /// Where the product goes.
    pub out: Matrix<'a>,
    /// Rows of the product.
    pub rows: usize,
    /// Terms of each sum.
    pub terms: usize,
    /// Columns of the product.
    pub columns: usize,
    /// Number of products: replicas, times the parts of each.
    pub replicas: usize,
}

/// One matrix of each replica.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    /// Where they lie.
    pub buffer: &'a Buffer,
    /// Numbers before the first.
    pub offset: usize,
    /// Numbers from one replica's matrix to the next one's.
    pub stride: usize,
}

impl Product<'_> {
    /// Has it computed by the device that its buffers are on.
    ///
    /// # Errors
    /// If the device refuses it.
    ///
    /// # Panics
    /// Unless all three matrices of every replica lie in their buffers, and these on one device: what follows is out of Rust's
    /// sight.
    pub fn start(&self, precision: Precision) -> Result<(), DeviceError> {
        let device = &self.out.buffer.device;
        for factor in [&self.left, &self.right] {
            assert!(Arc::ptr_eq(device, &factor.buffer.device), "a product of buffers on several devices");
        }
        self.assert_inside();
        // SAFETY: just asserted.
        unsafe { device.multiply(self, precision) }
    }

    fn assert_inside(&self) {
        for (name, matrix, rows, columns) in [
            ("left", &self.left, self.rows, self.terms),
            ("right", &self.right, self.terms, self.columns),
            ("out", &self.out, self.rows, self.columns),
        ] {
            let inside =
                matrix.end(self.replicas, rows, columns).is_some_and(|end| end <= matrix.buffer.bytes());
            assert!(inside, "{name} factor of a product ends outside of its buffer");
        }
    }
}

impl Matrix<'_> {
    /// Bytes up to the end of the last replica's; none if they cannot be counted.
    fn end(&self, replicas: usize, rows: usize, columns: usize) -> Option<usize> {
        let last = replicas.saturating_sub(1).checked_mul(self.stride)?.checked_add(self.offset)?;
        rows.checked_mul(columns)?.checked_add(last)?.checked_mul(size_of::<f32>())
    }
}

/// A device. All work is done in the order it was asked for; only [`Device::read`] and [`Device::synchronize`] wait.
///
/// # Safety
/// [`Buffer`] trusts it: the address that [`Device::allocate`] returns must be that of as many bytes, which nothing else uses
/// and which stay until [`Device::free`] is called with it.
pub unsafe trait Device: Send + Sync {
    /// `cuda` or `emulated`, as a record has it.
    fn kind(&self) -> &'static str;

    /// The hardware and the versions that results and speed may depend on.
    fn description(&self) -> String;

    /// Bytes that can still be allocated.
    ///
    /// # Errors
    /// If the device does not answer.
    fn free_bytes(&self) -> Result<usize, DeviceError>;

    /// Address of `bytes` new bytes, all zero.
    ///
    /// # Errors
    /// If there is not enough memory.
    fn allocate(&self, bytes: usize) -> Result<u64, DeviceError>;

    /// Gives back what [`Device::allocate`] gave.
    ///
    /// # Safety
    /// Nothing may use the memory afterwards.
    unsafe fn free(&self, address: u64, bytes: usize);

    /// Compiles `source` and finds kernels in it.
    ///
    /// # Errors
    /// If it does not compile.
    fn compile(&self, source: &str, names: &[&str]) -> Result<Vec<Kernel>, DeviceError>;

    /// Starts a kernel.
    ///
    /// # Safety
    /// The arguments must be those of the kernel, and it must stay inside the buffers they name.
    unsafe fn launch(
        &self,
        kernel: Kernel,
        shape: Shape,
        arguments: &[Argument<'_>],
    ) -> Result<(), DeviceError>;

    /// Starts a product; [`Product::start`] is the safe way.
    ///
    /// # Safety
    /// The matrices must be in buffers of this device, and inside them.
    unsafe fn multiply(&self, product: &Product<'_>, precision: Precision) -> Result<(), DeviceError>;

    /// Copies to `address`.
    ///
    /// # Safety
    /// There must be as many bytes there.
    unsafe fn write(&self, address: u64, bytes: &[u8]) -> Result<(), DeviceError>;

    /// Copies from `address`, after everything asked for before.
    ///
    /// # Safety
    /// There must be as many bytes there.
    unsafe fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), DeviceError>;

    /// Sets bytes to zero.
    ///
    /// # Safety
    /// There must be as many bytes at `address`.
    unsafe fn clear(&self, address: u64, bytes: usize) -> Result<(), DeviceError>;

    /// Waits until everything asked for is done.
    ///
    /// # Errors
    /// If some of it failed.
    fn synchronize(&self) -> Result<(), DeviceError>;

    /// A number for [`Device::repeat`] that nobody else has; 0 where nothing is kept of what is repeated.
    fn number(&self) -> u64 {
        0
    }

    /// Has `work` done, which starts the same kernels with the same shapes and the same products in the same order whenever it comes by the
    /// same number, and nothing else; arguments of kernels may be others. A device may take all of it at once.
    ///
    /// # Errors
    /// What the work fails with, or if it is other work than before.
    fn repeat(
        &self,
        number: u64,
        work: &mut dyn FnMut() -> Result<(), DeviceError>,
    ) -> Result<(), DeviceError> {
        let _ = number;
        work()
    }

    /// Gives up what was kept for a number.
    fn forget(&self, number: u64) {
        let _ = number;
    }
}

/// Work that is asked for again and again; what a device keeps of it is given up when this is dropped.
pub(crate) struct Repeated {
    device: Arc<dyn Device>,
    number: u64,
}

impl Repeated {
    pub fn new(device: &Arc<dyn Device>) -> Self {
        Self { device: Arc::clone(device), number: device.number() }
    }

    /// See [`Device::repeat`].
    pub fn run(&self, work: &mut dyn FnMut() -> Result<(), DeviceError>) -> Result<(), DeviceError> {
        self.device.repeat(self.number, work)
    }
}

impl Drop for Repeated {
    fn drop(&mut self) {
        self.device.forget(self.number);
    }
}

/// What a device has compiled already, by names and source: populations come and go, their kernels stay.
#[derive(Default)]
pub(crate) struct Compiled(Mutex<BTreeMap<String, Vec<Kernel>>>);

impl Compiled {
    /// The kernels of `source`, by `compile` if they are new.
    pub fn get(
        &self,
        source: &str,
        names: &[&str],
        compile: impl FnOnce() -> Result<Vec<Kernel>, DeviceError>,
    ) -> Result<Vec<Kernel>, DeviceError> {
        let key = format!("{}\n{source}", names.join(" "));
        if let Some(kernels) = lock(&self.0).get(&key) {
            return Ok(kernels.clone());
        }
        // Without the lock: several threads may compile at once.
        let kernels = compile()?;
        Ok(lock(&self.0).entry(key).or_insert(kernels).clone())
    }
}

/// Numbers that are copied to and from a device as they are.
///
/// # Safety
/// Only for types without padding for which any bits are a value.
pub unsafe trait Plain: Copy + Default {}
// SAFETY: numbers of a fixed width.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for u16 {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above.
unsafe impl Plain for f32 {}
// SAFETY: as above.
unsafe impl Plain for f64 {}

/// Memory of a device, given back when dropped.
pub struct Buffer {
    device: Arc<dyn Device>,
    address: u64,
    bytes: usize,
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buffer({} bytes)", self.bytes)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: the address is this buffer's own, and nothing else keeps it.
        unsafe { self.device.free(self.address, self.bytes) };
    }
}

impl Buffer {
    /// Room for `len` numbers, all zero.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn zeros<T: Plain>(device: &Arc<dyn Device>, len: usize) -> Result<Self, DeviceError> {
        // An empty buffer has an address too: kernels may be handed it.
        let bytes = (len * size_of::<T>()).max(16);
        Ok(Self { device: Arc::clone(device), address: device.allocate(bytes)?, bytes })
    }

    /// A copy of `values`.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn from_slice<T: Plain>(device: &Arc<dyn Device>, values: &[T]) -> Result<Self, DeviceError> {
        let mut buffer = Self::zeros::<T>(device, values.len())?;
        buffer.upload(0, values)?;
        Ok(buffer)
    }

    /// Its size.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Its address, `offset` bytes in.
    pub(crate) fn address(&self, offset: usize) -> u64 {
        assert!(offset <= self.bytes, "an address {offset} bytes into a buffer of {}", self.bytes);
        self.address + offset as u64
    }

    /// Replaces the numbers from `first` on.
    ///
    /// # Errors
    /// If the copy fails.
    ///
    /// # Panics
    /// If there is no room for them.
    pub fn upload<T: Plain>(&mut self, first: usize, values: &[T]) -> Result<(), DeviceError> {
        let (start, bytes) = (first * size_of::<T>(), size_of_val(values));
        assert!(start + bytes <= self.bytes, "an upload of {bytes} bytes ends outside of its buffer");
        // SAFETY: plain numbers are their bytes; the place is inside the buffer.
        unsafe {
            let bytes = std::slice::from_raw_parts(values.as_ptr().cast::<u8>(), bytes);
            self.device.write(self.address(start), bytes)
        }
    }

    /// `len` numbers from `first` on.
    ///
    /// # Errors
    /// If the copy, or anything asked for before, fails.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn download<T: Plain>(&self, first: usize, len: usize) -> Result<Vec<T>, DeviceError> {
        let (start, bytes) = (first * size_of::<T>(), len * size_of::<T>());
        assert!(start + bytes <= self.bytes, "a download of {bytes} bytes starts outside of its buffer");
        let mut values = vec![T::default(); len];
        // SAFETY: any bytes are plain numbers; the place is inside the buffer.
        unsafe {
            let bytes = std::slice::from_raw_parts_mut(values.as_mut_ptr().cast::<u8>(), bytes);
            self.device.read(self.address(start), bytes)?;
        }
        Ok(values)
    }

    /// Sets all of it to zero.
    ///
    /// # Errors
    /// If the device refuses.
    pub fn clear(&mut self) -> Result<(), DeviceError> {
        // SAFETY: the whole buffer and nothing more.
        unsafe { self.device.clear(self.address, self.bytes) }
    }
}

/// Locks even after a panic elsewhere: what is in there is only ever added to.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
