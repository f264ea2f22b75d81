//! A replica's numbers depend on nothing but the replica.

use super::{population, small_nin};
use kernels::Scores;

/// Three steps of plain gradient descent, then scores and parameters.
fn train(seeds: &[u64]) -> (Vec<Vec<Scores>>, Vec<Vec<f32>>) {
    let (mut population, noise) = population::<f32>(&small_nin(), seeds);
    let mut scores = Vec::new();
    for step in 0..3 {
        scores.push(population.differentiate(step, 19, &noise));
        let (parameters, gradient) = population.parameters_and_gradient();
        for (parameter, g) in parameters.iter_mut().zip(gradient) {
            *parameter -= 0.05 * g;
        }
    }
    scores.push(population.evaluate(37, &noise));
    let parameters = (0..seeds.len()).map(|r| population.parameters(r).to_vec()).collect();
    (scores, parameters)
}

#[test]
fn neighbours_do_not_matter() {
    let (scores, parameters) = train(&[4, 5, 6]);
    for (replica, seed) in [4, 5, 6].into_iter().enumerate() {
        let (single_scores, single_parameters) = train(&[seed]);
        assert_eq!(parameters[replica], single_parameters[0]);
        for (step, single) in scores.iter().zip(&single_scores) {
            assert_eq!(step[replica], single[0]);
        }
    }
}

#[test]
fn threads_do_not_matter() {
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| train(&[4, 5]))
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(5));
}

#[test]
fn a_retired_replica_stands_still_and_leaves_the_others_alone() {
    let (mut both, noise) = population::<f32>(&small_nin(), &[1, 2]);
    let (mut alone, single) = population::<f32>(&small_nin(), &[2]);
    both.retire(0);
    let scores = both.differentiate(0, 8, &noise);
    assert_eq!(scores[0], Scores::default());
    assert_eq!(scores[1], alone.differentiate(0, 8, &single)[0]);
    let size = both.network().parameters();
    assert!(both.parameters_and_gradient().1[..size].iter().all(|&g| g == 0.0));
}

#[test]
fn the_loss_of_an_untrained_network_is_near_that_of_guessing() {
    let (mut population, noise) = population::<f32>(&small_nin(), &[3]);
    let scores = population.evaluate(200, &noise);
    assert!((scores[0].loss / 200.0 - 10f64.ln()).abs() < 1.0);
}
