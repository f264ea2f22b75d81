//! `inna-bench info`.

use crate::Ending;
use crate::arguments::{Device, Info, Places};
use crate::surroundings::{COMPILER, code};
use crate::{printed, terminal};
use anyhow::Result;
use std::collections::BTreeMap;
use std::io::Write;

pub(crate) fn run(places: &Places, arguments: &Info) -> Result<Ending> {
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
    let here = data::list(places.data_folder()).into_iter().filter(|set| set.present);
    let info = printed::Info {
        version: env!("CARGO_PKG_VERSION"),
        code_digest: code.digest,
        code: code.parts,
        compiler: COMPILER,
        features: if cfg!(feature = "cuda") { vec!["cuda"] } else { Vec::new() },
        devices,
        machine: harness::machine(),
        configs: places.configs_folder().map(|folder| folder.display().to_string()),
        store: places.store_folder().display().to_string(),
        data: places.data_folder().display().to_string(),
        data_sets_here: here.map(|set| set.info.name).collect(),
    };
    let mut out = terminal::stdout();
    if arguments.json {
        writeln!(out, "{}", terminal::json(&info)?)?;
        return Ok(Ending::Done);
    }
    writeln!(out, "inna-bench {} (sources {}, {COMPILER})", info.version, info.code_digest)?;
    let machine = &info.machine;
    writeln!(
        out,
        "machine   {}, {} cores, {}, {}",
        machine.cpu, machine.cores, machine.features, machine.system
    )?;
    writeln!(
        out,
        "features  {}",
        if info.features.is_empty() { "none".into() } else { info.features.join(", ") }
    )?;
    for (name, state) in &info.devices {
        writeln!(out, "{:<9} {name}: {state}", "device")?;
    }
    let configs = info.configs.as_deref().unwrap_or("built in");
    for (place, folder) in [("configs", configs), ("store", &info.store), ("data", &info.data)] {
        writeln!(out, "{place:<9} {folder}")?;
    }
    let here = &info.data_sets_here;
    writeln!(out, "data here {}", if here.is_empty() { "none".into() } else { here.join(", ") })?;
    Ok(Ending::Done)
}
