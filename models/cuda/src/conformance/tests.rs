//! The comparisons notice what they are for: kernels with one thing wrong in them.

use super::{Check, kernels, updates};
use crate::device::Product;
use crate::{Argument, Device, DeviceError, Emulation, Kernel, Precision, Shape};
use std::sync::Arc;

/// The emulated device with a word of every kernel replaced. What the word is not in is compiled once for all of them.
struct Spoiled {
    device: Arc<Emulation>,
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
    let emulation = Arc::new(Emulation::open().unwrap());
    let sources = crate::operators::sources();
    for (old, new, check) in [
        ("e % channels * 256", "(e + 1) % channels * 256", "batch from bytes"),
        ("first + place, 0)", "first + row, 0)", "pieces within 2"),
        ("keys + (size_t)replica * 2", "keys", "pieces within 2"),
        ("words[1], 2 * pad + 1", "words[1], 2 * pad", "pieces within 2"),
        ("words[0], 2", "words[1], 2", "pieces within 2"),
        ("words[2] >> 31", "words[2] >> 30", "pieces within 0, reflected"),
        ("width - 1 - column", "width - column", "pieces within 2, reflected"),
        ("y < (int)height", "y < (int)height - 1", "pieces within 2, reflected"),
        ("+ channel] : 0;", "+ channel] : 1;", "pieces within 2"),
        (
            "(image * height + down) * line",
            "(image * height + down) * (line - 1)",
            "convolution 5 x 5, 3 channels: output",
        ),
        ("window < right", "window + 1 < right", "convolution 3 x 3, 12 channels: gradient of the input"),
        ("ky <= line;", "ky < line;", "convolution 5 x 5, 8 channels: gradient of the input"),
        ("t % run - margin", "t % run", "convolution 3 x 3, 8 channels, stride 2, padding 1: output"),
        (
            "t / run - padding",
            "t / run",
            "convolution 2 x 2, 5 channels, stride 3, padding 1, without bias: output",
        ),
        (
            "ky += stride",
            "ky++",
            "convolution 5 x 5, 12 channels, stride 3, padding 4: gradient of the input",
        ),
        (
            "% height + padding",
            "% height",
            "convolution 3 x 3, 8 channels, stride 2, padding 1: gradient of the input",
        ),
        ("sum <= 0.0f ? 0.0f", "sum <= 0.0f ? sum", "convolution 1 x 1, 20 channels: output"),
        ("? from + chunk :", "? from + chunk - 1 :", "convolution 5 x 5, 8 channels: gradient of the bias"),
        (
            "relu && !(y[i] > 0.0f)",
            "relu && y[i] > 0.0f",
            "convolution 3 x 3, 12 channels: gradient of the weight",
        ),
        ("candidate > best", "candidate >= best", "maximum pooling 3/2: gradient"),
        ("/ stride + 1 : 0)", "/ stride : 0)", "average pooling 3/2: gradient"),
        ("(winner[out] & places) == position", "1", "maximum pooling 2/1: gradient"),
        ("winner[out] & ~places", "0", "maximum pooling 2/2 and dropout: gradient"),
        ("dropped && dropped[out]", "0", "average pooling 3/2 and dropout: gradient"),
        ("* (pixels) + (pixel)) *", "* (pixels) + 1) *", "average pooling 3/2 and dropout"),
        (
            "mean = __fmul_rn(mean, is_kept ? scale",
            "mean = __fmul_rn(mean, is_kept ? 1.0f",
            "average pooling 2/1 and dropout",
        ),
        (
            "best = __fmul_rn(best, is_kept ? scale",
            "best = __fmul_rn(best, is_kept ? 1.0f",
            "maximum pooling 2/1 and dropout",
        ),
        ("__fmul_rn(sum, share)", "(sum / (1.0f / share))", "average pooling 3/2"),
        ("dy[(size_t)(row / positions)", "dy[(size_t)(row / positions / 2)", "mean over positions: gradient"),
        ("(unsigned int)(step >> 32)", "0", "dropout"),
        ("round < 10", "round < 9", "dropout"),
        (
            "class_ == label ? target.hit",
            "class_ == best ? target.hit",
            "cross-entropy of 1, smoothed by 0: gradient",
        ),
        (
            "? target.hit : target.miss",
            "? target.hit : 0.0f",
            "cross-entropy of 1, smoothed by 0.1: gradient",
        ),
        ("best == label", "best != label", "cross-entropy of 1, smoothed by 0: classified correctly"),
        ("smoothing / classes * sum", "smoothing * sum", "cross-entropy of 1, smoothed by 0.1"),
        ("(1.0 - target.smoothing) * expected", "expected", "cross-entropy of 6, smoothed by 0.2"),
        ("+ row % predictions", "", "cross-entropy of 6, smoothed by 0"),
        ("orders[place] * predictions", "orders[place]", "cross-entropy of 6, smoothed by 0: gradient"),
        ("part < parts; part++", "part + 1 < parts; part++", "cross-entropy of 6, smoothed by 0"),
        (
            "correct[first] = right",
            "correct[first] = right > 0",
            "cross-entropy of 6, smoothed by 0: classified correctly",
        ),
        ("difference + difference", "difference", "SquaredError of 9: gradient"),
        ("targets ? targets[i] : 0.0f", "0.0f", "SquaredError of 173"),
        ("e = part; e < size", "e = part; e < parts && e < size", "SquaredError of 173 against zero"),
        ("expf(-size)", "expf(size)", "BinaryCrossEntropy of 9"),
        ("? 1.0f - t : t", "? t : t", "BinaryCrossEntropy of 173"),
        ("share : small * share", "share : share", "BinaryCrossEntropy of 9: gradient"),
        ("+ positions - 1;", "+ positions - 2;", "last position"),
        ("== positions - 1;", "== positions - 2;", "last position: gradient"),
        ("is_last ? of_image[c] : 0.0f", "of_image[c]", "last position: gradient"),
        ("__fmul_rn(x[i], factors[e])", "__fmul_rn(x[i], factors[0])", "fixed factors"),
        ("x <= 0.0f ? 0.0f", "x < -1.0f ? 0.0f", "rectifier"),
        ("x[i] > 0.0f ? dy[i]", "x[i] >= 0.0f ? dy[i]", "rectifier"),
        ("0.5f * erff", "0.50001f * erff", "Gelu"),
        ("3.0f * GELU_CUBIC", "2.0f * GELU_CUBIC", "GeluTanh: gradient"),
        ("1.0f - y * y", "1.0f - x * y", "Tanh: gradient"),
        ("y * (1.0f - share);", "x * (1.0f - share);", "Silu: gradient"),
        ("a[i] + b[i]", "a[i] - b[i]", "sum of two values"),
        ("(count * share)", "share", "batch normalisation, 7 channels: output"),
        ("cell - i * chunk", "chunk", "batch normalisation, 7 channels: output"),
        ("/ (count - 1.0)", "/ count", "batch normalisation, 7 channels: running statistics"),
        ("(1.0 - momentum) *", "momentum *", "batch normalisation, 11 channels: running statistics"),
        ("of_replica[channels] + eps", "of_replica[channels]", "batch normalisation, 7 channels: evaluation"),
        ("((x[i] - of_cell[0])", "(x[i]", "layer normalisation, 33 channels: gradients of gain and shift"),
        (
            "inverse * inverse * inverse",
            "inverse",
            "group normalisation by 3, 12 channels: gradient of the input",
        ),
        ("chunks / cells * pitch", "chunks * 0", "layer normalisation, 7 channels: gradient of the input"),
        ("share * out[1] * scale", "share * scale", "batch normalisation, 7 channels: gradient of the input"),
        ("tokens[first + k] == (float)token", "tokens[k] == (float)token", "embedding of 7 tokens: gradient"),
        ("k < per_replica; k++", "k + 1 < per_replica; k++", "embedding of 7 tokens: gradient"),
        ("(size_t)token * width : 0", "(size_t)(token / 2) * width : 0", "embedding of 200 tokens"),
        ("token < (float)vocabulary", "token < (float)vocabulary - 1.0f", "embedding of 7 tokens"),
        ("row / time / sequences * pitch", "row / time * 0", "positions"),
        ("x[i] + of_position[c]", "x[i] - of_position[c]", "positions"),
        ("* sequences + k) * time + position", "+ k) * time + position", "positions: gradient"),
        ("c % width / size) * time", "c % width % heads) * time", "attention of 45 with 3 heads: output"),
        ("product > top ? product : top", "top", "attention of 3 with 1 heads: output"),
        ("- top) * scale)", "- top))", "attention of 45 with 3 heads: output"),
        (
            "key < keys ? *weight * share",
            "1 ? *weight * share",
            "causal attention of 32 with 1 heads: output",
        ),
        ("causal ? query + 1", "causal ? query", "causal attention of 45 with 3 heads: gradient"),
        ("weights[i] * gradient[i]", "gradient[i]", "attention of 32 with 1 heads: gradient"),
        ("(gradient[i] - sum) * scale", "(gradient[i] - sum)", "attention of 45 with 3 heads: gradient"),
        ("key < keys ? weights[i] *", "1 ? weights[i] *", "causal attention where there is a NaN"),
        (
            "loss_total[replica] += loss",
            "loss_total[replica] += 1.01 * loss",
            "cross-entropy of 1, smoothed by 0",
        ),
        ("i < images; i++", "i + 1 < images; i++", "cross-entropy of 1, smoothed by 0.1"),
        // Of either kernel that scores.
        ("bias + replica * pitch", "bias", "cross-entropy of 6, smoothed by 0.2"),
        ("bias + replica * pitch", "bias", "cross-entropy of 1, smoothed by 0.1"),
        (
            "loss_total[replica] += loss",
            "loss_total[replica] += 1.01 * loss",
            "cross-entropy of 6, smoothed by 0",
        ),
        ("z[class_] + bias[class_]", "z[class_]", "cross-entropy of 1, smoothed by 0.1: gradient"),
    ] {
        assert!(sources.iter().any(|source| source.contains(old)), "`{old}` is in no kernel");
        let device: Arc<dyn Device> = Arc::new(Spoiled { device: Arc::clone(&emulation), old, new });
        let checks = kernels::run(&device, Precision::F32).unwrap();
        let failed: Vec<&str> = checks.iter().filter(|c| !c.passed()).map(|c| c.name.as_str()).collect();
        assert!(failed.contains(&check), "`{new}` should fail `{check}`, failed: {failed:?}");
    }
}

