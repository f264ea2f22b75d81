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

/// The kernels of a convolution whose gradients are computed apart, and of one that computes both at once.
const APART: [&str; 3] = ["conv_forward", "conv_weights", "conv_input"];
const AT_ONCE: [&str; 2] = ["conv_forward", "conv_gradients"];

/// Numbers of a gradient that a block adds up.
const CHUNK: usize = 1024;

/// What goes back through a convolution: the gradient of its output, or behind its pooling, and where its rectifier was open.
#[derive(Clone, Copy)]
pub(crate) struct Upstream<'a> {
    pub dy: &'a Buffer,
    pub open: &'a Buffer,
    /// Where the maxima of its pooling came from or what was dropped behind it, and what a dropout leaves of a number.
    pub pool: Option<(&'a Buffer, f32)>,
}

/// A convolution whose kernels are compiled.
pub(crate) struct Convolution {
    pub shape: ConvolutionShape,
    parts: usize,
    forward: Kernel,
    gradients: Gradients,
}

/// The kernels of the way back.
enum Gradients {
    Apart { weights: Kernel, input: Kernel },
    AtOnce(Kernel),
}

/// Where the gradients of a network's weights are put in parts, and how they are added up.
pub(crate) struct Collection {
    /// Where the parts of each convolution begin.
    firsts: Vec<usize>,
    parts: Buffer,
    pitch: usize,
    table: Buffer,
    chunks: usize,
    /// Numbers of a replica's gradient that are added up.
    sums: usize,
}

impl Operators {
    /// Compiles the kernels of convolutions, as many at once as there are processors: NVRTC takes more than a second for one.
    pub fn convolutions(
        &self,
        shapes: &[ConvolutionShape],
        replicas: usize,
    ) -> Result<Vec<Convolution>, DeviceError> {
        let sources: BTreeSet<_> =
            shapes.iter().map(|shape| (shape.source(replicas), names(shape))).collect();
        let sources: Vec<_> = sources.into_iter().collect();
        let threads = available_parallelism().map_or(1, usize::from).min(sources.len());
        let compile = &|worker: usize| {
            let mut own = sources.iter().skip(worker).step_by(threads);
            own.try_for_each(|(source, names)| self.device.compile(source, names).map(drop))
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
        let kernels = self.device.compile(source, names(&shape))?;
        let gradients = match kernels[1..] {
            [weights, input] => Gradients::Apart { weights, input },
            _ => Gradients::AtOnce(kernels[1]),
        };
        Ok(Convolution { shape, parts: shape.parts(replicas), forward: kernels[0], gradients })
    }

    /// Room for the parts of the gradients of these convolutions' weights.
    pub fn collection(
        &self,
        shapes: &[ConvolutionShape],
        replicas: usize,
    ) -> Result<Collection, DeviceError> {
        let (mut firsts, mut pitch, mut table, mut sums) = (Vec::new(), 0, Vec::new(), 0);
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
            sums += apart;
            pitch += shape.partials(replicas);
        }
        Ok(Collection {
            firsts,
            parts: Buffer::zeros::<f32>(&self.device, replicas * pitch)?,
            pitch,
            chunks: table.len() / 5,
            sums,
            table: Buffer::from_slice(&self.device, &table)?,
        })
    }

