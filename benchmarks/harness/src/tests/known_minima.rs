//! Tasks whose minimum is known: what their files say against second-order and spectral computations, none of which uses the engine.

use super::configs;
use crate::images::{ImageSet, Shelf};
use crate::{Task, Training};
use data::Splits;
use models::{Batches, Model, Network, Population, Shape};
use records::Name;
use rule::step_population;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use streams::Stream;

/// A task, with its training images as its network takes them.
pub(super) fn given(name: &str) -> (Training, Arc<Splits>, Vec<Vec<f64>>) {
    let (file, _) = configs().task(&Name::new(name).unwrap()).unwrap();
    let Task::Training(settings) = file.task else { panic!("{name}") };
    let shelf = Arc::new(Shelf::new(Path::new("none")));
    let (_, splits) = ImageSet::new(&shelf, settings.wanted(None)).unwrap();
    let normaliser = settings.normalisation.fit(&splits.train).unwrap();
    let (images, size) = (&splits.train, splits.train.image_bytes());
    let indices: Vec<u32> = (0..images.len() as u32).collect();
    let mut numbers = vec![0.0; indices.len() * size];
    normaliser.gather(images, &indices, &mut numbers);
    let rows = numbers.chunks_exact(size).map(|row| row.iter().map(|&x| f64::from(x)).collect()).collect();
    (*settings, splits, rows)
}

fn minimum(settings: &Training) -> f64 {
    settings.measure.as_ref().unwrap().minimum.unwrap()
}

/// Solves `a x = b` for a positive definite `a`, `[n, n]`, by Cholesky's factors; both are overwritten.
fn solve(a: &mut [f64], b: &mut [f64]) {
    let n = b.len();
    for j in 0..n {
        for i in j..n {
            let dot: f64 = (0..j).map(|k| a[i * n + k] * a[j * n + k]).sum();
            let rest = a[i * n + j] - dot;
            a[i * n + j] = if i == j { rest.sqrt() } else { rest / a[j * n + j] };
        }
    }
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| a[i * n + k] * b[k]).sum();
        b[i] = (b[i] - dot) / a[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| a[k * n + i] * b[k]).sum();
        b[i] = (b[i] - dot) / a[i * n + i];
    }
}

/// Mean colour of each of the 4 × 4 tiles, and 1.
fn tiles(image: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; 48];
    for (at, pixel) in image.chunks_exact(3).enumerate() {
        let tile = at / 32 / 8 * 4 + at % 32 / 8;
        pixel.iter().enumerate().for_each(|(c, x)| sums[tile * 3 + c] += x / 64.0);
    }
    sums.push(1.0);
    sums
}

/// Loss, gradient and curvature of softmax regression over ten classes, the last of which has weights of zero.
fn softmax(x: &[Vec<f64>], labels: &[u8], weights: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
    let (m, k) = (x[0].len(), 9);
    let size = m * k;
    let (mut loss, mut gradient, mut curvature) = (0.0, vec![0.0; size], vec![0.0; size * size]);
    for (x, &label) in x.iter().zip(labels) {
        let mut z: Vec<f64> =
            weights.chunks_exact(m).map(|w| w.iter().zip(x).map(|(w, x)| w * x).sum()).collect();
        z.push(0.0);
        let top = z.iter().copied().fold(f64::MIN, f64::max);
        let total: f64 = z.iter().map(|z| (z - top).exp()).sum();
        loss += total.ln() + top - z[usize::from(label)];
        let p: Vec<f64> = z.iter().map(|z| (z - top).exp() / total).collect();
        for a in 0..k {
            let slope = p[a] - f64::from(u8::from(usize::from(label) == a));
            x.iter().enumerate().for_each(|(i, x)| gradient[a * m + i] += slope * x);
            for b in 0..=a {
                let weight = p[a] * (f64::from(u8::from(a == b)) - p[b]);
                for i in 0..m {
                    let row = &mut curvature[(a * m + i) * size + b * m..][..m];
                    row.iter_mut().zip(x).for_each(|(c, y)| *c += weight * x[i] * y);
                }
            }
        }
    }
    let n = x.len() as f64;
    gradient.iter_mut().chain(&mut curvature).for_each(|v| *v /= n);
    (loss / n, gradient, curvature)
}

/// Newton's method in double precision on the pooled images, from zero.
#[test]
fn the_minimum_of_softmax_regression_is_newtons() {
    let (settings, splits, images) = given("softmax-shapes");
    let x: Vec<Vec<f64>> = images.iter().map(|image| tiles(image)).collect();
    let mut weights = vec![0.0; 9 * 49];
    let mut last = f64::MAX;
    for _ in 0..50 {
        let (loss, mut gradient, mut curvature) = softmax(&x, &splits.train.labels, &weights);
        let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        (last, _) = (loss, norm);
        if norm < 1e-12 {
            break;
        }
        solve(&mut curvature, &mut gradient);
        weights.iter_mut().zip(&gradient).for_each(|(w, step)| *w -= step);
    }
    assert!((last - minimum(&settings)).abs() < 1e-9, "{last:.12}");
}

