//! The data sets there are, and what is known of their files.

use crate::DataError;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A file of a data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileInfo {
    /// Name within the data set's folder.
    pub name: &'static str,
    /// Whether it belongs to the training part, not to the test part.
    pub training: bool,
    /// SHA-256 of the content (of an idx file before compression, as gzip files of one content differ), where
    /// one is published.
    pub sha256: Option<&'static str>,
}

/// A data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Info {
    /// What commands and configurations call it.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// Training images of the official set.
    pub train: usize,
    /// Test images of the official set.
    pub test: usize,
    /// Classes.
    pub classes: usize,
    /// Height and width in pixels, as loaded.
    pub side: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// Folder under the data directory; empty for images that are made, not read.
    pub folder: &'static str,
    /// The files in it.
    pub files: &'static [FileInfo],
    /// Where the official files are published, with the MD5 of the archive where that is what is published.
    pub source: &'static str,
    /// What may be done with it.
    pub licence: &'static str,
    /// What to cite.
    pub citation: &'static str,
}

/// A line of the list of data sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// The data set.
    #[serde(flatten)]
    pub info: &'static Info,
    /// Whether all its files are in the data directory (their content is not looked at).
    pub present: bool,
}

const fn file(name: &'static str, training: bool) -> FileInfo {
    FileInfo { name, training, sha256: None }
}

const fn published(name: &'static str, training: bool, sha256: &'static str) -> FileInfo {
    FileInfo { name, training, sha256: Some(sha256) }
}

const KRIZHEVSKY: &str =
    "A. Krizhevsky, Learning multiple layers of features from tiny images, University of Toronto, 2009";
const NO_LICENCE: &str = "none stated by the publisher; used for research, with citation";

static DATASETS: [Info; 4] = [
    Info {
        name: "cifar10",
        title: "CIFAR-10: photographs of ten kinds of animals and vehicles",
        train: 50_000,
        test: 10_000,
        classes: 10,
        side: 32,
        channels: 3,
        folder: "cifar-10-batches-bin",
        files: &[
            file("data_batch_1.bin", true),
            file("data_batch_2.bin", true),
            file("data_batch_3.bin", true),
            file("data_batch_4.bin", true),
            file("data_batch_5.bin", true),
            file("test_batch.bin", false),
        ],
        source: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz, MD5 c32a1d4ab5d03f1284b67883e8d87530",
        licence: NO_LICENCE,
        citation: KRIZHEVSKY,
    },
    Info {
        name: "cifar100",
        title: "CIFAR-100: photographs of a hundred kinds of things",
        train: 50_000,
        test: 10_000,
        classes: 100,
        side: 32,
        channels: 3,
        folder: "cifar-100-binary",
        files: &[file("train.bin", true), file("test.bin", false)],
        source: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz, MD5 03b5dce01913d631647c71ecec9e9cb8",
        licence: NO_LICENCE,
        citation: KRIZHEVSKY,
    },
    Info {
        name: "mnist",
        title: "MNIST: handwritten digits, 28×28 centred on 32×32",
        train: 60_000,
        test: 10_000,
        classes: 10,
        side: 32,
        channels: 1,
        folder: "mnist",
        // The contents behind the four archives whose MD5 torchvision publishes (f68b3c2d…, d53e105e…,
        // 9fb629c4…, ec29112d…).
        files: &[
            published(
                "train-images-idx3-ubyte.gz",
                true,
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            ),
            published(
                "train-labels-idx1-ubyte.gz",
                true,
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            ),
            published(
                "t10k-images-idx3-ubyte.gz",
                false,
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            ),
            published(
                "t10k-labels-idx1-ubyte.gz",
                false,
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ),
        ],
        source: "https://ossci-datasets.s3.amazonaws.com/mnist/",
        licence: "CC BY-SA 3.0",
        citation: "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-based learning applied to document \
                   recognition, Proceedings of the IEEE 86(11), 1998",
    },
    Info {
        name: "shapes",
        title: "shapes: two procedural figures in five textures, made on the spot",
        train: crate::shapes::TRAIN,
        test: crate::shapes::TEST,
        classes: crate::shapes::CLASSES,
        side: crate::shapes::SIDE,
        channels: crate::shapes::CHANNELS,
        folder: "",
        files: &[],
        source: "part of this suite",
        licence: "the suite's: MIT or Apache-2.0",
        citation: "this suite",
    },
];

/// What is known of the data set `name`.
///
/// # Errors
/// If there is no such data set.
pub fn info(name: &str) -> Result<&'static Info, DataError> {
    DATASETS.iter().find(|info| info.name == name).ok_or_else(|| DataError::Unknown {
        name: name.to_owned(),
        known: DATASETS.each_ref().map(|info| info.name).join(", "),
    })
}

/// All data sets, and which of them are in the data directory `dir`.
pub fn list(dir: &Path) -> Vec<Listing> {
    DATASETS.iter().map(|info| Listing { info, present: info.present(dir) }).collect()
}

impl Info {
    /// Whether all files are under the data directory `dir`.
    pub fn present(&self, dir: &Path) -> bool {
        self.files.iter().all(|file| self.path(dir, file).is_file())
    }

    /// Where `file` belongs under the data directory `dir`.
    pub fn path(&self, dir: &Path, file: &FileInfo) -> PathBuf {
        dir.join(self.folder).join(file.name)
    }

    /// Names of the files, separated by commas.
    pub(crate) fn file_names(&self) -> String {
        self.files.iter().map(|file| file.name).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn read(&self, dir: &Path, file: &FileInfo) -> Result<Vec<u8>, DataError> {
        let path = self.path(dir, file);
        std::fs::read(&path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => {
                DataError::Missing { path, name: self.name, dir: dir.to_path_buf() }
            }
            _ => DataError::io("reading", &path, e),
        })
    }
}
