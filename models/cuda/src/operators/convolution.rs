//! Convolutions on tensor cores: the kernels of one convolution, its shape compiled into them.

mod shape;

pub(crate) use shape::{ConvolutionShape, PoolShape, Stored};

use super::{Done, Operators, Parameters, Rows, stored, whole, word};
use crate::{Argument, Buffer, DeviceError, Kernel, Shape};
use Argument::{F32, Null, U32, U64};
use shape::{Tiles, tiles};
use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::thread::available_parallelism;

/// Threads of a block.
const THREADS: u32 = 256;

const NAMES: [&str; 3] = ["conv_forward", "conv_input", "conv_weights"];

/// Numbers of a gradient that a block adds up.
const CHUNK: usize = 1024;

/// What goes back through a convolution: the gradient of its output, or behind its pooling, and where its rectifier was open.
#[derive(Clone, Copy)]
pub(crate) struct Upstream<'a> {
    pub dy: &'a Buffer,
    pub open: &'a Buffer,
    /// Where the maxima of its pooling came from, and what a dropout leaves of a number.
    pub pool: Option<(&'a Buffer, f32)>,
}

/// A convolution whose kernels are compiled.
pub(crate) struct Convolution {
    pub shape: ConvolutionShape,
    parts: usize,
    forward: Kernel,
    input: Kernel,
    weights: Kernel,
}

/// Where the gradients of a network's weights are put in parts, and how they are added up.
pub(crate) struct Collection {
    /// Where the parts of each convolution begin.
    firsts: Vec<usize>,
    parts: Buffer,
    pitch: usize,
    table: Buffer,
    chunks: usize,
}