    /// Adds up all parts: the gradients of all weights and biases that are computed in several.
    pub fn collect(&self, from: &Collection, replicas: usize, gradient: Parameters<'_>) -> Done {
        let Collection { parts, pitch, table, chunks, sums, .. } = from;
        if *chunks == 0 {
            return Ok(());
        }
        // What is added up lies anywhere among a replica's numbers.
        gradient.part(replicas, 0, gradient.pitch);
        let arguments = [
            whole::<f32>(parts, replicas * pitch),
            gradient.part(replicas, 0, *sums),
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

    /// The gradients of weight and bias, in the parts of convolution `number` of the collection or, of a single one, in their place; and
    /// that of the input, `dx`.
    #[allow(clippy::too_many_arguments)] // the operands of one or two kernels
    pub fn convolution_gradients(
        &self,
        of: &Convolution,
        images: Rows,
        x: &Buffer,
        upstream: Upstream<'_>,
        parameters: Parameters<'_>,
        (into, number): (&Collection, usize),
        gradient: Parameters<'_>,
        dx: Option<&Buffer>,
    ) -> Done {
        let shape = of.shape;
        assert_eq!(shape.goes_back, dx.is_some(), "a gradient of the input, and a place for it");
        let (inputs, _) = shape.numbers(images);
        let (to, first) = match of.parts {
            1 => (gradient, shape.weight),
            _ => (Parameters { buffer: &into.parts, pitch: into.pitch }, into.firsts[number]),
        };
        let x = stored(x, inputs, shape.stored.x);
        let dx = dx.map(|dx| stored(dx, inputs, shape.stored.x));
        let weight = parameters.part(images.replicas, shape.weight, shape.terms() * shape.conv.filters);
        let to = (to.part(images.replicas, first, of.parts * shape.parameters()), U64(to.pitch as u64));
        let ([dy, open, winner, scale], pitch) =
            (shape.upstream(images, upstream), U64(parameters.pitch as u64));
        let (per_replica, replicas) = (U32(images.per_replica as u32), images.replicas);
        let weight_blocks = shape.weight_tiles() * of.parts;
        match (&of.gradients, dx) {
            (Gradients::AtOnce(kernel), Some(dx)) => {
                let arguments = [x, dy, open, winner, scale, weight, to.0, dx, pitch, to.1, per_replica];
                self.launch_blocks(*kernel, weight_blocks, replicas, &arguments)
            }
            (Gradients::Apart { weights, input }, dx) => {
                let arguments = [x, dy, open, winner, scale, to.0, to.1, per_replica];
                self.launch_blocks(*weights, weight_blocks, replicas, &arguments)?;
                let Some(dx) = dx else { return Ok(()) };
                let arguments = [dy, open, winner, scale, weight, dx, pitch, per_replica];
                let rows = inputs / shape.conv.channels / replicas;
                let tiles = tiles(rows) * Tiles::of(shape.conv.channels).count;
                self.launch_blocks(*input, tiles, replicas, &arguments)
            }
            (Gradients::AtOnce(_), None) => unreachable!("a gradient of the input that nobody asks for"),
        }
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

fn names(shape: &ConvolutionShape) -> &'static [&'static str] {
    if shape.is_at_once() { &AT_ONCE } else { &APART }
}

impl ConvolutionShape {
    /// What goes back as arguments: gradient, open rectifiers, what a pooling has left, and what a dropout leaves.
    fn upstream<'a>(&self, images: Rows, of: Upstream<'a>) -> [Argument<'a>; 4] {
        let (_, outputs) = self.numbers(images);
        assert_eq!(
            self.pool.is_some(),
            of.pool.is_some(),
            "a pooling that is gone back through, and what it has left"
        );
        let behind = self.pool.map_or(outputs, |pool| {
            let (height, width) = pool.window.output();
            images.all() * height * width * pool.window.channels
        });
        let says = |pool: &PoolShape| !pool.averages || pool.is_masked;
        let winner = of.pool.filter(|_| self.pool.as_ref().is_some_and(says)).map(|(winner, _)| winner);
        [
            stored(of.dy, behind, self.stored.dy),
            whole::<u8>(of.open, images.all() * self.masks()),
            winner.map_or(Null, |winner| whole::<u8>(winner, behind)),
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

    /// Two tiles of rows, slices of one and of several parts; both gradients by kernels of their own, and at once.
    fn shape(kernel: usize) -> ConvolutionShape {
        let (padding, filters) = (kernel / 2, 12);
        ConvolutionShape {
            conv: Conv { height: 9, width: 8, channels: 8, kernel, stride: 1, padding, filters, relu: true },
            weight: 0,
            has_bias: true,
            pool: None,
            stored: Stored { x: Storage::Single, y: Storage::Single, dy: Storage::Single },
            goes_back: true,
        }
    }
    const IMAGES: Rows = Rows { per_replica: 3, replicas: 1 };

    /// Replicas that stretches of pixels are cut for: three of several slices.
    const CUT_FOR: usize = 40;

    /// Runs every kernel of a source; what is wrong with it.
    fn run(operators: &Operators, shape: ConvolutionShape, source: &str) -> Result<(), DeviceError> {
        let device = &operators.device;
        let of = operators.convolution_from(source, shape, CUT_FOR)?;
        let (inputs, outputs) = shape.numbers(IMAGES);
        let numbers = |n: usize| Buffer::from_slice(device, &vec![0.5f32; n]);
        let pitch = (shape.terms() + 1) * shape.conv.filters;
        let (x, y, dx, weight) = (numbers(inputs)?, numbers(outputs)?, numbers(inputs)?, numbers(pitch)?);
        let (collection, gradient) = (operators.collection(&[shape], CUT_FOR)?, numbers(pitch)?);
        let open = Buffer::zeros::<u8>(device, IMAGES.all() * shape.masks())?;
        let [weight, gradient] = [&weight, &gradient].map(|buffer| Parameters { buffer, pitch });
        operators.convolve(&of, IMAGES, &x, weight, [&y, &open])?;
        let upstream = Upstream { dy: &y, open: &open, pool: None };
        let parts = (&collection, 0);
        operators.convolution_gradients(&of, IMAGES, &x, upstream, weight, parts, gradient, Some(&dx))?;
        operators.collect(&collection, 1, gradient)?;
        device.synchronize()
    }

    /// A barrier or a wait that is missing is noticed whether or not the result is right.
    #[test]
    fn no_barrier_and_no_wait_is_dispensable() {
        let device: Arc<dyn Device> = Arc::new(Emulation::open().unwrap());
        let operators = Operators::new(&device, Precision::Tf32).unwrap();
        let mut removed = Vec::new();
        for shape in [shape(3), shape(1)] {
            let source = shape.source(CUT_FOR);
            run(&operators, shape, &source).unwrap();
            let words = ["    SYNC();", "    LAND(0);", "    COMMIT();"];
            let places: Vec<_> = words.iter().flat_map(|word| source.match_indices(word)).collect();
            removed.push(places.len());
            for (at, word) in places {
                let spoiled = format!("{}{}", &source[..at], &source[at + word.len()..]);
                let problem = run(&operators, shape, &spoiled).unwrap_err().to_string();
                let words = [
                    "without a barrier",
                    "not waited for",
                    "nobody wrote",
                    "two threads write",
                    "products before a barrier",
                ];
                assert!(words.iter().any(|words| problem.contains(words)), "{problem}");
            }
        }
        // A barrier in each product and waits in the two that copy; two barriers where both gradients are computed at once.
        assert_eq!(removed, [7, 5]);
    }
}
