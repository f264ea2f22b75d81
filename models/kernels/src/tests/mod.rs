//! Kernels against PyTorch's values and against finite differences.

mod activations;
mod attention;
mod convolutions;
mod elementary;
mod finite_differences;
mod instructions;
mod losses;
mod normalisation;
mod products;
mod pytorch;
mod random;
mod reference;
