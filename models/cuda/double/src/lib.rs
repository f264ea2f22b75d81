//! A double of the CUDA driver, cuBLAS and NVRTC, as far as the engine uses them, for machines without a GPU.
//!
//! One shared library has the functions of all three; [`install`] gives it their names in a folder for `LD_LIBRARY_PATH`. Kernels are the
//! text that NVRTC is given, compiled by the machine's C compiler. The double is as strict as the manuals allow a driver to be:
//!
//! * nothing is done before something waits for it; what the host passed to a copy is read as late as that;
//! * memory is full of 0xFF when it is allocated, ends at a page that cannot be touched, and cannot be touched any more once it is freed;
//! * calls on a thread without the context, launches outside of the limits, and products whose factors end outside of their buffers
//!   are refused;
//! * what is captured is not done, a capture is lost by what waits for its stream or copies on it, and by what allocates, frees or loads on its thread; arguments of nodes are
//!   copied, and a node is good as long as its graph;
//! * products are summed in two halves, as a kernel that splits a long sum does; TF32 cuts digits off, as a tensor core that is given raw
//!   numbers does.
//!
//! What it does is set by variables of the environment: `DOUBLE_FAIL_AT=N` lets the N-th call that may fail do so, after which the device is lost;
//! `DOUBLE_MEMORY=BYTES` is the device's memory; `DOUBLE_INIT=CODE` is what `cuInit` answers; `DOUBLE_DRIVER=12020` makes it a driver for CUDA 12.2; `DOUBLE_CUBLAS=1` is a
//! cuBLAS that does not fit it; `DOUBLE_LOG=FILE` lists launches, products
//! and, when the context is given back, what was left behind; `DOUBLE_CACHE=DIR` keeps compiled kernels for the next process.

mod blas;
mod driver;
mod graph;
mod install;
mod memory;
mod nvrtc;
mod product;
mod world;

pub use install::install;
