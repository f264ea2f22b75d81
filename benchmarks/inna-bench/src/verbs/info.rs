//! `inna-bench info`.

use crate::Ending;
use crate::arguments::{Device, Info, Places};
use crate::surroundings::{COMPILER, code};
use crate::terminal;
use anyhow::Result;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;

pub(crate) fn run(places: &Places, arguments: &Info) -> Result<Ending> {
    let machine = harness::machine();
    let features: &[&str] = if cfg!(feature = "cuda") { &["cuda"] } else { &[] };
    let state = |device: Device| match device.open() {
        Ok(compute) => compute.description().unwrap_or_else(|| "ready".into()),
        Err(error) => format!("not here: {}", error.root_cause()),
    };
    let devices = BTreeMap::from([
        ("cpu", state(Device::Cpu)),
        ("cuda", state(Device::Cuda)),
        ("emulated", state(Device::Emulated)),
    ]);
    let code = code();
    let value = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "code_digest": code.digest,
        "code": code.parts,
        "compiler": COMPILER,
        "features": features,
        "devices": devices,
        "machine": machine,
        "configs": places.configs_folder().map(|folder| folder.display().to_string()),
        "store": places.store_folder().display().to_string(),
        "data": places.data_folder().display().to_string(),
        "data_sets_here": data::list(places.data_folder()).iter().filter(|s| s.present).map(|s| s.info.name).collect::<Vec<_>>(),
    });
    let mut out = terminal::stdout();
    if arguments.json {
        writeln!(out, "{}", terminal::json(value)?)?;
        return Ok(Ending::Done);
    }
    writeln!(out, "inna-bench {} (sources {}, {COMPILER})", env!("CARGO_PKG_VERSION"), code.digest)?;
    writeln!(
        out,
        "machine   {}, {} cores, {}, {}",
        machine.cpu, machine.cores, machine.features, machine.system
    )?;
    writeln!(out, "features  {}", if features.is_empty() { "none".into() } else { features.join(", ") })?;
    for (name, state) in &devices {
        writeln!(out, "{:<9} {name}: {state}", "device")?;
    }
    for key in ["configs", "store", "data"] {
        writeln!(out, "{key:<9} {}", value[key].as_str().unwrap_or("built in"))?;
    }
    writeln!(out, "data here {}", value["data_sets_here"])?;
    Ok(Ending::Done)
}
