//! Normalisations, pools and tables against PyTorch's values (`tests/pytorch/normalisation.py` is the script that wrote
//! them), finite differences and special cases.

use super::instructions::instruction_sets;
use super::reference::{Case, compare, dot, normal};
use crate::moments::Measure;
use crate::stripes::Stripes;
use crate::{
    BatchGradient, BatchNorm, Embedding, GroupNorm, LayerNorm, MeanPool, Moments, Positions, Statistics,
    Total, add, scale,
};
use crate::{layer_norm, normalise};

fn case(name: &str) -> Case {
    Case::new(include_str!("../../tests/pytorch/normalisation.json"), name)
}

#[test]
fn layer_norm_is_pytorchs() {
    for size in [1, 5, 16, 37] {
        let c = case(&format!("layer_norm_{size}"));
        let norm = LayerNorm { size, eps: 1e-5 };
        let (x, gain, dy) = (c.numbers("x"), c.numbers("gain"), c.numbers("dy"));
        let (mut y, mut kept) = (vec![0.0; x.len()], vec![0.0; 6 * LayerNorm::KEPT]);
        norm.forward(&x, &gain, &c.numbers("shift"), &mut y, &mut kept);
        c.assert("y", &y);
        let (mut dx, mut dgain, mut dshift) = (vec![0.0; x.len()], vec![0.0; size], vec![0.0; size]);
        norm.backward(&x, &kept, &gain, &dy, &mut dx, [&mut dgain, &mut dshift]);
        c.assert("dx", &dx);
        c.assert("dgain", &dgain);
        c.assert("dshift", &dshift);
    }
}

#[test]
fn layer_norm_has_the_slopes_of_finite_differences() {
    for size in [2, 19] {
        let norm = LayerNorm { size, eps: 1e-5 };
        let (x, gain, shift) = (normal(3 * size, "x"), normal(size, "gain"), normal(size, "shift"));
        let direction = normal(3 * size, "direction");
        let forward = |x: &[f64], gain: &[f64], shift: &[f64]| {
            let (mut y, mut kept) = (vec![0.0; x.len()], vec![0.0; 6]);
            norm.forward(x, gain, shift, &mut y, &mut kept);
            (dot(&y, &direction), kept)
        };
        let (_, kept) = forward(&x, &gain, &shift);
        let (mut dx, mut dgain, mut dshift) = (vec![0.0; x.len()], vec![0.0; size], vec![0.0; size]);
        norm.backward(&x, &kept, &gain, &direction, &mut dx, [&mut dgain, &mut dshift]);
        compare("dx", &x, &dx, |x| forward(x, &gain, &shift).0);
        compare("dgain", &gain, &dgain, |gain| forward(&x, gain, &shift).0);
        compare("dshift", &shift, &dshift, |shift| forward(&x, &gain, shift).0);
    }
}

#[test]
fn group_norm_is_pytorchs() {
    for (positions, channels, groups) in
        [(7, 6, 1), (7, 6, 2), (7, 6, 6), (1, 12, 3), (90, 3, 1), (20, 16, 4)]
    {
        let c = case(&format!("group_norm_{positions}_{channels}_{groups}"));
        let norm = GroupNorm { positions, channels, groups, eps: 1e-5 };
        let (x, gain, dy) = (c.numbers("x"), c.numbers("gain"), c.numbers("dy"));
        let (mut y, mut kept) = (vec![0.0; x.len()], vec![0.0; 2 * norm.kept()]);
        norm.forward(&x, &gain, &c.numbers("shift"), &mut y, &mut kept);
        c.assert("y", &y);
        let (mut dx, mut dgain, mut dshift) = (vec![0.0; x.len()], vec![0.0; channels], vec![0.0; channels]);
        norm.backward(&x, &kept, &gain, &dy, &mut dx, [&mut dgain, &mut dshift]);
        c.assert("dx", &dx);
        c.assert("dgain", &dgain);
        c.assert("dshift", &dshift);
    }
}

