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
        let image = match result::compile_program(program, &options) {
            Ok(()) => image(program).map_err(refused),
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
        image
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
mod tests {
    use super::*;

    /// Needs no GPU. On a machine without NVRTC it holds that this is said, which is all that can be asked there.
    #[test]
    fn every_kernel_compiles_for_every_generation() {
        if require_nvrtc().is_err() {
            let error = cubin(crate::operators::SOURCE, "sm_90").unwrap_err();
            assert!(
                error.to_string().starts_with("libnvrtc cannot be loaded: install the CUDA toolkit"),
                "{error}"
            );
            return;
        }
        for architecture in ["sm_80", "sm_86", "sm_89", "sm_90", "sm_100"] {
            let mut sources = vec![crate::operators::SOURCE.to_owned(), crate::update::SOURCE.to_owned()];
            let rules = crate::tests::rules();
            sources.extend(rules.iter().filter_map(|method| method.cuda_source()));
            sources.extend(rules.iter().filter_map(|method| method.segment_kernels(1)).map(|own| own.source));
            for source in sources {
                // Machine code is an ELF file.
                assert!(cubin(&source, architecture).unwrap().starts_with(b"\x7fELF"));
            }
        }
        let error = cubin("extern \"C\" __global__ void k() { undeclared; }", "sm_90").unwrap_err();
        assert!(error.to_string().contains("undeclared"), "{error}");
        let error = cubin(crate::operators::SOURCE, "sm_1").unwrap_err();
        assert!(error.to_string().contains("install a newer CUDA toolkit"), "{error}");
    }
}
