//! Memory of the emulated device, with a strip after each buffer that nothing may write to.

use crate::DeviceError;
use crate::device::lock;
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Bytes of the strip, and what is in them.
const STRIP: usize = 64;
const MARK: u8 = 0xA5;

/// Sizes of the buffers by address.
#[derive(Default)]
pub(super) struct Memory(Mutex<BTreeMap<u64, usize>>);

impl Memory {
    /// The address of `bytes` zeros.
    pub fn allocate(&self, bytes: usize) -> Result<u64, DeviceError> {
        let full = || DeviceError::Memory { bytes, free: 0 };
        let layout = layout(bytes).ok_or_else(full)?;
        // SAFETY: the layout is not empty; the strip is the end of what was allocated.
        let start = unsafe {
            let start = alloc_zeroed(layout);
            if start.is_null() {
                return Err(full());
            }
            start.add(bytes).write_bytes(MARK, STRIP);
            start
        };
        let address = start as u64;
        lock(&self.0).insert(address, bytes);
        Ok(address)
    }

    pub fn free(&self, address: u64) {
        if let Some(bytes) = lock(&self.0).remove(&address)
            && let Some(layout) = layout(bytes)
        {
            // SAFETY: allocated above with the same layout and not freed before: it was still in the map.
            unsafe { dealloc(address as *mut u8, layout) };
        }
    }

    /// Bytes of all buffers.
    pub fn bytes(&self) -> usize {
        lock(&self.0).values().sum()
    }

    /// Whether every strip is as it was.
    pub fn check(&self) -> Result<(), DeviceError> {
        for (&address, &bytes) in lock(&self.0).iter() {
            // SAFETY: what is in the map is allocated, strip included.
            let strip = unsafe { std::slice::from_raw_parts((address as *const u8).add(bytes), STRIP) };
            if strip.iter().any(|&byte| byte != MARK) {
                let reason = format!("it wrote past the end of a buffer of {bytes} bytes");
                return Err(DeviceError::Call { call: "a kernel", reason });
            }
        }
        Ok(())
    }
}

fn layout(bytes: usize) -> Option<Layout> {
    Layout::from_size_align(bytes.checked_add(STRIP)?, 64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_past_the_end_is_noticed() {
        let memory = Memory::default();
        let address = memory.allocate(12).unwrap();
        assert_eq!(memory.check(), Ok(()));
        // SAFETY: inside the strip, which is allocated.
        unsafe { (address as *mut u8).add(12).write(0) };
        assert!(memory.check().unwrap_err().to_string().contains("buffer of 12 bytes"));
        memory.free(address);
        assert_eq!(memory.check(), Ok(()));
    }
}
