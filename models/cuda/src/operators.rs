//! The kernels as functions: arguments in order, shapes of launches, and checks that nothing lies outside its buffer.

use crate::device::Matrix;
use crate::{Argument, Buffer, Device, DeviceError, DeviceImages, Kernel, Precision, Product, Shape};
use Argument::{F32, Null, U32, U64};
use kernels::{AveragePool, Conv, Dropout, Window};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All kernels but the update rules'.
pub(crate) const SOURCE: &str = concat!(
    include_str!("kernels/common.cu"),
    include_str!("kernels/batch.cu"),
    include_str!("kernels/patches.cu"),
    include_str!("kernels/bias.cu"),
    include_str!("kernels/pools.cu"),
    include_str!("kernels/dropout.cu"),
    include_str!("kernels/scores.cu"),
);

const NAMES: [&str; 14] = [
    "gather_images",
    "patches",
    "patches4",
    "sum_patches",
    "add_bias",
    "bias_partials",
    "bias_gradient",
    "max_pool",
    "max_pool_backward",
    "average_pool",
    "average_pool_backward",
    "dropout",
    "cross_entropy",
    "add_scores",
];

/// Stretches that the rows of a replica are cut into for the gradient of a bias, at most.
pub(crate) const CHUNKS: usize = 64;

/// Rows of a stretch, at least.
const CHUNK: usize = 32;

/// The kernels of a device.
pub(crate) struct Operators {
    pub device: Arc<dyn Device>,
    precision: Precision,
    kernels: BTreeMap<&'static str, Kernel>,
}

/// How a batch is taken from images: replica `r` has `images` of them, `orders[r · stride + start ..]`.
#[derive(Clone, Copy)]
pub(crate) struct Selection<'a> {
    pub orders: &'a Buffer,
    pub stride: usize,
    pub start: usize,
    pub images: usize,
    pub replicas: usize,
}

/// The parameters (or gradients) of all replicas, one replica's `pitch` numbers after the other.
#[derive(Clone, Copy)]
pub(crate) struct Parameters<'a> {
    pub buffer: &'a Buffer,
    pub pitch: usize,
}

impl<'a> Parameters<'a> {
    fn at(self, offset: usize) -> Matrix<'a> {
        Matrix { buffer: self.buffer, offset, stride: self.pitch }
    }
}

/// `rows` rows of each replica.
#[derive(Clone, Copy)]
pub(crate) struct Rows {
    pub per_replica: usize,
    pub replicas: usize,
}

impl Rows {
    fn all(self) -> usize {
        self.per_replica * self.replicas
    }
}

/// A whole buffer as an argument; panics if it has less than `numbers` numbers of `T`.
fn whole<T>(buffer: &Buffer, numbers: usize) -> Argument<'_> {
    assert!(
        numbers * size_of::<T>() <= buffer.bytes(),
        "a kernel needs {numbers} numbers, {buffer:?} is there"
    );
    Argument::Buffer(buffer, 0)
}

fn dense<'a>(buffer: &'a Buffer, rows: Rows, columns: usize) -> Matrix<'a> {
    Matrix { buffer, offset: 0, stride: rows.per_replica * columns }
}

/// Lengths and counts of kernels are 32 bits wide; what a population can hold is far below.
fn word(n: usize) -> Argument<'static> {
    U32(u32::try_from(n).unwrap_or(u32::MAX))
}

type Done = Result<(), DeviceError>;

impl Operators {
    pub fn new(device: &Arc<dyn Device>, precision: Precision) -> Result<Self, DeviceError> {
        let kernels = NAMES.into_iter().zip(device.compile(SOURCE, &NAMES)?).collect();
        Ok(Self { device: Arc::clone(device), precision, kernels })
    }

