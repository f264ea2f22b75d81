//! Against the paper's ψ-form, the authors' PyTorch code, relatives of INNA, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::{Layout, Method, OptimizerState};
use serde_json::{Value, json};
use streams::Stream;

const N: usize = 6;
type Vector = [f64; N];

fn method(hyper: Value) -> Box<dyn Method> {
    inna::FAMILY.parse(&hyper).unwrap()
}

/// J(θ) = ½ θᵀHθ with a random positive definite H.
struct Quadratic([Vector; N]);

impl Quadratic {
    fn random() -> Self {
        let mut draws = Stream::new(1, "inna", "quadratic", 0).draws(0);
        let a: [Vector; N] = std::array::from_fn(|_| std::array::from_fn(|_| draws.normal()));
        let product = |i: usize, j: usize| (0..N).map(|k| a[k][i] * a[k][j]).sum::<f64>() / N as f64;
        Self(std::array::from_fn(|i| {
            std::array::from_fn(|j| product(i, j) + if i == j { 0.05 } else { 0.0 })
        }))
    }

    fn gradient(&self, theta: &Vector) -> Vector {
        std::array::from_fn(|i| (0..N).map(|j| self.0[i][j] * theta[j]).sum())
    }

    fn value(&self, theta: &Vector) -> f64 {
        0.5 * self.gradient(theta).iter().zip(theta).map(|(g, x)| g * x).sum::<f64>()
    }
}

fn initial() -> Vector {
    let mut draws = Stream::new(1, "inna", "theta", 0).draws(0);
    std::array::from_fn(|_| draws.normal())
}

fn distance(a: &Vector, b: &Vector) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Runs `method` and `reference`, which takes (k, θ, g) to the next θ, side by side for 500 steps.
fn compare(hyper: Value, mut reference: impl FnMut(usize, &Vector, &Vector) -> Vector) {
    let quadratic = Quadratic::random();
    let mut optimizer = method(hyper).optimizer_f64(&Layout::flat(N), 500);
    let (mut theta, mut expected) = (initial(), initial());
    for k in 0..500 {
        let gradient = quadratic.gradient(&theta);
        optimizer.step(&mut theta, &gradient);
        expected = reference(k, &expected, &quadratic.gradient(&expected));
        let difference = distance(&theta, &expected);
        assert!(difference < 1e-12, "step {k}: {difference}");
    }
    assert!(distance(&theta, &initial()) > 0.1, "nothing moved");
}

/// Equation 12 as printed, from ψ₀ = (1 − αβ)θ₀ − (β² − βs)g₀.
#[test]
fn the_psi_form_of_the_paper() {
    for (alpha, beta, s, q) in
        [(0.5, 0.1, 1.0, 0.5), (0.1, 0.1, 0.1, 0.25), (0.5, 1.0, 1.0, 0.5), (1.3, 0.5, 0.0, 0.125)]
    {
        let gamma0 = 0.08;
        let mut psi = [0.0; N];
        let hyper = json!({"learning_rate": gamma0, "alpha": alpha, "beta": beta, "initial_velocity": s,
            "schedule": if q > 0.0 { json!({"kind": "power", "exponent": q}) } else { json!({"kind": "constant"}) }});
        compare(hyper, |k, theta, g| {
            if k == 0 {
                psi = std::array::from_fn(|i| {
                    (1.0 - alpha * beta) * theta[i] - (beta * beta - beta * s) * g[i]
                });
            }
            let gamma = gamma0 / (k as f64 + 1.0).powf(q);
            let pull: Vector = std::array::from_fn(|i| (1.0 / beta - alpha) * theta[i] - psi[i] / beta);
            let next = std::array::from_fn(|i| theta[i] + gamma * (pull[i] - beta * g[i]));
            psi = std::array::from_fn(|i| psi[i] + gamma * pull[i]);
            next
        });
    }
}

