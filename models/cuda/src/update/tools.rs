//! The kernels of steps that are more than a kernel of their rule, as functions.

use crate::{Argument, Buffer, Device, DeviceError, Kernel, Shape};
use rule::SegmentKernels;
use std::sync::Arc;

/// The kernels' text.
pub(crate) const SOURCE: &str = include_str!("../kernels/update.cu");

const NAMES: [&str; 6] = ["squares", "fold_lanes", "clip_factors", "inverse_norms", "scale", "blend"];

type Done = Result<(), DeviceError>;

/// One stretch of as many numbers of each replica.
#[derive(Clone, Copy)]
pub(super) struct Stretch<'a> {
    pub buffer: &'a Buffer,
    /// Numbers before the first replica's.
    pub offset: usize,
    /// From one replica's to the next one's.
    pub pitch: usize,
}

impl<'a> Stretch<'a> {
    fn argument(self, elements: usize, replicas: usize) -> Argument<'a> {
        let end = self.offset + replicas.saturating_sub(1) * self.pitch + elements;
        assert!(end * 4 <= self.buffer.bytes(), "a stretch of parameters ends outside of its buffer");
        Argument::Buffer(self.buffer, self.offset * 4)
    }
}

/// The kernels of a device.
pub(super) struct Tools {
    pub device: Arc<dyn Device>,
    squares: Kernel,
    fold_lanes: Kernel,
    clip_factors: Kernel,
    inverse_norms: Kernel,
    scale: Kernel,
    blend: Kernel,
}

/// Room for sums of squares of a stretch.
pub(super) struct Norms {
    lanes: Buffer,
    parts: Buffer,
    /// A factor for each replica.
    factors: Buffer,
}

impl Norms {
    /// For stretches of at most so many elements.
    pub fn new(device: &Arc<dyn Device>, elements: usize, replicas: usize) -> Result<Self, DeviceError> {
        let parts = replicas * elements.div_ceil(SegmentKernels::CHUNK);
        Ok(Self {
            lanes: Buffer::zeros::<f64>(device, parts * SegmentKernels::LANES)?,
            parts: Buffer::zeros::<f64>(device, parts)?,
            factors: Buffer::zeros::<f32>(device, replicas)?,
        })
    }
}

impl Tools {
    pub fn new(device: &Arc<dyn Device>) -> Result<Self, DeviceError> {
        let kernels = device.compile(SOURCE, &NAMES)?;
        let [squares, fold_lanes, clip_factors, inverse_norms, scale, blend] = kernels[..] else {
            unreachable!("a kernel for each name")
        };
        let device = Arc::clone(device);
        Ok(Self { device, squares, fold_lanes, clip_factors, inverse_norms, scale, blend })
    }

    /// The sums of the lanes of `count` chunks.
    pub fn fold_lanes(&self, lanes: &Buffer, parts: &Buffer, count: usize) -> Done {
        assert!(count * SegmentKernels::LANES * 8 <= lanes.bytes() && count * 8 <= parts.bytes());
        let arguments = [Argument::Buffer(lanes, 0), Argument::Buffer(parts, 0), Argument::U32(count as u32)];
        // SAFETY: the kernel's arguments, inside their buffers.
        unsafe { self.device.launch(self.fold_lanes, Shape::of_update(count, 1), &arguments) }
    }

    /// Sums of the squares of each replica's stretch, chunk by chunk; says how many chunks.
    fn squares(
        &self,
        x: Stretch<'_>,
        elements: usize,
        replicas: usize,
        norms: &Norms,
    ) -> Result<usize, DeviceError> {
        let chunks = elements.div_ceil(SegmentKernels::CHUNK);
        assert!(replicas * chunks * SegmentKernels::LANES * 8 <= norms.lanes.bytes());
        let arguments = [
            x.argument(elements, replicas),
            Argument::Buffer(&norms.lanes, 0),
            Argument::U64(x.pitch as u64),
            Argument::U32(elements as u32),
            Argument::U32(SegmentKernels::CHUNK as u32),
            Argument::U32(chunks as u32),
            Argument::U32(replicas as u32),
        ];
        // SAFETY: the kernel's arguments, inside their buffers.
        unsafe { self.device.launch(self.squares, Shape::of_chunks(chunks, replicas), &arguments)? };
        self.fold_lanes(&norms.lanes, &norms.parts, replicas * chunks)?;
        Ok(chunks)
    }

