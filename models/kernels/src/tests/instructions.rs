//! The instruction sets of this machine: none of them changes a bit of a result.

use pulp::Arch;

#[cfg(target_arch = "x86_64")]
pub fn instruction_sets() -> Vec<Arch> {
    let mut sets = vec![Arch::Scalar];
    sets.extend(pulp::x86::V3::try_new().map(Arch::V3));
    sets.extend(pulp::x86::V4::try_new().map(Arch::V4));
    sets
}

#[cfg(not(target_arch = "x86_64"))]
pub fn instruction_sets() -> Vec<Arch> {
    vec![Arch::Scalar, Arch::new()]
}