/// With constant γ and w₀ = 0: quasi-hyperbolic momentum (Ma, Yarats, ICLR 2019) with step γ/α, μ = 1 − αγ and
/// ν = (1 − αβ)/(1 − αγ).
#[test]
fn constant_steps_are_quasi_hyperbolic_momentum() {
    let (alpha, beta, gamma) = (0.5, 0.3, 0.2);
    let (rate, mu, nu) = (gamma / alpha, 1.0 - alpha * gamma, (1.0 - alpha * beta) / (1.0 - alpha * gamma));
    let mut d = [0.0; N];
    let hyper = json!({"learning_rate": gamma, "alpha": alpha, "beta": beta, "initial_velocity": "beta",
        "schedule": {"kind": "constant"}});
    compare(hyper, |_, theta, g| {
        d = std::array::from_fn(|i| mu * d[i] + (1.0 - mu) * g[i]);
        std::array::from_fn(|i| theta[i] - rate * ((1.0 - nu) * g[i] + nu * d[i]))
    });
}

#[test]
fn alpha_beta_1_is_gradient_descent_with_step_beta_gamma() {
    let hyper = json!({"learning_rate": 0.4, "alpha": 2, "beta": 0.5, "initial_velocity": "beta"});
    compare(hyper, |k, theta, g| {
        let step = 0.5 * 0.4 / (k as f64 + 1.0).sqrt();
        std::array::from_fn(|i| theta[i] - step * g[i])
    });
}

#[test]
fn the_first_velocity_is_minus_s_times_the_gradient() {
    let beta = 0.25;
    for (s, value) in [(json!("beta"), beta), (json!(0.1), 0.1), (json!(1), 1.0)] {
        let hyper = json!({"learning_rate": 0.5, "beta": beta, "initial_velocity": s});
        let mut optimizer = method(hyper).optimizer_f64(&Layout::flat(1), 1);
        let mut theta = [0.0];
        optimizer.step(&mut theta, &[3.0]);
        assert!((theta[0] / 0.5 + value * 3.0).abs() < 1e-15, "s = {value}: {}", theta[0]);
    }
}

/// ψ = (1 − αβ)θ is w = 0: with a zero gradient nothing moves.
#[test]
fn rest_points_rest() {
    let mut optimizer = method(json!({})).optimizer_f32(&Layout::flat(3), 10);
    let states = [("w".to_string(), vec![0.0; 3])].into();
    optimizer.import(OptimizerState { steps_taken: 4, states, ..OptimizerState::default() }).unwrap();
    let mut theta = [0.1, -2.5, 1e20];
    for _ in 0..5 {
        optimizer.step(&mut theta, &[0.0; 3]);
    }
    assert_eq!(theta, [0.1, -2.5, 1e20]);
    assert_eq!(optimizer.export().states["w"], [0.0; 3]);
}

/// |θ| after up to 40 000 constant steps of size `gamma` on ½λθ² from θ₀ = 1.
fn after_long(alpha: f64, beta: f64, curvature: f64, gamma: f64) -> f64 {
    let hyper =
        json!({"learning_rate": gamma, "alpha": alpha, "beta": beta, "schedule": {"kind": "constant"}});
    let mut optimizer = method(hyper).optimizer_f64(&Layout::flat(1), 40_000);
    let mut theta = [1.0];
    for _ in 0..40_000 {
        let gradient = [curvature * theta[0]];
        optimizer.step(&mut theta, &gradient);
        if theta[0].abs() > 1e6 {
            break;
        }
    }
    theta[0].abs()
}

