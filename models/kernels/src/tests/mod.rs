//! Kernels against PyTorch's values and against finite differences.

mod finite_differences;
mod products;
mod pytorch;
mod random;
