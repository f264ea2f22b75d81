//! What NVRTC makes of the kernels. No test needs a GPU; on a machine without NVRTC they hold that this is said, which is all that can
//! be asked there.

use super::*;
use crate::Precision;
use crate::conformance::{Subject, layers};
use crate::operators::{ConvolutionShape, PoolShape, SOURCE, sources};
use crate::{Footprint, update};
use kernels::{Conv, Window};
use models::{Model, Network};
use std::collections::{BTreeMap, BTreeSet};

const GENERATIONS: [&str; 6] = ["sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"];

/// Whether there is an NVRTC; without one its absence must be said.
fn is_there() -> bool {
    if require_nvrtc().is_ok() {
        return true;
    }
    let error = cubin(SOURCE, "sm_90").unwrap_err();
    assert!(error.to_string().starts_with("libnvrtc cannot be loaded: install the CUDA toolkit"), "{error}");
    false
}

/// The kernels of the update rules.
fn of_rules() -> Vec<String> {
    let rules = crate::tests::rules();
    let segments = rules.iter().filter_map(|method| method.segment_kernels(1)).map(|own| own.source);
    of_elements().into_iter().chain(segments).collect()
}

/// Those of rules of elements alone.
fn of_elements() -> Vec<String> {
    crate::tests::rules().iter().filter_map(|method| method.cuda_source()).collect()
}

/// Replicas of a population: enough for large weights to have their gradient in one part.
const REPLICAS: usize = 20;

/// The kernels of the convolutions of NiN as the paper has it, and of a network with every kind of op.
fn of_convolutions() -> BTreeSet<String> {
    let nin = Subject::of_images("nin", Model::Nin { width: 1.0, dropout: 0.5 });
    let networks = [nin, layers::of_all_kinds()].map(|subject| {
        let network = Network::new(&subject.model, subject.input, subject.objective).unwrap();
        [Precision::Tf32, Precision::Bf16].map(|precision| Footprint::new(&network, precision).convolutions())
    });
    let shapes: Vec<_> = networks.into_iter().flatten().flatten().collect();
    // The most filters that are taken one by one, with a pooling behind them and without.
    let is_odd = |shape: &&ConvolutionShape| shape.is_at_once() && shape.conv.filters == 192;
    let odd = shapes.iter().filter(is_odd).flat_map(|shape| {
        let conv = Conv { filters: 95, channels: 191, ..shape.conv };
        let pooled =
            shape.pool.map(|pool| PoolShape { window: Window { channels: 95, ..pool.window }, ..pool });
        [None, pooled].map(|pool| ConvolutionShape { conv, pool, ..*shape })
    });
    shapes.iter().copied().chain(odd).map(|shape| shape.source(REPLICAS)).collect()
}

/// A 64-bit little-endian number of `bytes`.
fn number(bytes: &[u8], at: usize, width: usize) -> usize {
    bytes[at..at + width].iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte))
}

/// Of every kernel of an ELF file of machine code: registers and bytes of stack.
fn resources(image: &[u8]) -> Vec<(usize, usize)> {
    const SECTION: usize = 64;
    let (sections, count, names) = (number(image, 0x28, 8), number(image, 0x3C, 2), number(image, 0x3E, 2));
    let header = |i: usize| sections + i * SECTION;
    let place = |i: usize| (number(image, header(i) + 24, 8), number(image, header(i) + 32, 8));
    let of_names = place(names).0;
    let is_info = |i: &usize| image[of_names + number(image, header(*i), 4)..].starts_with(b".nv.info\0");
    let (start, size) = place((0..count).find(is_info).expect("a section about the kernels"));
    // Records of a form, an attribute and a size: those that are a kernel and a number, and others, which have no more than a size.
    let (mut registers, mut stack) = (BTreeMap::new(), BTreeMap::new());
    let mut at = start;
    while at < start + size {
        let (form, attribute, bytes) = (image[at], image[at + 1], number(image, at + 2, 2));
        at += 4;
        if form != 4 {
            continue;
        }
        let (kernel, value) = (number(image, at, 4), number(image, at + 4, 4));
        match attribute {
            0x2F => drop(registers.insert(kernel, value)),
            // Of the kernel's frame, and of all it calls.
            0x11 | 0x12 => *stack.entry(kernel).or_insert(0) += value,
            _ => {}
        }
        at += bytes;
    }
    registers.into_iter().map(|(kernel, registers)| (registers, stack[&kernel])).collect()
}

