//! A device that gives away only a part of its memory: for GPUs that are shared, and to see what happens when it is full.

use crate::device::lock;
use crate::{Argument, Device, DeviceError, Kernel, Precision, Product, Shape};
use std::sync::{Arc, Mutex};

/// Another device, of whose memory at most so much is used through this one.
pub struct Limited {
    device: Arc<dyn Device>,
    limit: usize,
    used: Mutex<usize>,
}

impl Limited {
    /// At most `bytes` of the memory of `device`. What the device itself needs (its context, its kernels) is not counted.
    pub fn new(device: Arc<dyn Device>, bytes: usize) -> Self {
        Self { device, limit: bytes, used: Mutex::new(0) }
    }

    /// Bytes of all buffers there are.
    pub fn allocated_bytes(&self) -> usize {
        *lock(&self.used)
    }
}

// SAFETY: addresses are those of the device, which keeps its promise; everything else is handed on as it is.
unsafe impl Device for Limited {
    fn kind(&self) -> &'static str {
        self.device.kind()
    }

    fn description(&self) -> String {
        self.device.description()
    }

    fn free_bytes(&self) -> Result<usize, DeviceError> {
        let left = self.limit - self.allocated_bytes();
        Ok(self.device.free_bytes()?.min(left))
    }

    fn allocate(&self, bytes: usize) -> Result<u64, DeviceError> {
        // Locked until the device has answered: two threads cannot both be given what is left.
        let mut used = lock(&self.used);
        let free = self.limit - *used;
        if bytes > free {
            return Err(DeviceError::Memory { bytes, free });
        }
        let address = self.device.allocate(bytes)?;
        *used += bytes;
        Ok(address)
    }

    unsafe fn free(&self, address: u64, bytes: usize) {
        // SAFETY: the caller's promise; the address is the device's own.
        unsafe { self.device.free(address, bytes) };
        let mut used = lock(&self.used);
        *used = used.saturating_sub(bytes);
    }

    fn compile(&self, source: &str, names: &[&str]) -> Result<Vec<Kernel>, DeviceError> {
        self.device.compile(source, names)
    }

    unsafe fn launch(
        &self,
        kernel: Kernel,
        shape: Shape,
        arguments: &[Argument<'_>],
    ) -> Result<(), DeviceError> {
        // SAFETY: the caller's promise.
        unsafe { self.device.launch(kernel, shape, arguments) }
    }

    unsafe fn multiply(&self, product: &Product<'_>, precision: Precision) -> Result<(), DeviceError> {
        // SAFETY: the caller's promise.
        unsafe { self.device.multiply(product, precision) }
    }

    unsafe fn write(&self, address: u64, bytes: &[u8]) -> Result<(), DeviceError> {
        // SAFETY: the caller's promise.
        unsafe { self.device.write(address, bytes) }
    }

    unsafe fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), DeviceError> {
        // SAFETY: the caller's promise.
        unsafe { self.device.read(address, bytes) }
    }

    unsafe fn clear(&self, address: u64, bytes: usize) -> Result<(), DeviceError> {
        // SAFETY: the caller's promise.
        unsafe { self.device.clear(address, bytes) }
    }

    fn synchronize(&self) -> Result<(), DeviceError> {
        self.device.synchronize()
    }

    fn number(&self) -> u64 {
        self.device.number()
    }

    fn repeat(
        &self,
        number: u64,
        work: &mut dyn FnMut() -> Result<(), DeviceError>,
    ) -> Result<(), DeviceError> {
        self.device.repeat(number, work)
    }

    fn forget(&self, number: u64) {
        self.device.forget(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Buffer, Emulation};

    #[test]
    fn memory_beyond_the_limit_is_refused_and_what_is_dropped_is_free_again() {
        let inner: Arc<dyn Device> = Arc::new(Emulation::open().unwrap());
        let limited = Arc::new(Limited::new(inner, 1000));
        let device: Arc<dyn Device> = limited.clone();
        assert_eq!(device.free_bytes(), Ok(1000));
        let first = Buffer::from_slice(&device, &[1.5f32; 100]).unwrap();
        assert_eq!((device.free_bytes(), limited.allocated_bytes()), (Ok(600), 400));
        let refused = Buffer::zeros::<f64>(&device, 76).unwrap_err();
        assert_eq!(refused, DeviceError::Memory { bytes: 608, free: 600 });
        let second = Buffer::zeros::<f64>(&device, 75).unwrap();
        assert_eq!(device.free_bytes(), Ok(0));
        assert_eq!(first.download::<f32>(99, 1).unwrap(), [1.5]);
        drop((first, second));
        assert_eq!(device.free_bytes(), Ok(1000));
        // More than there is at all is no more than there is.
        let plenty = Limited::new(Arc::new(Emulation::open().unwrap()), usize::MAX);
        assert_eq!(plenty.free_bytes().unwrap(), Emulation::open().unwrap().free_bytes().unwrap());
    }
}
