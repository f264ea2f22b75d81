//! What can go wrong with a device.

/// Why a device cannot be had or did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The build lacks the feature.
    #[error("this build has no CUDA: build with `--features cuda`, or use --device cpu")]
    NotBuilt,
    /// A library is not on the machine.
    #[error(
        "{library} cannot be loaded: {remedy}, add its folder to LD_LIBRARY_PATH if it is there, or use --device cpu"
    )]
    NoLibrary {
        /// The library's name.
        library: &'static str,
        /// Where it comes from.
        remedy: &'static str,
    },
    /// The driver sees no usable GPU.
    #[error(
        "no usable NVIDIA GPU: {reason}. `nvidia-smi` shows what the driver sees; use --device cpu without one"
    )]
    NoGpu {
        /// What the driver says.
        reason: String,
    },
    /// The emulation found no C compiler.
    #[error("the emulated device needs a C compiler: `{command}` {reason}. Install one or name it in CC")]
    NoCompiler {
        /// The command tried.
        command: String,
        /// What happened.
        reason: String,
    },
    /// The emulation found no place for what it compiles.
    #[error(
        "the emulated device needs a temporary folder: {reason}. Name one that can be written to in TMPDIR"
    )]
    NoFolder {
        /// What happened.
        reason: String,
    },
    /// A kernel's source was refused.
    #[error("kernels do not compile:\n{log}")]
    Compilation {
        /// The compiler's words.
        log: String,
    },
    /// There is not enough memory.
    #[error(
        "the device has not the memory for {bytes} bytes more ({free} free): fewer replicas need less, say --replicas 1"
    )]
    Memory {
        /// Bytes wanted.
        bytes: usize,
        /// Bytes free.
        free: usize,
    },
    /// A call failed.
    #[error("{call} failed on the device: {reason}")]
    Call {
        /// What was called.
        call: &'static str,
        /// The device's words.
        reason: String,
    },
    /// A state to continue from does not fit.
    #[error("the state to continue from does not fit: {reason}")]
    State {
        /// What does not.
        reason: String,
    },
}
