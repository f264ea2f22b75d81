//! Expectations over all sentences, exactly: solutions of linear systems.

use super::Grammar;

/// How often each symbol is expanded in a sentence, on average: n = e₀ + Mᵀ·n, where M_AB is how many B an expansion of A is
/// expected to call for.
pub(super) fn expansions(grammar: &Grammar) -> Vec<f64> {
    let size = grammar.symbols.len();
    let mut system = vec![vec![0.0; size]; size];
    for (from, rules) in grammar.symbols.iter().enumerate() {
        system[from][from] += 1.0;
        for rule in rules {
            rule.then.iter().for_each(|&to| system[to][from] -= rule.probability);
        }
    }
    let mut right = vec![0.0; size];
    right[0] = 1.0;
    solve(system, right)
}

/// Nats per token of endless text.
pub(super) fn rate(grammar: &Grammar) -> f64 {
    let entropy = |rules: &Vec<super::Rule>| {
        -rules.iter().map(|rule| rule.probability * libm::log(rule.probability)).sum::<f64>()
    };
    let expansions = expansions(grammar);
    let nats: f64 = expansions.iter().zip(&grammar.symbols).map(|(n, rules)| n * entropy(rules)).sum();
    nats / expansions.iter().sum::<f64>()
}

/// Gauss's elimination. Without a search for pivots: in 1 − Mᵀ, with Σ_B M_AB < 1 for every symbol but the sentence, which no rule calls
/// for, the diagonal dominates each column.
fn solve(mut system: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for pivot in 0..size {
        let (above, below) = system.split_at_mut(pivot + 1);
        let row = &above[pivot];
        for (offset, other) in below.iter_mut().enumerate() {
            let factor = other[pivot] / row[pivot];
            other.iter_mut().zip(row).for_each(|(x, y)| *x -= factor * y);
            right[pivot + 1 + offset] -= factor * right[pivot];
        }
    }
    for pivot in (0..size).rev() {
        let known: f64 = (pivot + 1..size).map(|column| system[pivot][column] * right[column]).sum();
        right[pivot] = (right[pivot] - known) / system[pivot][pivot];
    }
    right
}
