//! adagrad
