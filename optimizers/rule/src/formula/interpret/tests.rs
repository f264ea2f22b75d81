//! Operations on blocks against the trace, element by element.

use super::block::Block;
use super::code::Code;
use crate::expression::{Input, Node, Traced};
use crate::sweep::{MAX_SCALARS, Scalars};
use std::collections::BTreeSet;
use streams::{Draws, Stream};

const STATES: usize = 3;
const LEN: usize = 7;

fn pick(draws: &mut Draws, below: usize) -> usize {
    (draws.between(0.0, below as f64) as usize).min(below - 1)
}

/// A trace of so many operations on all inputs; the results are any nodes, now and then one twice or an input.
fn any(draws: &mut Draws, operations: usize) -> Traced {
    let inputs = [Input::Theta, Input::Gradient, Input::Scalar(0), Input::Scalar(1), Input::Zero];
    let mut nodes: Vec<Node> =
        inputs.into_iter().chain((0..STATES).map(Input::State)).map(Node::Input).collect();
    for _ in 0..operations {
        let (a, b) = (pick(draws, nodes.len()), pick(draws, nodes.len()));
        nodes.push(match pick(draws, 12) {
            0 | 1 => Node::Add(a, b),
            2 => Node::Sub(a, b),
            // Squares, and products with scalars.
            3 => Node::Mul(a, a),
            4 | 5 => Node::Mul(2 + pick(draws, 2), b),
            6 => Node::Mul(a, b),
            7 => Node::Div(a, b),
            8 => Node::Sqrt(a),
            9 => Node::Maximum(a, b),
            10 => Node::Sign(a),
            _ => Node::Neg(a),
        });
    }
    let len = nodes.len();
    // Mostly late nodes, so that much is needed.
    let result = |draws: &mut Draws| {
        if pick(draws, 4) == 0 { pick(draws, len) } else { len - 1 - pick(draws, len / 2) }
    };
    let states = (0..STATES).map(|_| result(draws)).collect();
    Traced { theta: Some(result(draws)), states, terms: vec![result(draws)], nodes, ..Traced::default() }
}

/// Bits, any number that is none being like another.
fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|x| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }).collect()
}

#[test]
fn blocks_compute_what_the_trace_says() {
    let mut in_place = BTreeSet::new();
    for case in 0..3000 {
        let mut draws = Stream::new(0, "interpret", "traces", case).draws(0);
        let operations = 1 + pick(&mut draws, 14);
        let traced = any(&mut draws, operations);
        let mut numbers = || -> Vec<f64> { (0..LEN).map(|_| draws.between(-2.0, 2.0)).collect() };
        let (mut theta, g, mut states) = (numbers(), numbers(), [numbers(), numbers(), numbers()]);
        let mut scalars: Scalars<f64> = [0.0; MAX_SCALARS];
        (scalars[0], scalars[1]) = (0.75, -1.5);

        let mut values: Vec<Vec<f64>> = Vec::new();
        for node in &traced.nodes {
            let value = match *node {
                Node::Input(Input::Theta) => theta.clone(),
                Node::Input(Input::Gradient) => g.clone(),
                Node::Input(Input::State(i)) => states[i].clone(),
                Node::Input(Input::Scalar(i)) => vec![scalars[i]; LEN],
                Node::Input(Input::Zero) => vec![0.0; LEN],
                other => (0..LEN).map(|e| other.apply(|of| values[of][e])).collect(),
            };
            values.push(value);
        }

        let code = Code::new(&traced);
        let mut registers = vec![vec![0.0; LEN]; code.registers];
        let places = states.iter_mut().map(Vec::as_mut_slice).collect();
        let mut block = Block { theta: &mut theta, g: &g, states: places, scalars: &scalars };
        block.run(&code, &mut registers);
        assert_eq!(bits(&theta), bits(&values[traced.theta.unwrap()]), "theta of {traced:?}\n{code:?}");
        for (i, state) in states.iter().enumerate() {
            assert_eq!(bits(state), bits(&values[traced.states[i]]), "state {i} of {traced:?}\n{code:?}");
        }
        in_place.insert(code.moves.len());
    }
    // All in place, none, and everything between.
    assert_eq!(in_place, (0..=STATES + 1).collect());
}
