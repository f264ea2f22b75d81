//! CUDA C to machine code at run time, and the libraries that takes.

use crate::DeviceError;
use cudarc::nvrtc::{result, sys};
use std::ffi::CString;

/// Checks that every library is there, since using a missing one would abort.
pub(super) fn require_libraries() -> Result<(), DeviceError> {
    let missing = |library, remedy| Err(DeviceError::NoLibrary { library, remedy });
    // SAFETY: loading these libraries runs only their own initialisation.
    unsafe {
        if !cudarc::driver::sys::is_culib_present() {
            return missing(
                "libcuda (the NVIDIA driver)",
                "install the driver on a machine with an NVIDIA GPU",
            );
        }
        if !cudarc::cublas::sys::is_culib_present() {
            return missing(
                "libcublas",
                "install the CUDA toolkit 12 or 13 (or `pip install nvidia-cublas`)",
            );
        }
    }
    require_nvrtc()
}

fn require_nvrtc() -> Result<(), DeviceError> {
    // SAFETY: loading the library runs only its own initialisation.
    if unsafe { sys::is_culib_present() } {
        return Ok(());
    }
    Err(DeviceError::NoLibrary {
        library: "libnvrtc",
        remedy: "install the CUDA toolkit 12 or 13 (or `pip install nvidia-cuda-nvrtc`)",
    })
}

/// NVRTC's version.
pub(super) fn version() -> String {
    let (mut major, mut minor) = (0, 0);
    // SAFETY: writes two integers. What cannot be read is shown as 0.
    let _ = unsafe { sys::nvrtcVersion(&raw mut major, &raw mut minor) };
    format!("{major}.{minor}")
}

/// Machine code of `source` for `architecture` (`sm_90`): code for the very GPU asks less of the driver than PTX, which
/// a driver older than the toolkit refuses.
pub(super) fn cubin(source: &str, architecture: &str) -> Result<Vec<u8>, DeviceError> {
    // SAFETY: the architecture is a real one.
    compiled(source, architecture, |program| unsafe { image(program) })
}

/// What `take` has of the program that `source` is.
fn compiled<T>(
    source: &str,
    architecture: &str,
    take: impl FnOnce(sys::nvrtcProgram) -> Result<T, result::NvrtcError>,
) -> Result<T, DeviceError> {
    require_nvrtc()?;
    let refused = |e: result::NvrtcError| DeviceError::Compilation { log: e.to_string() };
    let text = CString::new(source).map_err(|e| DeviceError::Compilation { log: e.to_string() })?;
    let program = result::create_program(&text, Some(c"kernels.cu")).map_err(refused)?;
    // SAFETY: the program is destroyed at the end and not used afterwards.
    unsafe {
        // No contraction: the arithmetic is IEEE's, operation by operation. Division and square root are by default.
        let architecture_option = format!("--gpu-architecture={architecture}");
        // Lines cost nothing at run time, and let sanitizers and profilers name what they mean.
        let options = [architecture_option, "--fmad=false".to_owned(), "--generate-line-info".to_owned()];
        let taken = match result::compile_program(program, &options) {
            Ok(()) => take(program).map_err(refused),
            Err(error) => {
                let log = result::get_program_log(program).unwrap_or_default();
                let log: String = log.iter().take_while(|&&c| c != 0).map(|&c| c as u8 as char).collect();
                // What an NVRTC older than the GPU says.
                let hint = if log.contains("gpu-architecture") {
                    format!("NVRTC {} does not know {architecture}: install a newer CUDA toolkit", version())
                } else {
                    log
                };
                Err(DeviceError::Compilation { log: format!("{error}\n{hint}") })
            }
        };
        result::destroy_program(program).map_err(refused)?;
        taken
    }
}

/// # Safety
/// `program` must have been compiled for a real architecture.
unsafe fn image(program: sys::nvrtcProgram) -> Result<Vec<u8>, result::NvrtcError> {
    let mut size = 0;
    // SAFETY: the caller's promise; the second call fills exactly the bytes that the first announced.
    unsafe {
        sys::nvrtcGetCUBINSize(program, &raw mut size).result()?;
        let mut image = vec![0u8; size];
        sys::nvrtcGetCUBIN(program, image.as_mut_ptr().cast()).result()?;
        Ok(image)
    }
}

#[cfg(test)]
mod tests;
