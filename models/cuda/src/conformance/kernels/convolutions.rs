//! Convolutions: windows, products, biases and rectifiers.

use super::{IMAGES, REPLICAS};
use crate::conformance::{Check, bytes, normal, product_limit, relative};
use crate::operators::{
    ConvolutionShape, Operators, Parameters, PoolShape, Rows, STRETCHES, Stored, Upstream, writes_windows,
};
use crate::storage::Storage;
use crate::{Buffer, DeviceError, Precision};
use ::kernels::{AveragePool, Conv, MaxPool, Window, Workspace, unrectify};
use Storage::{Half, Single};

/// Convolutions of every kind that the networks have.
pub(super) fn run(operators: &Operators, precision: Precision) -> Result<Vec<Check>, DeviceError> {
    let mut checks = Vec::new();
    // Channels that can and cannot be taken four at a time, windows of every size.
    for (channels, kernel) in [(3, 5), (8, 5), (12, 3), (20, 1)] {
        checks.extend(convolution(operators, &conv(channels, kernel), true, precision)?);
    }
    // More channels and filters than a block or a warp has.
    for (channels, filters) in [(72, 40), (71, 39)] {
        checks.extend(convolution(operators, &Conv { filters, ..conv(channels, 1) }, true, precision)?);
    }
    // Windows with gaps between them, that end before the border, and without anything of an image in a row of theirs.
    for (channels, kernel, stride, padding) in [(3, 3, 2, 1), (8, 3, 2, 1), (12, 5, 3, 4), (5, 2, 3, 1)] {
        let conv = Conv { stride, padding, ..conv(channels, kernel) };
        checks.extend(convolution(operators, &conv, channels > 5, precision)?);
    }
    for (stride, relu) in [(1, true), (1, false), (2, true)] {
        checks.extend(convolution(operators, &Conv { stride, relu, ..conv(20, 1) }, false, precision)?);
    }
    if !precision.is_f32() {
        checks.extend(pooled(operators, precision)?);
    }
    Ok(checks)
}

/// A convolution of the kind that all of these are variants of.
fn conv(channels: usize, kernel: usize) -> Conv {
    Conv { height: 11, width: 9, channels, kernel, stride: 1, padding: 0, filters: 21, relu: true }
}

/// Convolutions that go back through the pooling behind them: filters that can and cannot be taken four at a time; windows that overlap,
/// and that leave out the end, with and without a dropout.
pub(super) fn pooled(operators: &Operators, precision: Precision) -> Result<Vec<Check>, DeviceError> {
    let mut checks = Vec::new();
    for (filters, kernel, side, averages, is_masked, stride) in [
        (21, 2, 3, false, true, 1),
        (24, 3, 3, false, true, 2),
        (24, 2, 2, false, false, 1),
        (24, 1, 3, false, true, 1),
        (21, 1, 3, false, true, 1),
        (24, 1, 3, true, true, 1),
        (21, 3, 2, true, false, 1),
    ] {
        let conv = Conv { filters, stride, relu: is_masked, ..conv(8, kernel) };
        let way = Way::Pooled { side, averages, is_masked };
        let dy = if precision == Precision::Bf16 { Half } else { Single };
        checks.extend(one_way(operators, &conv, is_masked, (way, Stored { dy, ..PLAIN }), precision)?);
    }
    Ok(checks)
}

/// Two whose values are all stored in half.
#[cfg(test)]
pub(super) fn halved(operators: &Operators) -> Result<Vec<Check>, DeviceError> {
    let way = (Way::TensorCores, Stored { x: Half, y: Half, dy: Half });
    let mut checks = one_way(operators, &Conv { filters: 24, ..conv(8, 3) }, true, way, Precision::Bf16)?;
    checks.extend(one_way(operators, &Conv { filters: 40, ..conv(72, 1) }, true, way, Precision::Bf16)?);
    Ok(checks)
}

const PLAIN: Stored = Stored { x: Single, y: Single, dy: Single };

/// What storing a number in half changes it by, at most, relative to it.
const ROUNDED: f64 = 1.0 / 256.0;

