//! The machinery on a rule made for the purpose: every operation, three states, a start that is not zero.

use crate::conformance::Reduction;
use crate::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Toy {
    learning_rate: f64,
    schedule: Schedule,
    mode: String,
}

impl Default for Toy {
    fn default() -> Self {
        Self { learning_rate: 0.5, schedule: Schedule::default(), mode: "plain".into() }
    }
}

impl Rule for Toy {
    fn states(&self) -> &'static [&'static str] {
        &["a", "b", "c_hat"]
    }
    fn scalars(&self) -> &'static [Scalar] {
        &[
            Scalar { name: "gamma", symbol: "γ_k", definition: "γ_0" },
            Scalar { name: "half", symbol: "1 − 1/2", definition: "" },
        ]
    }
    fn scalars_at(&self, _: u64, gamma: f64) -> Vec<f64> {
        vec![gamma, 0.5]
    }
    fn start<N: Number>(&self, theta: N, g: N, _: &[N], states: &mut [N]) {
        states[0] = theta;
        states[2] = g;
    }
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], states: &mut [N]) -> N {
        let mean = scalars[1] * (states[0] + g);
        states[0] = mean;
        states[1] = states[1] + mean * mean;
        states[2] = states[2].maximum(-g);
        theta - scalars[0] * (states[0] / (states[1].sqrt() + states[2]))
    }
}

impl Settings for Toy {
    const NAME: &'static str = "toy";
    const TITLE: &'static str = "Toy";
    const REFERENCE: &'static str = "none";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::new("learning_rate", Range::Above(0.0), "step size"),
        Parameter::new("schedule", Range::Schedule, "its schedule"),
        Parameter::new("mode", Range::OneOf(&["plain", "fancy"]), "a word"),
    ];
    // Its steps look at θ.
    const INVARIANCES: &'static [Invariance] = &[Invariance::Permutation];
    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }
}

const FAMILY: Family = Family::of::<Toy>();

fn toy() -> Box<dyn Method> {
    FAMILY.parse(&json!({})).unwrap()
}

#[test]
fn two_steps_by_hand() {
    let mut optimizer = toy().optimizer_f64(&Layout::flat(1), 2);
    let mut theta = [3.0];
    // a = (3 + 1)/2 = 2, b = 4, ĉ = max(1, −1) = 1; θ = 3 − 0.5 · 2/(2 + 1).
    optimizer.step(&mut theta, &[1.0]);
    assert!((theta[0] - (3.0 - 1.0 / 3.0)).abs() < 1e-15);
    // a = (2 − 2)/2 = 0, b = 4, ĉ = max(1, 2) = 2.
    optimizer.step(&mut theta, &[-2.0]);
    let state = optimizer.export();
    assert_eq!((state.states["a"][0], state.states["b"][0], state.states["c_hat"][0]), (0.0, 4.0, 2.0));
    assert!((theta[0] - (3.0 - 1.0 / 3.0)).abs() < 1e-15);
    assert_eq!((state.steps_taken, optimizer.learning_rate()), (2, Some(0.5)));
}

#[test]
fn hyper_parameters_are_checked_with_advice() {
    let refuse = |value| FAMILY.parse(&value).unwrap_err().to_string();
    assert_eq!(
        refuse(json!({"learning_rte": 1})),
        "unknown key `learning_rte` (did you mean `learning_rate`?); accepted: learning_rate, schedule, mode, clip_norm, \
         decayed, average"
    );
    let message = refuse(json!({"learning_rate": "fast"}));
    assert!(message.starts_with("key `learning_rate`: \"fast\" is not a number > 0"), "{message}");
    assert_eq!(
        refuse(json!({"learning_rate": 0})),
        "key `learning_rate`: 0.0 is out of range; accepted: a number > 0"
    );
    assert_eq!(
        refuse(json!({"mode": "loud"})),
        "key `mode`: \"loud\" is out of range; accepted: one of plain, fancy"
    );
    let message = refuse(json!({"schedule": {"kind": "cosine", "flor": 0.1}}));
    assert!(message.contains("key `schedule`") && message.contains("unknown field `flor`"), "{message}");
    assert_eq!(
        refuse(json!({"schedule": {"kind": "cosine", "floor": 2}})),
        "key `schedule.floor`: 2 is out of range; accepted: a number in [0, 1) (1 has no effect: say kind: constant)"
    );
    assert!(refuse(json!([1])).contains("must be a map"));
    for schedule in [json!(["cosine", 0.1]), json!({"kind": "warmup", "steps": 3, "then": ["constant"]})] {
        let message = refuse(json!({"schedule": schedule}));
        assert!(message.contains("key `schedule") && message.contains("it is a list"), "{message}");
    }
}

