//! What the benchmarks under `benches/` share: settings of criterion and the yardsticks that they are held against.
//! `make bench` runs them and prints the table of `examples/ratios.rs`: each benchmark over the yardstick of its
//! group. Comparisons with PyTorch are in `benchmarks/peers`.
