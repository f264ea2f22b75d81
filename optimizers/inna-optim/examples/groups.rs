//! Two groups: Muon for the inner matrices, Adam for the rest; saved in the middle and gone on with, to the same bits.
#![allow(clippy::print_stdout)]

use candle_core::{DType, Device, Tensor};
use candle_nn::{Module, VarBuilder, VarMap, linear, loss::mse};
use inna_optim::{Group, Optim, OptimError, Parameter, json, named};

fn optimizer(map: &VarMap, steps: u64) -> Result<Optim, OptimError> {
    let inner = |parameter: &Parameter| parameter.name.starts_with("second") && parameter.var.rank() == 2;
    let (inner, rest) = named(map).into_iter().partition(inner);
    let cosine = json!({"kind": "cosine"});
    let muon =
        Group::new("muon", &json!({"learning_rate": 0.01, "weight_decay": 0, "schedule": cosine}), inner)?;
    let adam = Group::new("adam", &json!({"learning_rate": 0.01, "schedule": cosine}), rest)?;
    Optim::of_groups(vec![muon, adam], steps)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Device::Cpu;
    let map = VarMap::new();
    let builder = VarBuilder::from_varmap(&map, DType::F32, &device);
    let layers = [
        linear(1, 16, builder.pp("first"))?,
        linear(16, 16, builder.pp("second"))?,
        linear(16, 1, builder.pp("third"))?,
    ];
    let x = Tensor::arange_step(-2.0f32, 2.0, 0.05, &device)?.unsqueeze(1)?;
    let y = x.sqr()?.cos()?;
    let loss = || -> candle_core::Result<Tensor> {
        let hidden = layers[0].forward(&x)?.tanh()?;
        mse(&layers[2].forward(&layers[1].forward(&hidden)?.tanh()?)?, &y)
    };

    let steps = 400;
    let mut first = optimizer(&map, steps)?;
    for _ in 0..steps / 2 {
        first.step(&loss()?.backward()?)?;
    }
    let folder = std::env::temp_dir().join(format!("inna-optim-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    first.save(folder.join("optimizer.safetensors"))?;
    let mut second = optimizer(&map, steps)?;
    second.load(folder.join("optimizer.safetensors"))?;
    std::fs::remove_dir_all(&folder)?;
    for _ in steps / 2..steps {
        second.step(&loss()?.backward()?)?;
    }
    println!("mean squared error {:.2e} after {} steps", loss()?.to_scalar::<f32>()?, second.steps_taken());
    Ok(())
}
