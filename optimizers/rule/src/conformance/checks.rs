//! Checks that hold for every optimizer.

use super::probe::{curvatures, descend, loss, normal, same_bits, small_layout, wander, wide_layout};
use super::trace::relative_error;
use super::{invariances, landscapes};
use crate::{Layout, Method, Optimizer, step_population};

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What must hold, in a few words.
    pub name: &'static str,
    /// Whether it does.
    pub passed: bool,
    /// What was measured.
    pub detail: String,
}

pub(super) type Outcome = (bool, String);
pub(super) type Named = (&'static str, fn(&dyn Method) -> Outcome);

/// All checks of an optimizer by itself; [`reductions`](super::reductions) are those beside others. They take about a second.
pub fn run(method: &dyn Method) -> Vec<Check> {
    let mut checks: Vec<Named> = vec![
        ("a zero gradient leaves the parameters finite", zero_gradient),
        ("a NaN in the gradient shows in the parameters", nan_surfaces),
        ("an infinite gradient shows, or does no harm", infinite),
        ("tensors without elements and single numbers are accepted", empty),
        ("two runs agree bit for bit", repeatable),
        ("an exported state continues bit for bit", export_import),
        ("a state of another model is refused", foreign_state),
        ("1 and 2 threads agree bit for bit", threads),
        ("a population agrees with single runs bit for bit", population),
        ("single precision follows double precision", precision),
        ("its own learning rate lowers a convex quadratic", convergence),
        ("state_bytes is what is allocated", state_bytes),
    ];
    checks.extend(landscapes::CHECKS);
    checks.extend(method.invariances().into_iter().map(invariances::check));
    let outcome = |(name, check): Named| {
        let (passed, detail) = check(method);
        Check { name, passed, detail }
    };
    checks.into_iter().map(outcome).collect()
}

/// Steps of a check.
pub(super) const STEPS: u64 = 50;

fn single(method: &dyn Method, layout: &Layout) -> Box<dyn Optimizer<f32>> {
    method.optimizer_f32(layout, STEPS)
}

pub(super) fn agreement(same: bool) -> Outcome {
    (same, if same { "all bits agree" } else { "bits differ" }.into())
}

fn zero_gradient(method: &dyn Method) -> Outcome {
    let layout = small_layout();
    let mut theta = normal::<f32>("theta", 0, layout.len());
    let mut optimizer = single(method, &layout);
    for _ in 0..STEPS {
        optimizer.step(&mut theta, &vec![0.0; layout.len()]);
    }
    let finite = theta.iter().filter(|x| x.is_finite()).count();
    (finite == layout.len(), format!("{finite} of {} parameters finite after {STEPS} steps", layout.len()))
}

fn nan_surfaces(method: &dyn Method) -> Outcome {
    let layout = small_layout();
    let mut detail = Vec::new();
    let mut passed = true;
    // At the first step, where states are set up, and later.
    for poisoned in [0, 3] {
        let mut theta = normal::<f32>("theta", 0, layout.len());
        let mut optimizer = single(method, &layout);
        wander(&mut *optimizer, &mut theta, 0..poisoned);
        let mut gradient = normal::<f32>("gradient", poisoned, layout.len());
        gradient[7] = f32::NAN;
        optimizer.step(&mut theta, &gradient);
        passed &= theta[7].is_nan();
        detail.push(format!("step {poisoned}: parameter becomes {}", theta[7]));
    }
    (passed, detail.join("; "))
}

/// What does not show at once must not show later as a number that is none: a rule that sees signs alone may go on.
fn infinite(method: &dyn Method) -> Outcome {
    let layout = small_layout();
    let mut theta = normal::<f32>("theta", 0, layout.len());
    let mut optimizer = single(method, &layout);
    wander(&mut *optimizer, &mut theta, 0..3);
    let mut gradient = normal::<f32>("gradient", 3, layout.len());
    gradient[7] = f32::INFINITY;
    optimizer.step(&mut theta, &gradient);
    let met = theta[7];
    if !met.is_finite() {
        return (true, format!("the parameter becomes {met}"));
    }
    wander(&mut *optimizer, &mut theta, 4..STEPS);
    let finite = theta.iter().filter(|x| x.is_finite()).count();
    let passed = finite == layout.len();
    (passed, format!("the parameter stays finite, and {finite} of {} are after {STEPS} steps", layout.len()))
}

fn empty(method: &dyn Method) -> Outcome {
    let layout = Layout::new([("nothing", vec![0, 3]), ("number", vec![]), ("something", vec![2])]);
    let mut theta = vec![0.5, 1.0, -1.0];
    wander(&mut *single(method, &layout), &mut theta, 0..3);
    let mut none = single(method, &Layout::flat(0));
    wander(&mut *none, &mut [], 0..3);
    let passed = theta.iter().all(|x: &f32| x.is_finite()) && none.steps_taken() == 3;
    (passed, format!("{} steps on no parameters", none.steps_taken()))
}

fn repeatable(method: &dyn Method) -> Outcome {
    let layout = small_layout();
    let run = || {
        let mut theta = normal::<f32>("theta", 0, layout.len());
        wander(&mut *single(method, &layout), &mut theta, 0..STEPS);
        theta
    };
    agreement(same_bits(&run(), &run()))
}

fn export_import(method: &dyn Method) -> Outcome {
    let layout = small_layout();
    let mut theta = normal::<f32>("theta", 0, layout.len());
    let mut first = single(method, &layout);
    wander(&mut *first, &mut theta, 0..20);
    let mut continued = theta.clone();
    let mut second = single(method, &layout);
    if let Err(error) = second.import(first.export()) {
        return (false, error.to_string());
    }
    let known = second.steps_taken() == 20 && second.learning_rate() == first.learning_rate();
    wander(&mut *first, &mut theta, 20..STEPS);
    wander(&mut *second, &mut continued, 20..STEPS);
    let same = known && first.export() == second.export() && same_bits(&theta, &continued);
    agreement(same)
}

fn foreign_state(method: &dyn Method) -> Outcome {
    // After a step: some states are made by it.
    let mut stepped = single(method, &Layout::flat(3));
    wander(&mut *stepped, &mut [1.0; 3], 0..1);
    let exported = stepped.export();
    let mut renamed = exported.clone();
    renamed.states.insert("not a state".into(), vec![0.0; 3]);
    let mut optimizer = single(method, &Layout::flat(4));
    let length_noticed = method.states().is_empty() || optimizer.import(exported).is_err();
    let name_noticed = optimizer.import(renamed).is_err();
    (
        length_noticed && name_noticed,
        format!("length noticed: {length_noticed}, name noticed: {name_noticed}"),
    )
}

fn threads(method: &dyn Method) -> Outcome {
    let layout = wide_layout();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok::<_, rayon::ThreadPoolBuildError>(pool.install(|| {
            let mut theta = normal::<f32>("theta", 0, layout.len());
            wander(&mut *single(method, &layout), &mut theta, 0..5);
            theta
        }))
    };
    match (run(1), run(2)) {
        (Ok(one), Ok(two)) => agreement(same_bits(&one, &two)),
        (Err(error), _) | (_, Err(error)) => (false, format!("no thread pool: {error}")),
    }
}