#[test]
fn defaults_are_filled_in() {
    let method = FAMILY.parse(&json!({"learning_rate": 1})).unwrap();
    let expected = json!({"learning_rate": 1.0, "schedule": {"kind": "constant"}, "mode": "plain"});
    assert_eq!(method.hyper(), expected);
    assert_eq!(FAMILY.defaults()["learning_rate"], json!(0.5));
}

#[test]
fn a_foreign_state_is_refused_by_name_and_by_length() {
    let mut optimizer = toy().optimizer_f32(&Layout::flat(2), 1);
    let mut state = optimizer.export();
    state.states.insert("b".into(), vec![0.0; 3]);
    let message = optimizer.import(state.clone()).unwrap_err().to_string();
    assert_eq!(message, "optimizer state `b` has 3 elements, expected 2: it is that of another model");
    state.states.remove("b");
    let message = optimizer.import(state).unwrap_err().to_string();
    assert!(message.starts_with("optimizer state holds [a, c_hat], expected [a, b, c_hat]"), "{message}");
}

#[test]
fn the_kernel_is_the_trace() {
    let source = toy().cuda_source().unwrap();
    let step = source.split("toy_step(").nth(1).unwrap();
    for line in [
        "const float gamma = scalars[(size_t)r * 2 + 0];",
        "LOAD4_(theta_4_, theta + base + 4 * e)",
        "const float t0 = theta_4_[i];",
        "const float t7 = __fadd_rn(t4, t1);",
        "const float t8 = __fmul_rn(half, t7);",
        "a_4_[i] = t8;",
        "STORE4_(a + base + 4 * e, a_4_)",
    ] {
        assert!(step.contains(line), "`{line}` is not in\n{source}");
    }
    // The first kernel neither reads states nor multiplies by what start() replaced.
    let first = source.split("toy_step(").next().unwrap();
    assert!(
        !first.contains("= a_4_[i]") && !first.contains("LOAD4_(a_4_") && first.contains("__fadd_rn(0.0f,"),
        "{source}"
    );
}

#[test]
fn formulas_have_parentheses_where_they_need_them() {
    let text = toy().mathml();
    let half = "<mrow><mo>(</mo><mn>1</mn><mo>−</mo><mn>1</mn><mo>/</mo><mn>2</mn><mo>)</mo></mrow>";
    let sum = "<mrow><mo>(</mo><msub><mi>a</mi><mrow><mi>k</mi></mrow></msub><mo>+</mo><msub><mi>g</mi><mrow>\
               <mi>k</mi></mrow></msub><mo>)</mo></mrow>";
    assert!(text.contains(&format!("{half}<mo>&#x2062;</mo>{sum}")), "{text}");
    assert!(text.contains("<mover accent=\"true\"><mi>c</mi><mo>^</mo></mover>"), "{text}");
}

#[test]
fn the_kit_passes_a_sound_optimizer_and_fails_a_diverging_one() {
    let descent = FAMILY.parse(&json!({"learning_rate": 0.01})).unwrap();
    for check in conformance::run(&*descent) {
        assert!(check.passed, "{check:?}");
    }
    let wild = FAMILY.parse(&json!({"learning_rate": 1e30})).unwrap();
    let failed = conformance::run(&*wild).into_iter().filter(|check| !check.passed);
    assert!(failed.count() >= 1);
}

/// A claim that is not true fails, and so does one about what there is not.
#[test]
fn a_false_reduction_fails() {
    let claim = |is, rate: fn() -> serde_json::Value| Reduction {
        claim: "it is itself",
        with: || json!({"learning_rate": 0.1}),
        is,
        of: rate,
        limit: 1e-12,
    };
    let itself = |name: &str, hyper: &serde_json::Value| match name {
        "toy" => FAMILY.parse(hyper),
        other => Err(Family::not_found(other)),
    };
    let passed = |claims: &'static [Reduction]| {
        let family = Family { reductions: claims, ..FAMILY };
        conformance::reductions(&family, &itself).into_iter().map(|check| check.passed).collect::<Vec<_>>()
    };
    let claims = [
        claim("toy", || json!({"learning_rate": 0.1})),
        claim("toy", || json!({"learning_rate": 0.11})),
        claim("nothing", || json!({})),
    ];
    assert_eq!(passed(Box::leak(Box::new(claims))), [true, false, false]);
}

/// Plain descent with decay, for what practice adds to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Descent {
    learning_rate: f64,
    schedule: Schedule,
    weight_decay: f64,
}

impl Default for Descent {
    fn default() -> Self {
        Self { learning_rate: 0.5, schedule: Schedule::default(), weight_decay: 0.0 }
    }
}