impl Operators {
    /// Compiles the kernels of convolutions, as many at once as there are processors: NVRTC takes more than a second for one.
    pub fn convolutions(
        &self,
        shapes: &[ConvolutionShape],
        replicas: usize,
    ) -> Result<Vec<Convolution>, DeviceError> {
        let sources: BTreeSet<String> = shapes.iter().map(|shape| shape.source(replicas)).collect();
        let sources: Vec<String> = sources.into_iter().collect();
        let threads = available_parallelism().map_or(1, usize::from).min(sources.len());
        let compile = &|worker: usize| {
            let mut own = sources.iter().skip(worker).step_by(threads);
            own.try_for_each(|source| self.device.compile(source, &NAMES).map(drop))
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|worker| scope.spawn(move || compile(worker))).collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
        })?;
        shapes.iter().map(|shape| self.convolution(*shape, replicas)).collect()
    }

    /// Compiles the kernels of a convolution of so many replicas.
    pub fn convolution(&self, shape: ConvolutionShape, replicas: usize) -> Result<Convolution, DeviceError> {
        self.convolution_from(&shape.source(replicas), shape, replicas)
    }

    fn convolution_from(
        &self,
        source: &str,
        shape: ConvolutionShape,
        replicas: usize,
    ) -> Result<Convolution, DeviceError> {
        let kernels = self.device.compile(source, &NAMES)?;
        let [forward, input, weights] = [0, 1, 2].map(|i| kernels[i]);
        Ok(Convolution { shape, parts: shape.parts(replicas), forward, input, weights })
    }

    /// Room for the parts of the gradients of these convolutions' weights.
    pub fn collection(
        &self,
        shapes: &[ConvolutionShape],
        replicas: usize,
    ) -> Result<Collection, DeviceError> {
        let (mut firsts, mut pitch, mut table) = (Vec::new(), 0, Vec::new());
        for shape in shapes {
            let (numbers, parts) = (shape.parameters(), shape.parts(replicas));
            let apart = if parts > 1 { numbers } else { 0 };
            for from in (0..apart).step_by(CHUNK) {
                let row = [pitch + from, numbers, parts, shape.weight + from, CHUNK.min(numbers - from)];
                assert!(
                    row.iter().all(|&n| n < 1 << 31),
                    "parts of a replica's gradients do not fit into 31 bits"
                );
                table.extend(row.map(|n| n as u32));
            }
            firsts.push(pitch);
            pitch += shape.partials(replicas);
        }
        Ok(Collection {
            firsts,
            parts: Buffer::zeros::<f32>(&self.device, replicas * pitch)?,
            pitch,
            chunks: table.len() / 5,
            table: Buffer::from_slice(&self.device, &table)?,
        })
    }

    /// Adds up all parts: the gradients of all weights and biases that are computed in several.
    pub fn collect(&self, from: &Collection, replicas: usize, gradient: Parameters<'_>) -> Done {
        let Collection { parts, pitch, table, chunks, .. } = from;
        if *chunks == 0 {
            return Ok(());
        }
        let arguments = [
            whole::<f32>(parts, replicas * pitch),
            gradient.part(replicas, 0, gradient.pitch),
            whole::<u32>(table, 5 * chunks),
            U64(*pitch as u64),
            U64(gradient.pitch as u64),
            word(*chunks),
            word(replicas),
        ];
        let shape = Shape::of_chunks(*chunks, replicas);
        // SAFETY: the arguments are the kernel's own; rows of the table stay inside the parts and, as the parameters of a
        // network, inside the gradient.
        unsafe { self.device.launch(self.kernels["collect"], shape, &arguments) }
    }

    /// `y = windows(x) · weight + bias` of `images`, and where its rectifier is `open`.
    pub fn convolve(
        &self,
        of: &Convolution,
        images: Rows,
        x: &Buffer,
        parameters: Parameters<'_>,
        [y, open]: [&Buffer; 2],
    ) -> Done {
        let shape = of.shape;
        let (inputs, outputs) = shape.numbers(images);
        let arguments = [
            stored(x, inputs, shape.stored.x),
            parameters.part(images.replicas, shape.weight, shape.parameters()),
            stored(y, outputs, shape.stored.y),
            whole::<u8>(open, images.all() * shape.masks()),
            U64(parameters.pitch as u64),
            U32(images.per_replica as u32),
        ];
        let rows = outputs / shape.conv.filters / images.replicas;
        let tiles = tiles(rows) * Tiles::of(shape.conv.filters).count;
        self.launch_blocks(of.forward, tiles, images.replicas, &arguments)
    }

    /// The gradient of the input.
    pub fn convolution_input_gradient(
        &self,
        of: &Convolution,
        images: Rows,
        upstream: Upstream<'_>,
        parameters: Parameters<'_>,
        dx: &Buffer,
    ) -> Done {
        let shape = of.shape;
        let (inputs, _) = shape.numbers(images);
        let [dy, open, winner, scale] = shape.upstream(images, upstream);
        let arguments = [
            dy,
            open,
            winner,
            scale,
            parameters.part(images.replicas, shape.weight, shape.terms() * shape.conv.filters),
            stored(dx, inputs, shape.stored.x),
            U64(parameters.pitch as u64),
            U32(images.per_replica as u32),
        ];
        let rows = inputs / shape.conv.channels / images.replicas;
        let tiles = tiles(rows) * Tiles::of(shape.conv.channels).count;
        self.launch_blocks(of.input, tiles, images.replicas, &arguments)
    }

    /// The gradients of weight and bias, in the parts of convolution `number` of the collection or, of a single one, in their place.
    #[allow(clippy::too_many_arguments)] // one kernel's operands
    pub fn convolution_weight_gradient(
        &self,
        of: &Convolution,
        images: Rows,
        x: &Buffer,
        upstream: Upstream<'_>,
        (into, number): (&Collection, usize),
        gradient: Parameters<'_>,
    ) -> Done {
        let shape = of.shape;
        let (inputs, _) = shape.numbers(images);
        let [dy, open, winner, scale] = shape.upstream(images, upstream);
        let (to, first) = match of.parts {
            1 => (gradient, shape.weight),
            _ => (Parameters { buffer: &into.parts, pitch: into.pitch }, into.firsts[number]),
        };
        let arguments = [
            stored(x, inputs, shape.stored.x),
            dy,
            open,
            winner,
            scale,
            to.part(images.replicas, first, of.parts * shape.parameters()),
            U64(to.pitch as u64),
            U32(images.per_replica as u32),
        ];
        self.launch_blocks(of.weights, shape.weight_tiles() * of.parts, images.replicas, &arguments)
    }

    fn launch_blocks(
        &self,
        kernel: Kernel,
        blocks: usize,
        replicas: usize,
        arguments: &[Argument<'_>],
    ) -> Done {
        // The grid's y ends at 65 535.
        assert!(blocks < 1 << 30 && replicas <= 65_535, "{blocks} blocks of {replicas} replicas");
        let shape = Shape { grid: [blocks.max(1) as u32, replicas as u32], block: [THREADS, 1] };
        // SAFETY: the functions above give each kernel its own arguments and check the buffers it goes through.
        unsafe { self.device.launch(kernel, shape, arguments) }
    }
}

