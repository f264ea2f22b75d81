//! Kernels against PyTorch's values and against finite differences.

mod attention;
mod finite_differences;
mod gradients;
mod normalisation;
mod products;
mod pytorch;
mod random;
