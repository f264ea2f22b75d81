//! Against the authors' PyTorch code, its formulas, hand computations, Adam, and the conformance kit.

#![allow(clippy::unwrap_used)] // helpers of tests are tests too

use rule::conformance::{self, replay};
use rule::{Layout, Method};
use serde_json::{Value, json};
use streams::Stream;

const N: usize = 6;
const STEPS: u64 = 300;
type Vector = [f64; N];

fn method(hyper: Value) -> Box<dyn Method> {
    innaprop::FAMILY.parse(&hyper).unwrap()
}

fn path(hyper: Value, gradients: &[f64]) -> Vec<f64> {
    conformance::path(&*method(hyper), gradients)
}

fn close(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (a, b) in actual.iter().zip(expected) {
        assert!((a - b).abs() < 1e-14, "{actual:?} is not {expected:?}");
    }
}

fn random(name: &str, step: u64) -> Vector {
    let mut draws = Stream::new(1, "innaprop", name, 0).draws(step);
    std::array::from_fn(|_| draws.normal())
}

/// Runs `method` and `reference`, which takes (k, θ, g) to the next θ, side by side on random gradients.
fn compare(hyper: Value, mut reference: impl FnMut(u64, &Vector, &Vector) -> Vector) {
    let mut optimizer = method(hyper.clone()).optimizer_f64(&Layout::flat(N), STEPS);
    let (mut theta, mut expected) = (random("theta", 0), random("theta", 0));
    for k in 0..STEPS {
        let gradient = random("gradient", k);
        optimizer.step(&mut theta, &gradient);
        expected = reference(k, &expected, &gradient);
        let difference = theta.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(difference < 1e-12, "{hyper}, step {k}: {difference}");
    }
    let moved = theta.iter().zip(random("theta", 0)).any(|(a, b)| (a - b).abs() > 0.01);
    assert!(moved, "{hyper}: nothing moved");
}

/// g/d, where d = √v/√(1 − σᵏ⁺¹) + ε as the authors write it.
struct Normaliser {
    sigma: f64,
    eps: f64,
    v: Vector,
}

impl Normaliser {
    fn new(sigma: f64, eps: f64) -> Self {
        Self { sigma, eps, v: [0.0; N] }
    }

    fn apply(&mut self, k: u64, g: &Vector) -> Vector {
        let Self { sigma, eps, ref mut v } = *self;
        *v = std::array::from_fn(|i| v[i] * sigma + (1.0 - sigma) * g[i] * g[i]);
        let correction = (1.0 - sigma.powi(k as i32 + 1)).sqrt();
        std::array::from_fn(|i| g[i] / (v[i].sqrt() / correction + eps))
    }
}

#[test]
fn trace_of_the_authors_pytorch_code() {
    let report = replay(&innaprop::FAMILY, include_str!("traces/innaprop.json")).unwrap();
    println!("{report:?}");
    assert!(report.passed(), "{report:?}");
}

/// σ = 3/4, ε = 1 and gradients 2, −2, 4: v = 1, 7/4, 85/16 and 1 − σᵏ = 1/4, 7/16, 37/64, so d = 3, 3, √(340/37) + 1 and
/// g/d = 2/3, −2/3, 4/d. With α = 1, β = 1/2, γ = 1/4: w = 0, −1/12, 1/48.
#[test]
fn three_steps_by_hand() {
    let hyper = json!({"learning_rate": 0.25, "alpha": 1, "beta": 0.5, "sigma": 0.75, "eps": 1,
        "weight_decay": 0});
    let first = 1.0 - 1.0 / 12.0;
    let second = first + 0.25 * (-1.0 / 12.0 + 1.0 / 3.0);
    let third = second + 0.25 * (1.0 / 48.0 - 0.5 * 4.0 / ((340.0f64 / 37.0).sqrt() + 1.0));
    close(&path(hyper, &[2.0, -2.0, 4.0]), &[first, second, third]);
}

/// The same with γλ = 1/10, in the authors' form, whose coefficients are 1 − γ/β = 1/2, γ(1/β − α) = 1/4,
/// 1 + γ(1 − αβ)/(β − γ) = 3/2, γ/(β − γ) = 1 and γβ = 1/8. Before the steps ψ = 1/2.
#[test]
fn decay_by_hand() {
    let hyper = json!({"learning_rate": 0.25, "alpha": 1, "beta": 0.5, "sigma": 0.75, "eps": 1,
        "weight_decay": 0.4});
    // θ shrinks to 0.9; ψ = 0.25 + 0.225.
    let first = 1.5 * 0.9 - 0.475 - 1.0 / 12.0;
    // θ = 19/24 shrinks to 0.7125; ψ = 0.2375 + 0.178125.
    let second = 1.5 * 0.7125 - 0.415_625 + 1.0 / 12.0;
    close(&path(hyper, &[2.0, -2.0]), &[first, second]);
}

