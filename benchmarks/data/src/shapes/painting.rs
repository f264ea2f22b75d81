//! One image: background, clutter behind, the figure, a bar and clutter in front, noise.

use super::{CHANNELS, SIDE, figures};
use streams::Draws;

type Colour = [f32; 3];

/// Where a pixel is sampled: its value is the mean, so that edges are smooth.
const SAMPLES: [(f32, f32); 4] = [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];
/// Side of the grid of colours that the background interpolates.
const GRID: usize = 4;
/// A figure is turned by up to this many radians, 20 degrees, either way.
const TILT: f32 = 0.35;

/// Paints an image of class `label` on `out`, `[32, 32, 3]`.
pub(super) fn paint(label: u8, draws: &mut Draws, out: &mut [u8]) {
    let mut canvas = vec![[0f32; CHANNELS]; SIDE * SIDE];
    let base = [between(draws, 0.25, 0.65), between(draws, 0.25, 0.65), between(draws, 0.25, 0.65)];
    background(&mut canvas, base, draws);
    for _ in 0..1 + draws.below(3) {
        speck(&mut canvas, draws);
    }
    figure(&mut canvas, label, base, draws);
    for _ in 0..draws.below(2) {
        speck(&mut canvas, draws);
    }
    if draws.below(3) == 0 {
        bar(&mut canvas, draws);
    }
    let noise = between(draws, 0.02, 0.08);
    finish(&canvas, noise, draws, out);
}

/// The figure: anywhere it stays mostly in view, tilted, stretched, textured in two colours.
fn figure(canvas: &mut [Colour], label: u8, base: Colour, draws: &mut Draws) {
    let (texture, number) = (label / 2, label % 2);
    let radius = between(draws, 8.0, 11.5);
    let stretch = between(draws, 0.85, 1.18);
    let centre = (between(draws, 11.0, 21.0), between(draws, 11.0, 21.0));
    let (sin, cos) = turned(between(draws, -TILT, TILT));
    let breadth = between(draws, 2.0, 3.0);
    let phase = (between(draws, 0.0, 2.0), between(draws, 0.0, 2.0));
    let inks = inks(base, draws);
    cover(canvas, centre, radius * stretch.max(1.0 / stretch) * figures::REACH, |x, y| {
        let (x, y) = (x - centre.0, y - centre.1);
        let (along, across) = (cos * x + sin * y, cos * y - sin * x);
        figures::in_figure(number, along / (radius * stretch), across * stretch / radius).then(|| {
            let (s, t) = (along / breadth + phase.0, across / breadth + phase.1);
            inks[usize::from(figures::in_pattern(texture, s, t))]
        })
    });
}

/// The figure's two colours: one lighter than `base` by a contrast that varies, one a little darker.
fn inks(base: Colour, draws: &mut Draws) -> [Colour; 2] {
    let contrast = between(draws, 0.15, 0.45);
    let mut ink = |sign: f32| base.map(|value| value + sign * contrast + between(draws, -0.1, 0.1));
    [ink(1.0), ink(-0.4)]
}

/// Colours around `base` on a coarse grid, interpolated bilinearly: light falls unevenly.
fn background(canvas: &mut [Colour], base: Colour, draws: &mut Draws) {
    let amplitude = between(draws, 0.05, 0.25);
    let mut grid = [[0f32; CHANNELS]; GRID * GRID];
    for node in &mut grid {
        // Mostly lighter or darker, a little of another hue.
        let light = between(draws, -1.0, 1.0);
        for (value, base) in node.iter_mut().zip(base) {
            *value = base + amplitude * (light + 0.4 * between(draws, -1.0, 1.0));
        }
    }
    let scale = (GRID - 1) as f32 / SIDE as f32;
    for (i, pixel) in canvas.iter_mut().enumerate() {
        let (x, y) = (((i % SIDE) as f32 + 0.5) * scale, ((i / SIDE) as f32 + 0.5) * scale);
        let (column, row) = (x as usize, y as usize);
        let (right, down) = (x - column as f32, y - row as f32);
        let corner = row * GRID + column;
        for (c, value) in pixel.iter_mut().enumerate() {
            let above = grid[corner][c] * (1.0 - right) + grid[corner + 1][c] * right;
            let below = grid[corner + GRID][c] * (1.0 - right) + grid[corner + GRID + 1][c] * right;
            *value = above * (1.0 - down) + below * down;
        }
    }
}