#[test]
fn group_norm_has_the_slopes_of_finite_differences() {
    for (positions, channels, groups) in [(5, 4, 2), (1, 6, 2), (3, 3, 3), (4, 5, 1)] {
        let norm = GroupNorm { positions, channels, groups, eps: 1e-5 };
        let x = normal(2 * positions * channels, "x");
        let (gain, shift) = (normal(channels, "gain"), normal(channels, "shift"));
        let direction = normal(x.len(), "direction");
        let forward = |x: &[f64], gain: &[f64], shift: &[f64]| {
            let (mut y, mut kept) = (vec![0.0; x.len()], vec![0.0; 2 * norm.kept()]);
            norm.forward(x, gain, shift, &mut y, &mut kept);
            (dot(&y, &direction), kept)
        };
        let (_, kept) = forward(&x, &gain, &shift);
        let (mut dx, mut dgain, mut dshift) = (vec![0.0; x.len()], vec![0.0; channels], vec![0.0; channels]);
        norm.backward(&x, &kept, &gain, &direction, &mut dx, [&mut dgain, &mut dshift]);
        compare("dx", &x, &dx, |x| forward(x, &gain, &shift).0);
        compare("dgain", &gain, &dgain, |gain| forward(&x, gain, &shift).0);
        compare("dshift", &shift, &dshift, |shift| forward(&x, &gain, shift).0);
    }
}

/// Enough numbers for several blocks of stripes.
#[test]
fn group_norm_of_one_group_is_a_layer_norm_of_the_image() {
    let (group, layer) = (
        GroupNorm { positions: 3001, channels: 3, groups: 1, eps: 1e-5 },
        LayerNorm { size: 9003, eps: 1e-5 },
    );
    let (x, dy) = (normal(9003, "x"), normal(9003, "dy"));
    let (ones, zeros) = (vec![1.0; 9003], vec![0.0; 9003]);
    let ([mut y, mut dx], mut kept) = ([zeros.clone(), zeros.clone()], [0.0; 2]);
    let [mut expected_y, mut expected_dx, mut dgain, mut dshift] = [(); 4].map(|()| zeros.clone());
    layer.forward(&x, &ones, &zeros, &mut expected_y, &mut kept);
    layer.backward(&x, &kept, &ones, &dy, &mut expected_dx, [&mut dgain, &mut dshift]);
    let [mut dgain, mut dshift] = [[0.0; 3]; 2];
    group.forward(&x, &ones, &zeros, &mut y, &mut kept);
    group.backward(&x, &kept, &ones, &dy, &mut dx, [&mut dgain, &mut dshift]);
    for (ours, expected) in [(y, expected_y), (dx, expected_dx)] {
        assert!(ours.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12));
    }
}

/// Batch normalisation of a batch cut into shards of these numbers of rows.
struct Sharded<'a> {
    norm: BatchNorm,
    shards: &'a [usize],
}

impl Sharded<'_> {
    fn shards<'a>(&self, mut x: &'a [f64]) -> Vec<&'a [f64]> {
        let cut = |&rows: &usize| {
            let (shard, rest) = x.split_at(rows * self.norm.channels);
            x = rest;
            shard
        };
        self.shards.iter().map(cut).collect()
    }

    fn moments(&self, x: &[f64]) -> Moments {
        let mut moments = Moments::new(self.norm.channels);
        self.shards(x).iter().for_each(|x| moments.merge(&Moments::of(self.norm.channels, x)));
        moments
    }

    /// y, mean and inverse deviation.
    fn forward(&self, x: &[f64], gain: &[f64], shift: &[f64]) -> [Vec<f64>; 3] {
        let (mut mean, mut inverse) = (vec![0.0; gain.len()], vec![0.0; gain.len()]);
        self.norm.statistics(&self.moments(x), &mut mean, &mut inverse);
        let statistics = Statistics { mean: &mean, inverse: &inverse };
        let mut y = Vec::new();
        for x in self.shards(x) {
            let mut part = vec![0.0; x.len()];
            self.norm.forward(x, statistics, gain, shift, &mut part);
            y.extend(part);
        }
        [y, mean, inverse]
    }

    /// dx, dgain and dshift.
    fn backward(&self, x: &[f64], statistics: Statistics<f64>, gain: &[f64], dy: &[f64]) -> [Vec<f64>; 3] {
        let (mut dx, mut dgain, mut dshift) = (Vec::new(), vec![0.0; gain.len()], vec![0.0; gain.len()]);
        for (x, dy) in self.shards(x).iter().zip(self.shards(dy)) {
            self.norm.add_parameter_gradient(x, statistics, dy, &mut dgain, &mut dshift);
        }
        let batch = BatchGradient { rows: x.len() / gain.len(), dgain: &dgain, dshift: &dshift };
        for (x, dy) in self.shards(x).iter().zip(self.shards(dy)) {
            let mut part = vec![0.0; x.len()];
            self.norm.input_gradient(x, statistics, gain, batch, dy, &mut part);
            dx.extend(part);
        }
        [dx, dgain, dshift]
    }
}

