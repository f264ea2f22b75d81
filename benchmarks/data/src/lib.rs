//! The images that networks are trained on: CIFAR-10, CIFAR-100 and MNIST read from their official files, and
//! `shapes`, procedural images that need no file and no network.
//!
//! Images stay bytes, channels-last; they become normalised floats one batch at a time ([`Normaliser`]). What a
//! run trains on is a [`Source`] and a [`Selection`]; [`load`] turns them into [`Splits`] with a digest, which
//! enters the identity of the run.
//!
//! Only MNIST has published checksums of its files. The publishers of CIFAR give a checksum of the archive, not
//! of the files in it; so for CIFAR [`verify`] checks the structure (number of records, images per class) and
//! the checksums that [`fetch`] recorded beside the data, and says which of these it did.

mod catalogue;
mod checksums;
mod cifar;
mod error;
mod fetch;
#[cfg(feature = "hub")]
mod hub;
mod images;
mod mnist;
mod names;
mod normalise;
mod selection;
pub mod shapes;
mod verify;

pub use catalogue::{FileInfo, Info, Listing, info, list};
pub use error::DataError;
pub use fetch::{Progress, fetch};
pub use images::{Dataset, Images};
pub use normalise::{Normalisation, Normaliser};
pub use selection::{Selection, Source, Splits, load};
pub use verify::{Check, CheckedFile, verify};

#[cfg(test)]
mod tests;