/// A small piece of clutter: one of the figures, too small to be the one that counts.
fn speck(canvas: &mut [Colour], draws: &mut Draws) {
    let number = draws.below(2) as u8;
    let radius = between(draws, 1.0, 2.4);
    let centre = (between(draws, 0.0, SIDE as f32), between(draws, 0.0, SIDE as f32));
    let (sin, cos) = turned(any_angle(draws));
    let ink = colour(draws);
    cover(canvas, centre, radius * figures::REACH, |x, y| {
        let (x, y) = (x - centre.0, y - centre.1);
        let (u, v) = ((cos * x + sin * y) / radius, (cos * y - sin * x) / radius);
        figures::in_figure(number, u, v).then_some(ink)
    });
}

/// A straight bar across the whole image, one to three pixels wide.
fn bar(canvas: &mut [Colour], draws: &mut Draws) {
    let half_width = between(draws, 0.5, 1.5);
    let centre = (between(draws, 6.0, 26.0), between(draws, 6.0, 26.0));
    let (sin, cos) = turned(any_angle(draws));
    let ink = colour(draws);
    cover(canvas, centre, SIDE as f32, |x, y| {
        let distance = ((x - centre.0) * cos + (y - centre.1) * sin).abs();
        (distance <= half_width).then_some(ink)
    });
}

/// Paints over each pixel in the proportion of its samples that `ink` gives a colour. Pixels further than
/// `reach` from `centre` in either direction are left as they are.
fn cover(canvas: &mut [Colour], centre: (f32, f32), reach: f32, ink: impl Fn(f32, f32) -> Option<Colour>) {
    let side = SIDE as f32;
    let range = |c: f32| (c - reach).max(0.0) as usize..((c + reach).clamp(0.0, side - 1.0) as usize + 1);
    for row in range(centre.1) {
        for column in range(centre.0) {
            let pixel = &mut canvas[row * SIDE + column];
            let under = *pixel;
            let mut sum = [0f32; CHANNELS];
            for (dx, dy) in SAMPLES {
                let sample = ink(column as f32 + dx, row as f32 + dy).unwrap_or(under);
                sum.iter_mut().zip(sample).for_each(|(sum, value)| *sum += value);
            }
            *pixel = sum.map(|value| value * 0.25);
        }
    }
}

/// Adds noise of standard deviation `noise` and rounds to bytes.
fn finish(canvas: &[Colour], noise: f32, draws: &mut Draws, out: &mut [u8]) {
    for (&value, byte) in canvas.as_flattened().iter().zip(out) {
        // The sum of four uniform bytes is close to normal: mean 510, variance (256² − 1)/3.
        let sum: u32 = draws.bits().to_le_bytes().into_iter().map(u32::from).sum();
        let normal = (sum as f32 - 510.0) * (1.0 / 147.8);
        *byte = ((value + noise * normal).clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
    }
}

fn colour(draws: &mut Draws) -> Colour {
    [between(draws, 0.1, 0.9), between(draws, 0.1, 0.9), between(draws, 0.1, 0.9)]
}

fn any_angle(draws: &mut Draws) -> f32 {
    between(draws, 0.0, 2.0 * std::f32::consts::PI)
}

/// Sine and cosine, the same bits on every machine.
fn turned(angle: f32) -> (f32, f32) {
    (libm::sinf(angle), libm::cosf(angle))
}

fn between(draws: &mut Draws, low: f32, high: f32) -> f32 {
    draws.between(f64::from(low), f64::from(high)) as f32
}
