//! A replica's numbers depend on nothing but the replica.

use super::{IMAGE, OF_ALL_KINDS, of_layers, population, small_nin, wide};
use crate::Network;
use kernels::Scores;

/// Three steps of plain gradient descent, then scores and parameters with running statistics.
fn train(network: &Network, seeds: &[u64]) -> (Vec<Vec<Scores>>, Vec<Vec<f32>>) {
    let (mut population, noise) = population::<f32>(network, seeds);
    let mut scores = Vec::new();
    for step in 0..3 {
        scores.push(population.differentiate(step, 19, &noise));
        let (parameters, gradient) = population.parameters_and_gradient();
        for (parameter, g) in parameters.iter_mut().zip(gradient) {
            *parameter -= 0.05 * g;
        }
    }
    scores.push(population.evaluate(37, &noise));
    let all = |r| [population.parameters(r), population.running(r)].concat();
    (scores, (0..seeds.len()).map(all).collect())
}

/// A network in a row, one of every kind of op, and two that are mostly weights.
fn networks() -> [Network; 4] {
    let [row, staged] = wide::networks();
    [small_nin(), of_layers(OF_ALL_KINDS, IMAGE, 4).unwrap(), row, staged]
}

#[test]
fn neighbours_do_not_matter() {
    for network in networks() {
        let (scores, parameters) = train(&network, &[4, 5, 6]);
        for (replica, seed) in [4, 5, 6].into_iter().enumerate() {
            let (single_scores, single_parameters) = train(&network, &[seed]);
            assert_eq!(parameters[replica], single_parameters[0]);
            for (step, single) in scores.iter().zip(&single_scores) {
                assert_eq!(step[replica], single[0]);
            }
        }
    }
}

#[test]
fn threads_do_not_matter() {
    for network in networks() {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| train(&network, &[4, 5]))
        };
        let one = on(1);
        assert_eq!(one, on(2));
        assert_eq!(one, on(5));
    }
}

#[test]
fn a_retired_replica_stands_still_and_leaves_the_others_alone() {
    for network in networks() {
        let (mut both, noise) = population::<f32>(&network, &[1, 2]);
        let (mut alone, single) = population::<f32>(&network, &[2]);
        both.differentiate(0, 8, &noise);
        both.retire(0);
        alone.differentiate(0, 8, &single);
        let running = both.running(0).to_vec();
        let scores = both.differentiate(1, 8, &noise);
        assert_eq!(scores[0], Scores::default());
        assert_eq!(scores[1], alone.differentiate(1, 8, &single)[0]);
        assert_eq!(both.running(0), running);
        let size = network.parameters();
        assert!(both.parameters_and_gradient().1[..size].iter().all(|&g| g == 0.0));
    }
}

#[test]
fn the_loss_of_an_untrained_network_is_near_that_of_guessing() {
    let (mut population, noise) = population::<f32>(&small_nin(), &[3]);
    let scores = population.evaluate(200, &noise);
    assert!((scores[0].loss / 200.0 - 10f64.ln()).abs() < 1.0);
}