/// What the eight largest principal components (about the origin: there are no biases) leave of the squares of an image.
#[test]
fn the_minimum_of_a_linear_autoencoder_is_that_of_principal_components() {
    const RANK: usize = 8;
    let (settings, _, images) = given("linear-autoencoder-curves");
    let (n, d) = (images.len() as f64, images[0].len());
    let all: f64 = images.iter().flatten().map(|x| x * x).sum::<f64>() / n;
    // Powers of the matrix of second moments, by which more directions than are wanted are turned and made orthogonal again.
    let mut basis: Vec<Vec<f64>> = (0..3 * RANK).map(|k| images[k * 17].clone()).collect();
    let mut captured = 0.0;
    for round in 0..400 {
        orthonormalise(&mut basis);
        let mut turned = vec![vec![0.0; d]; basis.len()];
        for image in &images {
            for (q, to) in basis.iter().zip(&mut turned) {
                let dot: f64 = q.iter().zip(image).map(|(q, x)| q * x).sum::<f64>() / n;
                to.iter_mut().zip(image).for_each(|(t, x)| *t += dot * x);
            }
        }
        // The first vectors are sorted out by the orthonormalisation, so that their quotients tend to the largest eigenvalues.
        let now: f64 = basis.iter().zip(&turned).take(RANK).map(|(q, t)| dot(q, t)).sum();
        if round > 20 && (now - captured).abs() < 1e-13 * now {
            break;
        }
        (captured, basis) = (now, turned);
    }
    let left = all - captured;
    assert!((left - minimum(&settings)).abs() < 1e-8, "{left:.12}");
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Gram and Schmidt, twice, since once leaves what rounding left.
fn orthonormalise(basis: &mut [Vec<f64>]) {
    for i in 0..basis.len() {
        let (done, rest) = basis.split_at_mut(i);
        for _ in 0..2 {
            for q in done.iter() {
                let along = dot(q, &rest[0]);
                rest[0].iter_mut().zip(q).for_each(|(x, q)| *x -= along * q);
            }
        }
        let norm = dot(&rest[0], &rest[0]).sqrt();
        rest[0].iter_mut().for_each(|x| *x /= norm);
    }
}

/// The mean over the draws z of ½ Σ λ (θ + z)² is least where θ is minus the mean of z, where it is ½ Σ λ var z.
#[test]
fn the_minimum_of_the_quadratic_is_the_noise() {
    let (settings, _, draws) = given("noisy-quadratic");
    let (n, d) = (draws.len() as f64, draws[0].len());
    let least = (0..d).map(|i| {
        let curvature = 1e-4_f64.powf(i as f64 / (d - 1) as f64);
        let mean = draws.iter().map(|z| z[i]).sum::<f64>() / n;
        0.5 * curvature * draws.iter().map(|z| (z[i] - mean) * (z[i] - mean)).sum::<f64>() / n
    });
    let least: f64 = least.sum();
    assert!((least - minimum(&settings)).abs() < 1e-9, "{least:.12}");
}

/// What a diverged run and score 0 count as: giving back nothing at all, or the mean image whatever comes.
#[test]
fn chances_are_those_of_a_guess() {
    let chance = |settings: &Training| settings.measure.as_ref().unwrap().chance.unwrap();
    let (settings, _, images) = given("linear-autoencoder-curves");
    let all: f64 = images.iter().flatten().map(|x| x * x).sum::<f64>() / images.len() as f64;
    let nothing = (all - minimum(&settings)).log10();
    assert!((chance(&settings) - nothing).abs() < 1e-3, "{nothing}");
    let (settings, _, images) = given("autoencoder-curves");
    let mean = |pixel: usize| images.iter().map(|image| image[pixel]).sum::<f64>() / images.len() as f64;
    let entropy = |p: f64| if p == 0.0 || p == 1.0 { 0.0 } else { -p * p.ln() - (1.0 - p) * (1.0 - p).ln() };
    let guess: f64 = (0..images[0].len()).map(|pixel| entropy(mean(pixel))).sum();
    assert!((chance(&settings) - guess).abs() < 0.1, "{guess}");
    let (settings, _, images) = given("noisy-quadratic");
    let d = images[0].len();
    let start: f64 = (0..d).map(|i| 0.5 * 1e-4_f64.powf(i as f64 / (d - 1) as f64)).sum();
    assert!((chance(&settings) - start.log10()).abs() < 1e-3, "{}", start.log10());
}

/// The mean of a batch of all images, in single steps of gradient descent with momentum.
#[test]
fn small_steps_reach_the_minimum_of_softmax_regression() {
    struct All<'a>(&'a [Vec<f64>], &'a [u8]);
    impl Batches<f64> for All<'_> {
        fn fill(&self, _: usize, first: usize, examples: &mut [f64], labels: &mut [u8]) {
            let size = self.0[0].len();
            examples
                .chunks_exact_mut(size)
                .zip(&self.0[first..])
                .for_each(|(to, from)| to.copy_from_slice(from));
            labels.copy_from_slice(&self.1[first..first + labels.len()]);
        }
    }
    const STEPS: u64 = 6000;
    let (settings, splits, images) = given("softmax-shapes");
    let pooled: Vec<Vec<f64>> = images.iter().map(|image| tiles(image)[..48].to_vec()).collect();
    let network = Network::new(&Model::SoftmaxRegression {}, Shape::vector(48), 10).unwrap();
    let stream = |name: &str| Stream::new(5, "softmax", name, 0);
    let method = catalogue::ALL.parse("sgd", &json!({ "learning_rate": 0.2, "momentum": 0.98 })).unwrap();
    let mut optimizers = [method.optimizer_f64(network.layout(), STEPS)];
    let mut population = Population::<f64>::new(network, &settings.initialisation, &[stream]);
    let all = All(&pooled, &splits.train.labels);
    for step in 0..STEPS {
        population.differentiate(step, pooled.len(), &all);
        let (parameters, gradient) = population.parameters_and_gradient();
        step_population(&mut optimizers, parameters, gradient);
    }
    let gap = population.evaluate(pooled.len(), &all)[0].loss / pooled.len() as f64 - minimum(&settings);
    assert!(gap.abs() < 1e-6, "{gap:e}");
}