/// How a convolution is computed.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// By products of written-out windows.
    Windows,
    /// By kernels of its own.
    TensorCores,
    /// By these, which go back through a pooling of such windows, two apart, and maybe a dropout too.
    Pooled { side: usize, averages: bool, is_masked: bool },
}

/// One convolution, with or without bias, in every way that there is in this precision.
fn convolution(
    operators: &Operators,
    conv: &Conv,
    has_bias: bool,
    precision: Precision,
) -> Result<Vec<Check>, DeviceError> {
    let mut checks = one_way(operators, conv, has_bias, (Way::Windows, PLAIN), precision)?;
    if !precision.is_f32() {
        checks.extend(one_way(operators, conv, has_bias, (Way::TensorCores, PLAIN), precision)?);
    }
    if precision == Precision::Bf16 {
        // Between others of its kind, the first of them, and the last.
        for (x, y) in [(Half, Half), (Single, Half), (Half, Single)] {
            let way = (Way::TensorCores, Stored { x, y, dy: y });
            checks.extend(one_way(operators, conv, has_bias, way, precision)?);
        }
    }
    Ok(checks)
}

/// What a convolution is given, and where the device puts what it makes of it.
struct Operands {
    x: Buffer,
    parameters: Buffer,
    dy: Buffer,
    y: Buffer,
    dx: Buffer,
    gradient: Buffer,
    pitch: usize,
    pool: Option<Pooled>,
    stored: Stored,
}

/// A pooling behind a convolution, and what it has left behind.
struct Pooled {
    shape: PoolShape,
    winner: Buffer,
    scale: f32,
}

/// What a dropout behind the pooling leaves of a number.
const SCALE: f32 = 1.0 / 0.7;

impl Pooled {
    /// Positions within the windows of a pooling that takes maxima, and what is dropped; with the gradient before both of that behind
    /// both, `dy`.
    fn new(operators: &Operators, shape: PoolShape, dy: &[f32]) -> Result<(Self, Vec<f32>), DeviceError> {
        let PoolShape { window, averages, is_masked } = shape;
        let positions = bytes("winner", dy.len(), (window.kernel * window.kernel) as u32);
        let is_dropped = |i: usize| is_masked && i.is_multiple_of(3);
        let scale = if is_masked { SCALE } else { 1.0 };
        let position = |w: u8| if averages { 0 } else { w };
        let there = positions.iter().enumerate();
        let there: Vec<u8> =
            there.map(|(i, &w)| position(w) | if is_dropped(i) { 0x80 } else { 0 }).collect();
        let kept: Vec<f32> =
            dy.iter().enumerate().map(|(i, dy)| dy * if is_dropped(i) { 0.0 } else { scale }).collect();
        let images = REPLICAS * IMAGES;
        let mut before = vec![0.0; images * window.height * window.width * window.channels];
        if averages {
            AveragePool(window).backward(images, &kept, &mut before);
        } else {
            MaxPool(window).backward(images, &positions, &kept, &mut before);
        }
        Ok((Self { shape, winner: Buffer::from_slice(&operators.device, &there)?, scale }, before))
    }
}

/// The windows of the pooling behind a convolution.
fn window(conv: &Conv, side: usize) -> Window {
    let (height, width) = conv.output();
    Window { height, width, channels: conv.filters, kernel: side, stride: 2 }
}

impl Operands {
    fn parameters(&self) -> Parameters<'_> {
        Parameters { buffer: &self.parameters, pitch: self.pitch }
    }

    fn gradient(&self) -> Parameters<'_> {
        Parameters { buffer: &self.gradient, pitch: self.pitch }
    }
}