/// The same of convolutions on tensor cores, of what goes back through poolings, and of numbers stored in half.
#[test]
fn a_convolution_with_one_thing_wrong_fails_its_comparison() {
    let emulation = Arc::new(Emulation::open().unwrap());
    for (old, new, check) in [
        ("(byte & POOL_PLACES) == position", "(byte & POOL_PLACES) != position", "with a pooling"),
        ("byte & ~(unsigned int)POOL_PLACES ? 0.0f : scale", "scale", "with a pooling and a dropout"),
        ("oy < POOL_HEIGHT", "oy + 1 < POOL_HEIGHT", "with a pooling"),
        ("byte ? 0.0f : scale", "scale", "with an average pooling and a dropout"),
        ("), POOL_SHARE)", "), 1.0f)", "with an average pooling"),
        ("own = slab + warp % 4 * 16", "own = warp % 4 * 16", "72 channels, on tensor cores (bf16"),
        ("c = slab + e % SLAB", "c = e % SLAB", "72 channels, on tensor cores (bf16"),
        ("inputs[i], weights[k]", "inputs[0], weights[k]", "gradient of the input"),
        ("if (!IS_OPEN(mask, f + n)) b[i][n] = 0.0f", "", "gradient of the weight"),
        ("if (!IS_OPEN(mask, f + e)) a[i][e] = 0.0f", "", "gradient of the input"),
        ("&& v % STRIDE == 0", "", "stride 2, padding 0, on tensor cores, with a pooling and a dropout"),
        ("bias += LOAD(", "bias -= LOAD(", "gradient of the bias"),
        ("(four >> 16 * n) & 0xFFFFu", "(four >> 16 * n) & 0xFFE0u", "(bf16, bf16, bf16)"),
        ("bits + 0x7FFFu + (bits >> 16 & 1u)", "bits", "average pooling"),
    ] {
        let device: Arc<dyn Device> = Arc::new(Spoiled { device: Arc::clone(&emulation), old, new });
        let checks = kernels::of_halves(&device).unwrap();
        let failed: Vec<&str> = checks.iter().filter(|c| !c.passed()).map(|c| c.name.as_str()).collect();
        assert!(failed.iter().any(|name| name.contains(check)), "`{new}` should fail `{check}`: {failed:?}");
    }
    let checks = kernels::of_halves(&(emulation as Arc<dyn Device>)).unwrap();
    assert!(checks.iter().all(Check::passed), "{checks:?}");
}

