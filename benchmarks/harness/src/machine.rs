//! What a run's result and speed may depend on outside the code.

use records::Machine;

/// Describes this machine.
pub fn describe() -> Machine {
    Machine {
        cpu: cpu_model().unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        features: instruction_set(),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
    }
}

fn cpu_model() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The vector extensions that kernels choose among. They decide the speed; results have the same bits on all of them.
pub fn instruction_set() -> String {
    #[cfg(target_arch = "x86_64")]
    {
        let known = [
            ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
            ("avx2", std::arch::is_x86_feature_detected!("avx2")),
            ("fma", std::arch::is_x86_feature_detected!("fma")),
        ];
        let found: Vec<&str> = known.iter().filter(|(_, has)| *has).map(|(name, _)| *name).collect();
        if found.is_empty() { "sse2".into() } else { found.join("+") }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        "baseline".into()
    }
}