/// PTX, which has a line for each operation.
fn ptx(source: &str) -> String {
    // SAFETY: the program was compiled for a virtual architecture.
    let text = compiled(source, "compute_80", |program| unsafe { result::get_ptx(program) }).unwrap();
    text.iter().take_while(|&&c| c != 0).map(|&c| c as u8 as char).collect()
}

#[test]
fn every_kernel_compiles_for_every_generation() {
    if !is_there() {
        return;
    }
    for architecture in GENERATIONS {
        let shared = sources().into_iter().chain([update::SOURCE.to_owned()]);
        for source in shared.chain(of_rules()) {
            // Machine code is an ELF file.
            assert!(cubin(&source, architecture).unwrap().starts_with(b"\x7fELF"));
        }
    }
    let error = cubin("extern \"C\" __global__ void k() { undeclared; }", "sm_90").unwrap_err();
    assert!(error.to_string().contains("undeclared"), "{error}");
    let error = cubin(SOURCE, "sm_1").unwrap_err();
    assert!(error.to_string().contains("install a newer CUDA toolkit"), "{error}");
}

/// Kernels that the shape of an op is compiled into divide by what is known: what is left to be divided by is a batch's.
#[test]
fn no_thread_of_a_shaped_op_divides_by_its_lengths() {
    if !is_there() {
        return;
    }
    for name in ["attention_backward", "split_heads", "max_pool_backward", "average_pool_backward"] {
        let source = sources().into_iter().find(|source| source.contains(&format!(" {name}("))).unwrap();
        let text = ptx(&source);
        let (_, kernel) = text.split_once(&format!(".entry {name}(")).unwrap();
        let kernel = kernel.split(".entry").next().unwrap();
        for word in ["div.u", "div.s", "rem.u", "rem.s"] {
            assert!(!kernel.contains(word), "{word} in {name}");
        }
    }
}

/// What a rule's formula says is what is computed, rounding by rounding; divisions and roots refine what they find with
/// multiply-adds of their own, behind their names in PTX.
#[test]
fn update_rules_have_no_multiply_adds() {
    if !is_there() {
        return;
    }
    for source in of_rules() {
        let text = ptx(&source);
        assert!(text.contains("mul.rn.f32"), "{source}");
        for word in ["fma.", "mad.f", ".ftz", ".approx"] {
            assert!(!text.contains(word), "{word} in {source}");
        }
    }
    for source in of_elements() {
        let text = ptx(&source);
        assert!(text.contains("ld.global.v4.f32") && text.contains("st.global.v4.f32"), "{text}");
        // The gradient, which is only read: at the first step and at later ones.
        assert!(text.matches("ld.global.nc.v4.f32").count() >= 2, "{text}");
        for word in ["ld.global.f32", "st.global.f32", "ld.local", "st.local"] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
}

/// Registers enough for everything at work, no division by what is known only at run time, and tensor cores for the products:
/// an instruction for each 16 rows and 8 columns and each 8 terms of a slice.
#[test]
fn convolutions_are_what_tensor_cores_are_for() {
    if !is_there() {
        return;
    }
    let sources = of_convolutions();
    assert!(sources.len() >= 24, "{}", sources.len());
    for source in sources {
        for (registers, stack) in resources(&cubin(&source, "sm_90").unwrap()) {
            // With 256 threads a block may have 65 536.
            assert!(
                registers <= 255 && stack == 0,
                "{registers} registers, {stack} bytes of stack: {source}"
            );
        }
        let text = ptx(&source);
        let columns = |name: &str| {
            let line = source.lines().find(|line| line.starts_with(&format!("#define {name} "))).unwrap();
            line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()
        };
        // A warp has 32 rows and half of the columns, and a slice 16 terms.
        let each = |columns: usize| 2 * 2 * columns / 16;
        let forwards = each(columns("FILTER_COLUMNS"));
        let backwards = if source.contains("conv_gradients") {
            // Of 64 channels and 32 pixels a warp has half by a quarter of the filters, and 16 by 16 of all filters.
            let wide = columns("FILTERS").next_multiple_of(32);
            2 * wide / 4 / 8 * 32 / 8 + 2 * wide / 8
        } else {
            forwards + each(columns("CHANNEL_COLUMNS"))
        };
        let products = forwards + backwards;
        assert_eq!(text.matches("mma.sync.aligned.m16n8k8").count(), products, "{source}");
        for word in ["div.u", "div.s", "rem.u", "rem.s", "ld.local", "st.local"] {
            assert!(!text.contains(word), "{word} in {source}");
        }
    }
}
