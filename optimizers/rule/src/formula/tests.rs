//! Formulas beside compiled rules, and what is said about those that are none.

use super::*;
use crate::conformance;
use crate::{Layout, Method};
use serde_json::json;
use std::sync::Arc;

fn source(yaml: serde_json::Value) -> FormulaSource {
    serde_json::from_value(yaml).unwrap()
}

fn formula(yaml: serde_json::Value) -> Result<Formula, FormulaError> {
    Formula::new("trial", "Trial", "none", &source(yaml))
}

fn method(yaml: serde_json::Value, hyper: serde_json::Value) -> FormulaMethod {
    FormulaMethod::parse(Arc::new(formula(yaml).unwrap()), &hyper).unwrap()
}

fn rate() -> serde_json::Value {
    json!({"default": 0.5, "range": "> 0", "meaning": "step size"})
}

fn heavy_ball() -> serde_json::Value {
    json!({
        "parameters": {
            "learning_rate": rate(),
            "mu": {"default": 0.5, "range": "[0, 1)", "meaning": "momentum"},
        },
        "states": ["m"],
        "step": ["m' = mu*m + g", "theta' = theta - gamma*m'"],
    })
}

#[test]
fn two_steps_by_hand() {
    let path = conformance::path(&method(heavy_ball(), json!({"learning_rate": 0.25})), &[1.0, 2.0]);
    // m = 1, then ½ + 2.
    assert_eq!(path, [0.75, 0.75 - 0.25 * 2.5]);
    for check in conformance::run(&method(heavy_ball(), json!({"learning_rate": 0.1}))) {
        assert!(check.passed, "{check:?}");
    }
}

/// Sums go over a tensor, or over all parameters: the gradient over its norm.
#[test]
fn sums_by_hand() {
    let normalised = |sums: &str| json!({"parameters": {"learning_rate": rate()}, "sums": sums, "step": ["theta' = theta - gamma*g/norm(g)"]});
    let layout = Layout::new([("w", vec![2]), ("v", vec![2])]);
    let after = |sums: &str| {
        let mut theta = [0.0; 4];
        method(normalised(sums), json!({}))
            .optimizer_f64(&layout, 1)
            .step(&mut theta, &[3.0, 4.0, 5.0, 12.0]);
        theta
    };
    assert_eq!(after("tensor"), [-0.5 * 3.0 / 5.0, -0.5 * 4.0 / 5.0, -0.5 * 5.0 / 13.0, -0.5 * 12.0 / 13.0]);
    let norm = 194.0_f64.sqrt();
    assert_eq!(after("all"), [3.0, 4.0, 5.0, 12.0].map(|g| -0.5 * g / norm));
    // A question for each element, and the mean of the answers.
    let share = json!({
        "parameters": {"learning_rate": rate()},
        "step": ["share = mean(g > 0)", "theta' = theta - gamma*share*(g > 0)*g"],
    });
    let mut theta = [0.0; 4];
    method(share, json!({})).optimizer_f64(&layout, 1).step(&mut theta, &[2.0, -4.0, 1.0, 1.0]);
    assert_eq!(theta, [-0.5 * 0.5 * 2.0, 0.0, -0.5, -0.5]);
}

#[test]
fn a_formula_has_a_kernel_and_a_page() {
    let method = method(heavy_ball(), json!({}));
    let source = method.cuda_source().unwrap();
    assert!(source.contains("trial_step(") && source.contains("__fmul_rn("), "{source}");
    assert!(method.mathml().contains("<mi>μ</mi>"), "{}", method.mathml());
    let hyper = method.hyper();
    assert_eq!(hyper["formula"], "m' = mu*m + g; theta' = theta - gamma*m'");
    assert_eq!(
        FormulaMethod::parse(Arc::new(formula(heavy_ball()).unwrap()), &hyper).unwrap().hyper(),
        hyper
    );
    assert_eq!(FormulaMethod::defaults(&formula(heavy_ball()).unwrap()), hyper);
}

/// States may be called what a kernel calls something else.
#[test]
fn names_of_states_do_not_clash_with_the_kernel() {
    let yaml = json!({
        "parameters": {"learning_rate": rate()},
        "states": ["e", "t1", "float"],
        "step": ["e' = e + g", "t1' = t1 + e'", "float' = float + t1'", "theta' = theta - gamma*float'"],
    });
    let source = method(yaml, json!({})).cuda_source().unwrap();
    for name in ["state_e", "state_t1", "state_float"] {
        assert!(source.contains(&format!("float *__restrict__ {name},")), "{source}");
    }
}

/// What is infinite for some gradients only is no mistake of the formula's.
#[test]
fn a_number_that_may_be_finite_is_accepted() {
    let yaml = json!({
        "parameters": {"learning_rate": rate()},
        "step": ["theta' = theta - gamma/(1 - mean(g > 0))*g"],
    });
    assert!(formula(yaml).is_ok());
}

