//! Words and numbers as they are printed.

mod fact;
pub(crate) mod mathml;
pub(crate) mod names;
pub(crate) mod text;

pub use fact::Fact;
