//! Vectors of tokens and of positions.

use super::{IMAGES, REPLICAS};
use crate::conformance::{Check, bytes, normal, same_bits};
use crate::operators::{Operators, Parameters, Places, Rows, Shaped};
use crate::{Buffer, DeviceError};
use ::kernels::{Embedding, Positions};
use models::Tokens;

/// Positions of a sequence.
const TIME: usize = 13;
const SEQUENCES: Rows = Rows { per_replica: IMAGES, replicas: REPLICAS };

/// Numbers in front of a replica's table, and behind it.
const AROUND: usize = 3;

pub(super) fn run(operators: &Operators) -> Result<Vec<Check>, DeviceError> {
    let mut checks = Vec::new();
    // A table of which every row is read, and one of which most are not.
    for (vocabulary, width) in [(7, 19), (200, 5)] {
        checks.extend(embedding(operators, &Tokens { vocabulary, embedding: Embedding { width } })?);
    }
    checks.extend(positions(operators)?);
    Ok(checks)
}

/// A table of each replica, with what is not a number around it.
fn tables(size: usize) -> Vec<f32> {
    let tables = normal("tables", REPLICAS * size);
    let around = [f32::NAN; AROUND];
    tables.chunks_exact(size).flat_map(|table| [&around[..], table, &around].concat()).collect()
}

fn table(tables: &[f32], size: usize, replica: usize) -> &[f32] {
    &tables[replica * (size + 2 * AROUND) + AROUND..][..size]
}

/// The gradients of all tables.
fn gradients(there: &Buffer, size: usize) -> Result<Vec<f32>, DeviceError> {
    let of = |r: usize| there.download(r * (size + 2 * AROUND) + AROUND, size);
    Ok((0..REPLICAS).map(of).collect::<Result<Vec<Vec<f32>>, _>>()?.concat())
}

fn embedding(operators: &Operators, of: &Tokens) -> Result<Vec<Check>, DeviceError> {
    let operators = &operators.with(Shaped::Embedding(of))?;
    let Tokens { vocabulary, embedding } = *of;
    let (size, per_replica) = (vocabulary * embedding.width, IMAGES * TIME);
    let rows = Rows { per_replica, replicas: REPLICAS };
    let tokens = bytes("tokens", rows.all(), vocabulary as u32);
    let (tables, dy) = (tables(size), normal("dy", rows.all() * embedding.width));
    let device = &operators.device;
    let numbers: Vec<f32> = tokens.iter().copied().map(f32::from).collect();
    let tokens_there = Buffer::from_slice(device, &numbers)?;
    let (tables_there, dy_there) = (Buffer::from_slice(device, &tables)?, Buffer::from_slice(device, &dy)?);
    // A gradient is set, whatever was there.
    let gradient = Buffer::from_slice(device, &tables)?;
    let y = Buffer::zeros::<f32>(device, dy.len())?;
    let pitch = size + 2 * AROUND;
    let parameters = Parameters { buffer: &tables_there, pitch };
    operators.embedding(of, rows, &tokens_there, parameters, AROUND, &y)?;
    let gradient_there = Parameters { buffer: &gradient, pitch };
    operators.embedding_gradient(of, rows, &tokens_there, &dy_there, gradient_there, AROUND)?;

    let (mut expected, mut dtables) = (vec![0.0; dy.len()], vec![0.0; REPLICAS * size]);
    for r in 0..REPLICAS {
        let tokens: Vec<u32> =
            tokens[r * per_replica..(r + 1) * per_replica].iter().copied().map(u32::from).collect();
        let numbers = r * per_replica * embedding.width..(r + 1) * per_replica * embedding.width;
        embedding.forward(&tokens, table(&tables, size, r), &mut expected[numbers.clone()]);
        embedding.add_gradient(&tokens, &dy[numbers], &mut dtables[r * size..(r + 1) * size]);
    }
    let name = format!("embedding of {vocabulary} tokens");
    Ok(vec![
        same_bits(name.clone(), &y.download(0, expected.len())?, &expected),
        same_bits(format!("{name}: gradient"), &gradients(&gradient, size)?, &dtables),
    ])
}

/// From one buffer to another, and in place.
fn positions(operators: &Operators) -> Result<Vec<Check>, DeviceError> {
    const WIDTH: usize = 17;
    let size = TIME * WIDTH;
    let (places, positions) = (Places { time: TIME, width: WIDTH }, Positions { size });
    let operators = &operators.with(Shaped::Positions(places))?;
    let (tables, x, dy) =
        (tables(size), normal("x", SEQUENCES.all() * size), normal("dy", SEQUENCES.all() * size));
    let device = &operators.device;
    let there = [&tables, &x, &dy].map(|values| Buffer::from_slice(device, values));
    let [tables_there, x_there, dy_there] = there;
    let (tables_there, x_there, dy_there) = (tables_there?, x_there?, dy_there?);
    let gradient = Buffer::from_slice(device, &tables)?;
    let y = Buffer::zeros::<f32>(device, x.len())?;
    let pitch = size + 2 * AROUND;
    let parameters = Parameters { buffer: &tables_there, pitch };
    operators.positions(places, SEQUENCES, &x_there, parameters, AROUND, &y)?;
    operators.positions(places, SEQUENCES, &x_there, parameters, AROUND, &x_there)?;
    let gradient_there = Parameters { buffer: &gradient, pitch };
    operators.positions_gradient(places, SEQUENCES, &dy_there, gradient_there, AROUND)?;

    let (mut expected, mut dtables) = (x, vec![0.0; REPLICAS * size]);
    for r in 0..REPLICAS {
        let numbers = r * IMAGES * size..(r + 1) * IMAGES * size;
        positions.forward(table(&tables, size, r), &mut expected[numbers.clone()]);
        positions.add_gradient(&dy[numbers], &mut dtables[r * size..(r + 1) * size]);
    }
    let seen = [y.download(0, expected.len())?, x_there.download(0, expected.len())?].concat();
    Ok(vec![
        same_bits("positions".into(), &seen, &expected.repeat(2)),
        same_bits("positions: gradient".into(), &gradients(&gradient, size)?, &dtables),
    ])
}
