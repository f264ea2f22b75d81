//! libcublas.

use crate::product::{Factors, extent, multiply};
use crate::world::{STREAM, Task, call_in_context, enter, setting};
use std::ffi::{c_int, c_longlong, c_void};
use std::sync::Arc;

/// Codes of `cublasStatus_t` in cublas_api.h.
const SUCCESS: u32 = 0;
const NOT_INITIALIZED: u32 = 1;
const INVALID_VALUE: u32 = 7;
const EXECUTION_FAILED: u32 = 13;

const HANDLE: usize = 0xB1A5;
/// `CUDA_R_32F`, and the two ways to compute that are used: `CUBLAS_COMPUTE_32F` and `CUBLAS_COMPUTE_32F_FAST_TF32`.
const REAL_32: u32 = 0;
const COMPUTE_32F: u32 = 68;
const COMPUTE_TF32: u32 = 77;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cublasCreate_v2(handle: *mut usize) -> u32 {
    let Ok(mut world) = call_in_context() else { return NOT_INITIALIZED };
    if setting("DOUBLE_CUBLAS").is_some() {
        return NOT_INITIALIZED;
    }
    world.handles += 1;
    // SAFETY: the caller's handle.
    unsafe { handle.write(HANDLE) };
    SUCCESS
}

#[unsafe(no_mangle)]
pub extern "C" fn cublasDestroy_v2(handle: usize) -> u32 {
    let mut world = enter();
    if handle != HANDLE || world.handles == 0 {
        return NOT_INITIALIZED;
    }
    world.handles -= 1;
    SUCCESS
}

/// Forgets the workspace, as the manual says.
#[unsafe(no_mangle)]
pub extern "C" fn cublasSetStream_v2(handle: usize, stream: usize) -> u32 {
    let Ok(mut world) = call_in_context() else { return EXECUTION_FAILED };
    world.workspace = false;
    if handle == HANDLE && stream == STREAM { SUCCESS } else { INVALID_VALUE }
}

#[unsafe(no_mangle)]
pub extern "C" fn cublasSetWorkspace_v2(handle: usize, workspace: u64, bytes: usize) -> u32 {
    let Ok(mut world) = call_in_context() else { return EXECUTION_FAILED };
    if handle != HANDLE || !workspace.is_multiple_of(256) || !world.memory.holds(workspace, bytes) {
        return INVALID_VALUE;
    }
    world.workspace = true;
    SUCCESS
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cublasGetVersion_v2(_handle: usize, version: *mut c_int) -> u32 {
    // SAFETY: the caller's integer.
    unsafe { version.write(130_000) };
    SUCCESS
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cublasGemmStridedBatchedEx(
    handle: usize,
    a_operation: u32,
    b_operation: u32,
    m: c_int,
    n: c_int,
    k: c_int,
    alpha: *const c_void,
    a: u64,
    a_type: u32,
    lda: c_int,
    a_stride: c_longlong,
    b: u64,
    b_type: u32,
    ldb: c_int,
    b_stride: c_longlong,
    beta: *const c_void,
    c: u64,
    c_type: u32,
    ldc: c_int,
    c_stride: c_longlong,
    batch: c_int,
    compute: u32,
    _algorithm: c_int,
) -> u32 {
    let Ok(mut world) = call_in_context() else { return EXECUTION_FAILED };
    // SAFETY: the factors of the sum lie on the host, where the handle has not been told otherwise.
    let [alpha, beta] = unsafe { [*alpha.cast::<f32>(), *beta.cast::<f32>()] };
    let number = |x: c_longlong| usize::try_from(x).ok();
    let (Some(m), Some(n), Some(k), Some(batch)) =
        (number(m.into()), number(n.into()), number(k.into()), number(batch.into()))
    else {
        return INVALID_VALUE;
    };
    let (Some(lda), Some(ldb), Some(ldc)) = (number(lda.into()), number(ldb.into()), number(ldc.into()))
    else {
        return INVALID_VALUE;
    };
    let strides = (number(a_stride), number(b_stride), number(c_stride));
    let (Some(a_stride), Some(b_stride), Some(c_stride)) = strides else { return INVALID_VALUE };
    let (a_transposed, b_transposed) = (a_operation == 1, b_operation == 1);
    let (a_rows, a_columns) = if a_transposed { (k, m) } else { (m, k) };
    let (b_rows, b_columns) = if b_transposed { (n, k) } else { (k, n) };
    let is_known = handle == HANDLE
        && world.workspace
        && a_operation < 2
        && b_operation < 2
        && [a_type, b_type, c_type] == [REAL_32; 3]
        && [COMPUTE_32F, COMPUTE_TF32].contains(&compute)
        && (alpha, beta) == (1.0, 0.0);
    let fits = m > 0 && n > 0 && k > 0 && batch > 0 && lda >= a_rows && ldb >= b_rows && ldc >= m;
    if !is_known || !fits {
        return INVALID_VALUE;
    }
    let lies = |at: u64, rows: usize, columns: usize, leading: usize, stride: usize| {
        at.is_multiple_of(4)
            && world.memory.holds(at, 4 * ((batch - 1) * stride + extent(rows, columns, leading)))
    };
    // Results of replicas must not overlap.
    let apart = batch == 1 || c_stride >= extent(m, n, ldc);
    if !lies(a, a_rows, a_columns, lda, a_stride)
        || !lies(b, b_rows, b_columns, ldb, b_stride)
        || !lies(c, m, n, ldc, c_stride)
        || !apart
    {
        return INVALID_VALUE;
    }
    world.say(format_args!("product {m} {n} {k} {batch}"));
    let tf32 = compute == COMPUTE_TF32;
    world.enqueue(Task::Other(Arc::new(move || {
        for replica in 0..batch {
            let at = |start: u64, stride: usize| start + (4 * replica * stride) as u64;
            let factors = Factors {
                a: at(a, a_stride),
                a_transposed,
                lda,
                b: at(b, b_stride),
                b_transposed,
                ldb,
                c: at(c, c_stride),
                ldc,
                m,
                n,
                k,
                tf32,
            };
            // SAFETY: all of it lies in buffers, which are freed only after this has been done.
            unsafe { multiply(&factors) };
        }
        None
    })));
    SUCCESS
}
