//! Trainings with candle's gradients, against the suite's own optimizers and numbers by hand.
#![allow(clippy::unwrap_used)]

use candle_core::{DType, Device, Tensor, Var};
use candle_nn::{Optimizer as _, VarMap};
use inna_optim::{Config, Group, Optim, Parameter, Role, Value, json, named, trained};
use rule::Layout;

const ROWS: [[f64; 2]; 4] = [[1.0, 2.0], [0.5, -1.0], [-1.5, 0.25], [2.0, 1.0]];
const TARGETS: [f64; 4] = [1.0, -2.0, 0.5, 3.0];

/// A weight of two numbers and a bias, and the sum of squares that they leave.
fn parameters() -> Vec<Parameter> {
    let weight = Var::from_tensor(&Tensor::new(&[[0.5f32], [-0.5]], &Device::Cpu).unwrap()).unwrap();
    let bias = Var::from_tensor(&Tensor::new(&[2.0f32], &Device::Cpu).unwrap()).unwrap();
    vec![Parameter::new("weight", weight), Parameter::new("bias", bias)]
}

fn loss(parameters: &[Parameter]) -> Tensor {
    let x = Tensor::new(&ROWS.map(|row| row.map(|v| v as f32)), &Device::Cpu).unwrap();
    let y = Tensor::new(&TARGETS.map(|v| v as f32), &Device::Cpu).unwrap().reshape((4, 1)).unwrap();
    let output = x.matmul(parameters[0].var.as_tensor()).unwrap();
    let output = output.broadcast_add(parameters[1].var.as_tensor()).unwrap();
    (output - y).unwrap().sqr().unwrap().sum_all().unwrap()
}

/// The gradient written out.
fn gradient(theta: &[f64; 3]) -> [f64; 3] {
    let mut gradient = [0.0; 3];
    for (row, target) in ROWS.iter().zip(TARGETS) {
        let residual = theta[0] * row[0] + theta[1] * row[1] + theta[2] - target;
        gradient[0] += 2.0 * residual * row[0];
        gradient[1] += 2.0 * residual * row[1];
        gradient[2] += 2.0 * residual;
    }
    gradient
}

fn values(parameters: &[Parameter]) -> Vec<f32> {
    let all = parameters.iter().map(|p| p.var.flatten_all().unwrap().to_vec1::<f32>().unwrap());
    all.collect::<Vec<_>>().concat()
}

/// Every optimizer on least squares, in place and copied, against its reference in double precision; the learning rate is halved on the
/// way.
#[test]
fn every_optimizer_takes_the_steps_of_its_reference() {
    for family in catalogue::ALL.families() {
        let rate = if family.name == "prodigy" { 1.0 } else { 0.02 };
        for more in [json!({}), json!({"clip_norm": 5})] {
            let mut hyper = json!({"learning_rate": rate, "schedule": {"kind": "cosine"}});
            hyper.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let parameters = parameters();
            let mut optimizer = Optim::new(&family.name, &hyper, 20, parameters.clone()).unwrap();
            let method = catalogue::ALL.parse(&family.name, &hyper).unwrap();
            let layout = Layout::new([("weight", vec![2, 1]), ("bias", vec![1])]);
            let mut reference = method.optimizer_f64(&layout, 20);
            let mut theta = [0.5, -0.5, 2.0];
            for step in 0..20 {
                if step == 10 {
                    optimizer.set_learning_rate(rate / 2.0);
                    reference.set_learning_rate(rate / 2.0);
                }
                optimizer.step(&loss(&parameters).backward().unwrap()).unwrap();
                let g = gradient(&theta);
                reference.step(&mut theta, &g);
            }
            let trained = values(&parameters);
            let name = &family.name;
            for (a, b) in trained.iter().zip(theta) {
                let limit = 10.0 * method.f32_limit() * b.abs().max(1.0);
                assert!((f64::from(*a) - b).abs() < limit, "{name} {hyper}: {trained:?} is not {theta:?}");
            }
            let moved = name == "prodigy" || (theta[2] - 2.0).abs() > 1e-3;
            assert!(moved && optimizer.steps_taken() == 20, "{name}: nothing was trained");
        }
    }
}

/// Rules of elements are stepped where they are, with the bits that they have where they are copied to.
#[test]
fn in_place_and_copied_have_the_same_bits() {
    for name in ["adam", "inna", "lion"] {
        let (here, copied) = (parameters(), parameters());
        let mut each = Optim::new(name, &Value::Null, 5, here.clone()).unwrap();
        // A limit that is never reached changes nothing but the way.
        let mut whole = Optim::new(name, &json!({"clip_norm": 1e9}), 5, copied.clone()).unwrap();
        for _ in 0..5 {
            each.backward_step(&loss(&here)).unwrap();
            whole.backward_step(&loss(&copied)).unwrap();
        }
        assert_eq!(values(&here), values(&copied), "{name}");
        assert_eq!(each.state_bytes(), whole.state_bytes());
    }
}

