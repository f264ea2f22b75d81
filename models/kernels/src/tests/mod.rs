//! Kernels against PyTorch's values and against finite differences.

mod attention;
mod finite_differences;
mod gradients;
mod normalisation;
mod activations;
mod convolutions;
mod elementary;
mod finite_differences;
mod instructions;
mod products;
mod pytorch;
mod random;
mod reference;