    fn launch(&self, name: &'static str, rows: usize, columns: usize, arguments: &[Argument<'_>]) -> Done {
        // SAFETY: the functions below give each kernel its own arguments and check the buffers it goes through.
        unsafe { self.device.launch(self.kernels[name], Shape::over(rows, columns), arguments) }
    }

    /// `out [replicas, images, size]` in floats.
    pub fn gather(&self, images: &DeviceImages, from: Selection<'_>, out: &Buffer) -> Done {
        let (rows, size) = (from.images * from.replicas, images.size);
        let arguments = [
            whole::<u8>(&images.pixels, images.count * size),
            whole::<f32>(&images.tables, images.channels * 256),
            from.orders(),
            whole::<f32>(out, rows * size),
            word(size),
            word(images.channels),
            word(from.images),
            word(from.start),
            word(from.stride),
            word(rows),
        ];
        self.launch("gather_images", rows, size, &arguments)
    }

    /// `y [rows, columns] = x [rows, terms] · weight`, the weight at `offset` in each replica's parameters.
    pub fn affine(
        &self,
        rows: Rows,
        [terms, columns]: [usize; 2],
        x: &Buffer,
        parameters: Parameters<'_>,
        offset: usize,
        y: &Buffer,
    ) -> Done {
        let product = Product {
            left: dense(x, rows, terms),
            left_transposed: false,
            right: parameters.at(offset),
            right_transposed: false,
            out: dense(y, rows, columns),
            rows: rows.per_replica,
            terms,
            columns,
            replicas: rows.replicas,
        };
        self.device.multiply(&product, self.precision)
    }

    /// `dx [rows, terms] = dy [rows, columns] · weightᵀ`.
    pub fn affine_input_gradient(
        &self,
        rows: Rows,
        [terms, columns]: [usize; 2],
        dy: &Buffer,
        parameters: Parameters<'_>,
        offset: usize,
        dx: &Buffer,
    ) -> Done {
        let product = Product {
            left: dense(dy, rows, columns),
            left_transposed: false,
            right: parameters.at(offset),
            right_transposed: true,
            out: dense(dx, rows, terms),
            rows: rows.per_replica,
            terms: columns,
            columns: terms,
            replicas: rows.replicas,
        };
        self.device.multiply(&product, self.precision)
    }

    /// The weight's gradient `xᵀ · dy`, put at `offset` in each replica's gradient.
    pub fn affine_weight_gradient(
        &self,
        rows: Rows,
        [terms, columns]: [usize; 2],
        x: &Buffer,
        dy: &Buffer,
        gradient: Parameters<'_>,
        offset: usize,
    ) -> Done {
        let product = Product {
            left: dense(x, rows, terms),
            left_transposed: true,
            right: dense(dy, rows, columns),
            right_transposed: false,
            out: gradient.at(offset),
            rows: terms,
            terms: rows.per_replica,
            columns,
            replicas: rows.replicas,
        };
        self.device.multiply(&product, self.precision)
    }

    /// The windows of `images` images as rows of `out`.
    pub fn patches(&self, conv: &Conv, images: usize, x: &Buffer, out: &Buffer) -> Done {
        let (height, width) = conv.output();
        let rows = images * height * width;
        let terms = conv.kernel * conv.kernel * conv.channels;
        // Four at a time if windows then still start and end between fours.
        let (name, unit) = if conv.channels.is_multiple_of(4) { ("patches4", 4) } else { ("patches", 1) };
        let arguments = [
            whole::<f32>(x, images * conv.height * conv.width * conv.channels),
            whole::<f32>(out, rows * terms),
            word(conv.height),
            word(conv.width * conv.channels / unit),
            word(conv.channels / unit),
            word(conv.kernel),
            word(conv.kernel * conv.channels / unit),
            word(height),
            word(width),
            word(rows),
        ];
        self.launch(name, rows, terms / unit, &arguments)
    }

    /// `dx` from the gradients of the windows.
    pub fn sum_patches(&self, conv: &Conv, images: usize, dpatches: &Buffer, dx: &Buffer) -> Done {
        let (height, width) = conv.output();
        let rows = images * conv.height * conv.width;
        let terms = conv.kernel * conv.kernel * conv.channels;
        let arguments = [
            whole::<f32>(dpatches, images * height * width * terms),
            whole::<f32>(dx, rows * conv.channels),
            word(conv.height),
            word(conv.width),
            word(conv.channels),
            word(conv.kernel),
            word(height),
            word(width),
            word(rows),
        ];
        self.launch("sum_patches", rows, conv.channels, &arguments)
    }

    /// Adds the bias at `offset` to `y [rows, columns]`; a rectifier if `relu`.
    pub fn add_bias(
        &self,
        rows: Rows,
        columns: usize,
        y: &Buffer,
        parameters: Parameters<'_>,
        offset: usize,
        relu: bool,
    ) -> Done {
        let arguments = [
            whole::<f32>(y, rows.all() * columns),
            parameters.bias(rows.replicas, offset, columns),
            word(columns),
            word(rows.per_replica),
            U64(parameters.pitch as u64),
            U32(relu.into()),
            word(rows.all()),
        ];
        self.launch("add_bias", rows.all(), columns, &arguments)
    }

    /// Turns `dy` into the gradient before the rectifier that gave `y`, if `relu`, and puts the bias's at `offset`.
    #[allow(clippy::too_many_arguments)] // one kernel's operands
    pub fn bias_gradient(
        &self,
        rows: Rows,
        columns: usize,
        (y, relu): (&Buffer, bool),
        dy: &Buffer,
        partial: &Buffer,
        gradient: Parameters<'_>,
        offset: usize,
    ) -> Done {
        let chunk = rows.per_replica.div_ceil(CHUNKS).max(CHUNK);
        let chunks = rows.per_replica.div_ceil(chunk);
        let parts = rows.replicas * chunks;
        let arguments = [
            whole::<f32>(dy, rows.all() * columns),
            whole::<f32>(y, rows.all() * columns),
            whole::<f32>(partial, parts * columns),
            word(columns),
            word(rows.per_replica),
            word(chunk),
            word(chunks),
            U32(relu.into()),
            word(parts),
        ];
        self.launch("bias_partials", parts, columns, &arguments)?;
        let arguments = [
            whole::<f32>(partial, parts * columns),
            gradient.bias(rows.replicas, offset, columns),
            word(columns),
            word(chunks),
            U64(gradient.pitch as u64),
            word(rows.replicas),
        ];
        self.launch("bias_gradient", rows.replicas, columns, &arguments)
    }

    /// Maximum pooling of `images` images.
    pub fn max_pool(&self, window: &Window, images: usize, x: &Buffer, y: &Buffer, winner: &Buffer) -> Done {
        let (inputs, outputs) = pixels(window, images);
        let mut arguments = vec![
            whole::<f32>(x, inputs * window.channels),
            whole::<f32>(y, outputs * window.channels),
            whole::<u8>(winner, outputs * window.channels),
        ];
        arguments.extend(geometry(window, outputs));
        self.launch("max_pool", outputs, window.channels, &arguments)
    }

    /// Its gradient.
    pub fn max_pool_backward(
        &self,
        window: &Window,
        images: usize,
        winner: &Buffer,
        dy: &Buffer,
        dx: &Buffer,
    ) -> Done {
        let (inputs, outputs) = pixels(window, images);
        let mut arguments = vec![
            whole::<f32>(dy, outputs * window.channels),
            whole::<u8>(winner, outputs * window.channels),
            whole::<f32>(dx, inputs * window.channels),
        ];
        arguments.extend(geometry(window, inputs));
        self.launch("max_pool_backward", inputs, window.channels, &arguments)
    }

    /// Average pooling of `images` images.
    pub fn average_pool(&self, pool: &AveragePool, images: usize, x: &Buffer, y: &Buffer) -> Done {
        let (inputs, outputs) = pixels(&pool.0, images);
        let channels = pool.0.channels;
        let mut arguments =
            vec![whole::<f32>(x, inputs * channels), whole::<f32>(y, outputs * channels), F32(pool.share())];
        arguments.extend(geometry(&pool.0, outputs));
        self.launch("average_pool", outputs, channels, &arguments)
    }

    /// Its gradient.
    pub fn average_pool_backward(&self, pool: &AveragePool, images: usize, dy: &Buffer, dx: &Buffer) -> Done {
        let (inputs, outputs) = pixels(&pool.0, images);
        let channels = pool.0.channels;
        let mut arguments = vec![
            whole::<f32>(dy, outputs * channels),
            whole::<f32>(dx, inputs * channels),
            F32(pool.share()),
        ];
        arguments.extend(geometry(&pool.0, inputs));
        self.launch("average_pool_backward", inputs, channels, &arguments)
    }

    /// Multiplies `x` by the mask of `step`; `keys [replicas, dropouts, 2]` are the streams', `number` the layer's.
    pub fn dropout(
        &self,
        dropout: &Dropout,
        images: Rows,
        x: &Buffer,
        keys: &Buffer,
        (number, dropouts): (usize, usize),
        step: u64,
    ) -> Done {
        assert!(images.replicas * dropouts * 8 <= keys.bytes(), "a key per replica and dropout layer");
        let arguments = [
            whole::<f32>(x, images.all() * dropout.size),
            Argument::Buffer(keys, number * 8),
            U64(step),
            U32(dropout.threshold().into()),
            F32(dropout.scale()),
            word(dropout.size),
            word(images.per_replica),
            word(2 * dropouts),
            word(images.all()),
        ];
        self.launch("dropout", images.all(), dropout.size.div_ceil(8), &arguments)
    }

    /// Scores `logits` into `losses` and `correct`, and sets the gradient of `weight · Σ loss`, if wanted.
    #[allow(clippy::too_many_arguments)] // one kernel's operands
    pub fn cross_entropy(
        &self,
        classes: usize,
        images: &DeviceImages,
        from: Selection<'_>,
        logits: &Buffer,
        losses: &Buffer,
        correct: &Buffer,
        dlogits: Option<(&Buffer, f32)>,
    ) -> Done {
        let rows = from.images * from.replicas;
        let arguments = [
            whole::<f32>(logits, rows * classes),
            whole::<u8>(&images.labels, images.count),
            from.orders(),
            whole::<f64>(losses, rows),
            whole::<u32>(correct, rows),
            dlogits.map_or(Null, |(buffer, _)| whole::<f32>(buffer, rows * classes)),
            F32(dlogits.map_or(0.0, |(_, weight)| weight)),
            word(classes),
            word(from.images),
            word(from.start),
            word(from.stride),
            word(rows),
        ];
        self.launch("cross_entropy", rows, 1, &arguments)
    }

    /// Adds a batch's scores to row `slot` of the totals `[slots, replicas]`.
    pub fn add_scores(
        &self,
        images: Rows,
        losses: &Buffer,
        correct: &Buffer,
        totals: (&Buffer, &Buffer),
        slot: usize,
    ) -> Done {
        let replicas = images.replicas;
        assert!((slot + 1) * replicas * 8 <= totals.0.bytes(), "a row of totals for every slot");
        assert!((slot + 1) * replicas * 4 <= totals.1.bytes(), "a row of totals for every slot");
        let arguments = [
            whole::<f64>(losses, images.all()),
            whole::<u32>(correct, images.all()),
            Argument::Buffer(totals.0, slot * replicas * 8),
            Argument::Buffer(totals.1, slot * replicas * 4),
            word(images.per_replica),
            word(replicas),
        ];
        self.launch("add_scores", replicas, 1, &arguments)
    }
}

/// Pixels before and after a pooling layer.
fn pixels(window: &Window, images: usize) -> (usize, usize) {
    let (height, width) = window.output();
    (images * window.height * window.width, images * height * width)
}

/// The arguments that describe a pooling layer, and the rows of the launch.
fn geometry(window: &Window, rows: usize) -> [Argument<'static>; 8] {
    let (height, width) = window.output();
    [window.height, window.width, window.channels, window.kernel, window.stride, height, width, rows]
        .map(word)
}

impl Selection<'_> {
    /// The whole orders, checked to reach to the end of the batch.
    fn orders(&self) -> Argument<'_> {
        whole::<u32>(self.orders, (self.replicas - 1) * self.stride + self.start + self.images)
    }
}

impl Parameters<'_> {
    /// The bias at `offset` of every replica.
    fn bias(&self, replicas: usize, offset: usize, columns: usize) -> Argument<'_> {
        let end = (replicas - 1) * self.pitch + offset + columns;
        assert!(end * 4 <= self.buffer.bytes(), "a bias ends outside of the parameters");
        Argument::Buffer(self.buffer, offset * 4)
    }
}