/// Saved after three steps and gone on with: the bits of a training that was never stopped.
#[test]
fn a_saved_state_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.safetensors");
    for name in ["adam", "prodigy", "muon", "soap", "schedule-free", "lamb"] {
        let (through, stopped) = (parameters(), parameters());
        let new = |parameters: &[Parameter]| Optim::new(name, &Value::Null, 6, parameters.to_vec()).unwrap();
        let mut one = new(&through);
        let mut first = new(&stopped);
        // A rate that the program has set is part of the state.
        one.set_learning_rate(one.learning_rate() / 4.0);
        first.set_learning_rate(first.learning_rate() / 4.0);
        (0..6).for_each(|_| one.backward_step(&loss(&through)).unwrap());
        (0..3).for_each(|_| first.backward_step(&loss(&stopped)).unwrap());
        first.save(&file).unwrap();
        let mut second = new(&stopped);
        second.load(&file).unwrap();
        assert_eq!(second.steps_taken(), 3, "{name}");
        (0..3).for_each(|_| second.backward_step(&loss(&stopped)).unwrap());
        assert_eq!(values(&through), values(&stopped), "{name}");
    }
    let mut other = Optim::new("adam", &Value::Null, 6, parameters()).unwrap();
    let error = other.load(&file).unwrap_err().to_string();
    assert!(
        error.contains("state.safetensors") && error.contains("other parameters, groups or settings"),
        "{error}"
    );
}

/// Two learning rates by hand: plain descent, one step.
#[test]
fn groups_have_optimizers_of_their_own() {
    let parameters = parameters();
    let group = |rate: f64, of: &Parameter| {
        Group::new("sgd", &json!({"learning_rate": rate}), vec![of.clone()]).unwrap()
    };
    let mut optimizer =
        Optim::of_groups(vec![group(0.01, &parameters[0]), group(0.1, &parameters[1])], 1).unwrap();
    // Halves both.
    optimizer.set_learning_rate(0.005);
    assert_eq!(optimizer.learning_rate(), 0.005);
    // Through 0 and back: proportions are those of the configuration.
    optimizer.set_learning_rate(0.0);
    optimizer.set_learning_rate(0.005);
    optimizer.backward_step(&loss(&parameters)).unwrap();
    let g = gradient(&[0.5, -0.5, 2.0]);
    let by_hand = [0.5 - 0.005 * g[0], -0.5 - 0.005 * g[1], 2.0 - 0.05 * g[2]];
    for (a, b) in values(&parameters).iter().zip(by_hand) {
        assert!((f64::from(*a) - b).abs() < 1e-6, "{by_hand:?}");
    }
}

/// The average of the weights after each of two steps is what is evaluated; training goes on where it was.
#[test]
fn averages_are_evaluated() {
    let parameters = parameters();
    let hyper = json!({"learning_rate": 0.01, "average": 0.75});
    let mut optimizer = Optim::new("sgd", &hyper, 2, parameters.clone()).unwrap();
    optimizer.backward_step(&loss(&parameters)).unwrap();
    let first = values(&parameters);
    optimizer.backward_step(&loss(&parameters)).unwrap();
    let second = values(&parameters);
    let seen = optimizer.evaluate(|| values(&parameters)).unwrap();
    for ((seen, first), second) in seen.iter().zip(&first).zip(&second) {
        assert!((seen - (0.75 * first + 0.25 * second)).abs() < 1e-6);
    }
    assert_eq!(values(&parameters), second);
}

/// What is called the last layer goes to the fallback: with plain descent as that, a step by hand.
#[test]
fn roles_keep_matrices_from_muon() {
    let parameters = parameters();
    let hyper = json!({"learning_rate": 0.01, "fallback": {"optimizer": "sgd"}});
    let marked = parameters.iter().cloned().map(|parameter| parameter.with_role(Role::Output)).collect();
    let mut optimizer = Optim::new("muon", &hyper, 1, marked).unwrap();
    optimizer.backward_step(&loss(&parameters)).unwrap();
    let g = gradient(&[0.5, -0.5, 2.0]);
    for ((a, start), g) in values(&parameters).iter().zip([0.5, -0.5, 2.0]).zip(g) {
        assert!((f64::from(*a) - (start - 0.01 * g)).abs() < 1e-6);
    }
}