/// Largest stable γ by (α, β) for λ = 1, 10, 100, 1000, to the digits given; found from the eigenvalues of the
/// 2×2 iteration matrix of the ψ-form.
#[test]
fn the_boundary_of_stability() {
    let table = [
        ((0.1, 0.1), [0.200, 0.110, 0.101, 0.0225]),
        ((0.5, 0.1), [0.600, 0.150, 0.105, 0.0224]),
        ((0.5, 0.5), [1.000, 0.550, 0.0413, 0.0040]),
        ((0.5, 1.0), [1.500, 0.212, 0.0201, 0.0020]),
    ];
    for ((alpha, beta), gammas) in table {
        for (gamma, curvature) in gammas.into_iter().zip([1.0, 10.0, 100.0, 1000.0]) {
            let (below, above) = (
                after_long(alpha, beta, curvature, 0.97 * gamma),
                after_long(alpha, beta, curvature, 1.03 * gamma),
            );
            assert!(below < 1e-2 && above > 1e6, "α {alpha} β {beta} λ {curvature}: {below} and {above}");
            // And read the other way round.
            let settings = inna::Inna { alpha, beta, ..inna::Inna::default() };
            assert!(settings.largest_stable_curvature(0.97 * gamma) > curvature);
            assert!(settings.largest_stable_curvature(1.03 * gamma) < curvature);
        }
    }
}

#[test]
fn unstable_settings_are_warned_about() {
    let warnings = |hyper| method(hyper).warnings();
    assert!(warnings(json!({})).is_empty());
    // α/(γ − β) = 0.5/0.1 = 5.
    let text = warnings(json!({"learning_rate": 0.2})).concat();
    assert!(text.contains("learning_rate 0.2") && text.contains("curvature below 5.000"), "{text}");
    let text = warnings(json!({"learning_rate": 4, "alpha": 0.5, "beta": 5})).concat();
    assert!(text.contains("learning_rate < 4"), "{text}");
    assert!(warnings(json!({"learning_rate": 0.1, "alpha": 0})).concat().contains("below 0.000"));
}

/// E = 2(1 + αβ)J + ‖(α − 1/β)θ + ψ/β‖² decreases along the continuous trajectory (equation 17); the norm is
/// that of w.
#[test]
fn the_lyapunov_energy_falls() {
    let quadratic = Quadratic::random();
    let (alpha, beta) = (0.5, 0.1);
    let hyper =
        json!({"learning_rate": 1e-3, "alpha": alpha, "beta": beta, "schedule": {"kind": "constant"}});
    let mut optimizer = method(hyper).optimizer_f64(&Layout::flat(N), 20_000);
    let mut theta = initial();
    let mut energies = Vec::new();
    for _ in 0..20_000 {
        let gradient = quadratic.gradient(&theta);
        optimizer.step(&mut theta, &gradient);
        let kinetic = optimizer.export().states["w"].iter().map(|w| w * w).sum::<f64>();
        energies.push(2.0 * (1.0 + alpha * beta) * quadratic.value(&theta) + kinetic);
    }
    assert!(energies.windows(2).all(|pair| pair[1] <= pair[0]));
    assert!(energies[19_999] < 0.05 * energies[0]);
}

#[test]
fn traces_of_the_authors_pytorch_code() {
    for text in [
        include_str!("traces/inna.json"),
        include_str!("traces/inna-decay.json"),
        include_str!("traces/inna-weight-decay.json"),
    ] {
        let report = replay(&inna::FAMILY, text).unwrap();
        assert!(report.passed(), "{report:?}");
    }
}

#[test]
fn hyper_parameters_are_checked() {
    for (hyper, key) in [
        (json!({"beta": 0}), "beta"),
        (json!({"alpha": -0.1}), "alpha"),
        (json!({"initial_velocity": "alpha"}), "initial_velocity"),
    ] {
        let message = inna::FAMILY.parse(&hyper).unwrap_err().to_string();
        assert!(message.contains(&format!("key `{key}`")), "{message}");
    }
    assert_eq!(method(json!({})).hyper()["initial_velocity"], json!(1.0));
    assert_eq!(method(json!({"initial_velocity": "beta"})).hyper()["initial_velocity"], json!("beta"));
}

#[test]
fn conformance_kit() {
    for hyper in [
        json!({}),
        json!({"weight_decay": 0.01, "alpha": 0.1}),
        json!({"beta": 1, "schedule": {"kind": "warmup", "steps": 10, "then": {"kind": "cosine"}}}),
    ] {
        for check in conformance::run(&*method(hyper.clone())) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
