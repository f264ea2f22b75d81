//! Networks that a configuration writes out layer by layer.

use super::{IMAGE, of_layers, population};
use crate::{Model, Network};

/// What a name stands for can be written out: the same network to the last place.
#[test]
fn a_named_network_is_its_layers() {
    let written = r#"[
        {"dense": {"units": 7, "relu": true}}, {"dense": {"units": 5, "relu": true}}, {"dense": {"units": 3}}
    ]"#;
    let (ours, named) = (
        of_layers(written, IMAGE, 3).unwrap(),
        Network::new(&Model::Mlp { hidden: vec![7, 5] }, IMAGE, 3).unwrap(),
    );
    assert_eq!((ours.nodes(), ours.values(), ours.layout()), (named.nodes(), named.values(), named.layout()));
}

/// He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016, table 6: 0.27 million parameters for 20 layers.
/// By hand, a convolution of its own for each of the two shortcuts that change the shape:
/// 3·9·16 + 6·16·9·16 + 16·9·32 + 5·32·9·32 + 32·9·64 + 5·64·9·64 + 16·32 + 32·64, and for each of the 21 normalisations a gain and a
/// shift per channel, 2·(7·16 + 7·32 + 7·64); 64·10 + 10 of the last layer.
#[test]
fn twenty_layers_of_residual_blocks_have_the_size_of_the_paper() {
    let conv = |filters: usize, kernel: usize, stride: usize| {
        let padding = kernel / 2;
        format!(
            r#"{{"conv": {{"filters": {filters}, "kernel": {kernel}, "stride": {stride}, "padding": {padding}, "bias": false}}}}, {{"batch-norm": {{}}}}"#
        )
    };
    let block = |filters: usize, stride: usize| {
        let shortcut = if stride > 1 { conv(filters, 1, stride) } else { String::new() };
        let (first, second) = (conv(filters, 3, stride), conv(filters, 3, 1));
        format!(
            r#"{{"residual": {{"layers": [{first}, "relu", {second}], "shortcut": [{shortcut}]}}}}, "relu""#
        )
    };
    let blocks = [16, 32, 64].map(|filters| {
        let again = format!(r#"{{"repeat": {{"times": 2, "layers": [{}]}}}}"#, block(filters, 1));
        format!("{}, {again}", block(filters, if filters > 16 { 2 } else { 1 }))
    });
    let layers = format!(
        r#"[{}, "relu", {}, "mean-pool", {{"dense": {{"units": 10}}}}]"#,
        conv(16, 3, 1),
        blocks.join(", ")
    );
    let network = of_layers(&layers, IMAGE, 10).unwrap();
    let weights =
        3 * 9 * 16 + 6 * 16 * 9 * 16 + 16 * 9 * 32 + 5 * 32 * 9 * 32 + 32 * 9 * 64 + 5 * 64 * 9 * 64;
    let others = 16 * 32 + 32 * 64 + 2 * (7 * 16 + 7 * 32 + 7 * 64) + 64 * 10 + 10;
    assert_eq!(network.parameters(), weights + others);
    assert_eq!((network.parameters() as f64 / 1e4).round(), 27.0);
    assert_eq!(network.statistics(), 2 * (7 * 16 + 7 * 32 + 7 * 64));
}

#[test]
fn what_does_not_fit_is_refused_with_its_place_and_the_shapes() {
    for (layers, place, words) in [
        (r#"[{"conv": {"filters": 4, "kernel": 3}}]"#, "model", "ends with 30 x 30 x 4"),
        (
            r#"["relu", {"conv": {"filters": 4, "kernel": 40}}]"#,
            "model.layers[1].conv",
            "40 x 40 window on an image of 32 x 32 x 3",
        ),
        (r#"[{"conv": {"filters": 0, "kernel": 3}}]"#, "model.layers[0].conv", "filters 0"),
        (r#"[{"conv": {"filters": 4, "kernel": 3, "padding": 3}}]"#, "model.layers[0].conv", "padding of 3"),
        (r#"[{"group-norm": {"groups": 2}}]"#, "model.layers[0].group-norm", "divisor of the 3 channels"),
        (r#"[{"dropout": {"rate": 1.0}}]"#, "model.layers[0].dropout", "rate 1"),
        (r#"[{"batch-norm": {"momentum": 0.0}}]"#, "model.layers[0].batch-norm", "momentum 0"),
        (r#"[{"layer-norm": {"eps": 0.0}}]"#, "model.layers[0].layer-norm", "eps 0"),
        (r#"[{"residual": {"layers": []}}]"#, "model.layers[0].residual", "without layers"),
        (
            r#"[{"repeat": {"times": 2, "layers": [{"residual": {"layers": [{"linear": {"units": 5}}]}}]}}]"#,
            "model.layers[0].repeat.layers[0].residual",
            "32 x 32 x 5 beside a shortcut of 32 x 32 x 3",
        ),
        (r#"[{"max-pool": {"kernel": 16, "stride": 1}}]"#, "model.layers[0].max-pool", "at most 15"),
        (
            r#"["mean-pool", {"repeat": {"times": 100000, "layers": ["relu"]}}]"#,
            "model.layers[1].repeat",
            "at most 10000",
        ),
        (
            r#"[{"linear": {"units": 64}}, {"repeat": {"times": 100000, "layers": ["relu"]}}]"#,
            "model.layers[1].repeat",
            "2.0e7 numbers an image",
        ),
        (r#"[{"conv": {"filters": 100000, "kernel": 1}}]"#, "model.layers[0].conv", "1.0e8 numbers an image"),
        (
            r#"[{"embedding": {"vocabulary": 9, "width": 4}}]"#,
            "model.layers[0].embedding",
            "data of one channel",
        ),
        (r#"[{"embedding": {"vocabulary": 257, "width": 4}}]"#, "model.layers[0].embedding", "at most 256"),
        (r#"[{"attention": {"heads": 2}}]"#, "model.layers[0].attention", "a divisor of the width 3"),
        (r#"[{"repeat": {"times": 0, "layers": ["relu"]}}]"#, "model.layers[0].repeat", "times 0"),
        (r#"[{"repeat": {"times": 9999999999999, "layers": []}}]"#, "model.layers[0].repeat", "no layers"),
        (
            r#"[{"conv": {"filters": 1, "kernel": 10001, "padding": 10000, "stride": 30000}}]"#,
            "model.layers[0].conv",
            "padding of 10000",
        ),
        (
            r#"[{"conv": {"filters": 1, "kernel": 3, "stride": 18446744073709551615}}]"#,
            "model",
            "ends with 1 x 1 x 1",
        ),
        (
            r#"[{"linear": {"units": 128}}, {"attention": {"heads": 128}}]"#,
            "model.layers[1].attention",
            "1.3e8 numbers an image",
        ),
        (r#"[]"#, "model", "ends with 32 x 32 x 3"),
    ] {
        let error = of_layers(layers, IMAGE, 10).unwrap_err();
        assert!(error.key.starts_with(place), "{layers}: {error}");
        assert!(error.to_string().contains(words), "{layers}: {error}");
    }
}

/// Where a product puts its result or in an op of its own: a rectifier has the same bits, forwards and backwards.
#[test]
fn a_rectifier_is_the_same_inside_a_layer_and_behind_it() {
    let inside = r#"[
        {"conv": {"filters": 5, "kernel": 3, "relu": true}}, {"max-pool": {"kernel": 2, "stride": 2}},
        {"conv": {"filters": 4, "kernel": 1, "relu": true}}, {"dense": {"units": 6, "relu": true}}, {"dense": {"units": 3}}
    ]"#;
    let behind = inside.replace(r#", "relu": true}}"#, r#"}}, "relu""#);
    let trained = |layers: &str| {
        let (mut population, noise) = population::<f32>(&of_layers(layers, IMAGE, 3).unwrap(), &[1, 2]);
        let mut scores = population.differentiate(0, 19, &noise);
        let (parameters, gradient) = population.parameters_and_gradient();
        parameters.iter_mut().zip(gradient).for_each(|(parameter, g)| *parameter -= 0.1 * g);
        scores.extend(population.differentiate(1, 19, &noise));
        (scores, population.parameters_and_gradient().1.to_vec())
    };
    assert_eq!(behind.matches("relu").count(), 3);
    assert_eq!(trained(inside), trained(&behind));
}