impl ConvolutionShape {
    /// What goes back as arguments: gradient, open rectifiers, maxima, and what a dropout leaves.
    fn upstream<'a>(&self, images: Rows, of: Upstream<'a>) -> [Argument<'a>; 4] {
        let (_, outputs) = self.numbers(images);
        assert_eq!(
            self.pool.is_some(),
            of.pool.is_some(),
            "a pooling that is gone back through, and its maxima"
        );
        let behind = self.pool.map_or(outputs, |pool| {
            let (height, width) = pool.window.output();
            images.all() * height * width * pool.window.channels
        });
        [
            stored(of.dy, behind, self.stored.dy),
            whole::<u8>(of.open, images.all() * self.masks()),
            of.pool.map_or(Null, |(winner, _)| whole::<u8>(winner, behind)),
            F32(of.pool.map_or(1.0, |(_, scale)| scale)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Storage;
    use crate::{Device, Emulation, Precision};
    use kernels::Conv;
    use std::sync::Arc;

    /// Two tiles of rows, slices of one and of several parts.
    const SHAPE: ConvolutionShape = ConvolutionShape {
        conv: Conv {
            height: 9,
            width: 8,
            channels: 8,
            kernel: 3,
            stride: 1,
            padding: 1,
            filters: 12,
            relu: true,
        },
        weight: 0,
        has_bias: true,
        pool: None,
        stored: Stored { x: Storage::Single, y: Storage::Single, dy: Storage::Single },
    };
    const IMAGES: Rows = Rows { per_replica: 3, replicas: 1 };

    /// Runs every kernel of a source; what is wrong with it.
    fn run(operators: &Operators, source: &str) -> Result<(), DeviceError> {
        let device = &operators.device;
        let of = operators.convolution_from(source, SHAPE, 1)?;
        let (inputs, outputs) = SHAPE.numbers(IMAGES);
        let numbers = |n: usize| Buffer::from_slice(device, &vec![0.5f32; n]);
        let pitch = (SHAPE.terms() + 1) * SHAPE.conv.filters;
        let (x, y, dx, weight) = (numbers(inputs)?, numbers(outputs)?, numbers(inputs)?, numbers(pitch)?);
        let (collection, gradient) = (operators.collection(&[SHAPE], 1)?, numbers(pitch)?);
        let open = Buffer::zeros::<u8>(device, IMAGES.all() * SHAPE.masks())?;
        let [weight, gradient] = [&weight, &gradient].map(|buffer| Parameters { buffer, pitch });
        operators.convolve(&of, IMAGES, &x, weight, [&y, &open])?;
        let upstream = Upstream { dy: &y, open: &open, pool: None };
        operators.convolution_weight_gradient(&of, IMAGES, &x, upstream, (&collection, 0), gradient)?;
        operators.collect(&collection, 1, gradient)?;
        operators.convolution_input_gradient(&of, IMAGES, upstream, weight, &dx)?;
        device.synchronize()
    }

    /// A barrier or a wait that is missing is noticed whether or not the result is right.
    #[test]
    fn no_barrier_and_no_wait_is_dispensable() {
        let device: Arc<dyn Device> = Arc::new(Emulation::open().unwrap());
        let operators = Operators::new(&device, Precision::Tf32).unwrap();
        let source = SHAPE.source(1);
        run(&operators, &source).unwrap();
        let mut removed = 0;
        for word in ["    SYNC();", "    LAND(0);", "    COMMIT();"] {
            for (at, _) in source.match_indices(word) {
                let spoiled = format!("{}{}", &source[..at], &source[at + word.len()..]);
                let problem = run(&operators, &spoiled).unwrap_err().to_string();
                let words = [
                    "without a barrier",
                    "not waited for",
                    "nobody wrote",
                    "two threads write",
                    "products before a barrier",
                ];
                assert!(words.iter().any(|words| problem.contains(words)), "{problem}");
                removed += 1;
            }
        }
        // A barrier in each product, waits in the two that copy.
        assert_eq!(removed, 7);
    }
}
