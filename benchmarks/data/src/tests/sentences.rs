//! Text whose entropy is known.

use super::load;
use crate::grammar::{Grammar, Rule, Sentences, VOCABULARY};
use crate::{DataError, Images, Selection, Source, Splits};
use proptest::prelude::*;
use streams::Stream;

fn rule(token: u8, then: &[usize], probability: f64) -> Rule {
    Rule { token, then: then.to_vec(), probability }
}

/// S → a B | b, B → c B | d.
fn small() -> Grammar {
    Grammar {
        symbols: vec![
            vec![rule(0, &[1], 0.5), rule(1, &[], 0.5)],
            vec![rule(2, &[1], 0.25), rule(3, &[], 0.75)],
        ],
    }
}

/// Brackets: S → ( S S | x.
fn brackets() -> Grammar {
    Grammar { symbols: vec![vec![rule(0, &[0, 0], 0.4), rule(1, &[], 0.6)]] }
}

fn splits(sentences: Sentences, at_most: Option<usize>) -> Result<Splits, DataError> {
    load(&Source::Grammar(sentences), &Selection::default(), at_most, "nowhere".as_ref())
}

/// B is expanded ½ + n_B/4 times, n_B = ⅔; 5/3 tokens a sentence; (ln 2 + ⅔·(¼·ln 4 + ¾·ln 4/3)) / (5/3). Of the brackets,
/// n = 1 + 0.8·n, and each choice has the same entropy.
#[test]
fn small_grammars_by_hand() {
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
    near(small().expected_length(), 5.0 / 3.0);
    near(small().entropy_rate(), 0.640_822_366_183_490_5);
    near(brackets().expected_length(), 5.0);
    near(brackets().entropy_rate(), 0.673_011_667_009_256_3);
    // a c d b: ½·¼·¾·½.
    near(small().log_probability(&[0, 2, 3, 1]), (3f64 / 64.0).ln());
    assert_eq!(small().log_probabilities(&[0, 1]), None);
    assert_eq!(small().log_probability(&[2]), f64::NEG_INFINITY);
    // ( x ( x x, then the next sentence.
    near(brackets().log_probability(&[0, 1, 0, 1, 1, 1]), 2.0 * 0.4f64.ln() + 4.0 * 0.6f64.ln());
    assert_eq!(brackets().log_probability(&[]), 0.0);
}

#[test]
fn the_floor_is_the_mean_over_labels() {
    let images = Images {
        pixels: vec![0, 2, 1, 0],
        labels: vec![2, 3, 0, 3],
        height: 2,
        width: 1,
        channels: 1,
        classes: 4,
        labels_per_image: 2,
        vocabulary: Some(4),
    };
    // (a) c d and (b) a d: ¼·¾ and ½·¾.
    let expected = -((0.25f64 * 0.75).ln() + (0.5f64 * 0.75).ln()) / 4.0;
    assert!((small().floor(&images) - expected).abs() < 1e-14);
    let wrong =
        |pixels: Vec<u8>, labels: Vec<u8>| small().floor(&Images { pixels, labels, ..images.clone() });
    assert_eq!(wrong(vec![0, 2, 1, 0], vec![2, 3, 0, 1]), f64::INFINITY);
    assert_eq!(
        wrong(vec![0, 3, 1, 0], vec![2, 3, 0, 3]),
        f64::INFINITY,
        "labels that are not the next tokens"
    );
}

/// Mean of a/b over pairs, and its standard error (the linearised ratio).
fn ratio(pairs: &[(f64, f64)]) -> (f64, f64) {
    let sum = |f: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>();
    let (a, b) = (sum(&|p| p.0), sum(&|p| p.1));
    let ratio = a / b;
    (ratio, sum(&|p| (p.0 - ratio * p.1).powi(2)).sqrt() / b)
}

