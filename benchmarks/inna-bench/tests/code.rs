//! The digests that the build embeds, tested as part of the build script cannot be.

#[allow(dead_code)] // What the build script alone uses.
#[path = "../build/parts.rs"]
mod parts;
#[path = "../build/tokens.rs"]
mod tokens;
#[allow(dead_code)]
#[path = "../build/whole.rs"]
mod whole;
