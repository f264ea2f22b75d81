use super::IMAGE;
use crate::{Model, Network, Shape};

fn nin(width: f64) -> Model {
    Model::Nin { width, dropout: 0.5 }
}

/// Totals of the authors' layer list, summed by hand from its table of layers.
#[test]
fn the_papers_network_has_the_papers_size() {
    assert_eq!(Network::new(&nin(1.0), IMAGE, 10).unwrap().parameters(), 967_096);
    assert_eq!(Network::new(&nin(1.0), IMAGE, 100).unwrap().parameters(), 994_456);
    let grey = Shape { channels: 1, ..IMAGE };
    assert_eq!(Network::new(&nin(1.0), grey, 10).unwrap().parameters(), 957_496);
}

#[test]
fn its_activations_shrink_as_in_the_authors_file() {
    let network = Network::new(&nin(1.0), IMAGE, 10).unwrap();
    let expected = [
        32 * 32 * 3,
        28 * 28 * 192,
        28 * 28 * 160,
        28 * 28 * 96,
        13 * 13 * 96,
        13 * 13 * 96,
        9 * 9 * 192,
        9 * 9 * 192,
        9 * 9 * 192,
        4 * 4 * 192,
        4 * 4 * 192,
        2 * 2 * 192,
        2 * 2 * 192,
        2 * 2 * 10,
        10,
        10,
    ];
    assert_eq!(network.values().iter().map(|shape| shape.size()).collect::<Vec<_>>(), expected);
    // 0.531 GFLOP for forward, backward to the weights, and backward to the inputs of all layers but the first.
    let step = Network::new(&nin(1.0), IMAGE, 100).unwrap().step_flop();
    assert!((step as f64 / 1e9 - 0.531).abs() < 0.005, "{step}");
}

#[test]
fn small_networks_count_by_hand() {
    let mlp = Network::new(&Model::Mlp { hidden: vec![7] }, Shape { height: 1, width: 1, channels: 4 }, 3);
    assert_eq!(mlp.unwrap().parameters(), 4 * 7 + 7 + 7 * 3 + 3);
    let linear = Network::new(&Model::SoftmaxRegression {}, IMAGE, 10).unwrap();
    assert_eq!(linear.parameters(), 3072 * 10 + 10);
}

/// Refused before anything of their size is asked for, though their products overflow.
#[test]
fn networks_that_no_machine_holds_are_refused_with_their_size() {
    for (hidden, size) in [
        (vec![1_000_000_000_000_000_000], "3.1e21"),
        (vec![usize::MAX], "5.7e22"),
        (vec![1_000_000_000], "3.1e12"),
        (vec![4_294_967_296, 4_294_967_296], "1.3e13"),
        (vec![100_000, 100_000], "1.0e10"),
    ] {
        let error = Network::new(&Model::Mlp { hidden }, IMAGE, 10).unwrap_err();
        assert!(error.key == "model" && error.value.contains(size), "{error}");
    }
    let long = Network::new(&Model::Mlp { hidden: vec![1; 100_000] }, IMAGE, 10).unwrap_err();
    assert!(long.to_string().contains("100000 layers"), "{long}");
}

#[test]
fn unusable_settings_are_refused_with_the_key() {
    for (model, key) in [
        (nin(0.0), "model.width"),
        (nin(f64::NAN), "model.width"),
        (Model::Nin { width: 1.0, dropout: 1.0 }, "model.dropout"),
        (Model::Mlp { hidden: vec![3, 0] }, "model.hidden"),
    ] {
        assert_eq!(Network::new(&model, IMAGE, 10).unwrap_err().key, key);
    }
    let unpadded = Shape { height: 28, width: 28, channels: 1 };
    assert!(Network::new(&nin(1.0), unpadded, 10).unwrap_err().to_string().contains("padded"));
}