fn by_windows(operators: &Operators, conv: &Conv, has_bias: bool, on: &Operands) -> Result<(), DeviceError> {
    let device = &operators.device;
    let (height, width) = conv.output();
    let (terms, filters) = (conv.kernel * conv.kernel * conv.channels, conv.filters);
    let floats = |n: usize| Buffer::zeros::<f32>(device, n);
    let patches = floats(REPLICAS * IMAGES * height * width * terms)?;
    let partials = floats(REPLICAS * STRETCHES * filters)?;
    let rows = Rows { per_replica: IMAGES * height * width, replicas: REPLICAS };
    let (all, dims, bias) = (REPLICAS * IMAGES, [terms, filters], terms * filters);
    let windows = if writes_windows(conv) { &patches } else { &on.x };
    if writes_windows(conv) {
        operators.patches(conv, all, &on.x, &patches)?;
    }
    operators.affine(rows, dims, windows, on.parameters(), 0, &on.y)?;
    let after = (&on.y, conv.relu);
    if has_bias {
        operators.add_bias(rows, filters, &on.y, on.parameters(), bias, conv.relu)?;
        operators.bias_gradient(rows, filters, after, &on.dy, &partials, on.gradient(), bias)?;
    } else if conv.relu {
        operators.rectify(rows, filters, &on.y)?;
        operators.unrectify(rows, filters, &on.y, &on.dy)?;
    }
    operators.affine_weight_gradient(rows, dims, windows, &on.dy, on.gradient(), 0)?;
    if writes_windows(conv) {
        operators.affine_input_gradient(rows, dims, &on.dy, on.parameters(), 0, &patches)?;
        operators.sum_patches(conv, all, &patches, &on.dx)
    } else {
        operators.affine_input_gradient(rows, dims, &on.dy, on.parameters(), 0, &on.dx)
    }
}

fn on_tensor_cores(
    operators: &Operators,
    conv: &Conv,
    has_bias: bool,
    on: &Operands,
) -> Result<(), DeviceError> {
    let pool = on.pool.as_ref().map(|pool| pool.shape);
    let shape =
        ConvolutionShape { conv: *conv, weight: 0, has_bias, pool, stored: on.stored, goes_back: true };
    let images = Rows { per_replica: IMAGES, replicas: REPLICAS };
    let open = Buffer::zeros::<u8>(&operators.device, images.all() * shape.masks())?;
    // Gradients in several parts, and in one, as in a large population.
    let cut_for = if conv.kernel == 3 { 1000 } else { REPLICAS };
    let collection = operators.collection(&[shape], cut_for)?;
    let convolution = operators.convolution(shape, cut_for)?;
    operators.convolve(&convolution, images, &on.x, on.parameters(), [&on.y, &open])?;
    let pool = on.pool.as_ref().map(|pool| (&pool.winner, pool.scale));
    let upstream = Upstream { dy: &on.dy, open: &open, pool };
    operators.convolution_gradients(
        &convolution,
        images,
        &on.x,
        upstream,
        on.parameters(),
        (&collection, 0),
        on.gradient(),
        Some(&on.dx),
    )?;
    operators.collect(&collection, REPLICAS, on.gradient())
}

