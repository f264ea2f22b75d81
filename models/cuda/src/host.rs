//! Kernels for the machine's own processor: the text that a GPU is given, as C.

mod signature;

use crate::DeviceError;
pub use signature::{argument_types, kernels};
use std::ffi::{CStr, c_char};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

pub(crate) const PRELUDE: &str = include_str!("host/prelude.h");

/// For kernels whose threads work together.
const BLOCKS: &str = include_str!("host/blocks.h");

/// Has a kernel called for every thread of a grid: grid x, y and block x, y, and the address of each argument. What it did that a
/// device would not have excused, or a null pointer.
pub type Launcher = unsafe extern "C" fn(*const u32, *const *const u64) -> *const c_char;

/// What a launcher says.
///
/// # Safety
/// `said` is what it returned, and this thread has not called one since.
pub unsafe fn problem(said: *const c_char) -> Option<String> {
    // SAFETY: the launcher's text, which ends with a zero.
    (!said.is_null()).then(|| unsafe { CStr::from_ptr(said) }.to_string_lossy().into_owned())
}

/// C of the kernels `names` of `source`, and of `launch_NAME` for each, a [`Launcher`].
///
/// # Errors
/// If the source has no such kernel.
pub fn text(source: &str, names: &[&str]) -> Result<String, DeviceError> {
    let works_together = source.contains("SYNC()");
    let blocks = if works_together { BLOCKS } else { "" };
    let mut text = format!("{PRELUDE}\n{blocks}\n{}\n", source.replace("extern \"C\"", "static"));
    for name in names {
        text.push_str(&signature::launcher(source, name, works_together)?);
    }
    Ok(text)
}

/// Compiles C to a shared library, the file `to`.
///
/// # Errors
/// If the compiler cannot be started or refuses the text.
pub fn compile(compiler: &str, source: &str, to: &Path) -> Result<(), DeviceError> {
    // No contraction to fused multiply-adds: the kernels' arithmetic is IEEE's, operation by operation.
    let mut child = Command::new(compiler)
        .args(["-x", "c", "-std=gnu11", "-O3", "-ffp-contract=off", "-shared", "-fPIC", "-o"])
        .arg(to)
        .args(["-", "-lm"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| missing(compiler, &e))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A compiler that stops reading says why below.
        let _ = stdin.write_all(source.as_bytes());
    }
    let output = child.wait_with_output().map_err(|e| missing(compiler, &e))?;
    if !output.status.success() {
        return Err(DeviceError::Compilation { log: String::from_utf8_lossy(&output.stderr).into_owned() });
    }
    Ok(())
}

pub(crate) fn missing(compiler: &str, error: &std::io::Error) -> DeviceError {
    DeviceError::NoCompiler { command: compiler.to_owned(), reason: format!("cannot be started ({error})") }
}
