//! The download: PNG images in parquet files of the Hugging Face hub, rewritten to the official formats.
//!
//! `candle_datasets::hub` does the loading: into the hub's cache (HF_HOME), resumed if broken off, from the cache
//! if it is there. Its own CIFAR loader is not used: it transposes every image and knows no CIFAR-100.

use crate::{
    DataError, Progress,
    catalogue::{FileInfo, Info},
    checksums,
    cifar::{self, Layout},
    mnist,
};
use candle_datasets::hub::{FileReader, from_hub};
use hf_hub::HFClientSync;
use parquet::record::{Field, Row};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::Path;

/// A data set on the hub and the columns of its tables.
struct Remote {
    dataset: &'static str,
    image: &'static str,
    label: &'static str,
    coarse: Option<&'static str>,
    /// Height and width.
    side: usize,
    grey: bool,
}

/// The images of a part, `[N, H, W, C]`, and their labels; `coarse` is empty where there are none.
#[derive(Default)]
struct Rows {
    pixels: Vec<u8>,
    labels: Vec<u8>,
    coarse: Vec<u8>,
}

fn remote(info: &Info) -> Remote {
    let cifar = |dataset, label, coarse| Remote {
        dataset,
        image: "img",
        label,
        coarse,
        side: cifar::SIDE,
        grey: false,
    };
    match info.name {
        "cifar10" => cifar("uoft-cs/cifar10", "label", None),
        "cifar100" => cifar("uoft-cs/cifar100", "fine_label", Some("coarse_label")),
        _ => Remote {
            dataset: "ylecun/mnist",
            image: "image",
            label: "label",
            coarse: None,
            side: mnist::SIDE,
            grey: true,
        },
    }
}

/// Downloads and writes what is missing under `dir`.
pub(crate) fn fetch(info: &Info, dir: &Path, progress: &mut dyn FnMut(&Progress)) -> Result<(), DataError> {
    let client = HFClientSync::new().map_err(|e| failed(info, dir, chain(&e)))?;
    fetch_with(&client, info, dir, progress)
}

fn fetch_with(
    client: &HFClientSync,
    info: &Info,
    dir: &Path,
    progress: &mut dyn FnMut(&Progress),
) -> Result<(), DataError> {
    let remote = remote(info);
    progress(&Progress::Downloading { dataset: remote.dataset });
    let tables = from_hub(client, remote.dataset.to_owned()).map_err(|e| failed(info, dir, chain(&e)))?;
    for training in [true, false] {
        let files: Vec<&FileInfo> = info.files.iter().filter(|file| file.training == training).collect();
        let missing = files.iter().find(|file| !info.path(dir, file).is_file());
        let Some(missing) = missing else {
            files.iter().for_each(|file| progress(&Progress::Kept { path: info.path(dir, file) }));
            continue;
        };
        // The hub does not say which table is which; the two parts differ in size.
        let total = if training { info.train } else { info.test };
        let rows_of = |table: &dyn FileReader| table.metadata().file_metadata().num_rows();
        let table = tables.iter().find(|table| rows_of(*table) == total as i64).ok_or_else(|| {
            let found: Vec<String> = tables.iter().map(|table| rows_of(table).to_string()).collect();
            failed(info, dir, format!("no table of {total} rows; found [{}]", found.join(", ")))
        })?;
        let path = info.path(dir, missing);
        let rows = read(table, &remote, &mut |done| {
            progress(&Progress::Converting { path: path.clone(), done, total });
        })
        .map_err(|reason| failed(info, dir, reason))?;
        let contents =
            encode(info, &rows, files.len()).map_err(|e| DataError::io("compressing", &path, e))?;
        for (file, content) in files.into_iter().zip(contents) {
            let path = info.path(dir, file);
            if path.is_file() {
                progress(&Progress::Kept { path });
                continue;
            }
            if file.sha256.is_none() {
                record(&dir.join(info.folder), file.name, &content)?;
            }
            write_atomically(&path, &content)?;
            progress(&Progress::Written { path });
        }
    }
    Ok(())
}

/// All rows of `table`, decoded. The error says which row and what was expected of it.
fn read(table: &dyn FileReader, remote: &Remote, done: &mut dyn FnMut(usize)) -> Result<Rows, String> {
    let mut rows = Rows::default();
    for (number, row) in table.get_row_iter(None).map_err(|e| e.to_string())?.enumerate() {
        row.map_err(|e| e.to_string())
            .and_then(|row| append(&row, remote, &mut rows))
            .map_err(|reason| format!("{}, row {number}: {reason}", remote.dataset))?;
        if (number + 1) % 1000 == 0 {
            done(number + 1);
        }
    }
    Ok(rows)
}