#[test]
fn an_update_that_rounds_otherwise_fails_its_comparison() {
    let methods = crate::tests::rules();
    // The last bit of what is stored.
    let (old, new) = ("[i] = t", "[i] = 1.0000001f * t");
    let emulation = Arc::new(Emulation::open().unwrap());
    let device: Arc<dyn Device> = Arc::new(Spoiled { device: emulation, old, new });
    let checks = updates::run(&device, &methods).unwrap();
    // What is made of products is not held to the last bit.
    let (products, others): (Vec<_>, Vec<_>) =
        checks.iter().partition(|check| check.name.starts_with("update Muon"));
    assert!(products.len() == 2 && others.iter().all(|check| !check.passed()), "{checks:?}");
}

/// The steps that are more than a kernel of their rule: every place that is spoiled is noticed by whom it concerns.
#[test]
fn sums_clipping_averages_and_products_are_compared() {
    let emulation = Arc::new(Emulation::open().unwrap());
    let spoiled = [
        // The lanes' sums, theirs by halves, and those over chunks.
        ("sum_0_ = __dadd_rn(sum_0_, (double)", "sum_0_ = __dadd_rn(sum_0_, 1.001 * (double)", "LAMB"),
        (
            "__dadd_rn(own[lane], own[lane + width])",
            "__dadd_rn(own[lane], 1.001 * own[lane + width])",
            "LAMB",
        ),
        ("of_0_ = __dadd_rn(of_0_,", "of_0_ = (", "LAMB"),
        // What is remembered.
        ("after_[", "(void)after_, rows_[", "Prodigy"),
        ("factors[r] = factor >= 1.0", "factors[r] = factor < 1.0", "Schedule-Free"),
        ("const float first = __fmul_rn(a,", "const float first = __fmul_rn(1.001f * a,", "Muon"),
        ("__ddiv_rn(1.0, norm >", "__ddiv_rn(0.5, norm >", "Muon"),
    ];
    for (old, new, whom) in spoiled {
        let device: Arc<dyn Device> = Arc::new(Spoiled { device: Arc::clone(&emulation), old, new });
        let methods: Vec<_> =
            crate::tests::rules().into_iter().filter(|method| method.title() == whom).collect();
        let checks = updates::run(&device, &methods).unwrap();
        assert!(checks.iter().any(|check: &Check| !check.passed()), "`{new}`: {checks:?}");
    }
}

#[test]
fn source_that_does_not_compile_is_said_with_the_compilers_words() {
    let (old, new) = ("float sum = 0.0f;", "float summ = 0.0f;");
    let emulation = Arc::new(Emulation::open().unwrap());
    let device: Arc<dyn Device> = Arc::new(Spoiled { device: emulation, old, new });
    let error = kernels::run(&device, Precision::F32).unwrap_err();
    assert!(matches!(&error, DeviceError::Compilation { log } if log.contains("sum")), "{error}");
}