fn population(method: &dyn Method) -> Outcome {
    const REPLICAS: usize = 3;
    let layout = small_layout();
    let len = layout.len();
    // Each replica has a learning rate of its own.
    let rate = |r: usize| method.learning_rate() / (r + 1) as f64;
    let replica = |r: usize| {
        let mut optimizer = single(method, &layout);
        optimizer.set_learning_rate(rate(r));
        optimizer
    };
    let mut together = normal::<f32>("theta", 0, REPLICAS * len);
    let mut apart = together.clone();
    let mut optimizers: Vec<_> = (0..REPLICAS).map(replica).collect();
    let mut alone: Vec<_> = (0..REPLICAS).map(replica).collect();
    for step in 0..10 {
        let gradient = normal::<f32>("gradient", step, REPLICAS * len);
        step_population(&mut optimizers, &mut together, &gradient);
        for (r, optimizer) in alone.iter_mut().enumerate() {
            let part = r * len..(r + 1) * len;
            optimizer.step(&mut apart[part.clone()], &gradient[part]);
        }
    }
    agreement(same_bits(&together, &apart))
}

fn precision(method: &dyn Method) -> Outcome {
    let limit = method.f32_limit();
    let layout = small_layout();
    let curvatures = curvatures(layout.len());
    let mut single_theta = normal::<f32>("theta", 0, layout.len());
    let mut double_theta: Vec<f64> = single_theta.iter().map(|&x| x.into()).collect();
    let mut worst = 0.0;
    let (mut single, mut double) = (single(method, &layout), method.optimizer_f64(&layout, STEPS));
    for _ in 0..STEPS {
        descend(&mut *single, &curvatures, &mut single_theta, 1);
        descend(&mut *double, &curvatures, &mut double_theta, 1);
        let widened: Vec<f64> = single_theta.iter().map(|&x| x.into()).collect();
        worst = f64::max(worst, relative_error(&widened, &double_theta));
    }
    (worst <= limit, format!("largest relative error {worst:.1e} in {STEPS} steps, limit {limit:.0e}"))
}

fn convergence(method: &dyn Method) -> Outcome {
    const LONG: u64 = 500;
    let layout = small_layout();
    let curvatures = curvatures(layout.len());
    let mut theta = normal::<f64>("theta", 0, layout.len());
    let before = loss(&curvatures, &theta);
    descend(&mut *method.optimizer_f64(&layout, LONG), &curvatures, &mut theta, LONG);
    let after = loss(&curvatures, &theta);
    let rate = method.learning_rate();
    (after < before, format!("{before:.4} to {after:.4e} in {LONG} steps with learning_rate {rate}"))
}

fn state_bytes(method: &dyn Method) -> Outcome {
    let layout = small_layout();
    let optimizer = single(method, &layout);
    let exported = optimizer.export();
    let elements: usize = exported.states.values().map(Vec::len).sum();
    let mut declared = method.states();
    declared.sort();
    let claimed = optimizer.state_bytes();
    let remembered: usize = exported.memory.values().map(Vec::len).sum();
    let allocated = (elements * size_of::<f32>() + remembered * size_of::<f64>()) as u64;
    let passed = claimed == allocated && exported.states.keys().all(|name| declared.contains(name));
    (passed, format!("{claimed} bytes claimed, {allocated} in the states [{}]", declared.join(", ")))
}