#[test]
fn the_rate_is_what_many_sentences_have() {
    for seed in 0..4 {
        let grammar = Grammar::new(seed);
        let stream = Stream::new(seed, "test", "sentences", 0);
        let sentences = (0..20_000).map(|i| grammar.sentence(&mut stream.draws(i)));
        let pairs: Vec<(f64, f64)> =
            sentences.map(|s| (-grammar.log_probability(&s), s.len() as f64)).collect();
        let (rate, error) = ratio(&pairs);
        assert!((rate - grammar.entropy_rate()).abs() < 4.0 * error && error < 0.003, "{rate} ± {error}");
        let lengths: Vec<(f64, f64)> = pairs.iter().map(|p| (p.1, 1.0)).collect();
        let (length, error) = ratio(&lengths);
        assert!((length - grammar.expected_length()).abs() < 4.0 * error, "{length} ± {error}");
        assert!((6.0..40.0).contains(&grammar.expected_length()));
    }
}

/// Long sequences, since one begins with a sentence: on average over n tokens, the loss differs from the rate by a constant over n.
#[test]
fn the_floor_of_a_large_set_is_the_rate() {
    let sentences = Sentences { seed: 2, context: 1024, train: 1000, validation: 0, test: 1 };
    let train = splits(sentences, None).unwrap().train;
    let grammar = Grammar::new(2);
    let each: Vec<(f64, f64)> = (0..train.len())
        .map(|i| {
            let sequence = [&train.image(i)[..1], train.labels_of(i)].concat();
            (-grammar.log_probabilities(&sequence).unwrap()[1..].iter().sum::<f64>(), 1024.0)
        })
        .collect();
    let (mean, error) = ratio(&each);
    assert!((grammar.floor(&train) - mean).abs() < 1e-12);
    assert!((mean - grammar.entropy_rate()).abs() < 4.0 * error + 1.0 / 1024.0, "{mean} ± {error}");
    assert!(error < 0.002);
}

/// What the last one or two tokens tell is not enough: the entropy of the next token given them, counted, is well above the rate.
#[test]
fn the_text_needs_a_memory() {
    for seed in 0..4 {
        let sentences = Sentences { seed, context: 64, train: 10_000, validation: 0, test: 1 };
        let train = splits(sentences, None).unwrap().train;
        let floor = Grammar::new(seed).floor(&train);
        let given = |before: usize| {
            let mut counts = std::collections::BTreeMap::<&[u8], [f64; VOCABULARY]>::new();
            for i in 0..train.len() {
                for (context, &next) in train.image(i).windows(before).zip(&train.labels_of(i)[before - 1..])
                {
                    counts.entry(context).or_insert([0.0; VOCABULARY])[usize::from(next)] += 1.0;
                }
            }
            let n: f64 = counts.values().flatten().sum();
            let part = |row: &[f64; VOCABULARY]| {
                let sum: f64 = row.iter().sum();
                -row.iter().filter(|&&c| c > 0.0).map(|c| c / n * (c / sum).ln()).sum::<f64>()
            };
            counts.values().map(part).sum::<f64>()
        };
        let (one, two) = (given(1), given(2));
        assert!(
            floor + 0.2 < two && two < one && one < (VOCABULARY as f64).ln() - 0.3,
            "{floor} {two} {one}"
        );
    }
}

