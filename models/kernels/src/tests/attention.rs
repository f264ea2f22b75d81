//! Attention against PyTorch's values (`tests/pytorch/attention.py` is the script that wrote them), finite differences and
//! special cases.

use super::instructions::instruction_sets;
use super::reference::{Case, compare, dot, normal};
use crate::{Attention, Real, Workspace};

fn forward<F: Real>(attention: &Attention, qkv: &[F], workspace: &mut Workspace<F>) -> [Vec<F>; 2] {
    let n = qkv.len() / (3 * attention.time * attention.width);
    // What is left as it is must not matter.
    let nan = F::from_f64(f64::NAN);
    let (mut y, mut kept) = (vec![nan; qkv.len() / 3], vec![nan; n * attention.kept()]);
    attention.forward(qkv, &mut y, &mut kept, workspace);
    [y, kept]
}

fn backward<F: Real>(
    attention: &Attention,
    qkv: &[F],
    kept: &[F],
    dy: &[F],
    workspace: &mut Workspace<F>,
) -> Vec<F> {
    let mut dqkv = vec![F::from_f64(f64::NAN); qkv.len()];
    workspace.scratch = vec![F::from_f64(f64::NAN); attention.time * attention.time];
    attention.backward(qkv, kept, dy, &mut dqkv, workspace);
    dqkv
}

#[test]
fn attention_is_pytorchs() {
    for (n, time, width, heads) in [(2, 5, 6, 2), (1, 1, 4, 2), (1, 7, 3, 1), (1, 37, 4, 1)] {
        for (causal, name) in [(false, "False"), (true, "True")] {
            let text = include_str!("../../tests/pytorch/attention.json");
            let c = Case::new(text, &format!("{n}_{time}_{width}_{heads}_{name}"));
            let attention = Attention { time, width, heads, causal };
            let (qkv, mut workspace) = (c.numbers("qkv"), Workspace::default());
            let [y, kept] = forward(&attention, &qkv, &mut workspace);
            c.assert("y", &y);
            c.assert("dqkv", &backward(&attention, &qkv, &kept, &c.numbers("dy"), &mut workspace));
        }
    }
}

#[test]
fn attention_has_the_slopes_of_finite_differences() {
    for (n, time, width, heads) in [(2, 4, 6, 3), (1, 18, 2, 1), (1, 1, 2, 2), (1, 35, 1, 1)] {
        for causal in [false, true] {
            let attention = Attention { time, width, heads, causal };
            let (qkv, direction) =
                (normal(n * time * 3 * width, "qkv"), normal(n * time * width, "direction"));
            let mut workspace = Workspace::default();
            let [_, kept] = forward(&attention, &qkv, &mut workspace);
            let dqkv = backward(&attention, &qkv, &kept, &direction, &mut workspace);
            let value = |qkv: &[f64]| dot(&forward(&attention, qkv, &mut workspace)[0], &direction);
            compare("dqkv", &qkv, &dqkv, value);
        }
    }
}

#[test]
fn attention_has_the_same_bits_on_every_instruction_set() {
    for (time, width, heads) in [(64, 32, 2), (41, 15, 3)] {
        for causal in [false, true] {
            let attention = Attention { time, width, heads, causal };
            let single =
                |n: usize, name: &str| -> Vec<f32> { normal(n, name).iter().map(|&x| x as f32).collect() };
            let (qkv, dy) = (single(2 * time * 3 * width, "qkv"), single(2 * time * width, "dy"));
            let results: Vec<_> = instruction_sets()
                .into_iter()
                .map(|set| {
                    let mut workspace = Workspace::default();
                    workspace.instructions = set;
                    let [y, kept] = forward(&attention, &qkv, &mut workspace);
                    let dqkv = backward(&attention, &qkv, &kept, &dy, &mut workspace);
                    [y, dqkv].map(|numbers| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>())
                })
                .collect();
            assert!(results.iter().all(|result| *result == results[0]));
        }
    }
}

#[test]
fn nothing_attends_to_what_comes_later() {
    let attention = Attention { time: 40, width: 4, heads: 2, causal: true };
    let mut qkv = normal(40 * 12, "qkv");
    let [before, _] = forward(&attention, &qkv, &mut Workspace::default());
    qkv[39 * 12..].fill(5.0);
    let [after, _] = forward(&attention, &qkv, &mut Workspace::default());
    assert_eq!(before[..39 * 4], after[..39 * 4]);
    assert_ne!(before[39 * 4..], after[39 * 4..]);
}

#[test]
fn a_nan_is_never_swallowed() {
    for causal in [false, true] {
        let attention = Attention { time: 20, width: 2, heads: 1, causal };
        for place in 0..6 {
            let mut qkv: Vec<f32> = normal(20 * 6, "qkv").iter().map(|&x| x as f32).collect();
            qkv[3 * 6 + place] = f32::NAN;
            let [y, _] = forward(&attention, &qkv, &mut Workspace::default());
            assert!(y[3 * 2..4 * 2].iter().any(|y| y.is_nan()), "{place}");
        }
    }
}

#[test]
fn large_scores_do_not_overflow() {
    let attention = Attention { time: 3, width: 1, heads: 1, causal: false };
    let qkv = [300f32, 300.0, 1.0, 300.0, -300.0, 2.0, 300.0, 299.0, 3.0];
    let [y, kept] = forward(&attention, &qkv, &mut Workspace::default());
    assert_eq!((y, &kept[..3]), (vec![1.0; 3], &[1.0, 0.0, 0.0][..]));
}
