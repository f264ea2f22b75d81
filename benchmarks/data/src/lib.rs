//! What networks are trained on: images and text read from official files (CIFAR-10, CIFAR-100, MNIST, Fashion-MNIST, tiny
//! Shakespeare), what needs no file and no network ([`shapes`], [`curves`] and [`noise`]; the sequences of [`modular`] and
//! [`grammar`]), and a [`text`] of the user's.
//!
//! Images stay bytes, channels-last; they become normalised floats one batch at a time ([`Normaliser`]), after an [`Augmentation`] if
//! one is wanted. Sequences are images whose bytes are tokens, with a label for each token or for all of them. What a run trains on is
//! a [`Source`] and a [`Selection`]; a [`Collection`] turns them into [`Splits`] with a digest, which enters the identity of the run.
//! What they will look like, an [`Outline`] says before.
//!
//! The published SHA-256 of every official file is known. [`verify`] asks for it; [`Collection::open`] refuses what cannot be meant
//! and says in [`Splits::remarks`] where images are not the official set, which may be so on purpose. [`fetch`] gives a
//! file its name when it has the published checksum, not before. A list `SHA256SUMS` beside the files, as `sha256sum`
//! writes it, is held against them whenever they are read.

mod archive;
mod augmentation;
mod catalogue;
mod checksums;
mod choice;
mod cifar;
mod collection;
pub mod curves;
mod download;
mod error;
mod fetch;
mod files;
pub mod grammar;
mod gzip;
mod images;
mod made;
mod mapping;
mod mnist;
pub mod modular;
mod names;
pub mod noise;
mod normalise;
mod official;
mod outline;
mod part;
mod parts;
mod place;
mod repeats;
mod selection;
mod setting;
pub mod shapes;
mod share;
mod source;
pub mod text;
mod verify;

pub use augmentation::{Augmentation, Offset};
pub use catalogue::{Download, FileInfo, Info, Listing, Origin, info, list};
pub use collection::Collection;
pub use download::Client;
pub use error::DataError;
pub use fetch::{Progress, fetch};
pub use images::{Dataset, Images};
pub use normalise::{Normalisation, Normaliser};
pub use outline::Outline;
pub use selection::{Selection, Splits};
pub use setting::SettingError;
pub use share::Share;
pub use source::Source;
pub use verify::{CheckedFile, verify};

#[cfg(test)]
mod tests;
