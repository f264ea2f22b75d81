//! Non-linear functions of single numbers, between layers.

use crate::Real;
use pulp::{Arch, Simd, WithSimd};

/// A function `f` that is applied to every number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// `max(0, x)`; its derivative at 0 is 0.
    Rectifier,
    /// `x Φ(x)`, `Φ` being the standard normal distribution function: `½ x (1 + erf(x / √2))`.
    Gelu,
    /// `½ x (1 + tanh u)`, `u = √(2/π) (x + 0.044715 x³)`: near [`Activation::Gelu`].
    GeluTanh,
    /// `tanh x`.
    Tanh,
    /// `x / (1 + e⁻ˣ)`.
    Silu,
}

impl Activation {
    /// `y = f(x)`. NaN stays NaN.
    pub fn forward<F: Real>(&self, x: &[F], y: &mut [F]) {
        self.forward_on(Arch::new(), x, y);
    }

    /// `dx = dy · f′(x)`, with `x` and `y` as [`Activation::forward`] had and left them.
    pub fn backward<F: Real>(&self, x: &[F], y: &[F], dy: &[F], dx: &mut [F]) {
        self.backward_on(Arch::new(), x, y, dy, dx);
    }

    /// [`Activation::forward`] on an instruction set.
    pub(crate) fn forward_on<F: Real>(&self, instructions: Arch, x: &[F], y: &mut [F]) {
        match self {
            Self::Rectifier => instructions.dispatch(Forward { function: Rectifier, x, y }),
            Self::Gelu => instructions.dispatch(Forward { function: Gelu, x, y }),
            Self::GeluTanh => instructions.dispatch(Forward { function: GeluTanh, x, y }),
            Self::Tanh => instructions.dispatch(Forward { function: Tanh, x, y }),
            Self::Silu => instructions.dispatch(Forward { function: Silu, x, y }),
        }
    }

    /// [`Activation::backward`] on an instruction set.
    pub(crate) fn backward_on<F: Real>(&self, instructions: Arch, x: &[F], y: &[F], dy: &[F], dx: &mut [F]) {
        match self {
            Self::Rectifier => instructions.dispatch(Backward { function: Rectifier, x, y, dy, dx }),
            Self::Gelu => instructions.dispatch(Backward { function: Gelu, x, y, dy, dx }),
            Self::GeluTanh => instructions.dispatch(Backward { function: GeluTanh, x, y, dy, dx }),
            Self::Tanh => instructions.dispatch(Backward { function: Tanh, x, y, dy, dx }),
            Self::Silu => instructions.dispatch(Backward { function: Silu, x, y, dy, dx }),
        }
    }
}

/// A function and its derivative.
trait Function {
    /// `f(x)`.
    fn value<F: Real>(&self, x: F) -> F;

    /// `dy · f′(x)`, given `y = f(x)`.
    fn gradient<F: Real>(&self, x: F, y: F, dy: F) -> F;
}

struct Rectifier;
struct Gelu;
struct GeluTanh;
struct Tanh;
struct Silu;

impl Function for Rectifier {
    #[inline(always)]
    fn value<F: Real>(&self, x: F) -> F {
        if x <= F::ZERO { F::ZERO } else { x }
    }

    #[inline(always)]
    fn gradient<F: Real>(&self, x: F, _: F, dy: F) -> F {
        if x > F::ZERO { dy } else { F::ZERO }
    }
}

impl Function for Gelu {
    #[inline(always)]
    fn value<F: Real>(&self, x: F) -> F {
        x * x.normal().0
    }

    #[inline(always)]
    fn gradient<F: Real>(&self, x: F, _: F, dy: F) -> F {
        let (below, density) = x.normal();
        dy * (below + x * density)
    }
}

impl GeluTanh {
    /// `2 u = x (SCALE + CUBIC x²)`, since `½ (1 + tanh u) = 1 / (1 + exp(−2 u))`.
    const SCALE: f64 = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::SQRT_2;
    const CUBIC: f64 = 0.044715 * Self::SCALE;
}

impl Function for GeluTanh {
    #[inline(always)]
    fn value<F: Real>(&self, x: F) -> F {
        let (scale, cubic) = (F::from_f64(Self::SCALE), F::from_f64(Self::CUBIC));
        x * (x * (scale + cubic * (x * x))).logistic()
    }

    #[inline(always)]
    fn gradient<F: Real>(&self, x: F, y: F, dy: F) -> F {
        let (scale, cubic, slope) =
            (F::from_f64(Self::SCALE), F::from_f64(Self::CUBIC), F::from_f64(3.0 * Self::CUBIC));
        let square = x * x;
        let share = (x * (scale + cubic * square)).logistic();
        dy * (share + y * (F::ONE - share) * (scale + slope * square))
    }
}

impl Function for Tanh {
    #[inline(always)]
    fn value<F: Real>(&self, x: F) -> F {
        x.hyperbolic_tangent()
    }

    #[inline(always)]
    fn gradient<F: Real>(&self, _: F, y: F, dy: F) -> F {
        dy * (F::ONE - y * y)
    }
}

impl Function for Silu {
    #[inline(always)]
    fn value<F: Real>(&self, x: F) -> F {
        x * x.logistic()
    }

    #[inline(always)]
    fn gradient<F: Real>(&self, x: F, y: F, dy: F) -> F {
        let share = x.logistic();
        dy * (share + y * (F::ONE - share))
    }
}

/// [`Activation::forward`], to be compiled for each instruction set.
struct Forward<'a, F, A> {
    function: A,
    x: &'a [F],
    y: &'a mut [F],
}

impl<F: Real, A: Function> WithSimd for Forward<'_, F, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (y, &x) in self.y.iter_mut().zip(self.x) {
            *y = self.function.value(x);
        }
    }
}

/// [`Activation::backward`], to be compiled for each instruction set.
struct Backward<'a, F, A> {
    function: A,
    x: &'a [F],
    y: &'a [F],
    dy: &'a [F],
    dx: &'a mut [F],
}

impl<F: Real, A: Function> WithSimd for Backward<'_, F, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let values = self.x.iter().zip(self.y);
        for ((dx, &dy), (&x, &y)) in self.dx.iter_mut().zip(self.dy).zip(values) {
            *dx = self.function.gradient(x, y, dy);
        }
    }
}
