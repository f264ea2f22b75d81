//! Texts that reach pages as they are: configurations, templates and what the theory says of its pictures.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// Whether an index or a power stands in a text as it would be typed: `γ_k`, `w_0`, `θ1`, `k^(−1/4)`. Pages have γ(k), w₀, θ₁ and
/// words for powers, or formulas.
fn is_raw(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    let is_greek = |c: char| ('α'..='ω').contains(&c) || ('Α'..='Ω').contains(&c);
    let is_letter = |at: usize| {
        let alone = at == 0 || !(characters[at - 1].is_alphanumeric() || characters[at - 1] == '_');
        is_greek(characters[at]) || characters[at].is_ascii_alphabetic() && alone
    };
    let is_index = |c: char| c.is_ascii_digit() || c == 'k' || c == '{';
    (0..characters.len()).any(|at| {
        let after = |further: usize| characters.get(at + further).copied().unwrap_or(' ');
        let ends = |further: usize| !after(further).is_alphanumeric();
        characters[at] == '^'
            || is_letter(at) && after(1) == '_' && is_index(after(2)) && (after(2) == '{' || ends(3))
            || is_greek(characters[at]) && after(1).is_ascii_digit()
    })
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|is| is == extension) {
            found.push(path);
        }
    }
}

#[test]
fn texts_have_no_raw_indices_and_powers() {
    for raw in ["decays as k^(−1/4)", "INNA with γ_k = 1", "w_0 = 0", "β_2 close", "the line θ1 = 0"] {
        assert!(is_raw(raw), "{raw}");
    }
    for fine in
        ["γ(k) = γ₀/√(k + 1)", "initial_velocity 1", "mnist_k2", "α 0.5", "data_batch_1.bin", "e4 − 1"]
    {
        assert!(!is_raw(fine), "{fine}");
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut all = Vec::new();
    for (folder, extension) in
        [("configs", "yaml"), ("reports/templates", "html"), ("benchmarks/theory/src", "rs")]
    {
        let before = all.len();
        files(&root.join(folder), extension, &mut all);
        assert!(all.len() > before + 5, "{folder}");
    }
    for file in all {
        let text = fs::read_to_string(&file).unwrap();
        let is_comment = |line: &&str| ["#", "//"].iter().any(|mark| line.trim_start().starts_with(mark));
        let raw: Vec<&str> = text.lines().filter(|line| !is_comment(line) && is_raw(line)).collect();
        assert!(raw.is_empty(), "{}: {raw:?}", file.display());
    }
}
