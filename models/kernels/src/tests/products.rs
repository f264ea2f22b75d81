//! Products against their definition, bit for bit, on every instruction set of this machine.

use super::instructions::instruction_sets;
use crate::product::{
    Add, Columns, DEPTH, Left, Packed, Product, Right, Rows, RowsTransposed, Store, Strided, Transposed,
};
use crate::transpose::transpose;
use crate::{Conv, Workspace};
use streams::Stream;

fn normal(n: usize, name: &str) -> Vec<f32> {
    let mut draws = Stream::new(3, "products", name, 0).draws(0);
    (0..n).map(|_| draws.normal() as f32).collect()
}

/// Σ a b in blocks of equal length, each a chain of fused multiply-adds from 0; `start` plus the first block, plus the
/// second, …
fn sum(start: Option<f32>, terms: usize, a: impl Fn(usize) -> f32, b: impl Fn(usize) -> f32) -> f32 {
    let depth = terms.div_ceil(terms.div_ceil(DEPTH));
    let blocks = (0..terms).step_by(depth).map(|from| {
        let block = from..terms.min(from + depth);
        block.fold(0f32, |sum, k| a(k).mul_add(b(k), sum))
    });
    blocks.fold(start, |sum, block| Some(sum.map_or(block, |sum| sum + block))).unwrap_or(0.0)
}

/// Rows and columns around the sizes of tiles and registers, terms around one block and several.
const SIZES: [(usize, usize, usize); 6] =
    [(1, 1, 1), (5, 256, 17), (12, 257, 32), (13, 75, 48), (31, 600, 33), (8, 513, 70)];

fn compare(left: impl Left<f32> + Copy, right: impl Right<f32> + Copy, expected: &[f32], what: &str) {
    let columns = right.columns();
    for set in instruction_sets() {
        let mut out = vec![f32::NAN; expected.len()];
        let sink = Store { out: &mut out, columns, mask: None };
        set.dispatch(Product { left, right, sink, workspace: &mut Workspace::default() });
        assert!(out == expected, "{what} on {set:?}");
        // Packed beforehand, over what has been packed there before.
        let (mut packed, mut out) = (Packed::default(), vec![f32::NAN; expected.len()]);
        for _ in 0..2 {
            packed.pack(right, set);
        }
        let sink = Store { out: &mut out, columns, mask: None };
        set.dispatch(Product { left, right: &packed.clone(), sink, workspace: &mut Workspace::default() });
        assert!(out == expected, "{what} packed on {set:?}");
    }
}

#[test]
fn have_the_bits_of_their_definition_on_every_instruction_set() {
    for (rows, terms, columns) in SIZES {
        let (a, b) = (normal(rows * terms, "a"), normal(terms * columns, "b"));
        let transposed = |x: &[f32], rows: usize, columns: usize| -> Vec<f32> {
            (0..columns)
                .flat_map(|j| (0..rows).map(move |i| (i, j)))
                .map(|(i, j)| x[i * columns + j])
                .collect()
        };
        let (at, bt) = (transposed(&a, rows, terms), transposed(&b, terms, columns));
        let element = |i: usize, j: usize| sum(None, terms, |k| a[i * terms + k], |k| b[k * columns + j]);
        let expected: Vec<f32> =
            (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))).map(|(i, j)| element(i, j)).collect();
        let what = format!("{rows} x {terms} x {columns}");
        compare(Rows::new(&a, terms), Columns::new(&b, columns), &expected, &what);
        compare(RowsTransposed::new(&at, rows), Columns::new(&b, columns), &expected, &what);
        let original = Strided { data: &bt, rows: columns, columns: terms, stride: terms };
        compare(Rows::new(&a, terms), Transposed(original), &expected, &what);
        let mut again = vec![f32::NAN; b.len()];
        transpose(&bt, terms, &mut again);
        assert!(again == b, "{what} transposed");
    }
}