    /// Scales each replica's stretch down to the norm that `limits` has for it, by at most `eps` less than that.
    pub fn clip(
        &self,
        x: Stretch<'_>,
        elements: usize,
        replicas: usize,
        (limits, eps): (&Buffer, f64),
        norms: &Norms,
    ) -> Done {
        assert!(replicas * 8 <= limits.bytes());
        let chunks = self.squares(x, elements, replicas, norms)?;
        let arguments = [
            Argument::Buffer(&norms.parts, 0),
            Argument::Buffer(limits, 0),
            Argument::Buffer(&norms.factors, 0),
            Argument::F64(eps),
            Argument::U32(chunks as u32),
            Argument::U32(replicas as u32),
        ];
        // SAFETY: the kernel's arguments, inside their buffers.
        unsafe { self.device.launch(self.clip_factors, Shape::of_update(replicas, 1), &arguments)? };
        self.scale(x, x, elements, replicas, norms)
    }

    /// `to` is `of` over its norm, or over `least` where that is more.
    pub fn normalise(
        &self,
        to: Stretch<'_>,
        of: Stretch<'_>,
        elements: usize,
        replicas: usize,
        (least, norms): (f64, &Norms),
    ) -> Done {
        let chunks = self.squares(of, elements, replicas, norms)?;
        let arguments = [
            Argument::Buffer(&norms.parts, 0),
            Argument::Buffer(&norms.factors, 0),
            Argument::F64(least),
            Argument::U32(chunks as u32),
            Argument::U32(replicas as u32),
        ];
        // SAFETY: the kernel's arguments, inside their buffers.
        unsafe { self.device.launch(self.inverse_norms, Shape::of_update(replicas, 1), &arguments)? };
        self.scale(to, of, elements, replicas, norms)
    }

    fn scale(
        &self,
        to: Stretch<'_>,
        of: Stretch<'_>,
        elements: usize,
        replicas: usize,
        norms: &Norms,
    ) -> Done {
        let arguments = [
            to.argument(elements, replicas),
            of.argument(elements, replicas),
            Argument::Buffer(&norms.factors, 0),
            Argument::U64(to.pitch as u64),
            Argument::U64(of.pitch as u64),
            Argument::U32(elements as u32),
            Argument::U32(replicas as u32),
        ];
        // SAFETY: the kernel's arguments, inside their buffers.
        unsafe { self.device.launch(self.scale, Shape::of_update(elements, replicas), &arguments) }
    }

    /// `to = a x + b y` of each replica; `factors` are a and b, one pair for each replica.
    pub fn blend(
        &self,
        to: Stretch<'_>,
        (x, y): (Stretch<'_>, Stretch<'_>),
        factors: Stretch<'_>,
        elements: usize,
        replicas: usize,
    ) -> Done {
        let arguments = [
            to.argument(elements, replicas),
            x.argument(elements, replicas),
            y.argument(elements, replicas),
            factors.argument(2, replicas),
            Argument::U64(to.pitch as u64),
            Argument::U64(x.pitch as u64),
            Argument::U64(y.pitch as u64),
            Argument::U32(factors.pitch as u32),
            Argument::U32(elements as u32),
            Argument::U32(replicas as u32),
        ];
        // SAFETY: the kernel's arguments, inside their buffers.
        unsafe { self.device.launch(self.blend, Shape::of_update(elements, replicas), &arguments) }
    }
}
