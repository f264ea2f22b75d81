//! The comparisons notice what they are for: kernels with one thing wrong in them.

use super::{kernels, updates};
use crate::device::Product;
use crate::{Argument, Device, DeviceError, Emulation, Kernel, Precision, Shape};
use std::sync::Arc;

/// The emulated device with a word of every kernel replaced.
struct Spoiled {
    device: Emulation,
    old: &'static str,
    new: &'static str,
}

// SAFETY: its memory is that of the device in it.
unsafe impl Device for Spoiled {
    fn kind(&self) -> &'static str {
        "emulated"
    }
    fn description(&self) -> String {
        "spoiled".into()
    }
    fn free_bytes(&self) -> Result<usize, DeviceError> {
        self.device.free_bytes()
    }
    fn allocate(&self, bytes: usize) -> Result<u64, DeviceError> {
        self.device.allocate(bytes)
    }
    unsafe fn free(&self, address: u64, bytes: usize) {
        // SAFETY: the caller's promise, here and below.
        unsafe { self.device.free(address, bytes) }
    }
    fn compile(&self, source: &str, names: &[&str]) -> Result<Vec<Kernel>, DeviceError> {
        self.device.compile(&source.replace(self.old, self.new), names)
    }
    unsafe fn launch(
        &self,
        kernel: Kernel,
        shape: Shape,
        arguments: &[Argument<'_>],
    ) -> Result<(), DeviceError> {
        // SAFETY: as above.
        unsafe { self.device.launch(kernel, shape, arguments) }
    }
    unsafe fn multiply(&self, product: &Product<'_>, precision: Precision) -> Result<(), DeviceError> {
        // SAFETY: as above.
        unsafe { self.device.multiply(product, precision) }
    }
    unsafe fn write(&self, address: u64, bytes: &[u8]) -> Result<(), DeviceError> {
        // SAFETY: as above.
        unsafe { self.device.write(address, bytes) }
    }
    unsafe fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), DeviceError> {
        // SAFETY: as above.
        unsafe { self.device.read(address, bytes) }
    }
    unsafe fn clear(&self, address: u64, bytes: usize) -> Result<(), DeviceError> {
        // SAFETY: as above.
        unsafe { self.device.clear(address, bytes) }
    }
    fn synchronize(&self) -> Result<(), DeviceError> {
        self.device.synchronize()
    }
}

#[test]
fn a_kernel_with_one_thing_wrong_fails_its_comparison() {
    for (old, new, check) in [
        ("e % channels * 256", "(e + 1) % channels * 256", "batch from bytes"),
        (
            "(size_t)(t / run) * line",
            "(size_t)(t / run) * (line - 1)",
            "convolution 5 x 5, 3 channels: output",
        ),
        ("window < right", "window + 1 < right", "convolution 3 x 3, 12 channels: gradient of the input"),
        ("ky <= line;", "ky < line;", "convolution 5 x 5, 8 channels: gradient of the input"),
        ("sum <= 0.0f ? 0.0f", "sum <= 0.0f ? sum", "convolution 1 x 1, 20 channels: output"),
        ("? from + chunk :", "? from + chunk - 1 :", "convolution 5 x 5, 8 channels: gradient of the bias"),
        (
            "relu && !(y[i] > 0.0f)",
            "relu && y[i] > 0.0f",
            "convolution 3 x 3, 12 channels: gradient of the weight",
        ),
        ("candidate > best", "candidate >= best", "maximum pooling 3/2: gradient"),
        ("/ stride + 1 : 0)", "/ stride : 0)", "average pooling 3/2: gradient"),
        ("winner[out] == position", "1", "maximum pooling 2/1: gradient"),
        ("__fmul_rn(sum, share)", "(sum / (kernel * kernel))", "average pooling 3/2"),
        ("(unsigned int)(step >> 32)", "0", "dropout"),
        ("round < 10", "round < 9", "dropout"),
        ("class_ == label ? weight", "class_ == best ? weight", "cross-entropy: gradient"),
        ("best == label", "best != label", "images classified correctly"),
        ("loss_total[replica] += loss", "loss_total[replica] += 1.01 * loss", "cross-entropy"),
    ] {
        assert!(crate::operators::SOURCE.contains(old), "`{old}` is in no kernel");
        let device: Arc<dyn Device> = Arc::new(Spoiled { device: Emulation::open().unwrap(), old, new });
        let checks = kernels::run(&device, Precision::F32).unwrap();
        let failed: Vec<&str> = checks.iter().filter(|c| !c.passed()).map(|c| c.name.as_str()).collect();
        assert!(failed.contains(&check), "`{new}` should fail `{check}`, failed: {failed:?}");
    }
}

#[test]
fn an_update_that_rounds_otherwise_fails_its_comparison() {
    let methods = crate::tests::rules();
    // The last bit of a parameter.
    let (old, new) = ("theta[i] = ", "theta[i] = 1.0000001f * ");
    let device: Arc<dyn Device> = Arc::new(Spoiled { device: Emulation::open().unwrap(), old, new });
    let checks = updates::run(&device, &methods).unwrap();
    assert!(checks.iter().all(|check| !check.passed()), "{checks:?}");
}

#[test]
fn source_that_does_not_compile_is_said_with_the_compilers_words() {
    let (old, new) = ("float sum = 0.0f;", "float summ = 0.0f;");
    let device: Arc<dyn Device> = Arc::new(Spoiled { device: Emulation::open().unwrap(), old, new });
    let error = kernels::run(&device, Precision::F32).unwrap_err();
    assert!(matches!(&error, DeviceError::Compilation { log } if log.contains("sum")), "{error}");
}
