//! The data sets there are, and what is known of their files.

use crate::{DataError, files};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A file of a data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileInfo {
    /// Name within the data set's folder.
    pub name: &'static str,
    /// Whether it belongs to the training part, not to the test part.
    pub training: bool,
    /// Bytes of the content (of an idx file before compression).
    pub bytes: u64,
    /// SHA-256 of the content, as gzip files of one content differ.
    pub sha256: &'static str,
}

/// Something to download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Download {
    /// Name of the file.
    pub name: &'static str,
    /// The address without the name.
    pub base: &'static str,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: &'static str,
    /// Whether it is a `tar.gz` with all files of the data set, not one of them.
    pub archive: bool,
}

/// How a data set comes to be in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Read from published files.
    Published,
    /// Made on the spot, by the settings of the source.
    Made,
    /// Read from a file of the user's.
    Yours,
}

/// A data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Info {
    /// What commands and configurations call it.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// How it comes to be in memory.
    pub origin: Origin,
    /// Training examples of the official set; of one that has settings of its own, by their defaults
    /// ([`crate::Source::outline`] knows better); 0 if only a file of the user's says so.
    pub train: usize,
    /// Test examples, likewise.
    pub test: usize,
    /// Classes, likewise.
    pub classes: usize,
    /// Height and width of images in pixels, as loaded; 0 for what is not square, as sequences are not.
    pub side: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// Folder under the data directory; empty for images that are made, not read.
    pub folder: &'static str,
    /// The files in it.
    pub files: &'static [FileInfo],
    /// Where they come from.
    pub downloads: &'static [Download],
    /// Where the official files are published.
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
    /// Whether all its files are in the data directory (their content is not looked at), as those of a set without files are.
    pub present: bool,
}

const fn file(name: &'static str, training: bool, bytes: u64, sha256: &'static str) -> FileInfo {
    FileInfo { name, training, bytes, sha256 }
}

const fn archive(name: &'static str, bytes: u64, sha256: &'static str) -> Download {
    Download { name, base: TORONTO, bytes, sha256, archive: true }
}

const fn digits(name: &'static str, bytes: u64, sha256: &'static str) -> Download {
    Download { name, base: MNIST_MIRROR, bytes, sha256, archive: false }
}

const TORONTO: &str = "https://www.cs.toronto.edu/~kriz/";
/// The mirror that torchvision uses.
const MNIST_MIRROR: &str = "https://ossci-datasets.s3.amazonaws.com/mnist/";

const KRIZHEVSKY: &str =
    "A. Krizhevsky, Learning multiple layers of features from tiny images, University of Toronto, 2009";
const NO_LICENCE: &str = "none stated by the publisher; used for research, with citation";

