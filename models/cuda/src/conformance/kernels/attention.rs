//! Self-attention, with a mask and without.

use super::{IMAGES, REPLICAS};
use crate::conformance::{Check, normal, product_limit, relative, same_bits};
use crate::operators::{Operators, Shaped, room_of};
use crate::{Buffer, DeviceError, Precision};
use ::kernels::{Attention, Workspace};

/// A single position, as many as a block of the CPU's queries has, more, and more than a block has threads; one head and several.
pub(super) fn run(operators: &Operators, precision: Precision) -> Result<Vec<Check>, DeviceError> {
    let mut checks = Vec::new();
    for (time, width, heads) in [(1, 6, 2), (32, 8, 1), (45, 15, 3), (260, 4, 2)] {
        for causal in [false, true] {
            let attention = Attention { time, width, heads, causal };
            let numbers = normal("qkv", REPLICAS * IMAGES * 3 * time * width);
            checks.extend(close(operators, &attention, &numbers, precision)?);
        }
    }
    // Products so far apart that their exponentials are no numbers, unless the greatest is subtracted first.
    let attention = Attention { time: 3, width: 1, heads: 1, causal: false };
    let numbers = [300.0, 299.0, 3.0, 300.0, -300.0, 2.0, 300.0, 300.0, 1.0];
    checks.extend(close(operators, &attention, &numbers, precision)?);
    for causal in [false, true] {
        checks.push(nan(operators, causal)?);
    }
    Ok(checks)
}

/// Up to three products in a row, and an exponential between them: what they are off by adds up where factors are rounded.
fn limit(precision: Precision) -> f64 {
    match precision {
        Precision::F32 => product_limit(precision),
        Precision::Tf32 | Precision::Bf16 => 5.0 * product_limit(precision),
    }
}

/// What comes out, and the gradient of what went in.
type Results = [Vec<f32>; 2];

fn close(
    operators: &Operators,
    attention: &Attention,
    qkv: &[f32],
    precision: Precision,
) -> Result<Vec<Check>, DeviceError> {
    let dy = normal("dy", qkv.len() / 3);
    let (seen, expected) = (on_device(operators, attention, qkv, &dy)?, on_cpu(attention, qkv, &dy));
    let Attention { time, heads, causal, .. } = *attention;
    let name = format!("{}attention of {time} with {heads} heads", if causal { "causal " } else { "" });
    let parts = ["output", "gradient"].iter().zip(seen.iter().zip(&expected));
    let checks = parts.map(|(part, (seen, expected))| Check {
        name: format!("{name}: {part}"),
        difference: relative(seen, expected),
        limit: limit(precision),
        detail: "relative to the largest number".into(),
    });
    Ok(checks.collect())
}

/// What comes out is a NaN where the CPU's is, and a gradient only where the CPU's is: a query, a key and a value of a
/// sequence each are one. (The CPU has some more under a mask, since it multiplies what is masked by a sum that is one.)
fn nan(operators: &Operators, causal: bool) -> Result<Check, DeviceError> {
    let attention = Attention { time: 20, width: 4, heads: 2, causal };
    let row = 3 * attention.width;
    let mut qkv = normal("qkv", 3 * attention.time * row);
    for part in 0..3 {
        qkv[(part * attention.time + 7) * row + part * attention.width] = f32::NAN;
    }
    let dy = normal("dy", qkv.len() / 3);
    let [y, dqkv] = on_device(operators, &attention, &qkv, &dy)?;
    let [expected, gradient] = on_cpu(&attention, &qkv, &dy);
    let marks = |of: &mut dyn Iterator<Item = bool>| of.map(f32::from).collect::<Vec<_>>();
    let mut surplus = dqkv.iter().zip(&gradient).map(|(seen, expected)| seen.is_nan() && !expected.is_nan());
    let seen = [marks(&mut y.iter().map(|y| y.is_nan())), marks(&mut surplus)].concat();
    let expected = [marks(&mut expected.iter().map(|y| y.is_nan())), vec![0.0; dqkv.len()]].concat();
    let name = format!("{}attention where there is a NaN", if causal { "causal " } else { "" });
    Ok(same_bits(name, &seen, &expected))
}

fn on_device(
    operators: &Operators,
    attention: &Attention,
    qkv: &[f32],
    dy: &[f32],
) -> Result<Results, DeviceError> {
    let operators = &operators.with(Shaped::Attention(attention))?;
    let device = &operators.device;
    let sequences = dy.len() / (attention.time * attention.width);
    let (qkv_there, dy_there) = (Buffer::from_slice(device, qkv)?, Buffer::from_slice(device, dy)?);
    // What was there before must not matter.
    let nan = |n: usize| Buffer::from_slice(device, &vec![f32::NAN; n]);
    let (y, dqkv) = (nan(dy.len())?, nan(qkv.len())?);
    let (weights, room) = (nan(sequences * attention.kept())?, nan(sequences * room_of(attention))?);
    operators.attention(attention, sequences, &qkv_there, &y, &weights, &room)?;
    let room = nan(sequences * room_of(attention))?;
    operators.attention_backward(attention, sequences, &qkv_there, &weights, &dy_there, &dqkv, &room)?;
    Ok([y.download(0, dy.len())?, dqkv.download(0, qkv.len())?])
}

fn on_cpu(attention: &Attention, qkv: &[f32], dy: &[f32]) -> Results {
    let sequences = dy.len() / (attention.time * attention.width);
    let (mut y, mut dqkv) = (vec![0.0; dy.len()], vec![0.0; qkv.len()]);
    let (mut kept, mut workspace) = (vec![0.0; sequences * attention.kept()], Workspace::default());
    attention.forward(qkv, &mut y, &mut kept, &mut workspace);
    attention.backward(qkv, &kept, dy, &mut dqkv, &mut workspace);
    [y, dqkv]
}