/// With ε negligible the first step has length γβ whatever the gradient.
#[test]
fn the_first_step_has_length_gamma_beta() {
    let hyper = json!({"learning_rate": 0.5, "beta": 0.25, "eps": 1e-300, "weight_decay": 0});
    close(&path(hyper.clone(), &[1e-3]), &[0.875]);
    close(&path(hyper, &[-1e3]), &[1.125]);
}

/// The update as the authors code it: θ is shrunk and v, ψ, θ are overwritten one after the other, each from the new values
/// of those before.
#[test]
fn the_authors_form_in_place() {
    for (gamma0, alpha, beta, sigma, eps, lambda, q) in [
        (1e-3, 0.1, 0.9, 0.999, 1e-8, 0.01, 0.0),
        (1e-2, 0.1, 0.9, 0.999, 1e-8, 0.0, 0.5),
        (1e-2, 2.0, 2.0, 0.99, 1e-6, 0.3, 0.5),
        (0.05, 0.0, 0.1, 0.9, 1e-2, 1.0, 0.25),
        (0.03, 4.0, 0.1, 0.0, 1e-2, 0.1, 0.0),
    ] {
        let mut normaliser = Normaliser::new(sigma, eps);
        let mut psi = random("theta", 0).map(|x| (1.0 - alpha * beta) * x);
        let schedule =
            if q > 0.0 { json!({"kind": "power", "exponent": q}) } else { json!({"kind": "constant"}) };
        let hyper = json!({"learning_rate": gamma0, "alpha": alpha, "beta": beta, "sigma": sigma, "eps": eps,
            "weight_decay": lambda, "schedule": schedule});
        compare(hyper, |k, theta, g| {
            let gamma = gamma0 / (k as f64 + 1.0).powf(q);
            let theta = theta.map(|x| x * (1.0 - gamma * lambda));
            let u = normaliser.apply(k, g);
            psi = std::array::from_fn(|i| {
                (1.0 - gamma / beta) * psi[i] + gamma * (1.0 / beta - alpha) * theta[i]
            });
            std::array::from_fn(|i| {
                theta[i] * (1.0 + gamma * (1.0 - alpha * beta) / (beta - gamma))
                    - gamma / (beta - gamma) * psi[i]
                    - gamma * beta * u[i]
            })
        });
    }
}

/// At γ = β, where the authors' form divides by zero: the two lines of INNA with g/d, both from the old θ and ψ.
#[test]
fn a_step_size_of_beta_is_an_ordinary_one() {
    let (alpha, beta, lambda) = (0.5, 0.125, 0.25);
    let mut normaliser = Normaliser::new(0.9, 0.1);
    let mut psi = random("theta", 0).map(|x| (1.0 - alpha * beta) * x);
    let hyper = json!({"learning_rate": beta, "alpha": alpha, "beta": beta, "sigma": 0.9, "eps": 0.1,
        "weight_decay": lambda});
    compare(hyper, |k, theta, g| {
        let theta = theta.map(|x| x * (1.0 - beta * lambda));
        let u = normaliser.apply(k, g);
        let pull: Vector = std::array::from_fn(|i| (1.0 / beta - alpha) * theta[i] - psi[i] / beta);
        psi = std::array::from_fn(|i| psi[i] + beta * pull[i]);
        std::array::from_fn(|i| theta[i] + beta * (pull[i] - beta * u[i]))
    });
}

/// Constant γ and no decay: m ← (1 − αγ) m + γ²(1 − αβ)/(1 − αγ) g/d, θ ← θ − m − γ(β − γ)/(1 − αγ) g/d, another form in the
/// authors' repository.
#[test]
fn constant_steps_are_momentum_on_the_divided_gradient() {
    for (gamma, alpha, beta) in [(0.01, 0.1, 0.9), (0.05, 2.0, 2.0), (0.2, 3.0, 0.1)] {
        let (mu, mut m) = (1.0 - alpha * gamma, [0.0; N]);
        let mut normaliser = Normaliser::new(0.999, 1e-8);
        let hyper = json!({"learning_rate": gamma, "alpha": alpha, "beta": beta, "weight_decay": 0});
        compare(hyper, |k, theta, g| {
            let u = normaliser.apply(k, g);
            m = std::array::from_fn(|i| mu * m[i] + gamma * gamma * (1.0 - alpha * beta) / mu * u[i]);
            std::array::from_fn(|i| theta[i] - m[i] - gamma * (beta - gamma) / mu * u[i])
        });
    }
}