#[test]
fn batch_norm_over_uneven_shards_is_pytorchs_over_the_batch() {
    let cuts: [(usize, usize, usize, &[usize]); 3] =
        [(11, 1, 5, &[8, 3]), (3, 6, 16, &[4, 13, 1]), (7, 15, 3, &[90, 14, 1])];
    for (images, positions, channels, shards) in cuts {
        let c = case(&format!("batch_norm_{images}_{positions}_{channels}"));
        let norm = BatchNorm { channels, eps: 1e-5, momentum: 0.1 };
        let sharded = Sharded { norm, shards };
        let (x, gain, shift) = (c.numbers("x"), c.numbers("gain"), c.numbers("shift"));
        let [y, mean, inverse] = sharded.forward(&x, &gain, &shift);
        c.assert("y", &y);
        let statistics = Statistics { mean: &mean, inverse: &inverse };
        let [dx, dgain, dshift] = sharded.backward(&x, statistics, &gain, &c.numbers("dy"));
        c.assert("dx", &dx);
        c.assert("dgain", &dgain);
        c.assert("dshift", &dshift);

        let (mut mean, mut variance) = (vec![0.0; channels], vec![1.0; channels]);
        norm.update_running(&sharded.moments(&c.numbers("first")), &mut mean, &mut variance);
        norm.update_running(&sharded.moments(&x), &mut mean, &mut variance);
        c.assert("running_mean", &mean);
        c.assert("running_variance", &variance);
        let (mut inverse, mut y) = (vec![0.0; channels], vec![0.0; x.len()]);
        norm.inverse_deviation(&variance, &mut inverse);
        norm.forward(&x, Statistics { mean: &mean, inverse: &inverse }, &gain, &shift, &mut y);
        c.assert("evaluated", &y);
    }
}

#[test]
fn batch_norm_has_the_slopes_of_finite_differences() {
    let norm = BatchNorm { channels: 3, eps: 1e-5, momentum: 0.1 };
    for shards in [&[4, 1, 2][..], &[2]] {
        let sharded = Sharded { norm, shards };
        let rows: usize = shards.iter().sum();
        let (x, gain, shift) = (normal(rows * 3, "x"), normal(3, "gain"), normal(3, "shift"));
        let direction = normal(x.len(), "direction");
        let value = |x: &[f64], gain: &[f64], shift: &[f64]| {
            let [y, ..] = sharded.forward(x, gain, shift);
            dot(&y, &direction)
        };
        let [_, mean, inverse] = sharded.forward(&x, &gain, &shift);
        let statistics = Statistics { mean: &mean, inverse: &inverse };
        let [dx, dgain, dshift] = sharded.backward(&x, statistics, &gain, &direction);
        compare("dx", &x, &dx, |x| value(x, &gain, &shift));
        compare("dgain", &gain, &dgain, |gain| value(&x, gain, &shift));
        compare("dshift", &shift, &dshift, |shift| value(&x, &gain, shift));
    }
}

