//! `curves`: smooth random strokes, 28×28 and grey, for autoencoders.
//!
//! Curves through three random points are what deep autoencoders were first trained on (G. Hinton, R. Salakhutdinov, Reducing the
//! dimensionality of data with neural networks, Science 313, 2006) and what second-order methods were tested with (J. Martens, Deep
//! learning via Hessian-free optimization, ICML 2010). These are not their images, which are a file of their authors', but images made
//! by the same idea: a parabola that passes at its beginning, half-way and at its end through three points, each uniform on the
//! square from 4 to 24 pixels. The stroke is 1.6 pixels wide, with an edge that falls off over one more. The numbers are ours.
//! A parabola through points of that square reaches 2.5 pixels out of it at most, so that no stroke is cut off.
//!
//! Image `i` of a part is a function of (seed, part, i) alone, and its bytes are the same on every machine: the arithmetic is IEEE
//! additions, products, quotients and square roots.

use crate::Images;
use crate::shapes::Part;
use rayon::prelude::*;
use streams::{Draws, Stream};

/// Height and width, in pixels.
pub const SIDE: usize = 28;
/// Training images that count as the whole data set, as many as the curves of 2006 have.
pub const TRAIN: usize = 20_000;
/// Test images that count as the whole data set, likewise.
pub const TEST: usize = 10_000;

/// Straight pieces that the parabola is painted as: it leaves them by under a thirtieth of a pixel.
const PIECES: usize = 32;
/// How far from the parabola the stroke has faded: half its width and half its edge, 0.8 + 0.5 pixels.
const REACH: f64 = 1.3;
/// Where the three points lie.
const RANGE: (f64, f64) = (4.0, 24.0);

type Point = [f64; 2];

/// The images of `part` at `indices`, in that order, all of the one class there is. Made in parallel; the result does not depend on
/// how.
pub(crate) fn at(seed: u64, part: Part, indices: &[usize]) -> Images {
    let stream = Stream::new(seed, "curves", part.stream(), 0);
    let mut pixels = vec![0; indices.len() * SIDE * SIDE];
    pixels.par_chunks_exact_mut(SIDE * SIDE).zip(indices).for_each(|(out, &index)| {
        let mut draws = stream.draws(index as u64);
        let points = [point(&mut draws), point(&mut draws), point(&mut draws)];
        paint(points, out);
    });
    Images {
        pixels,
        labels: vec![0; indices.len()],
        height: SIDE,
        width: SIDE,
        channels: 1,
        classes: 1,
        labels_per_image: 1,
        vocabulary: None,
    }
}

fn point(draws: &mut Draws) -> Point {
    [draws.between(RANGE.0, RANGE.1), draws.between(RANGE.0, RANGE.1)]
}

/// Paints the parabola through three points, x to the right and y down, on `out`, `[28, 28]`: white on black.
pub(crate) fn paint(points: [Point; 3], out: &mut [u8]) {
    let nodes: [Point; PIECES + 1] = std::array::from_fn(|i| along(points, i as f64 / PIECES as f64));
    let mut nearest = [f64::INFINITY; SIDE * SIDE];
    for piece in nodes.windows(2) {
        let [from, to] = [piece[0], piece[1]];
        let [columns, rows] = std::array::from_fn(|axis| near(from[axis], to[axis]));
        for row in rows {
            for column in columns.clone() {
                let centre = [column as f64 + 0.5, row as f64 + 0.5];
                let pixel = &mut nearest[row * SIDE + column];
                *pixel = pixel.min(squared_distance(centre, from, to));
            }
        }
    }
    for (square, byte) in nearest.iter().zip(out) {
        let cover = (REACH - square.sqrt()).clamp(0.0, 1.0);
        *byte = (cover * 255.0 + 0.5) as u8;
    }
}

/// The pixels on an axis that a piece from `a` to `b` may touch.
fn near(a: f64, b: f64) -> std::ops::Range<usize> {
    // Conversion takes what is below zero to zero.
    (a.min(b) - REACH) as usize..SIDE.min((a.max(b) + REACH) as usize + 1)
}

/// The parabola at `t` from 0 to 1: Lagrange's, with the nodes 0, ½ and 1.
fn along([first, middle, last]: [Point; 3], t: f64) -> Point {
    let (a, b, c) = ((1.0 - t) * (1.0 - 2.0 * t), 4.0 * t * (1.0 - t), t * (2.0 * t - 1.0));
    std::array::from_fn(|axis| a * first[axis] + b * middle[axis] + c * last[axis])
}

/// The square of the distance of a point from a straight piece.
fn squared_distance([x, y]: Point, [ax, ay]: Point, [bx, by]: Point) -> f64 {
    let (dx, dy) = (bx - ax, by - ay);
    let square = dx * dx + dy * dy;
    // All three points may coincide.
    let t = if square > 0.0 { (((x - ax) * dx + (y - ay) * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    let (u, v) = (x - ax - t * dx, y - ay - t * dy);
    u * u + v * v
}
