//! The device's memory: what lies beside a buffer, or was one, cannot be touched.

use std::collections::BTreeMap;
use std::ffi::{c_int, c_long, c_void};

/// Bytes of a page, or of several: the largest that machines have.
const PAGE: usize = 65536;
/// Buffers begin at multiples of this, as the driver promises more.
const ALIGNMENT: usize = 16;
/// What a buffer is full of before anything was written.
const POISON: u8 = 0xFF;

unsafe extern "C" {
    fn mmap(
        at: *mut c_void,
        length: usize,
        protection: c_int,
        flags: c_int,
        file: c_int,
        offset: c_long,
    ) -> *mut c_void;
    fn mprotect(at: *mut c_void, length: usize, protection: c_int) -> c_int;
    fn munmap(at: *mut c_void, length: usize) -> c_int;
}

struct Buffer {
    bytes: usize,
    map: usize,
    length: usize,
}

/// Buffers by address.
#[derive(Default)]
pub(crate) struct Memory {
    buffers: BTreeMap<u64, Buffer>,
}

impl Memory {
    /// A new buffer, which ends where a page begins that cannot be touched; `None` if the machine has no memory.
    pub fn allocate(&mut self, bytes: usize) -> Option<u64> {
        let body = bytes.div_ceil(PAGE) * PAGE;
        let length = body + 2 * PAGE;
        // Private, anonymous, nothing reserved; nothing may be touched.
        // SAFETY: a new mapping takes no memory from anybody.
        let map = unsafe { mmap(std::ptr::null_mut(), length, 0, 0x2 | 0x20 | 0x4000, -1, 0) };
        if map as isize == -1 {
            return None;
        }
        // SAFETY: inside the mapping, which nobody else knows; made readable and writable before it is written.
        unsafe {
            if mprotect(map.add(PAGE), body, 1 | 2) != 0 {
                munmap(map, length);
                return None;
            }
            map.add(PAGE).cast::<u8>().write_bytes(POISON, body);
        }
        let address = (map as usize + PAGE + (body - bytes) / ALIGNMENT * ALIGNMENT) as u64;
        self.buffers.insert(address, Buffer { bytes, map: map as usize, length });
        Some(address)
    }

    /// Gives a buffer back; false if there is none at the address.
    pub fn free(&mut self, address: u64) -> bool {
        let Some(buffer) = self.buffers.remove(&address) else { return false };
        // SAFETY: mapped above with this length, and no buffer any more.
        unsafe { munmap(buffer.map as *mut c_void, buffer.length) };
        true
    }

    /// Whether `bytes` from `address` on lie in one buffer.
    pub fn holds(&self, address: u64, bytes: usize) -> bool {
        let before = self.buffers.range(..=address).next_back();
        before.is_some_and(|(start, buffer)| {
            (address - start).checked_add(bytes as u64).is_some_and(|end| end <= buffer.bytes as u64)
        })
    }

    /// Bytes of all buffers.
    pub fn bytes(&self) -> usize {
        self.buffers.values().map(|buffer| buffer.bytes).sum()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.buffers.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_full_of_poison_and_end_where_they_end() {
        let mut memory = Memory::default();
        let address = memory.allocate(40).unwrap();
        // SAFETY: forty bytes that were allocated.
        let bytes = unsafe { std::slice::from_raw_parts(address as *const u8, 40) };
        assert!(bytes.iter().all(|&byte| byte == POISON));
        assert!(memory.holds(address, 40) && memory.holds(address + 8, 32));
        assert!(
            !memory.holds(address, 41) && !memory.holds(address - 1, 1) && !memory.holds(address + 41, 0)
        );
        // Less than sixteen bytes lie between the end and a page, of the machine's smallest, that cannot be touched.
        assert!((address + 40).next_multiple_of(4096) - (address + 40) < ALIGNMENT as u64);
        assert!(memory.free(address) && !memory.free(address));
        assert_eq!((memory.bytes(), memory.count()), (0, 0));
    }
}