#[test]
fn moments_of_no_rows_change_nothing_and_of_one_row_have_no_unbiased_variance() {
    let mut moments = Moments::of(2, &[3f32, -1.0]);
    moments.merge(&Moments::new(2));
    moments.merge(&Moments::of::<f32>(2, &[]));
    assert_eq!(moments, Moments { rows: 1, mean: vec![3.0, -1.0], deviations: vec![0.0; 2] });
    let (mut mean, mut variance) = ([0f32; 2], [1f32; 2]);
    let norm = BatchNorm { channels: 2, eps: 1e-5, momentum: 0.1 };
    norm.update_running(&moments, &mut mean, &mut variance);
    assert!(variance.iter().all(|x| x.is_nan()));
}

/// Far from 0 a difference of sums of squares would have no digit left; nor must it matter where a shard begins.
#[test]
fn moments_far_from_zero_keep_their_variance() {
    for far in [0, 5000] {
        let noise = single(6000, "x").into_iter().enumerate();
        let x: Vec<f32> = noise.map(|(i, x)| if i < far { x } else { x + 3000.0 }).collect();
        let moments = Moments::of(3, &x);
        for column in 0..3 {
            let column_of = || x.iter().skip(column).step_by(3).map(|&x| f64::from(x));
            let mean = column_of().sum::<f64>() / 2000.0;
            let deviations: f64 = column_of().map(|x| (x - mean) * (x - mean)).sum();
            assert!((moments.mean[column] - mean).abs() < 1e-3);
            assert!((moments.deviations[column] / deviations - 1.0).abs() < 1e-6);
        }
    }
}

#[test]
fn mean_pool_is_pytorchs() {
    let c = case("mean_pool");
    let pool = MeanPool { positions: 5, channels: 4 };
    let (mut y, mut dx) = (vec![0.0; 12], vec![0.0; 60]);
    pool.forward(&c.numbers("x"), &mut y);
    pool.backward(&c.numbers("dy"), &mut dx);
    c.assert("y", &y);
    c.assert("dx", &dx);
    compare("mean pool", &c.numbers("x"), &dx, |x| {
        pool.forward(x, &mut y);
        dot(&y, &c.numbers("dy"))
    });
}

#[test]
fn embeddings_are_pytorchs() {
    let c = case("embedding");
    let (embedding, positions) = (Embedding { width: 3 }, Positions { size: 12 });
    let tokens: Vec<u32> = c.numbers("tokens").iter().map(|&x| x as u32).collect();
    let dy = c.numbers("dy");
    let forward = |table: &[f64], offsets: &[f64]| {
        let mut y = vec![0.0; 24];
        embedding.forward(&tokens, table, &mut y);
        positions.forward(offsets, &mut y);
        y
    };
    let (table, offsets) = (c.numbers("table"), c.numbers("positions"));
    c.assert("y", &forward(&table, &offsets));
    let (mut dtable, mut doffsets) = (vec![0.0; 18], vec![0.0; 12]);
    embedding.add_gradient(&tokens, &dy, &mut dtable);
    positions.add_gradient(&dy, &mut doffsets);
    c.assert("dtable", &dtable);
    c.assert("dpositions", &doffsets);
    compare("dtable", &table, &dtable, |table| dot(&forward(table, &offsets), &dy));
    compare("dpositions", &offsets, &doffsets, |offsets| dot(&forward(&table, offsets), &dy));
}

#[test]
fn sums_and_multiples_are_what_they_say() {
    let (x, direction) = (normal(35 * 2, "x"), normal(2, "direction"));
    let total = Total { size: 35 };
    let (mut y, mut dx) = (vec![0.0; 2], vec![0.0; 70]);
    total.backward(&direction, &mut dx);
    compare("total", &x, &dx, |x| {
        total.forward(x, &mut y);
        dot(&y, &direction)
    });
    let mut sum = x.clone();
    add(&dx, &mut sum);
    let mut multiple = vec![0.0; 70];
    scale(-0.5, &x, &mut multiple);
    for i in 0..70 {
        assert_eq!(sum[i], x[i] + dx[i]);
        assert_eq!(multiple[i], -0.5 * x[i]);
    }
}