static DATASETS: [Info; 9] = [
    Info {
        name: "cifar10",
        title: "CIFAR-10: photographs of ten kinds of animals and vehicles",
        origin: Origin::Published,
        train: 50_000,
        test: 10_000,
        classes: 10,
        side: 32,
        channels: 3,
        folder: "cifar-10-batches-bin",
        // The sums of the single files are those of the Ruby port of torchvision, which refuses others; the publisher
        // gives the archive's.
        files: &[
            file(
                "data_batch_1.bin",
                true,
                30_730_000,
                "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
            ),
            file(
                "data_batch_2.bin",
                true,
                30_730_000,
                "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
            ),
            file(
                "data_batch_3.bin",
                true,
                30_730_000,
                "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
            ),
            file(
                "data_batch_4.bin",
                true,
                30_730_000,
                "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
            ),
            file(
                "data_batch_5.bin",
                true,
                30_730_000,
                "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
            ),
            file(
                "test_batch.bin",
                false,
                30_730_000,
                "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
            ),
        ],
        downloads: &[archive(
            "cifar-10-binary.tar.gz",
            170_052_171,
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        )],
        source: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz, MD5 c32a1d4ab5d03f1284b67883e8d87530",
        licence: NO_LICENCE,
        citation: KRIZHEVSKY,
    },
    Info {
        name: "cifar100",
        title: "CIFAR-100: photographs of a hundred kinds of things",
        origin: Origin::Published,
        train: 50_000,
        test: 10_000,
        classes: 100,
        side: 32,
        channels: 3,
        folder: "cifar-100-binary",
        files: &[
            file(
                "train.bin",
                true,
                153_700_000,
                "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29",
            ),
            file(
                "test.bin",
                false,
                30_740_000,
                "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a",
            ),
        ],
        downloads: &[archive(
            "cifar-100-binary.tar.gz",
            168_513_733,
            "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        )],
        source: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz, MD5 03b5dce01913d631647c71ecec9e9cb8",
        licence: NO_LICENCE,
        citation: KRIZHEVSKY,
    },
    Info {
        name: "mnist",
        title: "MNIST: handwritten digits, 28×28 centred on 32×32",
        origin: Origin::Published,
        train: 60_000,
        test: 10_000,
        classes: 10,
        side: 32,
        channels: 1,
        folder: "mnist",
        // The contents behind the four archives whose MD5 torchvision publishes (f68b3c2d…, d53e105e…,
        // 9fb629c4…, ec29112d…).
        files: &[
            file(
                "train-images-idx3-ubyte.gz",
                true,
                47_040_016,
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            ),
            file(
                "train-labels-idx1-ubyte.gz",
                true,
                60_008,
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            ),
            file(
                "t10k-images-idx3-ubyte.gz",
                false,
                7_840_016,
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            ),
            file(
                "t10k-labels-idx1-ubyte.gz",
                false,
                10_008,
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ),
        ],
        downloads: &[
            digits(
                "train-images-idx3-ubyte.gz",
                9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            digits(
                "train-labels-idx1-ubyte.gz",
                28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            digits(
                "t10k-images-idx3-ubyte.gz",
                1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            digits(
                "t10k-labels-idx1-ubyte.gz",
                4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        ],
        source: MNIST_MIRROR,
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
        ..MADE
    },
    Info {
        name: "curves",
        title: "curves: smooth random strokes, 28×28 and grey, made on the spot, for autoencoders",
        train: crate::curves::TRAIN,
        test: crate::curves::TEST,
        side: crate::curves::SIDE,
        ..MADE
    },
    Info {
        name: "noise",
        title: "noise: vectors of independent bytes close to normal, made on the spot, for a noisy quadratic",
        train: crate::noise::TRAIN,
        test: crate::noise::TEST,
        ..MADE
    },
    Info {
        name: "modular",
        title: "modular: x + y, x − y, x·y or x/y modulo p, told from part of the table",
        train: 4705,
        test: 3763,
        classes: 97,
        citation: "A. Power, Y. Burda, H. Edwards, I. Babuschkin, V. Misra, Grokking: generalization beyond overfitting \
                   on small algorithmic datasets, arXiv 2201.02177, 2022",
        ..MADE
    },
    Info {
        name: "grammar",
        title: "grammar: text of a random grammar with nested clauses, whose entropy is known exactly",
        train: 4096,
        test: 512,
        classes: crate::grammar::VOCABULARY,
        ..MADE
    },
    Info {
        name: "text",
        title: "text: a file of yours under the data directory, a character or a byte a token",
        origin: Origin::Yours,
        classes: 0,
        source: "yours",
        licence: "that of your file",
        citation: "your file",
        ..MADE
    },
];

/// What is made has no files.
const MADE: Info = Info {
    name: "",
    title: "",
    origin: Origin::Made,
    train: 0,
    test: 0,
    classes: 1,
    side: 0,
    channels: 1,
    folder: "",
    files: &[],
    downloads: &[],
    source: "part of this suite",
    licence: "the suite's: MIT or Apache-2.0",
    citation: "this suite",
};

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
    /// Whether all files are under the data directory `dir`; not so of a data set that is a file of the user's, which only the source
    /// names.
    pub fn present(&self, dir: &Path) -> bool {
        self.origin != Origin::Yours
            && self.files.iter().all(|file| files::find(self, dir, file).is_some_and(|path| path.is_file()))
    }

    /// Where `file` belongs under the data directory `dir`.
    pub fn path(&self, dir: &Path, file: &FileInfo) -> PathBuf {
        dir.join(self.folder).join(file.name)
    }

    /// Names of the files, separated by commas.
    pub(crate) fn file_names(&self) -> String {
        self.files.iter().map(|file| file.name).collect::<Vec<_>>().join(", ")
    }
}