#[test]
fn what_cannot_be_trained_is_said() {
    let one = parameters().remove(0);
    let groups = ["adam", "sgd"].map(|name| Group::new(name, &Value::Null, vec![one.clone()]).unwrap());
    let error = Optim::of_groups(groups.into(), 1).err().unwrap().to_string();
    assert!(error.contains("`weight` is a variable that was given before"), "{error}");
    let wide = Parameter::new("wide", Var::zeros(2, DType::F64, &Device::Cpu).unwrap());
    let error = Optim::new("adam", &Value::Null, 1, vec![wide]).err().unwrap().to_string();
    assert_eq!(error, "parameter `wide` is F64; accepted: F32");
    let twice = parameters().into_iter().map(|p| Parameter { name: "same".into(), ..p }).collect();
    let error = Optim::new("adam", &Value::Null, 1, twice).err().unwrap().to_string();
    assert!(error.contains("two parameters are called `same`"), "{error}");
    let error = Optim::new("adma", &Value::Null, 1, vec![]).err().unwrap().to_string();
    assert!(error.contains("adam"), "{error}");
    let error = Optim::new("adam", &json!({"beta_1": 0.9}), 1, vec![]).err().unwrap().to_string();
    assert!(error.contains("beta1"), "{error}");

    let all = parameters();
    let variables = all.iter().map(|parameter| parameter.var.clone()).collect();
    let method = catalogue::ALL.parse("adam", &Value::Null).unwrap();
    let mut optimizer =
        <Optim as candle_nn::Optimizer>::new(variables, Config { method, total_steps: 1 }).unwrap();
    let before = values(&all);
    let error = optimizer.backward_step(&all[0].var.sum_all().unwrap()).err().unwrap();
    assert!(error.to_string().contains("parameter `1` has no gradient"), "{error}");
    assert_eq!(values(&all), before, "nothing is stepped where something is missing");
}

/// A convolution of candle's is a matrix with a row for each output: the suite's own Muon on that matrix.
#[test]
fn convolutions_have_a_row_for_each_output() {
    let start: Vec<f32> = (0..2 * 3 * 2 * 2).map(|i| (i as f32 * 0.7).sin()).collect();
    let kernel = Tensor::from_vec(start.clone(), (2, 3, 2, 2), &Device::Cpu).unwrap();
    let var = Var::from_tensor(&kernel).unwrap();
    let slope: Vec<f32> = (0..24).map(|i| (i as f32 * 1.3).cos()).collect();
    let slope_tensor = Tensor::from_vec(slope.clone(), (2, 3, 2, 2), &Device::Cpu).unwrap();
    let parameters = vec![Parameter::new("kernel", var.clone())];
    let mut optimizer = Optim::new("muon", &Value::Null, 1, parameters).unwrap();
    optimizer.backward_step(&(var.as_tensor() * &slope_tensor).unwrap().sum_all().unwrap()).unwrap();
    let method = catalogue::ALL.parse("muon", &Value::Null).unwrap();
    let mut expected = start;
    method.optimizer_f32(&Layout::new([("kernel", vec![2, 12])]), 1).step(&mut expected, &slope);
    assert_eq!(var.flatten_all().unwrap().to_vec1::<f32>().unwrap(), expected);
    assert_eq!(var.dims(), [2, 3, 2, 2]);
}

/// What is in the map and has no gradient is left out; what panics while others stand in leaves the weights as they were.
#[test]
fn weights_come_back_and_statistics_stay_out() {
    let map = VarMap::new();
    for name in ["weight", "running_mean"] {
        map.get(2, name, candle_nn::Init::Const(1.0), DType::F32, &Device::Cpu).unwrap();
    }
    let loss = named(&map)[1].var.sqr().unwrap().sum_all().unwrap();
    let gradients = loss.backward().unwrap();
    let parameters = trained(&map, &gradients);
    assert_eq!(parameters.iter().map(|parameter| parameter.name.as_str()).collect::<Vec<_>>(), ["weight"]);
    let hyper = json!({"learning_rate": 0.1, "average": 0.5});
    let mut optimizer = Optim::new("sgd", &hyper, 2, parameters.clone()).unwrap();
    optimizer.step(&gradients).unwrap();
    optimizer.step(&gradients).unwrap();
    let weights = values(&parameters);
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        optimizer.evaluate(|| panic!("seen: {:?}", values(&parameters)))
    }));
    assert!(failed.is_err());
    assert_eq!(values(&parameters), weights);
}

/// A map's order is another in every process; its names are sorted.
#[test]
fn parameters_of_a_map_are_in_order() {
    let map = VarMap::new();
    for name in ["c", "a", "b"] {
        map.get(2, name, candle_nn::Init::Const(0.0), DType::F32, &Device::Cpu).unwrap();
    }
    let names: Vec<String> = named(&map).into_iter().map(|parameter| parameter.name).collect();
    assert_eq!(names, ["a", "b", "c"]);
}