fn append(row: &Row, remote: &Remote, rows: &mut Rows) -> Result<(), String> {
    let column = |name: &str| {
        let found = row.get_column_iter().find(|(column, _)| *column == name);
        found.map(|(_, field)| field).ok_or_else(|| format!("there is no column `{name}`"))
    };
    let label = |name: &str| match column(name)? {
        Field::Long(label) => u8::try_from(*label).map_err(|_| format!("`{name}` is {label}")),
        other => Err(format!("`{name}` is `{other}`; expected a whole number")),
    };
    let Field::Group(image) = column(remote.image)? else {
        return Err(format!("`{}` is not an image", remote.image));
    };
    let png = image.get_column_iter().find_map(|(_, field)| match field {
        Field::Bytes(png) => Some(png),
        _ => None,
    });
    let png = png.ok_or_else(|| format!("`{}` holds no bytes", remote.image))?;
    rows.pixels.extend(decode(png.data(), remote.side, remote.grey)?);
    rows.labels.push(label(remote.label)?);
    if let Some(coarse) = remote.coarse {
        rows.coarse.push(label(coarse)?);
    }
    Ok(())
}

/// The pixels of a PNG, `[H, W, C]`.
fn decode(png: &[u8], side: usize, grey: bool) -> Result<Vec<u8>, String> {
    let image =
        image::load_from_memory_with_format(png, image::ImageFormat::Png).map_err(|e| e.to_string())?;
    if (image.width() as usize, image.height() as usize) != (side, side) {
        return Err(format!(
            "an image of {}×{} pixels; expected {side}×{side}",
            image.width(),
            image.height()
        ));
    }
    Ok(if grey { image.to_luma8().into_raw() } else { image.to_rgb8().into_raw() })
}

/// The content of the `files` official files of a part.
fn encode(info: &Info, rows: &Rows, files: usize) -> std::io::Result<Vec<Vec<u8>>> {
    let count = rows.labels.len();
    let layout = match info.name {
        "cifar10" => Layout::Cifar10,
        "cifar100" => Layout::Cifar100,
        _ => {
            let side = mnist::SIDE as u32;
            let images = mnist::idx(mnist::IMAGES_MAGIC, &[count as u32, side, side], &rows.pixels);
            let labels = mnist::idx(mnist::LABELS_MAGIC, &[count as u32], &rows.labels);
            return [images, labels].iter().map(|content| mnist::compress(content)).collect();
        }
    };
    let mut contents = vec![Vec::new(); files];
    let records = rows.pixels.chunks_exact(cifar::IMAGE_BYTES).zip(&rows.labels).enumerate();
    for (i, (rgb, &label)) in records {
        let coarse = rows.coarse.get(i).copied().unwrap_or(0);
        cifar::push_record(layout, coarse, label, rgb, &mut contents[i * files / count]);
    }
    Ok(contents)
}

/// Notes the checksum of a file about to be written. Before, not after: a kill in between leaves a line too many,
/// which the next fetch makes true, and never a file that nothing vouches for.
fn record(folder: &Path, name: &str, content: &[u8]) -> Result<(), DataError> {
    let mut list: BTreeMap<String, String> = checksums::read(folder)?.unwrap_or_default();
    list.insert(name.to_owned(), checksums::sha256(content));
    write_atomically(&folder.join(checksums::LIST), checksums::text(&list).as_bytes())
}

/// Written beside its place and renamed into it: a reader sees all of the file or none.
fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), DataError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|e| DataError::io("making", folder, e))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!(".{name}.{}.part", std::process::id()));
    let written = std::fs::File::create(&draft)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&draft, path));
    written.map_err(|e| {
        // Best effort: the error that matters is the one being returned.
        let _ = std::fs::remove_file(&draft);
        DataError::io("writing", path, e)
    })
}

fn failed(info: &Info, dir: &Path, reason: String) -> DataError {
    DataError::Download {
        name: info.name,
        reason,
        folder: dir.join(info.folder),
        files: info.file_names(),
        source_page: info.source,
    }
}

/// An error and its causes: the network's reason is at the end of the chain.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        if !text.contains(&reason) {
            text = format!("{text}: {reason}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