#[test]
fn are_added_and_gated_where_asked() {
    let (a, b) = (normal(7 * 300, "a"), normal(300 * 20, "b"));
    let gate = normal(7 * 20, "gate");
    for set in instruction_sets() {
        let (left, right) = (Rows::new(&a, 300), Columns::new(&b, 20));
        let (mut added, mut gated) = (gate.clone(), vec![f32::NAN; 7 * 20]);
        let workspace = &mut Workspace::default();
        set.dispatch(Product { left, right, sink: Add { out: &mut added, columns: 20 }, workspace });
        let sink = Store { out: &mut gated, columns: 20, mask: Some(&gate) };
        set.dispatch(Product { left, right, sink, workspace });
        for i in 0..7 * 20 {
            let (a, b) = (|k: usize| a[i / 20 * 300 + k], |k: usize| b[k * 20 + i % 20]);
            assert_eq!(added[i], sum(Some(gate[i]), 300, a, b));
            assert_eq!(gated[i], if gate[i] > 0.0 { sum(None, 300, a, b) } else { 0.0 });
        }
    }
}

/// A convolution is the product of its patches with the weight: 3 channels (stretches shorter than a tile) and 20 (longer,
/// with more than one block of terms).
#[test]
fn a_convolution_has_the_bits_of_products_over_patches_on_every_instruction_set() {
    for (height, width, channels, kernel, filters) in [(9, 8, 3, 5, 10), (7, 9, 20, 4, 37)] {
        let conv = Conv { height, width, channels, kernel, stride: 1, padding: 0, filters, relu: false };
        let (rows, columns) = conv.output();
        let (n, inputs) = (3, kernel * kernel * channels);
        let (pixels, run) = (n * rows * columns, kernel * channels);
        let x = normal(n * height * width * channels, "x");
        let (weight, bias) = (normal(inputs * filters, "weight"), normal(filters, "bias"));
        let dy = normal(pixels * filters, "dy");
        // Where an image holds a number of the window of an output pixel.
        let place = |row: usize, number: usize| {
            let (image, pixel) = (row / (rows * columns), row % (rows * columns));
            let (ky, kx, c) = (number / run, number / channels % kernel, number % channels);
            let (line, column) = (pixel / columns + ky, pixel % columns + kx);
            ((image * height + line) * width + column) * channels + c
        };
        let forward = |row: usize, f: usize| {
            sum(Some(bias[f]), inputs, |k| x[place(row, k)], |k| weight[k * filters + f])
        };
        let to_weight = |number: usize, f: usize| {
            let start = Some(weight[number * filters + f]);
            sum(start, pixels, |k| x[place(k, number)], |k| dy[k * filters + f])
        };
        let mut expected_dx = vec![0f32; x.len()];
        for ky in 0..kernel {
            for row in 0..pixels {
                for number in ky * run..(ky + 1) * run {
                    expected_dx[place(row, number)] +=
                        sum(None, filters, |f| dy[row * filters + f], |f| weight[number * filters + f]);
                }
            }
        }
        for set in instruction_sets() {
            let workspace = &mut Workspace::default();
            workspace.instructions = set;
            let mut y = vec![f32::NAN; dy.len()];
            conv.forward(&x, &weight, Some(&bias), &mut y, workspace);
            assert!(y.iter().enumerate().all(|(i, &y)| y == forward(i / filters, i % filters)), "{set:?}");

            let (mut dweight, mut dbias) = (weight.clone(), bias.clone());
            conv.add_parameter_gradient(&x, &dy, &mut dweight, Some(&mut dbias), workspace);
            let same = |(i, &d): (usize, &f32)| d == to_weight(i / filters, i % filters);
            assert!(dweight.iter().enumerate().all(same), "{set:?}");
            for (f, &d) in dbias.iter().enumerate() {
                assert_eq!(d, (0..pixels).fold(bias[f], |sum, k| sum + dy[k * filters + f]));
            }

            let (mut transposed, mut dx) = (weight.clone(), vec![f32::NAN; x.len()]);
            conv.transpose(&weight, &mut transposed);
            conv.input_gradient(&dy, &transposed, None, &mut dx, workspace);
            assert!(dx == expected_dx, "{set:?}");
        }
    }
}