/// One convolution in one way.
fn one_way(
    operators: &Operators,
    conv: &Conv,
    has_bias: bool,
    (way, stored): (Way, Stored),
    precision: Precision,
) -> Result<Vec<Check>, DeviceError> {
    let device = &operators.device;
    let (height, width) = conv.output();
    let terms = conv.kernel * conv.kernel * conv.channels;
    let (weights, filters) = (terms * conv.filters, conv.filters);
    let pitch = (weights + filters).next_multiple_of(4);
    let (inputs, outputs) =
        (IMAGES * conv.height * conv.width * conv.channels, IMAGES * height * width * filters);
    let x = stored.x.rounded(normal("x", REPLICAS * inputs));
    let (there, pool, dy) = if let Way::Pooled { side, averages, is_masked } = way {
        let window = window(conv, side);
        let (height, width) = window.output();
        let behind = stored.dy.rounded(normal("dy", REPLICAS * IMAGES * height * width * filters));
        let (pool, dy) = Pooled::new(operators, PoolShape { window, averages, is_masked }, &behind)?;
        (stored.dy.upload(device, &behind)?, Some(pool), dy)
    } else {
        let dy = stored.dy.rounded(normal("dy", REPLICAS * outputs));
        (stored.dy.upload(device, &dy)?, None, dy)
    };
    let parameters = normal("parameters", REPLICAS * pitch);
    let on = Operands {
        x: stored.x.upload(device, &x)?,
        parameters: Buffer::from_slice(device, &parameters)?,
        dy: there,
        pool,
        y: stored.y.zeros(device, REPLICAS * outputs)?,
        dx: stored.x.zeros(device, REPLICAS * inputs)?,
        gradient: Buffer::zeros::<f32>(device, REPLICAS * pitch)?,
        pitch,
        stored,
    };
    match way {
        Way::Windows => by_windows(operators, conv, has_bias, &on)?,
        Way::TensorCores | Way::Pooled { .. } => on_tensor_cores(operators, conv, has_bias, &on)?,
    }

    // [output, gradient of the weight, of the bias, of the input] as the CPU computes them.
    let mut expected: [Vec<f32>; 4] = Default::default();
    let mut seen: [Vec<f32>; 4] = [
        stored.y.download(&on.y, REPLICAS * outputs)?,
        Vec::new(),
        Vec::new(),
        stored.x.download(&on.dx, REPLICAS * inputs)?,
    ];
    let mut workspace = Workspace::default();
    for r in 0..REPLICAS {
        let x = &x[r * inputs..(r + 1) * inputs];
        let (weight, rest) = parameters[r * pitch..(r + 1) * pitch].split_at(weights);
        let mut y = vec![0.0; outputs];
        conv.forward(x, weight, has_bias.then_some(&rest[..filters]), &mut y, &mut workspace);
        // The rectifier opens and closes where the device's does: near zero the two outputs may differ in sign.
        let mut dy = dy[r * outputs..(r + 1) * outputs].to_vec();
        if conv.relu {
            unrectify(&seen[0][r * outputs..(r + 1) * outputs], &mut dy);
        }
        let (mut dweight, mut dbias) = (vec![0.0; weights], vec![0.0; filters]);
        conv.add_parameter_gradient(x, &dy, &mut dweight, has_bias.then_some(&mut dbias[..]), &mut workspace);
        let (mut transposed, mut dx) = (vec![0.0; weights], vec![0.0; inputs]);
        conv.transpose(weight, &mut transposed);
        conv.input_gradient(&dy, &transposed, None, &mut dx, &mut workspace);
        for (all, part) in expected.iter_mut().zip([y, dweight, dbias, dx]) {
            all.extend(part);
        }
        let there: Vec<f32> = on.gradient.download(r * pitch, weights + filters)?;
        seen[1].extend(&there[..weights]);
        seen[2].extend(&there[weights..]);
    }
    let mut name = format!("convolution {0} x {0}, {1} channels", conv.kernel, conv.channels);
    if writes_windows(conv) && (conv.stride, conv.padding) != (1, 0) {
        name += &format!(", stride {}, padding {}", conv.stride, conv.padding);
    }
    if !has_bias {
        name += if conv.relu { ", without bias" } else { ", without bias and rectifier" };
    }
    name += match way {
        Way::Windows => "",
        Way::TensorCores => ", on tensor cores",
        Way::Pooled { averages: true, is_masked: true, .. } => {
            ", on tensor cores, with an average pooling and a dropout"
        }
        Way::Pooled { averages: true, .. } => ", on tensor cores, with an average pooling",
        Way::Pooled { is_masked: true, .. } => ", on tensor cores, with a pooling and a dropout",
        Way::Pooled { .. } => ", on tensor cores, with a pooling",
    };
    let is_half = stored != PLAIN;
    if is_half {
        name += &format!(" ({}, {}, {})", stored.x.word(), stored.y.word(), stored.dy.word());
    }
    let what = ["output", "gradient of the weight", "gradient of the bias", "gradient of the input"];
    let named = what.iter().zip(seen.iter().zip(&expected)).map(|(what, (seen, expected))| Check {
        name: format!("{name}: {what}"),
        difference: relative(seen, expected),
        limit: product_limit(precision) + if is_half { ROUNDED } else { 0.0 },
        detail: "relative to the largest number".into(),
    });
    Ok(named.filter(|check| has_bias || !check.name.ends_with("bias")).collect())
}
