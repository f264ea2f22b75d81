//! Elementary functions in `f32` against those of a library in `f64`, over dense sweeps.

use crate::Elementary;

/// Every number of `low..=high` whose bits are a multiple of `STEP`, of both signs where the interval has them.
fn sweep(low: f32, high: f32) -> impl Iterator<Item = f32> {
    const STEP: usize = 4001;
    let of_sign =
        |sign: u32| (0..f32::INFINITY.to_bits()).step_by(STEP).map(move |x| f32::from_bits(x | sign));
    of_sign(0).chain(of_sign(1 << 31)).filter(move |x| (low..=high).contains(x))
}

/// The largest distance from `exact` in units in the last place of `f32`.
fn ulps(inputs: impl Iterator<Item = f32>, ours: fn(f32) -> f32, exact: fn(f64) -> f64) -> f64 {
    let distance = |x: f32| {
        let exact = exact(x.into());
        let near = (exact as f32).abs().max(f32::MIN_POSITIVE);
        let unit = f64::from(f32::from_bits(near.to_bits() + 1)) - f64::from(near);
        (f64::from(ours(x)) - exact).abs() / unit
    };
    inputs.map(distance).fold(0.0, f64::max)
}

/// The largest of `|ours − exact| / size(exact)`.
fn error(
    inputs: impl Iterator<Item = f32>,
    ours: fn(f32) -> f32,
    exact: fn(f64) -> f64,
    size: fn(f64) -> f64,
) -> f64 {
    let distance = |x: f32| {
        let exact = exact(x.into());
        (f64::from(ours(x)) - exact).abs() / size(exact)
    };
    inputs.map(distance).fold(0.0, f64::max)
}

#[test]
fn exponential() {
    let worst = ulps(sweep(-86.98, 88.7), Elementary::exponential, libm::exp);
    assert!(worst < 1.1, "{worst}");
    for (x, y) in [
        (0.0, 1.0),
        (-0.0, 1.0),
        (89.0, f32::INFINITY),
        (f32::INFINITY, f32::INFINITY),
        (f32::MAX, f32::INFINITY),
        (-87.0, 0.0),
        (-88.0, 0.0),
        (f32::MIN, 0.0),
        (f32::NEG_INFINITY, 0.0),
    ] {
        assert_eq!(x.exponential(), y, "{x}");
    }
    assert!(f32::NAN.exponential().is_nan());
}

#[test]
fn hyperbolic_tangent() {
    let worst = ulps(sweep(-20.0, 20.0), Elementary::hyperbolic_tangent, libm::tanh);
    assert!(worst < 3.0, "{worst}");
    for (x, y) in [(f32::INFINITY, 1.0), (f32::NEG_INFINITY, -1.0), (f32::MAX, 1.0), (1e-40, 1e-40)] {
        assert_eq!(x.hyperbolic_tangent(), y, "{x}");
    }
    assert!((-0f32).hyperbolic_tangent().is_sign_negative());
    assert!(f32::NAN.hyperbolic_tangent().is_nan());
    assert!(sweep(-10.0, 10.0).all(|x| x.hyperbolic_tangent().abs() <= 1.0));
}

#[test]
fn logistic() {
    let exact = |x: f64| 1.0 / (1.0 + libm::exp(-x));
    let worst = error(sweep(-88.0, 100.0), Elementary::logistic, exact, |y| y);
    assert!(worst < 2e-7, "{worst}");
    for (x, y) in [(0.0, 0.5), (f32::INFINITY, 1.0), (f32::NEG_INFINITY, 0.0)] {
        assert_eq!(x.logistic(), y, "{x}");
    }
    assert!(f32::NAN.logistic().is_nan());
}

#[test]
fn normal_distribution() {
    let exact = |x: f64| 0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2);
    let below = |x: f32| x.normal().0;
    let worst = error(sweep(-15.0, 15.0), below, exact, |_| 1.0);
    assert!(worst < 2e-7, "{worst}");
    let worst = error(sweep(-5.0, 15.0), below, exact, |y| y);
    assert!(worst < 1e-5, "{worst}");
    // What the error function becomes of it.
    let erf = |x: f32| 2.0 * (x * std::f32::consts::SQRT_2).normal().0 - 1.0;
    let worst = error(sweep(-10.0, 10.0), erf, libm::erf, |_| 1.0);
    assert!(worst < 3e-7, "{worst}");
    let exact = |x: f64| libm::exp(-0.5 * x * x) / libm::sqrt(std::f64::consts::TAU);
    let worst = error(sweep(-5.0, 5.0), |x| x.normal().1, exact, |y| y);
    assert!(worst < 2e-6, "{worst}");
    for (x, y) in [(f32::INFINITY, (1.0, 0.0)), (f32::NEG_INFINITY, (0.0, 0.0)), (f32::MAX, (1.0, 0.0))] {
        assert_eq!(x.normal(), y, "{x}");
    }
    let (below, density) = f32::NAN.normal();
    assert!(below.is_nan() && density.is_nan());
}

#[test]
fn logarithm_beyond_one() {
    let worst = ulps(sweep(0.0, 1.0), Elementary::logarithm_beyond_one, libm::log1p);
    assert!(worst < 2.0, "{worst}");
    assert!(f32::NAN.logarithm_beyond_one().is_nan());
}

/// Results of the next number that are smaller only by rounding.
#[test]
fn they_rise_but_for_rounding() {
    for f in [Elementary::exponential, Elementary::hyperbolic_tangent, |x: f32| x.normal().0] {
        let mut before = f32::NEG_INFINITY;
        for i in -250_000..250_000 {
            let y: f32 = f(i as f32 * 3.2e-5);
            assert!(y >= before - 4.0 * f32::EPSILON * y.abs(), "{i}");
            before = y;
        }
    }
}