impl Rule for Descent {
    fn states(&self) -> &'static [&'static str] {
        &[]
    }
    fn scalars(&self) -> &'static [Scalar] {
        &[
            Scalar { name: "gamma", symbol: "γ_k", definition: "" },
            Scalar { name: "shrink", symbol: "1 − γ_k λ", definition: "" },
        ]
    }
    fn scalars_at(&self, _: u64, gamma: f64) -> Vec<f64> {
        vec![gamma, 1.0 - gamma * self.weight_decay]
    }
    fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], _: &mut [N]) -> N {
        scalars[1] * theta - scalars[0] * g
    }
}

impl Settings for Descent {
    const NAME: &'static str = "descent";
    const TITLE: &'static str = "Descent";
    const REFERENCE: &'static str = "none";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::new("learning_rate", Range::Above(0.0), "step size"),
        Parameter::new("schedule", Range::Schedule, "its schedule"),
        Parameter::new("weight_decay", Range::AtLeast(0.0), "decay"),
    ];
    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }
}

fn descent(hyper: serde_json::Value) -> Box<dyn Method> {
    Family::of::<Descent>().parse(&hyper).unwrap()
}

/// The gradient (30, 40) of norm 50 is brought to (3, 4), less the 10⁻⁶ that PyTorch adds to the norm; (0.3, 0.4) is left.
#[test]
fn clipping_brings_the_gradient_to_a_norm() {
    let method = descent(json!({"clip_norm": 5}));
    assert_eq!(method.hyper()["clip_norm"], 5.0);
    let mut optimizer = method.optimizer_f64(&Layout::new([("w", vec![1]), ("b", vec![1])]), 2);
    let mut theta = [0.0, 0.0];
    optimizer.step(&mut theta, &[30.0, 40.0]);
    let factor = 5.0 / (50.0 + 1e-6);
    assert_eq!(theta, [-0.5 * (factor * 30.0), -0.5 * (factor * 40.0)]);
    let before = theta;
    optimizer.step(&mut theta, &[0.3, 0.4]);
    assert_eq!(theta, [before[0] - 0.15, before[1] - 0.2]);
    optimizer.step(&mut theta, &[f64::NAN, 0.0]);
    assert!(theta[0].is_nan());
}

/// Decay of matrices alone: a vector that decays nowhere else keeps its values without a gradient.
#[test]
fn biases_and_gains_need_not_decay() {
    let layout = Layout::new([("w", vec![2, 1]), ("b", vec![1]), ("conv", vec![1, 1, 1, 1])]);
    let after = |hyper| {
        let mut theta = [1.0; 4];
        descent(hyper).optimizer_f64(&layout, 1).step(&mut theta, &[0.0; 4]);
        theta
    };
    assert_eq!(after(json!({"weight_decay": 0.5})), [0.75; 4]);
    assert_eq!(after(json!({"weight_decay": 0.5, "decayed": "matrices"})), [0.75, 0.75, 1.0, 0.75]);
    let family = Family::of::<Descent>();
    let message = family.parse(&json!({"decayed": "matrices"})).unwrap_err().to_string();
    assert!(message.contains("key `decayed`") && message.contains("weight_decay > 0"), "{message}");
    assert_eq!(after(json!({"weight_decay": 0.5, "decayed": "matrices", "clip_norm": 1}))[2], 1.0);
    let message = family.parse(&json!({"clip_norm": 0})).unwrap_err().to_string();
    assert!(message.contains("key `clip_norm`: 0 is out of range"), "{message}");
    let message = family.parse(&json!({"average": "0.9 or so"})).unwrap_err().to_string();
    assert!(message.contains("key `average`"), "{message}");
}

/// θ goes 1, ½, 0, −½: the average begins with the first step and takes a quarter of every later one.
#[test]
fn an_average_is_evaluated() {
    let method = descent(json!({"average": 0.75}));
    assert!(method.evaluates_elsewhere() && !descent(json!({})).evaluates_elsewhere());
    let mut optimizer = method.optimizer_f64(&Layout::flat(1), 3);
    let mut theta = [1.0];
    assert_eq!(optimizer.evaluation_point(&theta), None);
    for average in [0.5, 0.375, 0.15625] {
        optimizer.step(&mut theta, &[1.0]);
        assert_eq!(optimizer.evaluation_point(&theta), Some(vec![average]));
    }
    assert_eq!(theta, [-0.5]);
    for check in conformance::run(&*descent(json!({"average": 0.75, "clip_norm": 1, "learning_rate": 0.1}))) {
        assert!(check.passed, "{check:?}");
    }
}

/// What practice adds has no kernel, and is said in the formula.
#[test]
fn practice_is_said_in_the_formula() {
    let method = descent(json!({"average": 0.75, "clip_norm": 1}));
    assert_eq!(method.cuda_source(), None);
    let text = method.mathml();
    assert!(text.contains("<mi>min</mi>") && text.contains("<mi>E</mi>"), "{text}");
    assert!(descent(json!({})).cuda_source().is_some());
}
