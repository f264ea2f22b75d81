//! Convolutions: windows, products, biases and rectifiers.

use super::{IMAGES, REPLICAS};
use crate::conformance::{Check, normal, product_limit, relative};
use crate::operators::{Operators, Parameters, Rows, STRETCHES, writes_windows};
use crate::{Buffer, DeviceError, Precision};
use ::kernels::{Conv, Workspace, unrectify};

/// Convolutions of every kind that the networks have.
pub(super) fn run(operators: &Operators, precision: Precision) -> Result<Vec<Check>, DeviceError> {
    let conv = |channels, kernel| Conv {
        height: 11,
        width: 9,
        channels,
        kernel,
        stride: 1,
        padding: 0,
        filters: 21,
        relu: true,
    };
    let mut checks = Vec::new();
    // Channels that can and cannot be taken four at a time, windows of every size.
    for (channels, kernel) in [(3, 5), (8, 5), (12, 3), (20, 1)] {
        checks.extend(convolution(operators, &conv(channels, kernel), true, precision)?);
    }
    // Windows with gaps between them, that end before the border, and without anything of an image in a row of theirs.
    for (channels, kernel, stride, padding) in [(3, 3, 2, 1), (8, 3, 2, 1), (12, 5, 3, 4), (5, 2, 3, 1)] {
        let conv = Conv { stride, padding, ..conv(channels, kernel) };
        checks.extend(convolution(operators, &conv, channels > 5, precision)?);
    }
    for (stride, relu) in [(1, true), (1, false), (2, true)] {
        checks.extend(convolution(operators, &Conv { stride, relu, ..conv(20, 1) }, false, precision)?);
    }
    Ok(checks)
}

/// One convolution, with or without bias.
fn convolution(
    operators: &Operators,
    conv: &Conv,
    has_bias: bool,
    precision: Precision,
) -> Result<Vec<Check>, DeviceError> {
    let device = &operators.device;
    let (height, width) = conv.output();
    let terms = conv.kernel * conv.kernel * conv.channels;
    let (weights, filters) = (terms * conv.filters, conv.filters);
    let pitch = (weights + filters).next_multiple_of(4);
    let (inputs, outputs) =
        (IMAGES * conv.height * conv.width * conv.channels, IMAGES * height * width * filters);
    let (x, dy) = (normal("x", REPLICAS * inputs), normal("dy", REPLICAS * outputs));
    let parameters = normal("parameters", REPLICAS * pitch);

    let of_device = [&x, &parameters, &dy].map(|values| Buffer::from_slice(device, values));
    let [x_there, parameters_there, dy_there] = of_device;
    let (x_there, parameters_there, dy_there) = (x_there?, parameters_there?, dy_there?);
    let floats = |n: usize| Buffer::zeros::<f32>(device, n);
    let (y, dx, gradient) =
        (floats(REPLICAS * outputs)?, floats(REPLICAS * inputs)?, floats(REPLICAS * pitch)?);
    let patches = floats(REPLICAS * IMAGES * height * width * terms)?;
    let partials = floats(REPLICAS * STRETCHES * filters)?;
    let rows = Rows { per_replica: IMAGES * height * width, replicas: REPLICAS };
    let there = Parameters { buffer: &parameters_there, pitch };
    let gradient_there = Parameters { buffer: &gradient, pitch };
    let (all, dims) = (REPLICAS * IMAGES, [terms, filters]);
    let windows = if writes_windows(conv) { &patches } else { &x_there };
    if writes_windows(conv) {
        operators.patches(conv, all, &x_there, &patches)?;
    }
    operators.affine(rows, dims, windows, there, 0, &y)?;
    let after = (&y, conv.relu);
    if has_bias {
        operators.add_bias(rows, filters, &y, there, weights, conv.relu)?;
        operators.bias_gradient(rows, filters, after, &dy_there, &partials, gradient_there, weights)?;
    } else if conv.relu {
        operators.rectify(rows, filters, &y)?;
        operators.unrectify(rows, filters, &y, &dy_there)?;
    }
    operators.affine_weight_gradient(rows, dims, windows, &dy_there, gradient_there, 0)?;
    if writes_windows(conv) {
        operators.affine_input_gradient(rows, dims, &dy_there, there, 0, &patches)?;
        operators.sum_patches(conv, all, &patches, &dx)?;
    } else {
        operators.affine_input_gradient(rows, dims, &dy_there, there, 0, &dx)?;
    }

    // [output, gradient of the weight, of the bias, of the input] as the CPU computes them.
    let mut expected: [Vec<f32>; 4] = Default::default();
    let mut seen: [Vec<f32>; 4] =
        [y.download(0, REPLICAS * outputs)?, Vec::new(), Vec::new(), dx.download(0, REPLICAS * inputs)?];
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
        let there: Vec<f32> = gradient.download(r * pitch, weights + filters)?;
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
    let what = ["output", "gradient of the weight", "gradient of the bias", "gradient of the input"];
    let named = what.iter().zip(seen.iter().zip(&expected)).map(|(what, (seen, expected))| Check {
        name: format!("{name}: {what}"),
        difference: relative(seen, expected),
        limit: product_limit(precision),
        detail: "relative to the largest number".into(),
    });
    Ok(named.filter(|check| has_bias || !check.name.ends_with("bias")).collect())
}
