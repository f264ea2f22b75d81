//! Kernels against PyTorch's values and against finite differences.

mod activations;
mod convolutions;
mod elementary;
mod finite_differences;
mod instructions;
mod losses;
mod products;
mod pytorch;
mod random;
mod reference;