/// αβ = 1 is bias-corrected RMSprop: Adam with β₁ = 0 and step γβ. Its decoupled decay shrinks θ by the step times λ, so λ/β
/// there is λ here.
#[test]
fn alpha_beta_1_is_adam_without_memory_of_the_mean() {
    for (alpha, beta) in [(1.0, 1.0), (2.0, 0.5), (0.25, 4.0), (1.0 / 0.9, 0.9)] {
        for lambda in [0.0, 0.3] {
            let schedule = json!({"kind": "cosine", "floor": 0.1});
            let hyper = json!({"learning_rate": 0.01, "alpha": alpha, "beta": beta, "sigma": 0.99, "eps": 1e-6,
                "weight_decay": lambda, "schedule": schedule});
            let decay = if lambda > 0.0 { "decoupled" } else { "coupled" };
            let adam = json!({"learning_rate": 0.01 * beta, "beta1": 0, "beta2": 0.99, "eps": 1e-6,
                "weight_decay": lambda / beta, "decay": decay, "schedule": schedule});
            let mut adam = adam::FAMILY.parse(&adam).unwrap().optimizer_f64(&Layout::flat(N), STEPS);
            compare(hyper, |_, theta, g| {
                let mut next = *theta;
                adam.step(&mut next, g);
                next
            });
        }
    }
}

/// With αβ = 1 in exact numbers w is not merely small.
#[test]
fn alpha_beta_1_leaves_w_at_0() {
    let hyper = json!({"alpha": 2, "beta": 0.5, "weight_decay": 0.1});
    let mut optimizer = method(hyper).optimizer_f32(&Layout::flat(2), 10);
    let mut theta = [1.0, -3.0];
    for g in [0.5, -2.0, 1e3] {
        optimizer.step(&mut theta, &[g, 1.0]);
    }
    assert_eq!(optimizer.export().states["w"], [0.0, 0.0]);
}

/// Without decay ψ = (1 − αβ)θ rests: with a zero gradient nothing moves. With it θ shrinks, and ψ, left behind, pulls.
#[test]
fn only_decay_moves_a_rest_point() {
    close(&path(json!({"weight_decay": 0}), &[0.0; 4]), &[1.0; 4]);
    // α = 1, β = 1/2, γλ = 1/10 as above, without the gradient's 1/12.
    let hyper = json!({"learning_rate": 0.25, "alpha": 1, "beta": 0.5, "weight_decay": 0.4});
    close(&path(hyper, &[0.0]), &[0.875]);
}

#[test]
fn a_velocity_that_nothing_damps_is_warned_about() {
    let warnings = |hyper| method(hyper).warnings();
    assert!(warnings(json!({})).is_empty());
    // γ ≥ β is nothing special.
    assert!(warnings(json!({"learning_rate": 0.9})).is_empty());
    let text = warnings(json!({"learning_rate": 4, "alpha": 0.5})).concat();
    assert!(text.contains("alpha · learning_rate = 2") && text.contains("learning_rate < 4"), "{text}");
}

#[test]
fn hyper_parameters_are_checked() {
    for (key, values, accepted) in [
        ("learning_rate", [0.0, -1e-3], "a number > 0"),
        ("alpha", [-0.1, -2.0], "a number ≥ 0"),
        ("beta", [0.0, -0.9], "a number > 0"),
        ("sigma", [1.0, -0.1], "a number in [0, 1)"),
        ("eps", [0.0, -1e-8], "a number > 0"),
        ("weight_decay", [-1e-9, -0.01], "a number ≥ 0"),
    ] {
        for value in values {
            let message = innaprop::FAMILY.parse(&json!({key: value})).unwrap_err().to_string();
            let expected = format!("key `{key}`: {} is out of range; accepted: {accepted}", json!(value));
            assert_eq!(message, expected);
        }
    }
    let message = innaprop::FAMILY.parse(&json!({"schedule": {"kind": "power", "exponent": -1}}));
    assert!(message.unwrap_err().to_string().contains("schedule.exponent"));
    let message = innaprop::FAMILY.parse(&json!({"beta2": 0.999})).unwrap_err().to_string();
    assert!(message.contains("unknown key `beta2` (did you mean `beta`?)"), "{message}");
    // The ends that belong to the ranges.
    method(json!({"alpha": 0, "sigma": 0, "weight_decay": 0}));
}

#[test]
fn conformance_kit() {
    for hyper in [
        json!({}),
        json!({"weight_decay": 0, "alpha": 2, "beta": 2}),
        json!({"learning_rate": 0.01, "weight_decay": 0.1, "schedule": {"kind": "cosine"}}),
    ] {
        for check in conformance::run(&*method(hyper.clone())) {
            assert!(check.passed, "{hyper}: {check:?}");
        }
    }
}
