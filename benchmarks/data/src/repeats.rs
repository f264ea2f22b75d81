//! Images that are there twice.
//!
//! The official sets have some: photographs were collected by search engines. So an image that is in two places is no
//! error but said; two or more that make up over 1 % of a file are a copied file.

use crate::official::{Loaded, LoadedFile};
use crate::{DataError, Images};
use rayon::prelude::*;

/// A hash of an image, without its label.
type Print = [u8; 16];

/// Refuses a file that repeats another; returns what must be said of files that repeat themselves.
pub(crate) fn examine(loaded: &Loaded) -> Result<Vec<String>, DataError> {
    let prints = |file: &LoadedFile| {
        let dataset = &loaded.dataset;
        let part = if file.info.training { &dataset.train } else { &dataset.test };
        prints(part, file)
    };
    let files: Vec<(&LoadedFile, Vec<Print>)> =
        loaded.files.iter().filter(|file| !file.images.is_empty()).map(|file| (file, prints(file))).collect();
    let mut remarks = Vec::new();
    for (number, (file, own)) in files.iter().enumerate() {
        let total = file.images.len();
        let again = total - distinct(own);
        if is_many(again, total) {
            let name = file.info.name;
            remarks.push(format!("{name}: {again} of its {total} images repeat others of the file"));
        }
        let earlier = &files[..number];
        let shared = |other: &[Print]| own.iter().filter(|print| other.binary_search(print).is_ok()).count();
        let most = earlier.iter().map(|(other, prints)| (shared(prints), other));
        // The first of equals.
        let Some((count, other)) = most.rev().max_by_key(|(count, _)| *count) else { continue };
        // Test images may come from several training files, a little from each.
        let anywhere = own.iter().filter(|print| {
            let is_in = |(_, prints): &(&LoadedFile, Vec<Print>)| prints.binary_search(print).is_ok();
            earlier.iter().any(is_in)
        });
        let repeated = if file.info.training { count } else { anywhere.count() };
        if is_many(repeated, total) {
            let (path, other) = (file.path.clone(), other.path.clone());
            return Err(DataError::Repeated { path, other, repeated, total, test: !file.info.training });
        }
        if repeated > 0 && !file.info.training {
            let are = if repeated == 1 { "is" } else { "are" };
            remarks.push(format!("{}: {repeated} of its {total} images {are} trained on", file.info.name));
        }
    }
    Ok(remarks)
}

/// More than 1 %, and not a single one.
fn is_many(repeated: usize, total: usize) -> bool {
    repeated >= 2 && repeated * 100 > total
}

/// The hashes of a file's images, in ascending order.
fn prints(part: &Images, file: &LoadedFile) -> Vec<Print> {
    let print = |index| {
        let mut print = [0; 16];
        print.copy_from_slice(&blake3::hash(part.image(index)).as_bytes()[..16]);
        print
    };
    let mut prints: Vec<Print> = file.images.clone().into_par_iter().map(print).collect();
    prints.par_sort_unstable();
    prints
}

/// How many different values there are among ascending ones.
fn distinct(sorted: &[Print]) -> usize {
    sorted.chunk_by(|a, b| a == b).count()
}
