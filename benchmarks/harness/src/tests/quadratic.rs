//! The noisy quadratic against what theory says of stochastic gradient descent with momentum.

use super::known_minima::given;
use models::{Batches, Network, Objective, Population, Shape};
use rule::{Optimizer, step_population};
use serde_json::json;
use streams::Stream;

const BATCH: usize = 16;

/// Batches of the draws, in an order of its own for each replica.
struct Draws<'a> {
    rows: &'a [Vec<f64>],
    orders: &'a [Vec<u32>],
    start: usize,
}

impl Batches<f64> for Draws<'_> {
    fn fill(&self, replica: usize, first: usize, examples: &mut [f64], _: &mut [u8]) {
        let size = self.rows[0].len();
        for (i, example) in examples.chunks_exact_mut(size).enumerate() {
            let index = self.orders[replica][self.start + first + i];
            example.copy_from_slice(&self.rows[index as usize]);
        }
    }
}

/// E θ² of one coordinate after so many steps of v ← μ v + g, θ ← θ − η v, where g = λ (θ + z) and z has variance `noise`; θ begins
/// with variance 1. The second moments of (θ, v) follow M ← A M Aᵀ + noise · b bᵀ (Zhang et al. 2019, section 3, with momentum).
fn theory(lambda: f64, eta: f64, mu: f64, noise: f64, steps: usize) -> f64 {
    let (a, b) = ([[1.0 - eta * lambda, -eta * mu], [lambda, mu]], [-eta * lambda, lambda]);
    let mut m = [[1.0, 0.0], [0.0, 0.0]];
    for _ in 0..steps {
        let am: [[f64; 2]; 2] =
            std::array::from_fn(|i| std::array::from_fn(|j| a[i][0] * m[0][j] + a[i][1] * m[1][j]));
        m = std::array::from_fn(|i| {
            std::array::from_fn(|j| am[i][0] * a[j][0] + am[i][1] * a[j][1] + noise * b[i] * b[j])
        });
    }
    m[0][0]
}

/// By hand: one step without momentum leaves (1 − ηλ)² and adds (ηλ)² of the noise.
#[test]
fn theory_by_hand() {
    assert!((theory(0.5, 0.4, 0.0, 0.25, 1) - (0.64 + 0.01)).abs() < 1e-15);
}

#[test]
fn momentum_on_the_noisy_quadratic_follows_theory() {
    const REPLICAS: usize = 96;
    let (settings, splits, rows) = given("noisy-quadratic");
    let size = rows[0].len();
    let objective = Objective { loss: settings.loss, classes: 1, labels: 1 };
    let network =
        Network::new(&settings.model, Shape { height: size, width: 1, channels: 1 }, objective).unwrap();
    let lambda = |i: usize| 1e-4_f64.powf(i as f64 / (size - 1) as f64);
    for (eta, mu, steps) in [(0.5, 0.0, 100), (0.1, 0.9, 300), (0.02, 0.9, 60)] {
        let method = catalogue::ALL.parse("sgd", &json!({ "learning_rate": eta, "momentum": mu })).unwrap();
        let streams: Vec<_> =
            (0..REPLICAS as u64).map(|r| move |name: &str| Stream::new(7, "quadratic", name, r)).collect();
        let orders: Vec<Vec<u32>> =
            streams.iter().map(|stream| stream("order").permutation(1, splits.train.len())).collect();
        let mut population = Population::<f64>::new(network.clone(), &settings.initialisation, &streams);
        let mut optimizers: Vec<Box<dyn Optimizer<f64>>> =
            (0..REPLICAS).map(|_| method.optimizer_f64(network.layout(), steps as u64)).collect();
        for step in 0..steps {
            let batch = Draws { rows: &rows, orders: &orders, start: step * BATCH };
            population.differentiate(step as u64, BATCH, &batch);
            let (parameters, gradient) = population.parameters_and_gradient();
            step_population(&mut optimizers, parameters, gradient);
        }
        let excess = |r: usize| -> f64 {
            let theta = population.parameters(r);
            (0..size).map(|i| 0.5 * lambda(i) * theta[i] * theta[i]).sum()
        };
        let all: Vec<f64> = (0..REPLICAS).map(excess).collect();
        let mean = all.iter().sum::<f64>() / REPLICAS as f64;
        let variance = all.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (REPLICAS - 1) as f64;
        let error = (variance / REPLICAS as f64).sqrt();
        let noise = 1.0 / BATCH as f64;
        let expected: f64 =
            (0..size).map(|i| 0.5 * lambda(i) * theory(lambda(i), eta, mu, noise, steps)).sum();
        assert!(error < 0.06 * mean, "{eta} {mu}: {error} of {mean} tells nothing");
        assert!((mean - expected).abs() < 3.0 * error, "{eta} {mu}: {mean} ± {error}, theory {expected}");
    }
}
