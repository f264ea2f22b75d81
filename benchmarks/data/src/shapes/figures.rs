//! The two figures and five textures, as predicates on the plane.

/// Names of the figures, in the order of the labels modulo two.
pub(super) const FIGURES: [&str; 2] = ["disc", "triangle"];
/// Names of the textures, in the order of the labels divided by two.
pub(super) const TEXTURES: [&str; 5] = ["plain", "layered", "striped", "chequered", "spotted"];

/// Radius of a circle around the origin that holds each figure.
pub(super) const REACH: f32 = 1.33;

/// Whether (u, v) lies in the figure `number`. Both cover about the same area (2.3), so that the amount of paint
/// does not tell them apart.
pub(super) fn in_figure(number: u8, u: f32, v: f32) -> bool {
    match number {
        0 => u * u + v * v < 0.73,
        // Equilateral, inscribed in the circle of radius 1.33; half the radius is the distance of a side.
        _ => v > -0.665 && 0.866_025_4 * u.abs() + 0.5 * v < 0.665,
    }
}

/// Whether a texture has its second colour at (s, t), in units of the breadth of a stripe.
pub(super) fn in_pattern(texture: u8, s: f32, t: f32) -> bool {
    // Shifted to the positive side, where conversion rounds down.
    let odd = |x: f32| ((x + 64.0) as i32) & 1 == 1;
    // Distance from the middle of an interval of length 2.
    let off = |x: f32| {
        let shifted = (x + 64.0) * 0.5;
        2.0 * (shifted - shifted as i32 as f32) - 1.0
    };
    match texture {
        0 => false,
        1 => odd(t),
        2 => odd(s),
        3 => odd(s) ^ odd(t),
        _ => off(s) * off(s) + off(t) * off(t) < 0.4,
    }
}