#[test]
fn a_nan_is_never_swallowed() {
    for place in [0, 17, 19] {
        let (ones, mut x) = (vec![1f32; 20], vec![1f32; 20]);
        x[place] = f32::NAN;
        let (mut y, mut kept) = (vec![0f32; 20], vec![0f32; 2]);
        LayerNorm { size: 20, eps: 1e-5 }.forward(&x, &ones, &ones, &mut y, &mut kept);
        assert!(y.iter().all(|y| y.is_nan()));
        let group = GroupNorm { positions: 2, channels: 10, groups: 1, eps: 1e-5 };
        group.forward(&x, &ones[..10], &ones[..10], &mut y, &mut kept);
        assert!(y.iter().all(|y| y.is_nan()));
        let moments = Moments::of(10, &x);
        assert!(moments.mean[place % 10].is_nan() && moments.deviations[place % 10].is_nan());
        let mut total = [0f32];
        Total { size: 20 }.forward(&x, &mut total);
        assert!(total[0].is_nan());
        let mut means = [0f32; 10];
        MeanPool { positions: 2, channels: 10 }.forward(&x, &mut means);
        assert!(means[place % 10].is_nan());
    }
}

fn single(n: usize, name: &str) -> Vec<f32> {
    normal(n, name).iter().map(|&x| x as f32).collect()
}

#[test]
fn normalisations_have_the_same_bits_on_every_instruction_set() {
    for columns in [3, 16, 50] {
        let n = 300 * columns;
        let (x, dy, gain) = (single(n, "x"), single(n, "dy"), single(columns, "gain"));
        let norm = &LayerNorm { size: columns, eps: 1e-5 };
        let stripe = Stripes::new(columns).repeat(|column| gain[column]);
        let results: Vec<_> = instruction_sets()
            .into_iter()
            .map(|set| {
                let [mut y, mut dx, mut z, mut dz] = [(); 4].map(|()| vec![0f32; n]);
                let mut kept = vec![0f32; 600];
                let (mut dgain, mut dshift) = (gain.clone(), gain.clone());
                let (x, dy, gain) = (&x[..], &dy[..], &gain[..]);
                let forward = layer_norm::Forward { norm, x, gain, shift: gain, y: &mut y, kept: &mut kept };
                set.dispatch(forward);
                set.dispatch(layer_norm::Backward {
                    norm,
                    x,
                    kept: &kept,
                    gain,
                    dy,
                    dx: &mut dx,
                    dgain: &mut dgain,
                    dshift: &mut dshift,
                });
                let moments = set.dispatch(Measure { columns, x });
                let (mut plain, mut products) = (vec![0.0; columns], vec![0.0; columns]);
                let sums =
                    normalise::Sums { x, dy, offset: &stripe, plain: &mut plain, products: &mut products };
                set.dispatch(sums);
                set.dispatch(normalise::Forward { x, stripes: [&stripe; 3], y: &mut z });
                set.dispatch(normalise::Backward { x, dy, stripes: [&stripe; 4], dx: &mut dz });
                ([y, dx, z, dz, kept, dgain, dshift], moments, plain, products)
            })
            .collect();
        assert!(results.iter().all(|result| *result == results[0]));
    }
}

/// The equal rows of a shard have equal results: nothing depends on where in the memory a row lies or on its neighbours.
#[test]
fn a_row_has_the_same_bits_wherever_it_is() {
    for size in [5, 16, 50] {
        let (row, gain) = (single(size, "x"), single(size, "gain"));
        let x = row.repeat(7);
        let (mut y, mut kept, mut dx) = (vec![0f32; x.len()], vec![0f32; 14], vec![0f32; x.len()]);
        let norm = LayerNorm { size, eps: 1e-5 };
        norm.forward(&x, &gain, &gain, &mut y, &mut kept);
        norm.backward(&x, &kept, &gain, &y, &mut dx, [&mut gain.clone(), &mut gain.clone()]);
        for other in 1..7 {
            assert_eq!(y[..size], y[other * size..][..size]);
            assert_eq!(dx[..size], dx[other * size..][..size]);
        }
    }
}
