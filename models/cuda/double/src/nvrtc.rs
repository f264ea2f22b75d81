//! libnvrtc: the machine's C compiler.

use crate::world::{call, enter};
use std::collections::hash_map::DefaultHasher;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;

/// Codes of `nvrtcResult` in nvrtc.h.
const SUCCESS: u32 = 0;
const OUT_OF_MEMORY: u32 = 1;
const INVALID_INPUT: u32 = 3;
const INVALID_PROGRAM: u32 = 4;
const INVALID_OPTION: u32 = 5;
const COMPILATION: u32 = 6;

/// A program.
#[derive(Default)]
pub(crate) struct Program {
    source: String,
    image: Vec<u8>,
    log: String,
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvrtcVersion(major: *mut c_int, minor: *mut c_int) -> u32 {
    // SAFETY: the caller's integers.
    unsafe {
        major.write(13);
        minor.write(0);
    }
    SUCCESS
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvrtcCreateProgram(
    program: *mut usize,
    source: *const c_char,
    _name: *const c_char,
    headers: c_int,
    _sources: *const c_void,
    _names: *const c_void,
) -> u32 {
    if headers != 0 {
        return INVALID_INPUT;
    }
    // SAFETY: the caller's text.
    let source = unsafe { CStr::from_ptr(source) }.to_string_lossy().into_owned();
    let Ok(mut world) = call() else { return OUT_OF_MEMORY };
    let handle = world.handle();
    world.programs.insert(handle, Program { source, ..Program::default() });
    // SAFETY: the caller's handle.
    unsafe { program.write(handle) };
    SUCCESS
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvrtcCompileProgram(
    program: usize,
    count: c_int,
    options: *const *const c_char,
) -> u32 {
    let options: Vec<String> = (0..usize::try_from(count).unwrap_or(0))
        // SAFETY: the caller has so many texts.
        .map(|i| unsafe { CStr::from_ptr(*options.add(i)) }.to_string_lossy().into_owned())
        .collect();
    // The arithmetic of the kernels rests on the second.
    if !options.iter().any(|it| it.starts_with("--gpu-architecture=sm_"))
        || !options.iter().any(|it| it == "--fmad=false")
    {
        return INVALID_OPTION;
    }
    let failed = call().is_err();
    let mut world = enter();
    let Some(program) = world.programs.get_mut(&program) else { return INVALID_PROGRAM };
    if failed {
        program.log = "the double was told to fail".into();
        return COMPILATION;
    }
    match image(&program.source) {
        Ok(image) => {
            program.image = image;
            SUCCESS
        }
        Err(log) => {
            program.log = log;
            COMPILATION
        }
    }
}

/// The shared library of a source's kernels.
fn image(source: &str) -> Result<Vec<u8>, String> {
    let kernels = cuda::host::kernels(source);
    let mut text = cuda::host::text(source, &kernels).map_err(|error| error.to_string())?;
    for kernel in &kernels {
        let types = cuda::host::argument_types(source, kernel).map_err(|error| error.to_string())?;
        let widths: Vec<String> = types.iter().map(|kind| format!("sizeof({kind}), ")).collect();
        let _ = writeln!(text, "const unsigned char widths_{kernel}[] = {{{}0}};", widths.concat());
    }
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
    let kept = std::env::var_os("DOUBLE_CACHE").map(|folder| {
        let mut hasher = DefaultHasher::new();
        (&text, &compiler).hash(&mut hasher);
        PathBuf::from(folder).join(format!("{:016x}.so", hasher.finish()))
    });
    if let Some(image) = kept.as_ref().and_then(|file| std::fs::read(file).ok()) {
        return Ok(image);
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("kernels.so");
    cuda::host::compile(&compiler, &text, &file).map_err(|error| error.to_string())?;
    let image = std::fs::read(&file).map_err(|error| error.to_string())?;
    if let Some(kept) = kept {
        // Whole or not at all, where two processes write the same.
        let part = kept.with_extension(std::process::id().to_string());
        let _ = std::fs::write(&part, &image).and_then(|()| std::fs::rename(&part, &kept));
    }
    Ok(image)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvrtcDestroyProgram(program: *mut usize) -> u32 {
    // SAFETY: the caller's handle.
    match enter().programs.remove(&unsafe { *program }) {
        Some(_) => SUCCESS,
        None => INVALID_PROGRAM,
    }
}

/// A size of a program, or what has it.
fn read(program: usize, of: impl FnOnce(&Program)) -> u32 {
    match enter().programs.get(&program) {
        Some(program) => {
            of(program);
            SUCCESS
        }
        None => INVALID_PROGRAM,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvrtcGetProgramLogSize(program: usize, bytes: *mut usize) -> u32 {
    // SAFETY: the caller's number.
    read(program, |it| unsafe { bytes.write(it.log.len() + 1) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvrtcGetProgramLog(program: usize, text: *mut c_char) -> u32 {
    // SAFETY: the caller has as many bytes as the size, which has one for the zero.
    read(program, |it| unsafe {
        std::ptr::copy_nonoverlapping(it.log.as_ptr(), text.cast(), it.log.len());
        text.add(it.log.len()).write(0);
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvrtcGetCUBINSize(program: usize, bytes: *mut usize) -> u32 {
    // SAFETY: the caller's number.
    read(program, |it| unsafe { bytes.write(it.image.len()) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn nvrtcGetCUBIN(program: usize, image: *mut c_char) -> u32 {
    // SAFETY: the caller has as many bytes as the size.
    read(program, |it| unsafe {
        std::ptr::copy_nonoverlapping(it.image.as_ptr(), image.cast(), it.image.len())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn nvrtcGetErrorString(_error: u32) -> *const c_char {
    c"error".as_ptr()
}