#[test]
fn the_text_is_the_same_on_every_machine() {
    let splits = splits(Sentences::default(), None).unwrap();
    assert_eq!(splits.digest, "80a4e0e9d2b7cb90");
    let expected = r#"{"name":"grammar","seed":0,"context":32,"train":4096,"validation":512,"test":512}"#;
    let source = serde_json::from_str::<Source>(r#"{"name":"grammar"}"#).unwrap();
    assert_eq!(serde_json::to_string(&source).unwrap(), expected);
    let info = crate::info("grammar").unwrap();
    let outline = source.outline("nowhere".as_ref()).unwrap();
    assert_eq!((info.train, info.test, info.classes), (outline.train, outline.test, outline.classes));
    assert_eq!((outline.shape, outline.labels_per_image, outline.vocabulary), ([32, 1, 1], 32, Some(24)));
    assert_eq!((splits.train.len(), splits.validation.unwrap().len(), splits.test.len()), (4096, 512, 512));
    assert_eq!(splits.class_names.concat(), "ABCDabcdefghijklmnopqrst");
    assert_eq!(Selection::default().images(&source), 5120);
}

#[test]
fn settings_out_of_range_are_named() {
    let message = |sentences| Source::Grammar(sentences).check().unwrap_err().to_string();
    let usual = Sentences::default;
    for (sentences, expected) in [
        (
            Sentences { context: 0, ..usual() },
            "data.context: 0 is not accepted; expected a whole number from 1 to 1024",
        ),
        (
            Sentences { train: 0, ..usual() },
            "data.train: 0 is not accepted; expected a whole number from 1 to 1000000",
        ),
        (
            Sentences { test: 0, ..usual() },
            "data.test: 0 is not accepted; expected a whole number from 1 to 1000000",
        ),
        (
            Sentences { context: 1024, validation: 131_073, ..usual() },
            "data.validation: 131073 is not accepted; expected a whole number from 0 to 131072",
        ),
    ] {
        assert_eq!(message(sentences), expected);
    }
    let selection = Selection { test_per_class: Some(3), ..Selection::default() };
    let message =
        load(&Source::Grammar(usual()), &selection, None, "nowhere".as_ref()).unwrap_err().to_string();
    assert!(
        message.contains("leave it out: `train`, `validation` and `test` under `data` say how many"),
        "{message}"
    );
    let unknown = r#"{"name":"grammar","contexts":3}"#;
    assert!(
        serde_json::from_str::<Source>(unknown).unwrap_err().to_string().contains("unknown field `contexts`")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_grammar_is_one_and_ends(seed: u64) {
        let grammar = Grammar::new(seed);
        let mut used = [false; VOCABULARY];
        for (number, rules) in grammar.symbols().iter().enumerate() {
            prop_assert!((rules.iter().map(|rule| rule.probability).sum::<f64>() - 1.0).abs() < 1e-14);
            prop_assert!(rules.iter().all(|rule| rule.probability > 0.005 && rule.then.len() <= 2));
            let mut tokens: Vec<u8> = rules.iter().map(|rule| rule.token).collect();
            tokens.iter().for_each(|&token| used[usize::from(token)] = true);
            prop_assert!(tokens.iter().all(|&token| (token < 4) == (number == 0)));
            tokens.sort_unstable();
            tokens.dedup();
            prop_assert_eq!(tokens.len(), 4);
            let calls: f64 = rules.iter().map(|rule| rule.probability * rule.then.len() as f64).sum();
            prop_assert!(number == 0 || (0.8 - 1e-12..0.95 + 1e-12).contains(&calls), "{}", calls);
            prop_assert!(rules.iter().flat_map(|rule| &rule.then).all(|&to| to > 0));
        }
        prop_assert!(used.iter().all(|&used| used));
        // One to two symbols follow the first token, and each has 1/(1 − 0.8) to 1/(1 − 0.95) tokens.
        prop_assert!((6.0..41.0).contains(&grammar.expected_length()), "{}", grammar.expected_length());
        prop_assert!((0.6..1.39).contains(&grammar.entropy_rate()), "{}", grammar.entropy_rate());
    }

    #[test]
    fn what_is_written_can_be_read(seed: u64, context in 1usize..80) {
        let sentences = Sentences { seed, context, train: 3, validation: 2, test: 1 };
        let splits = splits(sentences.clone(), None).unwrap();
        let floor = Grammar::new(seed).floor(&splits.train);
        prop_assert!(floor.is_finite() && floor > 0.0);
        // More examples, or a longer context, and these are the same.
        let more = super::sentences::splits(Sentences { train: 5, context: context + 7, ..sentences }, None).unwrap();
        for i in 0..3 {
            prop_assert_eq!(splits.train.image(i), &more.train.image(i)[..context]);
        }
    }
}
