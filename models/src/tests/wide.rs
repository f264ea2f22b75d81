//! Networks that are mostly weights, beside loops over every number.

use super::{IMAGE, Noise, of_layers};
use crate::{Batches, Initialisation, Network, Population, Shape};
use streams::Stream;

/// Its first weight alone is more than a cache of the second level holds, and an image is little beside it.
const MOSTLY_WEIGHTS: &str =
    r#"[{"dense": {"units": 200, "relu": true}}, {"dense": {"units": 30}}, "tanh", {"dense": {"units": 4}}]"#;

/// The same, whose batch goes through it in stages.
const IN_STAGES: &str = r#"[{"dense": {"units": 200}}, {"batch-norm": {}}, "relu", {"dense": {"units": 4}}]"#;

pub(super) fn networks() -> [Network; 2] {
    [MOSTLY_WEIGHTS, IN_STAGES].map(|text| {
        let network = of_layers(text, IMAGE, 4).unwrap();
        assert!(network.is_wide());
        network
    })
}

/// The loss of one image and its gradient with respect to all parameters, by the chain rule written out.
fn by_hand(sizes: &[usize], parameters: &[f64], x: &[f64], label: usize) -> (f64, Vec<f64>) {
    let (mut places, mut start) = (Vec::new(), 0);
    for pair in sizes.windows(2) {
        places.push(start);
        start += (pair[0] + 1) * pair[1];
    }
    let last = places.len() - 1;
    let mut values = vec![x.to_vec()];
    for (layer, place) in places.iter().enumerate() {
        let (n, m) = (sizes[layer], sizes[layer + 1]);
        let input = &values[layer];
        let affine = |j: usize| {
            let products = (0..n).map(|i| input[i] * parameters[place + i * m + j]);
            products.sum::<f64>() + parameters[place + n * m + j]
        };
        let bend = |z: f64| match layer {
            0 => z.max(0.0),
            _ if layer < last => z.tanh(),
            _ => z,
        };
        values.push((0..m).map(|j| bend(affine(j))).collect());
    }
    let logits = &values[last + 1];
    let total: f64 = logits.iter().map(|z| z.exp()).sum();
    let loss = total.ln() - logits[label];
    let mut dy: Vec<f64> =
        (0..logits.len()).map(|j| logits[j].exp() / total - f64::from(u8::from(j == label))).collect();
    let mut gradient = vec![0.0; start];
    for (layer, place) in places.iter().enumerate().rev() {
        let (n, m) = (sizes[layer], sizes[layer + 1]);
        let mut dx = vec![0.0; n];
        for i in 0..n {
            for j in 0..m {
                gradient[place + i * m + j] = values[layer][i] * dy[j];
                dx[i] += parameters[place + i * m + j] * dy[j];
            }
        }
        gradient[place + n * m..][..m].copy_from_slice(&dy);
        let slope = |y: f64| match layer {
            0 => 1.0,
            1 => f64::from(u8::from(y > 0.0)),
            _ => 1.0 - y * y,
        };
        dy = dx.iter().zip(&values[layer]).map(|(dx, &y)| dx * slope(y)).collect();
    }
    (loss, gradient)
}

/// Batches that leave lanes without a shard, shards of different sizes, and several shards to a lane.
#[test]
fn losses_and_gradients_are_those_of_the_chain_rule() {
    let input = Shape::vector(2600);
    let network = of_layers(MOSTLY_WEIGHTS, input, 4).unwrap();
    assert!(network.is_wide());
    let noise = Noise { size: input.size(), classes: 4, seeds: vec![8] };
    let stream = |name: &str| Stream::new(1, "wide", name, 0);
    let mut population = Population::<f64>::new(network, &Initialisation::HeNormal {}, &[stream]);
    let sizes = [2600, 200, 30, 4];
    for batch in [3, 50, 261] {
        let (mut examples, mut labels) = (vec![0.0; batch * input.size()], vec![0; batch]);
        noise.fill(0, 0, &mut examples, &mut labels);
        let (mut loss, mut gradient) = (0.0, vec![0.0; population.network().parameters()]);
        for (x, label) in examples.chunks(input.size()).zip(&labels) {
            let (own, part) = by_hand(&sizes, population.parameters(0), x, usize::from(*label));
            loss += own;
            gradient.iter_mut().zip(part).for_each(|(sum, part)| *sum += part / batch as f64);
        }
        let scores = population.differentiate(0, batch, &noise);
        assert!((scores[0].loss - loss).abs() < 1e-11 * loss, "{batch}");
        let largest = gradient.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
        for (i, (seen, expected)) in population.parameters_and_gradient().1.iter().zip(&gradient).enumerate()
        {
            assert!((seen - expected).abs() < 1e-12 * largest, "{batch}: {i}: {seen} is not {expected}");
        }
        let evaluated = population.evaluate(batch, &noise)[0];
        assert!((evaluated.loss - loss).abs() < 1e-11 * loss, "{batch}");
    }
}

/// What is published was made with shards of eight.
#[test]
fn others_are_as_they_were() {
    let wide = |text: &str, input: Shape| of_layers(text, input, 4).unwrap().is_wide();
    let dense = Network::new(&crate::Model::Mlp { hidden: vec![128, 64] }, IMAGE, 10).unwrap();
    assert_eq!((dense.parameters(), dense.is_wide()), (402_250, false));
    // As many weights as it likes, but an image is large on its way.
    assert!(!Network::new(&crate::Model::Nin { width: 1.0, dropout: 0.5 }, IMAGE, 100).unwrap().is_wide());
    assert!(wide(MOSTLY_WEIGHTS, IMAGE));
}
