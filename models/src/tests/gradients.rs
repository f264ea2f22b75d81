//! The whole network's gradient against central differences of its loss, in f64, dropout on.

use super::{IMAGE, Noise, OF_ALL_KINDS, of_layers, of_shards, population, small_nin};
use crate::{Model, Network, Population, Shape};
use streams::Stream;

fn loss(population: &mut Population<f64>, noise: &Noise, batch: usize) -> f64 {
    population.differentiate(5, batch, noise)[0].loss / batch as f64
}

#[test]
fn of_every_network() {
    let mlp = Network::new(&Model::Mlp { hidden: vec![6, 5] }, IMAGE, 4).unwrap();
    let linear = Network::new(&Model::SoftmaxRegression {}, IMAGE, 4).unwrap();
    let small = Shape { height: 9, width: 8, channels: 2 };
    let staged = of_layers(OF_ALL_KINDS, small, 4).unwrap();
    let sharded = of_layers(&of_shards(), small, 4).unwrap();
    // What begins with ops without parameters, and with parameters whose op has an input that nobody differentiates.
    let beginnings = [
        r#"["tanh", {"dropout": {"rate": 0.3}}, {"average-pool": {"kernel": 2, "stride": 2}}, {"dense": {"units": 4}}]"#,
        r#"[{"layer-norm": {}}, {"dense": {"units": 4}}]"#,
        r#"[{"group-norm": {"groups": 2}}, {"dense": {"units": 4}}]"#,
        r#"[{"batch-norm": {}}, {"residual": {"layers": [{"linear": {"units": 2}}]}}, {"dense": {"units": 4}}]"#,
        r#"[{"residual": {"layers": ["silu"]}}, {"dense": {"units": 4}}]"#,
        // What is added goes over a dropout that went over a rectifier, whose signs are still needed.
        r#"[{"residual": {"layers": [{"linear": {"units": 2, "relu": true}}, {"dropout": {"rate": 0.3}}]}}, {"dense": {"units": 4}}]"#,
        r#"[{"linear": {"units": 3, "relu": true}}, {"dropout": {"rate": 0.3}}, "positions", {"dense": {"units": 4}}]"#,
    ];
    let beginnings = beginnings.map(|layers| of_layers(layers, small, 4).unwrap());
    for network in [small_nin(), mlp, linear, staged, sharded].into_iter().chain(beginnings) {
        let batch = 11;
        let (mut population, noise) = population::<f64>(&network, &[1]);
        // Away from zero: behind activations that are all zero, a zero bias sits exactly on the rectifier's kink.
        let mut draws = Stream::new(2, "t", "biases", 0).draws(0);
        for slot in network.layout().slots().iter().filter(|slot| slot.shape.len() == 1) {
            for bias in &mut population.parameters_and_gradient().0[slot.range()] {
                *bias += 0.1 * draws.normal();
            }
        }
        loss(&mut population, &noise, batch);
        let gradient = population.parameters_and_gradient().1.to_vec();
        // Small enough that no rectifier changes sides between the two points.
        let h = 1e-8;
        for slot in network.layout().slots() {
            // First, last and one in the middle of every tensor.
            for i in [slot.range().start, slot.range().start + slot.len() / 2, slot.range().end - 1] {
                let mut at = |shift: f64| {
                    population.parameters_and_gradient().0[i] += shift;
                    loss(&mut population, &noise, batch)
                };
                let above = at(h);
                let below = at(-2.0 * h);
                at(h);
                let slope = (above - below) / (2.0 * h);
                let error = (slope - gradient[i]).abs();
                assert!(
                    error < 1e-5 * (1e-2 + slope.abs()),
                    "{}[{i}]: {} vs {slope}",
                    slot.name,
                    gradient[i]
                );
            }
        }
    }
}