/// Every mistake has its place and what would be accepted.
#[test]
fn what_is_no_rule_is_refused() {
    let step = |lines: serde_json::Value| {
        let mut yaml = heavy_ball();
        yaml["step"] = lines;
        formula(yaml).unwrap_err()
    };
    for (lines, column, words) in [
        (json!(["m' = mu*m + g", "theta' = theta - gamma*g/m"]), 24, "the divisor is 0 at the first step"),
        (json!(["theta' = theta - gamma*m'", "m' = mu*m + g"]), 23, "`m'` is read before it is assigned"),
        (json!(["m' = my*m + g", "theta' = theta - gamma*m'"]), 5, "there is no `my` (did you mean `m`?)"),
        (json!(["m' = mu*m", "theta' = theta - gamma*m'"]), 0, "does not depend on the gradient"),
        (json!(["m' = mu*m + g"]), 0, "nothing is assigned to `theta'`"),
        (json!(["m = mu*m + g", "theta' = theta - gamma*g"]), 0, "`m` is a state; its new value is `m'`"),
        (json!(["v' = mu*m + g"]), 0, "there is no state `v`"),
        (json!(["m' = mu*m + root(g)"]), 12, "there is no function `root`"),
        (json!(["m' = mu*m + max(g)"]), 12, "`max` takes 2 expressions, not 1"),
        (json!(["m' = mu*m + g^0.5"]), 14, "for a root say sqrt"),
        (json!(["m' = mu*m + learning_rate*g"]), 12, "the scheduled learning rate is `gamma`"),
        (json!(["m' = g", "theta' = theta - gamma*m'"]), 0, "states: theta' does not depend on `m`"),
        (json!(["m' = m + g", "theta' = theta - gamma*m'"]), 0, "parameters.mu: no assignment uses `mu`"),
        (json!(["m' = mu*m + g", "m' = g"]), 0, "`m'` is assigned twice"),
        (
            json!(["m' = mu*sum(g*norm(g))", "theta' = theta - gamma*m'"]),
            0,
            "a sum goes over what another sum",
        ),
        (json!(["m' = mu*m + g", "theta' = theta - gamma*g"]), 0, "states: theta' does not depend on `m`"),
        (
            json!(["s = sum(g)", "m' = mu*m", "theta' = theta - gamma*m'"]),
            0,
            "does not depend on the gradient",
        ),
        (json!(["m' = mu*m + gamma/k*g", "theta' = theta - m'"]), 0, "γ_k/k is inf at the first step"),
        (json!(["m' = mu*m + log(g)"]), 12, "`log` is for what is the same for every element"),
    ] {
        let error = step(lines.clone());
        assert!(error.message.contains(words), "{lines}: {error:?}");
        assert_eq!(error.column, column, "{lines}: {error:?}");
    }
    let mut yaml = heavy_ball();
    yaml["parameters"]["mu"]["range"] = json!("between 0 and 1");
    assert!(formula(yaml).unwrap_err().message.contains("parameters.mu: range:"));
    let mut yaml = heavy_ball();
    yaml["parameters"]["mu"]["default"] = json!(1.0);
    assert!(formula(yaml).unwrap_err().message.contains("parameters.mu.default"));
    let mut yaml = heavy_ball();
    yaml["states"] = json!(["theta"]);
    assert!(formula(yaml).unwrap_err().message.contains("`theta` is taken"));
    let mut yaml = heavy_ball();
    yaml["sums"] = json!("all");
    assert!(formula(yaml).unwrap_err().message.contains("`sums` has no effect"));
    let doubled: Vec<String> = (1..40)
        .map(|i| format!("a{i} = {0}*{0}", if i == 1 { "mu".into() } else { format!("a{}", i - 1) }))
        .collect();
    assert!(step(json!(doubled)).message.contains("parts; at most 500"));
    assert!(step(json!([format!("m' = {}g", "-".repeat(5000))])).message.contains("at most 1000"));
    let shown = step(json!(["m' = my*m + g"])).to_string();
    assert!(shown.ends_with("\n  m' = my*m + g\n       ^"), "{shown}");
}

/// Each of the kit's checks fails for a rule that does not have what it is about, and no other of these does.
#[test]
fn the_kit_tells_bad_rules_apart() {
    const ABOUT: [&str; 8] = [
        "an infinite gradient shows, or does no harm",
        "its own learning rate lowers a convex quadratic",
        "it goes down an ill-conditioned valley",
        "it goes down where there is no derivative",
        "it leaves a saddle",
        "permuting rows permutes the result",
        "moving the start moves the result",
        "the scale of the gradients does not matter",
    ];
    let failed =
        |states: serde_json::Value, step: serde_json::Value, invariances: serde_json::Value| -> Vec<&str> {
            let mut source = json!({
                "parameters": {"learning_rate": {"default": 0.1, "range": "> 0", "meaning": "step size"}},
                "states": states,
                "step": step,
            });
            if !invariances.is_null() {
                source["invariances"] = invariances;
            }
            let checks = conformance::run(&method(source, json!({})));
            let failed: Vec<&str> =
                checks.iter().filter(|check| !check.passed).map(|check| check.name).collect();
            ABOUT.into_iter().filter(|name| failed.contains(name)).collect()
        };
    let descent = || json!(["theta' = theta - gamma*g"]);
    assert_eq!(failed(json!([]), descent(), json!(null)), [""; 0]);
    assert_eq!(failed(json!([]), descent(), json!(["permutation", "translation"])), [""; 0]);
    assert_eq!(failed(json!([]), descent(), json!(["scale"])), [ABOUT[7]]);
    let ascent = json!(["theta' = theta + gamma*g"]);
    assert_eq!(failed(json!([]), ascent, json!(null)), ABOUT[1..5]);
    // It hardly moves, whatever the rate.
    let stuck = json!(["theta' = theta - gamma/(gamma + 1e9)*g"]);
    assert_eq!(failed(json!([]), stuck, json!(null)), ABOUT[2..5]);
    let shrinking = json!(["theta' = theta - gamma*(g + 0.01*theta)"]);
    assert_eq!(failed(json!([]), shrinking, json!(["translation"])), [ABOUT[6]]);
    // What is infinite is kept, and shows a step later.
    let late = json!(["theta' = theta - gamma*(max(min(g, 1), -1) + 0*m)", "m' = g"]);
    assert_eq!(failed(json!(["m"]), late, json!(null)), [ABOUT[0]]);
}
